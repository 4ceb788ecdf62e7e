"""The steps of a track, read from its text: headings give the days, the lists below them the steps."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from markdown_it.token import Token
from sqlalchemy.orm import Session

from training.tracks.models import TrackItem
from wiki.documents.models import Document
from wiki.documents.texts import FILES, PreparedText
from wiki.markdown import TextRefused, WikiLink, normalise
from wiki.markdown.plain import opens_section, plain
from wiki.markdown.rendering import environment, parse

# The words that begin a heading of steps, with how many days each stands for.
_UNITS = {"day": 1, "week": 7, "month": 30, "يوم": 1, "أسبوع": 7, "اسبوع": 7, "شهر": 30}
_HEADING = re.compile(rf"(?:ال)?({'|'.join(_UNITS)})s?(?:\s*(\d{{1,3}})\b|\b)", re.IGNORECASE)
# How a writer says that a step need not be done; it stands at the end of its line.
OPTIONAL = r"\s*\((?:optional|اختياري)\)\.?\s*"
_OPTIONAL = re.compile(OPTIONAL + r"\Z", re.IGNORECASE)
_LISTS = {"bullet_list_open", "ordered_list_open"}
_LABEL, _KEY, _SECTION = 400, 160, 200


@dataclass(frozen=True, slots=True)
class When:
    """The part of the way that a heading opens: it begins `first` days after the start and ends with day `last`."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Item:
    """A step as it stands in a text. Without a label it is called what the document is called that it links to.

    `position` counts all items of the lists, so that the step is found again in the rendered text.
    """

    position: int
    key: str
    section: str
    offset_days: int
    kind: str
    slug: str
    label: str
    required: bool
    line: int


@dataclass(frozen=True, slots=True)
class Problem:
    """What a writer may want to look at again; `code` is a word of `hints.WORDS`, `about` goes into its sentence."""

    line: int
    code: str
    about: str = ""


@dataclass(frozen=True, slots=True)
class Path:
    """All steps of a text, in its order, and what is odd about them."""

    items: tuple[Item, ...]
    problems: tuple[Problem, ...]


def keep(session: Session, document: Document, revision: int, text: PreparedText) -> None:
    """Write down the steps of a text that is being saved (`Kind.saved`)."""
    session.add_all(
        TrackItem(
            document_id=document.id,
            revision=revision,
            position=item.position,
            key=item.key,
            section=item.section,
            offset_days=item.offset_days,
            target_kind=item.kind,
            target_slug=item.slug,
            label=item.label,
            required=item.required,
        )
        for item in read(text.body).items
    )


@lru_cache(maxsize=32)
def read(text: str) -> Path:
    """The steps of a text. One that cannot be parsed has none: it was refused before."""
    try:
        # Pictures want to know where files are, though no picture is drawn here.
        tokens = parse(normalise(text), {**environment(2.0), "files_url": FILES})
    except TextRefused:
        return Path((), ())
    walk = _Walk()
    for place, token in enumerate(tokens):
        if opens_section(token):
            walk.pass_heading(token)
        elif token.type in _LISTS and token.level == 0:
            walk.pass_list(tokens, place)
    return walk.end()


def when(heading: str) -> When | None:
    """The days that a heading such as “Week 2: Find your voice” stands for; None for a heading without a number."""
    found = _HEADING.match(heading.strip())
    if found is None or found[2] is None:
        return None
    days, number = _UNITS[found[1].lower()], max(int(found[2]), 1)
    return When((number - 1) * days, number * days - 1)


def is_timed(heading: str) -> bool:
    """Whether a heading opens steps: it begins with a day, a week or a month, with a number or without."""
    return _HEADING.match(heading.strip()) is not None


class _Walk:
    """A way through the tokens of a text."""

    def __init__(self) -> None:
        self.items: list[Item] = []
        self.problems: list[Problem] = []
        # Title, level and line of the heading that is open, and the days after the start that it begins with.
        self.title, self.level, self.line, self.offset = "", 0, 0, 0
        self.is_open, self.count, self.position = False, 0, -1

    def pass_heading(self, token: Token) -> None:
        title, level, line = token.meta["title"], int(token.tag[1]), _line_of(token)
        if is_timed(title):
            self._close()
            self.title, self.level, self.line, self.is_open, self.count = title, level, line, True, len(self.items)
            self._begin(title, line)
        elif self.is_open and level <= self.level:
            self._close()

    def _begin(self, title: str, line: int) -> None:
        days = when(title)
        if days is None:
            self.problems.append(Problem(line, "no-number", title))
        else:
            if days.first < self.offset:
                self.problems.append(Problem(line, "goes-back", title))
            self.offset = days.first

    def _close(self) -> None:
        if self.is_open and self.count == len(self.items):
            self.problems.append(Problem(self.line, "no-steps-here", self.title))
        self.is_open = False

    def pass_list(self, tokens: Sequence[Token], start: int) -> None:
        if not self.is_open:
            return
        for item, inline in _items(tokens, start):
            self.position += 1
            line = _line_of(item)
            if _OPTIONAL.sub("", plain(inline)):
                self.items.append(_item(inline, self.position, self.title[:_SECTION], self.offset, line))
            else:
                self.problems.append(Problem(line, "no-words"))

    def end(self) -> Path:
        self._close()
        if not self.items:
            self.problems.append(Problem(1, "no-steps"))
        return Path(tuple(_with_own_keys(self.items)), tuple(sorted(self.problems, key=lambda each: each.line)))


def _items(tokens: Sequence[Token], start: int) -> Iterator[tuple[Token, Sequence[Token]]]:
    """The items of the list that opens here, each with its first line of words; lists inside it are part of an item."""
    for place in range(start + 1, len(tokens)):
        token = tokens[place]
        if token.level == 0:
            return
        if token.type == "list_item_open" and token.level == 1:
            # A step is what its first paragraph says.
            first = tokens[place + 2] if tokens[place + 1].type == "paragraph_open" else None
            yield token, (first.children or ()) if first else ()


def _item(inline: Sequence[Token], position: int, section: str, offset: int, line: int) -> Item:
    words = plain(inline)
    label = _OPTIONAL.sub("", words)
    link = _leading(inline)
    key, kind, slug = _task_key(label), "", ""
    if link is not None:
        kind, slug = (link.kind or "")[:20], link.slug[:120]
        key = f"{kind}:{slug}"[:_KEY]
        # Nobody knows here what the document is called, nor who may know it.
        label = label if link.label else ""
    required = _OPTIONAL.search(words) is None
    return Item(position, key, section, offset, kind, slug, label[:_LABEL], required, line)


def _leading(inline: Sequence[Token]) -> WikiLink | None:
    """The link that a step begins with. A step that only mentions one further on is a task."""
    for token in inline:
        if token.type == "wiki_link":
            link: WikiLink = token.meta["link"]
            return link
        if token.content.strip():
            return None
    return None


def _task_key(label: str) -> str:
    """The same words have the same key, wherever they stand and however they are spaced."""
    bare = " ".join(label.casefold().split())
    return f"task:{hashlib.sha256(bare.encode()).hexdigest()[:16]}"


def _with_own_keys(items: Sequence[Item]) -> Iterator[Item]:
    """A step that stands twice is done twice; only a module is done once and for all."""
    seen: dict[str, int] = {}
    for item in items:
        number = seen[item.key] = seen.get(item.key, 0) + 1
        yield item if number == 1 or item.kind == "module" else replace(item, key=f"{item.key[: _KEY - 5]}-{number}")


def _line_of(token: Token) -> int:
    return token.map[0] + 1 if token.map else 1
