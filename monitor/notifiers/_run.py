"""Running a program once: by its arguments, never a shell, and never longer than its deadline."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

HEARD = 4_096  # bytes of what a program complains of
KEPT = frozenset(  # of our environment, which may hold secrets of config.toml
    [
        "DBUS_SESSION_BUS_ADDRESS",
        "DISPLAY",
        "HOME",
        "LANG",
        "LC_ALL",
        "LOGNAME",
        "PATH",
        "TMPDIR",
        "TZ",
        "USER",
        "WAYLAND_DISPLAY",
        "XDG_RUNTIME_DIR",
    ]
)


async def run(
    argv: Sequence[str],
    data: bytes,
    *,
    deadline: float,
    more: Mapping[str, str],
    stderr: int = asyncio.subprocess.DEVNULL,
) -> int:
    """Return the exit status of a program that is given `data` on stdin; its output goes nowhere, or its stderr to a descriptor.

    It has a session of its own. At the `deadline` (seconds), or when this is cancelled, it is killed with all
    that it started. Its environment is what any program needs, and `more`.

    Raises:
        OSError: it could not be started.
        TimeoutError: it was killed.
    """
    environ = {name: value for name, value in os.environ.items() if name in KEPT}
    process = await asyncio.create_subprocess_exec(
        *argv,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=stderr,
        env={**environ, **more},
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(deadline):
            await process.communicate(data)
    except BaseException:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await asyncio.shield(process.wait())
        raise
    assert process.returncode is not None
    return process.returncode


@contextmanager
def listening() -> Iterator[tuple[int, Callable[[], bytes]]]:
    """Yield a descriptor for what a program complains of, and what reads the first 4 KiB of that.

    Nobody waits for its end: what the program started may hold it open for ever.
    """
    reading, writing = os.pipe()
    os.set_blocking(reading, False)

    def heard() -> bytes:
        with suppress(BlockingIOError):
            return os.read(reading, HEARD)
        return b""

    try:
        yield writing, heard
    finally:
        os.close(reading)
        os.close(writing)
