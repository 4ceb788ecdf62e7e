"""The life of a guideline beside its versions: consulted on, suspended, resumed, superseded, withdrawn, merged."""

from __future__ import annotations

from datetime import date, timedelta

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from guidelines.guides import editions
from guidelines.guides.editions_models import Edition, GuidelineStep, StepKind
from guidelines.guides.models import Guideline, GuidelineStatus
from wiki import db
from wiki.access import policy
from wiki.access.policy import Action, Viewer
from wiki.documents import operations as documents
from wiki.people.viewer import today

Refused = editions.Refused
LONGEST_CONSULTATION = timedelta(days=366)


def put_in_force(session: Session, guideline: Guideline, *, by: None, since: date | None = None) -> None:
    """Let readers have the working revision as the rule in force, as a file tells it; people ask and approve.

    A first version that comes with a file tells nobody: the starter pack would fill everybody's notices at once.
    """
    if guideline.status == GuidelineStatus.IN_FORCE and guideline.published == guideline.working:
        raise Refused(_l("This version is in force already."))
    edition = Edition(document_id=guideline.id, revision=guideline.working, in_force_from=since or today())
    edition.approved_at = db.now()
    editions.come(session, guideline, edition, by=by, quietly=guideline.edition == 0)


def consult(session: Session, guideline: Guideline, until: date, *, by: Viewer | None) -> None:
    """Let its audience read and comment a draft until a day, that day included. It holds for nobody yet."""
    if by is not None:
        policy.require(by, Action.DOCUMENT_PUBLISH, guideline.item)
        if not today() < until <= today() + LONGEST_CONSULTATION:
            raise Refused(_l("Choose a day to come, within a year."))
    if guideline.status not in (GuidelineStatus.DRAFT, GuidelineStatus.CONSULTATION) or guideline.edition:
        raise Refused(_l("Only a draft that was never in force can be put up for comments."))
    began = guideline.status == GuidelineStatus.DRAFT
    guideline.consult_until = until
    guideline.status = GuidelineStatus.CONSULTATION
    if began:
        step(session, guideline, StepKind.CONSULTATION, by)
        editions.note(session, "guideline:consultation", guideline, by)
    documents.relabel(session, guideline)


def end_consultation(session: Session, guideline: Guideline, *, by: Viewer | None) -> None:
    """Make it a draft again, which its authors and keepers read. What was said stays."""
    if by is not None:
        policy.require(by, Action.DOCUMENT_PUBLISH, guideline.item)
    if guideline.status != GuidelineStatus.CONSULTATION:
        raise Refused(_l("Nobody is asked for comments any more."))
    guideline.status, guideline.consult_until = GuidelineStatus.DRAFT, None
    step(session, guideline, StepKind.CONSULTED, by)
    editions.note(session, "guideline:consulted", guideline, by)
    documents.relabel(session, guideline)


def suspend(session: Session, guideline: Guideline, why: str, *, by: Viewer | None) -> None:
    """Let nobody follow it for the time being. It stays readable, with the reason above it."""
    if by is not None:
        policy.require(by, Action.GUIDELINE_END, guideline.item)
    if guideline.status != GuidelineStatus.IN_FORCE:
        raise Refused(_l("Only a guideline in force can be suspended."))
    _refuse_without_words(why)
    guideline.status, guideline.why_suspended = GuidelineStatus.SUSPENDED, why.strip()[:400]
    step(session, guideline, StepKind.SUSPENDED, by, guideline.why_suspended)
    editions.note(session, "guideline:suspended", guideline, by)
    documents.relabel(session, guideline)


def resume(session: Session, guideline: Guideline, *, by: Viewer | None) -> None:
    """Let it hold again, as it was."""
    if by is not None:
        policy.require(by, Action.GUIDELINE_END, guideline.item)
    if guideline.status != GuidelineStatus.SUSPENDED:
        raise Refused(_l("This guideline is not suspended any more."))
    guideline.status, guideline.why_suspended = GuidelineStatus.IN_FORCE, ""
    step(session, guideline, StepKind.RESUMED, by)
    editions.note(session, "guideline:resumed", guideline, by)
    documents.relabel(session, guideline)


def supersede(session: Session, guideline: Guideline, successor: Guideline, *, by: Viewer | None) -> None:
    """Let another guideline take its place; readers are led on, and search shows it last."""
    _check_successor(session, guideline, successor, by)
    guideline.successor_id = successor.id
    _end(session, guideline, GuidelineStatus.SUPERSEDED, by)


def merge(session: Session, guideline: Guideline, into: Guideline, *, by: Viewer | None) -> None:
    """Let it be a part of another guideline from now on: whoever may read that one is led there at once."""
    _check_successor(session, guideline, into, by)
    guideline.successor_id = into.id
    _end(session, guideline, GuidelineStatus.MERGED, by)


def _check_successor(session: Session, guideline: Guideline, successor: Guideline, by: Viewer | None) -> None:
    if by is not None:
        policy.require(by, Action.GUIDELINE_END, guideline.item)
        policy.require(by, Action.DOCUMENT_READ, successor.item)
    _refuse_unless_in_force(guideline)
    if successor.id == guideline.id:
        raise Refused(_l("A guideline cannot take its own place. Choose another one."))
    if leads_to(session, successor, guideline):
        raise Refused(_l("That guideline was replaced by this one, so readers would go round in a circle."))
    if successor.status != GuidelineStatus.IN_FORCE:
        raise Refused(_l("The guideline that takes its place must be in force itself."))


def leads_to(session: Session, start: Guideline, other: Guideline) -> bool:
    """Whether readers who follow what took the place of one guideline come to another one."""
    seen: set[int] = set()
    place: int | None = start.id
    while place is not None and place not in seen:
        if place == other.id:
            return True
        seen.add(place)
        place = session.scalar(select(Guideline.successor_id).where(Guideline.id == place))
    return False


def record_ended(session: Session, guideline: Guideline, status: GuidelineStatus, successor: Guideline | None) -> None:
    """Write down that it was superseded or merged, as a file tells it; the other may have ended too, or be unknown."""
    _refuse_unless_in_force(guideline)
    if successor is not None and leads_to(session, successor, guideline):
        successor = None
    guideline.successor_id = successor.id if successor else None
    _end(session, guideline, status, None)


def withdraw(session: Session, guideline: Guideline, why: str, *, by: Viewer | None) -> None:
    """End it without a successor. It stays readable, with the reason above it."""
    if by is not None:
        policy.require(by, Action.GUIDELINE_END, guideline.item)
    _refuse_unless_in_force(guideline)
    _refuse_without_words(why)
    guideline.why_withdrawn = why.strip()[:400]
    _end(session, guideline, GuidelineStatus.WITHDRAWN, by, guideline.why_withdrawn)


def _refuse_without_words(why: str) -> None:
    if not why.strip():
        raise Refused(_l("Say in a sentence why; readers will see it."))


def _refuse_unless_in_force(guideline: Guideline) -> None:
    if guideline.status not in editions.BEING_READ:
        raise Refused(_l("Only a guideline in force can be ended."))


_STEPS = {
    GuidelineStatus.SUPERSEDED: StepKind.SUPERSEDED,
    GuidelineStatus.WITHDRAWN: StepKind.WITHDRAWN,
    GuidelineStatus.MERGED: StepKind.MERGED,
}


def _end(session: Session, guideline: Guideline, status: GuidelineStatus, by: Viewer | None, words: str = "") -> None:
    guideline.status, guideline.in_force_to, guideline.why_suspended = status, today(), ""
    editions.end(session, guideline, today())
    step(session, guideline, _STEPS[status], by, words)
    documents.relabel(session, guideline)
    editions.note(session, f"guideline:{status}", guideline, by)


def step(session: Session, guideline: Guideline, what: StepKind, by: Viewer | None, words: str = "") -> None:
    """Write down for readers what happened to it, and on which day."""
    who = by.person if by else None
    session.add(GuidelineStep(document_id=guideline.id, what=what, day=today(), words=words, by_id=who))
