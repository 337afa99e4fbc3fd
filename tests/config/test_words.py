"""Templates and zones of [notify.NAME]: what is taken, and where an error points."""

import re
from pathlib import Path

import pytest

from monitor.config import ConfigErrors, load
from monitor.model import Wording

PAGE = Path(__file__).parents[2] / "docs" / "templates.md"
SOURCE = '[source.a]\nurl = "https://e.org/rss"\n'


def wording(tmp_path: Path, keys: str, *, top: str = "", name: str = "phone") -> Wording:
    path = tmp_path / "config.toml"
    path.write_text(
        f'{top}\n{SOURCE}[notify.phone]\nurl = "https://ntfy.sh/topic"\n{keys}\n', encoding="utf-8"
    )
    found = load(path, environ={"TZ": "UTC"}).notifiers[name].wording  # type: ignore[attr-defined]
    assert isinstance(found, Wording)
    return found


def test_a_notifier_goes_by_the_zone_of_the_file_or_its_own(tmp_path: Path) -> None:
    kyiv = 'timezone = "Europe/Kyiv"'
    assert str(wording(tmp_path, "").zone) == "UTC"
    assert str(wording(tmp_path, "", top=kyiv).zone) == "Europe/Kyiv"
    assert str(wording(tmp_path, 'timezone = "Asia/Tokyo"', top=kyiv).zone) == "Asia/Tokyo"
    assert str(wording(tmp_path, "", top=kyiv, name="terminal").zone) == "Europe/Kyiv"


def test_what_the_page_shows_is_taken(tmp_path: Path) -> None:
    blocks = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "mail").write_text("x")
    (tmp_path / "config.toml").write_text(SOURCE + "\n".join(blocks), encoding="utf-8")
    notifiers = load(tmp_path / "config.toml", environ={"TZ": "UTC"}).notifiers
    assert "{{ title | lit }}" in notifiers["desk"].wording.body  # type: ignore[attr-defined]
    assert "for other in also" in notifiers["night"].wording.body  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("keys", "place", "sentence"),
    [
        (
            'title = "{{ rule }}: {{ titel }}"',
            "6:25",
            "title: a template knows no 'titel' (did you mean 'title'?)",
        ),
        ('body = """\n{{ title }}\n  {% if %}\n"""', "8:3", "body: Expected an expression"),
        ('body = "{{ also[0].title }}"', "6:9", "body: tuple object has no element 0"),
        ('body = "{{ digest[0].at }}"', "6:9", "body: tuple object has no element 0"),
        ('title = ""', "6:9", "title: is empty"),
        ("title = 5", "6:9", "title: must be text"),
    ],
)
def test_an_error_points_into_the_template(tmp_path: Path, keys: str, place: str, sentence: str) -> None:
    with pytest.raises(ConfigErrors) as caught:
        wording(tmp_path, keys)
    said = str(caught.value)
    assert f"config.toml:{place}: notify 'phone': {sentence}" in said
    assert "…" not in said  # a template is no secret: its line is shown


def test_what_programs_read_takes_no_template(tmp_path: Path) -> None:
    with pytest.raises(ConfigErrors) as caught:
        wording(tmp_path, 'type = "webhook"\ntitle = "x"')
    assert "7:9: notify 'phone': title: goes with types that people read, not with webhook" in str(
        caught.value
    )


def test_who_has_no_template_does_not_load_jinja(tmp_path: Path) -> None:
    import subprocess
    import sys

    (tmp_path / "config.toml").write_text(f'{SOURCE}[notify.phone]\nurl = "https://ntfy.sh/topic"\n')
    program = (
        "import sys; from pathlib import Path; from monitor.config import load;"
        f"load(Path({str(tmp_path / 'config.toml')!r}), environ={{}}); print('jinja2' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert said.stdout == "False\n"
