"""The desktop around the terminal: its notifications and its browser, or what a terminal over ssh offers instead."""

import shutil
import subprocess
from collections.abc import Mapping, Sequence

from monitor.core.telling.render import safe
from monitor.model import Severity

LONGEST = 200  # characters of a notification
URGENCY = {Severity.INFO: "low", Severity.WARNING: "normal", Severity.CRITICAL: "critical"}
_TITLED = ("foot", "rxvt", "ghostty", "wezterm")  # terminals that know OSC 777, with a title
_ESC, _END = "\x1b", "\x1b\\"


class Desktop:
    """What `environ` says there is around this terminal."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ
        self._started: list[subprocess.Popen[bytes]] = []

    @property
    def is_here(self) -> bool:
        """Tell whether there is a desktop on this machine, and we did not come over ssh."""
        away = any(self.environ.get(name) for name in ("SSH_CONNECTION", "SSH_TTY"))
        return not away and any(self.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))

    def browse(self, url: str) -> bool:
        """Open a web address on this desktop; tell whether there is one to do it."""
        opener = shutil.which("xdg-open", path=self.environ.get("PATH"))
        if not self.is_here or opener is None or not url.lower().startswith(("http://", "https://")):
            return False
        return self._start([opener, url])

    def notify(self, title: str, text: str, severity: Severity) -> str:
        """Show a notification; return what the terminal must be sent for it, "" where nothing must.

        The texts may be strangers': they are plain by the time anyone reads them.
        """
        title, text = safe(title)[:LONGEST], safe(text)[:LONGEST]
        sender = shutil.which("notify-send", path=self.environ.get("PATH"))
        if self.is_here and sender is not None:
            escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
            options = [f"--urgency={URGENCY[severity]}", "--app-name=newsbell", "--"]
            if self._start([sender, *options, title, escaped]):
                return ""
        return self._through_terminal(title, text)

    def _through_terminal(self, title: str, text: str) -> str:
        """Return OSC 777 for terminals that know a title, else OSC 9; through tmux where that is between."""
        name = f"{self.environ.get('TERM_PROGRAM', '')} {self.environ.get('TERM', '')}".lower()
        if any(known in name for known in _TITLED):
            said = f"{_ESC}]777;notify;{title.replace(';', ',')};{text.replace(';', ',')}{_END}"
        else:
            said = f"{_ESC}]9;{title}: {text}{_END}"
        if self.environ.get("TMUX"):
            return f"{_ESC}Ptmux;{said.replace(_ESC, _ESC * 2)}{_END}"
        return said

    def _start(self, command: Sequence[str]) -> bool:
        """Start a program and leave it alone; what ended meanwhile is buried."""
        self._started = [one for one in self._started if one.poll() is None]
        try:
            started = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                env=dict(self.environ),
            )
        except OSError:
            return False
        self._started.append(started)
        return True
