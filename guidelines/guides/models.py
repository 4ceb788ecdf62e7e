"""Guidelines: advice with a life."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from wiki import db
from wiki.documents.models import Document


class GuidelineStatus(StrEnum):
    DRAFT = "draft"
    IN_FORCE = "in-force"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


class Guideline(Document):
    """Advice that is drafted, put in force by an approver, and one day superseded or withdrawn."""

    __tablename__ = "guideline"

    id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"), primary_key=True)
    edition: Mapped[int] = mapped_column(default=0)
    in_force_from: Mapped[date | None] = mapped_column(Date)
    in_force_to: Mapped[date | None] = mapped_column(Date)
    review_on: Mapped[date | None] = mapped_column(Date)
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    approved_at: Mapped[datetime | None] = mapped_column(db.Moment)
    why_withdrawn: Mapped[str] = mapped_column(String(400), default="")

    __mapper_args__ = {"polymorphic_identity": "guideline", "inherit_condition": id == Document.id}
