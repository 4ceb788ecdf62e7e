"""What CI prints of how sharing was tested: tests note what they compared, and `python -m tests.site.report` shows it.

The notes are lines in the file that CHANCERY_TEST_REPORT names, so that several processes can write them.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

VARIABLE = "CHANCERY_TEST_REPORT"
ROOT = Path(__file__).resolve().parents[2]
MATRIX = Path(__file__).with_name("access_matrix.txt")
MUTATIONS = ROOT / "docs" / "sharing-tests.md"


def note(about: str, **told: object) -> None:
    """Write down what a test compared; nothing when nobody asked for a report."""
    place = os.environ.get(VARIABLE)
    if place:
        with open(place, "a", encoding="utf-8") as file:
            file.write(json.dumps({"about": about, **told}) + "\n")


def main() -> None:
    """Print the access matrix, the list of places that were tried, and what the twin worlds compared."""
    for title, place in (("Access matrix", MATRIX), ("Filters taken away", MUTATIONS)):
        print(f"== {title} ({place.relative_to(ROOT)})")
        print(place.read_text(encoding="utf-8") if place.exists() else "missing")
    print("== Twin worlds")
    place = os.environ.get(VARIABLE, "")
    lines = Path(place).read_text(encoding="utf-8").splitlines() if place and Path(place).exists() else []
    for line in sorted(lines):
        told = json.loads(line)
        print(" ".join([told.pop("about") + ":", *(f"{name} {value}" for name, value in told.items())]))
    if not lines:
        print("nothing was compared")
        sys.exit(1)


if __name__ == "__main__":
    main()
