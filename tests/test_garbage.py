"""The collector of cycles: seldom while a command is loaded, as usual once something runs for days."""

import subprocess
import sys

LOADED = """
import gc, sys
from monitor import __main__
before = gc.get_stats()[0]["collections"]
sys.argv = ["newsbell", "--version"]
try:
    __main__.main()
except SystemExit:
    print(gc.get_stats()[0]["collections"] - before, "typer" in sys.modules)
"""
RUNNING = """
import gc
from monitor import garbage
garbage.loading()
kept = [[] for _ in range(1_000)]
garbage.running()
cycle = []
cycle.append(cycle)
del cycle
print(gc.get_freeze_count() > 1_000, gc.get_threshold()[0] == garbage.RUNNING, gc.collect())
"""


def printed(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()[-1]


def test_nothing_is_looked_through_while_a_command_is_loaded() -> None:
    assert printed(LOADED) == "0 True"


def test_what_was_loaded_is_never_looked_through_and_later_cycles_are_found() -> None:
    assert printed(RUNNING) == "True True 1"
