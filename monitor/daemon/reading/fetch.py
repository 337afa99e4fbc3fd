"""The etiquette of reading a source: ask whether it changed, follow, do not crowd, take a no.

One `fetch` is all the HTTP of one poll. Trouble is a value here, never an exception.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from monitor.daemon.network.addresses import Reach
from monitor.daemon.network.failures import OutOfReach, Refused, TooMuch, TransportError
from monitor.daemon.network.fields import age, http_date, kept
from monitor.daemon.network.links import hub_of
from monitor.daemon.network.transport import BODY, GET_DEADLINE, Answer
from monitor.daemon.network.urls import joined, place, stays
from monitor.daemon.reading.hosts import Held, Hosts
from monitor.daemon.reading.robots import Robots
from monitor.model import Access, Claim, Clock, Proxy, Response, Source, Trouble, Validators

REDIRECTS = 5
PAUSE = 60.0  # seconds that a 429 without a time is taken to ask for
WHOLE = timedelta(days=1)  # after so long all is asked for of who sends what is new alone
VALIDATOR = 1024  # bytes; a longer one is not worth sending back
ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json;q=0.9, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, */*;q=0.5"
)
_FOLLOWED = frozenset({301, 302, 303, 307, 308})


class Gets(Protocol):
    """What a fetch asks of a transport: `Transport.get`."""

    async def get(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None,
        reach: Reach,
        via: Proxy | None,
        limit: int,
        deadline: float,
    ) -> Answer:
        """Send one GET."""


class Forbidden(Exception):
    """robots.txt, or the want of it, says no."""

    def __init__(self, url: str, trouble: Trouble) -> None:
        super().__init__(trouble.sentence)
        self.url, self.trouble = url, trouble


async def fetch(
    transport: Gets,
    claim: Claim,
    hosts: Hosts,
    *,
    clock: Clock,
    robots: Robots | None = None,
    deadline: float = GET_DEADLINE,
    limit: int = BODY,
) -> Response | Trouble:
    """Ask the claimed source for what is new.

    `deadline` is in seconds, for all redirects together but without the wait for a slot; `limit`
    is in bytes, unpacked. `robots` is asked before each address of a source that obeys it. A permanent redirect is followed, never remembered. Cancelled, it
    leaves no connection behind and has changed nothing.
    """
    claim = _owed(claim, clock.now())
    try:
        url, answer = await _follow(transport, claim, hosts, clock, robots, deadline=deadline, limit=limit)
        result = _judge(url, answer, claim, clock)
    except Forbidden as no:
        url, result = no.url, no.trouble
    except TransportError as error:
        return _trouble(error)
    except Held as held:
        left = (held.until - clock.now()).total_seconds()
        return Trouble(sentence=str(held), kind="held", retry_after=max(left, 0.0), holds=held.domain)
    if isinstance(result, Trouble) and (pause := _pause(result)):
        domain = hosts.hold(place(url).host, clock.now() + timedelta(seconds=pause))
        return replace(result, holds=domain, retry_after=pause)
    return result


def _pause(trouble: Trouble) -> float:
    """Return for how many seconds a publisher wants none of its sources asked, 0 if it does not say so.

    A 429 speaks of who asks, and so does a 503 that names a time (RFC 6585 §4, RFC 9110 §15.6.4); any other trouble
    is of one address.

    >>> [_pause(Trouble(sentence="", kind="status", status=status)) for status in (429, 503, 404)]
    [60.0, 0.0, 0.0]
    """
    match trouble.status:
        case 429:
            return PAUSE if trouble.retry_after is None else trouble.retry_after
        case 503:
            return trouble.retry_after or 0.0
    return 0.0


async def _follow(
    transport: Gets,
    claim: Claim,
    hosts: Hosts,
    clock: Clock,
    robots: Robots | None,
    *,
    deadline: float,
    limit: int,
) -> tuple[str, Answer]:
    """Return the end of the redirects and its answer; a slot is held for one hop at a time."""
    loop = asyncio.get_running_loop()
    url = claim.asks or claim.source.url
    reach = _reach(claim.source)
    left, access, home = deadline, claim.source.access, stays(place(claim.source.url), place(url))
    if reach is Reach.TYPED and not home:
        reach = Reach.PUBLIC  # a body named it, nobody typed it
    for hop in range(REDIRECTS + 1):
        if (
            robots
            and claim.source.robots
            and (no := await robots.trouble(url, reach=reach, via=access.proxy))
        ):
            raise Forbidden(url, no)
        async with hosts.slot(place(url).host, clock):
            started = loop.time()
            try:
                headers = _headers(claim, url) | (own_headers(access, url) if home else {})
                answer = await transport.get(
                    url, headers=headers, reach=reach, via=access.proxy, limit=limit, deadline=left
                )
            except OutOfReach as error:
                raise Refused(
                    _refused(error, redirected=hop > 0, listed=claim.source.listed), error.code
                ) from error
            left = max(0.0, left - (loop.time() - started))
        location = answer.headers.get("location", "")
        if answer.status not in _FOLLOWED or not location:
            return url, answer
        old, url = place(url), joined(url, location)
        home = home and stays(old, place(url))  # a stranger may not lead us back inside, nor may plain http
        if reach is Reach.TYPED and not home:
            reach = Reach.PUBLIC
    raise TransportError(f"redirected more than {REDIRECTS} times", "redirects")


def _reach(source: Source) -> Reach:
    """Return how far `source` may lead: a host that the user typed may be private, one of a list may not."""
    if source.private:
        return Reach.PRIVATE
    return Reach.PUBLIC if source.listed else Reach.TYPED


def at_home(access: Access, url: str) -> bool:
    """Tell whether `url` is of the house that was typed, as far as there is anything to keep in it."""
    return not access.headers or stays(place(access.home), place(url))


def own_headers(access: Access, url: str) -> dict[str, str]:
    """Return the source's own headers if `url` is of the house that was typed, none for anybody else.

    >>> from monitor.model import Secret
    >>> mine = Access(home="https://desk.example/rss", headers=(("cookie", Secret("id=1")),))
    >>> own_headers(mine, "https://desk.example/rss?page=2"), own_headers(mine, "https://cdn.example/rss")
    ({'cookie': 'id=1'}, {})
    """
    if not access.headers or not at_home(access, url):
        return {}
    return {name: value.reveal() for name, value in access.headers}


def _headers(claim: Claim, url: str) -> dict[str, str]:
    """Return what to ask `url` with; validators of another address say nothing about it."""
    headers, validators = {"accept": ACCEPT}, claim.validators
    if _asks_for_news(claim, url):
        headers["a-im"] = "feed"
    if _asks(validators, url):
        given = {"if-none-match": validators.etag, "if-modified-since": validators.last_modified}
        headers |= {name: value for name, value in given.items() if value}
    return headers


def _owed(claim: Claim, now: datetime) -> Claim:
    """Return `claim` without validators if all is to be sent: what somebody left out of what is new shows in nothing else.

    A 304 would say that nothing came since the last partial body, and that is the one in doubt.
    """
    if claim.asks or claim.partial_since is None or now - claim.partial_since < WHOLE:
        return claim
    return replace(claim, validators=Validators())


def _asks(validators: Validators, url: str) -> bool:
    """Tell whether `url` is asked for no more than what changed."""
    return bool(validators.etag or validators.last_modified) and validators.url in ("", url)


def _asks_for_news(claim: Claim, url: str) -> bool:
    """Tell whether `url` is asked for what is new alone, if it can do that (RFC 3229 §10.5.3, `A-IM: feed`).

    Not the parts of a body, nor one that names any, nor a page. After a failure, which such an answer may have been,
    all is asked for.
    """
    whole = claim.asks or claim.parts or claim.source.robots or claim.failures or claim.baselined_at is None
    return not whole and bool(claim.validators.etag) and _asks(claim.validators, url)


def _is_news(answer: Answer, claim: Claim, url: str) -> bool:
    """Tell whether an answer is the partial one that was asked for."""
    made = {word.strip().lower() for word in answer.headers.get("im", "feed").split(",")}
    return answer.status == 226 and made <= {"feed", "gzip"} and _asks_for_news(claim, url)


def _judge(url: str, answer: Answer, claim: Claim, clock: Clock) -> Response | Trouble:
    copy = kept(answer.headers, now=clock.now())
    expires_at, fresh_for = (copy.until, copy.seconds) if copy else (None, 0.0)
    if answer.status == 200 or _is_news(answer, claim, url):
        return Response(
            url=answer.url,
            status=answer.status,
            body=answer.body,
            content_type=answer.headers.get("content-type", ""),
            validators=_validators(answer, url) if answer.status == 200 else _merged(answer, claim, url),
            received_at=clock.now(),
            server_at=http_date(answer.headers.get("date", "")),
            age=age(answer.headers),
            expires_at=expires_at,
            fresh_for=fresh_for,
            hub=hub_of(answer.headers.get("link", ""), answer.url),
        )
    if answer.status == 304 and _asks(claim.validators, url):
        return Response(
            url=answer.url,
            status=304,
            validators=_merged(answer, claim, url),
            received_at=clock.now(),
            server_at=http_date(answer.headers.get("date", "")),
            age=age(answer.headers),
            expires_at=expires_at,
            fresh_for=fresh_for,
        )
    if answer.status == 410:
        return Trouble(sentence="answered 410: gone for good", kind="gone")
    asked = answer.retry_after if answer.status >= 400 else None
    sentence = f"answered {answer.status}{_because(answer.status, claim.source.access, url)}"
    return Trouble(
        sentence=sentence,
        kind="status",
        retry_after=asked,
        status=answer.status,
    )


def _because(status: int, access: Access, url: str) -> str:
    """Return what of our own doing may be the reason, "" if nothing."""
    if status == 407:
        return ": the proxy wants a user name and password, or others"
    if status in (401, 403) and access.headers and not own_headers(access, url):
        return " where it was redirected to: another host is not sent this source's headers, auth and cookies"
    return ""


def _merged(answer: Answer, claim: Claim, url: str) -> Validators:
    """Return the validators after a 304 or 226, which may bring newer ones (RFC 9111 §4.3.4)."""
    new, old = _validators(answer, url), claim.validators
    return replace(new, etag=new.etag or old.etag, last_modified=new.last_modified or old.last_modified)


def _validators(answer: Answer, url: str) -> Validators:
    etag, modified = answer.headers.get("etag", ""), answer.headers.get("last-modified", "")
    return Validators(
        etag=etag if len(etag) <= VALIDATOR else "",
        last_modified=modified if len(modified) <= VALIDATOR else "",
        url=url,
    )


def _trouble(error: TransportError) -> Trouble:
    match error:
        case Refused():
            return Trouble(sentence=str(error), kind="refused", code=error.code)
        case TooMuch():
            return Trouble(sentence=str(error), kind="limit", code=error.code)
    return Trouble(sentence=str(error), kind="network", code=error.code)


def _refused(error: OutOfReach, *, redirected: bool, listed: bool) -> str:
    to = "redirected to where it may not go: " if redirected else ""
    allow = "type its address into config.toml" if listed else "set private = true for this source"
    return f"{to}{error}; {allow} to allow it"
