"""[aliases]: ways in which a name is written, which `alias:` calls in a query."""

import re
from collections.abc import Sequence

from monitor.config.reading import checks
from monitor.config.reading.checks import Wrong
from monitor.config.reading.table import Table
from monitor.config.text.secrets import quoted
from monitor.model import Rule
from monitor.rules.patterns import phrase
from monitor.rules.query.aliases import SHIPPED, Aliases
from monitor.rules.query.dialects import FIELDS

LIKE = '["Kyiv", "Kiev"]'
_NAME = re.compile(r"\w[\w-]*")
_QUERY = re.compile(
    rf'^[~=-]|^/.*/$|["“”„]|\s(?:AND|OR|NOT|O?NEAR/\w+)\s|^(?:{"|".join((*FIELDS, "alias"))}):(?=\S)'
)


def read(top: Table) -> Aliases:
    """Return the lists by their names, in lower case; one in the place of a shipped one is warned of."""
    table, found = top.inner("aliases"), dict[str, tuple[str, ...]]()
    for name in table.values:
        called = name.casefold()
        spellings = table.each(name, _spelling, LIKE)
        if not _NAME.fullmatch(name):
            table.wrong("the name of an alias has letters, digits and hyphens", name, key=True)
        elif called in found:
            table.wrong(f"alias:{called} is listed twice: letter case does not count", name, key=True)
        elif spellings:
            found[called] = spellings
            _remark(table, name)
            if called in SHIPPED:
                table.warn(f"takes the place of alias:{called}, which is shipped", name)
    return found


def check(top: Table, yours: Aliases, rules: Sequence[Rule]) -> None:
    """Warn of lists that no rule calls."""
    called = {name for rule in rules for name in rule.aliases}
    table = top.inner("aliases")
    for name in table.values:
        if name.casefold() in yours.keys() - called:
            table.warn(f"no rule calls alias:{name.casefold()}", name)


def _remark(table: Table, name: str) -> None:
    """Warn of spellings that look like queries."""
    for number, spelling in enumerate(checks.elements(table.values[name], LIKE)):
        if isinstance(spelling, str) and _QUERY.search(spelling):
            told = f"{quoted(spelling)} is read as the words in it: what an alias lists are no queries"
            table.warn(Wrong(told), name, number)


def _spelling(value: object) -> str:
    spelling = checks.line(value, '"Kyiv"')
    if not phrase.read(spelling):
        raise Wrong(f"has no word in it: {quoted(spelling)}")
    return spelling
