"""Rechecks: six and twelve months after the last action somebody says whether it happened again."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from guidelines.lessons.acting import life, tasks, telling
from guidelines.lessons.acting.models import LessonRecheck, TaskState
from guidelines.lessons.models import Lesson, LessonStatus, LessonUse
from guidelines.lessons.operations import Refused
from wiki import db
from wiki.access import policy
from wiki.access.policy import Role, Viewer

LAST = max(life.RECHECKS)


def locked(session: Session, lesson: Lesson, public_id: str) -> LessonRecheck | None:
    """The recheck of a lesson with this id, for whoever answers it now."""
    here = (LessonRecheck.public_id == public_id, LessonRecheck.document_id == lesson.id)
    return session.scalar(select(LessonRecheck).where(*here).with_for_update())


def may_answer(session: Session, viewer: Viewer, lesson: Lesson) -> bool:
    """Whether this person says how it went: lessons officers, and those who act for a body that did something."""
    if viewer.has(Role.LESSONS_OFFICER):
        return True
    return any(action.body_id in viewer.leads for action in tasks.of(session, lesson, TaskState.DONE))


def told(session: Session, lesson: Lesson) -> set[int]:
    """Whom to ask: the lessons officers, and those who act for the bodies that did something."""
    found = telling.officers(session)
    for action in tasks.of(session, lesson, TaskState.DONE):
        found |= telling.leads(session, action.body_id)
    return found


def held(session: Session, lesson: Lesson, recheck: LessonRecheck, words: str, *, enough: bool, by: Viewer) -> None:
    """It did not happen again. The second time confirms the lesson, and the first where an officer finds it enough."""
    _require_open(session, lesson, recheck, by)
    if recheck.due_at > db.now():
        raise Refused(_l("It is too early to say. Wait until the day of this recheck."), "again")
    if enough and not by.has(Role.LESSONS_OFFICER):
        raise Refused(_l("Only a lessons officer can decide that one look is enough."), "again")
    _answer(session, recheck, False, words, by)
    if recheck.turn < LAST and not enough:
        life.note(session, lesson, "recheck", by=by, words=recheck.words)
        return
    life.forget_rechecks(session, lesson)
    life.enter(session, lesson, LessonStatus.CONFIRMED, by=by, words=recheck.words)
    also = told(session, lesson) | telling.authors(session, lesson.id)
    telling.tell_readers(session, also, "lesson:confirmed", recheck.public_id, lesson.id, but=by)


def again(session: Session, lesson: Lesson, recheck: LessonRecheck, words: str, *, by: Viewer) -> None:
    """It happened again: that is one more occurrence, and there is more to do. Raises Refused."""
    _require_open(session, lesson, recheck, by)
    if not words.strip():
        raise Refused(_l("Say in a sentence what happened, so that the next task fits."), "words")
    _answer(session, recheck, True, words, by)
    session.add(LessonUse(document_id=lesson.id, person_id=by.person, sort="occurred", words=recheck.words))
    life.forget_rechecks(session, lesson)
    life.note(session, lesson, life.AGAIN, by=by, words=recheck.words)
    life.enter(session, lesson, LessonStatus.IN_ACTION, by=by)
    also = told(session, lesson) | telling.authors(session, lesson.id)
    telling.tell_readers(session, also, "lesson:again", recheck.public_id, lesson.id, but=by)


def _require_open(session: Session, lesson: Lesson, recheck: LessonRecheck, by: Viewer) -> None:
    if not may_answer(session, by, lesson):
        raise policy.NotAllowed(policy.Decision(False, "not-tasked"))
    if recheck.answered_at is not None:
        raise Refused(_l("This was answered already. Load the page again to see how."), "again")
    if lesson.status != LessonStatus.LEARNED:
        raise Refused(_l("The lesson is not at this point any more, so there is nothing to check."), "again")


def _answer(session: Session, recheck: LessonRecheck, happened: bool, words: str, by: Viewer) -> None:
    recheck.answered_at, recheck.answered_by_id = db.now(), by.person
    recheck.again, recheck.words = happened, " ".join(words.split())
    session.flush()
