"""A guideline of Digital Communications in force, and what the tests of its keeping have in common."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from guidelines import loop
from tests.people import LONG_AGO, World, email
from wiki import db
from wiki.access.policy import Role
from wiki.documents import operations, texts
from wiki.documents.models import Document
from wiki.documents.sharing import Sharing
from wiki.people.models import Group, Membership, Person, RoleAssignment
from wiki.people.viewer import today

BODY = "## First hour\n\nStop the queue.\n\n## Later\n\nLook again."


def in_days(days: int) -> str:
    return (today() + timedelta(days=days)).isoformat()


def a_rule(world: World, title: str = "Posting in a crisis", **more: Any) -> str:
    """A guideline in force, written by Ines, whose unit keeps it."""
    told = {"kind": "guideline", "by": "ines", "owner": "digital", "status": "in-force", **more}
    return world.write(title, told.pop("body", BODY), **told)


def held_rule(world: World) -> str:
    """One that nobody outside Lisbon can tell from what is not there."""
    return a_rule(
        world, "Secret rule", by="okello", owner="lisbon", sharing=Sharing(("group:lisbon",), "hidden", reason="source")
    )


def give(world: World, who: str, *roles: Role) -> None:
    with world.app.app_context(), db.system_session(writing=True) as session:
        person = session.scalars(select(Person.id).where(Person.email == email(who))).one()
        session.add_all(RoleAssignment(person_id=person, role=role, starts_on=LONG_AGO) for role in roles)


def closed_group(world: World, name: str, *people: str) -> str:
    """A group whose name only its members may know."""
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.add(Group(id="closed", name=name, type="task-force", is_hidden=True))
        session.flush()
        for who in people:
            person = session.scalars(select(Person.id).where(Person.email == email(who))).one()
            session.add(Membership(person_id=person, group_id="closed", starts_on=LONG_AGO))
    return "closed"


def new_text(world: World, address: str, body: str, version: str = "2.0", *, by: str = "ines") -> None:
    """Let another text come in force, as an approver does."""
    there, writer = world.document(address), world.viewer(by)
    prepared, number = texts.prepare(there.title, body), there.id
    with world.app.app_context(), db.system_session(writing=True) as session:
        document = session.get_one(Document, number)
        operations.revise(session, document, prepared, base=document.working, by=writer)
        operations.publish(session, document, by=None, status="in-force")
        loop.came_in_force(session, document, version, None)
    world.settle()
