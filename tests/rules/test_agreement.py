"""The engine agrees with a slow evaluator that is obviously right, on queries and texts made up at random.

The slow one knows nothing of indexes, offsets or compiled trees: it pushes NOT down to the terms, lays the
text out as a list of words, and looks.
"""

import unicodedata
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import Rule
from monitor.rules.engine import Document, Engine

SPACED = [
    "ai",
    "train",
    "training",
    "café",
    "caf",
    "straße",
    "київ",
    "київщина",
    "їжа",
    "й",
    "и",
    "قصف",
    "قصفت",
    "भारत",
    "νόμος",
]
UNSPACED = ["津波", "津", "東京", "東京都", "서울", "ไทย"]
SEPARATORS = [" ", ", ", " - ", "’s ", "\n", ". ", "\u00a0", " 🚀 "]


# -- made-up queries: a tree, written out as a person would ------------------------------------


@dataclass(frozen=True)
class Leaf:
    kind: str  # word, prefix, phrase, unspaced, regex
    words: tuple[str, ...]
    field: str = ""

    def __str__(self) -> str:
        field = f"{self.field}:" if self.field else ""
        text = " ".join(self.words)
        written = {
            "word": text,
            "prefix": f"{text}*",
            "phrase": f'"{text}"',
            "unspaced": text,
            "regex": f"/\\b{text}\\b/",
        }
        return field + written[self.kind]


@dataclass(frozen=True)
class Branch:
    kind: str  # and, or, not
    parts: tuple["Leaf | Branch", ...]
    written: str  # how the operator is written

    def __str__(self) -> str:
        if self.kind == "not":
            return f"{self.written}({self.parts[0]})"
        return "(" + self.written.join(map(str, self.parts)) + ")"


Tree = Leaf | Branch


def variants(word: str) -> st.SearchStrategy[str]:
    """Ways to write the same word."""
    return st.sampled_from(
        [
            word,
            word.upper(),
            word.title(),
            unicodedata.normalize("NFD", word),
            word[:1] + "\u00ad" + word[1:],
            "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in word),
        ]
    )


spaced = st.sampled_from(SPACED).flatmap(variants)
unspaced = st.sampled_from(UNSPACED)
fields = st.sampled_from(["", "", "", "title", "summary", "tag", "source"])
leaves = st.one_of(
    st.builds(Leaf, st.just("word"), st.tuples(spaced), fields),
    st.builds(Leaf, st.just("prefix"), st.tuples(spaced), fields),
    st.builds(Leaf, st.just("phrase"), st.tuples(spaced, spaced), fields),
    st.builds(Leaf, st.just("unspaced"), st.tuples(unspaced), fields),
    st.builds(Leaf, st.just("regex"), st.tuples(st.sampled_from(SPACED)), fields),
)
trees = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(
            Branch, st.just("and"), st.tuples(inner, inner), st.sampled_from([" ", " AND ", " and ", " && "])
        ),
        st.builds(
            Branch, st.just("or"), st.tuples(inner, inner, inner), st.sampled_from([" OR ", " | ", "||"])
        ),
        st.builds(Branch, st.just("not"), st.tuples(inner), st.sampled_from(["-", "NOT ", "NOT"])),
    ),
    max_leaves=6,
)


@st.composite
def texts(draw: st.DrawFn) -> str:
    pieces = []
    for _ in range(draw(st.integers(0, 6))):
        pieces.append(draw(st.one_of(spaced, spaced, unspaced, st.just("7"))))
        pieces.append(draw(st.sampled_from(SEPARATORS)))
        if draw(st.booleans()) and pieces[-2] in UNSPACED:
            pieces[-1] = ""  # nothing parts these from what follows
    return "".join(pieces)


documents = st.builds(
    Document,
    title=texts(),
    summary=texts(),
    tags=st.lists(spaced, max_size=2).map(tuple),
    source=st.sampled_from(["", "київ", "AI desk"]),
)


# -- the slow evaluator ------------------------------------------------------------------------


def plain(text: str) -> str:
    kept = "".join(char for char in text if unicodedata.category(char) != "Cf")
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", kept).casefold())


def is_letter(char: str) -> bool:
    return char.isalnum() or unicodedata.category(char).startswith("M")


def is_unspaced(char: str) -> bool:
    name = unicodedata.name(char, "")
    return name.startswith(("CJK UNIFIED", "HANGUL SYLLABLE", "THAI"))


def tokens(text: str) -> list[str]:
    result = [""]
    for char in plain(text):
        if not is_letter(char):
            result.append("")
        elif is_unspaced(char):
            result.extend([char, ""])
        else:
            result[-1] += char
    return [token for token in result if token]


def is_in(leaf: Leaf, text: str) -> bool:
    words, row = [plain(word) for word in leaf.words], tokens(text)
    match leaf.kind:
        case "word" | "phrase":
            return any(row[at : at + len(words)] == words for at in range(len(row)))
        case "prefix":
            return any(token.startswith(words[0]) for token in row)
        case "unspaced":
            return words[0] in plain(text)
        case _:
            padded = f" {plain(text)} "
            return any(
                padded[at:].startswith(words[0])
                and not is_letter(padded[at - 1])
                and not is_letter(padded[at + len(words[0])])
                for at in range(1, len(padded) - len(words[0]))
            )


def texts_of(document: Document, field: str, *, bare: bool) -> list[str]:
    if field == "summary" and bare and not document.summary:
        return [document.title]
    return {
        "": [document.title, document.summary],
        "title": [document.title],
        "summary": [document.summary],
        "tag": list(document.tags),
        "source": [document.source],
    }[field]


def slow(tree: Tree, document: Document, *, bare: bool, wanted: bool = True) -> bool:
    """Tell whether a tree is what is wanted of it."""
    if isinstance(tree, Leaf):
        if bare and {"tag": not document.tags, "source": not document.source}.get(tree.field, False):
            return True
        return any(is_in(tree, text) for text in texts_of(document, tree.field, bare=bare)) is wanted
    if tree.kind == "not":
        return slow(tree.parts[0], document, bare=bare, wanted=not wanted)
    verdicts = [slow(part, document, bare=bare, wanted=wanted) for part in tree.parts]
    return all(verdicts) if (tree.kind == "and") is wanted else any(verdicts)


def wanted_leaves(tree: Tree, *, wanted: bool = True) -> list[Leaf]:
    if isinstance(tree, Leaf):
        return [tree] if wanted else []
    return [
        leaf for part in tree.parts for leaf in wanted_leaves(part, wanted=wanted is not (tree.kind == "not"))
    ]


def check(rules: list[Tree], document: Document, *, bare: bool) -> int:
    engine = Engine([Rule(name=str(number), query=str(tree)) for number, tree in enumerate(rules)])
    matches = engine.match(document, bare)
    expected = [str(number) for number, tree in enumerate(rules) if slow(tree, document, bare=bare)]
    assert [match.rule.name for match in matches] == expected
    texts = {
        "title": [document.title],
        "summary": [document.summary],
        "source": [document.source],
        "tag": document.tags,
    }
    for match in matches:
        leaves = wanted_leaves(rules[int(match.rule.name)])
        assert list(match.spans) == sorted(
            match.spans, key=lambda span: (list(texts).index(span.field), span.start)
        )
        for span in match.spans:
            shown = [text[span.start : span.end] for text in texts[span.field]]
            assert any(is_in(Leaf(leaf.kind, leaf.words), text) for leaf in leaves for text in shown)
    return len(matches)


@settings(max_examples=300)
@given(st.lists(trees, min_size=1, max_size=5), documents, st.booleans())
def test_agreement(rules: list[Tree], document: Document, bare: bool) -> None:
    check(rules, document, bare=bare)


@pytest.mark.torture
@settings(max_examples=20_000, deadline=None)
@given(st.lists(trees, min_size=5, max_size=5), documents, st.booleans())
@pytest.mark.timeout(1800)
def test_agreement_on_a_hundred_thousand_pairs(rules: list[Tree], document: Document, bare: bool) -> None:
    check(rules, document, bare=bare)


def test_the_slow_evaluator_knows_right_from_wrong() -> None:
    document = Document(title="Training in Київ, CAFÉ", tags=("ai",))
    assert is_in(Leaf("word", ("київ",)), document.title)
    assert not is_in(Leaf("word", ("ai",)), document.title)
    assert slow(Branch("not", (Leaf("word", ("ai",)),), "-"), document, bare=False)
    assert slow(Leaf("word", ("ai",), "tag"), document, bare=False)
    assert (
        check(
            [Leaf("word", ("київ",)), Leaf("prefix", ("train",)), Leaf("word", ("train",))],
            document,
            bare=False,
        )
        == 2
    )
