"""Leave to read one document or passage for a time: giving it, taking it back, and who has it (03-sharing 3.6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, case, func, select, update
from sqlalchemy.orm import Session

from wiki import db
from wiki.access import audit
from wiki.access.models import AccessGrant
from wiki.documents.models import Document, Passage
from wiki.people.models import Group, GroupType, Membership, Person
from wiki.people.viewer import GLASS as _GLASS, in_force, in_office, today

LONGEST_GRANT_DAYS = 365
# So many people of one group with leave are better served by sharing with the group.
A_CROWD = 5
A_FEW = 20


class Sort(StrEnum):
    """How leave came about: by hand or on request, to decide a dispute, by breaking the glass, or for a crisis."""

    LEAVE = "leave"
    DISPUTE = "dispute"
    GLASS = _GLASS
    CRISIS = "crisis"


def give(
    session: Session,
    target: str,
    person: int,
    until: datetime,
    *,
    by: int | None,
    owner: str = "",
    why: str = "",
    sort: str = Sort.LEAVE,
) -> AccessGrant:
    """Let a person read the document or passage of this public id until a moment, or until they leave where they serve.

    `owner` is the group that keeps it, for the log. Whoever decides a dispute does so wherever they serve.
    """
    grant = AccessGrant(document=target, person_id=person, given_by_id=by, until=until, why=why, sort=sort)
    grant.membership_id = None if sort == Sort.DISPUTE else _served_under(session, person)
    session.add(grant)
    session.flush()
    about = {"person": person, "until": until.isoformat(), "sort": str(sort)}
    audit.record(session, "document:grant", by=by, about=target, owner=owner, **about)
    return grant


def _served_under(session: Session, person: int) -> int | None:
    """The membership that leave is given under: the post, else the unit, else whatever the person belongs to today."""
    first = case({GroupType.POST: 0, GroupType.UNIT: 1}, value=Group.type, else_=2)
    return session.scalar(
        select(Membership.id)
        .join(Group, Group.id == Membership.group_id)
        .where(Membership.person_id == person, in_force(Membership.starts_on, Membership.ends_on, today()))
        .order_by(first, Membership.starts_on.desc(), Membership.id)
        .limit(1)
    )


def withdraw(session: Session, grant: AccessGrant, *, by: int | None, owner: str = "") -> bool:
    """Take leave back; it counts at the next request. False when it was taken back before: nothing is changed."""
    free = update(AccessGrant).where(AccessGrant.id == grant.id, AccessGrant.withdrawn_at.is_(None))
    taken = session.execute(free.values(withdrawn_at=db.now()).returning(AccessGrant.id)).first()
    if taken is None:
        return False
    about = {"person": grant.person_id, "sort": grant.sort}
    audit.record(session, "document:withdraw-grant", by=by, about=grant.document, owner=owner, **about)
    return True


def end_disputes(session: Session, targets: list[str], *, owner: str = "") -> int:
    """Take back what arbiters were given to decide about these: for whoever settles all that was asked at once."""
    given = select(AccessGrant).where(AccessGrant.document.in_(targets), AccessGrant.sort == Sort.DISPUTE, *counts())
    return sum(withdraw(session, grant, by=None, owner=owner) for grant in session.scalars(given).all())


def counts() -> tuple[ColumnElement[bool], ...]:
    """The conditions that a grant has neither ended nor been taken back, nor outlived the role that gave it."""
    return (AccessGrant.until > db.now(), AccessGrant.withdrawn_at.is_(None), in_office(AccessGrant, today()))


def targets_of(session: Session, document: Document) -> list[str]:
    """The public ids for which leave may be given on a document: its own and those of its passages."""
    passages = select(Passage.public_id).where(Passage.document_id == document.id).order_by(Passage.id)
    return [document.public_id, *session.scalars(passages)]


@dataclass(frozen=True, slots=True)
class Leave:
    """Leave in force: who has it, for what, and the last day on which it counts."""

    public_id: str
    target: str
    name: str
    last_day: date
    why: str
    sort: str


def on(session: Session, targets: list[str]) -> list[Leave]:
    """Leave in force on these, by the names of those who have it."""
    statement = (
        select(
            AccessGrant.public_id,
            AccessGrant.document,
            Person.name,
            AccessGrant.until,
            AccessGrant.why,
            AccessGrant.sort,
        )
        .join(Person, Person.id == AccessGrant.person_id)
        .where(AccessGrant.document.in_(targets), *counts())
        .order_by(Person.name, AccessGrant.id)
    )
    moment = timedelta(microseconds=1)
    return [
        Leave(grant, target, name, (until - moment).date(), why, sort)
        for grant, target, name, until, why, sort in session.execute(statement)
    ]


@dataclass(frozen=True, slots=True)
class Glass:
    """Glass that was broken for a document or what is held in it: by whom, when, until when and why."""

    name: str
    at: datetime
    until: datetime
    why: str


def broken(session: Session, targets: list[str]) -> list[Glass]:
    """Who broke the glass on these, the newest first. It stays told after its hours are over."""
    statement = (
        select(Person.name, AccessGrant.given_at, AccessGrant.until, AccessGrant.why)
        .join(Person, Person.id == AccessGrant.person_id)
        .where(AccessGrant.document.in_(targets), AccessGrant.sort == Sort.GLASS)
        # A row for each passage that was opened at once is one for whoever reads of it.
        .distinct()
        .order_by(AccessGrant.given_at.desc(), Person.name)
        .limit(A_FEW)
    )
    return [Glass(*row) for row in session.execute(statement)]


@dataclass(frozen=True, slots=True)
class Crowd:
    """A group of which so many people have leave to read one thing."""

    group: str
    name: str
    people: int


def crowds(session: Session, targets: list[str]) -> list[Crowd]:
    """The open posts, units and groups of which at least `A_CROWD` people have leave to read one of these."""
    day = today()
    people = func.count(func.distinct(AccessGrant.person_id))
    statement = (
        select(Group.id, Group.name, people)
        .join(Membership, Membership.group_id == Group.id)
        .join(AccessGrant, AccessGrant.person_id == Membership.person_id)
        .where(
            AccessGrant.document.in_(targets),
            AccessGrant.sort == Sort.LEAVE,
            in_force(Membership.starts_on, Membership.ends_on, day),
            ~Group.is_hidden,
            Group.type != GroupType.STAFF_CATEGORY,
            *counts(),
        )
        .group_by(Group.id, Group.name, AccessGrant.document)
        .having(people >= A_CROWD)
        .order_by(Group.name)
    )
    found: dict[str, Crowd] = {}
    for group, name, number in session.execute(statement):
        if group not in found or found[group].people < number:
            found[group] = Crowd(group, name, number)
    return list(found.values())
