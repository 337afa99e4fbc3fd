"""When the collector of cycles looks through what was made: seldom while a program is loaded, for none of that is garbage.

With Python's own threshold of 700 it looks some hundred times before the first screen, and takes a tenth of the time to it.
"""

import gc

LOADING = 200_000  # objects made before it looks: more than the largest command loads
RUNNING = 50_000
DRAWING = 5_000  # of a screen, whose every frame leaves cycles behind: seldom looked for they take megabytes, and a key waits while they go


def loading() -> None:
    """Begin a command: call it before what is large is imported."""
    gc.set_threshold(LOADING, *gc.get_threshold()[1:])


def running(made: int = RUNNING) -> None:
    """Go on for days: what is loaded by now is looked through once, and never again; what comes, each `made` objects."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(made, *gc.get_threshold()[1:])
