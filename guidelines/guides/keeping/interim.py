"""Interim notices: a few words on top of a guideline until a day, told at once and gone by themselves."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from guidelines.guides.keeping.models import InterimNotice
from guidelines.guides.keeping.refusals import Refused
from guidelines.guides.models import Guideline
from wiki import db
from wiki.access import audit, policy
from wiki.access.policy import Action, Viewer
from wiki.people.viewer import today

LONGEST = timedelta(days=180)


def problem_of(until: date | None) -> object | None:
    """What is wrong with the last day of a notice, in a sentence; None when it is fine."""
    if until is None:
        return _l("Give the last day on which it holds, as year-month-day. It goes away by itself after that.")
    if until < today():
        return _l("That day has passed. Choose today or a day to come.")
    if until > today() + LONGEST:
        return _l("A notice stands for half a year at most. If it should last, change the guideline itself.")
    return None


def put_up(session: Session, guideline: Guideline, words: str, until: date, *, by: Viewer) -> InterimNotice:
    """Put a notice on top of a guideline, until this day and including it."""
    policy.require(by, Action.GUIDELINE_NOTICE, guideline.item)
    problem = problem_of(until)
    if problem is not None:
        raise Refused(problem)
    notice = InterimNotice(document_id=guideline.id, words=words, until=until, by_id=by.person)
    session.add(notice)
    audit.record(session, "guideline:notice", by=by.person, about=guideline.public_id, until=until.isoformat())
    return notice


def end(session: Session, guideline: Guideline, key: str, *, by: Viewer) -> None:
    """Take a notice down before its day. Twice is once."""
    policy.require(by, Action.GUIDELINE_NOTICE, guideline.item)
    notice = next((one for one in current(session, guideline) if one.public_id == key), None)
    if notice is None:
        raise Refused(_l("This notice is down already."))
    notice.ended_at = db.now()
    audit.record(session, "guideline:notice-ended", by=by.person, about=guideline.public_id)


def current(session: Session, guideline: Guideline) -> Sequence[InterimNotice]:
    """The notices that stand today, the first to end first."""
    standing = (InterimNotice.until >= today(), InterimNotice.ended_at.is_(None))
    found = select(InterimNotice).where(InterimNotice.document_id == guideline.id, *standing)
    return session.scalars(found.order_by(InterimNotice.until, InterimNotice.id)).all()
