"""What the log may say: each event with its id, how loud it is, what it means and what helps.

`python -m monitor.daemon.system.events` prints docs/log.md. A test holds the ids and levels against the code.
"""

import logging
import sys
from collections.abc import Iterator, Mapping

from monitor.values import dataclass

DEBUG, INFO, WARNING, ERROR, CRITICAL = (
    logging.DEBUG,
    logging.INFO,
    logging.WARNING,
    logging.ERROR,
    logging.CRITICAL,
)


@dataclass(frozen=True, slots=True)
class Known:
    """An event that the log may have."""

    level: int  # of logging
    means: str
    helps: str = ""  # what a person can do; "": nothing has to be done


EVENTS: Mapping[str, Known] = {
    "clock.jumped": Known(
        WARNING,
        "The machine's clock was set: by more than a minute ahead, or back. What is due stays as far ahead as it was.",
        "Nothing, once; where it comes again, see to the machine's time service.",
    ),
    "config.refused": Known(
        ERROR,
        "A configuration was read again and is not taken; the one before runs on. `file` and `line` say where. "
        "Where it is the store that cannot take it, it is tried again by itself.",
        "`newsbell check`, mend it, `newsbell reload`.",
    ),
    "config.reloaded": Known(INFO, "Another configuration is in effect, and what it changed."),
    "config.warning": Known(
        WARNING, "Something is allowed and yet hardly meant, or a rule's own test fails.", "`newsbell check`."
    ),
    "daemon.ready": Known(
        INFO, "It runs: the store is open, the configuration good, what was due seen to once."
    ),
    "daemon.stopped": Known(INFO, "It ended because it was asked to."),
    "daemon.stuck": Known(
        CRITICAL,
        "A loop has stood still; `loop` names it. The watchdog starts the service anew, and nothing is lost.",
        "Where it comes again: the disk, the memory, and a report with the lines before it.",
    ),
    "delivery.dead": Known(
        ERROR,
        "A delivery is given up: the receiver refused it ten times, or for 76 hours.",
        "`newsbell why DELIVERY` says what it answered; mended, `newsbell replay DELIVERY` tells it again.",
    ),
    "delivery.failed": Known(
        WARNING,
        "A notifier could not be told; it is tried again when the line says.",
        "`newsbell check --notify NAME` tries it now.",
    ),
    "delivery.sent": Known(DEBUG, "A notifier was told."),
    "heartbeat.failed": Known(
        WARNING,
        "The address of `[health] heartbeat` did not take it. Once an outage.",
        "Look at that address from this machine.",
    ),
    "heartbeat.recovered": Known(INFO, "It takes it again."),
    "push.agreed": Known(INFO, "A hub pushes what a source has new."),
    "push.denied": Known(INFO, "A hub said no to a subscription; the source is polled."),
    "push.ended": Known(INFO, "A hub was told that nothing is wanted of it any more."),
    "push.forged": Known(
        WARNING,
        "Something was pushed without the hub's signature. It is ignored.",
        "Nothing; where it comes often, somebody knows the address of the listener.",
    ),
    "push.refused": Known(
        WARNING,
        "A hub could not be asked, or would not answer; the source is polled.",
        "Nothing; it is asked again.",
    ),
    "push.silent": Known(
        WARNING,
        "A hub that had promised to push did not push what a poll found. The source is polled as before.",
        "Is the `callback` of `[api]` reachable from outside?",
    ),
    "push.unreadable": Known(
        WARNING,
        "What was pushed cannot be read: the next poll reads the source itself; of a stream it is passed over.",
    ),
    "receiver.disabled": Known(
        ERROR,
        "A receiver answered 410 Gone: it is told nothing any more.",
        "Give the notifier another address, or have `newsbell check --notify NAME` find it well.",
    ),
    "receiver.recovered": Known(
        INFO, "A receiver answers again, and is told what waited, each marked `late`."
    ),
    "rule.absent": Known(WARNING, "Nothing that a rule waits for (`absent`) came in time; it rang."),
    "rule.blind": Known(
        WARNING,
        "A rule waits for what does not come, and none of its sources answers, or may be asked now: it cannot know, and does not ring.",
        "`newsbell sources`.",
    ),
    "socket.done": Known(
        INFO,
        "Somebody attached by the socket told again, kept quiet, or ended that; `by` says which process.",
    ),
    "socket.trouble": Known(
        WARNING,
        "The service's socket cannot be opened; all else works.",
        "The unit must have `RuntimeDirectory=newsbell`: `newsbell service install` writes it.",
    ),
    "source.baseline": Known(
        INFO,
        "The first body of a source was read: noted, not rung (`backlog`).",
    ),
    "source.broke": Known(
        ERROR,
        "The program broke on what a source brought: that poll counts as failed, everything else goes on.",
        "Send us the traceback that stands beside it, and the body (`newsbell fetch SOURCE`).",
    ),
    "source.drifting": Known(
        WARNING,
        "The selectors of a page fit it no longer; new ones are named where they can be found.",
        "Try them with `newsbell fetch SOURCE`, write them into the configuration.",
    ),
    "source.failing": Known(
        WARNING,
        "A poll failed; `error_id` has the word for it (sources.md), `failures` how many in a row.",
        "`newsbell why SOURCE`, `newsbell fetch SOURCE`.",
    ),
    "source.gap": Known(
        WARNING,
        "Nothing of the last body is left: something may have been missed. `missed` and `recovered` count it.",
        "`newsbell sources --plan` says what more polls would buy.",
    ),
    "source.part": Known(WARNING, "A part that a body names (a page, an archive) could not be read."),
    "source.polled": Known(INFO, "A poll brought something: how many items are new, edited, and rang."),
    "source.quiet": Known(DEBUG, "A poll brought nothing new."),
    "source.recovered": Known(INFO, "A source answers again."),
    "source.steady": Known(INFO, "The selectors of a page fit again."),
    "store.backup": Known(INFO, "The database was copied; `file` says where."),
    "store.pruned": Known(INFO, "What is older than `[store] keep` was forgotten."),
    "store.restored": Known(
        CRITICAL,
        "The database was damaged and set aside; a backup, or a new one, has taken its place.",
        "Look at the disk; docs/service.md says what came of it.",
    ),
    "store.trouble": Known(
        ERROR,
        "Something could not be stored or read: the disk is full, the file locked, or damaged. It is tried again.",
        "`df`, and who else has the file open.",
    ),
    "store.unusable": Known(
        ERROR, "A backup is damaged too, and the next older one is tried.", "Look at the disk."
    ),
    "stream.ended": Known(
        INFO,
        "A stream of events ended, or said nothing for too long; it is opened again behind its last event.",
    ),
    "stream.large": Known(WARNING, "An event of a stream was larger than 1 MiB, and passed over."),
}

HEAD = """\
# The log

One event a line, on standard error. `newsbell run --log-format` chooses the form; else it is what fits:

| form | where | |
|---|---|---|
| `human` | a terminal, a file | `14:05:01 ! bbc: answered 503; next try in 2 min` |
| `journald` | under systemd | sent to the journal's own socket with all fields; a line with its priority where that takes nothing |
| `json` | for a collector | `{"at", "level", "event", "error_id", "source", "message", ...}`, one object a line |

Each event has an id (`event`, in the journal `EVENT`). What warns or worse has an `error_id` (`ERROR_ID`) too: the word for why a source does not answer
([sources.md](sources.md#why-there-is-no-answer)), else the event's id. What is about a source says so in `source` (`SOURCE`; in JSON null where it is about none), about a
rule or a receiver in `rule`, `notifier` and `delivery`.

```
journalctl -u newsbell SOURCE=bbc                  # all about one source
journalctl -u newsbell EVENT=delivery.dead         # all of one kind
journalctl -u newsbell ERROR_ID=http-403           # whoever answered 403
journalctl -u newsbell -p warning -o json
```

A line has at most 512 characters of each value and no control characters, whatever a feed says; and never a secret.

"""


def page() -> str:
    """Return docs/log.md."""
    return HEAD + "\n".join(_rows()) + "\n"


def _rows() -> Iterator[str]:
    yield from ("| id | level | what it means | what helps |", "|---|---|---|---|")
    for name, known in EVENTS.items():
        level = logging.getLevelName(known.level).lower()
        yield f"| `{name}` | {level} | {known.means} | {known.helps} |"


if __name__ == "__main__":
    sys.stdout.write(page())
