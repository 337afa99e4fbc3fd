"""The field of the filter: a query is read at each key, and what is wrong with it stands under it."""

from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Input

from monitor.dashboard.ink import LOUD, QUIET, plain
from monitor.dashboard.terminal.bar import Bar
from monitor.model import Severity

if TYPE_CHECKING:
    from collections.abc import Callable

    from monitor.rules.query.aliases import Aliases
    from monitor.rules.query.tree import Query

HINT = 'words, "phrases", prefix*, OR, -not, title: source: tag: url:, /regex/'


class Search(Vertical):
    """A line to type a query in, a line below for what is wrong with it. Hidden until it is wanted."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "drop", "Drop the filter", show=False)]
    DEFAULT_CSS = """
    Search { height: 2; display: none; }
    Search Horizontal { height: 1; }
    Search #slash { width: 2; }
    Search Input { width: 1fr; height: 1; border: none; padding: 0; background: ansi_default; color: ansi_default; }
    Search Input:focus { border: none; background-tint: transparent 0%; }
    Search Input > .input--cursor { background: ansi_default; color: ansi_default; text-style: reverse; }
    """

    class Changed(Message):
        """Another query, None for none; `text` is how it was typed."""

        def __init__(self, query: "Query | None", text: str) -> None:
            super().__init__()
            self.query = query
            self.text = text

    class Closed(Message):
        """A person is done with the field."""

    def __init__(self, yours: "Callable[[], Aliases]") -> None:
        """`yours` tells the aliases that a query may call beside the shipped ones."""
        super().__init__(id="search")
        self._yours = yours
        self._slash = Bar("slash")
        self._field = Input(id="query", select_on_focus=False)
        self._wrong = Bar("wrong")
        self._is_good = True  # what stands in the field is a query

    def compose(self) -> ComposeResult:
        """Show a slash, the field, and the line below."""
        yield Horizontal(self._slash, self._field)
        yield self._wrong

    def on_mount(self) -> None:
        """Begin with the hint."""
        self._field.cursor_blink = False
        self._slash.say([Text("/ ", "bold")])
        self._say(Text(f"  {HINT}", QUIET))

    @property
    def has_keys(self) -> bool:
        """Tell whether what is typed goes into the field."""
        return self._field.has_focus

    def open(self, text: str) -> None:
        """Let a person type, beginning with `text`."""
        self.display = True
        self._field.value = text
        self._field.cursor_position = len(text)
        self.screen.set_focus(self._field)  # at once: the next key may have been typed already

    def _say(self, text: Text) -> None:
        self._wrong.say([text])

    @on(Input.Changed)
    def read(self, event: Input.Changed) -> None:
        """Read the query: a good one is put to the wire, of a bad one is said what would be right."""
        from monitor.rules.errors import QueryError
        from monitor.rules.query.language import parse, warnings

        event.stop()
        text = event.value.strip()
        self._is_good = False
        try:
            query = parse(text, self._yours()) if text else None
        except QueryError as error:
            self._say(Text("  ").append_text(plain(str(error), LOUD[Severity.CRITICAL])))
            return
        self._is_good = True
        said = warnings(query) if query else [HINT]
        self._say(Text("  ").append_text(plain("; ".join(said), QUIET)))
        self.post_message(self.Changed(query, text))

    @on(Input.Submitted)
    def keep(self, event: Input.Submitted) -> None:
        """Keep the filter as it is; a bad one stays to be mended: the wire shows what another keeps."""
        event.stop()
        if self._is_good:
            self._close()

    def action_drop(self) -> None:
        """Show everything again."""
        self._field.value = ""
        self.post_message(self.Changed(None, ""))
        self._close()

    def _close(self) -> None:
        self.display = False
        self.post_message(self.Closed())
