"""Children that parse: whatever a body does to one, the others answer, and nobody is left behind."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.daemon.parsing.parse import Limits, Parsers
from monitor.model import Entry, Parsed, Response, Source
from monitor.sources import ParseError

FEED = Source(name="feed", url="https://example.org/feed")
SMALL = b'<rss version="2.0"><channel><item><title>a</title><link>/1</link></item></channel></rss>'
TIGHT = Limits(cpu=1, wall=60.0)  # a busy machine gives a child little of each second
SHORT = Limits(cpu=1, wall=3.0)
RUN = "from monitor.daemon.parsing.parse_child import main; main(int(sys.argv[1]), int(sys.argv[2]))"
KINDS = """
import os, signal, sys, time
from dataclasses import dataclass
from monitor.model import Entry, Parsed, RawDate

@dataclass(frozen=True, slots=True)
class Trouble:
    do: str

    def parse(self, response):
        return Parsed(entries=self.entries())

    def entries(self):
        if self.do == "spin":
            while True:
                pass
        if self.do == "sleep":
            time.sleep(3_600)
        if self.do == "hog":
            return [Entry(keys=("guid:" + "x" * len([bytes(1 << 20) for _ in range(4_096)]),))]
        if self.do == "grow":
            data = bytearray(os.urandom(1 << 20) * 80)
            return [Entry(keys=(f"guid:{os.getpid()}",), title=str(len(data)))]
        if self.do == "work":
            while time.process_time() < 2:
                pass
        if self.do == "pid":
            return [Entry(keys=(f"guid:{os.getpid()}",))]
        if self.do == "endless":
            return (Entry(keys=(f"guid:{n}",)) for n in iter(int, 1))
        if self.do == "wordy":
            return [Entry(keys=(f"guid:{n}",), summary="w" * 60_000) for n in range(2_000)]
        if self.do == "raise":
            raise KeyError("secret-of-the-kind")
        if self.do == "lie":
            return ["not an entry"]
        if self.do == "die":
            os.abort()
        if self.do == "fork":
            if os.fork() == 0:
                time.sleep(3_600)
            while True:
                pass
        if self.do == "talk":
            print("r" * 10_000, flush=True)
            sys.stderr.write("x")
            sys.stdin.read()
            os.write(1, b"t")
        if self.do == "show":
            with open("/proc/self/environ", "rb") as file:
                environ = file.read()
            files = sorted(os.listdir("/proc/self/fd"), key=int)
            return [Entry(keys=("guid:1",), title=str(len(environ)), summary=str(os.getsid(0) == os.getpid()),
                          tags=tuple(os.readlink(f) for n in files if int(n) > 2 and os.path.exists(f := f"/proc/self/fd/{n}")))]
        return [Entry(keys=("guid:\\x1b1", "url:javascript:x"), title="dirty \\x1b[2J\\ud800", url="javascript:x",
                      dates=(RawDate(text="\\x1bx"),))]
"""


@pytest.fixture
def child(tmp_path: Path) -> tuple[str, ...]:
    """A child that knows a kind of a third party, installed as one is: by an entry point."""
    (tmp_path / "trouble_kind.py").write_text(KINDS)
    info = tmp_path / "trouble_kind-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: trouble-kind\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[newsbell.sources]\ntrouble = trouble_kind:Trouble\n")
    return (sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {RUN}")


def body(raw: bytes) -> Response:
    return Response(url=FEED.url, status=200, body=raw, received_at=datetime(2026, 3, 1, tzinfo=UTC))


def trouble(do: str) -> Source:
    return Source(name=do, url="https://example.org/", kind="trouble", options={"do": do})


async def sentence(parsing: Coroutine[Any, Any, Parsed]) -> str:
    with pytest.raises(ParseError) as error:
        await parsing
    return str(error.value)


def alive(pid: int) -> bool:
    """Whether a process runs; a zombie that its new parent has yet to reap does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def ticks(pid: int) -> int:
    """Return the CPU a process has used, in clock ticks."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return int(fields[11]) + int(fields[12])


def children(pid: int | str = "self") -> set[int]:
    pid = os.getpid() if pid == "self" else pid
    return {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


async def busy(pids: set[int]) -> int:
    """Return the one of `pids` that burns CPU, when one does."""
    before = {pid: ticks(pid) for pid in pids}
    while True:
        await asyncio.sleep(0.05)
        for pid in pids:
            if ticks(pid) >= before[pid] + 20:
                return pid


async def gone(*pids: int) -> None:
    while any(alive(pid) for pid in pids):
        await asyncio.sleep(0.02)


def test_a_feed_is_parsed_and_nothing_remains() -> None:
    async def story() -> set[int]:
        async with Parsers() as parsers:
            for _ in range(3):
                (entry,) = (await parsers.parse(FEED, body(SMALL))).entries
            assert entry == Entry(keys=("url:https://example.org/1",), title="a", url="https://example.org/1")
            said = await sentence(parsers.parse(FEED, body(b"<html>")))
            assert said.startswith("an HTML page, not a feed")
            return children()

    pids = asyncio.run(story())
    assert pids
    assert not any(map(alive, pids))
    assert not children() & pids


def test_entries_of_a_third_party_come_back_clean(child: tuple[str, ...]) -> None:
    async def story() -> Entry:
        async with Parsers(command=child, working=1, slow=0, spare=0) as parsers:
            (entry,) = (await parsers.parse(trouble("dirty"), body(b""))).entries
            return entry

    entry = asyncio.run(story())
    assert (entry.keys, entry.title, entry.url) == (("guid:1",), "dirty [2J\ufffd", "")
    assert entry.dates[0].text == "x"


def test_a_child_inherits_nothing_and_what_it_prints_is_no_answer(
    child: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWSBELL_SECRET", "whsec_canary")

    async def story() -> None:
        async with Parsers(command=child, working=1, slow=0, spare=0) as parsers:
            await parsers.parse(trouble("talk"), body(b""))
            (seen,) = (await parsers.parse(trouble("show"), body(b""))).entries
        assert (seen.title, seen.summary) == ("0", "True")
        assert sum(tag.startswith("pipe:") for tag in seen.tags) == 2, "its own"
        assert os.devnull not in seen.tags  # a library may open a file of its own

    with open(os.devnull) as leak:
        os.set_inheritable(leak.fileno(), True)
        asyncio.run(story())


@pytest.mark.parametrize(
    ("do", "said"),
    [
        ("spin", "took more than 1 s of CPU to read"),
        ("sleep", "took more than 3 s to read"),
        ("hog", "needs more than 512 MiB to read"),
        ("endless", "more than 10,000 entries"),
        ("wordy", "more than 32 MiB of text"),
        ("raise", "the kind 'trouble' broke while reading it"),
        ("lie", "the kind 'trouble' broke while reading it"),
        ("unknown option", ""),
        ("die", "its reader died of it"),
    ],
)
def test_what_a_body_does_costs_only_its_own_job(child: tuple[str, ...], do: str, said: str) -> None:
    async def story() -> None:
        limits = {"sleep": SHORT, "wordy": Limits(cpu=5, wall=60.0)}.get(do, TIGHT)
        async with Parsers(command=child, limits=limits) as parsers:
            if do == "unknown option":
                source = Source(name="x", url="https://example.org/", kind="trouble", options={"nope": 1})
                bad = sentence(parsers.parse(source, body(b"")))
                said_then = "the kind 'trouble' broke while reading it"
            else:
                bad, said_then = sentence(parsers.parse(trouble(do), body(b""))), said
            waiting = asyncio.create_task(bad)
            for _ in range(20):  # beside it, and with what is left of the pool after it
                assert len((await parsers.parse(FEED, body(SMALL))).entries) == 1
            assert await waiting == said_then
            assert len((await parsers.parse(FEED, body(SMALL))).entries) == 1

    asyncio.run(story())


def test_of_very_many_parts_the_first_are_named_and_the_rest_counted() -> None:
    children = "".join(f"<sitemap><loc>https://example.org/{n}.xml</loc></sitemap>" for n in range(1_200))
    source = Source(name="map", url="https://example.org/map.xml", kind="news_sitemap")

    async def story() -> Parsed:
        async with Parsers(working=1, slow=0, spare=0) as parsers:
            return await parsers.parse(source, body(f"<sitemapindex>{children}</sitemapindex>".encode()))

    parsed = asyncio.run(story())
    assert (len(parsed.more), parsed.more[-1], parsed.beyond) == (1_000, "https://example.org/999.xml", 200)


def laughs() -> bytes:
    entities = ['<!ENTITY a0 "ha">', *(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))]
    head = f'<?xml version="1.0"?><!DOCTYPE rss [{"".join(entities)}]>'
    return f'{head}<rss version="2.0"><channel><item><title>&a9;</title></item></channel></rss>'.encode()


@pytest.mark.parametrize(
    ("hostile", "limits", "said"),
    [
        (b"<rss><channel><item>" + b"<a>" * 400_000, TIGHT, "took more than 1 s of CPU to read"),
        (
            b"<rss><channel>" + b"<item><title>a</title></item>" * 100_000,
            TIGHT,
            "took more than 1 s of CPU to read",
        ),
        (
            b"<rss><channel>" + b"<item/>" * 200 + b"</channel></rss>",
            Limits(entries=199),
            "more than 199 entries",
        ),
        (b" " * (9 << 20), Limits(), "larger than 8 MiB"),
        (
            b"<rss><channel><item><title>\xf0\x9f\x98\x80" + b"a" * 8_000_000,
            Limits(memory=96 << 20),
            "needs more than 96 MiB to read",
        ),
    ],
    ids=["nesting", "100,000 items", "too many entries", "9 MiB", "memory"],
)
def test_a_hostile_feed_is_a_sentence(hostile: bytes, limits: Limits, said: str) -> None:
    async def story() -> None:
        async with Parsers(limits=limits) as parsers:
            bad = asyncio.create_task(sentence(parsers.parse(FEED, body(hostile))))
            for _ in range(20):
                assert len((await parsers.parse(FEED, body(SMALL))).entries) == 1
            assert await bad == said
            assert len((await parsers.parse(FEED, body(SMALL))).entries) == 1

    asyncio.run(story())


def test_a_billion_laughs_stay_small() -> None:
    async def story() -> None:
        async with Parsers(working=1, slow=0, spare=0) as parsers:
            for entry in (await parsers.parse(FEED, body(laughs()))).entries:
                assert len(entry.title) < 65_537

    asyncio.run(story())


def test_a_nul_or_a_cut_anywhere_ends_in_entries_or_a_sentence() -> None:
    whole = SMALL.replace(b"<item>", b"<item><description>&lt;p&gt;\xd0\x97\xd1\x96\xd1\x80</description>")

    async def story() -> int:
        read = 0
        async with Parsers() as parsers:
            for at in range(0, len(whole), 5):
                for raw in (whole[:at], whole[:at] + b"\0" + whole[at:]):
                    try:
                        read += len((await parsers.parse(FEED, body(raw))).entries)
                    except ParseError as error:
                        if "reader" in str(error):
                            raise
            return read

    assert asyncio.run(story()) > 20


def test_children_killed_from_outside_cost_no_body(child: tuple[str, ...]) -> None:
    async def story() -> None:
        async with Parsers(command=child, slow=0, limits=Limits(cpu=30, wall=30.0)) as parsers:
            await parsers.parse(FEED, body(SMALL))
            while len(pids := children()) < 3:
                await asyncio.sleep(0.02)
            job = asyncio.create_task(parsers.parse(trouble("work"), body(b"")))
            await busy(pids)
            for pid in pids:
                os.kill(pid, signal.SIGKILL)
            assert len((await job).entries) == 1
            all_of = await asyncio.gather(*(parsers.parse(FEED, body(SMALL)) for _ in range(4)))
            assert [len(parsed.entries) for parsed in all_of] == [1, 1, 1, 1]

    asyncio.run(story())


def test_a_body_whose_readers_are_killed_twice_is_given_up(child: tuple[str, ...]) -> None:
    async def story() -> None:
        async with Parsers(command=child, slow=0, limits=Limits(cpu=30, wall=30.0)) as parsers:
            await parsers.parse(FEED, body(SMALL))
            job = asyncio.create_task(sentence(parsers.parse(trouble("spin"), body(b""))))
            for _ in range(2):
                os.kill(await busy(children()), signal.SIGKILL)
            assert await job == "its reader was killed from outside, perhaps for want of memory"
            assert len((await parsers.parse(FEED, body(SMALL))).entries) == 1

    asyncio.run(story())


def test_a_cancelled_job_ends_its_child_at_once(child: tuple[str, ...]) -> None:
    async def story() -> None:
        async with Parsers(
            command=child, working=1, slow=0, spare=1, limits=Limits(cpu=30, wall=30.0)
        ) as parsers:
            await parsers.parse(FEED, body(SMALL))
            while len(pids := children()) < 2:
                await asyncio.sleep(0.02)
            job = asyncio.create_task(parsers.parse(trouble("spin"), body(b"")))
            pid = await busy(pids)
            job.cancel()
            with pytest.raises(asyncio.CancelledError):
                await job
            await gone(pid)
            assert len((await parsers.parse(FEED, body(SMALL))).entries) == 1

    asyncio.run(story())


def test_what_a_child_forked_dies_with_it(child: tuple[str, ...]) -> None:
    async def story() -> None:
        async with Parsers(
            command=child, working=1, slow=0, spare=0, limits=Limits(cpu=30, wall=2.0)
        ) as parsers:
            await parsers.parse(FEED, body(SMALL))
            (pid,) = children()
            job = asyncio.create_task(sentence(parsers.parse(trouble("fork"), body(b""))))
            while not (forked := children(pid)):
                await asyncio.sleep(0.02)
            assert await job == "took more than 2 s to read"
            await gone(pid, *forked)

    asyncio.run(story())


@pytest.mark.torture
def test_a_child_is_replaced_when_it_has_grown_or_served_enough(child: tuple[str, ...]) -> None:
    async def story(limits: Limits, do: str) -> list[str]:
        async with Parsers(command=child, working=1, slow=0, spare=0, limits=limits) as parsers:
            return [(await parsers.parse(trouble(do), body(b""))).entries[0].keys[0] for _ in range(3)]

    kept, grown, served = (
        asyncio.run(story(Limits(), "pid")),
        asyncio.run(story(Limits(rss=64 << 20), "grow")),
        asyncio.run(story(Limits(jobs=1), "pid")),
    )
    assert (len(set(kept)), len(set(grown)), len(set(served))) == (1, 3, 3)


def test_a_large_daemon_does_not_make_its_children_look_large(child: tuple[str, ...]) -> None:
    """A child shares its parent's memory until exec, and Linux's ru_maxrss never forgets it."""
    ours = bytearray(os.urandom(1 << 20) * 300)

    async def story() -> list[str]:
        async with Parsers(command=child, working=1, slow=0, spare=0) as parsers:
            return [(await parsers.parse(trouble("pid"), body(b""))).entries[0].keys[0] for _ in range(3)]

    assert len(set(asyncio.run(story()))) == 1
    assert len(ours) > Limits().rss


@pytest.mark.torture
def test_the_limit_is_a_jobs_not_a_childs() -> None:
    many = b"<rss><channel>" + b"<item><title>a</title></item>" * 1_000 + b"</channel></rss>"

    async def story() -> None:
        async with Parsers(working=1, slow=0, spare=0, limits=Limits(cpu=1)) as parsers:
            await parsers.parse(FEED, body(SMALL))
            (pid,) = children()
            while ticks(pid) < 2.5 * os.sysconf("SC_CLK_TCK"):
                assert len((await parsers.parse(FEED, body(many))).entries) == 1_000
            assert children() == {pid}

    asyncio.run(story())


@pytest.mark.parametrize(
    "answer",
    [
        "b'z'",
        "pack('>I', 1 << 31)",
        "pack('>I', 4) + b'null'",
        "pack('>I', 2) + b'[['",
        "lines(b'{}')",
        'lines(b\'{"error": 5, "entries": 0, "rss": 1, "title": "", "whole": true, "more": [], "beyond": 0, "older": []}\')',
        'lines(b\'{"error": "", "entries": 2, "rss": 1, "title": "", "whole": true, "more": [], "beyond": 0, "older": []}\', b\'[]\')',
        'lines(b\'{"error": "", "entries": 1, "rss": 1, "title": "", "whole": true, "more": [], "beyond": 0, "older": []}\', b\'[]\')',
        'lines(b\'{"error": "", "entries": 1, "rss": 1, "title": "", "whole": true, "more": [], "beyond": 0, "older": []}\', b\'[[], "", "", "", "", [], []]\')',
        'lines(b\'{"error": "", "entries": 1, "rss": 1, "title": "", "whole": true, "more": [], "beyond": 0, "older": []}\', b\'[["guid:1"], "\\\\ud800", "", "", "", [], []]\')',
        'lines(b\'{"error": "", "entries": 1, "rss": 1, "title": "", "whole": true, "more": [], "beyond": 0, "older": []}\', b\'[["guid:1"], 7, "", "", "", [], []]\')',
        'lines(b\'{"error": "", "entries": 1, "rss": 1, "title": "", "whole": true, "more": [], "beyond": 0, "older": []}\', b\'["guid:1", "", "", "", "", [], []]\')',
        'lines(b\'{"error": "", "entries": 1, "rss": 1, "title": "", "whole": true, "more": [], "beyond": 0, "older": []}\', b\'[\' * 100_000)',
    ],
)
def test_a_child_that_answers_nonsense_is_not_believed(answer: str) -> None:
    taken = "" if answer == "b'z'" else "os.write(1, b't')"
    script = f"""
import os, sys
from struct import pack
def lines(*rows):
    return pack(">I", len(b"\\n".join(rows))) + b"\\n".join(rows)
os.write(1, b"r")
while os.read(0, 1 << 16):
    {taken}
    os.write(1, {answer})
"""

    async def story() -> None:
        command = (sys.executable, "-I", "-c", script)
        async with Parsers(command=command, working=1, slow=0, spare=0, limits=TIGHT) as parsers:
            assert (
                await sentence(parsers.parse(FEED, body(SMALL)))
                == "its reader answered nonsense and was stopped"
            )

    asyncio.run(story())


# -- who waits for whom ------------------------------------------------------------------------


def numbered(do: str, number: int) -> Source:
    return Source(name=f"{do}-{number}", url="https://example.org/", kind="trouble", options={"do": do})


FAIR = Limits(
    cpu=1, quick=0.5, wall=60.0
)  # the first small body of a child takes a tenth of a second on a slow machine


def hostile(parsers: Parsers, number: int) -> list[asyncio.Task[str]]:
    """Give the children bodies of `number` sources that never end."""
    bodies = [parsers.parse(numbered("spin", one), body(b"")) for one in range(number)]
    return [asyncio.create_task(sentence(one)) for one in bodies]


async def given_up(jobs: Sequence[asyncio.Task[str]]) -> None:
    for job in jobs:
        job.cancel()
    await asyncio.wait(jobs)


async def over(jobs: Sequence[asyncio.Task[str]]) -> list[str]:
    return await asyncio.gather(*jobs)


@pytest.mark.torture
def test_a_good_source_does_not_wait_for_those_that_ran_into_their_limit(child: tuple[str, ...]) -> None:
    async def story() -> None:
        async with Parsers(command=child, limits=FAIR) as parsers:
            assert set(await over(hostile(parsers, 3))) == {"took more than 1 s of CPU to read"}
            again = hostile(parsers, 3)
            await asyncio.sleep(0)  # they are in the queue before it
            assert len((await parsers.parse(FEED, body(SMALL))).entries) == 1
            assert sum(job.done() for job in again) <= 1
            await given_up(again)

    asyncio.run(story())


def test_new_sources_keep_a_good_one_waiting_for_moments_only(child: tuple[str, ...]) -> None:
    """Nobody knows yet that their bodies never end: each is stopped soon, and begun again where none waits for it."""

    async def story() -> None:
        async with Parsers(command=child, limits=replace(FAIR, cpu=5.0)) as parsers:
            jobs = hostile(parsers, 4)
            await asyncio.sleep(0)
            assert len((await parsers.parse(FEED, body(SMALL))).entries) == 1
            assert sum(job.done() for job in jobs) <= 1
            await given_up(jobs)

    asyncio.run(story())


@pytest.mark.torture
def test_a_body_that_takes_long_is_read_all_the_same(child: tuple[str, ...]) -> None:
    async def story() -> None:
        async with Parsers(command=child) as parsers:
            for _ in range(2):  # found out the first time, known the second
                assert len((await parsers.parse(trouble("work"), body(b""))).entries) == 1

    asyncio.run(story())


@pytest.mark.torture
def test_not_all_wait_that_take_long(child: tuple[str, ...]) -> None:
    """Each holds up a poll, and there are not many."""

    async def story() -> list[str]:
        async with Parsers(command=child, limits=FAIR, waiting=1) as parsers:
            return await over(hostile(parsers, 5))

    said = set(asyncio.run(story()))
    assert said == {
        "took more than 1 s of CPU to read",
        "not read: as many bodies that take long as may wait (1) are before it",
    }


DAEMON = """
import asyncio, sys
from datetime import UTC, datetime
from monitor.daemon.parsing.parse import Limits, Parsers
from monitor.model import Response, Source

async def main(*command):
    source = Source(name="x", url="https://example.org/", kind="trouble", options={"do": "sleep"})
    response = Response(url=source.url, status=200, received_at=datetime(2026, 3, 1, tzinfo=UTC))
    async with Parsers(command=command, slow=0, limits=Limits(wall=600.0)) as parsers:
        await asyncio.gather(parsers.parse(source, response), parsers.parse(source, response))

asyncio.run(main(*sys.argv[1:]))
"""


def test_no_child_outlives_a_daemon_killed_with_9(child: tuple[str, ...]) -> None:
    with subprocess.Popen((sys.executable, "-c", DAEMON, *child)) as daemon:
        try:
            while len(pids := children(daemon.pid)) < 3:
                time.sleep(0.02)
            while not all(map(ticks, pids)):  # they have begun to run
                time.sleep(0.02)
        finally:
            daemon.kill()
    assert pids
    asyncio.run(gone(*pids))


def test_leaving_with_jobs_under_way_ends_them(child: tuple[str, ...]) -> None:
    async def story() -> tuple[set[int], str]:
        async with Parsers(command=child, slow=0, limits=Limits(cpu=30, wall=30.0)) as parsers:
            await parsers.parse(FEED, body(SMALL))
            while len(pids := children()) < 3:
                await asyncio.sleep(0.02)
            job = asyncio.create_task(sentence(parsers.parse(trouble("spin"), body(b""))))
            await busy(pids)
        return pids, await job

    pids, said = asyncio.run(story())
    assert not any(map(alive, pids))
    assert "killed" in said
