"""config.toml extended by a program: comments, order and layout stay, and what is written can be read.

The text is edited at the places that `positions` knows; tomlkit writes the values, and edits what is written in a
way that has no place of its own (`feeds = { … }`).
"""

import os
import re
import shutil
import tempfile
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import tomli
import tomlkit

from monitor.config.loading import Config, load
from monitor.config.text.positions import Keys, Place, scan

Feeds = Mapping[str, Sequence[str]]  # addresses by tag
Sources = Mapping[str, Mapping[str, object]]  # tables [source.NAME] by name

Edit = tuple[int, int, str]  # what replaces the text from one offset to another

WIDTH = 100  # characters of a list in one line
_COMMENT = re.compile(r"#[^\n]*")


class Conflict(Exception):
    """The file cannot be edited as asked; the text is for the user, and nothing was written."""


def read(path: Path) -> str:
    """Return the text of a configuration as it stands, line ends included; "" if there is no such file."""
    try:
        return path.read_bytes().decode()
    except FileNotFoundError:
        return ""


def extended(text: str, feeds: Feeds, sources: Sources) -> str:
    """Return a configuration with more addresses under [feeds] and more tables [source.NAME].

    Raises Conflict where it would come to mean anything else.

    >>> print(extended('[feeds]  # mine\\nworld = ["http://a.org"]\\n', {"world": ["http://b.org"]}, {}), end="")
    [feeds]  # mine
    world = ["http://a.org", "http://b.org"]
    """
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    plain = text.removeprefix(mark).replace("\r\n", "\n")
    wanted = _wanted(tomli.loads(plain), feeds, sources)
    for edit in (_by_place, _by_tomlkit):
        new = edit(plain, feeds, sources)
        with suppress(tomli.TOMLDecodeError):
            if new is not None and tomli.loads(new) == wanted:
                return mark + (new.replace("\n", "\r\n") if "\r\n" in text else new)
    raise Conflict("this file is written in a way that cannot be extended; add by hand what --dry-run prints")


def fragment(feeds: Feeds, sources: Sources) -> str:
    """Return the additions alone, as TOML."""
    return extended("", feeds, sources)


def rule(name: str, query: str) -> str:
    """Return a rule as a line under [rule].

    >>> rule("Unread 4", 'title:/a/')
    '"Unread 4" = "title:/a/"'
    """
    return f"{_key(name)} = {_text(query)}"


def heading(source: str) -> str:
    """Return the line with which the table of a source begins.

    >>> heading("127.0.0.1:8732")
    '[source."127.0.0.1:8732"]'
    """
    return f"[source.{_key(source)}]"


def save(
    path: Path, old: str, new: str, environ: Mapping[str, str], *, without: Collection[str] = ()
) -> Config:
    """Write `new` where `old` stood, whole or not at all, and return what it means; `without` as for `load`.

    Raises ConfigErrors if `new` cannot be loaded, Conflict if the file changed meanwhile or cannot be written:
    then the file is as it was. Mode and links are kept.
    """
    config = load(path, environ=environ, text=new.removeprefix("\ufeff"), without=without)
    if read(path) != old:
        raise Conflict(f"{path} was changed meanwhile; nothing was written, try again")
    try:
        _replace(path.resolve(), new.encode())
    except OSError as error:
        raise Conflict(f"{path} cannot be written: {error.strerror}") from error
    return config


def _replace(path: Path, body: bytes) -> None:
    if not path.exists():
        with path.open("xb") as stream:
            stream.write(body)
        return
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(body)
            stream.flush()
            os.fsync(stream.fileno())
        shutil.copymode(path, name)
        with suppress(PermissionError):
            os.chown(name, path.stat().st_uid, path.stat().st_gid)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _wanted(values: dict[str, object], feeds: Feeds, sources: Sources) -> dict[str, object]:
    """Return what the file is to mean; raises Conflict if a name in it is something else already."""
    for table, more in (("feeds", feeds), ("source", sources)):
        inner = values.setdefault(table, {}) if more else {}
        if not isinstance(inner, dict):
            raise Conflict(f"{table} is no table there")
        for name, value in more.items():
            if table == "feeds" and isinstance(inner.get(name, []), list):
                inner[name] = [*inner.get(name, []), *value]
            elif name in inner:
                raise Conflict(f"{table}.{name} is there already")
            else:
                inner[name] = _plain(value)
    return values


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, (list, tuple)) else value


# -- by place ---------------------------------------------------------------------------------


def _by_place(text: str, feeds: Feeds, sources: Sources) -> str | None:
    """Return the text extended where its keys stand."""
    places = scan(text).places
    edits: list[Edit] = []
    for tag in feeds:
        if ("feeds", tag) in places:
            edits += _longer(text, places, ("feeds", tag), feeds[tag])
    for start, end, put in sorted(edits, reverse=True):
        text = text[:start] + put + text[end:]
    new = {tag: urls for tag, urls in feeds.items() if ("feeds", tag) not in places}
    if new:
        text = _with_tags(text, "".join(f"{_key(tag)} = {_list(urls)}\n" for tag, urls in new.items()))
    if sources:
        text = _with_tables(text, "\n".join(_table(name, values) for name, values in sources.items()))
    return text


def _with_tags(text: str, lines: str) -> str:
    at = _behind(text, "feeds")
    if at is None:
        return f"{_ended(text)}[feeds]\n{lines}"
    return text[:at] + ("" if text[:at].endswith("\n") else "\n") + lines + text[at:]


def _with_tables(text: str, tables: str) -> str:
    at = _behind(text, "source")
    if at is None:
        return f"{_ended(text)}{tables}"
    rest = text[at:]
    return f"{_ended(text[:at])}{tables}" + ("\n" if rest and not rest.startswith("\n") else "") + rest


def _ended(text: str) -> str:
    """Return a text that ends with an empty line, or is one."""
    return f"{text.rstrip(chr(10))}\n\n" if text.strip() else text


def _behind(text: str, table: str) -> int | None:
    """Return where a table's last line ends, None if there is no such table.

    Comments below it are its own, unless the next table begins right after them.
    """
    ends = [max(place.end, place.key) for keys, place in scan(text).places.items() if keys[0] == table]
    if not ends:
        return None
    at = _next_line(text, max(ends))
    end = at
    while text.startswith("#", end):
        end = _next_line(text, end)
    return end if text.startswith("\n", end) or end == len(text) else at


def _next_line(text: str, at: int) -> int:
    return (text.find("\n", at) + 1) or len(text)


def _longer(text: str, places: Mapping[Keys, Place], keys: Keys, more: Sequence[str]) -> list[Edit]:
    """Return the edits that lengthen a list in its own layout."""
    place = places[keys]
    inside = text[place.start : place.end]
    count = 0
    while (*keys, count) in places:
        count += 1
    values = [_text(value) for value in more]
    if not count or "\n" not in inside:
        old = [text[places[*keys, n].start : places[*keys, n].end] for n in range(count)]
        return [(place.start, place.end, _list_of([*old, *values]))] if "#" not in _bare(inside) else []
    last = places[*keys, count - 1]
    close = place.end - 1
    line = text.rfind("\n", 0, last.start) + 1
    lead = text[line : last.start]
    indent = lead if not lead.strip() else "  "
    comma = [] if "," in _COMMENT.sub("", text[last.end : close]) else [(last.end, last.end, ",")]
    start = text.rfind("\n", 0, close) + 1
    lines = "".join(f"{indent}{value},\n" for value in values)
    if text[start:close].strip():  # the bracket closes in the line of a value
        return [*comma, (close, close, f"\n{lines}")]
    return [*comma, (start, start, lines)]


def _bare(written: str) -> str:
    """Return TOML without its strings."""
    return re.sub(r"\"[^\"\n]*\"|'[^'\n]*'", "", written)


def _list(values: Sequence[str]) -> str:
    return _list_of([_text(value) for value in values])


def _list_of(written: Sequence[str]) -> str:
    line = f"[{', '.join(written)}]"
    return line if len(line) <= WIDTH else "".join(("[\n", *(f"  {value},\n" for value in written), "]"))


def _table(name: str, values: Mapping[str, object]) -> str:
    lines = (f"{_key(key)} = {_value(value)}\n" for key, value in values.items())
    return f"{heading(name)}\n{''.join(lines)}"


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{_key(key)} = {_value(part)}' for key, part in value.items())} }}"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_value(part) for part in value)}]"
    return tomlkit.item(value).as_string()


def _text(value: str) -> str:
    return tomlkit.item(value).as_string()


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _text(key)


# -- by tomlkit -------------------------------------------------------------------------------


def _by_tomlkit(text: str, feeds: Feeds, sources: Sources) -> str | None:
    """Return the text extended by tomlkit, None if it cannot read it."""
    try:
        document = tomlkit.parse(text)
        for table, more in (("feeds", feeds), ("source", sources)):
            inner = document.setdefault(table, tomlkit.table()) if more else {}
            for name, value in more.items():
                if name in inner:
                    inner[name].extend(value)
                else:
                    inner[name] = _plain(value)
        return tomlkit.dumps(document)
    except (tomlkit.exceptions.TOMLKitError, TypeError, ValueError, AttributeError):
        return None
