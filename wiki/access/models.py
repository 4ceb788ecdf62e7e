"""Grants of reading given by hand, and the log of what was changed in sharing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from wiki import db


class AccessGrant(db.Base):
    """Leave to read one document until a moment: till then the person holds `doc:<public id>` (03-sharing 3.1)."""

    __tablename__ = "access_grant"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(12), unique=True, default=db.new_public_id)
    document: Mapped[str] = mapped_column(String(12), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    # A grant ends with the membership under which it was given (3.6); none when it was given to a guest by hand.
    membership_id: Mapped[int | None] = mapped_column(ForeignKey("membership.id", ondelete="CASCADE"))
    given_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    given_at: Mapped[datetime] = mapped_column(db.Moment, default=db.now)
    until: Mapped[datetime] = mapped_column(db.Moment)
    withdrawn_at: Mapped[datetime | None] = mapped_column(db.Moment)
    why: Mapped[str] = mapped_column(Text, default="")
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class AuditEvent(db.Base):
    """Something that was done to sharing, people or roles; rows are only ever added (03-sharing 3.8)."""

    __tablename__ = "audit_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(db.Moment)
    actor_id: Mapped[int | None]
    what: Mapped[str] = mapped_column(String(60), index=True)
    # The public id of the document, person or group concerned; never a title or a text.
    about: Mapped[str] = mapped_column(String(60), default="", index=True)
    details: Mapped[dict[str, Any]] = mapped_column(db.Json, default=dict)
