"""What follows from lessons: actions, the steps of their lives, and rechecks."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from guidelines import loop
from wiki import db
from wiki.people.models import new_public_id

# An action may carry out a proposal, whose table is declared there.
PROPOSAL = loop.Proposal.__tablename__


class TaskState(StrEnum):
    """How far an action is: asked of a body, taken on or not, done, or dropped by a lessons officer."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    DONE = "done"
    DROPPED = "dropped"


class Stage(StrEnum):
    """Whose answer a task waits for: the body’s own leads, those of the unit above, or the lessons officers."""

    BODY = "body"
    ABOVE = "above"
    OFFICERS = "officers"


class LessonAction(db.Base):
    """Something that is to be done because of a lesson, by a unit or post; what shows that it was done."""

    __tablename__ = "lesson_action"
    __table_args__ = (
        # A key counts for whoever used it.
        UniqueConstraint("made_by_id", "idempotency_key"),
        Index("ix_lesson_action_state_asked_at", "state", "asked_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(12), unique=True, default=new_public_id)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"), index=True)
    what: Mapped[str] = mapped_column(String(400))
    body_id: Mapped[str | None] = mapped_column(ForeignKey("group.id", ondelete="SET NULL"), index=True)
    due_on: Mapped[date | None] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(10), default=TaskState.ASKED)
    # Who is asked now, the group above when it is that one, and since when they are.
    stage: Mapped[str] = mapped_column(String(10), default=Stage.BODY)
    above_id: Mapped[str | None] = mapped_column(ForeignKey("group.id", ondelete="SET NULL"))
    asked_at: Mapped[datetime] = mapped_column(db.Moment, default=db.now)
    made_at: Mapped[datetime] = mapped_column(db.Moment, default=db.now)
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    # When they took it on or said why not, and those words.
    answered_at: Mapped[datetime | None] = mapped_column(db.Moment)
    answer: Mapped[str] = mapped_column(String(400), default="")
    done_at: Mapped[datetime | None] = mapped_column(db.Moment)
    done_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    # What shows it: a document as it stood in this version, words, or both.
    evidence_id: Mapped[int | None] = mapped_column(ForeignKey("document.id", ondelete="SET NULL"))
    evidence_version: Mapped[str] = mapped_column(String(20), default="")
    evidence_words: Mapped[str] = mapped_column(String(400), default="")
    # The proposal that carries it out, if there is one.
    proposal_id: Mapped[int | None] = mapped_column(ForeignKey(f"{PROPOSAL}.id", ondelete="SET NULL"))
    idempotency_key: Mapped[str | None] = mapped_column(String(40))


class LessonStep(db.Base):
    """A step in the life of a lesson: the state it came into and why, told on its timeline. Rows are only added."""

    __tablename__ = "lesson_step"

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"), index=True)
    # A state of `LessonStatus`; “again” when it happened again.
    step: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(db.Moment, default=db.now)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    words: Mapped[str] = mapped_column(String(400), default="")
    # The lesson it was merged into, repeats, or was replaced by.
    other_id: Mapped[int | None] = mapped_column(ForeignKey("document.id", ondelete="SET NULL"))


class LessonRecheck(db.Base):
    """The question, six and twelve months after the last action, whether it happened again."""

    __tablename__ = "lesson_recheck"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(12), unique=True, default=new_public_id)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"), index=True)
    # 1 after six months, 2 after twelve.
    turn: Mapped[int]
    due_at: Mapped[datetime] = mapped_column(db.Moment, index=True)
    told_at: Mapped[datetime | None] = mapped_column(db.Moment)
    answered_at: Mapped[datetime | None] = mapped_column(db.Moment)
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    again: Mapped[bool | None]
    words: Mapped[str] = mapped_column(String(400), default="")
