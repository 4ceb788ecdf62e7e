"""What we know of each platform, until when we trust it, and who looked last."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from wiki import db

LONGEST = 400


class PlatformFact(db.Base):
    """The facts about one platform of the vocabulary. They are for the whole service, and hold until a day."""

    __tablename__ = "platform_fact"
    __table_args__ = (
        CheckConstraint("answers in ('nobody', 'working-days', 'every-day')", name="answers"),
        CheckConstraint("rtl in ('', 'yes', 'partly', 'no')", name="rtl"),
    )

    # The slug of its term in the vocabulary “platform”.
    platform: Mapped[str] = mapped_column(String(60), primary_key=True)
    # Codes of `words`: whom one reaches there, and what it is good for.
    audiences: Mapped[list[str]] = mapped_column(db.Json, default=list)
    purposes: Mapped[list[str]] = mapped_column(db.Json, default=list)
    # Who has to be there to answer, at the least.
    answers: Mapped[str] = mapped_column(String(20))
    # Codes of countries (ISO 3166): where it matters most, empty for nearly everywhere; and where it is blocked.
    countries: Mapped[list[str]] = mapped_column(db.Json, default=list)
    blocked: Mapped[list[str]] = mapped_column(db.Json, default=list)
    who: Mapped[str] = mapped_column(String(LONGEST), default="")
    formats: Mapped[str] = mapped_column(String(LONGEST), default="")
    languages: Mapped[str] = mapped_column(String(LONGEST), default="")
    # Whether texts that run from right to left work there; empty: nobody tried.
    rtl: Mapped[str] = mapped_column(String(10), default="")
    verification: Mapped[str] = mapped_column(String(LONGEST), default="")
    risks: Mapped[str] = mapped_column(String(LONGEST), default="")
    # The last day on which readers may rely on it.
    trusted_until: Mapped[date] = mapped_column(Date)
    # None: it came with the starter pack, and nobody made it their own.
    kept_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    kept_at: Mapped[datetime] = mapped_column(db.Moment, default=db.now)
    # Counts the saves: whoever saves tells which one they saw.
    version: Mapped[int] = mapped_column(default=1)
