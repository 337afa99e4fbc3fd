"""A child that parses: `python -I -m monitor.daemon.parsing.parse_child PARENT MEMORY`. Its end costs one body.

Over its pipes: it says READY once; each request is a frame of two parts, header (JSON) and body; it says
TAKEN when it has read one and answers with a frame of lines: a head, then one line an entry. A closed pipe
ends it, and so does the end of its parent, even while it is busy.
"""

import json
import math
import os
import resource
import signal
import struct
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from functools import cache
from itertools import islice
from typing import Any, BinaryIO, cast

from monitor import kinds
from monitor.core.text import LABEL_CHARS, clean, cleaned, web_url
from monitor.model import Entry, Parsed, Response, Validators
from monitor.sources import Kind, ParseError

READY, TAKEN = b"r", b"t"
REQUEST = struct.Struct(">II")  # bytes of the header, bytes of the body
ANSWER = struct.Struct(">I")  # bytes of the lines
SENTENCE_CHARS = 300
MORE = 1_000  # parts that a body may name
OLDER = 16  # addresses of what was before it
GRACE = 5  # seconds after the parent's wall limit until a child that nobody ended ends itself


def main(parent: int, memory: int) -> None:
    """Parse what comes in until the pipe is closed. `memory` is in bytes."""
    _end_with(parent)
    requests, answers = _own_pipes()
    for what, most in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_AS, memory)):
        resource.setrlimit(what, (most, most))
    for name in ("auto", "feed"):  # what most jobs need, before the first comes
        _kind(name)
    _write(answers, READY)
    while request := _request(requests):
        _write(answers, TAKEN)
        answer = _answer(*request)
        _write(answers, ANSWER.pack(len(answer)), answer)


def _end_with(parent: int) -> None:
    """Ask Linux to kill us when the parent dies; elsewhere the closed pipe and the alarm have to do."""
    if sys.platform == "linux":
        from ctypes import CDLL  # lazy: only here

        CDLL(None).prctl(1, int(signal.SIGKILL))  # PR_SET_PDEATHSIG
    if os.getppid() != parent:  # it died before we could ask
        sys.exit()


def _own_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Return the pipes under other numbers: what a kind prints or reads goes nowhere."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(nowhere, standard)
    os.close(nowhere)
    return requests, answers


def _write(pipe: BinaryIO, *parts: bytes) -> None:
    for part in parts:
        pipe.write(part)
    pipe.flush()


def _request(pipe: BinaryIO) -> tuple[Mapping[str, Any], bytes] | None:
    head = pipe.read(REQUEST.size)
    if len(head) < REQUEST.size:
        return None
    header, body = REQUEST.unpack(head)
    return json.loads(pipe.read(header)), pipe.read(body)


def _answer(header: Mapping[str, Any], body: bytes) -> bytes:
    """Return the lines: the head, then the entries, none if the head holds an error."""
    _renew(header["limits"])
    try:
        if "headlines" in header:
            return _proposed(header, body)
        kind = cast(Kind, kinds.make(_kind(header["kind"]), header["options"]))
        parsed = kind.parse(_response(header["response"], body))
        rows = _rows(parsed, header["limits"])
        return b"\n".join([_head("", len(rows), parsed), *rows])
    except ParseError as error:
        sentence = clean(str(error))[:SENTENCE_CHARS]
    except MemoryError:
        sentence = f"needs more than {header['limits']['memory'] >> 20} MiB to read"
    except RecursionError:
        sentence = "nested too deeply to read"
    except Exception:  # a kind of a third party, and bytes that nobody thought of
        sentence = f"the kind {header['kind']!r} broke while reading it"
    finally:
        signal.alarm(0)
        signal.setitimer(signal.ITIMER_PROF, 0)
    return _head(sentence, 0, Parsed())


def _proposed(header: Mapping[str, Any], body: bytes) -> bytes:
    """Return the lines for ways to read a page: the head names them, the rows of all follow."""
    from monitor.sources._proposals import propose  # lazy: most children never need it

    found = propose(_response(header["response"], body), header["headlines"])
    entries = [entry for proposal in found for entry in proposal.entries]
    rows = _rows(Parsed(entries=entries), header["limits"])
    named = [(dict(one.select), one.why, one.score, len(one.entries)) for one in found]
    return b"\n".join([_head("", len(rows), Parsed(), named), *rows])


def _renew(limits: Mapping[str, Any]) -> None:
    """Set the limits of one job: a warm child is not ended for its past."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = math.ceil(used.ru_utime + used.ru_stime + limits["cpu"])
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.RLIM_INFINITY))  # in whole seconds only
    signal.setitimer(signal.ITIMER_PROF, limits["cpu"])
    signal.alarm(math.ceil(limits["wall"]) + GRACE)


def _head(error: str, entries: int, parsed: Parsed, proposals: Sequence[object] = ()) -> bytes:
    head = {
        "error": error,
        "entries": entries,
        "rss": _peak(),
        "whole": parsed.whole,
        "title": clean(parsed.title[: 2 * LABEL_CHARS])[:LABEL_CHARS],
        "more": [url for url in map(web_url, parsed.more[:MORE]) if url],
        "beyond": parsed.beyond + len(parsed.more[MORE:]),
        "older": [url for url in map(web_url, parsed.older[:OLDER]) if url],
        "proposals": list(proposals),
        "advice": asdict(parsed.advice),
        "hub": [web_url(parsed.hub.url), web_url(parsed.hub.topic)],
    }
    return json.dumps(head).encode()


def _peak() -> int:
    """Return the most memory this process has held, in bytes.

    Linux counts it anew from exec on in VmHWM; ru_maxrss starts with the parent's, whose memory a child
    shares until then.
    """
    with suppress(OSError), open("/proc/self/status", "rb") as status:
        for line in status:
            if line.startswith(b"VmHWM:"):
                return int(line.split()[1]) * 1_024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1_024)


@cache
def _kind(name: str) -> type[Kind]:
    return kinds.load("monitor.sources", "newsbell.sources", name)


def _rows(parsed: Parsed, limits: Mapping[str, Any]) -> list[bytes]:
    most, space = limits["entries"], limits["answer"]
    entries = list(islice(parsed.entries, most + 1))
    if len(entries) > most:
        raise ParseError(f"more than {most:,} entries")
    rows = []
    for entry in entries:
        rows.append(_row(cleaned(entry)))
        space -= len(rows[-1]) + 1
        if space < 4_096:  # for the head
            raise ParseError(f"more than {limits['answer'] >> 20} MiB of text")
    return rows


def _row(entry: Entry) -> bytes:
    dates = [(date.text, date.origin, date.parsed, date.day) for date in entry.dates]
    fields = (entry.keys, entry.title, entry.summary, entry.url, entry.author, entry.tags, dates)
    return json.dumps(fields, ensure_ascii=False).encode()


def _response(fields: Mapping[str, Any], body: bytes) -> Response:
    return Response(
        url=fields["url"],
        status=fields["status"],
        body=body,
        content_type=fields["content_type"],
        validators=Validators(etag=fields["etag"], last_modified=fields["last_modified"]),
        received_at=datetime.fromisoformat(fields["received_at"]),
        server_at=datetime.fromisoformat(fields["server_at"]) if fields["server_at"] else None,
    )


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
