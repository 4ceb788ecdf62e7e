"""Reading the fields of a mapping: each says what it wants, and what does not fit becomes a problem with its place."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime
from typing import Any

from wiki.exchange.problems import Notes, did_you_mean
from wiki.exchange.yamls import Items, Mapping

_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_DAY = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?")
_MOMENT = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})[Tt ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*(Z|[+-]\d{2}:?\d{2})?"
)


class Fields:
    """One mapping of a file. What was asked for is known; `done` refuses the rest."""

    def __init__(self, notes: Notes, path: str, value: Any, line: int | None = None) -> None:
        self.notes, self.path, self.line = notes, path, line
        self.known: set[str] = set()
        self.data: Any = value if isinstance(value, dict) else {}
        if not isinstance(value, dict):
            notes.wrong(path, value, "is not a mapping. Write key: value pairs here.", line)
            self.broken = True
        else:
            self.broken = False

    def at(self, key: str) -> str:
        """The path of a field."""
        return f"{self.path}.{key}" if self.path else key

    def line_of(self, key: str) -> int | None:
        return self.data.lines.get(key, self.line) if isinstance(self.data, Mapping) else self.line

    def has(self, key: str) -> bool:
        return self.data.get(key) is not None

    def wrong(self, key: str, message: str, value: object = None) -> None:
        """Say that a field is wrong; its value is shown unless another is given."""
        shown = self.data.get(key) if value is None else value
        self.notes.wrong(self.at(key), shown, message, self.line_of(key))

    def text(self, key: str, *, longest: int = 0, required: bool = False, default: str = "") -> str:
        """Words on any number of lines; `longest` is in characters."""
        self.known.add(key)
        value = self.data.get(key)
        if value is None:
            if required and not self.broken:
                self.notes.wrong(self.at(key), None, "is missing. Add it.", self.line_of(key))
            return default
        if not isinstance(value, str):
            self.wrong(key, f"is {_kind_of(value)}, and text is wanted. Put it between quotes.")
            return default
        if _UNSTORABLE.search(value):
            self.wrong(key, "holds characters that cannot be stored. Take out control characters.")
            return default
        if required and not value.strip():
            self.wrong(key, "is empty. Fill it in.")
        if longest and len(value) > longest:
            self.wrong(key, f"has {len(value)} characters. Keep it to {longest}.")
        return value

    def flag(self, key: str, default: bool | None = None) -> bool | None:
        """Yes or no."""
        self.known.add(key)
        value = self.data.get(key)
        if value is not None and not isinstance(value, bool):
            self.wrong(key, "is neither true nor false. Write one of them without quotes.")
            return default
        return default if value is None else value

    def choice(self, key: str, options: Collection[str], *, what: str, default: str | None = None) -> str | None:
        """One word of a list."""
        value = self.text(key)
        if not value:
            return default
        if value not in options:
            self.wrong(key, f"is not {what}. {did_you_mean(value, options)}".rstrip())
            return default
        return value

    def day(self, key: str) -> date | None:
        """A day as 2027-03-01; a year and month alone mean its first day."""
        self.known.add(key)
        value = self.data.get(key)
        if value is None:
            return None
        found = day_of(value)
        if found is None:
            self.wrong(key, "is not a day. Write it as 2027-03-01.")
        return found

    def items(self, key: str) -> Iterator[tuple[str, Any, int | None]]:
        """Path, value and line of each item of a list."""
        self.known.add(key)
        value = self.data.get(key)
        if value is None:
            return
        if not isinstance(value, list):
            self.wrong(key, f"is {_kind_of(value)}, and a list is wanted. Write it as [one, two].")
            return
        lines = value.lines if isinstance(value, Items) else [self.line] * len(value)
        for number, (item, line) in enumerate(zip(value, lines, strict=True)):
            path = f"{self.at(key)}[{number}]"
            if line:
                self.notes.lines[path] = line
            yield path, item, line

    def words(self, key: str, *, longest: int = 0) -> tuple[tuple[str, str], ...]:
        """Path and text of each item of a list of words."""
        found = []
        for path, item, line in self.items(key):
            if not isinstance(item, str) or not item.strip():
                self.notes.wrong(path, item, f"is {_kind_of(item)}, and a word is wanted. Put it between quotes.", line)
            elif longest and len(item) > longest:
                self.notes.wrong(path, item, f"has {len(item)} characters. Keep it to {longest}.", line)
            else:
                found.append((path, item.strip()))
        return tuple(found)

    def done(self, also: Collection[str] = ()) -> None:
        """Refuse what nobody asked for."""
        for key in self.data:
            if line := self.line_of(key):
                self.notes.lines[self.at(key)] = line
            if key not in self.known:
                message = f"is not known here. {did_you_mean(key, self.known | set(also))}".rstrip()
                self.notes.wrong(self.at(key), None, message, self.line_of(key))


def day_of(value: object) -> date | None:
    """The day a YAML value means, or None."""
    if isinstance(value, datetime):
        return (value.astimezone(UTC) if value.tzinfo else value).date()
    if isinstance(value, date):
        return value
    found = _DAY.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3] or 1))
    except ValueError:
        return None


def moment_of(value: object) -> datetime | None:
    """The moment a YAML value means, in UTC, or None. A day is its midnight; without an offset it is UTC."""
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    found = _MOMENT.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        day = day_of(value)
        return datetime(day.year, day.month, day.day, tzinfo=UTC) if day else None
    numbers = [int(part or 0) for part in found.groups()[:6]]
    zone = (found[7] or "+00:00").upper().replace("Z", "+00:00")
    try:
        written = datetime(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5])
        offset = datetime.strptime(zone.replace(":", ""), "%z").tzinfo
        return written.replace(tzinfo=offset).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _kind_of(value: object) -> str:
    if isinstance(value, bool):
        return "yes or no"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, date):
        return "a date"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "a mapping"
    return "empty" if value is None or value == "" else "text"
