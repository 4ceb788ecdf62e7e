"""The whole book: every guideline in force in the order of its number, now or as of a day, for one reader."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import render_template, request
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from guidelines.guides import editions_reading
from guidelines.guides.editions_models import Edition, GuidelineStep, StepKind
from guidelines.guides.editions_pages import day_of
from guidelines.guides.models import Guideline, GuidelineStatus
from wiki import db
from wiki.access import guard
from wiki.access.guard import needs
from wiki.access.policy import BINNED, Action, Viewer
from wiki.documents import reading, web
from wiki.documents.models import Revision
from wiki.documents.visibility import visible_to
from wiki.people.models import Group
from wiki.people.viewer import today

PAGE = 100


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


@needs(Action.DOCUMENT_LIST)
def book() -> Any:
    """What is in force, or was on a day, in the order of numbers."""
    asked, offset = request.args.get("as-of"), web.place_in_list()
    day, problem = (today(), "") if asked is None else day_of(asked)
    found = entries(db.session(), guard.viewer(), day, limit=PAGE + 1, offset=offset) if day else []
    page = render_template(
        "guidelines/guides/book.html",
        day=day,
        asked=asked,
        problem=problem,
        entries=found[:PAGE],
        offset=offset,
        page_size=PAGE,
        more=len(found) > PAGE,
        title=_("The book of guidelines"),
    )
    return page, 422 if problem else 200


def entries(session: Session, viewer: Viewer, day: date, *, limit: int, offset: int = 0) -> list[Entry]:
    """The guidelines that held on a day, as far as this viewer may read them now, in one statement."""
    statement = (
        select(
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
        )
        .join(Edition, Edition.document_id == Guideline.id)
        .join(Revision, (Revision.document_id == Guideline.id) & (Revision.number == Edition.revision))
        .join(Group, Group.id == Guideline.owner_id)
        .where(*editions_reading.on_day(day), visible_to(viewer), Guideline.number.is_not(None))
        .where(Guideline.status.not_in((GuidelineStatus.DRAFT, BINNED)), Guideline.quarantined_at.is_(None))
        .order_by(Guideline.number)
        .limit(limit)
        .offset(offset)
    )
    return [Entry(*row) for row in session.execute(statement)]


def _last_step(day: date) -> ColumnElement[str | None]:
    """The last time it was suspended or resumed up to a day."""
    known = (StepKind.SUSPENDED, StepKind.RESUMED)
    here = (GuidelineStep.document_id == Guideline.id, GuidelineStep.what.in_(known), GuidelineStep.day <= day)
    last = select(GuidelineStep.what).where(*here).order_by(GuidelineStep.id.desc()).limit(1)
    return last.correlate(Guideline).scalar_subquery()
