"""The clock of what others learnt: everybody who wishes is told once a month, if there is something they may read."""

from __future__ import annotations

import logging
from datetime import date
from typing import Any

from sqlalchemy import exists, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from guidelines.lessons import months
from guidelines.lessons.models import LessonMonth
from wiki import db
from wiki.documents.models import Document
from wiki.notices.telling import tell
from wiki.people.models import Person
from wiki.people.viewer import load_viewer, today

log = logging.getLogger(__name__)

# So many people are told at once: the clock may run in the wake of a request.
BATCH = 50


def run() -> int:
    """The clock: tell those who were not told of the last month yet, some at a time."""
    month = months.before(today())
    with db.system_session() as session:
        if session.scalar(select(Document.id).where(*months.of_month(month)).limit(1)) is None:
            return 0
        people = session.scalars(_untold(month).order_by(Person.id).limit(BATCH)).all()
    return sum(_tell(person, month) for person in people)


def _untold(month: date) -> Any:
    told = exists().where(LessonMonth.person_id == Person.id, LessonMonth.month >= month)
    return select(Person.id).where(Person.is_active, Person.is_staff, Person.monthly, ~told)


def _tell(person: int, month: date) -> bool:
    """Tell one person, unless another node did; those for whom there is nothing are not looked at again."""
    try:
        with db.system_session(writing=True) as session:
            if not _claim(session, person, month):
                return False
            viewer = load_viewer(session, person)
            if viewer is not None and months.lessons(session, viewer, month):
                tell(session, [person], months.CODE, about=f"{month:%Y-%m}")
            return True
    except IntegrityError:
        # Another node was faster.
        return False
    except Exception:
        log.exception("the lessons of the month could not be told to person %s; that will be tried again", person)
        return False


def _claim(session: Session, person: int, month: date) -> bool:
    mine = update(LessonMonth).where(LessonMonth.person_id == person)
    claimed = mine.where(LessonMonth.month < month).values(month=month).returning(LessonMonth.person_id)
    if session.scalar(claimed) is not None:
        return True
    if session.scalar(select(LessonMonth.month).where(LessonMonth.person_id == person)) is not None:
        return False
    session.add(LessonMonth(person_id=person, month=month))
    session.flush()
    return True
