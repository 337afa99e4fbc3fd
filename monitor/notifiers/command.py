"""A program of yours: its arguments as they stand, never a shell; the alert as JSON on stdin."""

import math
import os
import shlex
from dataclasses import dataclass
from datetime import datetime

from monitor.core.telling import render
from monitor.model import Delivery
from monitor.notifiers import NotifyError, Post
from monitor.notifiers._run import run

TRY_LATER = os.EX_TEMPFAIL  # sysexits(3): 75


@dataclass(frozen=True, slots=True)
class Command:
    """Runs a program for each alert, with the body of a webhook on its standard input."""

    argv: tuple[str, ...]  # the program and its arguments: ["/usr/local/bin/ring", "--loud"]
    timeout: float = 30.0  # seconds; then it is killed with all that it started

    def __post_init__(self) -> None:
        """Raise ValueError, as "key: what is wrong", for what could never be run."""
        if not self.argv or not self.argv[0]:
            raise ValueError('argv: must name a program, as in ["/usr/local/bin/ring", "--loud"]')
        if any("\0" in word for word in self.argv):
            raise ValueError("argv: must hold no NUL characters")
        if not (math.isfinite(self.timeout) and self.timeout > 0):
            raise ValueError(f"timeout: seconds, above 0, not {self.timeout}")

    def preview(self, delivery: Delivery, now: datetime) -> str:
        """Return how the program is called, and what it reads."""
        named = " ".join(f"{name}={value}" for name, value in _more(delivery).items())
        return f"{named} {shlex.join(self.argv)}\n\n{render.body(delivery).decode()}"

    async def send(self, post: Post, delivery: Delivery, now: datetime) -> None:
        """Run once. 0 is success; 75 (EX_TEMPFAIL), a timeout and no program the receiver's trouble."""
        try:
            status = await run(self.argv, render.body(delivery), deadline=self.timeout, more=_more(delivery))
        except TimeoutError:
            raise NotifyError(
                f"had not finished after {self.timeout:.3g} s and was killed", trouble="receiver"
            ) from None
        except OSError as error:
            sentence = f"could not be started: {error.strerror or 'unknown'}"
            raise NotifyError(sentence, trouble="receiver") from None
        if status == TRY_LATER:
            raise NotifyError(f"ended with {status}, try later", trouble="receiver")
        if status:
            how = f"ended with {status}" if status > 0 else f"was killed by signal {-status}"
            raise NotifyError(how, trouble="delivery")


def _more(delivery: Delivery) -> dict[str, str]:
    """Return what the program finds in its environment beside what any needs."""
    return {"NEWSBELL_DELIVERY": delivery.id, "NEWSBELL_SEVERITY": str(delivery.alert.severity)}
