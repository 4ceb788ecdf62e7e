"""Before somebody goes: what they leave behind, who takes it on, and what ends with their place (03-sharing 3.1, 3.6).

A transfer ends a membership, and with it the leave that was given under it: at once, by the keys. The clock here only
writes that down and tells people; nobody waits for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, String, cast, exists, func, literal, or_, select, update
from sqlalchemy.orm import Session, aliased

from wiki import db, kinds
from wiki.access import audit, policy
from wiki.access.models import OPEN_REQUESTS, AccessGrant, AccessRequest
from wiki.access.policy import DRAFT, LIVE, Action, Viewer
from wiki.documents import operations
from wiki.documents.models import Discovery, Document, DocumentAuthor, Passage, Stub
from wiki.documents.reading import name_for
from wiki.documents.visibility import stubs_for, visible_to
from wiki.notices.models import Notice
from wiki.notices.telling import tell
from wiki.people.models import Group, Membership, Person
from wiki.people.viewer import today

NOTICE_DAYS = 7
MOST = 200


def clock() -> int:
    """Tell those who leave a place within a week, and close the leave that ended with one."""
    with db.system_session() as session:
        leaving = list(session.scalars(_leaving_untold()))
        over = list(session.execute(_over()).all())
    return sum(_tell_before(membership) for membership in leaving) + sum(_end(*row) for row in over)


def _soon(membership: Any = Membership) -> tuple[Any, ...]:
    """The condition that a place ends within a week and is not taken up again in the same group."""
    again = aliased(Membership)
    goes_on = exists().where(
        again.person_id == membership.person_id,
        again.group_id == membership.group_id,
        again.id != membership.id,
        again.starts_on <= today() + timedelta(days=NOTICE_DAYS + 1),
        or_(again.ends_on.is_(None), again.ends_on > membership.ends_on),
    )
    last = today() + timedelta(days=NOTICE_DAYS)
    return membership.starts_on <= today(), membership.ends_on >= today(), membership.ends_on <= last, ~goes_on


def _key(membership: int, ends_on: date) -> str:
    return f"handover:{membership}:{ends_on.isoformat()}"


def _leaving_untold() -> Any:
    told = exists().where(
        Notice.person_id == Membership.person_id,
        Notice.once.like(literal("handover:") + cast(Membership.id, String) + ":%"),
    )
    return (
        select(Membership.id).join(Person, Person.id == Membership.person_id).where(Person.is_active, *_soon(), ~told)
    )


def _tell_before(number: int) -> int:
    with db.system_session(writing=True) as session:
        # Locked, so that of two nodes one tells and the other finds it told.
        place = session.scalar(select(Membership).where(Membership.id == number).with_for_update())
        if place is None or place.ends_on is None:
            return 0
        key = _key(place.id, place.ends_on)
        if session.scalar(select(Notice.id).where(Notice.person_id == place.person_id, Notice.once == key)) is not None:
            return 0
        tell(
            session, [place.person_id], "handover:soon", about=place.group_id, once=key, until=place.ends_on.isoformat()
        )
    return 1


def _over() -> Any:
    return (
        select(AccessGrant.id, AccessGrant.person_id, AccessGrant.document)
        .join(Membership, Membership.id == AccessGrant.membership_id)
        .where(AccessGrant.withdrawn_at.is_(None), AccessGrant.until > db.now(), Membership.ends_on < today())
    )


def _end(grant: int, person: int, target: str) -> int:
    """Write down that leave ended with the place it was given under. It opened nothing since then."""
    with db.system_session(writing=True) as session:
        open_ones = (AccessGrant.id == grant, AccessGrant.withdrawn_at.is_(None))
        statement = update(AccessGrant).where(*open_ones).values(withdrawn_at=db.now())
        result: Any = session.execute(statement.execution_options(synchronize_session=False))
        if result.rowcount != 1:
            return 0
        owner = _owner(session, target)
        audit.record(session, "document:grant-ended", by=None, about=target, owner=owner, person=person)
        tell(session, [person], "handover:grant-ended", about=target, once=f"handover:grant:{grant}")
    return 1


def _owner(session: Session, target: str) -> str:
    of_passage = select(Document.owner_id).join(Passage).where(Passage.public_id == target)
    found = session.scalar(select(Document.owner_id).where(Document.public_id == target))
    return found or session.scalar(of_passage) or ""


@dataclass(frozen=True, slots=True)
class Place:
    """A place that ends soon."""

    group: str
    name: str
    ends_on: date


@dataclass(frozen=True, slots=True)
class Mine:
    """Something this person wrote that others cannot see, or not all of them."""

    public_id: str
    kind: str
    slug: str
    title: str
    owner: str
    updated_at: datetime
    authors: int

    @property
    def url(self) -> str:
        return f"{kinds.kind(self.kind).prefix}/{self.slug}"


@dataclass(frozen=True, slots=True)
class Handover:
    """Everything on the page “Before you go”. `requests` and `leave` are titles or "", with a day."""

    places: Sequence[Place]
    drafts: Sequence[Mine]
    held: Sequence[Mine]
    requests: Sequence[tuple[str, datetime]]
    leave: Sequence[tuple[str, date]]


def of(session: Session, viewer: Viewer) -> Handover:
    """What this person has to think of before they go."""
    drafts = [one for one in _written(session, viewer, Document.status == DRAFT) if one.authors == 1]
    held = _written(session, viewer, Document.status.in_(LIVE), Document.discovery != Discovery.OPEN)
    return Handover(places(session, viewer), drafts, held, _requests(session, viewer), _leave(session, viewer))


def how_many(viewer: Viewer) -> Select[int]:
    """Count the places of this person that end within a week."""
    return select(func.count()).select_from(Membership).where(Membership.person_id == viewer.person, *_soon())


def places(session: Session, viewer: Viewer) -> list[Place]:
    """The places of this person that end within a week."""
    statement = (
        select(Group.id, Group.name, Membership.ends_on)
        .join(Group, Group.id == Membership.group_id)
        .where(Membership.person_id == viewer.person, *_soon())
        .order_by(Membership.ends_on, Group.name)
    )
    found = session.execute(statement).all()
    return [Place(group, name, ends_on) for group, name, ends_on in found if ends_on is not None]


def _written(session: Session, viewer: Viewer, *conditions: Any) -> list[Mine]:
    mine = select(DocumentAuthor.document_id).where(DocumentAuthor.person_id == viewer.person)
    number = select(func.count()).where(DocumentAuthor.document_id == Document.id).scalar_subquery()
    statement = (
        select(
            Document.public_id,
            Document.kind,
            Document.slug,
            Document.title,
            name_for(viewer),
            Document.updated_at,
            number,
        )
        .join(Group, Group.id == Document.owner_id)
        .where(Document.id.in_(mine), visible_to(viewer), *conditions)
        .order_by(Document.updated_at.desc())
        .limit(MOST)
    )
    return [Mine(*row) for row in session.execute(statement)]


def _titles(session: Session, viewer: Viewer, targets: Sequence[str]) -> dict[str, str]:
    """What this person may call these documents and passages: the title if they read it, else that of its notice."""
    stubs = select(Stub.public_id, Stub.title).where(Stub.public_id.in_(targets), stubs_for(viewer))
    of_documents = select(Document.public_id, Document.title).where(Document.public_id.in_(targets), visible_to(viewer))
    of_passages = (
        select(Passage.public_id, Document.title)
        .join(Document, Document.id == Passage.document_id)
        .where(Passage.public_id.in_(targets), visible_to(viewer))
    )
    rows = [*session.execute(stubs), *session.execute(of_documents), *session.execute(of_passages)]
    return {row[0]: row[1] for row in rows}


def _requests(session: Session, viewer: Viewer) -> list[tuple[str, datetime]]:
    mine = (AccessRequest.person_id == viewer.person, AccessRequest.state.in_(OPEN_REQUESTS))
    found = session.execute(select(AccessRequest.target, AccessRequest.asked_at).where(*mine).limit(MOST)).all()
    titles = _titles(session, viewer, [target for target, _ in found]) if found else {}
    return [(titles.get(target, ""), asked_at) for target, asked_at in found]


def _leave(session: Session, viewer: Viewer) -> list[tuple[str, date]]:
    statement = (
        select(AccessGrant.document, Membership.ends_on)
        .join(Membership, Membership.id == AccessGrant.membership_id)
        .where(AccessGrant.person_id == viewer.person, AccessGrant.withdrawn_at.is_(None), AccessGrant.until > db.now())
        .where(*_soon())
        .limit(MOST)
    )
    found = session.execute(statement).all()
    titles = _titles(session, viewer, [target for target, _ in found]) if found else {}
    return [(titles.get(target, ""), ends_on) for target, ends_on in found if ends_on is not None]


def pass_on(session: Session, document: Document, to: Person, *, by: Viewer) -> None:
    """Let a colleague be one of its authors, too."""
    policy.require(by, Action.DOCUMENT_SHARE, document.item)
    if any(author.id == to.id for author in document.authors):
        return
    document.authors = [*document.authors, to]
    _authors_changed(session, document, by, added=to.id)
    tell(session, [to.id], "handover:passed-on", about=document.public_id)


def step_back(session: Session, document: Document, *, by: Viewer) -> None:
    """Stop being one of its authors: the unit that keeps it goes on keeping it."""
    policy.require(by, Action.DOCUMENT_SHARE, document.item)
    left = [author for author in document.authors if author.id != by.person]
    if len(left) == len(document.authors):
        return
    document.authors = left
    _authors_changed(session, document, by, removed=by.person)


def _authors_changed(session: Session, document: Document, by: Viewer, **who: int) -> None:
    operations.relabel(session, document)
    details: dict[str, Any] = {"about": document.public_id, "owner": document.owner_id, **who}
    audit.record(session, "document:authors", by=by.person, **details)
