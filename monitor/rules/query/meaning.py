"""What a query would do whatever the text: match nothing, match everything, or not what was meant."""

from collections.abc import Iterator

from monitor.rules.patterns.phrase import Cased, Phrase
from monitor.rules.patterns.regex import Regex
from monitor.rules.query.dialects import shown
from monitor.rules.query.tree import (
    And,
    AtLeast,
    Dated,
    First,
    Mark,
    Near,
    Node,
    Not,
    Often,
    Or,
    Term,
    inner,
    terms,
    walk,
)


def remarks(root: Node) -> Iterator[str]:
    """Yield what is legal and yet hardly meant, as sentences."""
    for term, _ in terms(root):
        if isinstance(term.pattern, Regex) and term.pattern.matches_nothing_too:
            yield f"{shown(term.text)} matches every text: it may be empty"
    for part, _ in walk(root):
        if isinstance(part, Mark):
            told = "every item" if part.value else "no item"
            yield f"{part.text} holds for {told}: what was read or starred is not kept"
    if isinstance(root, Term):
        return
    if _always(root):
        yield "matches everything"
    elif _holds_without_words(root):
        yield "matches almost everything: a text without any of its words is a match too"
    if _never(root):
        yield f"can never match: {_why_never(root)}"


def _why_never(node: Node) -> str:
    """Return why a tree that never holds does not."""
    match node:
        case Mark():
            return f"{node.text} holds for no item"
        case Dated():
            return f"{node.text} is a period without a day"
        case Near():
            return f"{shown(node.text)} asks for words of different fields side by side"
        case Not(part=Mark() as part):
            return f"{part.text} holds for every item"
        case Not():
            return "it excludes what always holds"
        case And(parts=parts) if _clash(parts):
            return "it asks for a term and excludes it"
        case _:
            return next(_why_never(part) for part in inner(node) if _never(part))


def _holds_without_words(node: Node) -> bool:
    match node:
        case Not(part=part):
            return not _holds_without_words(part)
        case And(parts=parts):
            return all(map(_holds_without_words, parts))
        case Or(parts=parts):
            return any(map(_holds_without_words, parts))
        case AtLeast(count=count, parts=parts):
            return sum(map(_holds_without_words, parts)) >= count
        case Mark(value=value):
            return value
        case Dated():
            return True
        case _:
            return False


def _always(node: Node) -> bool:
    """Tell whether a tree is seen to hold for every text."""
    match node:
        case Term(pattern=Regex() as pattern):
            return pattern.matches_nothing_too
        case Mark(value=value):
            return value
        case Not(part=part):
            return _never(part)
        case And(parts=parts):
            return all(map(_always, parts))
        case Or(parts=parts):
            return any(map(_always, parts)) or _clash(parts)
        case AtLeast(count=count, parts=parts):
            return sum(map(_always, parts)) >= count
        case _:
            return False


def _never(node: Node) -> bool:
    """Tell whether a tree is seen to hold for no text."""
    match node:
        case Mark(value=value):
            return not value
        case Dated(period=period):
            return period.is_empty
        case Not(part=part):
            return _always(part)
        case And(parts=parts):
            return any(map(_never, parts)) or _clash(parts)
        case Or(parts=parts):
            return all(map(_never, parts))
        case AtLeast(count=count, parts=parts):
            return len(parts) - sum(map(_never, parts)) < count
        case Near():
            return not _where(node)
        case First(part=part) | Often(part=part):
            return _never(part)
        case _:
            return False


def _where(node: Node) -> frozenset[str]:
    """Return the fields in which a tree of terms side by side may stand."""
    match node:
        case Term(fields=fields):
            return frozenset(fields)
        case Near(parts=parts):
            return frozenset.intersection(*map(_where, parts))
        case _:
            return frozenset().union(*map(_where, inner(node)))


def _clash(parts: tuple[Node, ...]) -> bool:
    """Tell whether one part is the contrary of another, or asks for what another excludes."""
    asked = [part for part in parts if not isinstance(part, Not)]
    excluded = [part.part for part in parts if isinstance(part, Not)]
    if not excluded:
        return False
    asked_for = set(map(_key, asked)) | {word for part in asked for word in _words(part)}
    return any(_key(part) in asked_for for part in excluded)


def _key(node: Node) -> object:
    """Return what two nodes that say the same in other letters share."""
    return (node.pattern, node.fields) if isinstance(node, Term) else node


def _words(node: Node) -> Iterator[object]:
    """Yield the keys of the words of a phrase: "a b" asks for a."""
    pattern = node.pattern if isinstance(node, Term) else None
    if isinstance(pattern, Cased):
        pattern = pattern.phrase
    if isinstance(node, Term) and isinstance(pattern, Phrase) and len(pattern.words) > 1:
        for word in pattern.words:
            if not word.prefix and not word.wild:
                yield (Phrase((word,), (f" {word.text} ",), True), node.fields)
