"""Notices and how they are told."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from wiki import db


class Notice(db.Base):
    """Something one person should know: a code and the public id of what it is about, never a title or a text.

    The words are found when it is read, under the rights the reader has then (`words_for`).
    """

    __tablename__ = "notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(12), unique=True, default=db.new_public_id)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    code: Mapped[str] = mapped_column(String(40))
    about: Mapped[str] = mapped_column(String(60), default="")
    # Further ids or codes that its words need.
    details: Mapped[dict[str, str]] = mapped_column(db.Json, default=dict)
    urgent: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(db.Moment, default=db.now)
    read_at: Mapped[datetime | None] = mapped_column(db.Moment)
    # When mail about it was sent, or when it was settled that none will be.
    mailed_at: Mapped[datetime | None] = mapped_column(db.Moment)
    # What makes it the only one of its sort: told again, it is told once.
    once: Mapped[str] = mapped_column(String(80))

    __table_args__ = (
        UniqueConstraint("person_id", "once"),
        Index("ix_notice_person_id_read_at", "person_id", "read_at"),
        Index("ix_notice_mailed_at", "mailed_at"),
    )
