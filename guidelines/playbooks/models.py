"""Playbooks, and what happened when somebody ran one."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from wiki import db
from wiki.documents.models import Document
from wiki.people.models import new_public_id


class Playbook(Document):
    """A checklist prepared on a sunny day. The task items of its text are the steps of a run."""

    __tablename__ = "playbook"

    id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"), primary_key=True)
    review_on: Mapped[date | None] = mapped_column(Date)
    # The day on which a run of it ended last, real or an exercise; a file may tell it, too.
    exercised_on: Mapped[date | None] = mapped_column(Date)

    __mapper_args__ = {"polymorphic_identity": "playbook", "inherit_condition": id == Document.id}


class Occasion(StrEnum):
    """Whether it is needed, or being practised."""

    LIVE = "live"
    EXERCISE = "exercise"


class Run(db.Base):
    """A playbook in use. It keeps the steps as they were when it began, and is read by those who read the playbook."""

    __tablename__ = "playbook_run"
    __table_args__ = (UniqueConstraint("started_by_id", "document_id", "idempotency_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(12), unique=True, default=new_public_id)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"), index=True)
    revision: Mapped[int]
    # [{"key", "words", "text" (HTML of one line), "phase", "minute" (where it has one)}] in the order of the text.
    steps: Mapped[list[dict[str, Any]]] = mapped_column(db.Json)
    # The decision trees of the text: see `trees.trees_of`.
    trees: Mapped[list[dict[str, Any]]] = mapped_column(db.Json, default=list, server_default="[]")
    occasion: Mapped[str] = mapped_column(String(10))
    words: Mapped[str] = mapped_column(String(200), default="")
    started_at: Mapped[datetime] = mapped_column(db.Moment, default=db.now)
    started_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    ended_at: Mapped[datetime | None] = mapped_column(db.Moment)
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    outcome: Mapped[str] = mapped_column(Text, default="")
    idempotency_key: Mapped[str | None] = mapped_column(String(40))


class Entered(StrEnum):
    """What a line of the log says."""

    TICKED = "ticked"
    UNTICKED = "unticked"
    NOTED = "noted"
    ENDED = "ended"
    REOPENED = "reopened"
    JOINED = "joined"
    LEFT = "left"
    DECIDED = "decided"
    ROLE = "role"
    CONTACT = "contact"
    HANDED = "handed"
    TAKEN = "taken"
    CHOSE = "chose"


class RunEntry(db.Base):
    """A line in the log of a run. Lines are only ever added: a step taken back is a line of its own."""

    __tablename__ = "playbook_run_entry"
    __table_args__ = (
        UniqueConstraint("by_id", "idempotency_key"),
        Index("ix_playbook_run_entry_run_id_id", "run_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("playbook_run.id", ondelete="CASCADE"))
    entered: Mapped[str] = mapped_column(String(10))
    # The step it is about; empty for a note on the whole run.
    step: Mapped[str] = mapped_column(String(30), default="")
    words: Mapped[str] = mapped_column(String(1000), default="")
    # Why something was decided, or how somebody is reached.
    more: Mapped[str] = mapped_column(String(1000), default="", server_default="")
    # A code: which role was given, or how far somebody has come in a decision tree.
    code: Mapped[str] = mapped_column(String(40), default="", server_default="")
    # Who was given a role, who is to take over, or whom somebody took over from.
    to_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    at: Mapped[datetime] = mapped_column(db.Moment, default=db.now)
    idempotency_key: Mapped[str | None] = mapped_column(String(40))


class Crisis(db.Base):
    """A duty officer declared a crisis: until it ends, the playbook stands first on the page of all who may read it.

    Guests get leave to read that ends with it. Whoever may not read the playbook is told nothing.
    """

    __tablename__ = "playbook_crisis"

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"), index=True)
    # The playbook again while it goes on, so that there is one at a time; nothing once it has ended.
    open_for: Mapped[int | None] = mapped_column(unique=True)
    words: Mapped[str] = mapped_column(String(200), default="")
    on_duty: Mapped[str] = mapped_column(String(400), default="")
    declared_at: Mapped[datetime] = mapped_column(db.Moment, default=db.now)
    declared_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    until: Mapped[datetime] = mapped_column(db.Moment)
    ended_at: Mapped[datetime | None] = mapped_column(db.Moment)
    # Nobody, where its time was over.
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    # A sentence of whoever ended it, for those who read the playbook.
    closing: Mapped[str] = mapped_column(String(400), default="", server_default="")
