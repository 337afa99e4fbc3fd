"""The service under a real systemd, as root on a machine that may be thrown away.

    python3 -m tests.acceptance.under_systemd        (tests/under-systemd.sh makes such a machine)

Installs the package, enables the unit by `newsbell service install --system`, and puts it through a night: an alert,
kill -9, a hang, good and bad reloads, credentials, strangers, a stop; then the unit of a user who lingers. Each step
prints what was seen; exit 1 where one is not as it must be. Only the standard library: nothing is installed for it.
"""

import grp
import json
import os
import pwd
import re
import subprocess
import sys
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread

PROJECT = Path(__file__).parents[2]
HOME = Path("/opt/newsbell")
NEWSBELL = str(HOME / "bin" / "newsbell")
CONFIG = Path("/etc/newsbell/config.toml")
SECRET = "whsec_bmlnaHQtd2F0Y2gtbmlnaHQtd2F0Y2gtMzI="
CANARY = SECRET.removeprefix("whsec_")
WATCHDOG = 10  # seconds, in place of the unit's 60: the test would take minutes
TOML = """
[source.wire]
url = "http://127.0.0.1:{port}/rss"
every = "1s"
[rule]
fire = "fire"
[notify.desk]
url = "http://127.0.0.1:{port}/hook"
secret = {{ credential = "desk_secret" }}
"""


class Town:
    """A site that publishes and a receiver that takes everything, on one port."""

    def __init__(self) -> None:
        self.titles = ["old fire"]
        self.heard: list[tuple[str, str]] = []  # webhook-id, title
        self.lock = Lock()
        town = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                with town.lock:
                    items = "".join(
                        f"<item><guid isPermaLink='false'>{t}</guid><title>{t}</title></item>"
                        for t in reversed(town.titles)
                    )
                self.answer(f"<rss version='2.0'><channel><title>t</title>{items}</channel></rss>".encode())

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                with town.lock:
                    town.heard.append((self.headers["webhook-id"], body["data"]["item"]["title"]))
                self.answer(b"")

            def answer(self, body: bytes) -> None:
                self.send_response(200)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        Thread(target=self.server.serve_forever, daemon=True).start()

    def publish(self, title: str) -> None:
        with self.lock:
            self.titles.append(title)

    def times(self, title: str) -> int:
        with self.lock:
            return len({id_ for id_, told in self.heard if told == title})


FAILED: list[str] = []


def call(*words: str, who: str = "", check: bool = True) -> str:
    """Run a command, as another user with `who`; return what it said."""
    as_user = ["runuser", "-u", who, "--"] if who else []
    done = subprocess.run([*as_user, *words], capture_output=True, text=True, check=False, timeout=300)
    if check and done.returncode:
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


def of(unit: str, name: str, *manager: str) -> str:
    return call(*(manager or ("systemctl",)), "show", unit, "-P", name).strip()


def pid(unit: str = "newsbell") -> int:
    return int(of(unit, "MainPID") or 0)


def journal(unit: str = "newsbell") -> str:
    return call("journalctl", "--no-pager", "-o", "short", "-u", unit)


def told(seconds: float | None) -> str:
    return "never" if seconds is None else f"after {seconds:.1f} s"


def main() -> int:
    town = Town()
    try:
        for night in (set_up, starts, killed, hangs, reloads, strangers, stops, users):
            night(town)
    except SystemExit as end:
        see(str(end), False)
    print(f"{len(FAILED)} not as it must be" if FAILED else "all as it must be")
    if FAILED:
        print(journal()[-6000:])
    return 1 if FAILED else 0


def set_up(town: Town) -> None:
    call(sys.executable, "-m", "venv", str(HOME))
    call(str(HOME / "bin" / "pip"), "install", "--quiet", str(PROJECT))
    CONFIG.parent.mkdir(parents=True, exist_ok=True)
    CONFIG.write_text(TOML.format(port=town.port))
    key = CONFIG.parent / "desk_secret"
    key.write_text(SECRET)
    key.chmod(0o600)
    for user in ("stranger", "editor"):
        call("useradd", "--create-home", user, check=False)
    print(call(NEWSBELL, "service", "install", "--system"), end="")
    extra = Path("/etc/systemd/system/newsbell.service.d/test.conf")
    extra.parent.mkdir(exist_ok=True)
    extra.write_text(f"[Service]\nLoadCredential=desk_secret:{key}\nWatchdogSec={WATCHDOG}\n")
    call("systemctl", "daemon-reload")
    see(
        "systemd-analyze verify is silent",
        not (said := call("systemd-analyze", "verify", "newsbell.service")),
        said,
    )


def starts(town: Town) -> None:
    began = time.monotonic()
    call("systemctl", "start", "newsbell")
    see(
        "start returns when it is READY",
        of("newsbell", "ActiveState") == "active",
        told(time.monotonic() - began),
    )
    see("it had read its source by then or right after", within(5, lambda: "1 item" in journal()) is not None)
    town.publish("first fire")
    see(
        "an alert reaches the receiver",
        (after := within(10, lambda: town.times("first fire") == 1)) is not None,
        told(after),
    )
    status = within(10, lambda: of("newsbell", "StatusText").startswith("1 source, 0 failing, 0 waiting"))
    see("STATUS says how it does", status is not None, of("newsbell", "StatusText"))


def killed(town: Town) -> None:
    for round_ in range(5):
        before = pid()
        town.publish(f"fire {round_}")
        time.sleep(0.3 * round_)
        os.kill(before, 9)
        title = f"fire {round_}"
        again = within(20, lambda b=before: pid() not in (0, b))  # type: ignore[misc]
        heard = within(30, lambda t=title: town.times(t) == 1)  # type: ignore[misc]
        see(
            f"killed with -9, it is back and told {title!r}",
            again is not None and heard is not None,
            told(again),
        )
    see("no id was told as another", all(town.times(f"fire {n}") == 1 for n in range(5)))


def hangs(town: Town) -> None:
    within(30, lambda: of("newsbell", "ActiveState") == "active")
    before = pid()
    os.kill(before, 19)
    town.publish("fire while it hung")
    after = within(2 * WATCHDOG + 5, lambda: pid() not in (0, before))
    see(
        f"stopped with SIGSTOP, the watchdog starts it anew within {2 * WATCHDOG} s",
        after is not None and after <= 2 * WATCHDOG,
        told(after),
    )
    see("and nothing is lost", within(20, lambda: town.times("fire while it hung") == 1) is not None)


def reloads(town: Town) -> None:
    main = pid()
    good = CONFIG.read_text()
    CONFIG.write_text(good.replace("[notify.desk]", 'flood = "flood"\n[notify.desk]'))
    call("systemctl", "reload", "newsbell")
    town.publish("a flood")
    see(
        "a good configuration is in effect after a reload",
        within(10, lambda: town.times("a flood") == 1) is not None,
    )
    CONFIG.write_text(good.replace('fire = "fire"', 'fire = "(fire"'))
    call("systemctl", "reload", "newsbell")
    place = f"{CONFIG}:6:9"
    see("a bad one is told with file and line", within(5, lambda: place in journal()) is not None)
    see(
        "and in STATUS",
        within(10, lambda: place in of("newsbell", "StatusText")) is not None,
        of("newsbell", "StatusText"),
    )
    town.publish("another flood")
    see("and the one before runs on", within(10, lambda: town.times("another flood") == 1) is not None)
    CONFIG.write_text(good)
    call("systemctl", "reload", "newsbell")
    see(
        "mended, STATUS is as before",
        within(10, lambda: of("newsbell", "StatusText").startswith("1 source")) is not None,
    )
    see("all that in one process", pid() == main and pid() != 0)


def strangers(_: Town) -> None:
    state = Path("/var/lib/private/newsbell/newsbell.db")
    see("the database is where it must be", state.exists())
    seen = call("cat", str(state), who="stranger", check=False)
    see("another user cannot read it", "ermission denied" in seen, seen.strip()[:80])
    credentials = "/run/credentials/newsbell.service/desk_secret"
    see(
        "nor the credential",
        "ermission denied" in (seen := call("cat", credentials, who="stranger", check=False)),
        seen.strip()[:80],
    )
    see(
        "nor the key it was made of",
        "ermission denied" in call("cat", str(CONFIG.parent / "desk_secret"), who="stranger", check=False),
    )
    environ = Path(f"/proc/{pid()}/environ").read_bytes().decode("utf-8", "replace")
    everywhere = journal() + call("systemctl", "show", "newsbell") + environ
    see("the secret is in no log, no property and no environment", CANARY not in everywhere)
    data = b"".join(file.read_bytes() for file in state.parent.glob("newsbell.db*"))
    see("nor in the database", CANARY.encode() not in data)
    see(
        "the service is nobody that others are",
        pwd.getpwuid(os.stat(f"/proc/{pid()}").st_uid).pw_name == "newsbell" if _known(pid()) else True,
    )


def _known(process: int) -> bool:
    try:
        pwd.getpwuid(os.stat(f"/proc/{process}").st_uid)
    except KeyError:
        return False
    return True


def stops(_: Town) -> None:
    began = time.monotonic()
    call("systemctl", "stop", "newsbell")
    took = time.monotonic() - began
    see("it stops within 10 s", took <= 10, told(took))
    see("and ended well", of("newsbell", "Result") == "success", of("newsbell", "Result"))
    see("no process of it is left", not re.search(r"newsbell run", call("ps", "ax")))


def users(town: Town) -> None:
    """The unit of a user who lingers does the same."""
    if not list(Path("/").glob("usr/lib/*/security/pam_systemd.so")):  # a minimal system has no user managers
        call("apt-get", "update", "-qq", check=False)
        call("apt-get", "install", "-qq", "-y", "libpam-systemd", "dbus-user-session", check=False)
    call("loginctl", "enable-linger", "editor")
    uid = pwd.getpwnam("editor").pw_uid
    bus = f"/run/user/{uid}"
    see(
        "a user who lingers has a manager",
        within(20, lambda: Path(bus, "systemd", "private").exists()) is not None,
    )
    home = Path("/home/editor")
    config = home / ".config" / "newsbell" / "config.toml"
    as_editor = ("runuser", "-u", "editor", "--", "env", f"XDG_RUNTIME_DIR={bus}", f"HOME={home}")
    call(*as_editor, "mkdir", "-p", str(config.parent))
    config.write_text(TOML.format(port=town.port).replace('secret = { credential = "desk_secret" }\n', ""))
    os.chown(config, uid, grp.getgrnam("editor").gr_gid)
    print(call(*as_editor, NEWSBELL, "service", "install"), end="")
    call(*as_editor, "systemctl", "--user", "start", "newsbell")
    manager = (*as_editor, "systemctl", "--user")
    see("the user's unit is READY", of("newsbell", "ActiveState", *manager) == "active")
    time.sleep(1.5)
    town.publish("fire at the editor's")
    see(
        "an alert of it reaches the receiver",
        within(15, lambda: town.times("fire at the editor's") == 1) is not None,
    )
    before = int(of("newsbell", "MainPID", *manager))
    os.kill(before, 9)
    back = within(20, lambda: int(of("newsbell", "MainPID", *manager) or 0) not in (0, before))
    see("killed with -9, it is back", back is not None, told(back))
    print(call(*as_editor, NEWSBELL, "service", "remove"), end="")
    see("removed, it is gone", of("newsbell", "LoadState", *manager) == "not-found")


if __name__ == "__main__":
    sys.exit(main())
