"""The log: one line for each thing done to sharing, people and roles, in the transaction that does it."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from wiki import db
from wiki.access.models import AuditEvent


def record(session: Session, what: str, *, by: int | None, about: str = "", **details: Any) -> None:
    """Write down that `by` (a person's database id, or None for the system) did `what` about a public id.

    Details are ids, labels, dates and codes; never titles, texts or tokens.
    """
    session.add(AuditEvent(at=db.now(), actor_id=by, what=what, about=about, details=details))
