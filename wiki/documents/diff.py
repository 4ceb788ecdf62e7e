"""The difference between two texts, for people: by line, and by word inside a line that changed."""

import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from wiki.documents.matching import matching_runs

Operation = Literal["same", "ins", "del"]
Piece = tuple[Operation, str]

CONTEXT = 2
_WORDS = re.compile(r"\w+|\s+|[^\w\s]")
_ALIKE = 0.4
_MOST_PAIRS = 2_500


@dataclass(frozen=True, slots=True)
class DiffRow:
    """One line; a `skip` stands for `count` unchanged lines and has no pieces."""

    kind: Literal["same", "changed", "added", "removed", "skip"]
    pieces: tuple[Piece, ...] = ()
    count: int = 1


def diff_words(old: str, new: str, *, budget: float = 2.0) -> list[DiffRow]:
    """The rows that lead from `old` to `new`; none if they are the same.

    Two unchanged lines stay around each change. When `budget` seconds are over, what is left is shown as whole lines
    removed and added: coarse, but true.
    """
    if old == new:
        return []
    deadline = time.monotonic() + budget
    rows = _rows(_lines(old), _lines(new), deadline)
    return list(_collapsed(list(rows)))


def _lines(text: str) -> list[str]:
    """The lines of a text; a newline at its very end does not open another one."""
    lines = text.split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def _rows(old: Sequence[str], new: Sequence[str], deadline: float) -> Iterator[DiffRow]:
    i = j = 0
    for run in matching_runs(old, new, deadline):
        yield from _gap(old[i : run.a], new[j : run.b], deadline)
        for line in old[run.a : run.a + run.length]:
            yield DiffRow("same", (("same", line),))
        i, j = run.a + run.length, run.b + run.length


def _gap(old: Sequence[str], new: Sequence[str], deadline: float) -> Iterator[DiffRow]:
    """What stands between two common runs: lines that turned into others, and lines that came or went."""
    i = j = 0
    for next_i, next_j in [*_partners(old, new, deadline), (len(old), len(new))]:
        yield from (DiffRow("removed", (("del", line),)) for line in old[i:next_i])
        yield from (DiffRow("added", (("ins", line),)) for line in new[j:next_j])
        if next_i < len(old) and next_j < len(new):
            yield DiffRow("changed", tuple(_pieces(old[next_i], new[next_j], deadline)))
        i, j = next_i + 1, next_j + 1


def _partners(old: Sequence[str], new: Sequence[str], deadline: float) -> list[tuple[int, int]]:
    """Which lines of a gap are versions of each other: the best pairing of a small gap, line by line in a large one."""
    if time.monotonic() > deadline:
        return []
    words = [_weight(line) for line in old], [_weight(line) for line in new]
    if len(old) * len(new) <= _MOST_PAIRS:
        return _best_pairs(*words)
    return [(i, i) for i, (a, b) in enumerate(zip(*words, strict=False)) if _likeness(a, b) >= _ALIKE]


def _best_pairs(old: Sequence[Counter[str]], new: Sequence[Counter[str]]) -> list[tuple[int, int]]:
    """Pairs in order with the greatest sum of likeness, by the textbook table."""
    alike = [[_likeness(a, b) for b in new] for a in old]
    best = [[0.0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in range(len(old) - 1, -1, -1):
        for j in range(len(new) - 1, -1, -1):
            paired = alike[i][j] + best[i + 1][j + 1] if alike[i][j] >= _ALIKE else 0.0
            best[i][j] = max(paired, best[i + 1][j], best[i][j + 1])
    return list(_follow(alike, best))


def _follow(alike: Sequence[Sequence[float]], best: Sequence[Sequence[float]]) -> Iterator[tuple[int, int]]:
    i = j = 0
    while i < len(alike) and j < len(alike[0]):
        if best[i][j] == best[i + 1][j]:
            i += 1
        elif best[i][j] == best[i][j + 1]:
            j += 1
        else:
            yield i, j
            i, j = i + 1, j + 1


def _weight(line: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", line))


def _likeness(a: Counter[str], b: Counter[str]) -> float:
    """The share of words two lines have in common, from 0 to 1."""
    total = a.total() + b.total()
    return 2 * (a & b).total() / total if total else 0.0


def _pieces(old: str, new: str, deadline: float) -> Iterator[Piece]:
    a, b = _WORDS.findall(old), _WORDS.findall(new)
    i = j = 0
    removed = added = ""
    for run in matching_runs(a, b, deadline):
        same = "".join(a[run.a : run.a + run.length])
        removed += "".join(a[i : run.a])
        added += "".join(b[j : run.b])
        i, j = run.a + run.length, run.b + run.length
        if removed and added and same.isspace() and run.a + run.length < len(a):
            # A lone space between two changed words reads better as part of the change.
            removed, added = removed + same, added + same
            continue
        yield from _told(removed, added, same)
        removed = added = ""


def _told(removed: str, added: str, same: str) -> Iterator[Piece]:
    pieces: tuple[Piece, ...] = (("del", removed), ("ins", added), ("same", same))
    return (piece for piece in pieces if piece[1])


def _collapsed(rows: Sequence[DiffRow]) -> Iterator[DiffRow]:
    """Fold the unchanged lines that are far from any change."""
    near = _near_changes(rows)
    hidden = 0
    for i, row in enumerate(rows):
        if i in near:
            yield from _skip(hidden)
            hidden = 0
            yield row
        else:
            hidden += 1
    yield from _skip(hidden)


def _skip(hidden: int) -> Iterator[DiffRow]:
    if hidden:
        yield DiffRow("skip", count=hidden)


def _near_changes(rows: Sequence[DiffRow]) -> set[int]:
    changed = (i for i, row in enumerate(rows) if row.kind != "same")
    return {near for i in changed for near in range(i - CONTEXT, i + CONTEXT + 1)}
