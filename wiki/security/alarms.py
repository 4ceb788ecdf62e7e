"""Alarms: a clock looks through the log for what a security officer should look at (03-sharing 3.8).

Each alarm is about one person and one stretch of time, and is raised once. Its details are counts and codes.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from wiki import db
from wiki.access import audit, policy
from wiki.access.models import AccessRequest, Alarm, AuditEvent
from wiki.access.policy import Action, Role, Viewer
from wiki.documents.opened import OPENED
from wiki.notices.telling import tell
from wiki.people.acting import holders
from wiki.people.models import Attempt, Membership, Person
from wiki.people.viewer import today
from wiki.settings import Settings

# How far back a clock looks that was stopped meanwhile.
BACK = timedelta(days=3)
LEAVING = timedelta(days=7)


class OwnAlarm(Exception):
    """Nobody settles an alarm about themselves."""


@dataclass(frozen=True, slots=True)
class Sign:
    """What the log shows, before it is an alarm: of whom, in which stretch of time, and how much."""

    code: str
    person: int
    window: str
    details: dict[str, Any] = field(default_factory=dict)


def look(settings: Settings) -> int:
    """Raise every alarm that the log calls for and that was not raised yet; returns how many were."""
    with db.system_session() as session:
        signs = [sign for sign in _signs(session, settings) if not _is_raised(session, sign)]
    return sum(_raise(sign) for sign in signs) + _count_refused_sign_ins(settings.attempts_window_minutes)


def _signs(session: Session, settings: Settings) -> Iterator[Sign]:
    yield from _of_reads(session, settings)
    yield from _of_exports(session, settings)
    yield from _of_leaving(session, settings)
    yield from _of_probing(session, settings)


def _of_reads(session: Session, settings: Settings) -> Iterator[Sign]:
    """Much opened within an hour, and the papers of many units opened on one day."""
    hourly, daily = settings.alarm_held_reads_an_hour, settings.alarm_owners_a_day
    since = db.now() - BACK
    # Only whoever opened enough in all these days is looked at hour by hour.
    busy = (
        select(AuditEvent.actor_id)
        .where(AuditEvent.what == OPENED, AuditEvent.at >= since, AuditEvent.actor_id.is_not(None))
        .group_by(AuditEvent.actor_id)
        .having(func.count(AuditEvent.id) >= min(hourly, daily))
    )
    rows = select(AuditEvent.actor_id, AuditEvent.at, AuditEvent.owner).where(
        AuditEvent.what == OPENED, AuditEvent.at >= since, AuditEvent.actor_id.in_(busy)
    )
    reads: Counter[tuple[Any, str]] = Counter()
    owners: dict[tuple[Any, str], set[str]] = defaultdict(set)
    for person, at, owner in session.execute(rows):
        reads[person, f"{at:%Y-%m-%dT%H}"] += 1
        owners[person, f"{at:%Y-%m-%d}"].add(owner)
    for (person, hour), number in reads.items():
        if number >= hourly:
            yield Sign("held-reads", person, hour, {"reads": number, "limit": hourly})
    for (person, day), found in owners.items():
        if len(found) >= daily:
            yield Sign("owners", person, day, {"owners": len(found), "limit": daily})


def _of_exports(session: Session, settings: Settings) -> Iterator[Sign]:
    limit = settings.alarm_export_rows
    rows = select(AuditEvent.id, AuditEvent.actor_id, AuditEvent.details).where(
        AuditEvent.what.like("%export"), AuditEvent.at >= db.now() - BACK, AuditEvent.actor_id.is_not(None)
    )
    for number, person, details in session.execute(rows):
        size = details.get("rows", 0)
        if isinstance(size, int) and size >= limit:
            yield Sign("export", person, f"event:{number}", {"rows": size, "limit": limit})


def _of_leaving(session: Session, settings: Settings) -> Iterator[Sign]:
    """What was opened in the week before the last day in a post or unit."""
    limit, day = settings.alarm_reads_before_leaving, today()
    leaving = select(Membership.person_id, Membership.group_id, Membership.ends_on).where(
        Membership.ends_on >= day - BACK, Membership.ends_on <= day + LEAVING
    )
    places: dict[int, list[tuple[str, Any]]] = defaultdict(list)
    for person, group, last in session.execute(leaving):
        places[person].append((group, last))
    rows = select(AuditEvent.actor_id, AuditEvent.at).where(
        AuditEvent.actor_id.in_(sorted(places)),
        AuditEvent.what == OPENED,
        AuditEvent.at >= db.now() - BACK - LEAVING - timedelta(days=1),
    )
    opened: dict[Any, list[datetime]] = defaultdict(list)
    for reader, at in session.execute(rows):
        opened[reader].append(at)
    for person, found in places.items():
        for group, last in found:
            number = sum(last - LEAVING <= at.date() <= last for at in opened[person])
            if number >= limit:
                yield Sign("leaving", person, f"{last}:{group}"[:80], {"reads": number, "limit": limit})


def _of_probing(session: Session, settings: Settings) -> Iterator[Sign]:
    """Many requests for access on one day, and glass that was to be broken where nothing is."""
    limit, since = settings.alarm_requests_a_day, db.now() - BACK
    asked = select(AccessRequest.person_id, AccessRequest.asked_at).where(AccessRequest.asked_at >= since)
    tried = select(AuditEvent.actor_id, AuditEvent.at).where(
        AuditEvent.what.in_(("glass:attempt", "quarantine:attempt")), AuditEvent.at >= since
    )
    requests: Counter[tuple[Any, str]] = Counter((person, f"{at:%Y-%m-%d}") for person, at in session.execute(asked))
    attempts: Counter[tuple[Any, str]] = Counter((person, f"{at:%Y-%m-%d}") for person, at in session.execute(tried))
    for (person, day), number in (requests + attempts).items():
        if number >= limit:
            counts = {"requests": requests[person, day], "attempts": attempts[person, day], "limit": limit}
            yield Sign("probing", person, day, counts)


def _is_raised(session: Session, sign: Sign) -> bool:
    same = (Alarm.code == sign.code, Alarm.person_id == sign.person, Alarm.window == sign.window)
    return session.scalar(select(Alarm.id).where(*same)) is not None


def _raise(sign: Sign) -> int:
    try:
        with db.system_session(writing=True) as session:
            if _is_raised(session, sign) or session.get(Person, sign.person) is None:
                return 0
            alarm = Alarm(code=sign.code, person_id=sign.person, window=sign.window, details=sign.details)
            alarm.raised_at = db.now()
            session.add(alarm)
            session.flush()
            audit.record(session, "alarm:raise", by=None, about=alarm.public_id, code=sign.code)
            officers = holders(session, Role.SECURITY_OFFICER)
            # Whom it is about is told by nobody, unless there is no other officer to look at it.
            told = officers - {sign.person} or officers
            tell(session, told, "alarm:raised", about=alarm.public_id, urgent=True)
    except IntegrityError:
        # Another node saw the same at once and was first.
        return 0
    return 1


def _count_refused_sign_ins(minutes: int) -> int:
    """Write down, once an hour at most, how many attempts to sign in were refused lately: a number, no addresses."""
    hour = db.now().replace(minute=0, second=0, microsecond=0)
    what, refused = "person.sign-ins-refused", select(func.count(Attempt.id)).where(Attempt.scope == "sign-in:all")
    with db.system_session() as session:
        number = session.scalar(refused) or 0
        if not number or audit.is_there(session, what, by=None, about="", since=hour):
            return 0
    with db.system_session(writing=True) as session:
        return int(audit.record_once(session, what, by=None, about="", since=hour, count=number, minutes=minutes))


def settle(session: Session, alarm: Alarm, words: str, *, by: Viewer) -> bool:
    """Say what came of an alarm. False when it was settled before. Raises OwnAlarm."""
    policy.require(by, Action.ALARM_SETTLE)
    if alarm.person_id == by.person:
        raise OwnAlarm
    open_one = update(Alarm).where(Alarm.id == alarm.id, Alarm.settled_at.is_(None))
    said = {"settled_at": db.now(), "settled_by_id": by.person, "words": words}
    changed: Any = session.execute(open_one.values(**said).execution_options(synchronize_session=False))
    if changed.rowcount != 1:
        return False
    audit.record(session, "alarm:settle", by=by.person, about=alarm.public_id, code=alarm.code)
    return True
