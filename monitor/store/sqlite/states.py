"""What states rows are in, as conditions on them: said once, for those that write and those that only read."""

# of sources
UNPOLLED = ("gone", "paused")
POLLED = "removed_at is null and state not in ('gone', 'paused')"

# of deliveries
GATHERED = "state = 'held' and batch != '' and digest = ''"
# What may yet be sent by itself; what a cooldown, a threshold, a silence or an ack holds stays held.
WAITING = (
    "(state in ('due', 'retrying')"
    " or (state = 'held' and reason not in ('cooldown', 'threshold', 'silenced', 'acked')))"
)
