"""The service under a real systemd, as root on a machine that may be thrown away.

    python3 -m tests.acceptance.under_systemd        (tests/under-systemd.sh makes such a machine)

Installs the package, enables the unit by `newsbell service install --system`, and puts it through a night: an alert,
kill -9, a hang, good and bad reloads, credentials, strangers, people of the group, a stop; then does the same with the
unit of a user who lingers. Each step prints what was seen; exit 1 where one is not as it must be. Only the standard
library: nothing is installed for it.
"""

import json
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from tests.acceptance.machine import FAILED, after, as_user, call, run, see, within
from tests.acceptance.town import KEY, SECRET, Town

PROJECT = Path(__file__).parents[2]
HOME = Path("/opt/newsbell")
NEWSBELL = str(HOME / "bin" / "newsbell")
WATCHDOG = 10  # seconds, in place of the unit's 60: the test would take minutes
TOML = """
[source.wire]
url = "http://127.0.0.1:{port}/rss"
every = "1s"
[rule]
fire = "fire"
quake = "quake"
[notify.desk]
url = "http://127.0.0.1:{port}/hook"
secret = {{ credential = "desk_secret" }}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A unit of the system or of a user, and the people around it."""

    manager: tuple[str, ...]
    journal: tuple[str, ...]
    config: Path
    state: Path
    socket: Path
    credentials: Path
    drop_in: Path
    owner: str  # who has the configuration, and manages the unit
    person: str  # who may watch

    def ctl(self, *words: str) -> str:
        return call(*self.manager, *words, who=self.owner)

    def of(self, name: str) -> str:
        return self.ctl("show", "newsbell", "-P", name).strip()

    def pid(self) -> int:
        return int(self.of("MainPID") or 0)

    def log(self) -> str:
        return call("journalctl", "--no-pager", "-o", "short", *self.journal)

    def starts_with(self, status: str) -> bool:
        return self.of("StatusText").startswith(status)


class Watcher:
    """`newsbell watch`, as somebody without sudo runs it all night."""

    def __init__(self, who: str) -> None:
        self._file = Path(f"/tmp/watched-by-{who}")
        with self._file.open("w") as out:
            self._running = subprocess.Popen([NEWSBELL, "watch"], stdout=out, **as_user(who))

    def saw(self, title: str) -> bool:
        return title in self._file.read_text()

    def ended(self) -> int:
        """End it as Ctrl-C does; return its exit status."""
        self._running.send_signal(signal.SIGINT)
        return self._running.wait(30)


def main() -> int:
    try:
        set_up()
        night(system())
        instance()
        night(lingering())
    except SystemExit as end:
        see(str(end), False)
    print(f"{len(FAILED)} not as it must be" if FAILED else "all as it must be")
    if FAILED:
        print(call("journalctl", "--no-pager", "-n", "80"))
    return 1 if FAILED else 0


def set_up() -> None:
    call(sys.executable, "-m", "venv", str(HOME))
    call(str(HOME / "bin" / "pip"), "install", "--quiet", str(PROJECT))
    for user in ("stranger", "reporter", "editor"):
        run("useradd", "--create-home", user)


def system() -> Service:
    """Install the system's unit, and let the reporter in."""
    print("\nThe system's unit", flush=True)
    service = Service(
        manager=("systemctl",),
        journal=("-u", "newsbell"),
        config=Path("/etc/newsbell/config.toml"),
        state=Path("/var/lib/newsbell"),
        socket=Path("/run/newsbell/newsbell.sock"),
        credentials=Path("/run/credentials/newsbell.service"),
        drop_in=Path("/etc/systemd/system/newsbell.service.d/test.conf"),
        owner="root",
        person="reporter",
    )
    print(call(NEWSBELL, "service", "install", "--system"), end="")
    call("usermod", "-aG", "newsbell", service.person)
    said = run("systemd-analyze", "verify", "newsbell.service")
    see("systemd-analyze verify is silent", not said.stdout + said.stderr, said.stdout + said.stderr)
    unit = "/etc/systemd/system/newsbell.service"
    exposed = run("systemd-analyze", "security", "--offline=yes", "--threshold=11", unit)
    overall = exposed.stdout.strip().splitlines()[-1:] or [exposed.stderr]
    see("its exposure is 1.1 at most", exposed.returncode == 0, overall[0].strip(" →"))
    return service


def instance() -> None:
    """One of several: folders and a socket of its own."""
    print("\nOne of several", flush=True)
    town, config = Town(), Path("/etc/newsbell/desk/config.toml")
    config.parent.mkdir(parents=True)
    config.write_text(TOML.format(port=town.port).partition("[notify.desk]")[0])
    print(call(NEWSBELL, "service", "install", "--system", "--instance", "desk"), end="")
    call("systemctl", "start", "newsbell@desk")
    see("it is READY", call("systemctl", "show", "newsbell@desk", "-P", "ActiveState").strip() == "active")
    look = (NEWSBELL, "items", "--json", "--state", "/var/lib/newsbell@desk")
    seen = within(20, lambda: "old fire" in run(*look, who="reporter").stdout)
    see("the reporter looks at it by its own socket", seen is not None, "/run/newsbell@desk/newsbell.sock")
    refused = run(*look, who="stranger")
    see("the stranger does not", refused.returncode == 5, refused.stderr.strip())
    print(call(NEWSBELL, "service", "remove", "--system", "--instance", "desk"), end="")


def lingering() -> Service:
    """Install the unit of a user, who lingers."""
    print("\nA user's unit", flush=True)
    if not list(Path("/").glob("usr/lib/*/security/pam_systemd.so")):  # a minimal system has no user managers
        run("apt-get", "update", "-qq")
        run("apt-get", "install", "-qq", "-y", "libpam-systemd", "dbus-user-session")
    call("loginctl", "enable-linger", "editor")
    user = pwd.getpwnam("editor")
    home, runtime = Path(user.pw_dir), Path("/run/user", str(user.pw_uid))
    there = within(30, (runtime / "systemd" / "private").exists)
    see("a user who lingers has a manager", there is not None)
    service = Service(
        manager=("systemctl", "--user"),
        journal=("_SYSTEMD_USER_UNIT=newsbell.service",),
        config=home / ".config/newsbell/config.toml",
        state=home / ".local/state/newsbell",
        socket=runtime / "newsbell/newsbell.sock",
        credentials=runtime / "credentials/newsbell.service",
        drop_in=home / ".config/systemd/user/newsbell.service.d/test.conf",
        owner="editor",
        person="editor",
    )
    print(call(NEWSBELL, "service", "install", who="editor"), end="")
    said = run("systemd-analyze", "--user", "verify", "newsbell.service", who="editor")
    see("systemd-analyze verify is silent", not said.stdout + said.stderr, said.stdout + said.stderr)
    return service


def night(service: Service) -> None:
    """Put a service that is installed through all of it."""
    town = Town()
    key = configure(service, town)
    starts(service, town)
    watcher = Watcher(service.person)
    see("who may watch sees what was before", within(20, lambda: watcher.saw("first fire")) is not None)
    for part in (logged, killed, hangs, reloads, people):
        part(service, town)
    strangers(service, town, key)
    stops(service, town, watcher)


def configure(service: Service, town: Town) -> Path:
    """Write what it reads, and its secret as a credential; return the key's file."""
    key = service.config.parent / "desk_secret"
    for file, text, mode in (
        (service.config, TOML.format(port=town.port), 0o640),
        (key, SECRET, 0o600),
        (service.drop_in, f"[Service]\nLoadCredential=desk_secret:{key}\nWatchdogSec={WATCHDOG}\n", 0o644),
    ):
        call("mkdir", "-p", str(file.parent), who=service.owner)
        file.write_text(text)
        file.chmod(mode)
        shutil.chown(file, service.owner, "newsbell" if service.owner == "root" else service.owner)
    service.ctl("daemon-reload")
    return key


def starts(service: Service, town: Town) -> None:
    checked = run(NEWSBELL, "check", "--config", str(service.config), who=service.owner)
    good = checked.stdout.strip().splitlines()[:1]
    see("its configuration is good, though only the service sees the secret", checked.returncode == 0, good)
    began = time.monotonic()
    service.ctl("start", "newsbell")
    took = time.monotonic() - began
    see("start returns when it is READY", service.of("ActiveState") == "active", after(took))
    see(
        "its source was read by then or right after", within(5, lambda: "1 item" in service.log()) is not None
    )
    town.publish("first fire")
    heard = within(10, lambda: town.told("first fire"))
    see("an alert reaches the receiver, signed", heard is not None and not town.forged, after(heard))
    status = within(10, lambda: service.starts_with("1 source, 0 failing, 0 waiting"))
    see("STATUS says how it does", status is not None, service.of("StatusText"))


def logged(service: Service, _: Town) -> None:
    for fields in (("SOURCE=wire", "EVENT=source.polled"), ("EVENT=daemon.ready",)):
        found = call("journalctl", "--no-pager", "-o", "cat", *service.journal, *fields).splitlines()
        see(f"the journal finds {' '.join(fields)}", len(found) > 0, found[:1])


def killed(service: Service, town: Town) -> None:
    titles = [f"fire {n}" for n in range(5)]
    for n, title in enumerate(titles):
        before = service.pid()
        town.publish(title)
        time.sleep(0.3 * n)
        os.kill(before, signal.SIGKILL)
        again = within(20, lambda b=before: service.pid() not in (0, b))  # type: ignore[misc]
        heard = within(30, lambda t=title: town.told(t))  # type: ignore[misc]
        see(
            f"killed with -9, it is back and told {title!r}",
            again is not None and heard is not None,
            after(again),
        )
    see("nothing was told under two ids", all(map(town.told, titles)))


def hangs(service: Service, town: Town) -> None:
    within(30, lambda: service.of("ActiveState") == "active")
    before = service.pid()
    os.kill(before, signal.SIGSTOP)
    town.publish("fire while it hung")
    took = within(2 * WATCHDOG + 5, lambda: service.pid() not in (0, before))
    see(
        f"stopped with SIGSTOP, the watchdog starts it anew within {2 * WATCHDOG} s",
        took is not None and took <= 2 * WATCHDOG,
        after(took),
    )
    see("and nothing is lost", within(30, lambda: town.told("fire while it hung")) is not None)


def reloads(service: Service, town: Town) -> None:
    before, good = service.pid(), service.config.read_text()
    service.config.write_text(good.replace("[notify.desk]", 'flood = "flood"\n[notify.desk]'))
    service.ctl("reload", "newsbell")
    town.publish("a flood")
    heard = within(10, lambda: town.told("a flood"))
    see("a good configuration is in effect after a reload", heard is not None)
    service.config.write_text(good.replace('fire = "fire"', 'fire = "(fire"'))
    service.ctl("reload", "newsbell")
    place = f"{service.config}:6:9"
    see("a bad one is told with file and line", within(5, lambda: place in service.log()) is not None)
    told = within(10, lambda: place in service.of("StatusText"))
    see("and in STATUS", told is not None, service.of("StatusText"))
    town.publish("another flood")
    see("and the one before runs on", within(10, lambda: town.told("another flood")) is not None)
    service.config.write_text(good)
    service.ctl("reload", "newsbell")
    mended = within(10, lambda: service.starts_with("1 source"))
    see("mended, STATUS is as before", mended is not None)
    see("all that in one process", service.pid() == before != 0)


def people(service: Service, town: Town) -> None:
    """What a person may do without sudo: of the group, or whose own unit it is."""

    def say(*words: str) -> subprocess.CompletedProcess[str]:
        return run(NEWSBELL, *words, who=service.person)

    def lines(*words: str) -> list[dict[str, object]]:
        return [json.loads(line) for line in say(*words, "--json").stdout.splitlines()]

    def alert_of(title: str) -> str:
        [found] = (one["id"] for one in lines("alerts") if one["item"]["title"] == title)  # type: ignore[index]
        return str(found)

    who = f"the {service.person}"
    told = say("why", "first fire")
    see(
        f"{who} runs why, and is told of the rules",
        told.returncode == 0 and "first fire" in told.stdout and "quake" in told.stdout,
        told.stderr or f"{len(told.stdout.splitlines())} lines",
    )
    before = len(town.ids("first fire"))
    replayed = say("replay", alert_of("first fire"), "--to", "desk")
    again = within(15, lambda: len(town.ids("first fire")) > before)
    see(
        f"{who} runs replay, and it is told again under its id",
        again is not None and town.told("first fire"),
        (replayed.stdout + replayed.stderr).strip(),
    )
    for words in (
        ("items",),
        ("items", "fire"),
        ("alerts",),
        ("sources",),
        ("sources", "--plan"),
        ("deliveries",),
    ):
        found = lines(*words)
        see(f"{who} runs {' '.join(words)}", len(found) > 0, f"{len(found)} lines")
    silenced = say("silence", "rule=fire", "--for", "1h", "--comment", "a drill")
    town.publish("fire of a drill")
    kept = within(15, lambda: any(one["state"] == "held" for one in lines("deliveries")))
    see(f"{who} runs silence, and it is kept", kept is not None, (silenced.stdout + silenced.stderr).strip())
    ended = say("silence", "--end", str(lines("silence", "--list")[0]["id"]))
    see("and ends it", ended.returncode == 0, (ended.stdout + ended.stderr).strip())
    acked = say("ack", alert_of("first fire"))
    see(f"{who} runs ack", acked.returncode == 0, (acked.stdout + acked.stderr).strip())
    if service.person != service.owner:
        read = run("cat", str(service.state / "newsbell.db"), who=service.person)
        see(f"{who} cannot read the file itself", "ermission denied" in read.stderr, read.stderr.strip())
        reload = say("reload", "--config", str(service.config), "--state", str(service.state))
        see(
            "nor reload it, which is said",
            reload.returncode == 5 and "with sudo" in reload.stderr,
            reload.stderr.strip(),
        )
        see("what was changed is in the log", re.search(r"process \d+: silence", service.log()) is not None)


def strangers(service: Service, town: Town, key: Path) -> None:
    see(
        "the database and the socket are where they must be",
        (service.state / "newsbell.db").exists() and service.socket.is_socket(),
    )
    secret = service.credentials / "desk_secret"
    for who, paths in (
        ("stranger", (service.state / "newsbell.db", service.socket, secret, key)),
        *(((service.person, (secret, key)),) if service.person != service.owner else ()),
    ):
        for path in paths:
            said = run("cat", str(path), who=who).stderr.strip()
            see(f"the {who} does not get at {path}", "ermission denied" in said, said)
    refused = run(NEWSBELL, "items", "--state", str(service.state), who="stranger")
    see("the stranger's command is refused in a sentence", refused.returncode == 5, refused.stderr.strip())
    process = Path("/proc", str(service.pid()))
    environ = (process / "environ").read_bytes().decode("utf-8", "replace")
    everywhere = service.log() + service.ctl("show", "newsbell") + environ
    see("the secret is in no log, no property and no environment", KEY not in everywhere)
    data = b"".join(file.read_bytes() for file in service.state.glob("newsbell.db*"))
    see("nor in the database", KEY.encode() not in data)
    see("and signs every request", not town.forged and len(town.heard) > 0, f"{len(town.heard)} requests")


def stops(service: Service, town: Town, watcher: Watcher) -> None:
    began = time.monotonic()
    service.ctl("stop", "newsbell")
    took = time.monotonic() - began
    see("it stops within 10 s, with somebody attached", took <= 10, after(took))
    see("and ended well", service.of("Result") == "success", service.of("Result"))
    see("no process of it is left", not re.search(r"newsbell run", call("ps", "ax")))
    if service.person != service.owner:
        refused = run(NEWSBELL, "watch", who=service.person)
        see("who begins to watch now is told what starts it", refused.returncode == 4, refused.stderr.strip())
    service.ctl("start", "newsbell")
    town.publish("fire after the night")
    saw = within(30, lambda: watcher.saw("fire after the night"))
    see("started again, who watched all the time watches on", saw is not None)
    rang = [title for title in town.titles if "fire" in title or "flood" in title]
    see("and saw all of it", all(map(watcher.saw, rang)), f"{len(rang)} headlines")
    see("Ctrl-C ends watch", (status := watcher.ended()) == 130, f"exit {status}")
    option = ("--system",) if service.owner == "root" else ()
    print(call(NEWSBELL, "service", "remove", *option, who=service.owner), end="")
    see("removed, it is gone", service.of("LoadState") == "not-found")


if __name__ == "__main__":
    sys.exit(main())
