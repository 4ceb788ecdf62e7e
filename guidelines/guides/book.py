"""The whole book: every guideline in force in the order of its number, now or as of a day, for one reader."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from guidelines.guides import editions_reading
from guidelines.guides.editions_models import Edition, GuidelineStep, StepKind
from guidelines.guides.models import Guideline, GuidelineStatus
from wiki.access.policy import BINNED, Viewer
from wiki.documents import reading
from wiki.documents.models import Revision
from wiki.documents.sharing import NAMED_PEOPLE_ONLY
from wiki.documents.visibility import visible_to
from wiki.people.models import Group


@dataclass(frozen=True, slots=True)
class Entry:
    """A guideline in the book, with the version that held on the day and the title that it had then."""

    number: int
    slug: str
    title: str
    purpose: str
    owner: str
    major: int
    minor: int
    since: date
    revision: int
    status: str
    suspended: bool
    handling: str | None

    @property
    def version(self) -> str:
        """The number of the version, such as “3.0”."""
        return f"{self.major}.{self.minor}"

    @property
    def stays(self) -> bool:
        """Whether its mark forbids to print it and to take it away (03-sharing 3.2)."""
        return self.handling == NAMED_PEOPLE_ONLY


@dataclass(frozen=True, slots=True)
class Among:
    """Which guidelines of the book are meant: those of these numbers, or all with a platform and a topic."""

    numbers: tuple[int, ...] = ()
    platform: str = ""
    topic: str = ""

    @property
    def is_whole(self) -> bool:
        return not (self.numbers or self.platform or self.topic)


def entries(
    session: Session, viewer: Viewer, day: date, among: Among = Among(), *, limit: int, offset: int = 0
) -> list[Entry]:
    """The guidelines that held on a day, as far as this viewer may read them now, in one statement."""
    statement = select(*columns(viewer, day))
    return [Entry(*row) for row in session.execute(of_book(statement, viewer, day, among).limit(limit).offset(offset))]


def columns(viewer: Viewer, day: date) -> tuple[Any, ...]:
    """What an entry is made of."""
    return (
        Guideline.number,
        Guideline.slug,
        Revision.title,
        Guideline.purpose,
        reading.name_for(viewer),
        Edition.major,
        Edition.minor,
        Edition.in_force_from,
        Edition.revision,
        Guideline.status,
        func.coalesce(_last_step(day) == StepKind.SUSPENDED, False),
        Guideline.handling,
    )


def of_book(statement: Select[Any], viewer: Viewer, day: date, among: Among) -> Select[Any]:
    """A statement about guidelines and their texts, for those that held on a day and that this viewer may read now."""
    chosen = [reading.with_term(name, term) for name, term in _terms(among) if term]
    if among.numbers:
        chosen.append(Guideline.number.in_(among.numbers))
    return (
        statement.join(Edition, Edition.document_id == Guideline.id)
        .join(Revision, (Revision.document_id == Guideline.id) & (Revision.number == Edition.revision))
        .join(Group, Group.id == Guideline.owner_id)
        .where(*editions_reading.on_day(day), visible_to(viewer), Guideline.number.is_not(None))
        .where(Guideline.status.not_in((GuidelineStatus.DRAFT, BINNED)), Guideline.quarantined_at.is_(None), *chosen)
        .order_by(Guideline.number)
    )


def _terms(among: Among) -> tuple[tuple[str, str], ...]:
    return ("platform", among.platform), ("topic", among.topic)


def _last_step(day: date) -> ColumnElement[str | None]:
    """The last time it was suspended or resumed up to a day."""
    known = (StepKind.SUSPENDED, StepKind.RESUMED)
    here = (GuidelineStep.document_id == Guideline.id, GuidelineStep.what.in_(known), GuidelineStep.day <= day)
    last = select(GuidelineStep.what).where(*here).order_by(GuidelineStep.id.desc()).limit(1)
    return last.correlate(Guideline).scalar_subquery()
