"""Actions as a file tells them: what, which body, until when, whether it was taken on or done, and what shows it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from guidelines.lessons.acting import tasks
from guidelines.lessons.acting.models import LessonAction, TaskState
from guidelines.lessons.models import Lesson
from wiki import db
from wiki.documents.models import Document
from wiki.people.models import Group

_FIELDS = {"what": str, "body": str, "due": date, "accepted": bool, "done": date, "evidence": str, "shown_by": str}
_ODD = "is not a list of actions. Write what, body, due, accepted, done, evidence and shown_by for each."


@dataclass(frozen=True, slots=True)
class ToldAction:
    """An action in a file. `shown_by` names a document as “kind:slug”."""

    what: str
    body: str = ""
    due: date | None = None
    accepted: bool = False
    done: date | None = None
    evidence: str = ""
    shown_by: str = ""


def actions_in(value: Any) -> tuple[ToldAction, ...]:
    """The actions that stand in a file. Raises ValueError with the rest of a sentence."""
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise ValueError(_ODD)
    return tuple(_action_in(each) for each in value)


def _action_in(told: dict[str, Any]) -> ToldAction:
    if any(name not in _FIELDS or not isinstance(each, _FIELDS[name]) for name, each in told.items()):
        raise ValueError(_ODD)
    if not told.get("what", "").strip():
        raise ValueError("has an action that does not say what is to be done.")
    if any(len(told.get(name, "")) > tasks.LONGEST for name in ("what", "evidence")):
        raise ValueError(f"has an action of more than {tasks.LONGEST} characters. Say it in a sentence.")
    if "done" in told and not told.get("evidence") and not told.get("shown_by"):
        raise ValueError("has an action that is done, and nothing that shows it. Write evidence or shown_by.")
    return ToldAction(**told)


def add_actions(session: Session, lesson: Lesson, told: Iterable[ToldAction]) -> None:
    """Give them to a lesson that has none yet. A body or document that is not there is left out."""
    if not tasks.of(session, lesson):
        session.add_all(_action(session, lesson, each) for each in told)
        session.flush()


def _action(session: Session, lesson: Lesson, told: ToldAction) -> LessonAction:
    body = session.get(Group, told.body) if told.body else None
    made = LessonAction(document_id=lesson.id, what=" ".join(told.what.split()), due_on=told.due)
    made.body_id = body.id if body else None
    if told.accepted or told.done:
        made.state, made.answered_at = TaskState.ACCEPTED, db.now()
    if told.done:
        made.state, made.done_at = TaskState.DONE, datetime.combine(told.done, time(12), UTC)
        made.made_at = made.answered_at = made.done_at
        _show(session, made, told)
    return made


def _show(session: Session, made: LessonAction, told: ToldAction) -> None:
    kind, _, slug = told.shown_by.partition(":")
    proof = session.scalar(select(Document).where(Document.kind == kind, Document.slug == slug))
    made.evidence_words = " ".join(told.evidence.split())
    if proof is not None:
        made.evidence_id, made.evidence_version = proof.id, tasks.version_of(proof)
