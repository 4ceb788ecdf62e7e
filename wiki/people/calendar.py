"""The working days of a post or unit: its own time zone, weekend and holidays, else those of the group above it.

Deadlines are counted by the calendar of those who have to answer. The sums are pure; `of` and `of_groups` load.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import select
from sqlalchemy.orm import Session

from wiki.access.models import Holiday
from wiki.people.models import Group

SATURDAY_AND_SUNDAY = frozenset({6, 7})
EVERY_DAY = frozenset(range(1, 8))
MORNING, MIDNIGHT = time(9), time(23, 59)
_HOURS_OF_A_DAY = 24


@dataclass(frozen=True, slots=True)
class Calendar:
    """When a group works. `weekend` holds days of the week, 1 (Monday) to 7 (Sunday, ISO 8601)."""

    zone: tzinfo = UTC
    weekend: frozenset[int] = SATURDAY_AND_SUNDAY
    holidays: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        # A group that never works would let a deadline run for ever.
        if self.weekend >= EVERY_DAY:
            object.__setattr__(self, "weekend", SATURDAY_AND_SUNDAY)

    def works_on(self, day: date) -> bool:
        return day.isoweekday() not in self.weekend and day not in self.holidays

    def next_working_day(self, day: date) -> date:
        """The first working day after this one."""
        found = day + timedelta(days=1)
        while not self.works_on(found):
            found += timedelta(days=1)
        return found


def after_working_days(calendar: Calendar, moment: datetime, days: int) -> datetime:
    """The same local time so many working days later, in UTC.

    What begins on a day off begins the next working morning at nine: that day is the first one, and the time is over
    with the last one. A time that a change of clocks leaves out is the one an hour later; of a time that comes twice
    it is the first.
    """
    day, clock = _start(calendar, moment)
    is_off = day != moment.astimezone(calendar.zone).date()
    if days == 0 and not is_off:
        return moment.astimezone(UTC)
    if days and is_off:
        days, clock = days - 1, MIDNIGHT
    for _ in range(days):
        day = calendar.next_working_day(day)
    return _moment(calendar, day, clock)


def half_way(calendar: Calendar, moment: datetime, days: int) -> datetime:
    """When half of the working time until `after_working_days` is over; every hour of a working day counts."""
    whole, rest = divmod(days * _HOURS_OF_A_DAY // 2, _HOURS_OF_A_DAY)
    day, clock = _start(calendar, moment)
    for _ in range(whole):
        day = calendar.next_working_day(day)
    if rest == 0:
        return _moment(calendar, day, clock) if whole else after_working_days(calendar, moment, 0)
    later = datetime.combine(day, clock) + timedelta(hours=rest)
    if later.date() != day:
        day = calendar.next_working_day(day)
    return _moment(calendar, day, later.time())


def working_days_until(calendar: Calendar, moment: datetime, end: datetime) -> int:
    """How many working days begin between two moments, by the group's own clock. None on the same day."""
    day, last = moment.astimezone(calendar.zone).date(), end.astimezone(calendar.zone).date()
    count = 0
    while day < last:
        day += timedelta(days=1)
        count += calendar.works_on(day)
    return count


def _start(calendar: Calendar, moment: datetime) -> tuple[date, time]:
    local = moment.astimezone(calendar.zone)
    if calendar.works_on(local.date()):
        return local.date(), local.time().replace(fold=0)
    return calendar.next_working_day(local.date()), MORNING


def _moment(calendar: Calendar, day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, calendar.zone).astimezone(UTC)


def of(session: Session, group: str) -> Calendar:
    """The calendar of one group."""
    return of_groups(session, [group])[group]


def of_groups(session: Session, groups: Iterable[str]) -> dict[str, Calendar]:
    """The calendars of these groups, in two questions however many they are. A group that is not there: the usual."""
    wanted = set(groups)
    rows = session.execute(select(Group.id, Group.parent_id, Group.timezone, Group.weekend)).all()
    known = {row.id: row for row in rows}
    lines = {group: list(_upwards(group, {each.id: each.parent_id for each in rows})) for group in wanted}
    everybody = {each for line in lines.values() for each in line}
    holidays: dict[str, set[date]] = {}
    for group, day in session.execute(select(Holiday.group_id, Holiday.day).where(Holiday.group_id.in_(everybody))):
        holidays.setdefault(group, set()).add(day)
    return {
        group: Calendar(
            zone=next((zone for each in line if (zone := _zone(known[each].timezone))), UTC),
            weekend=next((frozenset(known[each].weekend) for each in line if known[each].weekend is not None),
                         SATURDAY_AND_SUNDAY),
            holidays=next((frozenset(holidays[each]) for each in line if each in holidays), frozenset()),
        )
        for group, line in lines.items()
    }  # fmt: skip


def holidays_of(session: Session, group: str) -> dict[date, str]:
    """The holidays that a group has of its own, by their days."""
    rows = session.execute(select(Holiday.day, Holiday.name).where(Holiday.group_id == group).order_by(Holiday.day))
    return dict(rows.all())


def _upwards(group: str, parents: Mapping[str, str | None]) -> Iterator[str]:
    """A group and those above it, nearest first."""
    seen: set[str] = set()
    current: str | None = group
    while current is not None and current in parents and current not in seen:
        seen.add(current)
        yield current
        current = parents[current]


def _zone(name: str | None) -> tzinfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None
