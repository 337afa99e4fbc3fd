"""What happened, as seen from outside the daemon: its outputs, the newsroom's log, the receiver's log."""

from dataclasses import field
from typing import Literal

from monitor.demo.script import Story
from monitor.values import dataclass

Told = tuple[str, str]  # rule and slug of the story: what makes an alert the same alert


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The newsroom put a story into its feeds; `at` is in seconds since the curtain rose, as everywhere here."""

    at: float
    story: Story
    edited: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rang:
    """The daemon printed an alert."""

    at: float
    rule: str
    slug: str  # of the story with that headline
    line: str
    also: bool = False  # it says who else tells it


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """The receiver was sent a request: 204 accepted, 503 refused, 401 of no good signature."""

    at: float
    status: int
    id: str = ""  # webhook-id
    rule: str = ""
    slug: str = ""  # of the story with that headline
    also: bool = False  # it says who else tells it
    lit: tuple[tuple[int, int], ...] = ()  # matched words of the headline, start and end


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """The daemon wrote a line of its log."""

    at: float
    event: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """The daemon logged that it has noted a feed's first body."""

    at: float
    source: str
    items: int
    would_have_rung: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """The daemon's process was started, got ready, was killed, or ended when asked to."""

    at: float
    what: Literal["started", "ready", "killed", "stopped"]
    pid: int


Fact = Published | Rang | Received | Logged | Baseline | Turn


@dataclass(slots=True)
class Record:
    """Facts, each kind in the order they came."""

    facts: list[Fact] = field(default_factory=list)
    published: list[Published] = field(default_factory=list)
    rings: list[Rang] = field(default_factory=list)
    receipts: list[Received] = field(default_factory=list)
    logs: list[Logged] = field(default_factory=list)
    baselines: list[Baseline] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)

    def add(self, fact: Fact) -> None:
        """Write a fact down."""
        self.facts.append(fact)
        match fact:
            case Published():
                self.published.append(fact)
            case Rang():
                self.rings.append(fact)
            case Received():
                self.receipts.append(fact)
            case Logged():
                self.logs.append(fact)
            case Baseline():
                self.baselines.append(fact)
            case Turn():
                self.turns.append(fact)

    def due(self) -> dict[Told, float]:
        """Return the alerts that are due by the script, and when each was published."""
        due: dict[Told, float] = {}
        for published in self.published:
            if published.story.rings:
                due.setdefault((published.story.rings, published.story.slug), published.at)
        return due

    def is_due(self, published: Published) -> bool:
        """Tell whether an alert is due for these words, and not for earlier ones of the story."""
        return self.due().get((published.story.rings, published.story.slug)) == published.at

    def rung(self) -> set[Told]:
        """Return what was printed."""
        return {(ring.rule, ring.slug) for ring in self.rings}

    def accepted(self) -> dict[Told, Received]:
        """Return what the receiver accepted, each as it came first."""
        first: dict[Told, Received] = {}
        for receipt in self.receipts:
            if receipt.status == 204:
                first.setdefault((receipt.rule, receipt.slug), receipt)
        return first

    def refused(self) -> list[Received]:
        """Return what the receiver answered with 503."""
        return [receipt for receipt in self.receipts if receipt.status == 503]

    def pid(self) -> int | None:
        """Return the daemon's process, None while there is none."""
        if not self.turns or self.turns[-1].what in ("killed", "stopped"):
            return None
        return self.turns[-1].pid

    def turn(self, what: Literal["started", "ready", "killed", "stopped"]) -> Turn | None:
        """Return the last turn of a kind."""
        return next((turn for turn in reversed(self.turns) if turn.what == what), None)
