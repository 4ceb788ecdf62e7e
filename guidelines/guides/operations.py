"""The life of a guideline: put in force, superseded, withdrawn."""

from __future__ import annotations

from datetime import date

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from guidelines.guides.models import Guideline, GuidelineStatus
from wiki import db
from wiki.access import audit, policy
from wiki.access.policy import Action, Viewer
from wiki.documents import operations as documents
from wiki.people.viewer import today


class Refused(ValueError):
    """This step makes no sense for the guideline as it is; the message is for the person who tried."""


def put_in_force(session: Session, guideline: Guideline, *, by: Viewer | None, since: date | None = None) -> None:
    """Let readers have the working revision as the rule in force, as a new edition. `by` None is the system."""
    if by is not None:
        policy.require(by, Action.GUIDELINE_PUT_IN_FORCE, guideline.item)
    if guideline.status == GuidelineStatus.IN_FORCE and guideline.published == guideline.working:
        raise Refused(_l("This version is in force already."))
    if guideline.status == policy.BINNED:
        raise Refused(_l("This guideline is in the bin. Take it out first."))
    guideline.edition += 1
    guideline.in_force_from, guideline.in_force_to = since or today(), None
    guideline.successor_id, guideline.why_withdrawn = None, ""
    guideline.approved_by_id, guideline.approved_at = (by.person if by else None), db.now()
    documents.publish(session, guideline, by=None, status=GuidelineStatus.IN_FORCE)
    _note(session, guideline, "guideline:put-in-force", by)


def supersede(session: Session, guideline: Guideline, successor: Guideline, *, by: Viewer | None) -> None:
    """Let another guideline take its place; readers are led on, and search shows it last."""
    if by is not None:
        policy.require(by, Action.GUIDELINE_END, guideline.item)
        policy.require(by, Action.DOCUMENT_READ, successor.item)
    _refuse_unless_in_force(guideline)
    if successor.status != GuidelineStatus.IN_FORCE:
        raise Refused(_l("The guideline that takes its place must be in force itself."))
    if successor.id == guideline.id:
        raise Refused(_l("A guideline cannot take its own place. Choose another one."))
    guideline.successor_id = successor.id
    _end(session, guideline, GuidelineStatus.SUPERSEDED, by)


def record_superseded(session: Session, guideline: Guideline, successor: Guideline | None) -> None:
    """Write down that it was superseded, as a file tells it; the successor may have ended too, or be unknown."""
    _refuse_unless_in_force(guideline)
    guideline.successor_id = successor.id if successor else None
    _end(session, guideline, GuidelineStatus.SUPERSEDED, None)


def withdraw(session: Session, guideline: Guideline, why: str, *, by: Viewer | None) -> None:
    """End it without a successor. It stays readable, with the reason above it."""
    if by is not None:
        policy.require(by, Action.GUIDELINE_END, guideline.item)
    _refuse_unless_in_force(guideline)
    if not why.strip():
        raise Refused(_l("Say in a sentence why it is withdrawn; readers will see it."))
    guideline.why_withdrawn = why.strip()[:400]
    _end(session, guideline, GuidelineStatus.WITHDRAWN, by)


def _refuse_unless_in_force(guideline: Guideline) -> None:
    if guideline.status != GuidelineStatus.IN_FORCE:
        raise Refused(_l("Only a guideline in force can be ended."))


def _end(session: Session, guideline: Guideline, status: GuidelineStatus, by: Viewer | None) -> None:
    guideline.status, guideline.in_force_to = status, today()
    documents.relabel(session, guideline)
    _note(session, guideline, f"guideline:{status}", by)


def _note(session: Session, guideline: Guideline, what: str, by: Viewer | None) -> None:
    audit.record(session, what, by=by.person if by else None, about=guideline.public_id, edition=guideline.edition)
