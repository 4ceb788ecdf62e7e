"""The states of a lesson and the steps between them, each by whom 03-sharing 3.7 says; told on its timeline."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from guidelines.lessons import words as said
from guidelines.lessons.acting import telling
from guidelines.lessons.acting.models import LessonAction, LessonRecheck, LessonStep, TaskState
from guidelines.lessons.models import Lesson, LessonStatus as Status
from guidelines.lessons.operations import Refused
from wiki import db
from wiki.access import audit, policy
from wiki.access.policy import BINNED, Action, Viewer
from wiki.documents import operations as documents
from wiki.documents.models import Document
from wiki.documents.visibility import visible_to
from wiki.people.viewer import today

# Months after the last action at which somebody looks whether it happened again, by turn.
RECHECKS = {1: 6, 2: 12}
AGAIN = "again"
# From which states each can be reached.
_ALIVE = frozenset({Status.OBSERVED, Status.IDENTIFIED, Status.IN_ACTION, Status.SHARED_ONLY})
FROM: dict[Status, frozenset[Status]] = {
    Status.OBSERVED: frozenset({Status.SHARED_ONLY, Status.DECLINED, Status.OBSOLETE}),
    Status.IDENTIFIED: frozenset({Status.OBSERVED, Status.IDENTIFIED}),
    Status.IN_ACTION: frozenset({Status.IDENTIFIED, Status.LEARNED, Status.CONFIRMED}),
    Status.LEARNED: frozenset({Status.IDENTIFIED, Status.IN_ACTION}),
    Status.CONFIRMED: frozenset({Status.LEARNED}),
    Status.SHARED_ONLY: frozenset({Status.OBSERVED, Status.IDENTIFIED, Status.IN_ACTION}),
    Status.DECLINED: frozenset({Status.OBSERVED, Status.IDENTIFIED, Status.SHARED_ONLY}),
    Status.OBSOLETE: _ALIVE | {Status.LEARNED, Status.CONFIRMED},
    Status.MERGED: _ALIVE | {Status.LEARNED, Status.CONFIRMED},
}


def fits(lesson: Any, to: Status) -> bool:
    """Whether a lesson can come into this state from the one it is in."""
    return lesson.status in FROM[to]


def require_fit(lesson: Lesson, to: Status, field: str = "") -> None:
    """Raise Refused when this state cannot follow the one it is in."""
    if lesson.status == Status.DRAFT:
        raise Refused(_l("Only a lesson that its audience can read is validated. Publish it first."), field)
    if not fits(lesson, to):
        state = said.STATES.get(lesson.status, lesson.status)
        words = _l("The lesson is “%(state)s” now, and this step does not follow from that.", state=state)
        raise Refused(words, field)


def enter(
    session: Session, lesson: Lesson, to: Status, *, by: Viewer | None, words: str = "", other: int | None = None
) -> None:
    """Bring a lesson into a state that was found to fit, and write it down. `by` None is the clock."""
    lesson.status = to
    documents.relabel(session, lesson)
    note(session, lesson, to, by=by, words=words, other=other)
    who = by.person if by else None
    audit.record(session, f"lesson:{to}", by=who, about=lesson.public_id, owner=lesson.owner_id)


def note(
    session: Session, lesson: Lesson, step: str, *, by: Viewer | None, words: str = "", other: int | None = None
) -> None:
    """Write a step down for the timeline."""
    who = by.person if by else None
    session.add(LessonStep(document_id=lesson.id, step=step, by_id=who, words=words, other_id=other))
    session.flush()


def take_up(session: Session, lesson: Lesson, *, by: Viewer) -> None:
    """A lessons officer says that work has begun. Raises Refused."""
    policy.require(by, Action.LESSON_VALIDATE, lesson.item)
    if lesson.status != Status.IDENTIFIED:
        require_fit(lesson, Status.IDENTIFIED)
        raise Refused(_l("Agree first on what caused it and what is to be done: validate the lesson."))
    enter(session, lesson, Status.IN_ACTION, by=by)


def begin(session: Session, lesson: Lesson, *, by: Viewer | None) -> None:
    """Somebody took on an action: what was agreed is in action from now on."""
    if lesson.status == Status.IDENTIFIED:
        enter(session, lesson, Status.IN_ACTION, by=by)


def learn(session: Session, lesson: Lesson, words: str, *, by: Viewer) -> None:
    """A lessons officer says that practice changed. Refused without an action done and a change that shows it."""
    policy.require(by, Action.LESSON_VALIDATE, lesson.item)
    require_fit(lesson, Status.LEARNED, "words")
    mine = (LessonAction.document_id == lesson.id, LessonAction.state == TaskState.DONE, telling.told_to(by))
    done = session.scalars(select(LessonAction).where(*mine)).all()
    if not done:
        raise Refused(_l("No task is done yet. A lesson is learned when something changed."), "words")
    again = _last_again(session, lesson)
    done = [action for action in done if again is None or (action.done_at and action.done_at > again)]
    if not done:
        raise Refused(_l("It happened again after the last task. Agree on another one, and do it, first."), "words")
    words = " ".join(words.split())
    if not words and not _is_shown(session, done, by):
        raise Refused(_l("Nothing shows the change yet. Say in a sentence what changed."), "words")
    enter(session, lesson, Status.LEARNED, by=by, words=words)
    plan(session, lesson)


def _is_shown(session: Session, done: Sequence[LessonAction], by: Viewer) -> bool:
    """Whether something shows these actions to this officer: words, or a document that they can read."""
    if any(action.evidence_words for action in done):
        return True
    linked = {action.evidence_id for action in done if action.evidence_id}
    seen = select(Document.id).where(Document.id.in_(linked), Document.status != BINNED, visible_to(by))
    return session.scalar(seen.limit(1)) is not None


def _last_again(session: Session, lesson: Lesson) -> datetime | None:
    mine = (LessonStep.document_id == lesson.id, LessonStep.step == AGAIN)
    return session.scalar(select(LessonStep.at).where(*mine).order_by(LessonStep.id.desc()).limit(1))


def plan(session: Session, lesson: Lesson) -> None:
    """Set the days of the rechecks by the last action done. What was answered stays; others move along."""
    if lesson.status != Status.LEARNED:
        return
    done = (LessonAction.document_id == lesson.id, LessonAction.state == TaskState.DONE)
    last = session.scalar(select(func.max(LessonAction.done_at)).where(*done))
    if last is None:
        return
    since = _since_learned(session, lesson)
    here = select(LessonRecheck).where(LessonRecheck.document_id == lesson.id)
    there = {each.turn: each for each in session.scalars(here) if each.answered_at is None or each.answered_at > since}
    for turn, months in RECHECKS.items():
        due = months_after(last, months)
        if turn not in there:
            session.add(LessonRecheck(document_id=lesson.id, turn=turn, due_at=due))
        elif there[turn].answered_at is None and due > there[turn].due_at:
            there[turn].due_at, there[turn].told_at = due, None
    session.flush()


def _since_learned(session: Session, lesson: Lesson) -> datetime:
    mine = (LessonStep.document_id == lesson.id, LessonStep.step == Status.LEARNED)
    found = session.scalar(select(LessonStep.at).where(*mine).order_by(LessonStep.id.desc()).limit(1))
    return found or db.now()


def months_after(moment: datetime, months: int) -> datetime:
    """The same day so many months later, or the last one of a shorter month."""
    years, month = divmod(moment.month - 1 + months, 12)
    year, month = moment.year + years, month + 1
    return moment.replace(year=year, month=month, day=min(moment.day, calendar.monthrange(year, month)[1]))


def share_only(session: Session, lesson: Lesson, words: str, *, by: Viewer) -> None:
    """It is worth knowing, and nothing needs to be done. Raises Refused."""
    policy.require(by, Action.LESSON_VALIDATE, lesson.item)
    require_fit(lesson, Status.SHARED_ONLY, "words")
    _let_go(session, lesson)
    enter(session, lesson, Status.SHARED_ONLY, by=by, words=" ".join(words.split()))


def decline(session: Session, lesson: Lesson, words: str, twin: Lesson | None, *, by: Viewer) -> None:
    """It is not taken up, for this reason; `twin` is the lesson that says the same. Raises Refused."""
    policy.require(by, Action.LESSON_VALIDATE, lesson.item)
    require_fit(lesson, Status.DECLINED, "words")
    words = " ".join(words.split())
    if not words:
        raise Refused(_l("Say in a sentence why. Whoever told it reads this."), "words")
    _require_other(lesson, twin, "other")
    _let_go(session, lesson)
    lesson.successor_id = twin.id if twin else None
    enter(session, lesson, Status.DECLINED, by=by, words=words, other=twin.id if twin else None)


def retire(
    session: Session, lesson: Lesson, words: str, since: date | None, successor: Lesson | None, *, by: Viewer
) -> None:
    """It no longer holds, from today or from a day to come; `successor` takes its place. Raises Refused."""
    policy.require(by, Action.LESSON_VALIDATE, lesson.item)
    require_fit(lesson, Status.OBSOLETE, "words")
    words = " ".join(words.split())
    if not words:
        raise Refused(_l("Say in a sentence why it no longer holds."), "words")
    _require_other(lesson, successor, "other")
    lesson.obsolete_on, lesson.successor_id = since or today(), successor.id if successor else None
    if lesson.obsolete_on > today():
        note(session, lesson, "obsolete-on", by=by, words=words, other=lesson.successor_id)
        audit.record(session, "lesson:obsolete-on", by=by.person, about=lesson.public_id, owner=lesson.owner_id)
        return
    _let_go(session, lesson)
    enter(session, lesson, Status.OBSOLETE, by=by, words=words, other=lesson.successor_id)


def lapse(session: Session, lesson: Lesson) -> None:
    """Its day came: it no longer holds. The clock does this."""
    _let_go(session, lesson)
    enter(session, lesson, Status.OBSOLETE, by=None, other=lesson.successor_id)


def reopen(session: Session, lesson: Lesson, words: str, *, by: Viewer) -> None:
    """Look at it again, as if it had just been recorded. Raises Refused."""
    policy.require(by, Action.LESSON_VALIDATE, lesson.item)
    require_fit(lesson, Status.OBSERVED, "words")
    lesson.successor_id = lesson.obsolete_on = None
    enter(session, lesson, Status.OBSERVED, by=by, words=" ".join(words.split()))


def _require_other(lesson: Lesson, other: Lesson | None, field: str) -> None:
    """A chain of lessons that take each other's place must not lead back."""
    if other is None:
        return
    if other.id == lesson.id:
        raise Refused(_l("This is the lesson itself. Choose another one, or leave it empty."), field)
    if other.successor_id == lesson.id or other.status in (Status.DRAFT, Status.MERGED, Status.OBSOLETE):
        raise Refused(_l("That lesson does not stand on its own any more. Choose one that does."), field)


def _let_go(session: Session, lesson: Lesson) -> None:
    """Nobody is asked for anything any more."""
    asked = (LessonAction.document_id == lesson.id, LessonAction.state.in_((TaskState.ASKED, TaskState.ACCEPTED)))
    session.execute(update(LessonAction).where(*asked).values(state=TaskState.DROPPED))
    forget_rechecks(session, lesson)


def forget_rechecks(session: Session, lesson: Lesson) -> None:
    """Nobody looks again, where nobody has answered yet."""
    open_ones = (LessonRecheck.document_id == lesson.id, LessonRecheck.answered_at.is_(None))
    session.execute(delete(LessonRecheck).where(*open_ones))
