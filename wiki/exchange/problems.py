"""What is wrong with a file, told so that somebody can mend it: where, which value, and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

SHOWN = 60
# Comparing words is slow, and a file may have a thousand mistakes in a wiki with ten thousand addresses.
MOST_COMPARED = 500


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake. `path` is the place in the file such as documents[3].audience[1]; `message` ends with the remedy."""

    file: str
    message: str
    path: str = ""
    value: object = None
    line: int | None = None

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        value = "" if self.value is None else f"{shown(self.value)} "
        return ": ".join(part for part in (place, self.path, value + self.message) if part)


class FileRefused(Exception):
    """The file cannot be taken; `problems` is everything that is wrong with it. Nothing was written."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


@dataclass(slots=True)
class Notes:
    """What was found while reading one file."""

    file: str
    problems: list[Problem] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    # Where each place of the file begins, for mistakes that are found later than it was read.
    lines: dict[str, int] = field(default_factory=dict)

    def wrong(self, path: str, value: object, message: str, line: int | None = None) -> None:
        self.problems.append(Problem(self.file, message, path, value, line or self._line(path)))

    def _line(self, path: str) -> int | None:
        """The line of a place, or of what it stands in."""
        while path:
            if path in self.lines:
                return self.lines[path]
            path = path[: max(path.rfind("."), path.rfind("["), 0)]
        return None

    def notice(self, path: str, words: str) -> None:
        """Something that was done and that the reader of the report should know."""
        self.notices.append(f"{path}: {words}" if path else words)

    def refuse_if_wrong(self) -> None:
        if self.problems:
            raise FileRefused(sorted(self.problems, key=lambda problem: problem.line or 0))


def shown(value: object) -> str:
    """A value between quotes, on one line and not too long."""
    if isinstance(value, dict | list):
        return "a list" if isinstance(value, list) else "a mapping"
    words = " ".join(str(value).split())
    words = "".join(sign if sign.isprintable() else "\ufffd" for sign in words)
    return f"“{words[:SHOWN]}…”" if len(words) > SHOWN else f"“{words}”"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A sentence that proposes the nearest known word, or names them all when they are few."""
    words = sorted(set(known))
    if len(words) > MOST_COMPARED:
        words = [one for one in words if one[:2] == word[:2]][:MOST_COMPARED]
    near = get_close_matches(word, words, n=1, cutoff=0.6)
    if near:
        return f"Did you mean “{near[0]}”?"
    return f"Use one of: {', '.join(words)}." if 0 < len(words) <= 24 else ""
