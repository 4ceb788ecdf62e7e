"""What is found about the versions of a guideline: the change list, what applied on a day, and what waits."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import NamedTuple

from flask import abort
from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session, aliased, undefer

from guidelines import loop
from guidelines.guides.editions_models import Edition, EditionState, GuidelineStep, ReadingMark, StepKind
from guidelines.guides.models import Guideline
from wiki.access.policy import Viewer
from wiki.documents import passages_standing
from wiki.documents.models import Document, DocumentAuthor, Revision
from wiki.documents.visibility import visible_to
from wiki.people.models import Person

LONGEST_LIST = 200
_BLOCK_ID = re.compile(r"[ \t]*\{#b-[a-z0-9]{2,20}\}[ \t]*$", re.MULTILINE)


class Line(NamedTuple):
    """A version in the change list. `who` put it in force, unless it is somebody whom this text does not name."""

    edition: Edition
    who: str | None


class Ask(NamedTuple):
    """A proposal of a lesson, with the lesson as this viewer may read it."""

    public_id: str
    words: str
    anchor: str
    at: datetime
    slug: str
    title: str


def came(guideline: Guideline) -> tuple[ColumnElement[bool], ...]:
    """The conditions of the versions that are or were in force."""
    return (Edition.document_id == guideline.id, Edition.state == EditionState.CAME)


def line(session: Session, guideline: Guideline) -> list[Line]:
    """All versions that are or were in force, the newest first."""
    found = select(Edition, Person.name).outerjoin(Person, Person.id == Edition.approved_by_id)
    if not guideline.names_authors:
        authors = select(DocumentAuthor.person_id).where(DocumentAuthor.document_id == guideline.id)
        told = (Person.id == Edition.approved_by_id) & Person.id.not_in(authors) & (Edition.minor == 0)
        found = select(Edition, Person.name).outerjoin(Person, told)
    newest = found.where(*came(guideline)).order_by(Edition.major.desc(), Edition.minor.desc())
    return [Line(edition, name) for edition, name in session.execute(newest.limit(LONGEST_LIST))]


def steps(session: Session, guideline: Guideline) -> list[GuidelineStep]:
    """What else happened to it, the newest first."""
    mine = select(GuidelineStep).where(GuidelineStep.document_id == guideline.id)
    return list(session.scalars(mine.order_by(GuidelineStep.day.desc(), GuidelineStep.id.desc()).limit(LONGEST_LIST)))


def named(session: Session, guideline: Guideline, version: str) -> Edition | None:
    """The version of this name, such as “3.0”, if it is or was in force."""
    major, dot, minor = version.partition(".")
    if not (dot and major.isdecimal() and minor.isdecimal() and len(version) < 12):
        return None
    wanted = (Edition.major == int(major), Edition.minor == int(minor))
    return session.scalar(select(Edition).where(*came(guideline), *wanted))


def before(session: Session, guideline: Guideline, edition: Edition) -> Edition | None:
    """The version that was in force before this one."""
    earlier = or_(Edition.major < edition.major, (Edition.major == edition.major) & (Edition.minor < edition.minor))
    last = select(Edition).where(*came(guideline), earlier)
    return session.scalar(last.order_by(Edition.major.desc(), Edition.minor.desc()).limit(1))


def on_day(day: date) -> tuple[ColumnElement[bool], ...]:
    """The conditions of the versions that held at the end of this day."""
    held = (Edition.in_force_from <= day, or_(Edition.in_force_to.is_(None), Edition.in_force_to > day))
    return (Edition.state == EditionState.CAME, *held)


def at(session: Session, guideline: Guideline, day: date) -> Edition | None:
    """The version that held on a day."""
    found = select(Edition).where(Edition.document_id == guideline.id, *on_day(day))
    return session.scalar(found.order_by(Edition.major.desc(), Edition.minor.desc()).limit(1))


def was_suspended(session: Session, guideline: Guideline, day: date) -> bool:
    """Whether it was suspended at the end of this day."""
    known = (StepKind.SUSPENDED, StepKind.RESUMED)
    last = select(GuidelineStep.what).where(
        GuidelineStep.document_id == guideline.id, GuidelineStep.what.in_(known), GuidelineStep.day <= day
    )
    return session.scalar(last.order_by(GuidelineStep.id.desc()).limit(1)) == StepKind.SUSPENDED


def text(session: Session, viewer: Viewer, guideline: Guideline, number: int) -> Revision:
    """The text of a version, whose number is known to this viewer. 403 where words of it were held back since."""
    found = session.scalar(
        select(Revision)
        .where(Revision.document_id == guideline.id, Revision.number == number)
        .options(undefer(Revision.html), undefer(Revision.body))
    )
    if found is None:
        abort(404)
    passages_standing.require_open(session, viewer, guideline, number, found.body)
    return found


def to_compare(body: str) -> str:
    """A text as readers compare it: without the ids that its boxes were given when they were saved."""
    return _BLOCK_ID.sub("", body)


def mark_of(session: Session, guideline: Guideline, viewer: Viewer) -> ReadingMark | None:
    """What this reader marked as read."""
    return session.get(ReadingMark, (viewer.person, guideline.id))


def asks(session: Session, viewer: Viewer, guideline: Guideline) -> list[Ask]:
    """What lessons that this viewer may read ask of the guideline, and what is not settled yet."""
    return [Ask(*row) for row in session.execute(_asks(viewer, guideline).order_by(loop.Proposal.at))]


def _asks(viewer: Viewer, guideline: Guideline) -> Select[str, str, str, datetime, str, str]:
    lesson = aliased(Document)
    columns = (loop.Proposal.public_id, loop.Proposal.words, loop.Proposal.anchor, loop.Proposal.at)
    return (
        select(*columns, lesson.slug, lesson.title)
        .join(lesson, lesson.id == loop.Proposal.lesson_id)
        .where(loop.Proposal.document_id == guideline.id, loop.Proposal.outcome == loop.Outcome.OPEN)
        .where(visible_to(viewer, lesson))
    )


def between(session: Session, guideline: Guideline, old: Edition, new: Edition) -> list[Edition]:
    """The versions that came after one and up to another, the newest first: their notes tell readers what changed."""
    low, high = sorted(((old.major or 0, old.minor or 0), (new.major or 0, new.minor or 0)))
    found = [each.edition for each in line(session, guideline)]
    return [each for each in found if low < (each.major or 0, each.minor or 0) <= high]


def sections(session: Session, guideline: Guideline) -> list[tuple[str, str]]:
    """Anchors and titles of the sections of the text that readers have."""
    shown = (Revision.document_id == guideline.id, Revision.number == guideline.published)
    toc = session.scalar(select(Revision.toc).where(*shown)) or []
    return [(heading["anchor"], heading["title"]) for heading in toc]
