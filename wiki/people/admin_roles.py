"""Administration of roles: who holds what today, who will, and who did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Response
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from wiki import db
from wiki.access.policy import Role
from wiki.people.admin import admin, manage, page
from wiki.people.models import Person, RoleAssignment
from wiki.people.viewer import today
from wiki.people.words import DUTIES

# Roles that ended before are in the log and on the page of each person.
REMEMBERED = timedelta(days=365)

Held = tuple[RoleAssignment, Person]


@dataclass(frozen=True, slots=True)
class Holders:
    """A role, what it lets somebody do, and whose it is, was and will be."""

    role: Role
    duty: Any
    now: tuple[Held, ...]
    coming: tuple[Held, ...]
    past: tuple[Held, ...]


@admin.get("/roles")
@manage
def roles() -> Response:
    return page("roles", 200, roles=holders(db.session()), today=today())


def holders(session: Session) -> Sequence[Holders]:
    """Every role with those who hold it, will hold it, or held it in the last year."""
    statement = (
        select(RoleAssignment, Person)
        .join(Person, Person.id == RoleAssignment.person_id)
        .where(or_(RoleAssignment.ends_on.is_(None), RoleAssignment.ends_on >= today() - REMEMBERED))
        .order_by(Person.name, Person.id, RoleAssignment.starts_on)
    )
    found: dict[str, list[Held]] = {}
    for given, person in session.execute(statement):
        found.setdefault(given.role, []).append((given, person))
    return [_sorted(role, found.get(role, [])) for role in Role]


def _sorted(role: Role, rows: list[Held]) -> Holders:
    day = today()
    past = tuple(row for row in rows if row[0].ends_on is not None and row[0].ends_on < day)
    coming = tuple(row for row in rows if row[0].starts_on > day)
    return Holders(role, DUTIES[role], tuple(row for row in rows if row not in past + coming), coming, past)
