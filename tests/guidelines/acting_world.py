"""What the tests of the life of lessons share: an officer, a lesson that was told, and the steps up to a point."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from guidelines.lessons.acting import clock
from guidelines.lessons.acting.models import LessonAction, LessonRecheck
from guidelines.lessons.models import Lesson
from guidelines.loop import Proposal
from tests.guidelines.lessons_at_work import appoint
from tests.journeys.reader import Reader
from tests.people import World
from wiki import db
from wiki.documents import operations
from wiki.documents.models import Document
from wiki.documents.sharing import Sharing
from wiki.notices.models import Notice
from wiki.people.models import Person
from wiki.people.viewer import today

AGREED = {"cause": "Nobody looked twice.", "action": "Show the handle in bold.", "body": "digital"}


def told(world: World, title: str = "Look twice", sharing: Sharing | None = None, **more: Any) -> str:
    """A lesson of Lisbon, and Bruno as lessons officer."""
    if "lessons-officer" not in {str(role) for role in world.viewer("bruno").roles}:
        appoint(world, "bruno")
    return world.write(title, "## What happened\n\nWords.", kind="lesson", status="observed", sharing=sharing, **more)


def identified(world: World, **more: Any) -> str:
    address = told(world, **more)
    Reader(world, "bruno").open(f"{address}/validation").press("Identify it", **AGREED)
    assert world.document(address).status == "identified"
    return address


def in_action(world: World, **more: Any) -> str:
    address = identified(world, **more)
    Reader(world, "ines").open(task(world)).press("We do it")
    assert world.document(address).status == "in-action"
    return address


def learned(world: World, **more: Any) -> str:
    address = in_action(world, **more)
    Reader(world, "ines").open(task(world)).follow("It is done").press(
        "It is done", evidence_words="It is in bold now."
    )
    Reader(world, "bruno").open(f"{address}/learning").press("It is learned")
    assert world.document(address).status == "learned"
    return address


def task(world: World, number: int = -1) -> str:
    """The page of an action, the newest unless numbered."""
    with world.app.app_context(), db.system_session() as session:
        found = session.execute(
            select(Lesson.slug, LessonAction.public_id)
            .join(LessonAction, LessonAction.document_id == Lesson.id)
            .order_by(LessonAction.id)
        ).all()
    return f"/lessons/{found[number][0]}/actions/{found[number][1]}"


def rows(world: World, table: Any) -> list[Any]:
    with world.app.app_context(), db.system_session() as session:
        return list(session.scalars(select(table).order_by(table.id)))


def actions(world: World) -> list[LessonAction]:
    return rows(world, LessonAction)


def rechecks(world: World) -> list[LessonRecheck]:
    return rows(world, LessonRecheck)


def proposals(world: World) -> list[Proposal]:
    return rows(world, Proposal)


def notices(world: World, who: str) -> list[str]:
    """The codes of what somebody was told of lessons, the oldest first."""
    person = world.viewer(who).person
    found = [notice for notice in rows(world, Notice) if notice.person_id == person]
    return [notice.code for notice in found if notice.code.startswith("lesson:")]


def later(world: World, monkeypatch: pytest.MonkeyPatch, days: float) -> None:
    """Let so many days pass, on a clock that stands still from then on. Everybody has to sign in anew."""
    world._clients.clear()
    world._tokens.clear()
    moment = db.now() + timedelta(days=days)
    monkeypatch.setattr(db, "datetime", SimpleNamespace(now=lambda zone: moment))


def run_clocks(world: World) -> int:
    """Let the clock of lessons take its steps; returns how many there were."""
    assert "what follows from lessons" in world.app.extensions["chancery_clocks"]
    with world.app.app_context():
        return clock.run()


def lead(world: World, who: str, group: str) -> None:
    """Let somebody lead a group as well."""
    from wiki.people.models import Membership

    with world.app.app_context(), db.system_session(writing=True) as session:
        person = session.scalars(select(Person.id).where(Person.email == f"{who}@example.org")).one()
        session.add(Membership(person_id=person, group_id=group, rank="lead", starts_on=today() - timedelta(days=9)))


def held_for(*groups: str) -> Sharing:
    """Held back for some groups, with a notice for the others."""
    audience = tuple(f"group:{group}" for group in groups)
    return Sharing(audience, "stub", "A notice", "Ask us.", "negotiation", today() + timedelta(days=60))


def hold_back(world: World, address: str, *groups: str) -> None:
    """Share a lesson from now on with some groups only."""
    number = world.document(address).id
    with world.app.app_context(), db.system_session(writing=True) as session:
        operations.share(session, session.get_one(Document, number), held_for(*groups), by=None)
