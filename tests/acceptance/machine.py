"""What is done on a machine and seen there. Only the standard library."""

import os
import pwd
import subprocess
import time
from collections.abc import Callable
from typing import Any

FAILED: list[str] = []


def as_user(who: str) -> dict[str, Any]:
    """Return what makes a process somebody's, as after a login."""
    user = pwd.getpwnam(who)
    return {
        "user": user.pw_uid,
        "group": user.pw_gid,
        "extra_groups": os.getgrouplist(who, user.pw_gid),
        "cwd": user.pw_dir,
        "env": {**os.environ, "HOME": user.pw_dir, "USER": who, "LOGNAME": who}
        | {"XDG_RUNTIME_DIR": f"/run/user/{user.pw_uid}"},
    }


def run(*words: str, who: str = "root") -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, capture_output=True, text=True, check=False, timeout=300, **as_user(who))


def call(*words: str, who: str = "root") -> str:
    """Run a command that must end well; return what it said."""
    done = run(*words, who=who)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def see(what: str, holds: bool, seen: object = "") -> None:
    """Print a step; remember it if it is not as it must be."""
    print(f"{'ok  ' if holds else 'FAIL'}  {what}{f': {seen}' if seen != '' else ''}", flush=True)
    if not holds:
        FAILED.append(what)


def within(seconds: float, holds: Callable[[], bool]) -> float | None:
    """Return after how many seconds something came to hold, None if it did not."""
    began = time.monotonic()
    while not holds():
        if time.monotonic() - began > seconds:
            return None
        time.sleep(0.05)
    return time.monotonic() - began


def after(seconds: float | None) -> str:
    return "never" if seconds is None else f"after {seconds:.1f} s"
