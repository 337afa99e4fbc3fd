"""What an edit changed, word by word."""

from hypothesis import given
from hypothesis import strategies as st

from monitor.core.diff import MOST, Part, marked, words

texts = st.text(
    alphabet=st.one_of(
        st.sampled_from("ab 3.,-'«»\n\t\u00a0"), st.sampled_from("火事発生ไฟЇжак é́"), st.characters()
    ),
    max_size=60,
)


def bare(text: str) -> str:
    return "".join(text.split())


@given(texts, texts)
def test_what_stays_with_what_goes_is_the_old_text_and_with_what_comes_the_new(old: str, new: str) -> None:
    parts = words(old, new)
    assert bare("".join(p.text for p in parts if p.what != "new")) == bare(old)
    assert bare("".join(p.text for p in parts if p.what != "gone")) == bare(new)
    assert all(p.text for p in parts)


@given(texts)
def test_a_text_is_the_same_as_itself_however_it_is_spaced(text: str) -> None:
    assert all(part.what == "same" for part in words(text, f"  {text}\n".replace(" ", "  ")))


def test_a_word_is_the_least_that_changes() -> None:
    assert words("kills 3", "kills 13") == [Part("same", "kills"), Part("gone", " 3"), Part("new", " 13")]
    assert marked(words("It's 3.5m, he said", "It's 4.5m, he said")) == "It's [-3.5m-] {+4.5m+}, he said"


def test_scripts_without_spaces_change_by_character() -> None:
    assert marked(words("東京で火事", "東京で大火事")) == "東京で{+大+}火事"


def test_long_texts_are_aligned_at_their_ends() -> None:
    old, new = ["a"] * 3 * MOST, ["a"] * 3 * MOST
    new[MOST // 2], new[-5] = "b", "c"
    parts = words(" ".join(old), " ".join(new))
    assert [part.what for part in parts] == ["same", "gone", "new", "same"]
    assert len(parts[0].text.split()) == MOST // 2
    assert parts[-1].text.split() == ["a"] * 4


def test_what_stays_is_cut_in_the_middle_for_a_reader() -> None:
    shown = marked(words("a " * 99 + "b " + "c " * 99 + "d", "a " * 99 + "x " + "c " * 99 + "y"), around=9)
    assert shown == "… a a a a a [-b-] {+x+} c c c c c … c c c c c [-d-] {+y+}"
