"""How long alerts were on their way: the steps of each that was told, as they are stored."""

import sqlite3
from datetime import datetime

from monitor.store import Way
from monitor.store.sqlite.rows import micros


def told(connection: sqlite3.Connection, since: datetime, *, notifier: str = "") -> list[Way]:
    """Return the way of each alert since `since` that a new item brought, to each who was told of it by itself.

    It was told when the first attempt arrived, however often it was told again; what a digest told was not tried by itself.
    What was held is counted from when it became due. An item's date counts where it says when: stated to ten minutes, sure,
    and not a day or more ago.
    """
    rows = connection.execute(
        """
        select alert, source, notifier, seen, rung,
          max(arrived - case when created_at <= arrived then max(at, created_at) else at end, 0) as delivered
        from (
          select d.alert, i.source, d.notifier, d.created_at, a.at,
            case when i.published_sure and i.published_origin != 'first-seen'
                and i.published_latest - i.published_earliest <= 600000000
                and i.first_seen_at - i.published_latest <= 86400000000
              then max(i.first_seen_at - i.published_latest, 0) end as seen,
            max(a.at - i.first_seen_at, 0) as rung,
            (select min(t.at + t.ms * 1000) from attempts t where t.delivery = d.id and t.outcome = 'sent') as arrived
          from alerts a join deliveries d on d.alert = a.id join items i on i.id = a.item
          where a.at >= :since and a.type = 'alert.created' and a.revision = 1 and d.nonce = ''
            and (:notifier = '' or d.notifier = :notifier)
        )
        where arrived is not null
        """,
        {"since": micros(since), "notifier": notifier},
    )
    return [
        Way(
            alert=row["alert"],
            source=row["source"],
            notifier=row["notifier"],
            seen=None if row["seen"] is None else row["seen"] / 1e6,
            rung=row["rung"] / 1e6,
            delivered=row["delivered"] / 1e6,
        )
        for row in rows
    ]
