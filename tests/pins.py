"""The lowest releases that pyproject.toml allows, as constraints for pip: `make lowest` runs the tests with them.

    python -m tests.pins > constraints.txt

What is installed without constraints is the newest; both have to pass.
"""

import re
from pathlib import Path

import tomli

TOP = Path(__file__).parents[1]
LOWEST = re.compile(r"([A-Za-z0-9._-]+)>=([0-9.]+)")


def lowest(pyproject: Path = TOP / "pyproject.toml") -> list[str]:
    """Return `name==version` of each dependency; raises ValueError for one without a lower bound."""
    project = tomli.loads(pyproject.read_text("utf-8"))["project"]
    asked = [
        *project["dependencies"],
        *(one for extra in project["optional-dependencies"].values() for one in extra),
    ]
    found = []
    for one in asked:
        bound = LOWEST.match(one)
        if bound is None:
            raise ValueError(f"{one} has no lower bound")
        found.append(f"{bound[1]}=={bound[2]}")
    return found


if __name__ == "__main__":
    print("\n".join(lowest()))
