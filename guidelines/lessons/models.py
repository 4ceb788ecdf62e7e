"""Lessons: what happened, what was meant, and what the next person should do."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import Date, ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from wiki import db
from wiki.documents.models import Document


class LessonStatus(StrEnum):
    DRAFT = "draft"
    OBSERVED = "observed"
    IDENTIFIED = "identified"
    IN_ACTION = "in-action"
    LEARNED = "learned"
    CONFIRMED = "confirmed"
    SHARED_ONLY = "shared-only"
    MERGED = "merged"
    DECLINED = "declined"
    OBSOLETE = "obsolete"


class Nature(StrEnum):
    """What kind of experience it was."""

    FAILURE = "failure"
    NEAR_MISS = "near-miss"
    GOOD_PRACTICE = "good-practice"
    SURPRISE = "surprise"


class Attribution(StrEnum):
    """How readers are told who speaks. Only `named` names a person."""

    POST = "post"
    ROLE = "role"
    NAMED = "named"


class Lesson(Document):
    """What one post learnt. The title is the rule for the next person; the four boxes are sections of the text."""

    __tablename__ = "lesson"

    id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"), primary_key=True)
    nature: Mapped[str] = mapped_column(String(20), default=Nature.FAILURE)
    happened_on: Mapped[date | None] = mapped_column(Date)
    # 1 none, 2 little, 3 some, 4 much, 5 severe; None when nobody said.
    harm: Mapped[int | None]
    contained: Mapped[bool | None]
    attribution: Mapped[str] = mapped_column(String(10), default=Attribution.POST)
    # What stands in place of a name when it is told by role, such as “a press officer”.
    role_words: Mapped[str] = mapped_column(String(120), default="")
    # The senior colleague on whose behalf somebody wrote, and when they confirmed it.
    on_behalf_of_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    confirmed_at: Mapped[datetime | None] = mapped_column(db.Moment)
    # What the lesson needs to be identified is its cause in a sentence and an action (`acting.models.LessonAction`).
    cause: Mapped[str] = mapped_column(String(400), default="")
    # What a table that was imported says is to be done. The body is read no more and goes with the next release.
    action: Mapped[str] = mapped_column(String(400), default="")
    action_body_id: Mapped[str | None] = mapped_column(ForeignKey("group.id", ondelete="SET NULL"))
    identified_at: Mapped[datetime | None] = mapped_column(db.Moment)
    identified_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    # Words of `words.CAUSES`, one of `words.ACTIVITIES`, and whether it happened in a crisis.
    causes: Mapped[list[str]] = mapped_column(db.Json, default=list, server_default="[]")
    activity: Mapped[str] = mapped_column(String(30), default="", server_default="")
    crisis: Mapped[bool] = mapped_column(default=False, server_default=false())
    # The day from which it no longer holds, when somebody set one.
    obsolete_on: Mapped[date | None] = mapped_column(Date)
    # How long the writer had the form open until the first save, in seconds.
    capture_seconds: Mapped[int | None]
    # What a file tells of its actions, on the way to rows of their own (`exchange.load`). It is no column.
    actions: ClassVar[Any] = ()

    __mapper_args__ = {"polymorphic_identity": "lesson", "inherit_condition": id == Document.id}


class LessonUse(db.Base):
    """Somebody used a lesson, or it happened to them too. The author is told; readers see how often."""

    __tablename__ = "lesson_use"
    __table_args__ = (
        # A key counts for whoever used it: to others it tells nothing.
        UniqueConstraint("person_id", "idempotency_key"),
        Index("ix_lesson_use_document_id_person_id", "document_id", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    # "used" or "occurred": reuse, or another occurrence of the same thing.
    sort: Mapped[str] = mapped_column(String(10))
    # Where (a group), when it happened, and how it went, as far as they say so.
    post_id: Mapped[str | None] = mapped_column(ForeignKey("group.id", ondelete="SET NULL"))
    happened_on: Mapped[date | None] = mapped_column(Date)
    words: Mapped[str] = mapped_column(String(400), default="")
    at: Mapped[datetime] = mapped_column(db.Moment, default=db.now)
    idempotency_key: Mapped[str | None] = mapped_column(String(40))


class LessonDraft(db.Base):
    """What somebody has typed into the form so far, kept on the server until the lesson is recorded. Theirs alone."""

    __tablename__ = "lesson_draft"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    # The key of the form: the lesson that comes of it is saved under the same key, once. It counts for its writer.
    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    fields: Mapped[dict[str, Any]] = mapped_column(db.Json, default=dict)
    started_at: Mapped[datetime] = mapped_column(db.Moment, default=db.now)
    saved_at: Mapped[datetime] = mapped_column(db.Moment, default=db.now)


class LessonMonth(db.Base):
    """The last month whose lessons somebody was told of, as its first day; or for which there was nothing to tell."""

    __tablename__ = "lesson_month"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    month: Mapped[date] = mapped_column(Date)


class ImportMapping(db.Base):
    """What the columns of a table of lessons are, kept under a name for the next import."""

    __tablename__ = "lesson_import_mapping"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    # The part of a lesson that each column is, by the name of the column.
    parts: Mapped[dict[str, str]] = mapped_column(db.Json)
    saved_at: Mapped[datetime] = mapped_column(db.Moment, default=db.now)
