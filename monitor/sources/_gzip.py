"""Bodies that are packed themselves, not by their transfer: `sitemap.xml.gz` and its like."""

import zlib

from monitor.sources import ParseError
from monitor.sources._not_a_feed import check_not_empty

UNPACKED = 32 << 20  # bytes; the standard for sitemaps allows 50 MB, and a child has 512 MiB for all it does


def unpacked(body: bytes) -> bytes:
    """Return a gzip body unpacked, any other as it is; of one that is cut off what can be had.

    Raises ParseError if it is broken, empty or too much.
    """
    if not body.startswith(b"\x1f\x8b"):
        return body
    unpacker = zlib.decompressobj(wbits=31)
    try:
        whole = unpacker.decompress(body, UNPACKED)
    except zlib.error as error:
        raise ParseError("compressed data that is broken") from error
    if not whole and not unpacker.eof:
        raise ParseError("compressed data that is broken")
    if unpacker.unconsumed_tail:
        raise ParseError(f"compressed data of more than {UNPACKED >> 20} MiB")
    check_not_empty(whole)
    return whole
