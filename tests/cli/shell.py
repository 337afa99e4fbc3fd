"""Somebody at a shell: a place, an environment, and commands that end."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass
class Shell:
    """Runs `newsbell` as a person does who has no configuration and no database here."""

    path: Path
    environ: dict[str, str]

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "monitor", *words]

    def __call__(self, *words: str, **how: Any) -> subprocess.CompletedProcess[str]:
        return self.runs(self.command(*words), **how)

    def runs(self, command: list[str], **how: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            env=self.environ,
            cwd=self.path,
            capture_output=True,
            text=True,
            timeout=50,
            check=False,
            **how,
        )

    def json(self, *words: str) -> list[dict[str, Any]]:
        """Return the objects that a command prints."""
        done = self(*words, "--json")
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]
