"""Things that are held back, and a clock that is moved, for the tests of their ends."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from tests.people import World, email
from wiki import clocks, db
from wiki.access.models import AuditEvent
from wiki.documents.models import Document, Passage, PassageLabel, Revision, Stub
from wiki.documents.sharing import Sharing
from wiki.notices.models import Notice
from wiki.people.models import Person
from wiki.people.viewer import today


def in_days(days: int) -> date:
    return today() + timedelta(days=days)


def held(days: int | None = 60, **changes: Any) -> Sharing:
    """Held back for Lisbon, as a negotiation that opens by itself unless said otherwise."""
    until = in_days(days) if days is not None else None
    about: dict[str, Any] = {
        "audience": ("group:lisbon",),
        "reason": "negotiation",
        "release_title": "A project",
        "share_line": "Ask us.",
        "until": until,
    }
    return Sharing(**{**about, **changes})


def tick(world: World) -> int:
    """Let every clock run once. Meanwhile everybody's session has ended: they sign in again."""
    world._clients.clear()
    world._tokens.clear()
    with world.app.app_context():
        return clocks.run()


def told(world: World, code: str = "") -> list[tuple[str, str]]:
    """Who was told what, in the order it was told."""
    with world.app.app_context(), db.system_session() as session:
        rows = select(Person.email, Notice.code).join(Person, Person.id == Notice.person_id).order_by(Notice.id)
        found = [(address.split("@")[0], each) for address, each in session.execute(rows)]
    return [(who, each) for who, each in found if each.startswith(code or ("hold", "hidden", "handover"))]


def logged(world: World, what: str) -> list[AuditEvent]:
    with world.app.app_context(), db.system_session() as session:
        return list(session.scalars(select(AuditEvent).where(AuditEvent.what == what).order_by(AuditEvent.id)))


def stub(world: World, address: str) -> Stub | None:
    document = world.document(address)
    with world.app.app_context(), db.system_session() as session:
        return session.get(Stub, document.id)


def give_role(world: World, who: str, role: str) -> None:
    from tests.people import LONG_AGO
    from wiki.people.models import RoleAssignment

    with world.app.app_context(), db.system_session(writing=True) as session:
        person = session.scalars(select(Person).where(Person.email == email(who))).one()
        session.add(RoleAssignment(person_id=person.id, role=role, starts_on=LONG_AGO))


def hold_a_passage(world: World, address: str, days: int, *, reason: str = "negotiation", by: str = "amina") -> str:
    """A passage of a document, held back for Lisbon; returns its public id."""
    document, viewer = world.document(address), world.viewer(by)
    with world.app.app_context(), db.system_session(writing=True) as session:
        passage = Passage(document_id=document.id, created_by_id=viewer.person, created_at=db.now(),
                          audience=["group:lisbon"], reason=reason, held_until=in_days(days))  # fmt: skip
        labels = ("group:lisbon", "lead:lisbon", f"person:{viewer.public_id}")
        passage.labels = [PassageLabel(label=label) for label in labels]
        session.add(passage)
        session.flush()
        in_the_text(session, passage)
        return passage.public_id


def in_the_text(session: Any, passage: Passage) -> None:
    """Put the token of a passage at the end of the newest text of its document."""
    document = session.get_one(Document, passage.document_id)
    where = (Revision.document_id == document.id, Revision.number == document.working)
    newest = session.scalars(select(Revision).where(*where)).one()
    newest.body = f"{newest.body}\n\n[[held:{passage.public_id}]]\n"
    document.passages += 1


def passage(world: World, public_id: str) -> Passage:
    with world.app.app_context(), db.system_session() as session:
        return session.scalars(select(Passage).where(Passage.public_id == public_id)).one()


def id_of(world: World, address: str) -> str:
    return world.document(address).public_id


def set_on(world: World, address: str, **columns: Any) -> None:
    document = world.document(address)
    with world.app.app_context(), db.system_session(writing=True) as session:
        row = session.get_one(Document, document.id)
        for name, value in columns.items():
            setattr(row, name, value)
