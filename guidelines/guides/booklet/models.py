"""PDFs that readers asked for."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from wiki import db


class BookletState(StrEnum):
    """Where it stands. One whose guidelines changed for its reader, or were closed to them, is gone."""

    WAITING = "waiting"
    MAKING = "making"
    MADE = "made"
    FAILED = "failed"
    GONE = "gone"


UNFINISHED = (BookletState.WAITING, BookletState.MAKING)


class Booklet(db.Base):
    """A PDF of guidelines for one reader: what they asked for, how far it is, and what it was made of.

    The file lies in the data directory under the public id. It is nobody else's, and goes after a day.
    """

    __tablename__ = "booklet"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(12), unique=True, default=db.new_public_id)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(String(8), default=BookletState.WAITING)
    # The numbers of the guidelines, and whether these were the whole book.
    numbers: Mapped[list[int]] = mapped_column(db.Json, default=list)
    whole: Mapped[bool] = mapped_column(default=False)
    # The day for which the texts are, and whether the reader named it.
    day: Mapped[date] = mapped_column(Date)
    as_of: Mapped[bool] = mapped_column(default=False)
    lang: Mapped[str] = mapped_column(String(10), default="en")
    created_at: Mapped[datetime] = mapped_column(db.Moment, default=db.now, index=True)
    started_at: Mapped[datetime | None] = mapped_column(db.Moment)
    made_at: Mapped[datetime | None] = mapped_column(db.Moment)
    tries: Mapped[int] = mapped_column(default=0)
    # How many pages there are so far, about how many there will be, and the size of the file in bytes.
    pages: Mapped[int] = mapped_column(default=0)
    expected: Mapped[int] = mapped_column(default=0)
    size: Mapped[int] = mapped_column(default=0)
    # Of everything it was made of, as its reader had it then.
    digest: Mapped[str] = mapped_column(String(64), default="")

    @property
    def is_unfinished(self) -> bool:
        return self.state in UNFINISHED
