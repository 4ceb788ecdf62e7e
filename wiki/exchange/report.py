"""The report of an import: what was turned into something else and what was not carried, by file and line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

LOST, TURNED = "not carried", "turned"
MOST_LINES = 12


@dataclass(slots=True)
class Report:
    """Rows of (file, what, line), kept in the order in which they came."""

    lost: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    turned: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    warned: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)

    def not_carried(self, file: str, line: int, what: str) -> None:
        """Something of the source is missing here, or shown otherwise than there."""
        self.lost.setdefault((file, what), []).append(line)

    def changed(self, file: str, line: int, what: str) -> None:
        """Something was written in another way, and nothing of it is missing."""
        self.turned.setdefault((file, what), []).append(line)

    def warn(self, file: str, line: int, what: str) -> None:
        """Everything of it is here, and somebody should look at it."""
        self.warned.setdefault((file, what), []).append(line)

    def count(self, what: str, number: int = 1) -> None:
        self.counts[what] += number

    def join(self, other: Report) -> None:
        """Add what another report holds."""
        for mine, theirs in ((self.lost, other.lost), (self.turned, other.turned), (self.warned, other.warned)):
            for key, lines in theirs.items():
                mine.setdefault(key, []).extend(lines)
        self.counts.update(other.counts)

    def lines(self) -> Iterable[str]:
        """The whole report, for a file."""
        yield "# Import"
        yield ""
        for what, number in self.counts.items():
            yield f"- {what}: {number:,}"
        titles = ("Look at this", "Not carried", "Turned into something else")
        for title, rows in zip(titles, (self.warned, self.lost, self.turned), strict=True):
            if not rows and rows is self.warned:
                continue
            yield from ("", f"## {title}", "")
            for (file, what), lines in sorted(rows.items()):
                yield f"{file}:{lines[0]}: {what}{_also(lines)}"

    def summary(self) -> Iterable[str]:
        """The counts, and the sorts of things that were not carried, most frequent first."""
        for what, number in self.counts.items():
            yield f"{what}: {number:,}"
        for (file, what), lines in sorted(self.warned.items()):
            yield f"{file}:{lines[0]}: {what}"
        if not self.lost:
            return
        yield "Not carried:"
        sorts: Counter[str] = Counter()
        for (_, what), lines in self.lost.items():
            sorts[what.partition(": ")[0]] += len(lines)
        for what, number in sorts.most_common(15):
            yield f"  {number:>6,}  {what}"


def _also(lines: list[int]) -> str:
    if len(lines) == 1:
        return ""
    rest = ", ".join(str(line) for line in lines[1:MOST_LINES])
    return f" (also on line {rest}{'…' if len(lines) > MOST_LINES else ''})"
