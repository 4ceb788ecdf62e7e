"""What administrators look up: every account and every group, hidden ones too, with their dates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, true, tuple_
from sqlalchemy.orm import Session

from wiki.access.policy import Role
from wiki.people import finding
from wiki.people.models import Group, GroupType, Membership, Person, Rank, RoleAssignment
from wiki.people.viewer import in_force, today

PAGE = 30
STATES: dict[str, Any] = {
    "active": and_(Person.is_active, Person.password_hash.is_not(None)),
    "invited": and_(Person.is_active, Person.password_hash.is_(None)),
    "suspended": ~Person.is_active,
    "guest": ~Person.is_staff,
}
# When a role is held, as a condition that is asked for today.
HELD: dict[str, Callable[[], ColumnElement[bool]]] = {
    "today": lambda: in_force(RoleAssignment.starts_on, RoleAssignment.ends_on, today()),
    "coming": lambda: RoleAssignment.starts_on > today(),
    "past": lambda: RoleAssignment.ends_on < today(),
    "any": true,
}


@dataclass(frozen=True, slots=True)
class Counts:
    """How many there are of each."""

    people: int
    active: int
    invited: int
    suspended: int
    guests: int
    groups: int
    leaderless: int


def counts(session: Session) -> Counts:
    """How many people and groups there are."""
    parts = [func.count().filter(STATES[state]) for state in ("active", "invited", "suspended", "guest")]
    people = session.execute(select(func.count(), *parts).select_from(Person)).one()
    groups = session.execute(select(func.count(), func.count().filter(without_lead())).select_from(Group)).one()
    everybody, active, invited, suspended, guests = (int(number) for number in people)
    return Counts(everybody, active, invited, suspended, guests, *groups)


def without_lead() -> ColumnElement[bool]:
    """The groups that somebody should lead and nobody leads today. A staff category needs no lead."""
    led = exists().where(
        Membership.group_id == Group.id,
        Membership.rank == Rank.LEAD,
        _today(),
        Membership.person_id == Person.id,
        Person.is_active,
    )
    return and_(Group.type != GroupType.STAFF_CATEGORY, ~led)


def administrators(session: Session) -> Sequence[Person]:
    """Those who administer today."""
    held = select(RoleAssignment.person_id).where(
        RoleAssignment.role == Role.ADMINISTRATOR,
        in_force(RoleAssignment.starts_on, RoleAssignment.ends_on, today()),
    )
    return session.scalars(select(Person).where(Person.id.in_(held)).order_by(Person.name, Person.id)).all()


def people(
    session: Session, words: str = "", state: str = "", after: str | None = None
) -> tuple[Sequence[Person], str | None]:
    """A page of accounts by name, and where the next page begins. `state` is one of STATES, or empty for all."""
    fitting: list[Any] = []
    if words:
        address = Person.email.icontains(words, autoescape=True)
        fitting.append(or_(address, and_(*finding.matching(words))))
    if state:
        fitting.append(STATES[state])
    listed = select(Person).where(*fitting).order_by(Person.name, Person.id).limit(PAGE + 1)
    last = session.scalar(select(Person).where(Person.public_id == after)) if after else None
    if last is not None:
        listed = listed.where(tuple_(Person.name, Person.id) > (last.name, last.id))
    found = session.scalars(listed).all()
    return found[:PAGE], found[PAGE - 1].public_id if len(found) > PAGE else None


def person(session: Session, public_id: str) -> Person | None:
    """The account with this public id."""
    return session.scalar(select(Person).where(Person.public_id == public_id))


def memberships(session: Session, person_id: int) -> Sequence[tuple[Membership, Group]]:
    """Every membership of a person, past and coming ones too, the latest first."""
    mine = select(Membership, Group).join(Group, Group.id == Membership.group_id)
    mine = mine.where(Membership.person_id == person_id)
    return session.execute(mine.order_by(Membership.starts_on.desc(), Group.name, Membership.id)).all()


def roles(session: Session, person_id: int) -> Sequence[RoleAssignment]:
    """Every role a person was given, past and coming ones too, the latest first."""
    mine = select(RoleAssignment).where(RoleAssignment.person_id == person_id)
    mine = mine.where(RoleAssignment.role.in_([str(role) for role in Role]))
    return session.scalars(mine.order_by(RoleAssignment.starts_on.desc(), RoleAssignment.id)).all()


def groups(
    session: Session, words: str = "", type: str = "", leaderless: bool = False, after: str | None = None
) -> tuple[Sequence[Group], str | None]:
    """A page of groups by name, and where the next page begins."""
    fitting: list[Any] = [Group.type == type] if type else []
    if words:
        fitting.append(or_(Group.name.icontains(words, autoescape=True), Group.id.contains(words, autoescape=True)))
    if leaderless:
        fitting.append(without_lead())
    listed = select(Group).where(*fitting).order_by(Group.name, Group.id).limit(PAGE + 1)
    last = session.get(Group, after) if after else None
    if last is not None:
        listed = listed.where(tuple_(Group.name, Group.id) > (last.name, last.id))
    found = session.scalars(listed).all()
    return found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None


def sizes(session: Session, groups: Sequence[Group]) -> dict[str, tuple[int, int]]:
    """How many people in service belong to each of these groups today, and how many of them lead it."""
    counted = (
        select(Membership.group_id, func.count(), func.count().filter(Membership.rank == Rank.LEAD))
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.group_id.in_([group.id for group in groups]), _today(), Person.is_active)
        .group_by(Membership.group_id)
    )
    return {group_id: (members, leads) for group_id, members, leads in session.execute(counted)}


def members(
    session: Session, group_id: str, after: int | None = None
) -> tuple[Sequence[tuple[Membership, Person]], int | None]:
    """A page of the memberships of a group that run or lie ahead, by name, and where the next page begins."""
    inside = select(Membership, Person).join(Person, Person.id == Membership.person_id)
    inside = inside.where(Membership.group_id == group_id, _not_over())
    last = session.execute(inside.where(Membership.id == after)).first() if after else None
    if last is not None:
        inside = inside.where(tuple_(Person.name, Membership.id) > (last[1].name, last[0].id))
    found = session.execute(inside.order_by(Person.name, Membership.id).limit(PAGE + 1)).all()
    return found[:PAGE], found[PAGE - 1][0].id if len(found) > PAGE else None


def names(session: Session) -> list[tuple[str, str]]:
    """Id and name of every group, by name, to choose from."""
    return [(group_id, name) for group_id, name in session.execute(select(Group.id, Group.name).order_by(Group.name))]


def _today() -> ColumnElement[bool]:
    return in_force(Membership.starts_on, Membership.ends_on, today())


def _not_over() -> ColumnElement[bool]:
    return or_(Membership.ends_on.is_(None), Membership.ends_on >= today())
