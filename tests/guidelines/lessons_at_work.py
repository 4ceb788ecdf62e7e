"""What the tests of lessons share: a lesson as somebody tells it, and a lessons officer beside the cast."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from guidelines.lessons import operations, story
from guidelines.lessons.models import Lesson
from guidelines.lessons.operations import Telling
from tests.journeys.reader import Reader
from tests.people import LONG_AGO, World, email
from wiki import db
from wiki.documents import texts
from wiki.documents.models import Document, Term
from wiki.documents.operations import Facts
from wiki.documents.sharing import Sharing
from wiki.people.models import Person, RoleAssignment

STORY = {
    "happened": "A parody account asked us about the summit, and we answered as if it were the minister.",
    "intended": "We wanted to be quick and kind to a minister.",
    "title": "Look at the handle twice before you answer an official account",
}


def tell(world: World, who: str = "amina", button: str = "Record it", **fields: Any) -> Reader:
    """Somebody opens the form, fills in the boxes and presses a button."""
    reader = Reader(world, who).open("/lessons/new")
    return reader.press(button, **{**STORY, **fields})


def the_lesson(world: World) -> Lesson:
    """The only lesson there is, as the system sees it."""
    with world.app.app_context(), db.system_session() as session:
        found = session.scalars(select(Lesson)).one()
        assert found.authors is not None
        assert found.terms is not None
        assert found.labels is not None
        return found


def how_many(world: World, table: Any = Document) -> int:
    with world.app.app_context(), db.system_session() as session:
        return len(session.scalars(select(table)).all())


def add_terms(world: World) -> None:
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.add_all(
            Term(vocabulary=vocabulary, slug=slug, name=name)
            for vocabulary, slug, name in (
                ("platform", "x", "X"),
                ("platform", "facebook", "Facebook"),
                ("topic", "impersonation", "Impersonation"),
                ("topic", "crisis", "Crisis"),
            )
        )


def appoint(world: World, who: str, role: str = "lessons-officer") -> None:
    with world.app.app_context(), db.system_session(writing=True) as session:
        person = session.scalars(select(Person).where(Person.email == email(who))).one()
        session.add(RoleAssignment(person_id=person.id, role=role, starts_on=LONG_AGO))


def leave(world: World, who: str) -> None:
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.scalars(select(Person).where(Person.email == email(who))).one().is_active = False


def shelve(world: World, numbers: range) -> None:
    """Many lessons at once, each a surprise, without a browser."""
    viewer = world.viewer("amina")
    with world.app.app_context():
        told = [
            texts.prepare(f"Lesson number {number}", story.compose({"happened": STORY["happened"]}))
            for number in numbers
        ]
        with db.system_session(writing=True) as session:
            for text in told:
                facts = Facts("lisbon", columns={"nature": "surprise"})
                operations.record(session, text, facts, Sharing(), Telling(), by=viewer)
    world.settle()
