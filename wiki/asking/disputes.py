"""Arbiters read what is disputed for as long as it is: by leave that ends when it is decided, and is logged."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from wiki import db
from wiki.access.models import AccessGrant, AccessRequest, RequestState
from wiki.access.policy import Role, Viewer
from wiki.asking import targets
from wiki.asking.targets import Target
from wiki.documents import leave
from wiki.documents.models import Document
from wiki.people.acting import holders
from wiki.people.viewer import load_viewer

# It ends with the dispute; this is for the case that nobody ever decides.
LONGEST = timedelta(days=leave.LONGEST_GRANT_DAYS)


def of_document(session: Session, document_id: int) -> list[AccessRequest]:
    """The disputes about a document and its passages that are open now."""
    return list(session.scalars(select(AccessRequest).where(AccessRequest.document_id == document_id, _is_open())))


def _is_open() -> ColumnElement[bool]:
    escalated = (AccessRequest.state == RequestState.ESCALATED) & AccessRequest.arbiter_at.is_not(None)
    return (AccessRequest.state == RequestState.APPEALED) | escalated


def shut_out(session: Session, request: AccessRequest, target: Target) -> list[Viewer]:
    """The arbiters who should decide it and cannot read it."""
    people = sorted(holders(session, Role.ARBITER) - {request.person_id})
    viewers = (load_viewer(session, person) for person in people)
    return [viewer for viewer in viewers if viewer is not None and not targets.opens(session, viewer, target)]


def let_arbiters_read(session: Session, request: AccessRequest, target: Target) -> int:
    """Give leave to every arbiter who cannot read it yet and did not ask; returns how much leave was given."""
    given = 0
    for viewer in shut_out(session, request, target):
        # A passage is read in its document.
        for wanted in dict.fromkeys((target.document, target.public_id)):
            if f"doc:{wanted}" not in viewer.keys:
                until = db.now() + LONGEST
                leave.give(session, wanted, viewer.person, until, by=None, owner=target.owner, sort=leave.Sort.DISPUTE)
                given += 1
    return given


def end(session: Session, request: AccessRequest) -> int:
    """Take back the leave of arbiters that no other open dispute needs; returns how much was taken back."""
    session.flush()
    others = of_document(session, request.document_id)
    around = targets.document_of(session, request)
    needed = {other.target for other in others} | ({around} if others else set())
    return sum(
        _take_back(session, grant, request.owner_id) for grant in _leave_on(session, {request.target, around} - needed)
    )


def left_over(session: Session) -> list[AccessGrant]:
    """Leave to decide that nobody needs: people have it who are no arbiters today, or no dispute about it is open."""
    around = select(Document.public_id).join(AccessRequest, AccessRequest.document_id == Document.id)
    needed = select(AccessRequest.target).where(_is_open()).union(around.where(_is_open()))
    statement = select(AccessGrant).where(
        AccessGrant.sort == leave.Sort.DISPUTE,
        or_(AccessGrant.person_id.not_in(holders(session, Role.ARBITER)), AccessGrant.document.not_in(needed)),
        *leave.counts(),
    )
    return list(session.scalars(statement))


def end_left_over(session: Session) -> int:
    """Take that leave back."""
    return sum(_take_back(session, grant, "") for grant in left_over(session))


def _leave_on(session: Session, ids: set[str]) -> list[AccessGrant]:
    statement = select(AccessGrant).where(
        AccessGrant.document.in_(ids), AccessGrant.sort == leave.Sort.DISPUTE, *leave.counts()
    )
    return list(session.scalars(statement))


def _take_back(session: Session, grant: AccessGrant, owner: str) -> bool:
    return leave.withdraw(session, grant, by=None, owner=owner)
