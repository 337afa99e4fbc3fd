"""What deliveries are in, as conditions on their rows: said once, for those that write and those that only read."""

GATHERED = "state = 'held' and batch != '' and digest = ''"
# What may yet be sent by itself; what a cooldown, a threshold, a silence or an ack holds stays held.
WAITING = (
    "(state in ('due', 'retrying')"
    " or (state = 'held' and reason not in ('cooldown', 'threshold', 'silenced', 'acked')))"
)
