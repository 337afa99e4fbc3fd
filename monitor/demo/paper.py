"""What stays on the terminal when the demo is over: the board, the figures, what to type next."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from monitor.demo import board
from monitor.demo.record import Record
from monitor.demo.tally import NEXT, Figure, verdict


def closing(record: Record, table: Sequence[Figure], *, width: int, call: str) -> Group:
    """Return all of it, `width` columns wide; `call` is how this program is called."""
    return Group(
        Text(),
        board.story(record, width=width),
        figures(table),
        Text(),
        sentence(table),
        Text(),
        *following(call),
        Text(),
    )


def figures(table: Sequence[Figure]) -> RenderableType:
    """Return the table; a wrong figure is marked, with what it should have been."""
    grid = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    grid.add_column(width=1)
    grid.add_column(width=1)
    grid.add_column(no_wrap=True)
    grid.add_column(justify="right", no_wrap=True)
    grid.add_column(overflow="fold")
    for figure in table:
        grid.add_row(Text(), *_cells(figure))
    return grid


def _cells(figure: Figure) -> tuple[Text, Text, Text, Text]:
    if figure.wrong:
        return (
            Text("✗", "bold red"),
            Text(figure.name, "bold red"),
            Text(figure.value, "bold white on red"),
            Text(f"should be {figure.wrong}", "red"),
        )
    mark = Text("✓", "green") if figure.judged else Text("·", "dim")
    value = Text(figure.value, "bold green" if figure.judged else "bold")
    return mark, Text(figure.name), value, Text(figure.note, "dim")


def sentence(table: Sequence[Figure]) -> Text:
    """Return the verdict."""
    is_wrong = any(figure.wrong for figure in table)
    return Text(f"  {verdict(table)}", "bold red" if is_wrong else "bold green")


def following(call: str) -> list[Text]:
    """Return what to type next."""
    longest = max(len(words) for words, _ in NEXT)
    return [
        Text.assemble(
            "  ",
            (f"{call} ", "bold"),
            (f"{words:<{longest}}", "bold cyan"),
            "  ",
            (what, "dim"),
            overflow="ellipsis",
            no_wrap=True,
        )
        for words, what in NEXT
    ]
