"""What Apprise sends for us, over real HTTP by its json:// addresses."""

import asyncio
import json
import logging
import subprocess
import sys
import traceback
from dataclasses import replace
from threading import Event
from typing import Any, cast

import pytest

from monitor.core.telling.prose import APART
from monitor.model import Secret
from monitor.notifiers import NotifyError
from monitor.notifiers.apprise import Apprise
from tests.conftest import Site
from tests.notifiers.test_golden import ALERT, AT, DELIVERY, ITEM

CANARY = "c4n4ry5ecret"


def tell(site: Site, more: str = "") -> NotifyError | None:
    apprise = Apprise(Secret(f"json://user:{CANARY}@127.0.0.1:{site.port}/{CANARY}{more}"))
    try:
        asyncio.run(apprise.send(cast(Any, None), DELIVERY, AT))
    except NotifyError as error:
        return error
    return None


def test_apprise_is_given_plain_text(site: Site) -> None:
    site.pages[f"/{CANARY}"] = (200, {}, b"")
    assert tell(site) is None
    [asked] = site.requests
    body = json.loads(asked.body)
    assert body["title"] == "▲ CRITICAL launch"
    assert f"@{APART}everyone <!channel> [free](http:/{APART}/{APART}evil.example) ICBM" in body["message"]
    assert body["type"] == "failure"


@pytest.mark.parametrize("status", [302, 404, 429, 500])
@pytest.mark.parametrize("more", ["", "?retry=3&redirect=yes"])
def test_what_did_not_work_is_the_receivers_trouble_and_is_tried_once(
    site: Site, status: int, more: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    site.pages[f"/{CANARY}"] = (status, {"Location": f"{site.url}/elsewhere"}, CANARY.encode())
    error = tell(site, more)
    assert error is not None
    assert error.trouble == "receiver"
    assert len(site.requests) == 1, "no retries and no redirects of its own"
    shown = [str(error), *traceback.format_exception(error), caplog.text]
    assert not [words for words in shown if CANARY in words]


def test_who_does_not_answer_keeps_nobody_waiting(site: Site) -> None:
    asked, released = Event(), Event()

    def silent(_: Any) -> None:
        asked.set()
        released.wait(30)

    site.pages[f"/{CANARY}"] = silent
    apprise = Apprise(Secret(f"json://127.0.0.1:{site.port}/{CANARY}"))

    async def story() -> None:
        sending = asyncio.create_task(
            apprise.send(cast(Any, None), replace(DELIVERY, alert=replace(ALERT, item=ITEM)), AT)
        )
        await asyncio.to_thread(asked.wait, 30)
        sending.cancel()
        done, _ = await asyncio.wait([sending], timeout=5)
        assert done
        assert sending.cancelled()

    try:
        asyncio.run(story())
    finally:
        released.set()


@pytest.mark.parametrize("url", ["json://", "nosuch://x", f"slack://{CANARY}", "pover://"])
def test_an_address_that_apprise_does_not_know_is_refused_without_quoting_it(
    url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(ValueError, match=r"^url: Apprise knows no such address") as caught:
        Apprise(Secret(url))
    assert CANARY not in str(caught.value) + caplog.text


def test_without_apprise_its_addresses_are_refused_in_a_sentence() -> None:
    code = (
        "import sys; from importlib.machinery import PathFinder;"
        "PathFinder.find_spec = classmethod(lambda cls, name, *a, _f=PathFinder.find_spec: None if name == 'apprise' else _f(name, *a));"
        "from monitor.notifiers.apprise import Apprise; from monitor.model import Secret\n"
        "try: Apprise(Secret('json://x'))\n"
        "except ValueError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "url: that takes Apprise: pip install 'newsbell[apprise]'\n"
