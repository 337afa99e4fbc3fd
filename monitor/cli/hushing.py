"""What is kept quiet: silences of whatever matches, acks of a story."""

import json
import sys
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from monitor.cli.places import (
    ConfigOption,
    JsonOption,
    StateOption,
    goes_by,
    maybe_load,
    reached,
    reading,
    writing,
)
from monitor.core.telling.render import safe

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from monitor.config import Config
    from monitor.model import Matcher, Silence

CommentOption = Annotated[
    str, typer.Option("--comment", metavar="TEXT", help="Why, for those who see it listed.")
]


def register(app: typer.Typer) -> None:
    """Add this group's commands."""
    app.command()(silence)
    app.command()(ack)


def silence(
    matching: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="MATCHER", help="What it holds for: severity=info, tag=sport, 'rule=~a|b'; all must hold."
        ),
    ] = None,
    lasting: Annotated[str, typer.Option("--for", metavar="2h", help="How long.")] = "2h",
    comment: CommentOption = "",
    listed: Annotated[bool, typer.Option("--list", help="Show what is kept quiet.")] = False,
    end: Annotated[
        list[str] | None, typer.Option("--end", metavar="ID", help="End this one, a silence or an ack.")
    ] = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    state: StateOption = None,
) -> None:
    """Keep quiet what matches, for a time.

    Alerts are made and listed all the same: held, with until when, and told to nobody. A running daemon
    heeds it at once.
    """
    import secrets

    from monitor.cli import typed
    from monitor.cli.failing import Usage
    from monitor.core.telling import hush
    from monitor.core.text import clean
    from monitor.daemon.clock import SystemClock

    if bool(matching) + bool(end) + listed != 1:
        raise Usage("say what is to be silent (severity=info, tag=sport), or --list, or --end ID")
    clock, loaded = SystemClock(), maybe_load(config, state)
    now = clock.now()
    if listed:
        return _list(loaded, state, now, as_json)
    if end:
        return _end(loaded, state, end)
    asked = [_matcher(text) for text in matching or ()]
    _refuse_unknown(asked, loaded, state)
    until = now + timedelta(seconds=typed.seconds(lasting, option="--for", least=1))
    made = hush.silence(asked, now, until, clean(comment), nonce=secrets.token_hex(16))
    return _begin(loaded, state, made, as_json)


def ack(
    alert: Annotated[
        str, typer.Argument(metavar="ALERT", help="An id of `newsbell alerts` or of `deliveries`.")
    ],
    lasting: Annotated[
        str, typer.Option("--for", metavar="2h", help="Not longer than this (a snooze).")
    ] = "",
    comment: CommentOption = "",
    as_json: JsonOption = False,
    config: ConfigOption = None,
    state: StateOption = None,
) -> None:
    """Keep a story quiet until it tells something else.

    Further items of it are listed, held, and told to nobody; an edit that tells something else rings, and
    ends it. So does `newsbell silence --end ID`.
    """
    import secrets

    from monitor.answers import finding
    from monitor.cli import typed
    from monitor.cli.failing import Usage
    from monitor.core.telling import hush
    from monitor.core.text import clean
    from monitor.daemon.clock import SystemClock

    clock, loaded = SystemClock(), maybe_load(config, state)
    now = clock.now()
    until = now + timedelta(seconds=typed.seconds(lasting, option="--for", least=1)) if lasting else None
    with reading(loaded, state) as store:
        try:
            meant = finding.alert_meant(store, alert)
            made = hush.ack(meant, now, until, clean(comment), nonce=secrets.token_hex(16))
        except (finding.NotMeant, ValueError) as error:
            raise Usage(str(error)) from error
    _begin(loaded, state, made, as_json)


def _matcher(text: str) -> "Matcher":
    from monitor.cli.failing import Usage
    from monitor.core.telling import matchers

    try:
        return matchers.parse(text)
    except matchers.MatcherError as error:
        raise Usage(str(error)) from error


def _refuse_unknown(asked: "Sequence[Matcher]", loaded: "Config | None", state: "Path | None") -> None:
    """Raise Usage for a name of which neither the configuration that the daemon goes by nor the store knows.

    A name behind =~ or !~ may be that of what is still to come.
    """
    from monitor.cli.failing import Usage
    from monitor.config.tables.nowhere import Names
    from monitor.store.sqlite import services
    from monitor.store.sqlite.asked import reading as ask

    where = reached(loaded, state)
    if loaded is None or not (where.socket or where.database.exists()):
        return
    names = Names.of(loaded.sources, loaded.rules)
    with reading(loaded, state) as store:
        service = services.read(store)
        if service and not goes_by(service, loaded):
            return
        for matcher in asked:
            told = names.lacking(matcher) if matcher.op in ("=", "!=") else ""
            if told and not ask.was_there(store, matcher.label, matcher.value):
                raise Usage(safe(told))


def _begin(loaded: "Config | None", state: "Path | None", made: "Silence", as_json: bool) -> None:
    import asyncio

    from monitor.answers.silences import silence_json
    from monitor.cli import printing
    from monitor.core.plurals import count

    with writing(reached(loaded, state)) as store:
        held = asyncio.run(store.silence(made))
    if as_json:
        print(json.dumps(silence_json(made), ensure_ascii=False))
        return
    print(printing.silence(made))
    if held:
        print(f"{count(held, 'delivery', 'deliveries')} that waited {'is' if held == 1 else 'are'} held")


def _list(loaded: "Config | None", state: "Path | None", now: "datetime", as_json: bool) -> None:
    from monitor.answers.silences import silence_json
    from monitor.cli import printing
    from monitor.store.sqlite.telling import silences

    with reading(loaded, state) as store:
        rows = silences.listed(store, now)
    for one in rows:
        print(json.dumps(silence_json(one), ensure_ascii=False) if as_json else printing.silence(one))
    if not rows and not as_json:
        print("nothing is kept quiet", file=sys.stderr)


def _end(loaded: "Config | None", state: "Path | None", ids: Sequence[str]) -> None:
    import asyncio

    from monitor.answers import finding
    from monitor.cli.failing import Usage
    from monitor.core.plurals import count
    from monitor.daemon.clock import SystemClock

    with reading(loaded, state) as opened:
        try:
            meant = finding.silences_meant(opened, ids, SystemClock().now())
        except finding.NotMeant as error:
            raise Usage(str(error)) from error
    with writing(reached(loaded, state)) as store:
        done = asyncio.run(store.end_silences([one.id for one in meant]))
    stays = f"what {'it' if done == 1 else 'they'} held stays held: `newsbell replay ID` tells it"
    kinds = sorted({"ack" if one.alert else "silence" for one in meant}, reverse=True)
    ended = count(done, " or ".join(kinds), " and ".join(f"{kind}s" for kind in kinds))
    print(f"{ended} ended; {stays}")
