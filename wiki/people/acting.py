"""Who acts for a group today, and who holds a role: whom to tell and whom to ask."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from wiki.access.policy import Role
from wiki.people.models import Group, Membership, Person, Rank, RoleAssignment
from wiki.people.viewer import in_force, today


def acting_people(session: Session, group: str) -> set[int]:
    """The people (database ids) who act for a group today: its leads, else those of the group above, and so on up.

    Where nobody leads up to the top of the tree these are the stewards (03-sharing 3.4), as in `viewer.acting_for`.
    """
    seen: set[str] = set()
    current: str | None = group
    while current is not None and current not in seen:
        seen.add(current)
        leads = select(Membership.person_id).join(Person, Person.id == Membership.person_id)
        dated = in_force(Membership.starts_on, Membership.ends_on, today())
        found = set(
            session.scalars(
                leads.where(Membership.group_id == current, Membership.rank == Rank.LEAD, Person.is_active, dated)
            )
        )
        if found:
            return found
        current = session.scalar(select(Group.parent_id).where(Group.id == current))
    return holders(session, Role.STEWARD)


def holders(session: Session, *roles: Role) -> set[int]:
    """The active people (database ids) who hold one of these roles today."""
    held = select(RoleAssignment.person_id).join(Person, Person.id == RoleAssignment.person_id)
    dated = in_force(RoleAssignment.starts_on, RoleAssignment.ends_on, today())
    return set(session.scalars(held.where(RoleAssignment.role.in_(roles), Person.is_active, dated)))
