"""What stands on the home page when an end is near: an opening, a review, a steward’s queue, a place of one’s own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import exists, func, literal, or_, select
from sqlalchemy.orm import Session

from wiki.access.policy import LIVE, Role, Viewer
from wiki.documents import holds
from wiki.documents.models import Discovery, Document, DocumentAuthor
from wiki.documents.reading import FILTERED
from wiki.documents.sharing import REASONS, AtTheEnd
from wiki.documents.visibility import visible_to
from wiki.holding import ends, ends_lists, transfers
from wiki.people.viewer import today


def due(session: Session, viewer: Viewer) -> tuple[str, dict[str, Any]] | None:
    """A place of one's own ends within a week; else something opens or waits, or a second person is wanted."""
    leaving, soon, review, hidden = session.execute(_counted(viewer).execution_options(**FILTERED)).one()
    if leaving:
        return "holding/_home_handover.html", {"place": transfers.places(session, viewer)[0]}
    if not viewer.is_staff or not (soon or review or hidden):
        return None
    return "holding/_home_held.html", {"soon": soon, "review": review, "hidden": hidden}


def _counted(viewer: Viewer) -> Any:
    mine = Document.owner_id.in_(sorted(viewer.leads)) | exists().where(
        DocumentAuthor.document_id == Document.id, DocumentAuthor.person_id == viewer.person
    )
    there = (mine, Document.status.in_(LIVE), Document.quarantined_at.is_(None), visible_to(viewer))
    count = select(func.count()).select_from(Document)
    opening = [name for name, reason in REASONS.items() if reason.at_the_end is AtTheEnd.OPENS]
    soon = count.where(
        Document.held_until <= today() + timedelta(days=holds.ANNOUNCED),
        Document.review_since.is_(None),
        or_(Document.reason.in_(opening), ends.let_open(Document.public_id, Document.held_until)),
        Document.stopped_because == "",
        *there,
    )
    review = count.where(Document.review_since.is_not(None), Document.discovery != Discovery.OPEN, *there)
    hidden = count.where(*ends_lists.to_approve(), Document.hidden_asked_by_id.is_distinct_from(viewer.person))
    wanted = hidden.scalar_subquery() if viewer.has(Role.STEWARD) else literal(0)
    leaving = transfers.how_many(viewer).scalar_subquery()
    return select(leaving, soon.scalar_subquery(), review.scalar_subquery(), wanted)
