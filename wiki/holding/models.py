"""What those who keep something ask a steward, and the answer: a third renewal, or to hide it (03-sharing 3.3).

And what a steward says when they do not ask and do not answer either.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from wiki import db

REVIEW = "review"


class StewardQuestion(db.Base):
    """Somebody who keeps a document or passage (`target`, its public id) asks to hold it back until another day.

    `sort` is "renewal", "hidden" for what a steward said about hiding it, or "review" for what a steward said about
    something that its keepers did not look at: it opens on that day where `allowed`.
    """

    __tablename__ = "steward_question"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(12), unique=True, default=db.new_public_id)
    sort: Mapped[str] = mapped_column(String(10), default="renewal")
    target: Mapped[str] = mapped_column(String(12), index=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"), index=True)
    until: Mapped[date] = mapped_column(Date)
    words: Mapped[str] = mapped_column(String(400), default="")
    asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    asked_at: Mapped[datetime] = mapped_column(db.Moment, default=db.now)
    # When a steward answered, or when it was settled some other way; whether the answer was yes, and its words.
    answered_at: Mapped[datetime | None] = mapped_column(db.Moment)
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    allowed: Mapped[bool | None]
    answer: Mapped[str] = mapped_column(String(400), default="")
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (Index("ix_steward_question_answered_at", "answered_at"),)
