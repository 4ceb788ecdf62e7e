"""Guidelines: advice with a life."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from wiki import db
from wiki.documents.models import Document


class GuidelineStatus(StrEnum):
    """The second is what a file means that tells no status."""

    DRAFT = "draft"
    IN_FORCE = "in-force"
    CONSULTATION = "consultation"
    SUSPENDED = "suspended"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"


class Guideline(Document):
    """Advice that is drafted, put in force by an approver, and one day superseded or withdrawn."""

    __tablename__ = "guideline"

    id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"), primary_key=True)
    # The number by which it is cited, such as 412 for “G-412”. It is drawn at random when it first comes in force.
    number: Mapped[int | None] = mapped_column(unique=True)
    # The version in force: its major number, 0 before the first one, and its minor one.
    edition: Mapped[int] = mapped_column(default=0)
    minor: Mapped[int] = mapped_column(default=0, server_default="0")
    # The anchors of its sections in the order in which they were numbered: § 1 is the first. None is ever taken out.
    numbered: Mapped[list[str]] = mapped_column(db.Json, default=list, server_default="[]")
    in_force_from: Mapped[date | None] = mapped_column(Date)
    in_force_to: Mapped[date | None] = mapped_column(Date)
    review_on: Mapped[date | None] = mapped_column(Date)
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    approved_at: Mapped[datetime | None] = mapped_column(db.Moment)
    why_withdrawn: Mapped[str] = mapped_column(String(400), default="")
    # Why it is suspended, and the last day on which its audience reads and comments a draft.
    why_suspended: Mapped[str] = mapped_column(String(400), default="", server_default="")
    consult_until: Mapped[date | None] = mapped_column(Date)

    __mapper_args__ = {"polymorphic_identity": "guideline", "inherit_condition": id == Document.id}

    @property
    def version_name(self) -> str:
        """The number of the version in force, such as “3.0”; empty before the first."""
        return f"{self.edition}.{self.minor}" if self.edition else ""


class Settled(db.Base):
    """Whether a guideline settled somebody's case. One answer a person and revision; keepers see counts and words."""

    __tablename__ = "settled"
    __table_args__ = (UniqueConstraint("document_id", "person_id", "revision"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"))
    # Kept so that nobody counts twice, and never shown: what matters is what the text lacks.
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    revision: Mapped[int]
    yes: Mapped[bool]
    # Which section did not do, by its anchor; empty for the whole.
    anchor: Mapped[str] = mapped_column(String(130), default="")
    words: Mapped[str] = mapped_column(String(400), default="")
    at: Mapped[datetime] = mapped_column(db.Moment, default=db.now)
