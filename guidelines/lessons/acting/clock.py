"""The clock of lessons: tasks that nobody answered go up, rechecks fall due, and what no longer holds says so.

Each step is a transaction of its own that asks its condition again under a lock: two nodes at once take it once, and a
node that was down takes it late.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from guidelines.lessons.acting import life, rechecks, telling
from guidelines.lessons.acting.models import LessonAction, LessonRecheck, Stage, TaskState
from guidelines.lessons.models import Lesson, LessonStatus
from wiki import db
from wiki.people.models import Group
from wiki.people.viewer import today

log = logging.getLogger(__name__)

UNANSWERED = timedelta(days=30)
_Step = Callable[[Session, Any], None]


def run() -> int:
    """Take every step that is due by now."""
    moment = db.now()
    waits = (LessonAction.state == TaskState.ASKED, LessonAction.stage != Stage.OFFICERS)
    taken = _each(LessonAction, (*waits, LessonAction.asked_at <= moment - UNANSWERED), go_up)
    due = (LessonRecheck.due_at <= moment, LessonRecheck.told_at.is_(None), LessonRecheck.answered_at.is_(None))
    taken += _each(LessonRecheck, due, _ask)
    return taken + _each(Lesson, (Lesson.obsolete_on <= today(), Lesson.status.in_(life.FROM[_OVER])), life.lapse)


_OVER = LessonStatus.OBSOLETE


def _each(model: Any, conditions: tuple[Any, ...], step: _Step) -> int:
    with db.system_session() as session:
        ids = session.scalars(select(model.id).where(*conditions).order_by(model.id)).all()
    return sum(_one(model, number, conditions, step) for number in ids)


def _one(model: Any, number: int, conditions: tuple[Any, ...], step: _Step) -> bool:
    """Take one step, unless another node was faster. One that fails is tried again and does not stop the others."""
    try:
        with db.system_session(writing=True) as session:
            found = session.scalar(select(model).where(model.id == number, *conditions).with_for_update())
            if found is not None:
                step(session, found)
            return found is not None
    except Exception:
        log.exception("a step of %s %s failed and will be tried again", model.__tablename__, number)
        return False


def go_up(session: Session, action: LessonAction) -> None:
    """Ask one level higher: those who act for the unit above, and after them the lessons officers."""
    above = session.scalar(select(Group.parent_id).where(Group.id == action.body_id))
    asked = telling.leads(session, above) - telling.leads(session, action.body_id)
    action.asked_at = db.now()
    if action.stage == Stage.BODY and telling.readers(session, asked, action.document_id):
        action.stage, action.above_id, code = Stage.ABOVE, above, "lesson:task-above"
    else:
        action.stage, code, asked = Stage.OFFICERS, "lesson:task-officers", telling.officers(session)
    session.flush()
    telling.tell_readers(session, asked, code, action.public_id, action.document_id, but=None)


def _ask(session: Session, recheck: LessonRecheck) -> None:
    recheck.told_at = db.now()
    lesson = session.get_one(Lesson, recheck.document_id)
    told = rechecks.told(session, lesson)
    telling.tell_readers(session, told, "lesson:recheck", recheck.public_id, lesson.id, but=None)
