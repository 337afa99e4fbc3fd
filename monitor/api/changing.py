"""Requests that change something: they carry the token, and say in JSON what is to be done."""

import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from monitor.answers import finding
from monitor.answers.silences import silence_json
from monitor.api.answer import Json, encoded, office_of
from monitor.api.asked import Asked, Mistake
from monitor.api.office import Office
from monitor.core.telling import hush, matchers
from monitor.core.text import clean
from monitor.model import Matcher
from monitor.store.sqlite.telling import silences as kept

Shape = Mapping[str, type]  # of what a request says
USUAL = 7_200  # seconds of a silence
LONGEST = 10 * 365 * 86_400
COMMENT = 1_000  # characters


class Refusal(Exception):
    """A request that its asker may not make."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


async def replay(request: Request) -> Response:
    """Tell again what was told, or never arrived."""
    office = office_of(request)
    said = await _said(request, office, {"ids": list, "failed": bool, "to": str, "as_new": bool})
    ids, failed = said.get("ids") or [], bool(said.get("failed"))
    if not all(isinstance(one, str) and 0 < len(one) <= 64 for one in ids):
        raise Mistake("ids: must be texts, the beginnings of ids")
    to, known = said.get("to", ""), office.watched().notifiers
    if to and to not in known:
        raise Mistake(f"to: no notifier is called {to[:100]!r} (there is: {', '.join(known) or 'none'})")
    if bool(ids) == failed:
        raise Mistake('name deliveries or alerts, {"ids": ["3f0f…"]}, or say {"failed": true}')
    try:
        meant = await office.reader.read(finding.meant, ids, to=to)
    except finding.NotMeant as error:
        raise Mistake(str(error)) from error
    nonce = secrets.token_hex(8) if said.get("as_new") else ""
    return Json({"due": await office.replay([one.id for one in meant], nonce)})


async def silences(request: Request) -> Response:
    """What is kept quiet; with POST, something more."""
    office = office_of(request)
    if request.method == "POST":
        return await _silence(request, office)
    ended = Asked(request.query_params.multi_items(), ("ended",)).truth("ended")
    rows = await office.reader.read(kept.listed, office.clock.now(), ended=ended)
    return Json({"silences": [silence_json(one) for one in rows]})


async def _silence(request: Request, office: Office) -> Response:
    said = await _said(request, office, {"matchers": list, "for": int, "comment": str})
    if not said.get("matchers"):
        raise Mistake(f'say what is to be silent, {{"matchers": ["{matchers.LIKE}"], "for": 7200}}')
    now = office.clock.now()
    made = hush.silence(
        [_matcher(one) for one in said["matchers"]],
        now,
        now + _for(said),
        _comment(said),
        nonce=secrets.token_hex(16),
    )
    return Json({"silence": silence_json(made), "held": await office.silence(made)})


async def ack(request: Request) -> Response:
    """Keep the story of an alert quiet until it tells something else."""
    office = office_of(request)
    said = await _said(request, office, {"alert": str, "for": int, "comment": str})
    now = office.clock.now()
    try:
        alert = await office.reader.read(finding.alert_meant, said.get("alert", ""))
        until = now + _for(said) if "for" in said else None
        made = hush.ack(alert, now, until, _comment(said), nonce=secrets.token_hex(16))
    except (finding.NotMeant, ValueError) as error:
        raise Mistake(str(error)) from error
    return Json({"silence": silence_json(made), "held": await office.silence(made)})


async def end(request: Request) -> Response:
    """End a silence or an ack."""
    office = office_of(request)
    _allowed(request, office)
    try:
        [meant] = await office.reader.read(
            finding.silences_meant, [request.path_params["id"]], office.clock.now()
        )
    except finding.NotMeant as error:
        raise Mistake(str(error)) from error
    return Json({"ended": await office.end_silences([meant.id])})


def _matcher(text: object) -> Matcher:
    try:
        return matchers.parse(text if isinstance(text, str) else "")
    except matchers.MatcherError as error:
        raise Mistake(f"matchers: {error}") from error


def _for(said: Mapping[str, Any]) -> timedelta:
    seconds: int = said.get("for", USUAL)
    if not 1 <= seconds <= LONGEST:
        raise Mistake(f"for: must be seconds, from 1 to {LONGEST}")
    return timedelta(seconds=seconds)


def _comment(said: Mapping[str, Any]) -> str:
    return clean(said.get("comment", ""))[:COMMENT]


def _allowed(request: Request, office: Office) -> None:
    """Let a request pass that carries the token; raises Refusal."""
    if office.token is None:
        raise Refusal(403, "nothing can be changed here: write `token` under [api] to allow it")
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    right = hmac.compare_digest(token.strip().encode(), office.token.reveal().encode())
    if scheme.lower() != "bearer" or not right:
        raise Refusal(
            401,
            "this changes something, so it needs the header Authorization: Bearer, and the token of [api]",
        )


async def _said(request: Request, office: Office, shape: Shape) -> dict[str, Any]:
    """Return what a request that may change something says, held to `shape`."""
    _allowed(request, office)
    try:
        said = json.loads(await request.body())
        encoded(said).encode()
    except UnicodeEncodeError:
        raise Mistake("the body has half a character in it, as \\ud800 is one") from None
    except (ValueError, RecursionError):
        raise Mistake("the body must be JSON, and not deep") from None
    if not isinstance(said, dict):
        raise Mistake("the body must be a JSON object")
    for name, value in said.items():
        if name not in shape:
            raise Mistake(f"{name[:100]}: there is no such key (known: {', '.join(shape)})")
        if type(value) is not shape[name]:  # true is an int to Python
            raise Mistake(f"{name}: must be of type {shape[name].__name__}")
    return said
