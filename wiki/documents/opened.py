"""Writing down who opens what is held back, before it is shown (03-sharing 3.8).

One row for each person, document and hour. Reading what is open to the whole service is never tracked, nor are drafts;
what is tracked and cannot be written down is not shown.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from wiki import db
from wiki.access import audit
from wiki.access.policy import DRAFT, Viewer
from wiki.documents.models import Passage, PassageLabel

OPENED = "document:read"


def note(session: Session, viewer: Viewer, document: Any, *, older_texts: bool = False) -> None:
    """Write down that this viewer is about to see a document, if it or a passage of it is held back.

    `document` is the row or what `shown.find` made of it; `older_texts`: passages that its newest text has no more may
    be shown, too. Raises WriteBusy, or whatever else kept it from being written.
    """
    if session.info.get("writing"):
        # What is done inside a change is written down as that; what it leads to is opened with a request of its own.
        return
    held = _is_held(document)
    passages: tuple[str, ...] = ()
    if not held and (document.passages or older_texts):
        passages = _passages(session, viewer, document.id)
    if not held and not passages:
        return
    since = _this_hour()
    if audit.is_there(session, OPENED, by=viewer.person, about=document.public_id, since=since):
        return
    about = {"about": document.public_id, "owner": document.owner_id, "since": since}
    more: dict[str, Any] = {"passages": list(passages)} if passages else {}
    with db.database().writing(viewer=viewer) as log:
        audit.record_once(log, OPENED, by=viewer.person, **about, **more)


def _is_held(document: Any) -> bool:
    if document.quarantined_at is not None:
        return True
    return bool(document.is_held) and document.status != DRAFT


def _passages(session: Session, viewer: Viewer, document: int) -> tuple[str, ...]:
    """The public ids of the held passages of a document whose words this viewer may read."""
    statement = (
        select(Passage.public_id)
        .join(PassageLabel, PassageLabel.passage_id == Passage.id)
        .where(Passage.document_id == document, Passage.opened_at.is_(None), PassageLabel.label.in_(viewer.keys))
        .distinct()
        .order_by(Passage.public_id)
    )
    return tuple(session.scalars(statement))


def _this_hour() -> datetime:
    return db.now().replace(minute=0, second=0, microsecond=0)
