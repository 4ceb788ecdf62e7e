"""The versions of guidelines, the steps of their life, and the private marks of those who have read one."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from wiki import db


class EditionState(StrEnum):
    """Where a version stands. One that came stays so after another took its place: its days tell until when it held."""

    ASKED = "asked"
    SENT_BACK = "sent-back"
    TAKEN_BACK = "taken-back"
    WAITS = "waits"
    CAME = "came"


PENDING = (EditionState.ASKED, EditionState.WAITS)


class Edition(db.Base):
    """A version of a guideline: asked for, approved, in force from one day until another.

    It holds from `in_force_from` on until the day before `in_force_to`. Its numbers are given when it comes in force.
    """

    __tablename__ = "edition"
    __table_args__ = (
        UniqueConstraint("document_id", "major", "minor"),
        Index("ix_edition_state_in_force_from", "state", "in_force_from"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"))
    major: Mapped[int | None]
    minor: Mapped[int | None]
    revision: Mapped[int]
    state: Mapped[str] = mapped_column(String(12), default=EditionState.ASKED)
    in_force_from: Mapped[date | None] = mapped_column(Date)
    in_force_to: Mapped[date | None] = mapped_column(Date)
    # What changed, in words for readers.
    note: Mapped[str] = mapped_column(String(240), default="")
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    asked_at: Mapped[datetime | None] = mapped_column(db.Moment)
    # The approver who was asked by name; None for any.
    approver_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    # Who put it in force; a version of wording needs nobody's leave, so this is who published it.
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    approved_at: Mapped[datetime | None] = mapped_column(db.Moment)
    # The day by which it is to be looked at again, as chosen when it was approved.
    review_on: Mapped[date | None] = mapped_column(Date)
    # Why it was sent back.
    because: Mapped[str] = mapped_column(String(400), default="")
    # Public ids of the proposals that it takes up, and short names of the groups whose members are told.
    takes_up: Mapped[list[str]] = mapped_column(db.Json, default=list)
    groups: Mapped[list[str]] = mapped_column(db.Json, default=list)
    came_at: Mapped[datetime | None] = mapped_column(db.Moment)
    # How many people were told.
    told: Mapped[int] = mapped_column(default=0)

    @property
    def name(self) -> str:
        """Its number, such as “3.0”; empty before it came in force."""
        return f"{self.major}.{self.minor}" if self.major is not None else ""


class StepKind(StrEnum):
    """What happened to a guideline beside its versions."""

    CONSULTATION = "consultation"
    CONSULTED = "consulted"
    SUSPENDED = "suspended"
    RESUMED = "resumed"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"


class GuidelineStep(db.Base):
    """Something that happened to a guideline on a day, with the words its readers were given."""

    __tablename__ = "guideline_step"
    __table_args__ = (Index("ix_guideline_step_document_id_day", "document_id", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"))
    what: Mapped[str] = mapped_column(String(20))
    day: Mapped[date] = mapped_column(Date)
    words: Mapped[str] = mapped_column(String(400), default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    at: Mapped[datetime] = mapped_column(db.Moment, default=db.now)


class ReadingMark(db.Base):
    """The version that somebody marked as read, for their own eyes: nobody is shown or counts another one's."""

    __tablename__ = "reading_mark"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"), primary_key=True)
    major: Mapped[int]
    minor: Mapped[int]
    at: Mapped[datetime] = mapped_column(db.Moment, default=db.now)
