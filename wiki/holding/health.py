"""Sharing health (03-sharing 3.9): how much of each unit is open, and how requests for the rest are answered.

Stewards see every unit, a lead the units they act for; nobody else is told a number. Only counts leave these queries:
they step past the net because a steward counts what they need not be able to read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from enum import StrEnum
from statistics import median
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func, or_, select, true
from sqlalchemy.orm import Session

from wiki import db
from wiki.access.models import OPEN_REQUESTS, AccessRequest, RequestState
from wiki.access.policy import LIVE, Role, Viewer
from wiki.documents.models import Discovery, Document, Passage
from wiki.documents.reading import FILTERED
from wiki.people.directory import visible_groups
from wiki.people.models import Group

# Renewed more often than those who keep something may do by themselves.
PAST_THE_SECOND = 2


class Period(StrEnum):
    """How far back requests are looked at."""

    QUARTER = "quarter"
    YEAR = "year"

    @property
    def days(self) -> int:
        return 90 if self is Period.QUARTER else 365

    @property
    def steps(self) -> int:
        """Into how many columns the time is divided: some days more than a week, or a month."""
        return 9 if self is Period.QUARTER else 12


class Asking(NamedTuple):
    """A request, as far as it is counted."""

    owner: str
    state: str
    asked_at: datetime
    answered_at: datetime | None
    # None where it waits for the day on which the text opens.
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Unit:
    """The numbers of a unit. Without a name it is all that whoever asks may know no name of."""

    name: str
    group: str = ""
    open: int = 0
    notices: int = 0
    hidden: int = 0
    passages: int = 0
    renewed: int = 0
    asked: int = 0
    answered: int = 0
    overdue: int = 0
    lapsed: int = 0
    allowed: int = 0
    # Hours from each request to its answer, in the order in which they came.
    hours: tuple[float, ...] = ()

    @property
    def live(self) -> int:
        return self.open + self.notices + self.hidden

    @property
    def percent_open(self) -> int | None:
        return round(100 * self.open / self.live) if self.live else None

    @property
    def median_hours(self) -> float | None:
        return round(median(self.hours), 1) if self.hours else None


@dataclass(frozen=True, slots=True)
class Health:
    """All units that may be told of, their sum, and how many asked in each stretch of the period, the oldest first."""

    units: tuple[Unit, ...]
    whole: Unit
    asked: tuple[int, ...]
    period: Period


def of(session: Session, viewer: Viewer, period: Period) -> Health:
    """The numbers that this viewer may know."""
    names = dict(session.execute(select(Group.id, Group.name).where(visible_groups(viewer))).all())
    requests = _requests(session, viewer, period)
    found: dict[str, list[Unit]] = {}
    for group, numbers in (*_documents(session, viewer), *_passages(session, viewer), *_asked(requests, period)):
        # All whose names they may not know are one.
        known = group if group in names else ""
        found.setdefault(known, []).append(Unit(names.get(group, ""), known, **numbers))
    units = sorted((_sum(parts) for parts in found.values()), key=lambda unit: (not unit.name, unit.name, unit.group))
    whole = _sum([Unit(""), *units])
    return Health(tuple(units), whole, _over_time(requests, period), period)


def _mine(viewer: Viewer, owner: Any) -> ColumnElement[bool]:
    """Stewards are told of every unit, the others of those they act for."""
    return true() if viewer.has(Role.STEWARD) else owner.in_(sorted(viewer.leads))


def _documents(session: Session, viewer: Viewer) -> Iterable[tuple[str, dict[str, int]]]:
    def number(*conditions: Any) -> Any:
        return func.count().filter(*conditions)

    is_hidden = Document.discovery == Discovery.HIDDEN
    statement = (
        select(
            Document.owner_id,
            number(Document.discovery == Discovery.OPEN),
            number(Document.discovery == Discovery.STUB),
            number(is_hidden),
            func.coalesce(func.sum(Document.passages), 0),
            number(Document.renewals > PAST_THE_SECOND, Document.discovery != Discovery.OPEN),
        )
        .where(Document.status.in_(LIVE), Document.quarantined_at.is_(None), _mine(viewer, Document.owner_id))
        .group_by(Document.owner_id)
    )
    names = ("open", "notices", "hidden", "passages", "renewed")
    for group, *numbers in session.execute(statement.execution_options(**FILTERED)):
        yield group, {name: int(number) for name, number in zip(names, numbers, strict=True)}


def _passages(session: Session, viewer: Viewer) -> Iterable[tuple[str, dict[str, int]]]:
    statement = (
        select(Document.owner_id, func.count())
        .join(Passage, Passage.document_id == Document.id)
        .where(
            Passage.opened_at.is_(None),
            Passage.renewals > PAST_THE_SECOND,
            Document.status.in_(LIVE),
            Document.quarantined_at.is_(None),
            _mine(viewer, Document.owner_id),
        )
        .group_by(Document.owner_id)
    )
    for group, number in session.execute(statement.execution_options(**FILTERED)):
        yield group, {"renewed": int(number)}


def _requests(session: Session, viewer: Viewer, period: Period) -> list[Asking]:
    since = db.now() - timedelta(days=period.days)
    columns = (AccessRequest.owner_id, AccessRequest.state, AccessRequest.asked_at, AccessRequest.answered_at)
    statement = select(*columns, AccessRequest.due_at).where(
        or_(AccessRequest.asked_at >= since, AccessRequest.state.in_(OPEN_REQUESTS)),
        _mine(viewer, AccessRequest.owner_id),
    )
    return [Asking(*row) for row in session.execute(statement.order_by(AccessRequest.id))]


def _asked(requests: Sequence[Asking], period: Period) -> Iterable[tuple[str, dict[str, Any]]]:
    now = db.now()
    since = now - timedelta(days=period.days)
    for one in requests:
        is_late = one.state == RequestState.ESCALATED or (one.due_at is not None and one.due_at < now)
        numbers: dict[str, Any] = {"overdue": int(one.state in OPEN_REQUESTS and is_late)}
        # One that is still open is overdue however long ago it was asked; all else is of the period.
        if one.asked_at >= since:
            numbers |= {
                "asked": 1,
                "lapsed": int(one.state == RequestState.LAPSED),
                "allowed": int(one.state == RequestState.ALLOWED),
            }
            # Nobody answered what was granted because nobody answered.
            if one.answered_at is not None and one.state != RequestState.LAPSED:
                hours = (one.answered_at - one.asked_at) / timedelta(hours=1)
                numbers |= {"answered": 1, "hours": (hours,)}
        yield one.owner, numbers


def _over_time(requests: Sequence[Asking], period: Period) -> tuple[int, ...]:
    start, step = db.now() - timedelta(days=period.days), timedelta(days=period.days) / period.steps
    found = [0] * period.steps
    for one in requests:
        if one.asked_at >= start:
            found[min(int((one.asked_at - start) / step), period.steps - 1)] += 1
    return tuple(found)


_NUMBERS = [field.name for field in fields(Unit) if field.name not in ("name", "group", "hours")]


def _sum(parts: Sequence[Unit]) -> Unit:
    numbers = {name: sum(getattr(part, name) for part in parts) for name in _NUMBERS}
    hours = tuple(hour for part in parts for hour in part.hours)
    return Unit(parts[0].name, parts[0].group, hours=hours, **numbers)
