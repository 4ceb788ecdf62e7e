"""Who sees which people and groups: staff the whole service, guests those they share a group with."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, and_, or_, select, true, tuple_
from sqlalchemy.orm import Session

from wiki.access.policy import Role, Viewer
from wiki.people.models import Group, Membership, Person, Rank, RoleAssignment
from wiki.people.viewer import in_force, today

PAGE = 50


def visible_groups(viewer: Viewer) -> ColumnElement[bool]:
    """The groups whose name this viewer may know. A hidden one is for its members (03-sharing 3.10)."""
    mine = Group.id.in_(sorted(viewer.groups))
    return or_(~Group.is_hidden, mine) if viewer.is_staff else mine


def visible_people(viewer: Viewer) -> ColumnElement[bool]:
    """The people this viewer may look up."""
    if viewer.is_staff:
        return true()
    beside_me = select(Membership.person_id).where(Membership.group_id.in_(sorted(viewer.groups)), _today())
    return or_(Person.id == viewer.person, and_(Person.is_active, Person.id.in_(beside_me)))


def person(session: Session, viewer: Viewer, public_id: str) -> Person | None:
    """The person with this public id, if the viewer may look them up."""
    return session.scalar(select(Person).where(Person.public_id == public_id, visible_people(viewer)))


def group(session: Session, viewer: Viewer, group_id: str) -> Group | None:
    """The group with this id, if the viewer may know of it."""
    return session.scalar(select(Group).where(Group.id == group_id, visible_groups(viewer)))


def groups_of(session: Session, viewer: Viewer, person_id: int) -> Sequence[tuple[Group, str]]:
    """The groups of a person today with their rank in each, as far as the viewer may know of them."""
    rows = session.execute(
        select(Group, Membership.rank)
        .join(Membership, Membership.group_id == Group.id)
        .where(Membership.person_id == person_id, _today(), visible_groups(viewer))
        .order_by(Group.name, Group.id)
    )
    return rows.all()


def roles_of(session: Session, person_id: int) -> Sequence[RoleAssignment]:
    """The roles a person holds today."""
    held = select(RoleAssignment).where(
        RoleAssignment.person_id == person_id,
        RoleAssignment.role.in_([str(role) for role in Role]),
        in_force(RoleAssignment.starts_on, RoleAssignment.ends_on, today()),
    )
    return session.scalars(held.order_by(RoleAssignment.role)).all()


def leads(session: Session, group_id: str) -> Sequence[Person]:
    """Those who lead a group today."""
    return session.scalars(_people_in(group_id, Membership.rank == Rank.LEAD).order_by(Person.name, Person.id)).all()


def helpers(session: Session, group_id: str, limit: int) -> Sequence[Person]:
    """Those in a group today who say what others may ask them about."""
    offering = _people_in(group_id).where(Person.can_help != "")
    return session.scalars(offering.order_by(Person.name, Person.id).limit(limit)).all()


def members(session: Session, group_id: str, after: str | None = None) -> tuple[Sequence[Person], str | None]:
    """A page of those who belong to a group today, by name, and where the next page begins.

    `after` is the public id of the last person of the page before.
    """
    listed = _people_in(group_id).order_by(Person.name, Person.id).limit(PAGE + 1)
    last = session.scalar(_people_in(group_id).where(Person.public_id == after)) if after else None
    if last is not None:
        listed = listed.where(tuple_(Person.name, Person.id) > (last.name, last.id))
    found = session.scalars(listed).all()
    return found[:PAGE], found[PAGE - 1].public_id if len(found) > PAGE else None


def groups(
    session: Session, viewer: Viewer, type: str | None = None, after: str | None = None
) -> tuple[Sequence[Group], str | None]:
    """A page of the groups the viewer may know of, by name, and where the next page begins."""
    listed = select(Group).where(visible_groups(viewer)).order_by(Group.name, Group.id).limit(PAGE + 1)
    if type:
        listed = listed.where(Group.type == type)
    # A group that the viewer may not know of is no place to go on from either: the order would tell its name.
    last = group(session, viewer, after) if after else None
    if last is not None:
        listed = listed.where(tuple_(Group.name, Group.id) > (last.name, last.id))
    found = session.scalars(listed).all()
    return found[:PAGE], found[PAGE - 1].id if len(found) > PAGE else None


def below(session: Session, viewer: Viewer, group_id: str) -> Sequence[Group]:
    """The groups directly below this one that the viewer may know of."""
    return session.scalars(
        select(Group).where(Group.parent_id == group_id, visible_groups(viewer)).order_by(Group.name, Group.id)
    ).all()


def _people_in(group_id: str, *more: ColumnElement[bool]) -> Select[Person]:
    inside = select(Membership.person_id).where(Membership.group_id == group_id, _today(), *more)
    return select(Person).where(Person.id.in_(inside), Person.is_active)


def _today() -> ColumnElement[bool]:
    return in_force(Membership.starts_on, Membership.ends_on, today())
