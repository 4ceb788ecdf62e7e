"""Requests as somebody sees them: those that wait for their word, those they answered, and those they asked themselves.

Titles are found under the reader's own rights: what they can read by its title, what they can find by its notice, and
anything else in words that name nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from wiki import db, kinds
from wiki.access.models import OPEN_REQUESTS, AccessGrant, AccessRequest
from wiki.access.policy import Viewer
from wiki.asking import scope
from wiki.documents.models import Document, Passage, Stub
from wiki.documents.reading import name_for
from wiki.documents.sharing import REASONS
from wiki.people import calendar
from wiki.people.calendar import Calendar
from wiki.people.models import Group, GroupType, Membership, Person
from wiki.people.viewer import in_force, today


@dataclass(frozen=True, slots=True)
class About:
    """What a request is about, as far as its reader may know: no title and no address where they may not."""

    title: str = ""
    url: str = ""
    is_readable: bool = False
    is_passage: bool = False
    reason: str = ""
    until: date | None = None


NOTHING = About()


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and where they serve."""

    public_id: str
    name: str
    places: str


@dataclass(frozen=True, slots=True)
class Row:
    """A request with all that its reader is shown of it. `keeper` is empty where a closed group keeps it."""

    request: AccessRequest
    about: About
    keeper: str
    asker: Asker
    calendar: Calendar
    reads_until: datetime | None

    @property
    def last_day(self) -> date | None:
        """The last day on which leave counts: the one that was chosen, whatever clock its reader has."""
        last = self.reads_until
        return (last - timedelta(microseconds=1)).astimezone(UTC).date() if last else None


def waiting(session: Session, viewer: Viewer, *, limit: int, offset: int = 0) -> list[Row]:
    """What waits for a word of this viewer, by its deadline; what has none comes last."""
    found = (
        select(AccessRequest)
        .where(scope.waits_for(viewer, db.now()))
        .order_by(AccessRequest.due_at.is_(None), AccessRequest.due_at, AccessRequest.id)
    )
    return rows(session, viewer, session.scalars(found.limit(limit).offset(offset)).all())


def answered(session: Session, viewer: Viewer, *, limit: int, offset: int = 0) -> list[Row]:
    """What came before this viewer and is answered, the newest first."""
    found = (
        select(AccessRequest)
        .where(scope.seen_by(viewer, db.now()), AccessRequest.state.not_in(OPEN_REQUESTS))
        .order_by(AccessRequest.asked_at.desc(), AccessRequest.id.desc())
    )
    return rows(session, viewer, session.scalars(found.limit(limit).offset(offset)).all())


def mine(session: Session, viewer: Viewer, *, limit: int, offset: int = 0) -> list[Row]:
    """What this viewer asked: first what is open, then the rest, the newest first."""
    found = (
        select(AccessRequest)
        .where(AccessRequest.person_id == viewer.person)
        .order_by(AccessRequest.state.not_in(OPEN_REQUESTS), AccessRequest.asked_at.desc(), AccessRequest.id.desc())
    )
    return rows(session, viewer, session.scalars(found.limit(limit).offset(offset)).all())


def find_mine(session: Session, viewer: Viewer, public_id: str) -> AccessRequest | None:
    """A request of this viewer's own."""
    wanted = (AccessRequest.public_id == public_id, AccessRequest.person_id == viewer.person)
    return session.scalar(select(AccessRequest).where(*wanted))


def find_to_answer(session: Session, viewer: Viewer, public_id: str) -> AccessRequest | None:
    """A request that came before this viewer."""
    return session.scalar(
        select(AccessRequest).where(AccessRequest.public_id == public_id, scope.seen_by(viewer, db.now()))
    )


def open_for(session: Session, viewer: Viewer, target: str) -> AccessRequest | None:
    """The request that this viewer has open for something."""
    mine = (AccessRequest.target == target, AccessRequest.person_id == viewer.person)
    return session.scalar(select(AccessRequest).where(*mine, AccessRequest.state.in_(OPEN_REQUESTS)))


def rows(session: Session, viewer: Viewer, requests: Sequence[AccessRequest]) -> list[Row]:
    """These requests with what belongs to them, in as many questions for fifty as for one."""
    found = about(session, viewer, requests)
    owners = {request.owner_id for request in requests}
    names: dict[str, str] = dict(session.execute(select(Group.id, name_for(viewer)).where(Group.id.in_(owners))).all())
    calendars = calendar.of_groups(session, owners)
    askers = _askers(session, viewer, {request.person_id for request in requests})
    grants = {request.grant_id for request in requests if request.grant_id is not None}
    until = dict(session.execute(select(AccessGrant.id, AccessGrant.until).where(
        AccessGrant.id.in_(grants), AccessGrant.withdrawn_at.is_(None))).all())  # fmt: skip
    return [
        Row(
            request,
            found.get(request.id, NOTHING),
            names.get(request.owner_id, ""),
            askers[request.person_id],
            calendars[request.owner_id],
            until.get(request.grant_id or 0),
        )
        for request in requests
    ]


def about(session: Session, viewer: Viewer, requests: Sequence[AccessRequest]) -> dict[int, About]:
    """What these requests are about, as this viewer may know it, by the ids of the requests."""
    ids = {request.document_id for request in requests}
    document = select(Document.id, Document.public_id, Document.kind, Document.slug, Document.title)
    documents = {row.id: row for row in session.execute(document.where(Document.id.in_(ids)))}
    stub = select(Stub.document_id, Stub.public_id, Stub.kind, Stub.slug, Stub.title, Stub.reason, Stub.until)
    stubs = {row.document_id: row for row in session.execute(stub.where(Stub.document_id.in_(ids)))}
    targets = {request.target for request in requests}
    passage = select(Passage.public_id, Passage.reason, Passage.held_until).where(Passage.public_id.in_(targets))
    passages = {row.public_id: row for row in session.execute(passage)}
    return {
        request.id: _about(
            request,
            documents.get(request.document_id),
            stubs.get(request.document_id),
            passages.get(request.target),
        )
        for request in requests
    }


def _about(request: AccessRequest, document: Any, stub: Any, passage: Any) -> About:
    known = document or stub
    if known is None:
        return NOTHING
    reason, until = "", None
    if passage is not None:
        reason, until = passage.reason, passage.held_until
    elif stub is not None:
        reason, until = stub.reason, stub.until
    return About(
        title=known.title,
        url=f"{kinds.kind(known.kind).prefix}/{known.slug}",
        is_readable=document is not None,
        is_passage=request.target != known.public_id,
        reason=str(REASONS[reason].short) if reason in REASONS else "",
        until=until,
    )


def _askers(session: Session, viewer: Viewer, ids: Iterable[int]) -> dict[int, Asker]:
    wanted = sorted(set(ids))
    people = session.execute(select(Person.id, Person.public_id, Person.name).where(Person.id.in_(wanted))).all()
    serving = (
        select(Membership.person_id, Group.name)
        .join(Group, Group.id == Membership.group_id)
        .where(
            Membership.person_id.in_(wanted),
            Group.type.in_((GroupType.POST, GroupType.UNIT)),
            ~Group.is_hidden | Group.id.in_(sorted(viewer.groups)),
            in_force(Membership.starts_on, Membership.ends_on, today()),
        )
        .order_by(Group.name)
    )
    places: dict[int, list[str]] = {}
    for person, name in session.execute(serving):
        places.setdefault(person, []).append(name)
    return {row.id: Asker(row.public_id, row.name, " · ".join(places.get(row.id, ()))) for row in people}
