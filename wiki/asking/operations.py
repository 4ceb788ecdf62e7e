"""What people do with requests for access. Each verb asks the rules, changes, records and tells; none commits.

A verb that comes too late, twice, or on a state that somebody else changed raises NotNow and changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from wiki import db
from wiki.access import audit, policy
from wiki.access.models import OPEN_REQUESTS, AccessRequest, RequestState
from wiki.access.policy import Action, NotAllowed, Role, Viewer
from wiki.asking import deadlines, disputes, scope, targets
from wiki.asking.states import NotNow, Step, after
from wiki.asking.targets import Target
from wiki.documents import leave
from wiki.notices.telling import tell
from wiki.people import calendar
from wiki.people.acting import acting_people, holders
from wiki.people.models import Person
from wiki.settings import Settings


@dataclass(frozen=True, slots=True)
class Asked:
    """The request that there is now, and whether it was there before."""

    request: AccessRequest
    is_new: bool
    made_urgent: bool = False


def ask(
    session: Session,
    target: Target,
    *,
    by: Viewer,
    settings: Settings,
    words: str = "",
    urgent: bool = False,
    key: str | None = None,
) -> Asked:
    """Ask to read what the viewer found. Who asks again for the same is shown the request there is."""
    policy.require(by, Action.ACCESS_ASK)
    # Whoever presses the button in two windows at once waits here for themselves.
    session.execute(select(Person.id).where(Person.id == by.person).with_for_update())
    before = _before(session, target, by, key)
    if before is not None:
        return Asked(before, False, urgent and _make_urgent(session, before, by, settings))
    moment, owner = db.now(), target.owner
    deadline = deadlines.to_answer(calendar.of(session, owner), settings, moment, urgent=urgent)
    request = AccessRequest(
        target=target.public_id,
        document_id=target.document_id,
        person_id=by.person,
        owner_id=owner,
        reason=target.reason,
        urgent=urgent,
        words=words,
        state=RequestState.ASKED,
        asked_at=moment,
        remind_at=deadline.remind_at,
        due_at=deadline.due_at,
        idempotency_key=key or None,
    )
    session.add(request)
    session.flush()
    note(session, "access:ask", request, by=by.person, urgent=urgent)
    code = "request-urgent" if urgent else "request-asked"
    tell(session, scope.told_of(session, request), code, about=request.public_id, urgent=urgent)
    return Asked(request, True)


def _before(session: Session, target: Target, by: Viewer, key: str | None) -> AccessRequest | None:
    mine = select(AccessRequest).where(AccessRequest.person_id == by.person)
    if key:
        repeated = session.scalar(mine.where(AccessRequest.idempotency_key == key))
        if repeated is not None:
            return repeated
    return session.scalar(
        mine.where(AccessRequest.target == target.public_id, AccessRequest.state.in_(OPEN_REQUESTS)).with_for_update()
    )


def _make_urgent(session: Session, request: AccessRequest, by: Viewer, settings: Settings) -> bool:
    if request.urgent or request.state not in scope.TO_ANSWER:
        return False
    moment = db.now()
    deadline = deadlines.to_answer(calendar.Calendar(), settings, moment, urgent=True)
    request.urgent = True
    if request.due_at is None or request.due_at > deadline.due_at:
        request.due_at, request.remind_at, request.reminded_at = deadline.due_at, deadline.remind_at, None
    note(session, "access:urgent", request, by=by.person)
    tell(session, scope.told_of(session, request), "request-urgent", about=request.public_id, urgent=True)
    return True


def grant(session: Session, request: AccessRequest, until: datetime, *, by: Viewer, version: int) -> None:
    """Let whoever asked read it until a moment, or until they leave where they serve now."""
    target = _to_answer(session, request, by, version)
    _answer(request, Step.GRANT, by)
    request.grant_id = leave.give(
        session, request.target, request.person_id, until, by=by.person, owner=request.owner_id
    ).id
    note(session, "access:grant", request, by=by.person, until=until.isoformat())
    tell(session, [request.person_id], "request-granted", about=request.public_id)
    _close(session, request, target)


def refuse(session: Session, request: AccessRequest, refusal: str, instead: str, *, by: Viewer, version: int) -> None:
    """Say no, for a reason of the closed list, and what can be shared instead."""
    _to_answer(session, request, by, version)
    final = request.arbiter_at is not None and scope.may_answer(by, request, db.now()).reason == "arbiter"
    _answer(request, Step.REFUSE, by)
    request.refusal, request.instead = refusal, instead
    if final:
        # An arbiter would not judge an arbiter: this word is the last.
        request.decided_at, request.decided_by_id = request.answered_at, by.person
    note(session, "access:refuse", request, by=by.person, refusal=refusal)
    tell(session, [request.person_id], "request-refused", about=request.public_id)
    disputes.end(session, request)


def _to_answer(session: Session, request: AccessRequest, by: Viewer, version: int) -> Target:
    policy.require(by, Action.ACCESS_ANSWER)
    target = _still_there(session, request)
    decision = scope.may_answer(by, request, db.now())
    if not decision:
        raise NotAllowed(decision)
    _as_it_was(request, version)
    return target


def _still_there(session: Session, request: AccessRequest) -> Target:
    target = targets.standing(session, request)
    if target is None:
        raise NotNow(RequestState.SETTLED)
    # By now another unit may keep it, and it is for that one to say.
    request.owner_id = target.owner
    return target


def _as_it_was(request: AccessRequest, version: int) -> None:
    """An answer is to what somebody saw, not to what became of it meanwhile."""
    if request.version != version:
        raise NotNow(request.state)


def _answer(request: AccessRequest, step: Step, by: Viewer) -> None:
    request.state = after(request.state, step)
    request.answered_at, request.answered_by_id = db.now(), by.person


def _close(session: Session, request: AccessRequest, target: Target) -> None:
    disputes.end(session, request)
    suggest_groups(session, request, target)


def suggest_groups(session: Session, request: AccessRequest, target: Target) -> None:
    """Tell those who keep it when so many people of a group may read it that the group could be added."""
    for crowd in leave.crowds(session, [target.public_id]):
        once = f"group:{target.public_id}:{crowd.group}"
        people = acting_people(session, request.owner_id)
        tell(session, people, "request-group", about=request.public_id, once=once, group=crowd.group)


def withdraw(session: Session, request: AccessRequest, *, by: Viewer, version: int) -> None:
    """Take one's own request or appeal back."""
    policy.require(by, Action.ACCESS_ASK)
    _own(request, by)
    state = after(request.state, Step.WITHDRAW)
    _as_it_was(request, version)
    request.state = state
    note(session, "access:withdraw", request, by=by.person)
    disputes.end(session, request)


def _own(request: AccessRequest, by: Viewer) -> None:
    if request.person_id != by.person:
        raise NotAllowed(policy.Decision(False, "absent"))


def may_appeal(request: AccessRequest, settings: Settings, moment: datetime) -> bool:
    """Whether a refusal can still be taken to an arbiter: once, in time, and not when an arbiter said it."""
    return (
        request.state == RequestState.REFUSED
        and request.appealed_at is None
        and request.decided_at is None
        and request.answered_at is not None
        and moment <= deadlines.last_moment_to_appeal(settings, request.answered_at)
    )


def appeal(
    session: Session, request: AccessRequest, words: str, *, by: Viewer, version: int, settings: Settings
) -> None:
    """Ask an arbiter to look at a refusal."""
    policy.require(by, Action.ACCESS_ASK)
    _own(request, by)
    session.execute(select(Person.id).where(Person.id == by.person).with_for_update())
    moment = db.now()
    if not may_appeal(request, settings, moment) or _asked_anew(session, request):
        raise NotNow(request.state)
    _as_it_was(request, version)
    target = _still_there(session, request)
    deadline = deadlines.to_decide(calendar.of(session, request.owner_id), settings, moment)
    request.state = after(request.state, Step.APPEAL)
    request.appealed_at, request.appeal = moment, words
    request.due_at, request.remind_at, request.reminded_at = deadline.due_at, deadline.remind_at, None
    note(session, "access:appeal", request, by=by.person)
    tell(session, scope.told_of(session, request), "request-appealed", about=request.public_id)
    disputes.let_arbiters_read(session, request, target)


def _asked_anew(session: Session, request: AccessRequest) -> bool:
    same = (AccessRequest.target == request.target, AccessRequest.person_id == request.person_id)
    found = select(AccessRequest.id).where(*same, AccessRequest.state.in_(OPEN_REQUESTS))
    return session.scalar(found.limit(1)) is not None


def decide(
    session: Session, request: AccessRequest, until: datetime | None, words: str, *, by: Viewer, version: int
) -> None:
    """The arbiter's word on an appeal: leave until a moment, or None to uphold the refusal."""
    policy.require(by, Action.ACCESS_DECIDE)
    decision = scope.may_decide(by, request)
    if not decision:
        raise NotAllowed(decision)
    state = after(request.state, Step.UPHOLD if until is None else Step.ALLOW)
    _as_it_was(request, version)
    target = _still_there(session, request)
    request.state = state
    request.decided_at, request.decided_by_id, request.decision = db.now(), by.person, words
    if until is not None:
        owner = request.owner_id
        request.grant_id = leave.give(session, request.target, request.person_id, until, by=by.person, owner=owner).id
    note(session, "access:decide", request, by=by.person, outcome=request.state)
    code = "request-upheld" if until is None else "request-allowed"
    tell(session, [request.person_id], code, about=request.public_id)
    tell(session, acting_people(session, request.owner_id), "request-decided", about=request.public_id)
    _close(session, request, target)


def lapse(session: Session, request: AccessRequest, target: Target, *, settings: Settings) -> None:
    """Nobody answered in time, and the reason gives way: leave comes by itself."""
    request.state, request.answered_at = after(request.state, Step.LAPSE), db.now()
    until = db.now() + timedelta(days=settings.grant_days)
    request.grant_id = leave.give(session, request.target, request.person_id, until, by=None, owner=target.owner).id
    note(session, "access:lapse", request, by=None, until=until.isoformat())
    tell(session, [request.person_id], "request-lapsed", about=request.public_id)
    tell(session, acting_people(session, request.owner_id), "request-lapsed-owner", about=request.public_id)
    _close(session, request, target)


def escalate(session: Session, request: AccessRequest, target: Target, *, settings: Settings) -> None:
    """Nobody answered in time: it goes to the stewards, and from them to the arbiters, with as much time again."""
    moment, to_arbiters = db.now(), request.state == RequestState.ESCALATED
    request.state = after(request.state, Step.ESCALATE)
    working = calendar.of(session, request.owner_id)
    deadline = deadlines.to_answer(working, settings, moment, urgent=request.urgent)
    request.due_at, request.reminded_at = deadline.due_at, None
    # Nothing comes after the arbiters: they are told again when the time is over.
    request.remind_at = deadline.due_at if to_arbiters else deadline.remind_at
    if to_arbiters:
        request.arbiter_at = moment
    else:
        request.escalated_at = moment
    note(session, "access:escalate", request, by=None, to="arbiters" if to_arbiters else "stewards")
    code = "request-arbiter" if to_arbiters else "request-escalated"
    tell(session, scope.told_of(session, request), code, about=request.public_id, urgent=request.urgent)
    once = f"request-passed-on:{request.public_id}:{code}"
    tell(session, [request.person_id], "request-passed-on", about=request.public_id, once=once)
    if to_arbiters:
        disputes.let_arbiters_read(session, request, target)


def wait(session: Session, request: AccessRequest) -> None:
    """Nobody answered in time, and the text opens on a day that is known: no clock runs any more."""
    request.due_at = request.remind_at = None
    note(session, "access:wait", request, by=None)
    tell(session, [request.person_id], "request-waits", about=request.public_id)


def settle(session: Session, request: AccessRequest) -> None:
    """Nothing is left to answer: the text was opened, is gone, or the asker can read it anyhow."""
    request.state = after(request.state, Step.SETTLE)
    note(session, "access:settle", request, by=None)
    tell(session, [request.person_id], "request-settled", about=request.public_id)
    disputes.end(session, request)


def remind(session: Session, request: AccessRequest) -> None:
    """Tell those whose answer it waits for once more; arbiters who are late together with the stewards."""
    request.reminded_at = db.now()
    late = scope.is_with_arbiters(request)
    code = "request-overdue" if late else "request-reminder"
    people = scope.told_of(session, request)
    if late:
        people |= holders(session, Role.STEWARD) - {request.person_id}
    due = int(request.due_at.timestamp()) if request.due_at else 0
    once = f"{code}:{request.public_id}:{due}"
    tell(session, people, code, about=request.public_id, once=once, urgent=request.urgent)


def note(session: Session, what: str, request: AccessRequest, *, by: int | None, **details: object) -> None:
    """Write into the log what was done with a request: about what was asked for, for those who keep it."""
    about = {"request": request.public_id, "person": request.person_id, **details}
    audit.record(session, what, by=by, about=request.target, owner=request.owner_id, **about)
