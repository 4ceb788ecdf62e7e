"""The clock of crises: one whose time is over ends by itself, once, whoever looks first."""

from __future__ import annotations

from sqlalchemy import select

from guidelines.playbooks import crisis
from guidelines.playbooks.models import Crisis
from wiki import db
from wiki.documents.models import Document


def end_what_is_over() -> int:
    """End every crisis whose time is over; returns how many."""
    over = (Crisis.open_for.is_not(None), Crisis.until <= db.now())
    with db.system_session() as session:
        due = session.scalars(select(Crisis.id).where(*over)).all()
    return sum(_end(number) for number in due)


def _end(number: int) -> bool:
    with db.system_session(writing=True) as session:
        still = (Crisis.id == number, Crisis.open_for.is_not(None), Crisis.until <= db.now())
        found = session.scalar(select(Crisis).where(*still).with_for_update())
        if found is None:
            return False
        return crisis.finish(session, found, session.get_one(Document, found.document_id), by=None)
