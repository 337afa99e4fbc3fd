"""Real pages, by selectors written by hand and by proposed ones; `python -m tests.torture.pages` prints the whole table."""

import pytest

from tests.torture.corpus import CORPUS
from tests.torture.pages import DECOYS, TICKERS, Case, pages, refused, scores, taken

needs_pages = pytest.mark.skipif(not (CORPUS / "pages").is_dir(), reason="no corpus (NEWSBELL_CORPUS)")
CASES = list(pages()) if (CORPUS / "pages").is_dir() else []


@needs_pages
def test_nine_pages_and_seven_tickers_are_there() -> None:
    assert (len(CASES), len(TICKERS)) == (16, 7)


@needs_pages
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_rows_are_found_and_right_by_both_kinds_of_selectors(case: Case) -> None:
    for score in scores(case):
        assert score.good, (score.by, score.precision, score.recall, score.wrong)


@needs_pages
@pytest.mark.parametrize("name", DECOYS)
def test_a_decoy_is_taken_for_no_list(name: str) -> None:
    assert taken(CORPUS, name) == 0


@needs_pages
def test_a_page_that_stands_in_the_way_is_an_error() -> None:
    assert refused(CORPUS) == "a bot challenge, not the list"
