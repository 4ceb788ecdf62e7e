"""Guidelines that come from files: bringing one into the state that the file tells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from guidelines.guides import operations
from guidelines.guides.models import Guideline, GuidelineStatus
from wiki.documents import operations as documents

_ENDED = (GuidelineStatus.SUPERSEDED, GuidelineStatus.WITHDRAWN)


def load(session: Session, guideline: Guideline, wanted: Mapping[str, Any]) -> None:
    """Put it in force, end it or take it back to a draft, as the file says (see `wiki.exchange.documents`)."""
    if wanted.get("review") is not None:
        guideline.review_on = wanted["review"]
    status = wanted["status"]
    if status == GuidelineStatus.DRAFT:
        _take_back(session, guideline)
        return
    _put_in_force(session, guideline, status)
    if status == GuidelineStatus.SUPERSEDED and guideline.status != status:
        _supersede(session, guideline, wanted.get("successor"))
    elif status == GuidelineStatus.WITHDRAWN and guideline.status != status:
        operations.withdraw(session, guideline, wanted.get("why") or _("Withdrawn."), by=None)


def _take_back(session: Session, guideline: Guideline) -> None:
    if guideline.status != GuidelineStatus.DRAFT:
        guideline.status = GuidelineStatus.DRAFT
        documents.relabel(session, guideline)


def _put_in_force(session: Session, guideline: Guideline, status: str) -> None:
    """Only what was in force can end, so an ended guideline with a new text is put in force first."""
    is_current = guideline.published == guideline.working
    if is_current and (guideline.status == status or guideline.status == GuidelineStatus.IN_FORCE):
        return
    operations.put_in_force(session, guideline, by=None)


def _supersede(session: Session, guideline: Guideline, successor: Guideline | None) -> None:
    # Both may come from the same file, in any order.
    if successor is not None and successor.status not in (GuidelineStatus.IN_FORCE, *_ENDED):
        operations.put_in_force(session, successor, by=None)
    operations.record_superseded(session, guideline, successor)
