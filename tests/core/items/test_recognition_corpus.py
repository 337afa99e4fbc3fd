"""Real edits and a real live blog, if the shared corpus is there; `python -m tests.torture.identity` measures all."""

import pytest

from tests.torture.identity import CORPUS, MINUTE, blog, recognised, share, title_edits, watch_blog

pytestmark = [
    pytest.mark.torture,  # 13 s; `make check` runs it beside the other short forms
    pytest.mark.skipif(not (CORPUS / "dupes").is_dir(), reason=f"no corpus at {CORPUS}; set NEWSBELL_CORPUS"),
]


def test_edited_titles_are_recognised() -> None:
    """Every fourth of 932: all under one guid; four of five in a list of which the rest still stands; of two rows
    those that exchange a name or a number are told again, for they may be the next alert."""
    pairs = title_edits(CORPUS)[::4]
    assert share(recognised(pairs, how="guid")) == 1.0
    assert share(recognised(pairs, how="list")) >= 0.8
    assert share(recognised(pairs, how="minute")) >= 0.7


@pytest.mark.parametrize("edits", [None, 7])
def test_a_live_blog_in_a_window_of_two_keeps_each_update_one_item(edits: int | None) -> None:
    mapping = watch_blog(blog(CORPUS, edits=edits), window=2, every=MINUTE, bodies=edits is None)
    assert (len(mapping.items), mapping.stored, mapping.merged, mapping.split) == (428, 428, 0, 0)
