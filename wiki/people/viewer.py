"""From a person in the database to the viewer the rules know: keys and roles in force today."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime

from sqlalchemy import ColumnElement, Select, and_, case, exists, literal, or_, select, union_all
from sqlalchemy.orm import Session, aliased
from sqlalchemy.orm.attributes import InstrumentedAttribute

from wiki import db
from wiki.access.models import AccessGrant
from wiki.access.policy import SERVICE, Role, Viewer
from wiki.people.models import Group, Membership, Person, Rank, RoleAssignment


def today() -> date:
    """The day by which memberships and roles begin and end, in UTC."""
    return db.now().astimezone(UTC).date()


def in_force(
    starts: InstrumentedAttribute[date], ends: InstrumentedAttribute[date | None], day: date
) -> ColumnElement[bool]:
    """The condition that a dated row counts on this day, both ends included."""
    return and_(starts <= day, or_(ends.is_(None), ends >= day))


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
    keys: set[str] = {f"person:{public_id}"}
    roles: set[Role] = set()
    leads: set[str] = set()
    for what, value in session.execute(_what_counts(person_id, today(), db.now())):
        if what == "role":
            roles.add(Role(value))
        elif what == Rank.LEAD:
            leads.add(value)
            keys.add(f"group:{value}")
        else:
            keys.add(f"{what}:{value}")
    if is_staff:
        keys.add(SERVICE)
    if leads or Role.STEWARD in roles:
        keys.update(f"lead:{group}" for group in acting_for(session, leads, Role.STEWARD in roles))
    return Viewer(person_id, public_id, name, frozenset(keys), frozenset(roles), is_staff, lang, timezone)


def _what_counts(person_id: int, day: date, moment: datetime) -> Select[str, str]:
    member = Membership
    rank = case((member.rank == Rank.LEAD, literal("lead")), else_=literal("group"))
    of_groups = select(rank.label("what"), member.group_id.label("value")).where(
        member.person_id == person_id, in_force(member.starts_on, member.ends_on, day)
    )
    of_roles = select(literal("role"), RoleAssignment.role).where(
        RoleAssignment.person_id == person_id, in_force(RoleAssignment.starts_on, RoleAssignment.ends_on, day)
    )
    under = aliased(Membership)
    of_grants = (
        select(literal("doc"), AccessGrant.document)
        .outerjoin(under, under.id == AccessGrant.membership_id)
        .where(
            AccessGrant.person_id == person_id,
            AccessGrant.until > moment,
            AccessGrant.withdrawn_at.is_(None),
            or_(AccessGrant.membership_id.is_(None), in_force(under.starts_on, under.ends_on, day)),
        )
    )
    together = union_all(of_groups, of_roles, of_grants).subquery()
    return select(together.c.what, together.c.value)


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
