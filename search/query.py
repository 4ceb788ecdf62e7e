"""The query language: small, forgiving, and never able to raise."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from enum import Enum
from typing import Self

from search.analysis import WORD, is_stop

MOST_WORDS = 12
LONGEST_INPUT = 1000
FIELDS = ("kind", "platform", "topic", "tag", "owner", "status", "lang")
_ALSO_CALLED = {"post": "owner", "unit": "owner", "language": "lang", "type": "kind"}
_DATES = ("after", "before")

_PIECE = re.compile(
    r"""(?P<minus>-?)
        (?: (?P<field>[A-Za-z]+):(?:"(?P<quoted>[^"]*)"?|(?P<bare>[^\s"]+))
          | "(?P<phrase>[^"]*)"?
          | (?P<word>[^\s"]+) )""",
    re.VERBOSE,
)
_DAY = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")


class Sort(Enum):
    """How one clause wants to be found."""

    WORD = "word"
    PHRASE = "phrase"
    PREFIX = "prefix"


@dataclass(frozen=True, slots=True)
class Clause:
    """One thing looked for: a word (or a compound such as e-mail), a quoted phrase, or the beginning of a word."""

    text: str
    sort: Sort = Sort.WORD

    def __str__(self) -> str:
        return {Sort.WORD: self.text, Sort.PHRASE: f'"{self.text}"', Sort.PREFIX: f"{self.text}*"}[self.sort]


@dataclass(frozen=True, slots=True)
class Query:
    """What was asked: `groups` are joined by AND, the clauses inside a group by OR."""

    groups: tuple[tuple[Clause, ...], ...] = ()
    excluded: tuple[Clause, ...] = ()
    filters: tuple[tuple[str, str], ...] = ()
    without: tuple[tuple[str, str], ...] = ()
    after: date | None = None
    before: date | None = None
    lang: str = field(default="en", compare=False)

    def __str__(self) -> str:
        return " ".join(_written(self))

    @property
    def blank(self) -> bool:
        """Nothing was asked, not even a filter."""
        return not (self.groups or self.excluded or self.filters or self.without or self.after or self.before)

    def values(self, name: str) -> frozenset[str]:
        """The values a filter is set to; several mean any of them."""
        return frozenset(value for key, value in self.filters if key == name)

    def with_filter(self, name: str, value: str) -> Self:
        """The same question, narrowed to one more value of a facet."""
        return self if (name, value) in self.filters else replace(self, filters=(*self.filters, (name, value)))

    def without_filter(self, name: str, value: str | None = None) -> Self:
        """The same question without one value of a facet, or without the facet."""
        kept = tuple(pair for pair in self.filters if pair[0] != name or value not in (None, pair[1]))
        return replace(self, filters=kept)


def parse(raw: str, lang: str = "en") -> Query:
    """Understand what a person typed. At most twelve telling words count; words like "the" are free of charge."""
    reader = _Reader(lang)
    typed = raw[:LONGEST_INPUT].replace("\0", " ").encode("utf-8", "ignore").decode()
    for piece in _PIECE.finditer(typed):
        reader.take(piece)
    return reader.query()


class _Reader:
    def __init__(self, lang: str) -> None:
        self.lang = lang
        self.room = MOST_WORDS
        self.free = MOST_WORDS
        self.groups: list[list[Clause]] = []
        self.joining = False
        self.rest: dict[str, list[tuple[str, str]]] = {"filters": [], "without": []}
        self.excluded: list[Clause] = []
        self.dates: dict[str, date] = {}

    def take(self, piece: re.Match[str]) -> None:
        if piece["field"] is not None and self._filter(piece):
            return
        if piece[0].endswith(":") and piece[0].strip("-:").lower() in (*FIELDS, *_ALSO_CALLED, *_DATES):
            return
        if piece[0] == "OR":
            self.joining = bool(self.groups)
            return
        if clause := self._clause(piece):
            self._place(clause, bool(piece["minus"]))

    def query(self) -> Query:
        return Query(
            groups=tuple(tuple(group) for group in self.groups),
            excluded=tuple(self.excluded),
            filters=tuple(dict.fromkeys(self.rest["filters"])),
            without=tuple(dict.fromkeys(self.rest["without"])),
            after=self.dates.get("after"),
            before=self.dates.get("before"),
            lang=self.lang,
        )

    def _filter(self, piece: re.Match[str]) -> bool:
        name = _ALSO_CALLED.get(piece["field"].lower(), piece["field"].lower())
        value = " ".join((piece["quoted"] or piece["bare"] or "").split())
        value = value.lower() if name in ("kind", "status", "lang") else value
        if name in _DATES and not piece["minus"]:
            return self._date(name, value)
        if name not in FIELDS or not value:
            return False
        self.rest["without" if piece["minus"] else "filters"].append((name, value))
        return True

    def _date(self, name: str, value: str) -> bool:
        if day := _day(value):
            self.dates[name] = day
        return day is not None

    def _clause(self, piece: re.Match[str]) -> Clause | None:
        if piece["phrase"] is not None:
            return self._phrase(piece["phrase"])
        text = piece["word"] if piece["word"] is not None else piece[0].lstrip("-").replace('"', " ")
        words = WORD.findall(text)
        if len(words) == 1 and text.endswith("*") and len(words[0]) > 1 and self._fits(words):
            return Clause(words[0], Sort.PREFIX)
        return Clause(_joined(text), Sort.WORD) if words and self._fits(words) else None

    def _phrase(self, text: str) -> Clause | None:
        words = WORD.findall(text)[: self.room]
        return Clause(" ".join(words), Sort.PHRASE) if words and self._fits(words) else None

    def _fits(self, words: list[str]) -> bool:
        """Count the words against the twelve; words that say nothing in the reader's language have their own twelve."""
        if len(words) == 1 and is_stop(words[0], self.lang):
            self.free -= 1
            return self.free >= 0
        if len(words) > self.room:
            return False
        self.room -= len(words)
        return True

    def _place(self, clause: Clause, excluded: bool) -> None:
        if excluded:
            self.excluded.append(clause)
        elif self.joining:
            self.groups[-1].append(clause)
        else:
            self.groups.append([clause])
        self.joining = False


def _joined(text: str) -> str:
    """A word or compound from its first to its last letter; what stands around it carries no meaning."""
    found = list(WORD.finditer(text))
    inside = text[found[0].start() : found[-1].end()]
    joined = inside if _reads_the_same(inside, found) else "-".join(word[0] for word in found)
    return "or" if joined == "OR" else joined


def _reads_the_same(text: str, found: list[re.Match[str]]) -> bool:
    """Whether the written form would be read as this clause again and not as a filter or as several pieces."""
    first = _PIECE.match(text)
    whole = first is not None and first[0] == text and first["field"] is None
    return whole and WORD.findall(text) == [word[0] for word in found]


def _day(value: str) -> date | None:
    """The first day of a year or month, or the day itself; "after" begins on it and "before" ends on its eve."""
    if not (found := _DAY.fullmatch(value)):
        return None
    try:
        return date(int(found[1]), int(found[2] or 1), int(found[3] or 1))
    except ValueError:
        return None


def _written(query: Query) -> Iterator[str]:
    for group in query.groups:
        yield " OR ".join(str(clause) for clause in group)
    yield from (f"-{clause}" for clause in query.excluded)
    yield from (f"{name}:{_quoted(value)}" for name, value in query.filters)
    yield from (f"-{name}:{_quoted(value)}" for name, value in query.without)
    yield from (f"{name}:{day}" for name, day in (("after", query.after), ("before", query.before)) if day)


def _quoted(value: str) -> str:
    plain = " ".join(value.replace('"', " ").split())
    return f'"{plain}"' if " " in plain or plain != value else plain
