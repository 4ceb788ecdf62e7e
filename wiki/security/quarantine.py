"""Shutting a spill away, and what became of it (03-sharing 3.7).

At once nobody but security officers reads it: neither its authors nor those who keep it. All that was made of it goes,
its labels are restored when the quarantine is lifted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from wiki import db
from wiki.access import audit, policy
from wiki.access.models import OPEN_REQUESTS, AccessRequest, AuditEvent, Quarantine, RequestState, SpillReport
from wiki.access.policy import BINNED, QUARANTINE, Action, Role, Viewer
from wiki.documents import leave, operations
from wiki.documents.models import Comment, Document, HeldShingle, PassageLabel, Revision
from wiki.documents.opened import OPENED
from wiki.notices.models import Notice
from wiki.notices.telling import tell
from wiki.people.acting import holders
from wiki.people.models import Person
from wiki.security import finding, unnamed
from wiki.security.glass import keepers


def set_on(session: Session, document: Document, why: str, *, by: Viewer) -> Quarantine:
    """Shut a document away from everybody but security officers. Asked for twice, it is done once."""
    policy.require(by, Action.QUARANTINE_SET)
    there = _in_force(session, document.id)
    if there is not None:
        return there
    document.quarantined_at = db.now()
    row = Quarantine(document_id=document.id, set_by_id=by.person, set_at=document.quarantined_at, why=why)
    session.add(row)
    operations.relabel(session, document)
    _let_officers_read_passages(session, document)
    _leave_nothing_of_it(session, document, by)
    about = {"about": document.public_id, "owner": document.owner_id}
    audit.record(session, "quarantine:set", by=by.person, **about, quarantine=row.public_id)
    officers = holders(session, Role.SECURITY_OFFICER)
    tell(session, officers - {by.person}, "quarantine:set", about=row.public_id, urgent=True)
    # Those who miss it are told that it is not lost, and nothing of what it is.
    missing = keepers(session, document) - officers - {by.person}
    tell(session, missing, "quarantine:away", once=f"quarantine:away:{row.public_id}")
    return row


def _in_force(session: Session, document_id: int) -> Quarantine | None:
    mine = (Quarantine.document_id == document_id, Quarantine.lifted_at.is_(None))
    return session.scalar(select(Quarantine).where(*mine).limit(1))


def _let_officers_read_passages(session: Session, document: Document) -> None:
    """The spill may stand in a held passage. Nobody else reads it: whoever does must read the document, too."""
    passages = finding.passages_of(session, document.id)
    there = select(PassageLabel.passage_id).where(PassageLabel.label == QUARANTINE)
    marked = set(session.scalars(there.where(PassageLabel.passage_id.in_(passages))))
    session.add_all(PassageLabel(passage_id=each, label=QUARANTINE) for each in passages if each not in marked)
    session.flush()


_more: list[Callable[[Session, Document], None]] = []


def also(leave_nothing: Callable[[Session, Document], None]) -> None:
    """Let a slice throw away what it made of a document that is a spill. The same function twice is one."""
    if leave_nothing not in _more:
        _more.append(leave_nothing)


def _leave_nothing_of_it(session: Session, document: Document, by: Viewer) -> None:
    """What was made of its text, what was asked about it, and mail that was not sent yet."""
    for leave_nothing in _more:
        leave_nothing(session, document)
    unseen = {"synchronize_session": False}
    session.execute(delete(HeldShingle).where(HeldShingle.document_id == document.id).execution_options(**unseen))
    asked = update(AccessRequest).where(
        AccessRequest.document_id == document.id, AccessRequest.state.in_(OPEN_REQUESTS)
    )
    settled = {"state": RequestState.SETTLED, "answered_at": db.now(), "version": AccessRequest.version + 1}
    session.execute(asked.values(**settled).execution_options(**unseen))
    leave.end_disputes(session, leave.targets_of(session, document), owner=document.owner_id)
    mail = update(Notice).where(Notice.about == document.public_id, Notice.mailed_at.is_(None))
    session.execute(mail.values(mailed_at=db.now()).execution_options(**unseen))
    reports = update(SpillReport).where(SpillReport.document_id == document.id, SpillReport.settled_at.is_(None))
    session.execute(reports.values(settled_at=db.now(), settled_by_id=by.person).execution_options(**unseen))


def lift(session: Session, row: Quarantine, words: str, *, by: Viewer) -> None:
    """Let it be read again by those who could before. What was lifted already stays as it is."""
    policy.require(by, Action.QUARANTINE_LIFT)
    if row.lifted_at is not None:
        return
    document = finding.of(session, row.document_id)
    row.lifted_at, row.lifted_by_id, row.outcome = db.now(), by.person, words
    document.quarantined_at = None
    operations.relabel(session, document)
    passages = finding.passages_of(session, document.id)
    added = delete(PassageLabel).where(PassageLabel.label == QUARANTINE, PassageLabel.passage_id.in_(passages))
    session.execute(added.execution_options(synchronize_session=False))
    about = {"about": document.public_id, "owner": document.owner_id}
    audit.record(session, "quarantine:lift", by=by.person, **about, quarantine=row.public_id)


def put_in_bin(session: Session, row: Quarantine, *, by: Viewer) -> None:
    """Put it in the bin, where it stays shut away: nobody but security officers can take it out or read it."""
    policy.require(by, Action.QUARANTINE_SET)
    document = finding.of(session, row.document_id)
    if row.lifted_at is not None or document.status == BINNED:
        return
    document.status_before, document.status, document.binned_at = document.status, BINNED, db.now()
    operations.relabel(session, document)
    audit.record(session, "document:bin", by=by.person, about=document.public_id, owner=document.owner_id)


@dataclass(frozen=True, slots=True)
class Trace:
    """Somebody who had to do with a spill: `name` is None where its text names no authors."""

    name: str | None
    public_id: str | None
    times: int
    first: datetime
    last: datetime


def readers(session: Session, document: Document, before: datetime) -> list[Trace]:
    """Who opened it while it was held back, from the log; reads of open papers are in no log.

    Authors of a text that names none are counted without their names: that they read it would tell that they wrote it.
    """
    statement = (
        select(
            Person.name, Person.public_id, func.count(AuditEvent.id), func.min(AuditEvent.at), func.max(AuditEvent.at)
        )
        .outerjoin(Person, (Person.id == AuditEvent.actor_id) & ~unnamed.by_the_unnamed())
        .where(AuditEvent.what == OPENED, AuditEvent.about == document.public_id, AuditEvent.at < before)
        .group_by(Person.name, Person.public_id)
        .order_by(func.max(AuditEvent.at).desc(), Person.name)
    )
    return [Trace(*row) for row in session.execute(statement)]


def writers(session: Session, document: Document) -> list[Trace]:
    """Who changed its text. Whoever was promised that no name stands there is counted without one."""
    named = Revision.number >= (document.named_since or 0) if document.names_authors else Revision.id.is_(None)
    statement = (
        select(
            Person.name,
            Person.public_id,
            func.count(Revision.id),
            func.min(Revision.created_at),
            func.max(Revision.created_at),
        )
        .outerjoin(Person, (Person.id == Revision.author_id) & named)
        .where(Revision.document_id == document.id)
        .group_by(Person.name, Person.public_id)
        .order_by(func.max(Revision.created_at).desc())
    )
    return [Trace(*row) for row in session.execute(statement)]


def commenters(session: Session, document: Document) -> list[Trace]:
    """Who commented, in the same way."""
    statement = (
        select(
            Person.name,
            Person.public_id,
            func.count(Comment.id),
            func.min(Comment.created_at),
            func.max(Comment.created_at),
        )
        .outerjoin(Person, (Person.id == Comment.author_id) & ~Comment.unnamed)
        .where(Comment.document_id == document.id)
        .group_by(Person.name, Person.public_id)
        .order_by(func.max(Comment.created_at).desc())
    )
    return [Trace(*row) for row in session.execute(statement)]
