"""From one row of a table to a lesson: its title, its text in boxes, its day and its words. Nothing of it is lost."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from guidelines.lessons import story
from guidelines.lessons.columns import SKIP, Columns
from guidelines.lessons.importing_rows import Row
from guidelines.lessons.importing_titles import headline, plain, shortened
from guidelines.lessons.models import Nature
from wiki.documents.texts import slug_of
from wiki.exchange import rawhtml
from wiki.exchange.converter import Converter
from wiki.exchange.report import Report
from wiki.exchange.targets import NOWHERE, Targets

MOST_LETTERS = 400_000
ID_LENGTH = 120
LINE_LENGTH = 400
MOST_TAGS = 20
TERM_LENGTH = 60
_ALSO = {"en": "Also in the record", "ar": "في السجل أيضًا"}
_OWN_HEADINGS = {
    "abstract": {"en": "In short", "ar": "باختصار"},
    "learned": {"en": "What was learned", "ar": "ماذا تعلمنا"},
}
_KNOWN_TAG = re.compile(rf"</?(?:{'|'.join(sorted(rawhtml.KNOWN, key=len, reverse=True))})\b|<!--", re.IGNORECASE)
_BAD_LINK = re.compile(r"(?<=href=)([\"']?)\s*(?!https?:|mailto:)[a-z][a-z0-9+.-]{1,20}:", re.IGNORECASE)
_FENCE = re.compile(r"^( {0,3})(`{3,}|~{3,}|:{3,})", re.MULTILINE)
_HEADING = re.compile(r"^ {0,3}#{1,2}(?=[ \t])", re.MULTILINE)
_UNDERLINED = re.compile(r"^([ \t]*)(=+|-+)[ \t]*$", re.MULTILINE)
_ITEM = re.compile(r"[-*+•>|] ?|\d{1,3}[.)] ")
_DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d.%m.%Y", "%d %B %Y", "%d %b %Y", "%B %d, %Y", "%b %d, %Y", "%Y%m%d")
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})\Z")


class RowRefused(Exception):
    """The row makes no lesson; the message says why."""


@dataclass(slots=True)
class Record:
    """A lesson as the row tells it. `notices` say what of the row was shown otherwise than it stands there."""

    line: int
    key: str
    title: str
    body: str
    columns: dict[str, Any]
    tags: list[str] = field(default_factory=list)
    platforms: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    @property
    def fingerprint(self) -> str:
        """What a second import compares."""
        columns = {name: str(value) for name, value in self.columns.items()}
        told = [self.title, self.body, columns, sorted(self.tags), sorted(self.platforms)]
        return hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Reading:
    """How the rows of one file are read."""

    columns: Columns
    lang: str = "en"
    nature: str = Nature.FAILURE


def record_of(row: Row, reading: Reading) -> Record:
    """The lesson that a row tells. Raises RowRefused."""
    if row.problem:
        raise RowRefused(row.problem)
    if sum(map(len, row.cells.values())) > MOST_LETTERS:
        raise RowRefused("This row holds more text than a lesson can. Shorten it, or make two lessons of it.")
    maker = _Maker(row, reading)
    return maker.record()


class _Maker:
    def __init__(self, row: Row, reading: Reading) -> None:
        self.row, self.reading = row, reading
        self.notices: list[str] = []
        # What a part could not take, by the name of its column, for the end of the text.
        self.also: dict[str, str] = {}
        self.parts: dict[str, str] = {}
        self.names: dict[str, str] = {}
        for name, cell in row.cells.items():
            part = reading.columns.parts.get(name)
            if part is None and cell.strip():
                self.also[name] = self._text(cell)
            elif part is not None and part != SKIP:
                self.parts[part], self.names[part] = cell, name

    def record(self) -> Record:
        boxes = {part: self._text(self.parts.get(part, "")) for part in story.HEADINGS}
        own = {part: self._text(self.parts.get(part, "")) for part in _OWN_HEADINGS}
        full, title = self._title(boxes, own)
        if not title:
            raise RowRefused("This row has neither a title nor a text.")
        columns = self._columns()
        tags, platforms = self._terms("topics"), self._terms("platforms")
        body = self._body(boxes, own, full if len(full) > len(title) + 1 else "")
        return Record(
            self.row.line,
            self._key(title, body),
            title,
            body,
            columns,
            tags,
            platforms,
            list(dict.fromkeys(self.notices)),
        )

    def _text(self, cell: str) -> str:
        """A cell as Markdown that stays within its box."""
        text = _unwanted(cell)
        if _KNOWN_TAG.search(text):
            # What opens a comment after the last one that is closed is text; looking for its end takes long.
            end = text.rfind("-->") + 1
            text = text[:end] + text[end:].replace("<!--", "&lt;!--")
            text = _BAD_LINK.sub(rf"\1{NOWHERE}", text)
            report = Report()
            text = Converter("", Targets("lesson", "/lessons"), {}, report).convert(text, self.row.line)
            self.notices += [f"left out: {what}" for _, what in report.lost]
        return tamed(text)

    def _title(self, boxes: Mapping[str, str], own: Mapping[str, str]) -> tuple[str, str]:
        """The title the row gives, and the one that the lesson gets."""
        given = " ".join(plain(self._text(self.parts.get("title", ""))).split())
        if given:
            return given, shortened(given)
        order = (boxes["recommended"], own["learned"], own["abstract"], boxes["happened"], boxes["intended"])
        return "", headline((*order, boxes["sense"], *self.also.values()))

    def _columns(self) -> dict[str, Any]:
        found: dict[str, Any] = {"nature": self._nature(), "attribution": "post"}
        if words := self._line("happened_on"):
            if (day := day_of(words)) is not None:
                found["happened_on"] = day
            else:
                self._keep("happened_on", f"“{words[:40]}” is not a day, and stands in the text")
        if words := self._line("harm"):
            if words in ("1", "2", "3", "4", "5"):
                found["harm"] = int(words)
            else:
                self._keep("harm", "the harm is no number from 1 to 5, and stands in the text")
        for part in ("cause", "action"):
            if len(words := self._line(part)) <= LINE_LENGTH:
                found[part] = words
            else:
                self._keep(part, f"the {part} is longer than {LINE_LENGTH} characters, and stands in the text")
        return found

    def _nature(self) -> str:
        words = self._line("nature")
        if not words:
            return self.reading.nature
        wanted = words.lower().replace(" ", "-").replace("_", "-")
        if wanted in list(Nature):
            return wanted
        self._keep("nature", f"“{words[:40]}” is no kind of lesson, and stands in the text")
        return self.reading.nature

    def _line(self, part: str) -> str:
        return " ".join(plain(self._text(self.parts.get(part, ""))).split())

    def _keep(self, part: str, notice: str) -> None:
        self.also[self.names[part]] = self._text(self.parts[part])
        self.notices.append(notice)

    def _terms(self, part: str) -> list[str]:
        words = [" ".join(word.split()) for word in re.split(r"[,;|\n]", self._text(self.parts.get(part, "")))]
        slugs = list(dict.fromkeys(slug_of(word) for word in words if re.search(r"\w", word)))
        if len(slugs) > MOST_TAGS or any(len(slug) > TERM_LENGTH for slug in slugs):
            self._keep(part, f"too many or too long {part}, which stand in the text")
        return [slug for slug in slugs if len(slug) <= TERM_LENGTH][:MOST_TAGS]

    def _body(self, boxes: Mapping[str, str], own: Mapping[str, str], title: str) -> str:
        lang = self.reading.lang
        lead = [tamed(title)] if title else []
        for part, headings in _OWN_HEADINGS.items():
            if own[part]:
                lead.append(f"## {headings.get(lang, headings['en'])}\n\n{own[part]}")
        text = story.compose({**boxes, story.REST: "\n\n".join(lead)}, lang)
        if not self.also:
            return text
        heading = _ALSO.get(lang, _ALSO["en"])
        told = [f"**{tamed(_unwanted(name))}:** {words}" for name, words in self.also.items()]
        return "\n\n".join([text.rstrip(), f"## {heading}", *told]).lstrip() + "\n"

    def _key(self, title: str, body: str) -> str:
        """What the row is known by: its own id, or a fingerprint of its words."""
        given = " ".join(_unwanted(self.parts.get("id", "")).split())
        if len(given) > ID_LENGTH:
            raise RowRefused(f"Its id is longer than {ID_LENGTH} characters.")
        return given or "sha256-" + hashlib.sha256("\n".join((title, body)).encode()).hexdigest()[:32]


def tamed(text: str) -> str:
    """Markdown that opens no section of the first two levels, and no fence or box that it does not close."""
    lines = [line if not line.startswith("    ") else line.lstrip() for line in _lines(text)]
    text = "\n".join(lines).strip()
    if ":::" in text or _is_left_open(text):
        text = _FENCE.sub(lambda found: found[1] + "".join(f"\\{sign}" for sign in found[2]), text)
    return _UNDERLINED.sub(r"\1\\\2", _HEADING.sub("###", text))


def _is_left_open(text: str) -> bool:
    """Whether a fence of code would go on into the next box."""
    mark = ""
    for found in _FENCE.finditer(text):
        if not mark:
            mark = found[2]
        elif found[2].startswith(mark) and found.string[found.end() :].partition("\n")[0].strip() == "":
            mark = ""
    return bool(mark)


def _lines(text: str) -> Iterable[str]:
    """The lines of a cell. In a spreadsheet each of them is a paragraph or an item."""
    text = re.sub(r"(?<=\S)[ \t]+•[ \t]+", "\n• ", text)
    lines = [re.sub(r"^(\s*)•\s*", r"\1- ", line.rstrip()) for line in text.splitlines()]
    if any(not line.strip() for line in lines[1:-1]) or _FENCE.search(text):
        yield from lines
        return
    for before, line in pairwise(["", *lines]):
        both_are_items = _ITEM.match(line.lstrip()) and _ITEM.match(before.lstrip())
        if line.strip() and before.strip() and not both_are_items:
            yield ""
        yield line


def _unwanted(text: str) -> str:
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ue000-\uf8ff]", "", text.replace("\r\n", "\n"))


def day_of(words: str) -> date | None:
    """The day some words mean, or None when they mean none, or could mean two (as 03/04/2020)."""
    start = words.partition("T")[0] if re.match(r"\d{4}-\d\d-\d\dT", words) else re.sub(r" \d\d?:\d\d.*", "", words)
    for pattern in _DAYS:
        try:
            return datetime.strptime(start, pattern).date()
        except ValueError:
            continue
    if found := _SLASHED.match(start):
        return _of_slashes(int(found[1]), int(found[2]), int(found[3]))
    return None


def _of_slashes(first: int, second: int, year: int) -> date | None:
    if first <= 12 and second <= 12 and first != second:
        return None
    month, day = (second, first) if first > 12 else (first, second)
    try:
        return date(year, month, day)
    except ValueError:
        return None
