"""headers, auth, cookies, proxy, paused: what is read of them, and that none of it shows."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from monitor.config import Config, ConfigErrors, load
from monitor.model import Access, Proxy, Secret

CANARY = "CANARY"


def read(tmp_path: Path, keys: str, environ: Mapping[str, str] | None = None) -> Config:
    path = tmp_path / "config.toml"
    path.write_text(f'[source.desk]\nurl = "https://desk.example/rss"\n{keys}\n', encoding="utf-8")
    return load(path, environ=environ or {})


def headers(access: Access) -> dict[str, str]:
    return {name: value.reveal() for name, value in access.headers}


def test_all_of_it_from_wherever_it_is(tmp_path: Path) -> None:
    (tmp_path / "session").write_text("s%3D1\n")
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "proxy").write_text("socks5h://me:p%40ss@[::1]:9050\n")
    config = read(
        tmp_path,
        'headers = { X-Api-Key = { env = "KEY" }, User-Agent = "Desk/1 café" }\n'
        'auth = { user = "désk", password = { env = "PASSWORD" } }\n'
        'cookies = { session = { file = "session" }, "lang" = "uk" }\n'
        'proxy = { credential = "proxy" }\npaused = true',
        {"KEY": " k1 ", "PASSWORD": "pa:ss", "CREDENTIALS_DIRECTORY": str(tmp_path / "credentials")},
    )
    [source] = config.sources
    assert source.paused
    assert source.access.home == source.url
    assert headers(source.access) == {
        "x-api-key": "k1",
        "user-agent": "Desk/1 café",
        "cookie": "session=s%3D1; lang=uk",
        "authorization": "Basic ZMOpc2s6cGE6c3M=",
    }
    assert source.access.proxy == Proxy(
        scheme="socks5h", host="::1", port=9050, user=Secret("me"), password=Secret("p@ss")
    )


def test_a_token_and_the_usual_ports(tmp_path: Path) -> None:
    [source] = read(tmp_path, 'auth = { bearer = "t0k.en==" }').sources
    assert headers(source.access) == {"authorization": "Bearer t0k.en=="}
    for scheme, port in (("http", 80), ("https", 443), ("socks5", 1080), ("socks5h", 1080)):
        [source] = read(tmp_path, f'proxy = "{scheme}://proxy.example/"').sources
        assert source.access.proxy == Proxy(scheme=scheme, host="proxy.example", port=port)  # type: ignore[arg-type]


def test_without_any_nothing_is_sent(tmp_path: Path) -> None:
    [source] = read(tmp_path, "").sources
    assert (source.access, source.paused) == (Access(), False)


def test_nothing_of_it_shows(tmp_path: Path) -> None:
    config = read(
        tmp_path,
        f'headers = {{ X = "{CANARY}" }}\nauth = {{ user = "{CANARY}", password = "{CANARY}" }}\n'
        f'cookies = {{ a = "{CANARY}" }}\nproxy = "socks5://{CANARY}:{CANARY}@{CANARY}.example:1"',
    )
    shown = repr(config.sources) + str(config.sources[0].access) + json.dumps(config.sources, default=repr)
    assert CANARY.lower() not in shown.lower()


@given(value=st.text(max_size=12))
@example("\r\nX-Evil: 1")
@example("a\u2028b")
@example("a\x00")
@example("\u0130")
def test_a_value_is_one_header_or_an_error(tmp_path_factory: pytest.TempPathFactory, value: str) -> None:
    path = tmp_path_factory.mktemp("x")
    for keys in ("headers = { X-A = %s }", "cookies = { a = %s }", "auth = { bearer = %s }"):
        try:
            config = read(path, keys % '{ env = "V" }', {"V": value})
        except ConfigErrors:
            continue
        for text in headers(config.sources[0].access).values():
            sent = text.encode("latin-1")
            assert not any((byte < 32 and byte != 9) or byte == 127 for byte in sent)


HOOK = '[source.a]\nurl = "https://e.org/rss"\n[notify.desk]\nurl = "https://desk.example/hook"\n'


def test_a_notifier_has_headers_and_a_proxy_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(f'{HOOK}headers = {{ X-Desk = {{ env = "V" }} }}\nproxy = {{ env = "P" }}\n')
    config = load(path, environ={"V": CANARY, "P": f"socks5://u:{CANARY}@127.0.0.1:9050"})
    access = config.access["desk"]
    assert headers(access) == {"x-desk": CANARY}
    assert access.proxy is not None
    assert access.proxy.port == 9050
    assert CANARY not in repr(config)


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ('headers = { Webhook-Id = "CANARY" }', "webhook-id is set by newsbell itself"),
        ('headers = { Host = "CANARY" }', "host is set by newsbell itself"),
        ('headers = { X-A = "CANARY\\u0001" }', "must be one line of characters"),
        ('proxy = "ftp://CANARY@127.0.0.1"', "must begin with one of http://"),
        (
            'type = "file"\npath = "/x"\nproxy = "http://CANARY@127.0.0.1"',
            "goes with types that tell by HTTP",
        ),
    ],
)
def test_what_a_notifier_cannot_send_is_refused_and_not_shown(
    tmp_path: Path, keys: str, sentence: str
) -> None:
    path = tmp_path / "config.toml"
    path.write_text((HOOK if "type" not in keys else HOOK.rsplit("url", 1)[0]) + keys)
    with pytest.raises(ConfigErrors) as caught:
        load(path, environ={})
    assert sentence in str(caught.value)
    assert CANARY not in str(caught.value)


def test_a_header_that_a_note_would_belong_to_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[notify.desk]\nurl = "https://desk.example/hook"\ncookies = { X = "CANARY" }\n')
    with pytest.raises(ConfigErrors) as caught:
        load(path, environ={})
    assert "unknown key 'cookies' (it belongs to [source.NAME])" in str(caught.value)
    assert CANARY not in str(caught.value)
