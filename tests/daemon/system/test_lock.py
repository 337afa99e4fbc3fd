"""One daemon per state directory."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from monitor.daemon.system import lock

HOLD = "import sys, time; from pathlib import Path; from monitor.daemon.system import lock\nwith lock.held(Path(sys.argv[1])): print('held', flush=True); time.sleep(60)"


def test_a_second_daemon_is_kept_out_and_told_who_is_in(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        assert lock.holder(tmp_path) == holder.pid
        with pytest.raises(lock.Locked, match=str(holder.pid)), lock.held(tmp_path):
            pass

        os.kill(holder.pid, signal.SIGKILL)  # the kernel releases the lock of the dead
        holder.wait()
    assert lock.holder(tmp_path) is None
    with lock.held(tmp_path):
        assert lock.holder(tmp_path) == os.getpid()
    assert lock.holder(tmp_path) is None


def test_two_directories_that_name_one_database_are_two_daemons_on_it(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "an other"
    for directory in (one, other):
        directory.mkdir()
    database, alias = one / "news.db", other / "alias.db"
    alias.symlink_to(database)
    with (
        lock.held(other),
        lock.database_held(database, other),
        pytest.raises(lock.Locked) as refused,
        lock.held(one),
        lock.database_held(alias, one),
    ):
        pass
    assert str(refused.value) == (
        f"{alias} is in use by process {os.getpid()}:"
        f" stop that one with `newsbell stop --state '{other}'`, or name another [store] url"
    )
    with lock.held(one), lock.database_held(alias, one):
        pass
