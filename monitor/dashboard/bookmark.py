"""Where a viewer last looked: one number in a small file."""

from pathlib import Path


class Bookmark:
    """A cursor kept in `path`. Where it cannot be kept, `trouble` says so and what was seen is new again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.cursor = _read(path)  # 0 for a viewer that never looked
        self.trouble = ""

    def move(self, cursor: int) -> None:
        """Remember `cursor`; a crash leaves the old one or the new one."""
        if cursor == self.cursor or self.trouble:
            return
        fresh = self._path.with_name(self._path.name + ".new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            fresh.write_text(f"{cursor}\n", "ascii")
            fresh.replace(self._path)
        except OSError as error:
            self.trouble = (
                f"{self._path} cannot be written ({error.strerror}): what you saw will be new again"
            )
        else:
            self.cursor = cursor


def _read(path: Path) -> int:
    try:
        text = path.read_text("ascii").strip()
    except (OSError, ValueError):
        return 0
    return int(text) if text.isdigit() and len(text) < 19 else 0
