"""Modules, tracks, their parsed parts, and what people did with them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from wiki import db
from wiki.documents.models import Document
from wiki.people.models import new_public_id

HORIZONS = ("day", "month", "year")


class Module(Document):
    """A training page with questions in it."""

    __tablename__ = "module"

    id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"), primary_key=True)
    minutes: Mapped[int] = mapped_column(default=15)

    __mapper_args__ = {"polymorphic_identity": "module", "inherit_condition": id == Document.id}


class Track(Document):
    """An ordered path over a day, a month or a year."""

    __tablename__ = "track"

    id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"), primary_key=True)
    horizon: Mapped[str] = mapped_column(String(10), default="day")
    certificate: Mapped[bool] = mapped_column(default=False, server_default=false())

    __mapper_args__ = {"polymorphic_identity": "track", "inherit_condition": id == Document.id}


class Question(db.Base):
    """A quiz block of one revision, taken apart. Made again whenever a text is saved; never shown whole to a reader."""

    __tablename__ = "question"

    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    # The id of the block in the text, such as b-k3x9.
    key: Mapped[str] = mapped_column(String(30), primary_key=True)
    position: Mapped[int]
    # choice, several, short, number (true or false is a choice of two).
    sort: Mapped[str] = mapped_column(String(10))
    # What readers see: {"html": the question, "options": [html, ...]}.
    public: Mapped[dict[str, Any]] = mapped_column(db.Json)
    # The key: what is right, with what is said afterwards. Only marking reads it.
    secret: Mapped[dict[str, Any]] = mapped_column(db.Json)
    # A hash of question, options and key: an answer counts for the question it was given to.
    digest: Mapped[str] = mapped_column(String(16))


class TrackItem(db.Base):
    """A step of a track in one revision: a module, another document, or a task on the job."""

    __tablename__ = "track_item"

    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"), primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    # The same step in the next revision has the same key: "module:slug", or "task:" and a hash of its words.
    key: Mapped[str] = mapped_column(String(160))
    section: Mapped[str] = mapped_column(String(200), default="")
    # Days after the start: Day 1 is 0, Week 2 is 7, Month 3 is 60.
    offset_days: Mapped[int] = mapped_column(default=0)
    target_kind: Mapped[str] = mapped_column(String(20), default="")
    target_slug: Mapped[str] = mapped_column(String(120), default="")
    # The words of the step as plain text; for a task also what it links to stays in the text of the track.
    label: Mapped[str] = mapped_column(String(400), default="")
    required: Mapped[bool] = mapped_column(default=True)


class Enrolment(db.Base):
    """A person on a track, from a day on. One that ended stays, so that what was done then is understood."""

    __tablename__ = "enrolment"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"), index=True)
    started_on: Mapped[date] = mapped_column(Date)
    paused_on: Mapped[date | None] = mapped_column(Date)
    ended_on: Mapped[date | None] = mapped_column(Date)

    __table_args__ = (UniqueConstraint("person_id", "document_id"),)


class Did(StrEnum):
    """What a person did. Corrections are events of their own; nothing is changed or taken away."""

    ENROLLED = "enrolled"
    ANSWERED = "answered"
    DONE = "done"
    UNDONE = "undone"


class Basis(StrEnum):
    """On what ground something counts as done."""

    ACTS = "acts"
    DECLARED = "declared"
    TESTED = "tested"


class LearningEvent(db.Base):
    """One thing a person did, never changed. It is theirs: nobody else reads it (05-training 5.14)."""

    __tablename__ = "learning_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    did: Mapped[str] = mapped_column(String(12))
    # The module or track it happened in, and the revision that was read.
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"), index=True)
    revision: Mapped[int]
    # The question answered ("b-k3x9"), or the step of a track ("task:…"); empty for the whole module.
    key: Mapped[str] = mapped_column(String(160), default="")
    basis: Mapped[str] = mapped_column(String(10), default="")
    # For an answer: {"digest", "response", "right"}.
    data: Mapped[dict[str, Any]] = mapped_column(db.Json, default=dict)
    at: Mapped[datetime] = mapped_column(db.Moment, default=db.now)
    # The key of the form, so that the same form posted twice counts once for this person.
    idempotency_key: Mapped[str | None] = mapped_column(String(40))

    __table_args__ = (
        UniqueConstraint("person_id", "idempotency_key"),
        Index("ix_learning_event_person_id_document_id", "person_id", "document_id"),
    )


class HelpOffer(db.Base):
    """Somebody who can help colleagues with a module."""

    __tablename__ = "help_offer"

    public_id: Mapped[str] = mapped_column(String(12), unique=True, default=new_public_id)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    document_id: Mapped[int] = mapped_column(
        ForeignKey("document.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    # A line of their own: when, in which languages, on what.
    words: Mapped[str] = mapped_column(String(240), default="")
    since: Mapped[datetime] = mapped_column(db.Moment, default=db.now)
