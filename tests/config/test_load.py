"""A configuration as it is loaded: from a file on disk and an environment, to what the daemon is given."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import monitor.notifiers
import monitor.sources
from monitor.config import (
    Config,
    ConfigErrors,
    Manners,
    Polling,
    failing_tests,
    find,
    load,
    starter,
    state_directory,
)
from monitor.config.reading import zones
from monitor.config.tables.rules import failing
from monitor.config.tables.sources import of_url
from monitor.model import Burst, Escalation, Hearing, Rule, Secret, Severity, Source, Threshold
from monitor.notifiers.terminal import Terminal
from monitor.notifiers.webhook import Webhook
from monitor.rules.engine import Engine
from monitor.rules.matching.document import Document
from monitor.rules.query.language import parse

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PROJECT = Path(__file__).parents[2]

Read = Callable[..., Config]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Load a text that stands in a file; keyword arguments are its environment."""

    def read(text: str, **environ: str) -> Config:
        path = tmp_path / "config.toml"
        path.write_text(text, encoding="utf-8")
        return load(path, environ={"TZ": "UTC", **environ})

    return read


def errors(read: Read, text: str, **environ: str) -> list[str]:
    """Return what is said of a broken text, without files and lines."""
    with pytest.raises(ConfigErrors) as caught:
        read(text, **environ)
    return [error.message for error in caught.value]


# -- what there is without a word ---------------------------------------------------------------


def test_an_empty_file_is_a_configuration(read: Read, tmp_path: Path) -> None:
    config = read("")
    assert config == Config(
        path=tmp_path / "config.toml",
        timezone=ZoneInfo("UTC"),
        sources=(),
        rules=(),
        notifiers=config.notifiers,
        hearing={"terminal": Hearing()},
        polling=Polling(every=600.0, min=60.0, max=21_600.0),
        manners=Manners(),
        keep=90 * 86_400.0,
        database=None,
        warnings=(
            f"{tmp_path}/config.toml: no source yet: write addresses under [feeds]",
            f"{tmp_path}/config.toml: no rule yet, so no item rings: write one under [rule], as in fire = 'fire OR blaze'",
        ),
    )
    assert [(name, type(notifier)) for name, notifier in config.notifiers.items()] == [("terminal", Terminal)]


def test_the_starter_is_the_projects_own_configuration_and_works(read: Read) -> None:
    assert starter() == (PROJECT / "config.toml").read_text(encoding="utf-8")
    config = read(starter())
    assert config.warnings == ()
    assert failing_tests(config) == []
    assert len(config.sources) >= 13
    assert len(config.rules) == 4
    assert all(rule.rings and rule.silent for rule in config.rules)
    assert "https://kyivindependent.com/news-archive/rss/" in [source.url for source in config.sources]
    assert len({source.name for source in config.sources}) == len(config.sources)


def test_what_the_starter_has_behind_hashes_works_too(read: Read) -> None:
    shown = "\n".join(
        line.removeprefix("# ")
        if line.startswith(("# [", "# url =", "# secret =", "# rate =")) or " = " in line[2:20]
        else line
        for line in starter().splitlines()
    )
    config = read(shown, DESK_SECRET=SECRET)
    assert config.notifiers["desk"] == Webhook(
        url=Secret("https://desk.example.org/hook"), secret=Secret(SECRET), rate=10.0
    )
    assert config.timezone.key == "Europe/Kyiv"
    assert config.manners.contact == "desk@example.org"
    assert config.database == Path("/var/lib/newsbell/newsbell.db")
    assert "earthquake" in [rule.name for rule in config.rules]


# -- sources ------------------------------------------------------------------------------------


def test_robots_txt_has_a_say_in_pages_unless_the_source_says_otherwise(read: Read) -> None:
    page = '[source.{}]\nurl = "https://e.org/{}"\nselect = {{ item = "li" }}\n'
    feed = '[source.{}]\nurl = "https://e.org/{}"\n'
    text = page.format("a", "a") + page.format("b", "b") + "robots = false\n"
    text += feed.format("c", "c") + feed.format("d", "d") + "robots = true\n"
    text += feed.format("e", "e") + 'type = "live_blog"\n'
    assert {source.name: source.robots for source in read(text).sources} == {
        "a": True,
        "b": False,
        "c": False,
        "d": True,
        "e": True,
    }


def test_feeds_are_named_after_their_hosts(read: Read) -> None:
    config = read("""
        [feeds]
        world = ["https://www.aljazeera.com/xml/rss/all.xml", "https://feeds.bbci.co.uk/news/world/rss.xml",
                 "http://127.0.0.1:8080/rss"]
        uk = ["https://feeds.bbci.co.uk/news/uk/rss.xml", "https://feeds.bbci.co.uk/news/rss.xml"]
        [polling]
        every = "2m"
    """)
    assert [(source.name, source.tags, source.every, source.pinned) for source in config.sources] == [
        ("aljazeera.com", ("world",), 120.0, False),
        ("feeds.bbci.co.uk-world", ("world",), 120.0, False),
        ("127.0.0.1:8080", ("world",), 120.0, False),
        ("feeds.bbci.co.uk-uk", ("uk",), 120.0, False),
        ("feeds.bbci.co.uk-news", ("uk",), 120.0, False),
    ]


def test_the_order_of_feeds_names_nothing(read: Read) -> None:
    urls = [f"https://example.org/{path}" for path in ("a/rss", "b/rss", "rss", "c/a/feed.xml")]

    def names(urls: list[str]) -> dict[str, str]:
        config = read(f"[feeds]\nx = {urls!r}".replace("'", '"'))
        return {source.url: source.name for source in config.sources}

    assert names(urls) == names(urls[::-1])
    assert len(set(names(urls).values())) == 4


def test_a_feeds_name_gives_way_to_one_that_was_chosen(read: Read) -> None:
    config = read("""
        feeds.x = ["https://example.org/rss"]
        [source."example.org"]
        url = "https://example.org/other"
    """)
    assert [source.name for source in config.sources] == ["example.org-2", "example.org"]


def test_one_address_under_two_tags_is_one_source_with_both(read: Read) -> None:
    config = read("""
        [feeds]
        ukraine = ["https://example.org/rss", "https://example.net/rss"]
        war = ["HTTPS://Example.org:443/rss"]
        [rule]
        fire = "fire"
    """)
    assert [(source.name, source.tags) for source in config.sources] == [
        ("example.org", ("ukraine", "war")),
        ("example.net", ("ukraine",)),
    ]
    assert config.warnings == ()


def test_an_address_twice_under_one_tag_is_a_warning(read: Read) -> None:
    config = read('feeds.x = ["https://example.org/rss", "https://example.org/rss"]')
    assert len(config.sources) == 1
    assert "config.toml:1:39: feeds: x: this address stands twice under this tag\n" in config.warnings[-1]


def test_a_source_with_all_its_keys(read: Read) -> None:
    config = read("""
        [source.kyiv]
        url = "http://10.0.0.5:1200/kyiv"
        type = "feed"
        tags = ["ukraine", "war", "ukraine"]
        publisher = "kyivindependent.com"
        every = "1h30m"
        backlog = 5
        private = true
    """)
    assert config.sources == (
        Source(
            name="kyiv",
            url="http://10.0.0.5:1200/kyiv",
            kind="feed",
            tags=("ukraine", "war"),
            publisher="kyivindependent.com",
            every=5400.0,
            pinned=True,
            backlog=5,
            private=True,
        ),
    )


@pytest.mark.parametrize(("written", "backlog"), [('"skip"', "skip"), ('"all"', "all"), ("1", 1)])
def test_what_of_the_first_fetch_may_ring(read: Read, written: str, backlog: object) -> None:
    (source,) = read(f'[source.a]\nurl = "https://example.org/"\nbacklog = {written}').sources
    assert source.backlog == backlog


def test_a_sources_own_rhythm_may_be_faster_than_polling_allows(read: Read) -> None:
    config = read('[source.a]\nurl = "https://example.org/"\nevery = "1s"\n[polling]\nmin = "5m"')
    assert [(source.every, source.pinned) for source in config.sources] == [(1.0, True)]


def test_an_address_alone_makes_a_source() -> None:
    assert of_url("https://www.example.org/rss") == Source(
        name="example.org", url="https://www.example.org/rss"
    )
    with pytest.raises(ValueError, match=r"begins with 'htp:'.*did you mean 'https:'"):
        of_url("htp://example.org/rss")


# -- rules --------------------------------------------------------------------------------------


def test_rules_short_and_long(read: Read) -> None:
    config = read("""
        [rule]
        nuclear = 'nuclear OR "dirty bomb"'
        [rule.escalation]
        query = "missile AND launch*"
        severity = "critical"
        notify = ["terminal", "ops", "terminal"]
        rings = ["Missile launched"]
        silent = ["Book launch"]
        on_edit = "any"
        cooldown = "1h30m"
        retracted = true
        threshold = { publishers = 2, within = "15m" }
        [notify.ops]
        url = "https://desk.example.org/hook"
    """)
    short, long = config.rules
    assert short == Rule(name="nuclear", query='nuclear OR "dirty bomb"', version=short.version)
    assert long == Rule(
        name="escalation",
        query="missile AND launch*",
        severity=Severity.CRITICAL,
        notify=("terminal", "ops"),
        rings=("Missile launched",),
        silent=("Book launch",),
        on_edit="any",
        cooldown=5400.0,
        retracted=True,
        threshold=Threshold(of="publishers", number=2, within=900.0),
        version=long.version,
    )
    assert isinstance(long.severity, Severity)
    assert len({short.version, long.version}) == 2


def test_a_rule_rings_for_more_than_is_usual(read: Read) -> None:
    usual, rare = read("""
        [rule.usual]
        query = "quake"
        burst = { times = 2.5, within = "1h" }
        [rule.rare]
        query = "quake"
        burst = { times = 5, within = "10m", at_least = 3 }
    """).rules
    assert usual.burst == Burst(times=2.5, within=3_600.0, at_least=5)
    assert rare.burst == Burst(times=5.0, within=600.0, at_least=3)


def test_a_spelling_that_looks_like_a_query_is_warned_of(read: Read) -> None:
    config = read("""
        [feeds]
        ukraine = ["https://example.org/rss"]
        [aliases]
        x = ["/re/", "~strike", "a AND b", "title:x", '"unclosed', "AT&T", "C++", "N/A", "Stratford-upon-Avon", "a:b"]
        [rule]
        x = "alias:x"
    """)
    told = [warning.splitlines()[0].split(": ", 1)[1] for warning in config.warnings]
    assert [one.removeprefix("aliases: x: ").partition(" is read")[0] for one in told] == [
        "'/re/'",
        "'~strike'",
        "'a AND b'",
        "'title:x'",
        "'\"unclosed'",
    ]
    assert told[1].endswith("is read as the words in it: what an alias lists are no queries")


def test_a_rule_calls_a_list_of_names_of_the_file(read: Read) -> None:
    toml = """
        [feeds]
        ukraine = ["https://example.org/rss"]
        [aliases]
        Bakhmut = ["Bakhmut", "Бахмут", "Black Sea"]
        kyiv = ["Kyiv", "Kuiv"]
        sumy = ["Sumy"]
        [rule]
        east = "alias:bakhmut drone*"
        kyiv = "ALIAS:Kyiv"
        lviv = "alias:lviv"
    """
    config = read(toml)
    east, kyiv, lviv = config.rules
    engine = Engine(config.rules)
    rung = [
        [match.rule.name for match in engine.match(Document(title=title))]
        for title in ("Drones near Бахмут", "Drone over the Black Sea", "Kuiv", "Kiev", "Lwów")
    ]
    assert rung == [["east"], ["east"], ["kyiv"], [], ["lviv"]]
    assert [warning.splitlines()[0].split(": ", 1)[1] for warning in config.warnings] == [
        "aliases: kyiv: takes the place of alias:kyiv, which is shipped",
        "aliases: sumy: no rule calls alias:sumy",
    ]
    other = read(toml.replace('"Kuiv"', '"Kiyv"'))
    assert [old.version == new.version for old, new in zip(config.rules, other.rules, strict=True)] == [
        True,
        False,
        True,
    ]
    tested = replace(east, rings=("Drones near Бахмут",), silent=("Drones near Kyiv",))
    assert failing(tested, parse(tested.query, tested.aliases)) == []
    assert lviv.aliases == {}
    assert kyiv.aliases == {"kyiv": ("Kyiv", "Kuiv")}


def test_a_rule_gets_louder_with_the_publishers(read: Read) -> None:
    [rule] = read("""
        [rule.quake]
        query = "quake"
        escalate = { publishers = 3, severity = "critical" }
    """).rules
    assert rule.escalate == Escalation(publishers=3, severity=Severity.CRITICAL)


def test_a_rules_version_is_what_it_means(read: Read) -> None:
    def version(keys: str) -> str:
        return read(f"[rule.a]\n{keys}").rules[0].version

    assert version('query = "a"') == version(
        'query = "a"\nseverity = "warning"\nrings = ["b"]\nnotify = ["terminal"]'
    )
    assert version('query = "a"') != version('query = "b"')
    assert version('query = "a"') != version('query = "a"\nseverity = "info"')


def test_a_query_that_is_hardly_meant_is_a_warning_with_a_caret(read: Read, tmp_path: Path) -> None:
    config = read(
        "feeds.x = ['https://example.org/']\n[rule]\na = 'NOT sport'\nb = 'x AND (one two OR three)'"
    )
    first, second = config.warnings
    assert first.startswith(f"{tmp_path}/config.toml:3:6: rule 'a': matches almost everything")
    assert second.startswith(
        f"{tmp_path}/config.toml:4:13: rule 'b': words side by side are joined before OR"
    )
    assert second.endswith("\n    b = 'x AND (one two OR three)'\n                ^")


def test_the_tests_of_a_rule_with_another_error_are_run_too(read: Read) -> None:
    with pytest.raises(ConfigErrors) as raised:
        read("""[rule.a]
query = "missile*"
severity = "loud"
rings = ["Drones"]
[rule.b]
query = "missile*"
silent = [1, "A missile"]
[rule.c]
query = "missile* AND"
rings = ["Drones"]
""")
    assert [(one.line, one.message[:36].rstrip()) for one in raised.value] == [
        (3, "rule 'a': severity: must be one of \""),
        (4, "rule 'a': rings: this text should ri"),
        (7, "rule 'b': silent: must be text, as i"),
        (9, "rule 'c': query: AND has nothing aft"),
    ]


def test_rules_tests_that_fail_are_told_at_their_text(read: Read, tmp_path: Path) -> None:
    config = read("""[rule.a]
query = 'tag:ukraine AND missile*'
rings = ["Missiles over Kyiv", "Drones over Kyiv"]
silent = [
  "Drones",
  "A missile",
]
[rule.b]
query = "x"
""")
    assert [str(error) for error in failing_tests(config)] == [
        f"{tmp_path}/config.toml:3:32: rule 'a': rings: this text should ring and does not: needs missile*, which is"
        " nowhere in title or summary\n"
        '    rings = ["Missiles over Kyiv", "Drones over Kyiv"]\n'
        "                                   ^",
        f"{tmp_path}/config.toml:6:3: rule 'a': silent: this text should be silent and rings:"
        f" {str(failing_tests(config)[1]).partition('rings: ')[2].partition(chr(10))[0]}\n"
        '      "A missile",\n'
        "      ^",
    ]


# -- notifiers ----------------------------------------------------------------------------------


def test_secrets_stand_in_the_file_or_elsewhere(read: Read, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "ops_url").write_text("https://night.example.org/hook\n")
    config = read(
        f"""
        [notify.plain]
        url = "https://desk.example.org/hook"
        secret = "{SECRET}"
        [notify.env]
        url = {{ env = "OPS_URL" }}
        secret = {{ file = "secret" }}
        rate = 2
        [notify.systemd]
        url = {{ credential = "ops_url" }}
        secret = {{ file = "{tmp_path}/secret" }}
        type = "webhook"
        """,
        OPS_URL="https://day.example.org/hook",
        CREDENTIALS_DIRECTORY=str(tmp_path / "credentials"),
    )
    secret = Secret(SECRET)
    assert {name: config.notifiers[name] for name in ("plain", "env", "systemd")} == {
        "plain": Webhook(url=Secret("https://desk.example.org/hook"), secret=secret, rate=10.0),
        "env": Webhook(url=Secret("https://day.example.org/hook"), secret=secret, rate=2.0),
        "systemd": Webhook(url=Secret("https://night.example.org/hook"), secret=secret, rate=10.0),
    }
    assert isinstance(config.notifiers["terminal"], Terminal)


def test_a_configuration_never_shows_its_secrets(read: Read) -> None:
    config = read(f'[notify.a]\nurl = "https://desk.example.org/CANARY"\nsecret = "{SECRET}"')
    assert "CANARY" not in repr(config)
    assert SECRET not in repr(config)


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://hooks.slack.com/services/T0/B0/x", "Slack"),
        ("https://hooks.slack-gov.com/services/T0/B0/x", "Slack"),
        ("https://discord.com/api/webhooks/1/x", "Discord"),
        ("https://canary.discord.com/api/v10/webhooks/1/x?thread_id=2", "Discord"),
        ("https://prod-1.westeurope.logic.azure.com:443/workflows/1/triggers/manual/paths/invoke", "Teams"),
        (
            "https://a.b.environment.api.powerplatform.com/powerautomate/automations/direct/workflows/1",
            "Teams",
        ),
        ("https://chat.example.org/team/hooks/abcdefghijklmnopqrstuvwxyz", "Mattermost"),
        ("https://api.telegram.org/bot1:x/sendMessage?chat_id=-1001", "Telegram"),
        ("https://ntfy.sh/topic", "Ntfy"),
        ('smtps://u:x@mail.example"\nto = ["a@b.example"]\nsender = "c@b.example', "Email"),
        ("https://chat.example.org/hooks/short", "Webhook"),
        ("https://matrix.example.org/hook", "Webhook"),
        ("https://hooks.slack.com.example.org/services/x", "Webhook"),
    ],
)
def test_an_address_tells_the_type_and_is_enough(read: Read, url: str, kind: str) -> None:
    assert type(read(f'[notify.a]\nurl = "{url}"').notifiers["a"]).__name__ == kind


def test_the_examples_of_the_page_on_notifiers_hold(read: Read, tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "telegram").write_text("https://api.telegram.org/bot1:x/sendMessage?chat_id=-1\n")
    for name in ("mail", "matrix", "pagerduty_key"):
        (tmp_path / "secrets" / name).write_text("token\n")
    environ = {
        "SLACK_URL": "https://hooks.slack.com/services/x",
        "DESK_TOKEN": "token",
        "DESK_PROXY": "http://127.0.0.1:3128",
        "CREDENTIALS_DIRECTORY": str(tmp_path / "secrets"),
    }
    page = (Path(__file__).parents[2] / "docs" / "notifiers.md").read_text(encoding="utf-8")
    examples = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert examples
    for example in examples:
        read(example, **environ)


def test_a_webhook_without_a_secret_is_a_warning(read: Read, tmp_path: Path) -> None:
    config = read(
        'feeds.x = ["https://example.org/"]\n[notify.ops]\nurl = "https://desk.example.org/CANARY"\n[rule]\na = "a"'
    )
    assert config.warnings == (
        f"{tmp_path}/config.toml:2:9: notify 'ops': no secret: requests are unsigned (docs/webhooks.md)\n"
        "    [notify.ops]\n"
        "            ^",
    )


def test_a_type_that_is_given_overrules_the_address(read: Read) -> None:
    config = read(f'[notify.chat]\ntype = "webhook"\nurl = "https://ntfy.sh/CANARY"\nsecret = "{SECRET}"')
    assert isinstance(config.notifiers["chat"], Webhook)
    (*_, warning) = config.warnings
    assert "https://ntfy.sh/… is an ntfy address, which may not take what a webhook sends" in warning
    assert "CANARY" not in warning


def test_the_terminal_may_have_a_table(read: Read) -> None:
    config = read(
        '[notify.terminal]\n[notify.screen]\ntype = "terminal"\n[rule.a]\nquery = "x"\nnotify = ["screen"]'
    )
    assert {name: type(notifier) for name, notifier in config.notifiers.items()} == {
        "terminal": Terminal,
        "screen": Terminal,
    }


# -- a kind is one file ---------------------------------------------------------------------------

PAGER = '''
from dataclasses import dataclass
from typing import ClassVar, Literal

from monitor.model import Secret


@dataclass(frozen=True, slots=True)
class Pager:
    """Beeps."""

    families: ClassVar[int] = 3
    token: Secret
    number: int
    tone: Literal["low", "high"] = "low"
    words: tuple[str, ...] = ()
    title: str | None = None
    loud: bool = False
    volume: float = 0.5

    def __post_init__(self) -> None:
        if self.number < 100:
            raise ValueError("number: must have three digits")
        if self.loud and self.volume < 0.1:
            raise ValueError(f"loud and quiet at once, with {self.token.reveal()}")

    async def send(self, post, delivery, now):
        pass
'''
TABLE = '''
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """Rows."""

    rows: int
    select: str = "tr"

    def parse(self, response):
        return []
'''


@pytest.fixture
def dropped_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two files, each a kind, and nothing else."""
    for package, name, text in ((monitor.notifiers, "pager", PAGER), (monitor.sources, "table", TABLE)):
        folder = tmp_path / name
        folder.mkdir()
        (folder / f"{name}.py").write_text(text)
        monkeypatch.setattr(package, "__path__", [*package.__path__, str(folder)])
    yield
    for module in ("monitor.notifiers.pager", "monitor.sources.table"):
        sys.modules.pop(module, None)


@pytest.mark.usefixtures("dropped_in")
def test_a_notifier_is_one_file(read: Read) -> None:
    config = read(
        """
        [notify.night]
        type = "pager"
        token = { env = "TOKEN" }
        number = 112
        tone = "high"
        words = ["a", "b"]
        title = "bell"
        loud = true
        volume = 1
        [rule.a]
        query = "x"
        notify = ["night"]
        """,
        TOKEN="t",
    )
    night = config.notifiers["night"]
    fields = ("token", "number", "tone", "words", "title", "loud", "volume")
    assert [getattr(night, field) for field in fields] == [
        Secret("t"),
        112,
        "high",
        ("a", "b"),
        "bell",
        True,
        1.0,
    ]
    assert config.rules[0].notify == ("night",)


@pytest.mark.usefixtures("dropped_in")
def test_what_is_wrong_with_a_dropped_in_notifier_is_told_like_anything_else(read: Read) -> None:
    assert errors(
        read,
        """
        [notify.a]
        type = "pager"
        number = "112"
        tone = "hihg"
        wrods = ["a"]
        families = 5
        loud = "yes"
        [notify.b]
        type = "pager"
        token = "CANARY"
        number = 12
        [notify.c]
        type = "pager"
        token = "CANARY"
        number = 112
        loud = true
        volume = 0
        """,
    ) == [
        'notify \'a\': token is missing; write token = "…" or { env = "NAME" }',
        "notify 'a': number: must be a whole number, as in 5, not text (write 112, without quotes)",
        "notify 'a': tone: must be one of \"low\", \"high\", not 'hihg' (did you mean 'high'?)",
        "notify 'a': unknown key 'wrods' (did you mean 'words'?)",
        "notify 'a': unknown key 'families'",
        "notify 'a': loud: must be true or false, not text",
        "notify 'b': number: must have three digits",
        "notify 'c': loud and quiet at once, with …",
    ]


@pytest.mark.usefixtures("dropped_in")
def test_a_source_type_is_one_file_and_may_have_a_key_that_is_still_to_come(read: Read) -> None:
    config = read('[source.a]\nurl = "https://example.org/"\ntype = "table"\nrows = 3\nselect = "li"')
    assert config.sources[0].kind == "table"
    assert config.sources[0].options == {"rows": 3, "select": "li"}
    assert errors(read, '[source.a]\nurl = "https://example.org/"\ntype = "table"\nrow = 3') == [
        "source 'a': rows is missing; write rows = 5",
        "source 'a': unknown key 'row' (did you mean 'rows'?)",
    ]


def test_a_kind_that_cannot_be_imported_is_told(
    read: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.py").write_text("import no_such_module_at_all")
    monkeypatch.setattr(monitor.notifiers, "__path__", [*monitor.notifiers.__path__, str(tmp_path)])
    assert errors(read, '[notify.a]\ntype = "broken"') == [
        "notify 'a': type: the notifier 'broken' cannot be loaded: No module named 'no_such_module_at_all'"
    ]


# -- the rest -----------------------------------------------------------------------------------


def test_polling_fetch_and_store(read: Read) -> None:
    config = read("""
        timezone = "Asia/Tokyo"
        polling = { every = "30s", min = "1s", max = "2w" }
        fetch = { contact = "desk@example.org", at_once = 4, gap = "0s" }
        [store]
        keep = "1d12h"
        url = "sqlite:////srv/news/bell.db"
    """)
    assert config.polling == Polling(every=30.0, min=1.0, max=1_209_600.0)
    assert config.manners == Manners(contact="desk@example.org", at_once=4, gap=0.0)
    assert config.keep == 129_600.0
    assert config.database == Path("/srv/news/bell.db")
    assert config.timezone == ZoneInfo("Asia/Tokyo")


@pytest.mark.parametrize(
    ("tz", "key"),
    [
        ("Europe/Kyiv", "Europe/Kyiv"),
        (":Asia/Tokyo", "Asia/Tokyo"),
        ("/usr/share/zoneinfo/Asia/Tokyo", "Asia/Tokyo"),
    ],
)
def test_the_machines_zone_is_what_tz_says(tz: str, key: str) -> None:
    assert zones.machine({"TZ": tz}).key == key


def test_the_machines_zone_is_what_localtime_links_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = tmp_path / "localtime"
    monkeypatch.setattr(zones, "LOCALTIME", link)
    assert zones.machine({"TZ": "CET-1CEST"}).key == "UTC"  # a rule, no name; and no link
    link.symlink_to("/usr/share/zoneinfo/Europe/Kyiv")
    assert zones.machine({}).key == "Europe/Kyiv"


def test_a_machine_without_a_tz_database_has_utc(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    code = "from monitor.config.reading import zones; z = zones.machine({}); print(z.key, z.utcoffset(None) is None, __import__('datetime').datetime(2026, 1, 1, tzinfo=z).isoformat())"
    environ = {"PYTHONTZPATH": str(tmp_path / "none"), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, env=environ, capture_output=True, text=True, check=True
    )
    assert done.stdout.split()[0] == "UTC"
    assert done.stdout.split()[2] == "2026-01-01T00:00:00+00:00"


def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    def said(path: Path) -> str:
        with pytest.raises(ConfigErrors) as caught:
            load(path, environ={})
        return str(caught.value)

    missing = tmp_path / "none.toml"
    assert said(missing) == f"{missing}: there is no such file (`newsbell init` writes one)"
    assert said(tmp_path) == f"{tmp_path}: is a directory, not a file"
    assert said(Path("a\0b")).endswith(": is no name of a file")
    large = tmp_path / "large.toml"
    large.write_bytes(b"#" * (8 * 1024 * 1024 + 1))
    assert said(large) == f"{large}: is larger than 8 MiB"


# -- where it is --------------------------------------------------------------------------------


def written(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")
    return path


def test_where_the_configuration_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    environ: dict[str, str] = {"HOME": str(tmp_path / "home")}
    with pytest.raises(ConfigErrors) as caught:
        find(None, environ)
    assert str(caught.value) == (
        f"newsbell: there is no configuration (looked for config.toml, {tmp_path}/home/.config/newsbell/config.toml);"
        " `newsbell init` writes one"
    )
    # from the last place to the first, each wins over those before
    home = written(tmp_path / "home/.config/newsbell/config.toml")
    assert find(None, environ) == home
    environ["XDG_CONFIG_HOME"] = str(tmp_path / "xdg")
    xdg = written(tmp_path / "xdg/newsbell/config.toml")
    assert find(None, environ) == xdg
    environ["CONFIGURATION_DIRECTORY"] = f"{tmp_path}/nothing:{tmp_path}/systemd"
    systemd = written(tmp_path / "systemd/config.toml")
    assert find(None, environ) == systemd
    written(tmp_path / "config.toml")
    assert find(None, environ) == Path("config.toml")
    environ["NEWSBELL_CONFIG"] = "named.toml"
    assert find(None, environ) == Path("named.toml")  # there or not: it was named
    assert find(Path("option.toml"), environ) == Path("option.toml")


@pytest.mark.parametrize(
    ("environ", "directory"),
    [
        (
            {"STATE_DIRECTORY": "/var/lib/newsbell:/var/lib/other", "XDG_STATE_HOME": "/x"},
            "/var/lib/newsbell",
        ),
        ({"XDG_STATE_HOME": "/x", "HOME": "/home/ann"}, "/x/newsbell"),
        ({"XDG_STATE_HOME": "relative", "HOME": "/home/ann"}, "/home/ann/.local/state/newsbell"),
        ({"HOME": "/home/ann"}, "/home/ann/.local/state/newsbell"),
    ],
)
def test_where_the_state_is(environ: Mapping[str, str], directory: str) -> None:
    assert state_directory(None, environ) == Path(directory)
    assert state_directory(Path("here"), environ) == Path("here")


def test_loading_imports_no_heavy_library() -> None:
    code = (
        "import sys; from pathlib import Path; from monitor.config import load;"
        "load(Path('config.toml'), environ={});"
        "print(*{'httpx', 'feedparser', 'apscheduler', 'rich', 'pydantic', 'standardwebhooks'} & {*sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""


def test_where_the_api_listens(read: Read) -> None:
    assert read("[feeds]").api is None
    api = read(
        '[api]\nlisten = "127.0.0.1:9464"\ntoken = { env = "T" }\nhosts = ["Wall.example.org"]', T="k" * 16
    ).api
    assert api is not None
    assert (api.host, api.port, api.path, api.hosts) == ("127.0.0.1", 9464, None, ("wall.example.org",))
    assert api.token == Secret("k" * 16)


@pytest.mark.parametrize(
    ("listen", "host", "path"),
    [
        ("localhost:80", "127.0.0.1", None),
        ("[::1]:80", "::1", None),
        ("127.8.0.1:80", "127.8.0.1", None),
        ("unix:/run/x/api.sock", "", Path("/run/x/api.sock")),
    ],
)
def test_only_this_machine_is_listened_on(read: Read, listen: str, host: str, path: Path | None) -> None:
    api = read(f'[api]\nlisten = "{listen}"').api
    assert api is not None
    assert (api.host, api.path) == (host, path)


@pytest.mark.parametrize(
    "listen",
    [
        "0.0.0.0:80",
        "[::]:80",
        "192.168.0.1:80",
        "example.org:80",
        "::1:80",
        "127.0.0.1:0",
        "unix:/" + "x" * 108,
    ],
)
def test_no_other_place_is_listened_on(read: Read, listen: str) -> None:
    with pytest.raises(ConfigErrors, match=r"api: listen: "):
        read(f'[api]\nlisten = "{listen}"')
