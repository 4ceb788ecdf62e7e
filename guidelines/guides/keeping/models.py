"""What keeps a guideline true: interim notices, exceptions, local notes, reviews, what readers are asked, languages."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from wiki import db


class InterimNotice(db.Base):
    """Words on top of a guideline until a day, that day included. It ends by the date alone, or by hand."""

    __tablename__ = "interim_notice"
    __table_args__ = (Index("ix_interim_notice_document_id_until", "document_id", "until"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(12), unique=True, default=db.new_public_id)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"))
    words: Mapped[str] = mapped_column(String(600))
    until: Mapped[date] = mapped_column(Date)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    at: Mapped[datetime] = mapped_column(db.Moment, default=db.now)
    ended_at: Mapped[datetime | None] = mapped_column(db.Moment)


class Exemption(db.Base):
    """Leave for a group to do otherwise in a part of a guideline until a day, that day included.

    It concerns the members of the group, those who keep the guideline and approvers. Nobody else is told of it.
    """

    __tablename__ = "exemption"
    __table_args__ = (Index("ix_exemption_document_id_until", "document_id", "until"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(12), unique=True, default=db.new_public_id)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"))
    group_id: Mapped[str] = mapped_column(ForeignKey("group.id", ondelete="CASCADE"), index=True)
    words: Mapped[str] = mapped_column(String(400))
    # The section by its anchor; empty for the whole. Its title is found when it is shown: it may be held back by then.
    anchor: Mapped[str] = mapped_column(String(130), default="")
    until: Mapped[date] = mapped_column(Date)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    at: Mapped[datetime] = mapped_column(db.Moment, default=db.now)
    ended_at: Mapped[datetime | None] = mapped_column(db.Moment)


class Annex(db.Base):
    """A page on which a post or unit keeps its local notes to a guideline. The page has its own readers and history."""

    __tablename__ = "annex"

    # One page is the annex of one guideline.
    page_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"), primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"), index=True)
    # The revision of the guideline with which the notes were compared last.
    seen: Mapped[int]
    seen_at: Mapped[datetime] = mapped_column(db.Moment, default=db.now)
    seen_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))


class Verdict(StrEnum):
    """What its keepers say of a section."""

    TRUE = "true"
    CHANGED = "changed"
    UNSURE = "unsure"


class SectionReview(db.Base):
    """What the keepers of a guideline said last of one section of one revision."""

    __tablename__ = "section_review"
    __table_args__ = (
        UniqueConstraint("document_id", "revision", "anchor"),
        CheckConstraint("verdict in ('true', 'changed', 'unsure')", name="verdict"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"))
    revision: Mapped[int]
    # Empty for a guideline without sections.
    anchor: Mapped[str] = mapped_column(String(130), default="")
    verdict: Mapped[str] = mapped_column(String(10))
    # What changed, or who would know.
    words: Mapped[str] = mapped_column(String(400), default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    at: Mapped[datetime] = mapped_column(db.Moment, default=db.now)


class Way(StrEnum):
    """How readers are asked whether they have taken a guideline in."""

    NOTIFY = "notify"
    CONFIRM = "confirm"
    QUESTION = "question"


class Attestation(db.Base):
    """What the members of some groups are asked about a guideline. Each new major version begins another turn."""

    __tablename__ = "attestation"
    __table_args__ = (CheckConstraint("way in ('notify', 'confirm', 'question')", name="way"),)

    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"), primary_key=True)
    way: Mapped[str] = mapped_column(String(10))
    groups: Mapped[list[str]] = mapped_column(db.Json, default=list)
    due: Mapped[date | None] = mapped_column(Date)
    # Whether a duty depends on it: only then do leads see who of their own has not answered.
    gated: Mapped[bool] = mapped_column(default=False)
    question: Mapped[str] = mapped_column(String(400), default="")
    # [{"words", "why"}]: the choices, each with what is said to whoever takes it; `key` is the number of the right one.
    options: Mapped[list[dict[str, str]]] = mapped_column(db.Json, default=list)
    key: Mapped[int] = mapped_column(default=0)
    turn: Mapped[int] = mapped_column(default=1)
    # The revision that is asked about, and the one asked about in the turn before.
    revision: Mapped[int]
    before: Mapped[int | None]
    asked_at: Mapped[datetime] = mapped_column(db.Moment, default=db.now)


class Attested(db.Base):
    """What somebody answered in one turn. It is done once the answer was right; another try takes the place of one."""

    __tablename__ = "attested"
    __table_args__ = (UniqueConstraint("document_id", "turn", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"))
    turn: Mapped[int]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    choice: Mapped[int | None]
    done: Mapped[bool]
    at: Mapped[datetime] = mapped_column(db.Moment, default=db.now)


class LanguageVersion(db.Base):
    """A guideline that says in another language what its source says, and the revision of the source it follows."""

    __tablename__ = "language_version"

    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"), primary_key=True)
    source_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"), index=True)
    follows: Mapped[int]
    at: Mapped[datetime] = mapped_column(db.Moment, default=db.now)
