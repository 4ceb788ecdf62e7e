"""The clock of guidelines: versions whose day has come, and consultations whose time is over.

Each step asks its condition again in a turn of its own, so two nodes at once take it once, and one that was down, late.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from guidelines.guides import editions, editions_telling, operations
from guidelines.guides.editions_models import Edition, EditionState
from guidelines.guides.models import Guideline, GuidelineStatus
from wiki import db
from wiki.access.policy import BINNED
from wiki.notices.telling import tell
from wiki.people.viewer import today

log = logging.getLogger(__name__)


def clock() -> int:
    """Take every step that is due by now."""
    taken = _each(Edition, _has_its_day(), _let_come)
    return taken + _each(Guideline, _is_over(), _end_consultation)


def _has_its_day() -> ColumnElement[bool]:
    # What is in the bin or under quarantine comes in force when it is taken out, late rather than unseen.
    kept = select(Guideline.id).where(Guideline.status != BINNED, Guideline.quarantined_at.is_(None))
    due = and_(Edition.state == EditionState.WAITS, Edition.in_force_from <= today())
    return and_(due, Edition.document_id.in_(kept))


def _is_over() -> ColumnElement[bool]:
    return and_(
        Guideline.status == GuidelineStatus.CONSULTATION,
        Guideline.consult_until < today(),
        Guideline.quarantined_at.is_(None),
    )


def _each(table: type[Any], condition: ColumnElement[bool], do: Callable[[Session, Any], None]) -> int:
    with db.system_session() as session:
        ids = list(session.scalars(select(table.id).where(condition).order_by(table.id)))
    return sum(_one(table, number, condition, do) for number in ids)


def _one(table: type[Any], number: int, condition: Any, do: Callable[[Session, Any], None]) -> bool:
    """Take one step, unless another node was faster. One that fails is tried again and does not stop the others."""
    try:
        with db.system_session(writing=True) as session:
            wanted = select(table).where(table.id == number, condition).with_for_update(of=table)
            found = session.scalar(wanted)
            if found is None:
                return False
            do(session, found)
    except Exception:
        log.exception("a step of %s %s failed and will be tried again", table.__tablename__, number)
        return False
    return True


def _let_come(session: Session, edition: Edition) -> None:
    guideline = session.get_one(Guideline, edition.document_id, with_for_update={"of": Guideline})
    if not editions.opens_held_words(session, guideline, edition.revision):
        editions.come(session, guideline, edition, by=None)
        return
    edition.state = EditionState.SENT_BACK
    edition.because = _("Words of this text are held back by now. Ask for approval of the newest text.")
    editions.note(session, "guideline:sent-back", guideline, None)
    editions_telling.settled(session, guideline, edition, "guideline-sent-back", by=None)


def _end_consultation(session: Session, guideline: Guideline) -> None:
    operations.end_consultation(session, guideline, by=None)
    once = f"guideline-consulted:{guideline.public_id}:{today()}"
    people = editions_telling.keepers(session, guideline)
    tell(session, people, "guideline-consulted", about=guideline.public_id, once=once)
