"""The clocks of requests: what silence leads to, reminders, and requests that need no answer any more.

Each step is a transaction of its own that asks its condition again under a lock: two nodes at once take it once, a node
that was down takes it late, and a clock that is set back takes nothing twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from wiki import db
from wiki.access.models import OPEN_REQUESTS, AccessRequest, RequestState
from wiki.asking import disputes, operations, scope, states, targets
from wiki.asking.states import Step
from wiki.documents.sharing import OnSilence
from wiki.notices.telling import tell
from wiki.people.viewer import load_viewer
from wiki.settings import Settings

log = logging.getLogger(__name__)

# A step takes a request that is locked and meets the condition; it returns whether it changed anything.
Do = Callable[[Session, AccessRequest], bool]


def clock_of(settings: Settings) -> Callable[[], int]:
    """The clock of an application with these settings."""

    def clock() -> int:
        # What nobody needs to answer any more comes first, or somebody would be pressed for it.
        taken = _each(AccessRequest.state.in_(OPEN_REQUESTS), _look_again, worth=_has_moved)
        taken += _each(_is_due(), lambda session, request: _at_the_deadline(session, request, settings))
        taken += _each(_is_to_remind(), _remind)
        return taken + _arbiters()

    return clock


def _each(condition: Any, do: Do, worth: Do = lambda session, request: True) -> int:
    # The turn to write is taken only for those that look as if it was worth it.
    with db.system_session() as session:
        found = session.scalars(select(AccessRequest).where(condition).order_by(AccessRequest.id)).all()
        ids = [request.id for request in found if worth(session, request)]
    return sum(_one(number, condition, do) for number in ids)


def _one(number: int, condition: Any, do: Do) -> bool:
    """Take one step, unless another node was faster. One that fails is tried again and does not stop the others."""
    try:
        return _take(number, condition, do)
    except Exception:
        log.exception("a step of request %s failed and will be tried again", number)
        return False


def _take(number: int, condition: Any, do: Do) -> bool:
    with db.system_session(writing=True) as session:
        wanted = select(AccessRequest).where(AccessRequest.id == number, condition).with_for_update()
        request = session.scalar(wanted)
        return request is not None and do(session, request)


def _is_due() -> Any:
    with_others = and_(AccessRequest.state == RequestState.ESCALATED, AccessRequest.arbiter_at.is_(None))
    return and_(AccessRequest.due_at <= db.now(), or_(AccessRequest.state == RequestState.ASKED, with_others))


def _at_the_deadline(session: Session, request: AccessRequest, settings: Settings) -> bool:
    target = targets.standing(session, request)
    if target is None:
        return False
    request.owner_id, request.reason = target.owner, target.reason
    if request.state == RequestState.ASKED and target.on_silence == OnSilence.WAIT:
        operations.wait(session, request)
        return True
    step = states.at_the_deadline(request.state, target.on_silence, with_arbiter=request.arbiter_at is not None)
    if step == Step.LAPSE:
        operations.lapse(session, request, target, settings=settings)
    elif step == Step.ESCALATE:
        operations.escalate(session, request, target, settings=settings)
    return step is not None


def _is_with_arbiters() -> Any:
    escalated = and_(AccessRequest.state == RequestState.ESCALATED, AccessRequest.arbiter_at.is_not(None))
    return or_(AccessRequest.state == RequestState.APPEALED, escalated)


def _is_to_remind() -> Any:
    moment = db.now()
    # Where the deadline has passed too, its own step says more than a reminder.
    in_time = and_(AccessRequest.state.in_(scope.TO_ANSWER), AccessRequest.due_at > moment)
    return and_(
        AccessRequest.remind_at <= moment, AccessRequest.reminded_at.is_(None), or_(_is_with_arbiters(), in_time)
    )


def _remind(session: Session, request: AccessRequest) -> bool:
    operations.remind(session, request)
    return True


def _has_moved(session: Session, request: AccessRequest) -> bool:
    return _needs_no_answer(session, request) or _keeper(session, request) != request.owner_id


def _needs_no_answer(session: Session, request: AccessRequest) -> bool:
    """Whether whoever asked is gone or reads it by now, or there is nothing to ask for any more."""
    viewer, target = load_viewer(session, request.person_id), targets.standing(session, request)
    if viewer is None or target is None or not targets.may_still_ask(session, viewer, target):
        return True
    return targets.opens(session, viewer, target)


def _keeper(session: Session, request: AccessRequest) -> str | None:
    target = targets.standing(session, request)
    return target.owner if target is not None else None


def _look_again(session: Session, request: AccessRequest) -> bool:
    """Settle what needs no answer any more, and let what moved to another unit wait for that one."""
    if _needs_no_answer(session, request):
        operations.settle(session, request)
        return True
    keeper = _keeper(session, request)
    if keeper is None or keeper == request.owner_id:
        return False
    request.owner_id = keeper
    once = f"request-asked:{request.public_id}:{keeper}"
    tell(session, scope.told_of(session, request), "request-asked", about=request.public_id, once=once)
    return True


def _arbiters() -> int:
    """Let whoever became an arbiter meanwhile read what is disputed, and nobody any more who has nothing to decide."""
    given = _each(_is_with_arbiters(), _let_read, worth=_is_closed_to_some)
    with db.system_session() as session:
        if not disputes.left_over(session):
            return given
    with db.system_session(writing=True) as session:
        return given + disputes.end_left_over(session)


def _is_closed_to_some(session: Session, request: AccessRequest) -> bool:
    target = targets.standing(session, request)
    return target is not None and bool(disputes.shut_out(session, request, target))


def _let_read(session: Session, request: AccessRequest) -> bool:
    target = targets.standing(session, request)
    return target is not None and disputes.let_arbiters_read(session, request, target) > 0
