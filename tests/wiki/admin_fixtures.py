"""What the tests of administration ask of the database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from tests.people import World, email
from wiki import db
from wiki.access.models import AuditEvent
from wiki.access.policy import Role
from wiki.people import operations
from wiki.people.models import Person


def person(world: World, who: str) -> Person:
    with world.app.app_context(), db.system_session() as session:
        return session.scalars(select(Person).where(Person.email == email(who))).one()


def address(world: World, who: str) -> str:
    return f"/admin/people/{person(world, who).public_id}"


def number_of(world: World, table: Any, who: str, **more: Any) -> int:
    mine = person(world, who).id
    with world.app.app_context(), db.system_session() as session:
        return int(session.scalars(select(table.id).filter_by(person_id=mine, **more)).one())


def set_on(world: World, who: str, **columns: Any) -> None:
    mine = person(world, who).id
    with world.app.app_context(), db.system_session(writing=True) as session:
        for column, value in columns.items():
            setattr(session.get_one(Person, mine), column, value)


def count(world: World, table: Any, **more: Any) -> int:
    with world.app.app_context(), db.system_session() as session:
        return session.scalar(select(func.count()).select_from(table).filter_by(**more)) or 0


def logged(world: World, what: str) -> list[AuditEvent]:
    with world.app.app_context(), db.system_session() as session:
        return list(session.scalars(select(AuditEvent).where(AuditEvent.what == what)))


def second_administrator(world: World, who: str = "ines") -> None:
    mine = person(world, who).id
    with world.app.app_context(), db.system_session(writing=True) as session:
        found = session.get_one(Person, mine)
        operations.give_role(session, found, Role.ADMINISTRATOR, by=None)
