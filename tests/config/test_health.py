"""[health]: who hears how sources do."""

from pathlib import Path

import pytest

from monitor.config import ConfigErrors, load

DESKS = '[notify.a]\nurl = "http://127.0.0.1/a"\n[notify.b]\nurl = "http://127.0.0.1/b"\n'


def health(tmp_path: Path, text: str) -> tuple[str, ...]:
    (tmp_path / "config.toml").write_text(text)
    return load(tmp_path / "config.toml", environ={}).health


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("", ()),
        (DESKS, ("a", "b")),
        (f'{DESKS}[health]\nnotify = ["b"]\n', ("b",)),
        (f'{DESKS}[health]\nnotify = ["terminal", "b", "b"]\n', ("terminal", "b")),
        (f"{DESKS}[health]\nnotify = []\n", ()),
        (f"{DESKS}[health]\n", ("a", "b")),
    ],
)
def test_every_notifier_but_the_terminal_hears_of_it_unless_it_is_said_who_does(
    tmp_path: Path, text: str, who: tuple[str, ...]
) -> None:
    assert health(tmp_path, text) == who


def test_a_heartbeat_is_an_address_that_is_never_shown(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[health]\nheartbeat = { env = "BEAT" }\n')
    config = load(file, environ={"BEAT": "https://hc.example/0a1b"})
    assert config.heartbeat is not None
    assert config.heartbeat.reveal() == "https://hc.example/0a1b"
    assert "0a1b" not in repr(config)
    file.write_text('[health]\nheartbeat = "hc.example/0a1b"\n')
    with pytest.raises(ConfigErrors) as raised:
        load(file, environ={})
    assert "health: heartbeat: must be a whole address" in str(raised.value)
    assert "0a1b" not in str(raised.value)


def test_a_name_that_nobody_has_is_told_with_one_that_is_meant(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigErrors, match=r":6:11: health: notify: no notifier is called 'aa'.*did you mean 'a'"
    ):
        health(tmp_path, f'{DESKS}[health]\nnotify = ["aa"]\n')
    with pytest.raises(ConfigErrors, match="health: unknown key 'notfy'"):
        health(tmp_path, f'{DESKS}[health]\nnotfy = ["a"]\n')
