"""Whether a held passage stands in a text, and what was held back too late.

Passages that were taken out, or stand in a working copy alone, are nothing that readers may be told of. Words that were
wrapped after a while stand in older texts: whoever cannot read the passage does not get these. What is asked here steps
past the net to read the words, and tells none of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlalchemy import ColumnElement, exists, func, literal, or_, select
from sqlalchemy.orm import Session

from wiki.access.policy import Decision, NotAllowed, Viewer
from wiki.documents.models import Document, Passage, PassageText, Revision
from wiki.documents.visibility import of_readable_passage

_FILTERED = {"filtered_for_the_viewer": True}
# Shorter lines say too little, and so do shorter sentences of a longer paragraph: they stand in many texts.
SHORTEST, SHORTEST_SENTENCE = 12, 24
# Who wraps words is asked about so many of the newest texts.
LOOKED_BACK = 50
_BLOCK_ID = re.compile(r"\{#b-[a-z0-9]{2,20}\}")
_MARKS = re.compile(r"^(?:[#>*+-]+\s+|\d{1,9}[.)]\s+)+")
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])")


def stands(*, also_working: bool) -> ColumnElement[bool]:
    """The condition that the token of a passage is in the text that readers get, or also in the working copy."""
    document, revision = Document.__table__.alias().c, Revision.__table__.alias().c
    passage = Passage.__table__.c
    numbers = [revision.number == func.coalesce(document.published, document.working)]
    if also_working:
        numbers.append(revision.number == document.working)
    token = literal("[[held:") + passage.public_id + literal("]]")
    here = (document.id == passage.document_id, revision.document_id == document.id)
    found = exists().where(*here, or_(*numbers), func.replace(revision.body, token, "") != revision.body)
    return found.correlate(Passage.__table__)


def shown_number(document: Document) -> int:
    """The revision that readers get."""
    return document.published if document.published is not None else document.working


def lines_of(words: str) -> set[str]:
    """The lines, paragraphs and sentences of a text that say something, as they are compared.

    Words are found again however they were put on lines, because a text is looked through in one line (see `flat`).
    """
    found, paragraph = set[str](), list[str]()
    for line in [*words.split("\n"), ""]:
        plain = "" if line.startswith("[[held:") else _plain(line)
        found.add(plain)
        # A line of a quote goes on with the one before; an item or a heading begins anew.
        if not plain or _MARKS.match(line.lstrip("> \t")):
            found |= _sentences(" ".join(paragraph))
            paragraph = []
        paragraph.append(plain)
    return {line for line in found if len(line) >= SHORTEST}


def _sentences(paragraph: str) -> set[str]:
    whole = paragraph.strip()
    return {whole, *(each for each in _SENTENCE.split(whole) if len(each) >= SHORTEST_SENTENCE)}


def _plain(line: str) -> str:
    """A line without what marks it as a heading, a quote or an item, with one space between its words."""
    return " ".join(_MARKS.sub("", _BLOCK_ID.sub("", line).strip()).split()).casefold()


def flat(body: str) -> str:
    """A text in one line, in which lines of others are looked for."""
    return " ".join(filter(None, map(_plain, body.split("\n"))))


def held_from(session: Session, viewer: Viewer, document: Document) -> list[tuple[int, set[str]]]:
    """The lines that are held back from this viewer, each with the first revision that held them, in force by now."""
    rows = session.execute(
        select(PassageText.revision, PassageText.body)
        .join(Passage, Passage.id == PassageText.passage_id)
        .where(
            Passage.document_id == document.id,
            PassageText.revision <= shown_number(document),
            PassageText.revision > 1,
            ~of_readable_passage(viewer),
        )
        .execution_options(**_FILTERED)
    ).all()
    if not rows:
        return []
    now = _open_text(session, document)
    found = ((number, {line for line in lines_of(body) if line not in now}) for number, body in rows)
    return [(number, lines) for number, lines in found if lines]


def _open_text(session: Session, document: Document) -> str:
    where = (Revision.document_id == document.id, Revision.number == shown_number(document))
    return flat(session.scalar(select(Revision.body).where(*where).execution_options(**_FILTERED)) or "")


def is_closed(held: Iterable[tuple[int, set[str]]], number: int, body: str) -> bool:
    """Whether an older text holds openly what is held back now."""
    text = flat(body)
    return any(number < first and any(line in text for line in lines) for first, lines in held)


def require_open(session: Session, viewer: Viewer, document: Document, number: int, body: str) -> None:
    """Raise NotAllowed where this revision holds words that are held back from this viewer now."""
    if not is_open(session, viewer, document, number, body):
        raise NotAllowed(Decision(False, "older-words-held"))


def is_open(session: Session, viewer: Viewer, document: Document, number: int, body: str) -> bool:
    """Whether nothing in this revision is held back from this viewer by now."""
    return number >= document.working or not is_closed(held_from(session, viewer, document), number, body)


def stood_openly(session: Session, viewer: Viewer, document: Document, lines: Iterable[str]) -> bool:
    """Whether one of these lines stood openly in a text of this document that this viewer can read."""
    wanted = set(lines)
    if not wanted:
        return False
    held = held_from(session, viewer, document)
    bodies = session.execute(
        select(Revision.number, Revision.body)
        .where(Revision.document_id == document.id)
        .order_by(Revision.number.desc())
        .limit(LOOKED_BACK)
    )
    for number, body in bodies:
        text = flat(body)
        if any(line in text for line in wanted) and not is_closed(held, number, body):
            return True
    return False


def would_open(session: Session, document: Document, number: int) -> bool:
    """Whether somebody would read what is held back by now, if readers got this older revision again.

    It is asked for everybody, and for the working copy too: be it that the revision holds the words openly, or that
    the passage came after it, and an older text that is closed for its sake would not be closed any more.
    """
    held = select(Passage.public_id, PassageText.revision, PassageText.body).join(
        Passage, Passage.id == PassageText.passage_id
    )
    of_this = (Passage.document_id == document.id, Passage.opened_at.is_(None))
    passages = session.execute(held.where(*of_this).execution_options(**_FILTERED)).all()
    if not passages:
        return False
    bodies = _bodies(session, document)
    now = flat(bodies[shown_number(document)])
    standing = bodies[shown_number(document)] + bodies[document.working]
    later, kept = dict[str, int](), set[str]()
    for public_id, first, words in passages:
        lines = {line for line in lines_of(words) if line not in now}
        if first > number or f"[[held:{public_id}]]" in standing:
            later |= {line: max(first, later.get(line, 0)) for line in lines}
        if first <= number:
            kept |= lines
    again = flat(bodies[number])
    if any(line in again for line in later):
        return True
    forgotten = {line: first for line, first in later.items() if line not in kept}
    return any(
        older < first and line in flat(body) for line, first in forgotten.items() for older, body in bodies.items()
    )


def _bodies(session: Session, document: Document) -> dict[int, str]:
    """Every text of a document that was saved, by its number."""
    rows = select(Revision.number, Revision.body).where(Revision.document_id == document.id)
    return dict(session.execute(rows.execution_options(**_FILTERED)).all())
