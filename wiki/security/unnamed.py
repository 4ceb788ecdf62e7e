"""Authors who are promised that no name stands under their text are not named in the log of it either."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, null, or_, select, union_all
from sqlalchemy.orm import Session

from wiki.access.models import AuditEvent
from wiki.documents.models import Document, DocumentAuthor, Passage, Revision
from wiki.documents.reading import FILTERED

# What somebody did in an office of theirs stands under their name, whatever they wrote: it tells nothing of that.
_IN_OFFICE = ("glass:break", "quarantine:set", "quarantine:lift")
# Whoever did one of these was among its authors until then: passed it on, stepped back, or said that it is not theirs.
_OF_AUTHORS = ("document:authors", "lesson:disown")
# The detail that holds the public id of another document than the one a row is about (`repeating_views.note`).
_INTO = "into"

# By public id of a document or passage and number of a person: until when no name is told; None: to this day.
Unnamed = Mapping[tuple[str, int], datetime | None]


def writers(session: Session, ids: Iterable[str]) -> Unnamed:
    """Who wrote those of these documents, or around those of these passages, that name no authors, or did not once."""
    wanted = list(ids)
    parts = [part.where(about.in_(wanted)) for part, about, _person, _since in _parts()]
    # Who reads the log need not read the document: that it names nobody counts all the same.
    rows = session.execute(union_all(*parts).execution_options(**FILTERED))
    return {(about, person): since for about, person, since in rows}


def papers(event: AuditEvent) -> set[str]:
    """The public ids that a row of the log tells of, whose writers it could name: what it is about, and what it
    was written into."""
    return {each for each in (event.about, event.details.get(_INTO)) if isinstance(each, str) and each}


def is_hidden(unnamed: Unnamed, event: AuditEvent, person: int | None) -> bool:
    """Whether a row of the log may not name this person."""
    if person is None or event.what in _IN_OFFICE:
        return False
    known = ((about, person) for about in papers(event))
    promised = [unnamed[each] for each in known if each in unnamed]
    return any(since is None or event.at < since for since in promised)


def by_the_unnamed() -> ColumnElement[bool]:
    """The same of those who did what is in a row, as a condition: looked for by a name, it would tell that name."""
    told_of = (AuditEvent.about, AuditEvent.details[_INTO].as_string())
    found = [
        part.where(about.in_(told_of), person == AuditEvent.actor_id, or_(since.is_(None), AuditEvent.at < since))
        .correlate(AuditEvent)
        .exists()
        for part, about, person, since in _parts()
    ]
    return and_(AuditEvent.what.not_in(_IN_OFFICE), or_(*found))


def _parts() -> Iterable[tuple[Select[Any], Any, Any, Any]]:
    """Public id, writer and end of the promise, of authors now and once and of those who saved a text, with columns."""
    document, passage, text = Document.__table__.c, Passage.__table__.c, Revision.__table__.alias().c
    first_named = select(text.created_at).where(text.document_id == document.id, text.number == document.named_since)
    since = case((document.names_authors, first_named.scalar_subquery()), else_=null())
    promised = or_(~document.names_authors, document.named_since.is_not(None))
    author, revision, log = DocumentAuthor.__table__.c, Revision.__table__.c, AuditEvent.__table__.alias().c
    for mine, person in (
        (document.id == author.document_id, author.person_id),
        (document.id == revision.document_id, revision.author_id),
        ((document.public_id == log.about) & log.what.in_(_OF_AUTHORS), log.actor_id),
    ):
        wrote = (mine, person.is_not(None), promised)
        yield select(document.public_id, person, since).where(*wrote), document.public_id, person, since
        held = select(passage.public_id, person, since).where(passage.document_id == document.id, *wrote)
        yield held, passage.public_id, person, since
