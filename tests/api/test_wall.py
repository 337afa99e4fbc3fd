"""The page for a wall in a real Chromium: hostile titles, rows as they come, a line that breaks."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.daemon.clock import SystemClock
from monitor.store.sqlite.asked import reading
from tests.api.conftest import House
from tests.chromium import Page, chromium, needed
from tests.desk import START, line

pytestmark = [needed, pytest.mark.timeout(300)]

SHOWN = "document.querySelectorAll('article').length"
CONNECTED = "document.getElementById('state').textContent.includes('source')"

# Each would call `owned` if any markup, address or attribute of it were ever read as more than text.
TRICKS = (
    "<script>owned()</script>",
    "</h3></article></main><script>owned()</script>",
    "<img src=x onerror=owned()>",
    "<svg onload=owned()>",
    "<svg><script>owned()</script></svg>",
    "<iframe srcdoc='<script>parent.owned()</script>'></iframe>",
    "<body onload=owned()>",
    "<a href='javascript:owned()' autofocus onfocus=owned()>x</a>",
    "<math><mtext><style><img src=x onerror=owned()></style></mtext></math>",
    "<template><script>owned()</script></template>",
    "<link rel=stylesheet href='http://127.0.0.1:1/x.css'>",
    "<style>*{display:none}</style>",
    "<meta http-equiv=refresh content='0;url=javascript:owned()'>",
    "<form action='javascript:owned()'><button>go</button></form>",
    "<video><source onerror=owned()></video>",
    "<details open ontoggle=owned()>",
    "<input onfocus=owned() autofocus>",
    "\"'><script>owned()</script>",
    "' onmouseover='owned()' x='",
    "\\u003cscript\\u003eowned()\\u003c/script\\u003e",
    "&lt;script&gt;owned()&lt;/script&gt;",
    "${owned()} {{owned()}} #{owned()} <%= owned() %>",
    "__proto__ constructor i-0 body.lost",
    "\n\nevent: item\ndata: {}\n\n",
    "\ufeff\u202eowned\u202c <script\u200b>owned()</script>",
)
URLS = (
    "http://e.org/{n}",
    "javascript:owned({n})",
    "JaVaScRiPt:owned({n})",
    " javascript:owned({n})",
    "java\tscript:owned({n})",
    "data:text/html,<script>opener.owned({n})</script>",
    "vbscript:owned({n})",
    "http://e.org/'onclick='owned()'/{n}",
    "blob:http://e.org/{n}",
    "file:///etc/passwd?{n}",
)
HOSTILE = 500


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with chromium() as page:
        page.ask(
            "Page.addScriptToEvaluateOnNewDocument",
            source="window.hits = 0; window.owned = () => { hits += 1; };",
        )
        page.size(1920, 1080)
        yield page


def show(page: Page, house: House) -> None:
    page.open(house.url)
    page.wait(CONNECTED)


def titles(page: Page, many: int = 5) -> list[str]:
    found: list[str] = page.eval(
        f"[...document.querySelectorAll('article h3 a, article h3')].filter((one) => !one.querySelector('a'))"
        f".slice(0, {many}).map((one) => one.textContent)"
    )
    return found


def read(house: House, *lines_: tuple[str, str], minutes: float = 0, source: str = "wire") -> None:
    at = START + timedelta(minutes=minutes)
    house.desk.read(source, [line(title, url=url) for title, url in lines_], at)


def test_no_script_of_a_feed_runs(page: Page, house: House, tmp_path: Path) -> None:
    """Half of it stands there when the page opens, half comes in while it is open."""
    hostile = [(f"{TRICKS[n % len(TRICKS)]} {n}", URLS[n % len(URLS)].format(n=n)) for n in range(HOSTILE)]
    read(house, *hostile[: HOSTILE // 2])
    show(page, house)
    read(house, *hostile[HOSTILE // 2 :], minutes=10)
    stored = len(reading.items(house.desk.connection, limit=9_999))
    assert stored == HOSTILE
    page.wait(f"{SHOWN} === 300")
    newest = reading.items(house.desk.connection, limit=1)[0].title
    page.wait(f"document.querySelector('#wire').textContent.includes({json.dumps(newest[-12:])})")
    page.eval(
        "document.querySelectorAll('article a').forEach((one) => one.dispatchEvent(new MouseEvent('mouseover')))"
    )
    page.eval("document.querySelectorAll('a').forEach((one) => one.focus())")
    assert page.eval("window.hits") == 0
    assert page.dialogs == 0
    made: list[str] = page.eval(
        "[...new Set([...document.querySelectorAll('*')].map((one) => one.tagName))].sort()"
    )
    assert set(made) <= {
        *("HTML", "HEAD", "META", "TITLE", "LINK", "SCRIPT", "BODY", "HEADER", "P", "TIME", "MAIN", "BUTTON"),
        *("NOSCRIPT", "ARTICLE", "H2", "H3", "A", "SPAN", "DIV", "MARK"),
    }
    assert page.eval("document.scripts.length") == 1
    links: list[str] = page.eval(
        "[...new Set([...document.querySelectorAll('article a')].map((one) => one.protocol))]"
    )
    assert links == ["http:"]
    assert [url for url in page.requests if not url.startswith(house.url)] == []
    assert page.said == []


def test_the_policy_stops_what_would_get_in(page: Page, house: House) -> None:
    """The second lock: were there a hole, nothing could run, be fetched, or be sent away through it."""
    show(page, house)
    tried = """(() => { try { document.body.innerHTML = "<img src=x onerror=owned()>"; return "in"; }
                        catch (error) { return error.name; } })()"""
    assert page.eval(tried) == "TypeError"  # trusted types
    page.eval(
        "document.head.append(Object.assign(document.createElement('base'), {href: 'http://127.0.0.1:1/'}))"
    )
    assert page.eval("document.baseURI") == f"{house.url}/"
    assert page.eval("fetch('http://127.0.0.1:1/').then(() => 'sent', () => 'stopped')") == "stopped"
    assert page.eval("window.hits") == 0


def test_words_are_lit_where_they_stand(page: Page, house: House) -> None:
    """Offsets count characters, not the halves of which JavaScript makes an emoji."""
    read(house, ("🔥🔥 A quake in the north", "http://e.org/1"))
    show(page, house)
    page.wait(f"{SHOWN} === 1")
    assert page.eval("[...document.querySelectorAll('mark')].map((one) => one.textContent)") == ["quake"]
    assert page.eval("document.querySelector('article').dataset.severity") == "warning"
    assert titles(page) == ["🔥🔥 A quake in the north"]
    assert page.eval("document.querySelector('article .source').textContent") == "wire"
    assert page.eval("document.querySelector('article time').textContent") == "14:00"  # Kyiv, as configured


def test_the_first_item_of_all(page: Page, house: House) -> None:
    show(page, house)
    assert page.eval("document.getElementById('wire').textContent") == "Nothing has come in yet."
    read(house, ("One", "http://e.org/1"))
    page.wait(f"{SHOWN} === 1")
    assert titles(page) == ["One"]
    assert page.eval("document.querySelector('.empty')") is None
    assert page.said == []


def test_what_comes_in_stands_on_top_and_an_edit_in_its_place(page: Page, house: House) -> None:
    read(house, ("One", "http://e.org/1"))
    show(page, house)
    read(house, ("Two", "http://e.org/2"), ("One", "http://e.org/1"), minutes=1)
    page.wait(f"{SHOWN} === 2")
    assert titles(page) == ["Two", "One"]
    read(house, ("Two", "http://e.org/2"), ("One and a half", "http://e.org/1"), minutes=2)
    page.wait("document.querySelector('#wire').textContent.includes('half')")
    assert [one.removesuffix("edited") for one in titles(page)] == ["Two", "One and a half"]


def test_a_line_before_each_earlier_day(page: Page, house: House) -> None:
    read(house, ("Old", "http://e.org/1"))
    today = SystemClock().now() - START  # by which the page goes
    read(house, ("New", "http://e.org/2"), ("Old", "http://e.org/1"), minutes=today.total_seconds() / 60)
    show(page, house)
    page.wait(f"{SHOWN} === 2")
    kinds = page.eval("[...document.querySelector('#wire').children].map((one) => one.tagName)")
    assert kinds == ["ARTICLE", "H2", "ARTICLE"]
    assert "March" in page.eval("document.querySelector('h2').textContent")


def test_what_is_read_does_not_move(page: Page, house: House) -> None:
    read(house, *((f"Headline {n}", f"http://e.org/{n}") for n in range(80)))
    show(page, house)
    page.wait(f"{SHOWN} === 80")
    page.eval("scrollTo({top: 700, behavior: 'instant'})")
    seen = "[...document.querySelectorAll('article')].find((one) => one.getBoundingClientRect().top > 100)"
    before = page.eval(f"(() => {{ window.seen = {seen}; return seen.getBoundingClientRect().top; }})()")
    read(house, *((f"Late {n} " + "and long " * 20, f"http://e.org/late/{n}") for n in range(3)), minutes=10)
    page.wait("document.getElementById('fresh').textContent === '↑ 3 new'")
    assert page.eval("window.seen.getBoundingClientRect().top") == pytest.approx(before, abs=1)
    page.eval("document.getElementById('fresh').click()")
    page.wait("document.getElementById('fresh').hidden && scrollY === 0")


def test_it_says_when_the_daemon_is_gone_and_catches_up(page: Page, house: House) -> None:
    read(house, ("One", "http://e.org/1"))
    show(page, house)
    assert page.eval("document.getElementById('trouble').hidden") is True
    house.stop()
    page.wait("!document.getElementById('trouble').hidden")
    assert page.eval("document.getElementById('trouble').textContent").startswith(
        "No connection to the daemon since "
    )
    read(house, ("Two", "http://e.org/2"), ("One", "http://e.org/1"), minutes=10)
    house.start()
    page.wait("document.getElementById('trouble').hidden")
    page.wait(f"{SHOWN} === 2")
    assert titles(page) == ["Two", "One"]


def test_nothing_comes_from_elsewhere(page: Page, house: House) -> None:
    read(house, ("One", "http://e.org/1"))
    show(page, house)
    page.wait(f"{SHOWN} === 1")
    assert page.requests
    assert [url for url in page.requests if not url.startswith(f"{house.url}/")] == []
    assert page.said == []


@pytest.mark.parametrize("dark", [False, True])
def test_it_is_read_from_three_metres(page: Page, house: House, dark: bool) -> None:
    """38 px on 1080 lines, and a contrast of at least 4.5 to 1 (WCAG AA) on both grounds."""
    read(house, ("A quake in the north", "http://e.org/1"), ("Calm", "http://e.org/2"))
    page.size(1920, 1080, dark=dark)
    show(page, house)
    page.wait(f"{SHOWN} === 2")
    assert page.eval("parseFloat(getComputedStyle(document.querySelector('article h3')).fontSize)") >= 38
    assert page.eval("document.documentElement.scrollWidth") <= 1920
    for what in ("article h3", "article > time", ".source", "mark", "#state"):
        assert page.eval(CONTRAST.format(what=what)) >= 4.5, what
    page.size(1920, 1080)


CONTRAST = """(() => {{
  const parse = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4)
    .reduce((sum, c, n) => sum + c * [.2126, .7152, .0722][n], 0);
  const one = document.querySelector("{what}");
  let ground = one;
  while (parse(getComputedStyle(ground).backgroundColor)[3] === 0) ground = ground.parentElement;
  const [a, b] = [getComputedStyle(one).color, getComputedStyle(ground).backgroundColor].map(parse).map(light).sort((x, y) => y - x);
  return (a + .05) / (b + .05);
}})()"""


def test_a_narrow_screen_shows_it_too(page: Page, house: House) -> None:
    read(house, ("A headline that is as long as they come " * 3, "http://e.org/1"))
    page.size(360, 800)
    show(page, house)
    page.wait(f"{SHOWN} === 1")
    assert page.eval("document.documentElement.scrollWidth") <= 360
    page.size(1920, 1080)
