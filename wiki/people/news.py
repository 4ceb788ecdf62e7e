"""What people are to be told of their own account. Notices stand above people, so they listen here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from flask import Flask, current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from wiki import db
from wiki.access.policy import Role
from wiki.people.models import Person, RoleAssignment
from wiki.people.viewer import today

# Whoever tells people: `wiki.notices.telling.tell`.
Hear = Callable[..., None]


def listen(app: Flask, hear: Hear) -> None:
    """Let somebody tell people what happened to their account."""
    app.extensions["chancery_people_news"] = hear


def of_role(session: Session, person: Person, given: RoleAssignment, ends: date | None, *, by: int | None) -> None:
    """Tell somebody from when to when they hold a role, unless they gave it to themselves.

    `ends` is its last day; one before the first day says that it was taken back before it began.
    """
    days = {"starts": str(given.starts_on), "ends": str(ends) if ends else ""}
    once = f"role:{given.role}:{days['starts']}:{days['ends']}:{db.now():%Y%m%d%H%M}"
    _spread(session, person, "role", once, by, role=str(given.role), **days)


def of_end(session: Session, person: Person, role: Role, last: date | None) -> None:
    """Tell somebody that a role ends on this day, or has ended; before it is ended."""
    held = select(RoleAssignment).where(RoleAssignment.person_id == person.id, RoleAssignment.role == role)
    given = session.scalars(held.order_by(RoleAssignment.starts_on.desc())).first()
    if given is not None:
        of_role(session, person, given, last or today() - timedelta(days=1), by=None)


def of_link(session: Session, person: Person, *, by: int | None) -> None:
    """Tell somebody who has a password that a link was made with which another one can be chosen."""
    if person.password_hash is not None:
        _spread(session, person, "password-link", f"password-link:{db.now():%Y%m%d%H%M%S%f}", by)


def _spread(session: Session, person: Person, code: str, once: str, by: int | None, **details: str) -> None:
    hear: Hear | None = current_app.extensions.get("chancery_people_news")
    if hear is not None and person.id != by:
        hear(session, [person.id], code, about=person.public_id, once=once, **details)
