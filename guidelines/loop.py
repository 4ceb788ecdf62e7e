"""How a failure, a lesson, a guideline and a playbook change one another: what each slice tells the others.

Guides, lessons and playbooks do not import each other; they meet here. Whoever shows something of it asks for what the
viewer may read, as everywhere: a proposal names two documents, and a reader of one need not be a reader of the other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from wiki import db
from wiki.access.policy import Viewer
from wiki.documents.models import Document
from wiki.people.models import new_public_id


class Outcome(StrEnum):
    """What became of a proposal."""

    OPEN = "open"
    TAKEN = "taken"
    DECLINED = "declined"


class Proposal(db.Base):
    """A lesson asks that a guideline or playbook says something else. A version in force settles it."""

    __tablename__ = "proposal"
    __table_args__ = (Index("ix_proposal_document_id_outcome", "document_id", "outcome"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(12), unique=True, default=new_public_id)
    lesson_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"), index=True)
    # The guideline or playbook that should change, and the section or step it is about; empty for the whole.
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"))
    anchor: Mapped[str] = mapped_column(String(130), default="")
    words: Mapped[str] = mapped_column(String(400), default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    at: Mapped[datetime] = mapped_column(db.Moment, default=db.now)
    outcome: Mapped[str] = mapped_column(String(10), default=Outcome.OPEN)
    settled_at: Mapped[datetime | None] = mapped_column(db.Moment)
    # The version that took it up, such as “3.0”, or why it was not.
    settled_words: Mapped[str] = mapped_column(String(400), default="")


@dataclass(frozen=True, slots=True)
class Happening:
    """One line on the timeline of a lesson: when, what in words for people, and where it can be seen."""

    at: datetime
    icon: str
    words: Any
    url: str | None = None


# What a slice tells of a lesson: `tell(session, viewer, lesson)`, only what this viewer may read.
Teller = Callable[[Session, Viewer, Document], list[Happening]]
# What a slice does when a version came in force: `heed(session, guideline, version, by)`; the version is “3.0”.
WhenInForce = Callable[[Session, Document, str, Viewer | None], None]

_tellers: dict[str, Teller] = {}
_when_in_force: dict[str, WhenInForce] = {}


def tell(name: str, teller: Teller) -> None:
    """Let a slice tell of lessons on their timeline. The same name again replaces it: many apps live in one process."""
    _tellers[name] = teller


def when_in_force(name: str, heed: WhenInForce) -> None:
    """Let a slice act when a version comes in force, in the same transaction."""
    _when_in_force[name] = heed


def came_in_force(session: Session, guideline: Document, version: str, by: Viewer | None) -> None:
    """A version of a guideline holds from now on; `by` is None when its day came by the clock."""
    for heed in _when_in_force.values():
        heed(session, guideline, version, by)


def happenings(session: Session, viewer: Viewer, lesson: Document) -> list[Happening]:
    """All that happened to a lesson as far as this viewer may read it, the oldest first."""
    found = [happening for teller in _tellers.values() for happening in teller(session, viewer, lesson)]
    return sorted(found, key=lambda happening: happening.at)
