"""What waits for approvers, and what should have been looked at by now: on the home page, and as a list."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from flask import render_template
from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import Session

from guidelines.guides import numbers
from guidelines.guides.editions_models import Edition, EditionState
from guidelines.guides.keeping import reviews
from guidelines.guides.models import Guideline
from wiki import db
from wiki.access import guard
from wiki.access.guard import needs
from wiki.access.policy import BINNED, Action, Role, Viewer
from wiki.documents import web
from wiki.documents.models import Revision
from wiki.documents.visibility import visible_to
from wiki.pages import parts

MOST = 100


class Waiting(NamedTuple):
    """A version that waits for this approver, with what readers will be told of it."""

    title: str
    slug: str
    number: str
    note: str
    at: datetime | None
    is_for_me: bool


def _waiting(viewer: Viewer, own_allowed: bool, *columns: Any) -> Select[Any]:
    """What this approver may read and decide: nobody decides about what they wrote or asked for themselves."""
    mine = (Revision.document_id == Guideline.id, Revision.author_id == viewer.person)
    since = (Revision.number > func.coalesce(Guideline.published, 0), Revision.number <= Edition.revision)
    others = or_(Edition.asked_by_id.is_(None), Edition.asked_by_id != viewer.person), ~exists().where(*mine, *since)
    found = select(*columns).select_from(Edition).join(Guideline, Guideline.id == Edition.document_id)
    found = found.where(Edition.state == EditionState.ASKED, Guideline.status != BINNED, visible_to(viewer))
    return found if own_allowed else found.where(*others)


def home_numbers(viewer: Viewer) -> dict[str, Any]:
    """How many versions wait for this approver, and how many guidelines are late for whoever looks after them."""
    found: dict[str, Any] = {}
    if viewer.has(Role.APPROVER):
        own = web.settings().approve_own_versions
        found["approvals"] = _waiting(viewer, own, func.count(Edition.id)).scalar_subquery()
    if looks_after_some(viewer):
        found["overdue"] = reviews.looked_after(viewer, func.count(Guideline.id)).scalar_subquery()
    return found


def looks_after_some(viewer: Viewer) -> bool:
    """Whether this viewer finds anything among what is late."""
    return viewer.has(Role.STEWARD) or bool(viewer.leads)


def for_home(session: Session, viewer: Viewer) -> tuple[str, dict[str, Any]] | None:
    """Both numbers, as far as anything waits."""
    found = parts.counted(session, viewer)
    told = {name: found.get(name, 0) for name in ("approvals", "overdue")}
    return ("guidelines/home/_waiting.html", told) if any(told.values()) else None


@needs(Action.GUIDELINE_PUT_IN_FORCE)
def approvals() -> Any:
    """The versions that wait for this approver, what waited longest first."""
    rows = waiting(db.session(), guard.viewer(), own_allowed=web.settings().approve_own_versions)
    return render_template("guidelines/guides/approvals.html", rows=rows)


def waiting(session: Session, viewer: Viewer, *, own_allowed: bool) -> list[Waiting]:
    """The versions that wait for this approver, in one statement."""
    columns = (Guideline.title, Guideline.slug, Guideline.number, Edition.note, Edition.asked_at, Edition.approver_id)
    found = _waiting(viewer, own_allowed, *columns).order_by(Edition.asked_at, Edition.id).limit(MOST)
    rows = session.execute(found)
    return [
        Waiting(title, slug, numbers.cited(number), note, at, asked == viewer.person)
        for title, slug, number, note, at, asked in rows
    ]
