"""What deliveries are in, as conditions on their rows: said once, for those that write and those that only read."""

GATHERED = "state = 'held' and batch != '' and digest = ''"
WAITING = (
    "(state in ('due', 'retrying')"
    " or (state = 'held' and reason not in ('cooldown', 'threshold', 'silenced', 'acked')))"
)
