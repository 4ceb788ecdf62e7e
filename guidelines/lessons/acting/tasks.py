"""Actions: agreed by a lessons officer, asked of a body, taken on or not, and done with something that shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, and_, false, or_, select
from sqlalchemy.orm import Session

from guidelines.lessons.acting import life, telling
from guidelines.lessons.acting.models import LessonAction, Stage, TaskState
from guidelines.lessons.models import Lesson, LessonStatus
from guidelines.lessons.operations import Refused
from wiki import db
from wiki.access import audit, policy
from wiki.access.policy import Action, Role, Viewer
from wiki.documents.models import Document
from wiki.people.models import Group
from wiki.people.viewer import today

OPEN = (TaskState.ASKED, TaskState.ACCEPTED)
# The states of a lesson in which something can be asked for.
ASKING = frozenset({LessonStatus.IDENTIFIED, LessonStatus.IN_ACTION, LessonStatus.LEARNED, LessonStatus.CONFIRMED})
LONGEST = 400


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be done, by which body, and until when."""

    what: str
    body: Group | None
    due_on: date | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What shows that something was done: a document as it stands now, words, or both."""

    document: Document | None
    words: str


def add(session: Session, lesson: Lesson, wanted: Wanted, *, by: Viewer, key: str | None = None) -> LessonAction:
    """Ask a body to do something. Raises Refused naming the field. A form counts once."""
    policy.require(by, Action.LESSON_VALIDATE, lesson.item)
    mine = (LessonAction.made_by_id == by.person, LessonAction.idempotency_key == key)
    before = session.scalar(select(LessonAction).where(*mine)) if key else None
    if before is not None:
        return before
    if lesson.status not in ASKING:
        raise Refused(_l("Agree on the cause first: validate the lesson, then ask others to act."), "action")
    return ask(session, lesson, check(session, lesson, wanted), by=by, key=key)


def check(session: Session, lesson: Lesson, wanted: Wanted) -> Wanted:
    """The same in one line. Raises Refused naming the field that does not do."""
    what = " ".join(wanted.what.split())
    if not what:
        raise Refused(_l("Say in a sentence what is to be done so that it does not happen again."), "action")
    if wanted.body is None:
        raise Refused(_l("Choose the unit or post that does it."), "body")
    if wanted.due_on is not None and wanted.due_on < today():
        raise Refused(_l("This day is over. Choose today or a later day."), "due_on")
    # Whoever acts has to know why; asking them does not widen who may read.
    if not telling.readers(session, telling.leads(session, wanted.body.id), lesson.id):
        words = _l("Nobody who acts for it can read this lesson. Ask those who keep the lesson to share it first.")
        raise Refused(words, "body")
    return Wanted(what, wanted.body, wanted.due_on)


def ask(session: Session, lesson: Lesson, wanted: Wanted, *, by: Viewer, key: str | None = None) -> LessonAction:
    """Write down what was checked, and tell those who act for the body."""
    body = wanted.body.id if wanted.body else None
    action = LessonAction(document_id=lesson.id, what=wanted.what, body_id=body, due_on=wanted.due_on)
    action.made_by_id, action.idempotency_key = by.person, key
    session.add(action)
    session.flush()
    telling.tell_readers(session, telling.leads(session, body), "lesson:task", action.public_id, lesson.id, but=by)
    audit.record(session, "lesson:task", by=by.person, about=lesson.public_id, owner=lesson.owner_id, group=body)
    return action


def may_answer(viewer: Viewer, action: LessonAction) -> bool:
    """Whether this person speaks for the body that is asked: its leads, those above once it came to them, officers."""
    above = action.stage == Stage.ABOVE and action.above_id in viewer.leads
    return action.body_id in viewer.leads or above or viewer.has(Role.LESSONS_OFFICER)


def mine(viewer: Viewer) -> ColumnElement[bool]:
    """The condition that a task waits for this person, as `may_answer`; officers see what came to them."""
    groups = sorted(viewer.leads)
    above = and_(LessonAction.stage == Stage.ABOVE, LessonAction.above_id.in_(groups))
    theirs = LessonAction.stage == Stage.OFFICERS if viewer.has(Role.LESSONS_OFFICER) else false()
    return or_(LessonAction.body_id.in_(groups), above, theirs)


def _require_asked(action: LessonAction, by: Viewer) -> None:
    if not may_answer(by, action):
        raise policy.NotAllowed(policy.Decision(False, "not-tasked"))


def accept(session: Session, lesson: Lesson, action: LessonAction, *, by: Viewer) -> None:
    """The body takes it on; from now on the lesson is in action. Raises Refused."""
    _require_asked(action, by)
    if action.state != TaskState.ASKED:
        raise Refused(_l("This was answered already. Load the page again to see how."), "answer")
    action.state, action.answered_at = TaskState.ACCEPTED, db.now()
    _tell_askers(session, lesson, action, "lesson:task-accepted", by)
    life.begin(session, lesson, by=by)


def refuse(session: Session, lesson: Lesson, action: LessonAction, why: str, *, by: Viewer) -> None:
    """The body says why it cannot; the lessons officers find another way. Raises Refused."""
    _require_asked(action, by)
    why = " ".join(why.split())
    if action.state not in OPEN:
        raise Refused(_l("This was answered already. Load the page again to see how."), "answer")
    if not why:
        raise Refused(_l("Say in a sentence why, and who could do it better if you know."), "answer")
    action.state, action.answered_at, action.answer = TaskState.REFUSED, db.now(), why
    _tell_askers(session, lesson, action, "lesson:task-refused", by)


def finish(session: Session, lesson: Lesson, action: LessonAction, evidence: Evidence, *, by: Viewer) -> None:
    """It is done, and this shows it. Raises Refused."""
    _require_asked(action, by)
    if action.state not in OPEN:
        raise Refused(_l("This is closed already. Load the page again to see how."), "evidence_words")
    words = " ".join(evidence.words.split())
    if evidence.document is None and not words:
        said = _l("Name what changed: paste the address of a guideline, playbook or module, or say it in a sentence.")
        raise Refused(said, "evidence_words")
    action.evidence_words = words
    if evidence.document is not None:
        action.evidence_id, action.evidence_version = evidence.document.id, version_of(evidence.document)
    close(action, by=by)
    _tell_askers(session, lesson, action, "lesson:task-done", by)
    life.begin(session, lesson, by=by)
    life.plan(session, lesson)


def version_of(document: Any) -> str:
    """How readers call the text that they get: the version of a guideline, the revision of anything else."""
    if getattr(document, "edition", 0):
        return f"{document.edition}.{document.minor}"
    return str(document.published or "")


def close(action: LessonAction, *, by: Viewer | None) -> None:
    """Mark it as done; `by` None when a version that came in force by the clock closed it."""
    action.state, action.done_at = TaskState.DONE, db.now()
    action.answered_at, action.done_by_id = action.answered_at or action.done_at, by.person if by else None


def drop(session: Session, lesson: Lesson, action: LessonAction, *, by: Viewer) -> None:
    """A lessons officer no longer asks for it. What is done stays. Raises Refused."""
    policy.require(by, Action.LESSON_VALIDATE, lesson.item)
    if action.state in (TaskState.DONE, TaskState.DROPPED):
        raise Refused(_l("This is closed already. Load the page again to see how."))
    action.state = TaskState.DROPPED
    told = telling.leads(session, action.body_id)
    telling.tell_readers(session, told, "lesson:task-dropped", action.public_id, lesson.id, but=by)
    audit.record(session, "lesson:task-dropped", by=by.person, about=lesson.public_id, owner=lesson.owner_id)


def _tell_askers(session: Session, lesson: Lesson, action: LessonAction, code: str, by: Viewer) -> None:
    told = telling.officers(session) | ({action.made_by_id} if action.made_by_id else set())
    telling.tell_readers(session, told, code, action.public_id, lesson.id, but=by)


def locked(session: Session, lesson: Lesson, public_id: str) -> LessonAction | None:
    """The action of a lesson with this id, for whoever changes it now."""
    here = (LessonAction.public_id == public_id, LessonAction.document_id == lesson.id)
    return session.scalar(select(LessonAction).where(*here).with_for_update())


def of(session: Session, lesson: Any, *states: TaskState) -> list[LessonAction]:
    """The actions of a lesson in these states, or all of them, in the order they were agreed."""
    here = select(LessonAction).where(LessonAction.document_id == lesson.id).order_by(LessonAction.id)
    return list(session.scalars(here.where(LessonAction.state.in_(states)) if states else here))


def identify(session: Session, lesson: Lesson, cause: str, wanted: Wanted, *, by: Viewer) -> None:
    """Agree on what caused it, what is to be done, and who does it. Raises Refused naming the field that is missing.

    Where something was agreed before, a cause alone is enough.
    """
    policy.require(by, Action.LESSON_VALIDATE, lesson.item)
    life.require_fit(lesson, LessonStatus.IDENTIFIED, "cause")
    cause = " ".join(cause.split())
    if not cause:
        raise Refused(_l("Say in a sentence what caused it. Look for the system, not for a person."), "cause")
    agreed = of(session, lesson, TaskState.ASKED, TaskState.ACCEPTED, TaskState.DONE)
    asked = None if agreed and not wanted.what.strip() else check(session, lesson, wanted)
    lesson.cause, lesson.identified_at, lesson.identified_by_id = cause, db.now(), by.person
    if lesson.status != LessonStatus.IDENTIFIED or asked is not None:
        life.enter(session, lesson, LessonStatus.IDENTIFIED, by=by)
    if asked is not None:
        ask(session, lesson, asked, by=by)
