"""Playbooks that come from files: bringing one into the state that the file tells."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from guidelines.playbooks.models import Playbook
from wiki.access.policy import DRAFT
from wiki.documents import operations as documents


def _a_day(value: Any) -> date:
    if not isinstance(value, date):
        raise ValueError("is not a day. Write it as 2026-03-01.")
    return value


# The day on which it was last exercised, for those that were exercised before they came here.
FIELDS: Mapping[str, Any] = {"exercised_on": _a_day}


def load(session: Session, playbook: Playbook, wanted: Mapping[str, Any]) -> None:
    """Publish it or take it back to a draft, and keep the day of its review (see `wiki.exchange.documents`)."""
    if wanted.get("review") is not None:
        playbook.review_on = wanted["review"]
    if wanted["status"] == DRAFT:
        if playbook.status != DRAFT:
            playbook.status = DRAFT
            documents.relabel(session, playbook)
    elif playbook.status == DRAFT or playbook.published != playbook.working:
        documents.publish(session, playbook, by=None)
