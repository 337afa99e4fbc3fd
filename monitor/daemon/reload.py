"""Another configuration for a daemon that runs: read when asked, taken whole or not at all."""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import field, replace
from pathlib import Path

from monitor.config import Config, ConfigErrors, failing_tests, load
from monitor.core.plurals import count
from monitor.daemon.clock import show_in
from monitor.daemon.system import systemd, vitals
from monitor.daemon.system.logs import event
from monitor.notifiers import fingerprint
from monitor.store import Service, Store, StoreError
from monitor.values import dataclass

AGAIN = 1.0  # seconds until what the store did not take is handed to it again

Take = Callable[[Config], Awaitable[None]]


@dataclass(slots=True, kw_only=True)
class Reloads:
    """What is gone by, and how another comes in its place. `asked` is set from outside, by SIGHUP."""

    config: Config
    store: Store
    pid: int = field(default_factory=os.getpid)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    trouble: str = ""  # why the file as it stands is not in effect

    def why(self) -> str:
        """Return why the file as it stands is not in effect, "" where it is."""
        return self.trouble

    async def follow(self, take: Take) -> None:
        """Read the configuration again whenever asked, until cancelled.

        A bad one, or one whose rule tests fail, leaves the one before in effect, and is told with file and line. One that
        the store cannot take is handed to it again, until it can or another is asked for.
        """
        now = self.store.now()
        service = Service(pid=self.pid, started_at=now, read_at=now, config=str(self.config.path.absolute()))
        await self._note(service)
        waiting: Config | None = None  # was read, and is not in effect yet
        while True:
            asked = await self._asked(again=waiting is not None)
            if asked:
                systemd.reloading()
                service = replace(service, read_at=self.store.now(), reads=service.reads + 1)
                waiting = None
            try:
                if waiting is None:
                    waiting = await asyncio.to_thread(read, self.config.path, os.environ)
                await take(waiting)
            except (ConfigErrors, StoreError) as error:
                if not asked:  # what is wrong was said
                    continue
                self.trouble = self._refuse(error)
                service = replace(service, refused=str(error))
            else:
                service, waiting = self._taken(waiting, service), None
            await self._note(service)
            systemd.notify("READY=1", f"STATUS={await vitals.status(self.store, self.trouble)}")

    async def _asked(self, *, again: bool) -> bool:
        """Wait until a reload is asked for, `again` for a moment only; tell whether it was."""
        with suppress(TimeoutError):
            async with asyncio.timeout(AGAIN if again else None):
                await self.asked.wait()
        asked = self.asked.is_set()
        self.asked.clear()
        return asked

    def _taken(self, new: Config, service: Service) -> Service:
        change = changed(self.config, new)
        self.config, self.trouble = new, ""
        show_in(new.timezone)
        for warning in new.warnings:
            event("config.warning", warning.splitlines()[0], level=logging.WARNING)
        event("config.reloaded", f"{new.path} is in effect: {change.sentence}")
        return replace(service, refused="", changed=change.sentence, rules=change.rules)

    def _refuse(self, error: ConfigErrors | StoreError) -> str:
        if isinstance(error, StoreError):
            sentence = f"{self.config.path} is not in effect yet: {error}; it is tried again until the store takes it, and the configuration of before runs on"
            event("config.refused", sentence, level=logging.ERROR, file=str(self.config.path))
            return sentence
        for one in error:
            event(
                "config.refused", str(one).splitlines()[0], level=logging.ERROR, file=one.file, line=one.line
            )
        first, *rest = error
        more = f" (and {count(len(rest), 'more error')})" if rest else ""
        return f"{str(first).splitlines()[0]}{more}; the configuration of before runs on"

    async def _note(self, service: Service) -> None:
        try:
            await self.store.note(service)
        except StoreError as error:
            event("store.trouble", str(error), level=logging.ERROR)


def read(path: Path, environ: Mapping[str, str]) -> Config:
    """Return the configuration as it stands in its files; raises ConfigErrors, also where a rule's test fails."""
    config = load(path, environ=environ)
    if failures := failing_tests(config):
        raise ConfigErrors(failures)
    return config


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What another configuration changes."""

    sentence: str
    rules: tuple[str, ...]  # that are new or mean something else


def changed(old: Config, new: Config) -> Change:
    """Return what `new` changes."""
    rules = _Names.of({rule.name: rule for rule in old.rules}, {rule.name: rule for rule in new.rules})
    told = (
        _Names.of({one.name: one for one in old.sources}, {one.name: one for one in new.sources}).told(
            "source"
        ),
        rules.told("rule"),
        _Names.of({one.name: one for one in old.routes}, {one.name: one for one in new.routes}).told("route"),
        _Names.of(
            {one.name: one for one in old.inhibitions}, {one.name: one for one in new.inhibitions}
        ).told("inhibition"),
        _Names.of(_prints(old), _prints(new)).told("notifier"),
    )
    rest = () if _rest(old) == _rest(new) else ("settings that hold for all changed",)
    late = [
        name
        for name, a, b in (("[store] url", old.database, new.database), ("[api]", old.api, new.api))
        if a != b
    ]
    restart = f"{' and '.join(late)} from the next start on" if late else ""
    sentence = "; ".join(filter(None, (*told, *rest, restart)))
    return Change(sentence=sentence or "nothing changed", rules=(*rules.new, *rules.other))


def _prints(config: Config) -> Mapping[str, str]:
    return {
        name: fingerprint(notifier, config.access.get(name))
        + repr((config.hearing.get(name), getattr(notifier, "wording", None)))
        for name, notifier in config.notifiers.items()
    }


def _rest(config: Config) -> object:
    return (
        config.polling,
        config.manners,
        config.keep,
        config.backups,
        config.evidence,
        config.timezone,
        config.health,
        config.heartbeat,
    )


@dataclass(frozen=True, slots=True)
class _Names:
    new: tuple[str, ...]
    other: tuple[str, ...]
    gone: tuple[str, ...]

    @classmethod
    def of(cls, old: Mapping[str, object], new: Mapping[str, object]) -> "_Names":
        both = old.keys() & new.keys()
        return cls(
            new=tuple(name for name in new if name not in both),
            other=tuple(name for name in new if name in both and old[name] != new[name]),
            gone=tuple(name for name in old if name not in both),
        )

    def told(self, what: str) -> str:
        """Return "2 sources new (bbc, kyiv), 1 changed (ap)", "" where nothing is."""
        parts = [
            f"{len(names)} {how} ({_listed(names)})"
            for names, how in ((self.new, "new"), (self.other, "changed"), (self.gone, "gone"))
            if names
        ]
        return f"{what}s: {', '.join(parts)}" if parts else ""


def _listed(names: Iterable[str], most: int = 5) -> str:
    given = list(names)
    return ", ".join(given[:most]) + (", …" if len(given) > most else "")
