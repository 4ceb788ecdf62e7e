"""What became of each row of an import: written to a file as it happens, told in short on the screen."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from wiki.people.importing import quoted

SHOWN = 12


class Outcome(StrEnum):
    """What was done with a row."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    # It was edited here, so it stays as it is.
    KEPT = "kept"
    # The same record stood in the file before.
    MERGED = "merged"
    REFUSED = "refused"


@dataclass(slots=True)
class RowReport:
    """Counts what became of the rows, and remembers the first that need a look. `file` gets every row as CSV."""

    file: Any = None
    counts: Counter[str] = field(default_factory=Counter)
    shown: dict[str, list[str]] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    _writer: Any = None
    _waiting: list[tuple[int, str, Outcome, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.file is not None:
            self._writer = csv.writer(self.file)
            self._writer.writerow(("row", "id", "outcome", "message"))

    @property
    def refused(self) -> int:
        return self.counts[Outcome.REFUSED]

    def add(self, line: int, key: str, outcome: Outcome, message: str = "") -> None:
        """One row is done; it is told with the next `flush`."""
        self._waiting.append((line, key, outcome, message))

    def flush(self) -> None:
        """Tell the rows that are done, in the order of the file."""
        for row in sorted(self._waiting):
            self._tell(*row)
        self._waiting.clear()

    def _tell(self, line: int, key: str, outcome: Outcome, message: str) -> None:
        self.counts[outcome] += 1
        if self._writer is not None:
            self._writer.writerow((line, quoted(key), outcome, quoted(message)))
        if outcome in (Outcome.REFUSED, Outcome.MERGED, Outcome.KEPT) or message:
            heap = self.shown.setdefault(str(outcome), [])
            if len(heap) < SHOWN:
                heap.append(f"row {line}{f' ({key[:40]})' if key else ''}: {outcome}: {message}")

    def summary(self) -> Iterable[str]:
        """Notices, the first rows of each sort that need a look, and the counts."""
        yield from (f"Notice: {notice}" for notice in self.notices)
        for outcome, lines in self.shown.items():
            yield from lines
            if len(lines) == SHOWN and self.counts[outcome] > SHOWN:
                yield f"… there may be more that are {outcome}; --report FILE tells every row."
        for outcome in Outcome:
            if self.counts[outcome]:
                yield f"{outcome}: {self.counts[outcome]:,}"
