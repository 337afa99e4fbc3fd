"""How a screen is shared out between the wire, the newest alerts and a panel; what of it is remembered."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Literal

from monitor.values import dataclass

PANELS = ("alerts", "sources", "deliveries", "item", "story")  # in the order of tab
RULES = "rules"
SIDE = 110  # columns from which a panel stands beside the wire
BELOW = 34  # lines from which it stands below it
OPEN = 150  # columns from which the alerts are shown beside it from the start


@dataclass(frozen=True, slots=True)
class Share:
    """Where things go. A `panel` that is "over" hides the wire."""

    panel: Literal["none", "side", "below", "over"]
    size: int  # columns of a panel at the side, lines of one below
    alerts: int  # lines of alerts above the wire, without their title

    @property
    def shows_wire(self) -> bool:
        """Tell whether the wire is seen."""
        return self.panel != "over"


def share(width: int, height: int, panel: str) -> Share:
    """Share out a terminal.

    >>> share(80, 24, ""), share(80, 24, "item").panel, share(200, 50, "alerts")
    (Share(panel='none', size=0, alerts=4), 'over', Share(panel='side', size=84, alerts=0))
    """
    alerts = 0 if panel == "alerts" else min(6, max(1, height // 6))
    if not panel:
        return Share("none", 0, alerts)
    if width >= SIDE:
        return Share("side", width * 42 // 100, alerts)
    if height >= BELOW:
        return Share("below", height * 45 // 100, alerts)
    return Share("over", 0, min(alerts, 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What a viewer chose."""

    panel: str | None = None  # "": none; None: nothing was chosen yet
    filter: str = ""
    bell: bool = True


class Remembered:
    """A layout in a small file, or for this session only; one that cannot be read or kept is done without."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self.layout = _read(path) if path else Layout()

    def keep(self, layout: Layout) -> None:
        """Remember a layout; a crash leaves the old one or the new one."""
        if layout == self.layout:
            return
        self.layout = layout
        if self._path is None:
            return
        fresh = self._path.with_name(self._path.name + ".new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_text(json.dumps(asdict(layout)) + "\n", "utf-8")
            fresh.replace(self._path)
        except OSError:
            self._path = None


def _read(path: Path) -> Layout:
    try:
        said = json.loads(path.read_text("utf-8"))
        panel, filter_, bell = said["panel"], said["filter"], said["bell"]
    except (OSError, ValueError, KeyError, TypeError):
        return Layout()
    known = panel is None or panel in ("", RULES, *PANELS)
    good = known and isinstance(filter_, str) and isinstance(bell, bool)
    return Layout(panel=panel, filter=filter_, bell=bell) if good else Layout()
