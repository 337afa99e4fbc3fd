"""The keys, said once: what they are bound to, what the foot of the screen, the help and the docs say of them."""

from collections.abc import Iterable

from rich.cells import cell_len
from rich.text import Text

from monitor.dashboard.ink import QUIET, fit
from monitor.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key and what it does."""

    keys: str  # as Textual names them, separated by commas
    action: str
    shown: str  # as a person reads it
    does: str  # for the help
    short: str = ""  # for the foot of the screen, "" where it does not stand there
    where: str = "everywhere"
    needs: str = ""  # a hand that must be there: "save", "changes"
    priority: bool = False  # over what the list under the keys would do with it


MOVING = (
    Key(keys="j,down", action="down", shown="j ↓", does="one down", where="moving"),
    Key(keys="k,up", action="up", shown="k ↑", does="one up", where="moving"),
    Key(keys="space,pagedown,ctrl+d", action="page_down", shown="space", does="a page down", where="moving"),
    Key(keys="pageup,ctrl+u", action="page_up", shown="pgup", does="a page up", where="moving"),
    Key(keys="g,home", action="top", shown="g", does="to the newest", where="moving"),
    Key(keys="G,end", action="bottom", shown="G", does="to the oldest", where="moving"),
    Key(keys="enter", action="choose", shown="enter", does="show it in full", short="open", where="moving"),
)

KEYS = (
    Key(
        keys="slash",
        action="filter",
        shown="/",
        does="filter the wire by a query; enter keeps it, esc drops it",
        short="filter",
        where="wire",
        priority=True,  # what is typed after it is typed into the field, however fast
    ),
    Key(
        keys="f",
        action="follow",
        shown="f",
        does="follow: what is new comes in on top; moving lets go of it",
        short="follow",
        where="wire",
    ),
    Key(
        keys="p",
        action="pause",
        shown="p",
        does="pause: nothing moves, what comes is counted; p again goes on",
        short="pause",
        where="wire",
    ),
    Key(
        keys="o",
        action="browse",
        shown="o",
        does="open its address in the browser",
        short="browser",
        where="item",
    ),
    Key(
        keys="y",
        action="copy",
        shown="y",
        does="copy its address, also over ssh (OSC 52)",
        short="copy",
        where="item",
    ),
    Key(
        keys="a",
        action="ack",
        shown="a",
        does="ack what rang: its story is quiet until it tells something else; a again ends that",
        where="item",
        needs="changes",
    ),
    Key(
        keys="s",
        action="silence",
        shown="s",
        does="silence its rule, its source or both for a time; end what is silent",
        where="item",
        needs="changes",
    ),
    Key(
        keys="r",
        action="replay",
        shown="r",
        does="tell a delivery again (in the panel of deliveries)",
        where="item",
        needs="changes",
    ),
    Key(
        keys="tab",
        action="next_panel",
        shown="tab",
        does="next panel: alerts, sources, deliveries, item, story",
        short="panels",
        where="panels",
        priority=True,
    ),
    Key(
        keys="shift+tab",
        action="previous_panel",
        shown="shift-tab",
        does="the one before",
        where="panels",
        priority=True,
    ),
    Key(
        keys="R",
        action="rules",
        shown="R",
        does="rules, and how often each rang; enter: would have in 7 days",
        where="panels",
    ),
    Key(keys="left,h", action="to_wire", shown="h ←", does="into the wire", where="panels"),
    Key(keys="right,l", action="to_panel", shown="l →", does="into the panel", where="panels"),
    Key(
        keys="escape",
        action="leave",
        shown="esc",
        does="back: out of the panel, then the panel away, then the filter",
        where="panels",
    ),
    Key(
        keys="b",
        action="hush",
        shown="b",
        does="bell and desktop notifications off, and on again",
        where="everything",
    ),
    Key(
        keys="S",
        action="save",
        shown="S",
        does="save these addresses and queries as config.toml",
        short="save",
        where="everything",
        needs="save",
    ),
    Key(
        keys="ctrl+p",
        action="command_palette",
        shown="ctrl-p",
        does="all commands by name",
        where="everything",
    ),
    Key(keys="question_mark", action="help", shown="?", does="this help", short="help", where="everything"),
    Key(keys="q", action="quit", shown="q", does="quit", short="quit", where="everything"),
)

GROUPS = ("moving", "wire", "item", "panels", "everything")
MOUSE = ("a click chooses, a second one opens, the wheel scrolls", "a click on a panel's name shows it")
MARKS = (
    ("▲ ● ○", "critical, warning, info: a rule holds for it or rang"),
    ("▎", "an alert since you last looked"),
    ("✎", "edited: what went is struck, what came is underlined"),
    ("+4", "also in four other places; in words where there is room"),
)


def of(group: str, *, hands: Iterable[str] = ("save", "changes")) -> list[Key]:
    """Return the keys of a group that have the hands they need."""
    return [key for key in (*MOVING, *KEYS) if key.where == group and (not key.needs or key.needs in hands)]


def foot(width: int, *, hands: Iterable[str], words: dict[str, str]) -> Text:
    """Return the keys that are said at the foot, as many as fit; `words` replaces what a key says."""
    known = [key for key in (*MOVING, *KEYS) if not key.needs or key.needs in hands]
    shown = [(key.shown, words.get(key.action, key.short)) for key in known]
    shown = sorted((pair for pair in shown if pair[1]), key=lambda pair: pair[1] != words.get("leave"))
    last = shown[-2:]  # help and quit stay
    text, end = Text(" "), _said(last)
    for pair in shown[:-2]:
        one = _said([pair])
        if cell_len(text.plain) + cell_len(one.plain) + cell_len(end.plain) > width:
            break
        text.append_text(one)
    return fit(text.append_text(end), width)


def _said(pairs: Iterable[tuple[str, str]]) -> Text:
    text = Text()
    for shown, does in pairs:
        text.append(shown, "bold").append(f" {does}   ", QUIET)
    return text


def help_lines(hands: Iterable[str]) -> list[Text]:
    """Return the help: every key that works here, and what the marks mean."""
    lines = []
    for group in GROUPS:
        lines.append(Text(group, "bold underline"))
        lines += [Text.assemble((f"{key.shown:>10}  ", "bold"), key.does) for key in of(group, hands=hands)]
    lines += [Text("mouse", "bold underline"), *(Text(f"{'':12}{line}") for line in MOUSE)]
    lines.append(Text("marks", "bold underline"))
    return lines + [Text.assemble((f"{mark:>10}  ", "bold"), means) for mark, means in MARKS]
