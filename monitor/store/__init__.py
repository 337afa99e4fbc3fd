"""What is remembered: the protocol every engine keeps, and how to open one.

Batch only, idempotent. `now` is the store's clock. An alert is carried from "seen" to "told"
by rows, never by memory.
"""

from typing import TYPE_CHECKING

from monitor import late

if TYPE_CHECKING:
    from monitor.store.errors import Damaged as Damaged
    from monitor.store.errors import StoreError as StoreError
    from monitor.store.errors import Unanswered as Unanswered
    from monitor.store.listed import Attempt as Attempt
    from monitor.store.listed import Missed as Missed
    from monitor.store.listed import Polled as Polled
    from monitor.store.listed import PolledHour as PolledHour
    from monitor.store.listed import Revision as Revision
    from monitor.store.listed import Service as Service
    from monitor.store.listed import SourceRow as SourceRow
    from monitor.store.listed import StreamRow as StreamRow
    from monitor.store.listed import Totals as Totals
    from monitor.store.listed import Waits as Waits
    from monitor.store.listed import Way as Way
    from monitor.store.protocol import Store as Store
else:
    __getattr__ = late.within(__name__, "errors", "listed", "protocol")
