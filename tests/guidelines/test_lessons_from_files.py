"""What files tell of lessons and of what follows from them, and what became of what was there before."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask
from sqlalchemy import select

from guidelines.lessons.acting.models import LessonAction, LessonRecheck, LessonStep
from guidelines.lessons.acting.told import ToldAction, actions_in
from guidelines.lessons.models import Lesson, LessonStatus
from wiki import db
from wiki.exchange.starter import load_demo, load_starter


def test_the_demo_world_has_lessons_in_every_state_with_all_that_follows(app: Flask) -> None:
    with app.app_context():
        load_starter()
        load_demo()
        with db.system_session() as session:
            lessons = {lesson.slug: lesson for lesson in session.scalars(select(Lesson))}
            actions = session.scalars(select(LessonAction)).all()
            rechecks = session.scalars(select(LessonRecheck)).all()
            steps = {(step.document_id, step.step) for step in session.scalars(select(LessonStep))}
    assert {lesson.status for lesson in lessons.values()} == set(LessonStatus)
    assert {action.state for action in actions} == {"asked", "accepted", "done"}
    assert all(action.body_id for action in actions)
    assert [one.what for one in actions if one.state == "done" and not one.evidence_id] == []
    learned = lessons["ring-back-on-the-known-number"]
    assert [(each.document_id, each.due_at.date()) for each in rechecks] == [
        (learned.id, date(2027, 1, 20)),
        (learned.id, date(2027, 7, 20)),
    ]
    assert {(learned.id, step) for step in ("identified", "in-action", "learned")} <= steps
    merged = lessons["look-at-the-profile-before-you-reply"]
    assert merged.successor_id == lessons["second-reader-for-replies"].id


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ("x", "is not a list of actions"),
        (["x"], "is not a list of actions"),
        ([{"what": "x", "who": "y"}], "is not a list of actions"),
        ([{"what": 7}], "is not a list of actions"),
        ([{"body": "hq"}], "does not say what"),
        ([{"what": "x" * 401}], "more than 400 characters"),
        ([{"what": "x", "done": date(2026, 1, 1)}], "nothing that shows it"),
    ],
)
def test_actions_that_make_no_sense_in_a_file_are_refused_in_words(told: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        actions_in(told)


def test_actions_of_a_file_are_read() -> None:
    assert actions_in([{"what": "Do it.", "body": "hq"}]) == (ToldAction("Do it.", "hq"),)
