"""Which exit status an expected error ends with."""


class NoDaemon(Exception):
    """A command that speaks to the daemon found none."""


class Usage(Exception):
    """The command's words are off; the text says what would be right."""


# By name: what a command does not need is not loaded to tell how it fails.
STATUSES = {
    "monitor.cli.failing.Usage": 2,
    "monitor.rules.errors.QueryError": 2,
    "monitor.config.errors.ConfigErrors": 3,
    "monitor.api.listener.ListenError": 3,
    "monitor.cli.failing.NoDaemon": 4,
    "monitor.store.errors.Unanswered": 4,
    "monitor.store.errors.StoreError": 5,
    "monitor.daemon.system.lock.Locked": 5,
    "monitor.daemon.system.lock.Unwritable": 5,
}


def status_of(error: Exception) -> int | None:
    """Return the exit status of an error that a user can mend, None for a bug."""
    kinds = (f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__)
    return next((STATUSES[kind] for kind in kinds if kind in STATUSES), None)
