"""The text/event-stream format (WHATWG HTML, 9.2.6): blocks of lines, each block an event."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

PATIENCE = 120.0  # seconds without a byte after which a stream is opened anew; who keeps one open says something sooner
LARGEST = 1_048_576  # bytes of an event; a larger one is passed over
ID_CHARS = 4_096  # of an id; a longer one is not worth sending back


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What one block says."""

    id: str | None = None  # None: the one before stands
    name: str = "message"
    data: str = ""
    retry: float | None = None  # seconds until who lost the connection should ask again


class Blocks:
    """Cuts a stream as it comes into whole blocks, each with the blank line that ends it; lines end by \\n in them."""

    def __init__(self) -> None:
        self.passed_over = 0  # blocks that were too large
        self._rest = bytearray()
        self._large = False  # the block that is coming is passed over
        self._after_cr = False

    def feed(self, chunk: bytes) -> list[bytes]:
        """Return what became whole with `chunk`.

        >>> blocks = Blocks()
        >>> blocks.feed(b"data: 1\\r"), blocks.feed(b"\\n\\r\\ndata: 2")
        ([], [b'data: 1\\n\\n'])
        """
        if self._after_cr and chunk.startswith(b"\n"):
            chunk, self._after_cr = chunk[1:], False
        if chunk:
            self._after_cr = chunk.endswith(b"\r")
        searched = max(len(self._rest) - 1, 0)  # of what came before, but for half of a blank line
        self._rest += chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        end = self._rest.rfind(b"\n\n", searched)
        whole = bytes(self._rest[:end]).split(b"\n\n") if end >= 0 else []
        if whole:
            del self._rest[: end + 2]
        if self._large and whole:
            whole, self._large = whole[1:], False
        if len(self._rest) > LARGEST:
            self.passed_over += not self._large
            self._large = True
            del self._rest[:-1]
        return [block.lstrip(b"\n") + b"\n\n" for block in whole if block.strip(b"\n")]


def events(blocks: bytes) -> Iterator[Event]:
    """Yield what each block says, of one without any data too; what no blank line ends is none.

    >>> [(event.id, event.data) for event in events(b": hello\\n\\nid: 7\\ndata: a\\ndata:b\\n\\ndata: cut")]
    [(None, ''), ('7', 'a\\nb')]
    """
    text = blocks.decode("utf-8", "replace").removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    lines: list[str] = []
    for line in text.split("\n")[:-1]:  # what has no end is no line
        if line:
            lines.append(line)
        elif lines:
            yield _event(lines)
            lines = []


def _event(lines: Sequence[str]) -> Event:
    name, data, own, retry = "", list[str](), None, None
    for line in lines:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match field:
            case "event":
                name = value
            case "data":
                data.append(value)
            case "id" if "\0" not in value:
                own = value
            case "retry" if value.isascii() and value.isdigit():
                retry = int(value[:9]) / 1_000
    return Event(id=own, name=name or "message", data="\n".join(data), retry=retry)
