"""Guidelines with their texts, each as one reader has it: what print, Markdown and PDF are made of.

What is marked RED stays here, and so does an older text with words that are held back from the reader by now. Whoever
takes a text that is held back has opened it, and that is written down first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from guidelines.guides import book
from guidelines.guides.book import Among, Entry
from guidelines.guides.models import Guideline
from wiki import markdown
from wiki.access.policy import Viewer
from wiki.documents import opened, passages_standing, reading, taking, texts
from wiki.documents.models import Passage, Revision

# Print and Markdown take as many at once.
MOST = 1000
# It stands in no text: neither can it be typed nor does a renderer make it.
_BETWEEN = "\ue004"
_TAG = re.compile(r"<[a-z][^>]*>")
_NAMES = re.compile(r' (id|for|href|aria-labelledby|aria-describedby)="(#?)([^"]+)"')
# Named parts of a page are found by their names: of several “Notes” none is.
_NOTES = re.compile(r'(<section class="footnotes") aria-label="[^"]*"')
_HEADING = re.compile(r"<(/?)h([1-5])\b")


@dataclass(frozen=True, slots=True)
class Chapter:
    """A guideline with its text. `html` may stand beside others in one page; `body` is Markdown."""

    document: int
    entry: Entry
    lang: str
    body: str
    html: Markup


@dataclass(frozen=True, slots=True)
class Gathered:
    """What a reader takes away, and the numbers of what stays here for them: older words that are held back by now."""

    chapters: tuple[Chapter, ...]
    closed: tuple[int, ...]


def gather(session: Session, viewer: Viewer, day: date, among: Among, *, prefix: str) -> Gathered:
    """The guidelines that held on a day, as this viewer has them; `prefix` is where guidelines have their addresses.

    Raises what `opened.note` raises when it cannot be written down that something held back was opened.
    """
    statement = book.of_book(select(Guideline, Revision, *book.columns(viewer, day)), viewer, day, among)
    rows = session.execute(statement.options(undefer(Revision.body), undefer(Revision.html)).limit(MOST)).all()
    with_passages = _with_passages(session, [guideline.id for guideline, *_ in rows])
    taken, closed = [], []
    for guideline, revision, *columns in rows:
        entry = Entry(*columns)
        if entry.stays:
            continue
        is_older = revision.number != (guideline.published or guideline.working)
        has_passages = guideline.id in with_passages
        if is_older and has_passages and not _is_open(session, viewer, guideline, revision):
            closed.append(entry.number)
            continue
        if guideline.is_held or has_passages:
            opened.note(session, viewer, guideline, older_texts=is_older)
        taken.append((entry, taking.put_together(session, viewer, guideline, revision, entry.owner)))
    return Gathered(tuple(_chapters(session, viewer, taken, prefix)), tuple(closed))


def _is_open(session: Session, viewer: Viewer, guideline: Guideline, revision: Revision) -> bool:
    return passages_standing.is_open(session, viewer, guideline, revision.number, revision.body)


def _with_passages(session: Session, ids: list[int]) -> set[int]:
    """Those of these guidelines that ever had held passages: of the others nothing more is asked."""
    return set(session.scalars(select(Passage.document_id).where(Passage.document_id.in_(ids)).distinct()))


def _chapters(
    session: Session, viewer: Viewer, taken: list[tuple[Entry, taking.Taken]], prefix: str
) -> Iterable[Chapter]:
    whole = _BETWEEN.join(texts.with_files(one.html, f"{prefix}/{entry.slug}") for entry, one in taken)
    linked = markdown.fill_links(whole, lambda links: reading.link_states(session, viewer, links)).split(_BETWEEN)
    for (entry, one), html in zip(taken, linked, strict=False):
        document: Any = one.document
        # It was sanitised when it was rendered, and links are escaped as they are filled in.
        yield Chapter(document.id, entry, document.lang, one.body, Markup(beside_others(html, entry.number)))  # noqa: S704


def beside_others(html: str, number: int) -> str:
    """Stored HTML that may stand in one page with other texts: names of its own, and headings below a title."""

    def renamed(found: re.Match[str]) -> str:
        attribute, hash_, names = found.groups()
        if attribute == "href" and not hash_:
            return found[0]
        own = " ".join(f"g{number}-{name}" for name in names.split())
        return f' {attribute}="{hash_}{own}"'

    named = _TAG.sub(lambda tag: _NAMES.sub(renamed, tag[0]), html)
    return _HEADING.sub(lambda found: f"<{found[1]}h{int(found[2]) + 1}", _NOTES.sub(r"\1", named))
