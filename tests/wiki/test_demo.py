"""The invented cast: loaded to try things out, and left alone where somebody made it their own."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from guidelines.lessons.models import Lesson, LessonStatus
from wiki import db, markdown
from wiki.access.policy import DRAFT
from wiki.documents import operations, texts
from wiki.exchange.starter import demo_addresses, load_demo, load_starter
from wiki.people.models import Person


@pytest.fixture
def loaded(app: Flask) -> Flask:
    with app.app_context():
        load_starter()
        load_demo()
    return app


def test_the_cast_and_its_lessons_are_there_and_a_second_load_changes_nothing(loaded: Flask) -> None:
    with loaded.app_context():
        again = load_demo()
        with db.system_session() as session:
            people = set(session.scalars(select(Person.email)))
            lessons = session.scalars(select(Lesson)).all()
    assert set(demo_addresses()) <= people
    assert len(lessons) >= 10
    assert {lesson.status for lesson in lessons} == set(LessonStatus)
    assert (again.people.new, again.documents.new, again.documents.changed) == (0, 0, 0)


def test_what_somebody_changed_stays_theirs(loaded: Flask) -> None:
    with loaded.app_context():
        with db.system_session(writing=True) as session:
            person = session.scalars(select(Person).where(Person.email == demo_addresses()[0])).one()
            person.name = "Somebody Else"
            edited, ended = session.scalars(select(Lesson).order_by(Lesson.id).limit(2)).all()
            text = texts.prepare("Our own words", "## What happened\n\nOurs.")
            operations.revise(session, edited, text, base=edited.working, by=None)
            ended.status = DRAFT
            names = edited.slug, ended.slug
        load_demo()
        with db.system_session() as session:
            edited, ended = (session.scalars(select(Lesson).where(Lesson.slug == slug)).one() for slug in names)
            name = session.scalars(select(Person.name).where(Person.email == demo_addresses()[0])).one()
            assert (edited.title, ended.status, name) == ("Our own words", DRAFT, "Somebody Else")


def test_a_lesson_told_by_its_post_names_nobody(loaded: Flask) -> None:
    with loaded.app_context(), db.system_session() as session:
        lessons = session.scalars(select(Lesson)).all()
        assert {lesson.names_authors for lesson in lessons if lesson.attribution != "named"} == {False}
        assert all(lesson.authors for lesson in lessons), "they are written by somebody, who may go on writing"


def test_every_lesson_of_the_cast_leads_to_a_guideline() -> None:
    from wiki.exchange.starter import FOLDER

    for path in (FOLDER / "demo" / "lessons").glob("*.md"):
        body = path.read_text(encoding="utf-8").split("---\n", 2)[2]
        assert any(link.kind == "guideline" for link in markdown.render(body).links), path.name
