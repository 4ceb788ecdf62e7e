"""Whose a request is: who sees it, whom it waits for, who is told. The same rule in SQL and in plain Python."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select
from sqlalchemy.orm import Session

from wiki import db
from wiki.access.models import OPEN_REQUESTS, AccessRequest, RequestState
from wiki.access.policy import Decision, Role, Viewer
from wiki.people.acting import acting_people, holders

TO_ANSWER = (RequestState.ASKED, RequestState.ESCALATED)


def seen_by(viewer: Viewer, moment: datetime) -> ColumnElement[bool]:
    """The condition that a request came before this viewer to be answered, whatever became of it. Nobody's own is."""
    ways: list[ColumnElement[bool]] = [AccessRequest.owner_id.in_(sorted(viewer.leads))]
    if viewer.has(Role.DUTY_OFFICER):
        ways.append(AccessRequest.urgent.is_(True))
    if viewer.has(Role.STEWARD):
        ways.append(AccessRequest.escalated_at.is_not(None))
        ways.append(and_(AccessRequest.state.in_(OPEN_REQUESTS), AccessRequest.due_at <= moment))
    if viewer.has(Role.ARBITER):
        ways.append(AccessRequest.arbiter_at.is_not(None))
        ways.append(AccessRequest.appealed_at.is_not(None))
    return and_(AccessRequest.person_id != viewer.person, or_(false(), *ways))


def waits_for(viewer: Viewer, moment: datetime) -> ColumnElement[bool]:
    """The condition that a request waits for a word of this viewer now."""
    of_arbiters = AccessRequest.state == RequestState.APPEALED
    mine = of_arbiters if viewer.has(Role.ARBITER) else false()
    if viewer.has(Role.STEWARD):
        # Stewards do not decide an appeal, but see to it that somebody does.
        mine = or_(mine, and_(of_arbiters, AccessRequest.due_at <= moment))
    return and_(seen_by(viewer, moment), or_(AccessRequest.state.in_(TO_ANSWER), mine))


def may_answer(viewer: Viewer, request: AccessRequest, moment: datetime) -> Decision:
    """Whether this viewer may grant or refuse it, as far as it is open; the words are in `wiki.access.reasons`."""
    if request.person_id == viewer.person:
        return Decision(False, "own-request")
    overdue = request.due_at is not None and request.due_at <= moment
    if request.owner_id in viewer.leads:
        return Decision(True, "lead")
    if request.urgent and viewer.has(Role.DUTY_OFFICER):
        return Decision(True, "duty-officer")
    if (request.escalated_at is not None or overdue) and viewer.has(Role.STEWARD):
        return Decision(True, "steward")
    if request.arbiter_at is not None and viewer.has(Role.ARBITER):
        return Decision(True, "arbiter")
    return Decision(False, "not-keeper")


def may_decide(viewer: Viewer, request: AccessRequest) -> Decision:
    """Whether this viewer may decide an appeal: an arbiter who neither asked nor refused."""
    if request.person_id == viewer.person:
        return Decision(False, "own-request")
    if request.answered_by_id == viewer.person:
        return Decision(False, "own-refusal")
    return Decision(True, "arbiter") if viewer.has(Role.ARBITER) else Decision(False, "not-arbiter")


def is_with_arbiters(request: AccessRequest) -> bool:
    """Whether the arbiters have it now: it is an appeal, or stewards did not answer it either."""
    if request.state == RequestState.APPEALED:
        return True
    return request.state == RequestState.ESCALATED and request.arbiter_at is not None


def told_of(session: Session, request: AccessRequest) -> set[int]:
    """The people (database ids) whose answer it waits for, without whoever asked."""
    if is_with_arbiters(request):
        people = holders(session, Role.ARBITER)
    elif request.state == RequestState.ESCALATED:
        people = holders(session, Role.STEWARD)
    else:
        people = acting_people(session, request.owner_id)
    if request.urgent and not is_with_arbiters(request):
        people |= holders(session, Role.DUTY_OFFICER)
    return people - {request.person_id}


def waiting(viewer: Viewer) -> Select[int]:
    """The question how many requests wait for a word of this viewer."""
    return select(func.count()).select_from(AccessRequest).where(waits_for(viewer, db.now()))


def count_waiting(session: Session, viewer: Viewer) -> int:
    """How many requests wait for a word of this viewer."""
    return session.scalar(waiting(viewer)) or 0
