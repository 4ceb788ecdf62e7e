"""From a person in the database to the viewer the rules know: keys and roles in force today."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    exists,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from wiki import db
from wiki.access.models import AccessGrant
from wiki.access.policy import QUARANTINE, SERVICE, Role, Viewer
from wiki.people.models import Group, Membership, Person, Rank, RoleAssignment

# Leave that somebody took by breaking the glass has this sort, and counts as long as they hold one of these roles.
GLASS, BREAKS_GLASS = "glass", (Role.DUTY_OFFICER, Role.ADMINISTRATOR)


def today() -> date:
    """The day by which memberships and roles begin and end, in UTC."""
    return db.now().astimezone(UTC).date()


def in_force(starts: Any, ends: Any, day: date | ColumnElement[date]) -> ColumnElement[bool]:
    """The condition that a dated row counts on this day, both ends included."""
    return and_(starts <= day, or_(ends.is_(None), ends >= day))


def in_office(grant: Any, day: date | ColumnElement[date]) -> ColumnElement[bool]:
    """The condition that leave (the columns of a grant) does not outlive the role that gave it."""
    role = RoleAssignment.__table__.alias().c
    dated = in_force(role.starts_on, role.ends_on, day)
    return or_(
        grant.sort != GLASS, exists().where(role.person_id == grant.person_id, role.role.in_(BREAKS_GLASS), dated)
    )


def load_viewer(session: Session, person_id: int) -> Viewer | None:
    """The viewer this person is today, or None when there is no such active person."""
    person = session.execute(
        select(Person.id, Person.public_id, Person.name, Person.is_staff, Person.lang, Person.timezone).where(
            Person.id == person_id, Person.is_active
        )
    ).first()
    if person is None:
        return None
    return viewer_of(session, *person)


def viewer_of(
    session: Session, person_id: int, public_id: str, name: str, is_staff: bool, lang: str, timezone: str
) -> Viewer:
    """The viewer made of a person's columns: one query for keys and roles, one more for leads and stewards."""
    counting = session.connection().execute(_COUNTING, {"person": person_id, **clock()})
    return viewer_with(session, counting, person_id, public_id, name, is_staff, lang, timezone)


def viewer_with(
    session: Session,
    counting: Iterable[Sequence[Any]],
    person_id: int,
    public_id: str,
    name: str,
    is_staff: bool,
    lang: str,
    timezone: str,
) -> Viewer:
    """The same when the rows of `what_counts` were fetched already: one more query for leads and stewards only."""
    keys: set[str] = {f"person:{public_id}"}
    roles: set[Role] = set()
    leads: set[str] = set()
    for what, value in counting:
        if what == "role":
            roles.add(Role(value))
        elif what == Rank.LEAD:
            leads.add(value)
            keys.add(f"group:{value}")
        else:
            keys.add(f"{what}:{value}")
    if is_staff:
        keys.add(SERVICE)
    if Role.SECURITY_OFFICER in roles:
        keys.add(QUARANTINE)
    if leads or Role.STEWARD in roles:
        keys.update(f"lead:{group}" for group in acting_for(session, leads, Role.STEWARD in roles))
    return Viewer(person_id, public_id, name, frozenset(keys), frozenset(roles), is_staff, lang, timezone)


def clock() -> dict[str, Any]:
    """The day and the moment that statements made of `what_counts` are asked for."""
    return {"day": today(), "moment": db.now()}


def what_counts(person: Any) -> tuple[Select[Any], Select[Any], Select[Any]]:
    """Groups, roles and grants in force of a person, as (what, value). Ask with the values of `clock`.

    They name tables, not classes, and take their values when asked: built once, they cost no building in a request.
    """
    day, moment = bindparam("day", type_=Date), bindparam("moment", type_=db.Moment)
    member, role, grant = Membership.__table__.c, RoleAssignment.__table__.c, AccessGrant.__table__.c
    rank = case((member.rank == Rank.LEAD.value, literal("lead")), else_=literal("group"))
    of_groups = select(rank.label("what"), member.group_id.label("value")).where(
        member.person_id == person, in_force(member.starts_on, member.ends_on, day)
    )
    of_roles = select(literal("role"), role.role).where(
        role.person_id == person, in_force(role.starts_on, role.ends_on, day)
    )
    under = Membership.__table__.alias()
    of_grants = (
        select(literal("doc"), grant.document)
        .select_from(AccessGrant.__table__.outerjoin(under, under.c.id == grant.membership_id))
        .where(
            grant.person_id == person,
            grant.until > moment,
            grant.withdrawn_at.is_(None),
            in_office(grant, day),
            or_(grant.membership_id.is_(None), in_force(under.c.starts_on, under.c.ends_on, day)),
        )
    )
    return of_groups, of_roles, of_grants


_COUNTING = union_all(*what_counts(bindparam("person", type_=Integer)))


def acting_for(session: Session, leads: Iterable[str], steward: bool) -> set[str]:
    """The groups for which somebody acts today: those they lead, and those without a lead below them.

    Where nobody leads up to the top of the tree, the stewards act (03-sharing 3.4).
    """
    led = exists().where(
        Membership.group_id == Group.id,
        Membership.rank == Rank.LEAD,
        in_force(Membership.starts_on, Membership.ends_on, today()),
        Membership.person_id == Person.id,
        Person.is_active,
    )
    orphans = dict(session.execute(select(Group.id, Group.parent_id).where(~led)).all())
    mine = set(leads)
    return mine | {group for group in orphans if _keeper(group, orphans, mine, steward)}


def _keeper(group: str, orphans: dict[str, str | None], mine: set[str], steward: bool) -> bool:
    """Whether a group without a lead falls to somebody who leads `mine`, or to a steward."""
    seen: set[str] = set()
    current: str | None = group
    while current in orphans and current not in seen:
        seen.add(current)
        current = orphans[current]
    return steward if current is None or current in seen else current in mine
