"""Completion in a real bash, by the script that the command prints."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

BASH = shutil.which("bash")
TYPED = """
eval "$(newsbell completion bash)"
COMP_WORDS=(newsbell {words}) COMP_CWORD={at}
_newsbell_completion newsbell
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.mark.skipif(BASH is None, reason="there is no bash")
@pytest.mark.parametrize(
    ("words", "at", "wanted"),
    [("ale", 1, {"alerts"}), ("export --si", 2, {"--since"}), ("service in", 2, {"install"})],
)
def test_bash_completes_what_is_typed(words: str, at: int, wanted: set[str]) -> None:
    assert BASH is not None
    environ = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": "/nonexistent"}
    done = subprocess.run(
        [BASH, "--norc", "-c", TYPED.format(words=words, at=at)],
        env=environ,
        capture_output=True,
        text=True,
        check=True,
        timeout=50,
    )
    assert set(done.stdout.split()) == wanted, done.stderr


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_the_others_have_a_script(shell: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "monitor", "completion", shell], capture_output=True, text=True, check=True
    )
    assert f"complete_{shell}" in done.stdout
