"""When playbooks were last exercised or used: one that waits for a year is told so, and stands below the others."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, or_, select
from sqlalchemy.orm import Session

from guidelines.playbooks.models import Playbook
from wiki.access.policy import LIVE, Viewer
from wiki.documents.models import Document
from wiki.documents.visibility import visible_to
from wiki.people.viewer import today

A_YEAR = timedelta(days=365)
_TABLE: Any = Playbook.__table__.c


def is_old(day: date | None) -> bool:
    """Whether a playbook that was last exercised on this day should be again; None is never."""
    return day is None or day < today() - A_YEAR


def is_stale() -> ColumnElement[int]:
    """The same for ordering documents: 1 for those that should be exercised, else 0."""
    day = select(_TABLE.exercised_on).where(_TABLE.id == Document.id).correlate(Document).scalar_subquery()
    return case((or_(day.is_(None), day < today() - A_YEAR), 1), else_=0)


def days(session: Session, viewer: Viewer) -> dict[str, date | None]:
    """When each playbook was last exercised, by its address; only those that this viewer may read."""
    statement = (
        select(Document.slug, _TABLE.exercised_on)
        .join(Playbook.__table__, _TABLE.id == Document.id)
        .where(Document.status.in_(LIVE), visible_to(viewer))
    )
    return dict(session.execute(statement).all())
