"""The keys that a kind of source or notifier adds: the fields of its dataclass."""

import dataclasses
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING
from pathlib import Path
from typing import Literal, Union, get_args, get_origin, get_type_hints

from monitor import kinds
from monitor.config.keys import others
from monitor.config.reading import checks
from monitor.config.reading.checks import Wrong, found, known, meant
from monitor.config.reading.table import Table
from monitor.config.text.secrets import nameable, quoted, redacted
from monitor.model import Secret, Wording
from monitor.values import dataclass

LARGEST = 65_536  # bytes of a file that holds a secret
WAYS = ("env", "file", "credential")  # where else a secret may be

Check = Callable[[object], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Where the kinds of something are found."""

    what: str
    package: str
    group: str  # of entry points

    def names(self) -> tuple[str, ...]:
        """Return the types there are."""
        return kinds.names(self.package, self.group)

    def _near(self, name: str) -> str:
        return meant(name, self.names()) or f" (there is: {', '.join(self.names())})"

    def load(self, name: str) -> type:
        """Return a kind's dataclass. Raises Wrong."""
        try:
            kind = kinds.load(self.package, self.group, name)
        except LookupError:
            ours = others.TYPES.get(name.casefold())
            hint = f" (it is {quoted(ours)} here)" if ours in self.names() else self._near(name)
            raise Wrong(f"there is no {self.what} {quoted(name)} in this version{hint}") from None
        except Exception as error:  # somebody else's module: anything may happen while it is imported
            raise Wrong(f"the {self.what} {quoted(name)} cannot be loaded: {redacted(str(error))}") from error
        if not dataclasses.is_dataclass(kind):
            raise Wrong(f"the {self.what} {quoted(name)} is not a dataclass, so its keys are unknown")
        return kind


SOURCES = Family(what="source type", package="monitor.sources", group="newsbell.sources")
NOTIFIERS = Family(what="notifier", package="monitor.notifiers", group="newsbell.notifiers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One key that a kind adds."""

    name: str
    hint: object  # its type; of `X | None` the X
    required: bool
    default: object = None

    @property
    def is_secret(self) -> bool:
        """Tell whether its value is never shown."""
        return self.hint is Secret


def fields(kind: type) -> tuple[Field, ...]:
    """Return the keys of a kind.

    >>> from monitor.notifiers.webhook import Webhook
    >>> [(field.name, field.required) for field in fields(Webhook)]
    [('url', True), ('secret', False), ('rate', False)]
    """
    hints = get_type_hints(kind)
    return tuple(
        Field(
            name=field.name,
            hint=_bare(hints[field.name]),
            required=field.default is MISSING and field.default_factory is MISSING,
            default=None if field.default is MISSING else field.default,
        )
        for field in dataclasses.fields(kind)
        if field.init and not field.name.startswith("_") and hints[field.name] is not Wording
    )


def is_worded(kind: type) -> bool:
    """Tell whether people read what a kind of notifier tells: it has a field `wording`."""
    return get_type_hints(kind).get("wording") is Wording


def _bare(hint: object) -> object:
    if get_origin(hint) in {Union, types.UnionType}:
        others = [part for part in get_args(hint) if part is not type(None)]
        if len(others) == 1:
            return others[0]
    return hint


@dataclass(frozen=True, slots=True)
class Secrets:
    """Reads secrets: as they stand, or where a table says."""

    environ: Mapping[str, str]
    directory: Path  # relative files are looked for here

    def check(self, value: object) -> Secret:
        """Return a secret. What Wrong says never holds one."""
        if isinstance(value, dict):
            return Secret(self._elsewhere(value))
        if not isinstance(value, str):
            raise Wrong(f'must be text, or {{ env = "NAME" }}, not {found(value)}')
        if not value.strip():
            raise Wrong('is empty; write it, say { env = "NAME" }, or leave it out')
        return Secret(value)

    def _elsewhere(self, value: Mapping[str, object]) -> str:
        if len(value) != 1 or not value.keys() <= set(WAYS):
            hint = next((checks.meant(key, WAYS) for key in value if key not in WAYS), "")
            raise Wrong(f'must have one of env, file, credential, as in {{ env = "NAME" }}{hint}')
        ((way, name),) = value.items()
        try:
            name = checks.line(name, '"NAME"')
        except Wrong as wrong:
            raise Wrong(f"{way} {wrong}", path=(way,)) from None
        read = {"env": self._variable, "file": self._file, "credential": self._credential}[way]
        try:
            return read(name)
        except Wrong as wrong:
            raise Wrong(str(wrong), path=(way,), withheld=way) from None

    def _variable(self, name: str) -> str:
        if name not in self.environ:
            raise Wrong(f"there is no environment variable {quoted(name)}")
        if not self.environ[name].strip():
            raise Wrong(f"the environment variable {quoted(name)} is empty")
        return self.environ[name].strip()

    def _file(self, name: str) -> str:
        return _content(self.directory / Path(name), f"the file {quoted(name)}")

    def _credential(self, name: str) -> str:
        directory = self.environ.get("CREDENTIALS_DIRECTORY")
        if not directory:
            raise Wrong(
                "there is no $CREDENTIALS_DIRECTORY: systemd sets it for a unit with LoadCredential= or SetCredential="
            )
        if "/" in name or name in {".", ".."}:
            raise Wrong("a credential's name holds no '/' (for a path write { file = … })")
        return _content(Path(directory, name), f"the credential {quoted(name)}")


def _content(path: Path, what: str) -> str:
    try:
        if path.exists() and not path.is_file():  # a pipe would keep us waiting
            raise Wrong(f"{what} is not a plain file")
        with path.open("rb") as stream:
            text = stream.read(LARGEST + 1).decode().strip()
    except FileNotFoundError:
        raise Wrong(f"{what} does not exist") from None
    except (OSError, ValueError) as error:  # UnicodeDecodeError too, whose text would show the secret
        if isinstance(error, Wrong):
            raise
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise Wrong(f"{what} cannot be read: {reason}") from None
    if not text or len(text) > LARGEST:
        raise Wrong(f"{what} is {'too large' if text else 'empty'}")
    return text


def check_of(hint: object, secrets: Secrets | None) -> Check:
    """Return the check for a field's type; a kind without `secrets` has none. Raises Wrong for other types."""
    plain: dict[object, Check] = {
        str: checks.text,
        int: checks.integer,
        float: checks.number,
        bool: checks.truth,
        tuple[str, ...]: checks.texts,
    }
    if hint is Secret and secrets is not None:
        return secrets.check
    if get_origin(hint) is Literal and all(isinstance(word, str) for word in get_args(hint)):
        return checks.choice(get_args(hint))
    try:
        return plain[hint]
    except (KeyError, TypeError):
        raise Wrong("is a field of a type that no key can have") from None


def read(table: Table, wanted: Sequence[Field], secrets: Secrets | None) -> dict[str, object] | None:
    """Return the values of a kind's keys in `table`, None if one is wrong or missing, which is noted."""
    before = len(table.notes.errors)
    values: dict[str, object] = {}
    for field in wanted:
        if field.name not in table.values:
            if field.required:
                table.wrong(f"{field.name} is missing; write {field.name} = {example(field.hint)}")
            continue
        _show(table, field)
        if is_table(field.hint):
            values[field.name] = _inner(table, field)
            continue
        try:
            check = check_of(field.hint, secrets)
        except Wrong as wrong:
            table.wrong(wrong, field.name)
            continue
        values[field.name] = table.read(field.name, check, None)
    return values if len(table.notes.errors) == before else None


def is_table(hint: object) -> bool:
    """Tell whether a field is a table of its own: a dataclass, whose fields are the keys in it."""
    return isinstance(hint, type) and dataclasses.is_dataclass(hint)


def _inner(table: Table, field: Field) -> dict[str, object] | None:
    """Return the values of a key that is a table, None if one is wrong or missing, which is noted."""
    assert isinstance(field.hint, type)
    value = table.values[field.name]
    if not isinstance(value, dict):
        table.wrong(f"must be a table, as in {example(field.hint)}, not {found(value)}", field.name)
        return None
    inner = table.under(field.name, value)
    wanted = fields(field.hint)
    unknown = [key for key in value if key not in {one.name for one in wanted}]
    for key in unknown:
        inner.wrong(f"unknown key {quoted(key)}{known(key, [one.name for one in wanted])}", key, key=True)
    values = read(inner, wanted, None)
    if values is None or build(inner, field.hint, values) is None or unknown:
        return None
    return values


def _show(table: Table, field: Field) -> None:
    """Let errors show what is no secret: plain fields, and where a secret is."""
    value = table.values[field.name]
    places = [(key, value[key]) for key in WAYS if key in value] if isinstance(value, dict) else [("", value)]
    for key, part in places:
        plain = nameable(part) if isinstance(part, str) else not field.is_secret
        if plain and (key or not field.is_secret):
            table.notes.document.shown.add((*table.keys, field.name, *([key] if key else [])))


def build(table: Table, kind: type, values: Mapping[str, object]) -> object | None:
    """Return an instance; all that its `__post_init__` refuses is noted, at the keys it names."""
    standing, refused = dict(values), set[str]()
    while True:
        try:
            instance = kinds.make(kind, standing)
        except ValueError as error:
            sentence = _without_secrets(str(error), values.values())
            key, colon, rest = sentence.partition(": ")
            if not colon or key not in standing:
                table.wrong(sentence)
                return None
            if key in refused:  # what stands in for it is refused too
                return None
            refused.add(key)
            table.wrong(rest, key)
            if not _stand_in(standing, key, kind):
                return None
        else:
            return None if refused else instance


def _stand_in(standing: dict[str, object], key: str, kind: type) -> bool:
    """Make the refused value one that is not, so that the next one is looked at; False if there is none."""
    refused = standing.pop(key)
    if next(field.required for field in fields(kind) if field.name == key):
        address = "https://example.org/"
        standing[key] = Secret(address) if isinstance(refused, Secret) else address
        return key == "url" and refused != standing[key]
    return True


def _without_secrets(sentence: str, values: Iterable[object]) -> str:
    for value in values:
        if isinstance(value, Secret) and value.reveal().strip():
            sentence = sentence.replace(value.reveal(), "…").replace(value.reveal().strip(), "…")
    return redacted(sentence)


def example(hint: object) -> str:
    """Return an example of a value of this type, as TOML.

    >>> example(int), example(Literal["low", "high"])
    ('5', '"low"')
    """
    if get_origin(hint) is Literal:
        return f'"{get_args(hint)[0]}"'
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return f"{{ {fields(hint)[0].name} = … }}"
    likes: dict[object, str] = {
        int: "5",
        float: "10.0",
        bool: "true",
        tuple[str, ...]: '["…"]',
        Secret: '"…" or { env = "NAME" }',
    }
    return likes.get(hint, '"…"')
