"""Guidelines that come from files: bringing one into the state that the file tells."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from guidelines.guides import editions, operations
from guidelines.guides.models import Guideline, GuidelineStatus
from wiki.documents import operations as documents
from wiki.people.viewer import today

_ENDED = (GuidelineStatus.SUPERSEDED, GuidelineStatus.WITHDRAWN, GuidelineStatus.MERGED)
# A file tells of no day until which comments are welcome.
_CONSULTATION = timedelta(days=30)


def load(session: Session, guideline: Guideline, wanted: Mapping[str, Any]) -> None:
    """Put it in force, end it or take it back to a draft, as the file says (see `wiki.exchange.documents`)."""
    if wanted.get("review") is not None:
        guideline.review_on = wanted["review"]
    status = wanted["status"]
    if status == GuidelineStatus.DRAFT:
        _take_back(session, guideline)
    elif status == GuidelineStatus.CONSULTATION and not guideline.edition:
        _consult(session, guideline)
    else:
        _put_in_force(session, guideline, status)
        _go_on(session, guideline, wanted)


def _go_on(session: Session, guideline: Guideline, wanted: Mapping[str, Any]) -> None:
    """From in force to whatever the file says."""
    status, why = wanted["status"], wanted.get("why")
    if guideline.status == status:
        return
    if status in (GuidelineStatus.SUPERSEDED, GuidelineStatus.MERGED):
        _lead_on(session, guideline, GuidelineStatus(status), wanted.get("successor"))
    elif status == GuidelineStatus.WITHDRAWN:
        operations.withdraw(session, guideline, why or _("Withdrawn."), by=None)
    elif status == GuidelineStatus.SUSPENDED:
        operations.suspend(session, guideline, why or _("Suspended."), by=None)
    elif guideline.status == GuidelineStatus.SUSPENDED:
        operations.resume(session, guideline, by=None)


def _take_back(session: Session, guideline: Guideline) -> None:
    if guideline.status != GuidelineStatus.DRAFT:
        guideline.status = GuidelineStatus.DRAFT
        editions.end(session, guideline, today())
        documents.relabel(session, guideline)


def _consult(session: Session, guideline: Guideline) -> None:
    if guideline.status != GuidelineStatus.CONSULTATION:
        operations.consult(session, guideline, today() + _CONSULTATION, by=None)


def _put_in_force(session: Session, guideline: Guideline, status: str) -> None:
    """Only what was in force can end, so an ended guideline with a new text is put in force first."""
    is_current = guideline.published == guideline.working
    if is_current and (guideline.status == status or guideline.status in editions.BEING_READ):
        return
    operations.put_in_force(session, guideline, by=None)


def _lead_on(session: Session, guideline: Guideline, status: GuidelineStatus, successor: Guideline | None) -> None:
    # Both may come from the same file, in any order.
    if successor is not None and successor.status not in (*editions.BEING_READ, *_ENDED):
        operations.put_in_force(session, successor, by=None)
    operations.record_ended(session, guideline, status, successor)
