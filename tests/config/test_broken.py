"""Every file in broken/ is wrong; what is said of it stands beside it, word for word.

`python -m tests.config.test_broken` writes the answers anew: read the difference before it is kept.
"""

from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from monitor.config import ConfigErrors, load

BROKEN = Path(__file__).parent / "broken"
CANARY = "CANARY"  # stands in the files wherever a secret would
ENVIRON = {
    "EMPTY": " ",
    "SLACK": f"https://hooks.slack.com/services/{CANARY}",
    "BAD_URL": f"https://desk.example.org/{CANARY} {CANARY}",
    "BAD_SECRET": CANARY,
}


def said_of(path: Path) -> str:
    with pytest.raises(ConfigErrors) as caught:
        load(path, environ=ENVIRON)
    return f"{caught.value}\n".replace(f"{path.parent}/", "")


def files() -> list[ParameterSet]:
    return [pytest.param(path, id=path.stem) for path in sorted(BROKEN.glob("*.toml"))]


@pytest.mark.parametrize("path", files())
def test_what_is_said_of_a_broken_file(path: Path) -> None:
    assert said_of(path) == path.with_suffix(".txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", files())
def test_no_error_shows_a_secret(path: Path) -> None:
    assert CANARY not in said_of(path)


@pytest.mark.parametrize("path", files())
def test_each_error_has_place_line_and_caret(path: Path) -> None:
    with pytest.raises(ConfigErrors) as caught:
        load(path, environ=ENVIRON)
    for error in caught.value:
        text = Path(error.file).read_bytes().decode(errors="replace").removeprefix("\ufeff")
        lines = text.split("\n")
        if error.line == 0:
            assert path.stem == "utf16"  # whose lines cannot be read
            continue
        assert 1 <= error.column <= len(lines[error.line - 1]) + 1
        assert str(error).splitlines()[2].strip() == "^"


def test_every_answer_belongs_to_a_file() -> None:
    assert {path.stem for path in BROKEN.glob("*.txt")} == {path.stem for path in BROKEN.glob("*.toml")}


def test_all_errors_of_a_file_come_in_one_run_in_its_order() -> None:
    with pytest.raises(ConfigErrors) as caught:
        load(BROKEN / "many.toml", environ={})
    places = [(error.line, error.column) for error in caught.value.errors]
    assert len(places) == 11
    assert places == sorted(places)


if __name__ == "__main__":
    for file in sorted(BROKEN.glob("*.toml")):
        file.with_suffix(".txt").write_text(said_of(file), encoding="utf-8")
