"""Bringing two people's changes of one text together."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from wiki.documents.matching import Run, matching_runs

Lines = list[str]


@dataclass(frozen=True, slots=True)
class Conflict:
    """A place both changed differently; `line` is where its first marker stands in the merged text, from 1."""

    base: str
    mine: str
    theirs: str
    line: int


@dataclass(frozen=True, slots=True)
class Merge:
    """The merged text; where it is not clean, both versions stand between markers."""

    text: str
    conflicts: tuple[Conflict, ...]

    @property
    def clean(self) -> bool:
        return not self.conflicts


@dataclass(frozen=True, slots=True)
class _Chunk:
    base: Lines
    mine: Lines
    theirs: Lines


def merge3(
    base: str, mine: str, theirs: str, *, names: tuple[str, str] = ("mine", "theirs"), budget: float = 2.0
) -> Merge:
    """Merge by line: a place only one side changed takes that change, a place both changed alike takes it once.

    Nothing anybody typed is lost: a conflict holds both versions between markers that carry `names`. When `budget`
    seconds are over, the places grow larger, so there may be more in a conflict than need be.
    """
    deadline = time.monotonic() + budget
    merged: Lines = []
    conflicts: list[Conflict] = []
    for chunk in _chunks(base.split("\n"), mine.split("\n"), theirs.split("\n"), deadline):
        agreed = _agreed(chunk)
        if agreed is not None:
            merged += agreed
        else:
            conflicts.append(_told(chunk, len(merged) + 1))
            merged += _marked(chunk, names)
    return Merge("\n".join(merged), tuple(conflicts))


def _agreed(chunk: _Chunk) -> Lines | None:
    if chunk.mine == chunk.base or chunk.mine == chunk.theirs:
        return chunk.theirs
    return chunk.mine if chunk.theirs == chunk.base else None


def _told(chunk: _Chunk, line: int) -> Conflict:
    return Conflict("\n".join(chunk.base), "\n".join(chunk.mine), "\n".join(chunk.theirs), line)


def _marked(chunk: _Chunk, names: tuple[str, str]) -> Lines:
    return [f"<<<<<<< {names[0]}", *chunk.mine, "=======", *chunk.theirs, f">>>>>>> {names[1]}"]


def _chunks(base: Lines, mine: Lines, theirs: Lines, deadline: float) -> Iterator[_Chunk]:
    """Cut the three texts where all of them agree."""
    i = j = k = 0
    halfway = (time.monotonic() + deadline) / 2
    my_runs, their_runs = matching_runs(base, mine, halfway), matching_runs(base, theirs, deadline)
    for start, my_start, their_start, length in _common(my_runs, their_runs):
        yield _Chunk(base[i:start], mine[j:my_start], theirs[k:their_start])
        same = base[start : start + length]
        yield _Chunk(same, same, same)
        i, j, k = start + length, my_start + length, their_start + length


def _common(mine: Sequence[Run], theirs: Sequence[Run]) -> Iterator[tuple[int, int, int, int]]:
    """Where stretches of the base stand unchanged in both; the last one is the empty stretch at the end of all."""
    m = t = 0
    while m < len(mine) and t < len(theirs):
        start, end = _overlap(mine[m], theirs[t])
        last = m == len(mine) - 1 and t == len(theirs) - 1
        if start < end or last:
            yield start, mine[m].b + start - mine[m].a, theirs[t].b + start - theirs[t].a, end - start
        mine_first = t == len(theirs) - 1 or (m < len(mine) - 1 and _end(mine[m]) <= _end(theirs[t]))
        m, t = (m + 1, t) if mine_first else (m, t + 1)


def _overlap(mine: Run, theirs: Run) -> tuple[int, int]:
    return max(mine.a, theirs.a), min(_end(mine), _end(theirs))


def _end(run: Run) -> int:
    return run.a + run.length
