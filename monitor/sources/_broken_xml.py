"""XML with what is wrong most often put right: bare ampersands, names from HTML, characters that XML has no place for."""

import re
from html.entities import html5
from xml.parsers import expat

_UNREAD = r"<!\[CDATA\[.*?(?:\]\]>|\Z)|"  # in it an ampersand is one
_AMPERSAND = re.compile(
    _UNREAD
    + r"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});)(?:([A-Za-z][A-Za-z0-9]{1,31});)?",
    re.DOTALL,
)
_IMPOSSIBLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_BEFORE = "\ufeff \t\r\n"  # of which nothing may stand before a declaration


def is_xml(text: str) -> bool:
    """Tell whether a text is well-formed, its namespaces too, whatever encoding it declares.

    >>> is_xml("<a>&amp;</a>"), is_xml("<a>&</a>"), is_xml("<b:a/>")
    (True, False, False)
    """
    try:
        expat.ParserCreate("utf-8", " ").Parse(text.encode("utf-8", "replace"), True)
    except expat.ExpatError:
        return False
    return True


def mended(text: str) -> str:
    """Return XML as its writer meant it, where little is wrong.

    >>> mended("\\n<a>R&D caf&eacute; &lt; <![CDATA[R&D]]></a>")
    '<a>R&amp;D café &lt; <![CDATA[R&D]]></a>'
    """
    return _IMPOSSIBLE.sub("", _AMPERSAND.sub(_meant, text.lstrip(_BEFORE)))


def _meant(found: re.Match[str]) -> str:
    if not found[0].startswith("&"):
        return found[0]
    meant = html5.get(f"{found[1]};", "") if found[1] else ""
    return meant if meant and meant not in "<&>" else f"&amp;{found[0][1:]}"
