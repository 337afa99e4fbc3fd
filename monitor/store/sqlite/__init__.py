"""The embedded engine: one SQLite file, one writer thread, synchronous=FULL.

`store` has the store whole, with all that writes; who only reads asks `reading` and loads none of that.
"""

from typing import TYPE_CHECKING

from monitor import late

if TYPE_CHECKING:
    from monitor.store.sqlite.database import MEMORY as MEMORY
    from monitor.store.sqlite.store import SqliteStore as SqliteStore
else:
    __getattr__ = late.named(__name__, MEMORY="database", SqliteStore="store")
