"""The engine agrees with a slow evaluator that is obviously right, on queries and texts made up at random.

The slow one knows nothing of indexes, offsets or compiled trees: it pushes NOT down to the terms, lays the
text out as a list of words, and looks.
"""

import itertools
import re
import unicodedata
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import Rule
from monitor.rules.engine import Engine
from monitor.rules.matching.document import Document
from monitor.rules.matching.holding import spans
from monitor.rules.matching.reading import Reading
from monitor.rules.query.language import parse

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
BESIDE = Rule(
    name="beside", query=" OR ".join(f"zq{number}" for number in range(150))
)  # holds for nothing here
SEPARATORS = [" ", ", ", " - ", "’s ", "\n", ". ", "\u00a0", " 🚀 "]


# -- made-up queries: a tree, written out as a person would ------------------------------------


@dataclass(frozen=True)
class Leaf:
    kind: str  # word, prefix, phrase, wild, cased, unspaced, regex
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
            "wild": text,
            "cased": f'="{text}"',
            "regex": f"/\\b{text}\\b/",
        }
        return field + written[self.kind]


@dataclass(frozen=True)
class Branch:
    kind: str  # and, or, not, near, onear, window, atleast
    parts: tuple["Leaf | Branch", ...]
    written: str  # how the operator is written
    number: int = 0  # of words, or of parts

    def __str__(self) -> str:
        if self.kind == "not":
            return f"{self.written}({self.parts[0]})"
        if self.kind == "window":
            return f"({' AND '.join(map(str, self.parts))})~{self.number}"
        if self.kind == "atleast":
            return f"at least {self.number} of ({self.written.join(map(str, self.parts))} )"
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


spaced = st.one_of(st.sampled_from(SPACED[:5]), st.sampled_from(SPACED)).flatmap(variants)
unspaced = st.sampled_from(UNSPACED)
fields = st.sampled_from(["", "", "", "title", "summary", "tag", "source"])
leaves = st.one_of(
    st.builds(Leaf, st.just("word"), st.tuples(spaced), fields),
    st.builds(Leaf, st.just("prefix"), st.tuples(spaced), fields),
    st.builds(Leaf, st.just("phrase"), st.tuples(spaced, spaced), fields),
    st.builds(Leaf, st.just("unspaced"), st.tuples(unspaced), fields),
    st.builds(Leaf, st.just("regex"), st.tuples(st.sampled_from(SPACED)), fields),
)


@st.composite
def placed(draw: st.DrawFn) -> Tree:
    """A word, a phrase, or a group of two."""
    kind = draw(st.sampled_from(["word", "prefix", "phrase", "wild", "cased", "or"]))
    if kind == "or":
        return Branch("or", (draw(placed()), draw(placed())), " OR ")
    word = draw(spaced)
    if kind == "wild":
        word = draw(st.sampled_from(SPACED[:8]))
        at, sign = draw(st.integers(0, len(word) - 1)), draw(st.sampled_from("?*"))
        word = word[:at] + sign + word[at + (sign == "?") :]
    return Leaf(kind, (word, draw(spaced)) if kind == "phrase" else (word,), draw(fields))


@st.composite
def nears(draw: st.DrawFn) -> Tree:
    kind, number = draw(st.sampled_from(["near", "onear", "window"])), draw(st.integers(1, 5))
    if kind == "window":
        return Branch(kind, (draw(placed()), draw(placed()), draw(placed())), "", number + 1)
    written = (
        draw(st.sampled_from([f" NEAR/{number} ", f" w/{number} "]))
        if kind == "near"
        else f" ONEAR/{number} "
    )
    return Branch(kind, (draw(placed()), draw(placed())), written, number)


trees = st.recursive(
    st.one_of(leaves, placed(), nears()),
    lambda inner: st.one_of(
        st.builds(
            Branch, st.just("and"), st.tuples(inner, inner), st.sampled_from([" ", " AND ", " and ", " && "])
        ),
        st.builds(
            Branch, st.just("or"), st.tuples(inner, inner, inner), st.sampled_from([" OR ", " | ", "||"])
        ),
        st.builds(
            Branch,
            st.just("atleast"),
            st.tuples(inner, inner, inner),
            st.sampled_from([", ", ",", " "]),
            st.integers(1, 3),
        ),
        st.builds(Branch, st.just("not"), st.tuples(inner), st.sampled_from(["-", "—", "NOT ", "NOT"])),
    ),
    max_leaves=6,
)


@st.composite
def texts(draw: st.DrawFn) -> str:
    pieces = []
    for _ in range(draw(st.integers(0, 9))):
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


def plain(text: str, *, cased: bool = False) -> str:
    kept = unicodedata.normalize("NFKC", "".join(char for char in text if unicodedata.category(char) != "Cf"))
    return kept if cased else unicodedata.normalize("NFKC", kept.casefold())


def is_letter(char: str) -> bool:
    return char.isalnum() or unicodedata.category(char).startswith("M")


def is_unspaced(char: str) -> bool:
    name = unicodedata.name(char, "")
    return name.startswith(("CJK UNIFIED", "HANGUL SYLLABLE", "THAI"))


def tokens(text: str, *, cased: bool = False) -> list[str]:
    result = [""]
    for char in plain(text, cased=cased):
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
        case "wild" | "cased":
            return bool(places(leaf, text))
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


def places(tree: Tree, text: str) -> list[tuple[int, int]]:
    """Return the first and last word of every place of a word, a phrase, or a group of them."""
    if isinstance(tree, Branch):
        return [place for part in tree.parts for place in places(part, text)]
    row, words = tokens(text), [plain(word) for word in tree.words]
    match tree.kind:
        case "prefix":
            found = [at for at, token in enumerate(row) if token.startswith(words[0])]
        case "wild":
            pattern = re.escape(words[0]).replace(r"\?", ".").replace(r"\*", ".*")
            found = [at for at, token in enumerate(row) if re.fullmatch(pattern, token)]
        case "cased":
            row, words = tokens(text, cased=True), [plain(word, cased=True) for word in tree.words]
            found = [at for at in range(len(row)) if row[at] == words[0]]
        case _:
            found = [at for at in range(len(row)) if row[at : at + len(words)] == words]
    return [(at, at + len(words) - 1) for at in found]


def stands(tree: Branch, document: Document, *, bare: bool) -> bool:
    """Tell whether the parts of a tree stand near each other in some text, trying all places with all."""
    for field in ("title", "summary", "tag", "source"):
        for text in texts_of(document, field, bare=bare):
            found = [in_field(part, text, field, document, bare=bare) for part in tree.parts]
            if any(near(tree, chosen) for chosen in itertools.product(*found)):
                return True
    return False


def in_field(tree: Tree, text: str, field: str, document: Document, *, bare: bool) -> list[tuple[int, int]]:
    if isinstance(tree, Branch):
        return [place for part in tree.parts for place in in_field(part, text, field, document, bare=bare)]
    asked = {"": ("title", "summary")}.get(tree.field, (tree.field,))
    if bare and tree.field == "summary" and not document.summary:
        asked = ("title",)
    return places(tree, text) if field in asked else []


def key(tree: Tree) -> object:
    """Return what two parts share that ask for the same."""
    if isinstance(tree, Branch):
        return str(tree)
    kind = (
        "prefix" if tree.kind == "wild" and tree.words[0].find("*") == len(tree.words[0]) - 1 else tree.kind
    )
    words = tuple(plain(word, cased=kind == "cased").removesuffix("*") for word in tree.words)
    return kind, words, tree.field


def near(tree: Branch, chosen: tuple[tuple[int, int], ...]) -> bool:
    if tree.kind == "window":
        # equal parts want a place each; different ones may share one
        for one, other in itertools.combinations(range(len(chosen)), 2):
            if key(tree.parts[one]) == key(tree.parts[other]) and chosen[one] == chosen[other]:
                return False
        return any(
            all(opening[0] <= place[0] <= opening[1] + tree.number for place in chosen) for opening in chosen
        )
    (left, right) = chosen
    distance = right[0] - left[1]
    if 1 <= distance <= tree.number:
        return True
    return tree.kind == "near" and 1 <= left[0] - right[1] <= tree.number


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


def lacking(leaf: Leaf, document: Document) -> bool:
    return {"tag": not document.tags, "source": not document.source}.get(leaf.field, False)


def leaves_of(tree: Tree) -> list[Leaf]:
    return [tree] if isinstance(tree, Leaf) else [leaf for part in tree.parts for leaf in leaves_of(part)]


def slow(tree: Tree, document: Document, *, bare: bool, wanted: bool = True) -> bool:
    """Tell whether a tree is what is wanted of it."""
    if isinstance(tree, Leaf):
        if bare and lacking(tree, document):
            return True
        return any(is_in(tree, text) for text in texts_of(document, tree.field, bare=bare)) is wanted
    if tree.kind in ("near", "onear", "window"):
        if bare and any(lacking(leaf, document) for leaf in leaves_of(tree)):
            return wanted or not stands(tree, document, bare=bare)
        return stands(tree, document, bare=bare) is wanted
    if tree.kind == "atleast":
        enough = tree.number if wanted else len(tree.parts) - tree.number + 1
        return sum(slow(part, document, bare=bare, wanted=wanted) for part in tree.parts) >= enough
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
    made = [Rule(name=str(number), query=str(tree)) for number, tree in enumerate(rules)]
    engine = Engine(made)
    matches = engine.match(document, bare)
    assert Engine(made, [document]).match(document, bare) == matches  # whatever it takes for rare
    assert bare or Engine([*made, BESIDE]).match(document) == matches  # however many words are looked for
    expected = [str(number) for number, tree in enumerate(rules) if slow(tree, document, bare=bare)]
    assert [match.rule.name for match in matches] == expected
    assert bare or [rule.name for rule in engine.holding(document)] == expected
    texts = {
        "title": [document.title],
        "summary": [document.summary],
        "source": [document.source],
        "tag": document.tags,
    }
    for match in matches:
        alone = Reading(document, bare=bare)  # without what the automaton saw
        assert match.spans == spans(parse(match.rule.query).root, alone)
        leaves = wanted_leaves(rules[int(match.rule.name)])
        assert list(match.spans) == sorted(
            match.spans, key=lambda span: (list(texts).index(span.field), span.start)
        )
        for span in match.spans:
            shown = [text[span.start : span.end] for text in texts[span.field]]
            assert any(is_in(Leaf(leaf.kind, leaf.words), text) for leaf in leaves for text in shown)
    return len(matches)


@pytest.mark.torture
@settings(max_examples=300, print_blob=False)
@given(st.lists(trees, min_size=1, max_size=5), documents, st.booleans())
def test_agreement(rules: list[Tree], document: Document, bare: bool) -> None:
    check(rules, document, bare=bare)


@pytest.mark.torture
@settings(max_examples=20_000)
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
