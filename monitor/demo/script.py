"""What the newsroom publishes, and what must ring for it: written by hand, held against no rule of ours.

`Story.rings` is the oracle. It says what a person reads in the query of `RULES`, and nothing here asks the
rule engine whether it agrees.
"""

from monitor.model import Severity
from monitor.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A rule of the demo."""

    name: str
    query: str
    severity: Severity


RULES = (
    Wanted(name="flood", query="flood (evacuat* OR dam OR levee) -drill", severity=Severity.CRITICAL),
    Wanted(name="bank", query='"central bank" (rate* OR resign*)', severity=Severity.WARNING),
    Wanted(name="sky", query='comet OR aurora OR "meteor shower"', severity=Severity.INFO),
)

WIRE, MERIDIAN, SIDEBAR = "wire", "meridian", "sidebar"
BOTH = (WIRE, MERIDIAN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A headline in one feed, in both, or in the sidebar. Published again with the same slug, it is an edit."""

    slug: str  # ends its address, where it has one
    title: str  # at most 38 characters: all of it fits a terminal of 80 columns
    summary: str
    feeds: tuple[str, ...]
    rings: str = ""  # the rule that this headline must make ring, "" for none
    retells: str = ""  # slug of the story that it tells again in other words, "" for none

    @property
    def path(self) -> str:
        """Return the path of its address, in a feed."""
        return f"/news/{self.slug}"


def _wire(slug: str, title: str, summary: str, rings: str = "") -> Story:
    return Story(slug=slug, title=title, summary=summary, feeds=(WIRE,), rings=rings)


def _meridian(slug: str, title: str, summary: str, rings: str = "") -> Story:
    return Story(slug=slug, title=title, summary=summary, feeds=(MERIDIAN,), rings=rings)


def _sidebar(slug: str, title: str, summary: str, rings: str = "") -> Story:
    return Story(slug=slug, title=title, summary=summary, feeds=(SIDEBAR,), rings=rings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Publish:
    """A story appears."""

    at: float  # share of the time in which the newsroom publishes
    story: Story


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """The desk refuses `owed`; the daemon is killed with that alert undelivered; the news goes on."""

    at: float  # as above
    owed: Story
    meanwhile: tuple[Story, ...]


Scene = Publish | Kill

# What the feeds hold before newsbell comes. Some of it matches; none of it may ring.
OLD = (
    _wire(
        "comet-found", "Amateur finds comet from her balcony", "Named after its finder, Ada Halvorsen.", "sky"
    ),
    _wire("rate-held", "Central bank holds its rate at 3.5 %", "The vote was seven to two.", "bank"),
    _wire("tram", "New tram line opens in Port Arden", "Rides are free until Sunday."),
    _wire("library", "Calder library lends garden tools", "Spades are out until March."),
    _meridian("orchard", "Old orchard yields a lost apple", "A grafting from 1880 bore fruit."),
    _meridian("lighthouse", "Lighthouse keeper retires at 91", "The lamp has run itself since 1987."),
    _meridian(
        "dam-review", "Flood report: Ostra dam is sound", "Inspectors ask for a new spillway.", "flood"
    ),
    _sidebar("fleet", "Fishing fleet sails after storm", "All nineteen boats left on the tide."),
    _sidebar("pier", "Aurora watchers crowd north pier", "The last bus leaves at one.", "sky"),
    _sidebar("market", "Calder market opens on Sundays", "From ten to four, from next month on."),
)

SPEECH = _wire("governor", "Central bank governor to speak at noon", "No reason was given.")
RESIGNS = _wire("governor", "Central bank governor resigns", "She leaves at the end of the month.", "bank")
RATE = _wire(
    "rate-cut",
    "Central bank cuts its rate to 3.25 %",
    "Governor Ines Calloway blames weak harvests and empty ports.",
    "bank",
)
RETOLD = Story(  # the same news from another house: an item of its own that rings, "also in" the first
    slug="rate-now",
    title="Bank cuts its rate, now at 3.25 %",
    summary="Weak harvests and empty ports are to blame, says central bank governor Ines Calloway.",
    feeds=(MERIDIAN,),
    rings="bank",
    retells="rate-cut",
)
EVACUATED = _sidebar("ostra", "Flood at Ostra dam: evacuations", "Buses wait at the school.", "flood")
COUNTED = _sidebar("ostra", "Flood at Ostra dam: 300 evacuated", "Buses wait at the school.", "flood")
CRESTS = Story(
    slug="crest",
    title="Port Arden flood: 4,000 evacuated",
    summary="The river stands at its highest since 1954.",
    feeds=BOTH,  # one address in two feeds: one item, one alert
    rings="flood",
)

SCENES: tuple[Scene, ...] = (
    Publish(at=0.0, story=_wire("chess", "Idris, 16, beats world chess champion", "In 41 moves.")),
    Publish(
        at=0.05,
        story=_meridian("comet", "Comet Halvorsen visible to naked eye", "Look west after sunset.", "sky"),
    ),
    Publish(
        at=0.09, story=_sidebar("head", "Ferry turns back off Calder Head", "Forty aboard, nobody is hurt.")
    ),
    Publish(at=0.14, story=SPEECH),
    Publish(at=0.20, story=_meridian("otters", "River bank restored, otters return", "Two pairs so far.")),
    Publish(at=0.25, story=EVACUATED),
    Publish(at=0.30, story=CRESTS),
    Publish(at=0.35, story=_wire("drill", "Flood drill at Ostra dam goes to plan", "Sirens at ten.")),
    Kill(
        at=0.41,
        owed=_wire("levee", "Levee breaks, flood nears Lake Ostra", "Crews fill sandbags.", "flood"),
        meanwhile=(
            RATE,
            _sidebar("sandbags", "Sandbag crews ask for volunteers", "Meet at the fire station at six."),
            _meridian("clinic", "Flood in old town, clinic evacuated", "All 62 patients are safe.", "flood"),
        ),
    ),
    Publish(at=0.56, story=COUNTED),
    Publish(at=0.62, story=RETOLD),
    Publish(
        at=0.68, story=_meridian("aurora", "Aurora seen as far south as Calder", "Green and red.", "sky")
    ),
    Publish(at=0.75, story=RESIGNS),
    Publish(at=0.82, story=_sidebar("tail", "Comet's tail seen from the pier", "Bring warm clothes.", "sky")),
    Publish(at=0.89, story=_wire("loaf", "Baker wins prize for 90-hour loaf", "The crust sings.")),
    Publish(
        at=0.94,
        story=_meridian("meteors", "Meteor shower to peak on Friday", "Up to ninety an hour.", "sky"),
    ),
    Publish(at=1.0, story=_wire("gates", "Ostra dam opens gates, flood recedes", "By a hand.", "flood")),
)


def stories() -> tuple[Story, ...]:
    """Return every story, old ones first; an edit follows what it replaces."""
    live: list[Story] = []
    for scene in SCENES:
        live += (scene.owed, *scene.meanwhile) if isinstance(scene, Kill) else (scene.story,)
    return (*OLD, *live)


def slug_of(title: str) -> str:
    """Return the slug of the story that has or had this headline, the headline itself if none had.

    >>> slug_of(SPEECH.title) == slug_of(RESIGNS.title), slug_of("Dog bites man")
    (True, 'Dog bites man')
    """
    return next((story.slug for story in stories() if story.title == title), title)
