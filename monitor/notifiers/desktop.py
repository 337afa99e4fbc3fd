"""The desktop of this machine, by notify-send (freedesktop.org's notifications)."""

import html
import re
import shlex
from dataclasses import dataclass
from datetime import datetime

from monitor.core.telling.prose import Prose, cut, text
from monitor.core.telling.wording import told
from monitor.model import Delivery, Severity, Wording
from monitor.notifiers import NotifyError, Post
from monitor.notifiers._run import listening, run

TITLE_MAX = 200  # characters
EXCERPT = 300  # characters of a summary
DEADLINE = 10.0  # seconds
URGENCIES = {Severity.INFO: "low", Severity.WARNING: "normal", Severity.CRITICAL: "critical"}

_REFUSED = re.compile(rb"Invalid UTF-8|org\.freedesktop\.DBus\.Error\.(?:InvalidArgs|LimitsExceeded)\b")


@dataclass(frozen=True, slots=True)
class Desktop:
    """Shows each alert on the desktop of whoever runs the daemon. It has no config keys of its own."""

    wording: Wording = Wording()

    def preview(self, delivery: Delivery, now: datetime) -> str:
        """Return how notify-send would be called."""
        return shlex.join(arguments(told(delivery, self.wording), delivery.alert.severity))

    async def send(self, post: Post, delivery: Delivery, now: datetime) -> None:
        """Show once. Without a desktop that is the receiver's trouble: somebody may log in. What one refuses is the delivery's."""
        words = arguments(told(delivery, self.wording), delivery.alert.severity)
        try:
            with listening() as (complaints, heard):
                status = await run(words, b"", deadline=DEADLINE, more={}, stderr=complaints)
                said = heard()
        except TimeoutError:
            raise NotifyError(
                f"notify-send had not finished after {DEADLINE:.3g} s", trouble="receiver"
            ) from None
        except FileNotFoundError:
            raise NotifyError("there is no notify-send (Debian: libnotify-bin)", trouble="receiver") from None
        except OSError as error:
            sentence = f"notify-send could not be started: {error.strerror or 'unknown'}"
            raise NotifyError(sentence, trouble="receiver") from None
        if status and _REFUSED.search(said):
            raise NotifyError(f"notify-send ended with {status}: it is refused", trouble="delivery")
        if status:
            raise NotifyError(f"notify-send ended with {status}: is there a desktop?", trouble="receiver")


def arguments(told: Prose, severity: Severity) -> list[str]:
    """Return how notify-send is called.

    The body is markup there (bold, links), so all of it is escaped; and before that what stands behind a backslash is
    taken as in C (g_strcompress), so each is two.
    """
    lines = (text(cut(told.body, EXCERPT)), told.note, told.about)
    return [
        "notify-send",
        "--app-name=Newsbell",
        f"--urgency={URGENCIES[severity]}",
        "--",
        f"{told.label}: {text(told.title)}"[:TITLE_MAX],
        html.escape("\n".join(filter(None, lines)), quote=False).replace("\\", "\\\\"),
    ]
