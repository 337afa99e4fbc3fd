"""config.toml and the files it includes, as one document: what each key's file is, and what stands twice."""

from collections.abc import Iterator
from glob import glob
from os.path import isdir, isfile
from pathlib import Path
from re import MULTILINE, findall

from monitor.config.errors import ConfigError, ConfigErrors
from monitor.config.keys.known import TABLES
from monitor.config.text.document import Document
from monitor.config.text.positions import Keys
from monitor.config.text.secrets import quoted

_JOINED = frozenset({"feeds"})  # tables whose lists may go on in another file
_WILD = frozenset("*?[")
_NOTIFIERS = r"^[ \t]*\[[ \t]*notify[ \t]*\.[ \t]*[\"']?([^\]\"'\n]{1,100})"


class Documents:
    """One configuration in one or more files: `values` are those of all."""

    def __init__(self, main: Document) -> None:
        self.file = main.file
        self.shown: set[Keys] = main.shown  # values that may be shown though they are in [notify]
        self.values: dict[str, object] = {}
        self.promised: list[
            str
        ] = []  # notifiers of files that are no TOML: rules that name them are not wrong
        self._documents = [main]
        self._unread: list[ConfigError] = []  # what is wrong with files that cannot be read
        self._noted: list[tuple[Document, Keys, str, bool]] = []  # placed when all that may be shown is known
        self._owners: dict[
            Keys, tuple[Document, Keys]
        ] = {}  # (table, name): which file has it, and where in it
        self._take(main)

    @classmethod
    def read(cls, path: Path, text: str | None = None) -> "Documents":
        """Read a file, or the text that is to stand there, and all that it includes.

        Raises ConfigErrors if the file itself cannot be read; what is wrong with others is in `errors()`.
        """
        documents = cls(Document.read(path) if text is None else Document(str(path), text))
        for included in documents._included():
            try:
                document = Document.read(included)
            except ConfigErrors as errors:
                documents._unread += errors
                documents._promise(included)
            else:
                documents._include(document)
        return documents

    @property
    def files(self) -> list[Path]:
        """The file itself, and those that it includes."""
        return [Path(document.file) for document in self._documents]

    def error(self, keys: Keys, message: str, *, key: bool = False, index: int | None = None) -> ConfigError:
        """Return an error at a key, in the file in which it stands."""
        document, own = self._where(keys)
        return document.error(own, message, key=key, index=index)

    def errors(self) -> list[ConfigError]:
        """Return what is wrong with the files as such: unreadable ones, names that stand twice."""
        noted = [document.error(keys, told, key=key) for document, keys, told, key in self._noted]
        return self._unread + noted

    def beside(self, keys: Keys) -> Path:
        """Return the directory of the file in which a key stands."""
        return Path(self._where(keys)[0].file).parent

    def in_order(self, errors: list[ConfigError]) -> list[ConfigError]:
        """Return errors in the order of the files and of their lines."""
        files = {document.file: number for number, document in enumerate(self._documents)}
        return sorted(errors, key=lambda error: (files.get(error.file, len(files)), error.line, error.column))

    def _where(self, keys: Keys) -> tuple[Document, Keys]:
        for length in range(min(len(keys), 3), 0, -1):
            if owner := self._owners.get(keys[:length]):
                document, own = owner
                return document, (*own, *keys[length:])
        return self._documents[0], keys

    # -- including ----------------------------------------------------------------------------

    def _included(self) -> Iterator[Path]:
        """Yield the files that `include` names, each once, those of a pattern by their names."""
        patterns = self.values.get("include")
        main = Path(self.file)
        seen = {main.resolve()}
        for number, pattern in enumerate(patterns if isinstance(patterns, list) else ()):
            if not isinstance(pattern, str) or not pattern or "\0" in pattern:
                continue  # said where the key is read
            for path in self._matching(main.parent, pattern, number):
                place = path.resolve()
                if place not in seen:
                    seen.add(place)
                    yield path

    def _matching(self, directory: Path, pattern: str, number: int) -> list[Path]:
        path = directory / pattern
        if _WILD.intersection(pattern):
            names = sorted(glob(pattern, root_dir=directory, recursive=True))
            return [directory / name for name in names if isfile(directory / name)]
        if isfile(path):  # which a name that is too long is not; `Path.is_file` raises before Python 3.14
            return [path]
        hint = f"is a directory; write '{pattern.rstrip('/')}/*.toml'" if isdir(path) else "no such file"
        told = f"include: {quoted(pattern)}: {hint}"
        self._noted.append((self._documents[0], ("include", number), told, False))
        return []

    def _include(self, document: Document) -> None:
        self._documents.append(document)
        document.shown = self.shown
        if "include" in document.values:
            message = f"include stands in {self.file} only: an included file includes no others"
            self._noted.append((document, ("include",), message, True))
        self._take(document)

    def _take(self, document: Document) -> None:
        for table, value in document.values.items():
            ours = self.values.setdefault(table, {}) if table in TABLES else None
            if isinstance(ours, dict) and isinstance(value, dict):
                self._owners.setdefault((table,), (document, (table,)))
                for name, part in value.items():
                    self._put(ours, (table, name), part, document, joined=table in _JOINED)
            elif ours == {} and (table,) not in self._owners:  # no table: said where it is read
                self.values[table] = value
                self._owners[table,] = document, (table,)
            elif table != "include" or document is self._documents[0]:
                self._put(self.values, (table,), value, document, joined=table == "opml")

    def _put(
        self, into: dict[str, object], keys: Keys, value: object, document: Document, *, joined: bool
    ) -> None:
        name = str(keys[-1])
        if name not in into:
            into[name] = list(value) if joined and isinstance(value, list) else value
            self._owners[keys] = document, keys
            return
        there = into[name]
        if joined and isinstance(there, list) and isinstance(value, list):
            for number, part in enumerate(value):
                self._owners[*keys, len(there)] = document, (*keys, number)
                there.append(part)
            return
        first, own = self._where(keys)
        what = f"{keys[0]} {quoted(name)}" if len(keys) > 1 else name
        message = f"{what} stands in {first.file}:{first.line(own)} too; keep one of them"
        self._noted.append((document, keys, message, True))

    def _promise(self, path: Path) -> None:
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return
        self.promised += [name.strip() for name in findall(_NOTIFIERS, text, MULTILINE)]
