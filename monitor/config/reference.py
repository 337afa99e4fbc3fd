"""docs/configuration.md, made from what the code knows: `python -m monitor.config.reference` prints it."""

import inspect
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import is_dataclass
from pathlib import Path
from typing import Literal, get_args, get_origin

from monitor.config.errors import ConfigErrors
from monitor.config.keys.known import SOURCE, TABLES, TOP
from monitor.config.keys.section import Section
from monitor.config.loading import load
from monitor.config.reading.kinds import NOTIFIERS, SOURCES, Family, Field, example, fields, is_table
from monitor.model import Secret

INTRO = """\
# Configuration

<!-- Made by `python -m monitor.config.reference > docs/configuration.md`. -->

Newsbell reads one file in TOML 1.1. `newsbell init` writes one with comments that works as it is; `newsbell check` says all that is
wrong with it in one run, and runs the rules' own tests.

**Where it is looked for**: `--config F`, `$NEWSBELL_CONFIG`, `./config.toml`, `$CONFIGURATION_DIRECTORY/config.toml` (systemd),
`$XDG_CONFIG_HOME/newsbell/config.toml` (without it `~/.config`). **The state** is in `--state D`, `$STATE_DIRECTORY` (systemd),
`$XDG_STATE_HOME/newsbell` (without it `~/.local/state`). `newsbell paths` shows which.

**Durations** are text: `"30s"`, `"10m"`, `"6h"`, `"90d"`, `"2w"`, and together, larger units first: `"1h30m"`.

**Names** of sources, rules and notifiers have no spaces and at most 100 characters.

**Addresses** of sources begin with `http://` or `https://`. A user name and a password
stand not in them but under `auth`, in a `[source.NAME]`.

**Secrets** may stand in the file, or the file says where they are:

| | |
|---|---|
| `{ env = "NAME" }` | an environment variable |
| `{ file = "path" }` | a file; a relative path is looked for beside config.toml |
| `{ credential = "name" }` | a file in `$CREDENTIALS_DIRECTORY`, which systemd sets for LoadCredential= |

White space around what is read so does not count. No error shows a secret; in the line of an error `…` stands for it.
"""

ACCESS = """\
### Access

`headers`, `auth` and `cookies` go to the host and port of the source's `url` and to nobody else: not to the other host that a redirect
leads to (`www.example.org` is another host than `example.org`), not back from there, and not by plain http once it was https. A source
that asks for them behind such a redirect answers 401 or 403, and `sources` says why; write the address it redirects to. They are in no
log, no error, no output and not in the store. A changed one changes nothing of what is known of the source.

Through a `proxy` all bounds and the one deadline hold as without it. Where the proxy is, was typed, so it may be private. Who looks up the
source's name differs:

| proxy | the name is looked up | a redirect to a private address |
|---|---|---|
| `socks5://` | here, and the proxy is told the address | is refused, as without a proxy |
| `socks5h://`, `http://`, `https://` | by the proxy (so `.onion` works with socks5h) | is refused if it is written as an address or `localhost`; what a *name* leads to only the proxy knows |

An `https` source goes through a tunnel (CONNECT) that the proxy cannot read; an `http` source is read by an HTTP proxy, headers included.

`paused = true` keeps a source in `newsbell sources`, in the state `paused`. Taken out, it goes on with the validators of its last body: what
it knows does not ring again, however long it was paused, and what is new rings.
"""

BROKEN = """\
[feeds]
ukraine = ["htp://example.org/rss"]

[rule.escalation]
query = 'missile AND (strike* OR launch*'
notify = ["opps"]
sevrity = "critical"

[notify.ops]
url = "https://desk.example.org/hook"
"""

ERRORS = """\
## Errors

Each has its file, line and column, and what would be right. One syntax error is shown alone, all other errors together:

```toml
{broken}```

```
{errors}
```

A key that this version does not know is an error, never ignored; one of a later version is called "not in this version".
"""


def reference() -> str:
    """Return the page."""
    parts = [INTRO, *_section("Top of the file", TOP)]
    for section in TABLES.values():
        parts += _section(f"`{section.header}`", section)
        parts += [ACCESS] if section is SOURCE else []
    parts += ["## Source types\n", *_kinds(SOURCES, ())]
    parts += ["## Notifier types\n", *_kinds(NOTIFIERS, ("type",))]
    parts.append(ERRORS.format(broken=BROKEN, errors=_errors()))
    return "\n".join(parts)


def _section(title: str, section: Section) -> Iterator[str]:
    yield f"## {title}\n\n{section.about}\n"
    if section.keys:
        yield "| key | example | default | |\n|---|---|---|---|"
        for key in section.keys:
            yield f"| `{key.name}` | `{_cell(key.like)}` | {_cell(key.default) or '(must be given)'} | {_cell(key.about)} |"
        yield ""
    if section.later:
        yield f"Not in this version: {', '.join(f'`{name}`' for name in section.later)}.\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _kinds(family: Family, common: tuple[str, ...]) -> Iterator[str]:
    for name in family.names():
        kind = family.load(name)
        yield f"### `{name}`\n\n{(inspect.getdoc(kind) or '').partition(chr(10))[0]}\n"
        own = [field for field in fields(kind) if field.name not in common]
        if not own:
            yield "It adds no keys.\n"
            continue
        yield "| key | example | default | |\n|---|---|---|---|"
        yield from _rows(kind, own)
        yield ""


def _rows(kind: type, own: Iterable[Field], above: str = "") -> Iterator[str]:
    comments = _comments(kind)
    for field in own:
        default = "(must be given)" if field.required else _cell(_default(field))
        about = comments.get(field.name, "")
        yield f"| `{above}{field.name}` | `{_cell(example(field.hint))}` | {default} | {_cell(_about(field, about))} |"
        if is_table(field.hint):
            assert isinstance(field.hint, type)
            yield from _rows(field.hint, fields(field.hint), f"{above}{field.name}.")


def _default(field: Field) -> str:
    if isinstance(field.default, tuple) and field.default:
        return ", ".join(f"`{word}`" for word in field.default)
    if isinstance(field.default, bool):
        return f"`{str(field.default).lower()}`"
    return "none" if field.default in (None, "", ()) else f"`{field.default}`"


def _about(field: Field, comment: str) -> str:
    words = (
        ", ".join(f'"{word}"' for word in get_args(field.hint)) if get_origin(field.hint) is Literal else ""
    )
    told = ". ".join(part for part in (comment, words, _secret(field)) if part)
    return f"{told}." if told else ""


def _secret(field: Field) -> str:
    return "A secret" if field.hint is Secret else ""


def _comments(kind: type) -> dict[str, str]:
    """Return what the comment behind each field says: unit, or the meaning of nothing."""
    told: dict[str, str] = {}
    for base in reversed([base for base in kind.__mro__ if is_dataclass(base)]):
        found = re.findall(r"^    (\w+): [^#\n]*#[ ]*(.+)$", inspect.getsource(base), re.MULTILINE)
        told |= {name: comment.strip().rstrip(".") for name, comment in found}
    return told


def _errors() -> str:
    """Return what loading says of BROKEN, as `newsbell check` shows it."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "config.toml")
        path.write_text(BROKEN, encoding="utf-8")
        try:
            load(path, environ={})
        except ConfigErrors as errors:
            return str(errors).replace(str(path), path.name)
    raise AssertionError("the example of errors has none")


if __name__ == "__main__":
    sys.stdout.write(reference())
