"""Paint docs/demo.svg: `python -m monitor.demo.picture [FILE]` plays the demo and keeps its last page."""

import sys
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.terminal_theme import TerminalTheme

from monitor.demo.director import Director
from monitor.demo.paper import closing
from monitor.demo.stage import Lines

SECONDS = 20.0
NIGHT = TerminalTheme(  # background, foreground, the eight colours, the same bright
    (17, 21, 28),
    (214, 220, 228),
    [
        (17, 21, 28),
        (240, 84, 79),
        (88, 196, 112),
        (240, 190, 72),
        (92, 156, 246),
        (198, 120, 221),
        (86, 196, 214),
        (214, 220, 228),
    ],
    [
        (92, 102, 116),
        (255, 112, 104),
        (120, 224, 144),
        (255, 212, 104),
        (130, 182, 255),
        (220, 150, 240),
        (120, 220, 236),
        (255, 255, 255),
    ],
)
WIDTH = 84  # columns: a README's width, and no more than most terminals have


def paint(path: Path) -> bool:
    """Write the picture; return whether all figures were right."""
    with TemporaryDirectory(prefix="newsbell-demo-") as place, Lines(sys.stderr) as stage:
        director = Director(Path(place), stage, seconds=SECONDS)
        table = director.play()
    console = Console(
        record=True,
        width=WIDTH,
        file=StringIO(),
        force_terminal=True,
        color_system="truecolor",
        highlight=False,
    )
    console.print(closing(director.record, table, width=WIDTH, call="newsbell"))
    svg = console.export_svg(title="newsbell demo", theme=NIGHT, unique_id="newsbell-demo")
    svg = svg.replace("<svg ", '<svg xml:space="preserve" ', 1)  # some viewers drop spaces that begin a text
    path.write_text("\n".join(line.rstrip() for line in svg.splitlines()) + "\n", encoding="utf-8")
    return not any(figure.wrong for figure in table)


if __name__ == "__main__":
    sys.exit(0 if paint(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/demo.svg")) else 1)
