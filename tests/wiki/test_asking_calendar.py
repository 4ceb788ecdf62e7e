"""Working days: weekends of one's own, holidays, and nights in which the clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st

from tests.people import World
from wiki import db
from wiki.access.models import Holiday
from wiki.people import calendar
from wiki.people.calendar import MIDNIGHT, Calendar, after_working_days, half_way, working_days_until
from wiki.people.models import Group

LISBON, CAIRO = ZoneInfo("Europe/Lisbon"), ZoneInfo("Africa/Cairo")
FRIDAY_AND_SATURDAY = frozenset({5, 6})
ZONES = st.sampled_from(
    [
        "UTC",
        "Europe/Lisbon",
        "America/New_York",
        "Africa/Cairo",
        "Asia/Kathmandu",
        "Pacific/Apia",
        "Australia/Lord_Howe",
    ]
)
CALENDARS = st.builds(
    Calendar,
    zone=ZONES.map(ZoneInfo),
    weekend=st.frozensets(st.integers(1, 7), max_size=6),
    holidays=st.frozensets(st.dates(date(2026, 1, 1), date(2028, 12, 31)), max_size=12),
)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 6, 1)).map(lambda found: found.replace(tzinfo=UTC))
DAYS = st.integers(0, 12)


def at(zone: ZoneInfo, *parts: int) -> datetime:
    return datetime(*parts, tzinfo=zone).astimezone(UTC)  # type: ignore[misc, arg-type]


def test_three_working_days_leap_over_the_weekend_at_the_same_time_of_day() -> None:
    asked = at(LISBON, 2026, 11, 19, 14, 30)
    assert after_working_days(Calendar(LISBON), asked, 3) == at(LISBON, 2026, 11, 24, 14, 30)


def test_a_post_that_rests_on_friday_and_saturday_works_on_sunday() -> None:
    cairo = Calendar(CAIRO, FRIDAY_AND_SATURDAY)
    assert after_working_days(cairo, at(CAIRO, 2026, 11, 19, 10), 1) == at(CAIRO, 2026, 11, 22, 10)


def test_what_is_asked_on_a_day_off_counts_from_the_next_working_morning() -> None:
    calendar = Calendar(LISBON, holidays=frozenset({date(2026, 11, 23)}))
    saturday = at(LISBON, 2026, 11, 21, 22)
    assert after_working_days(calendar, saturday, 0) == at(LISBON, 2026, 11, 24, 9)
    assert after_working_days(calendar, saturday, 1) == at(LISBON, 2026, 11, 24, 23, 59)
    assert after_working_days(calendar, saturday, 3) == at(LISBON, 2026, 11, 26, 23, 59)


def test_what_is_asked_on_a_sunday_is_due_by_the_end_of_wednesday_and_on_monday_at_the_same_hour_of_thursday() -> None:
    lisbon = Calendar(LISBON)
    for hour in (0, 12, 23):
        assert after_working_days(lisbon, at(LISBON, 2026, 11, 22, hour), 3) == at(LISBON, 2026, 11, 25, 23, 59)
    assert after_working_days(lisbon, at(LISBON, 2026, 11, 23, 0), 3) == at(LISBON, 2026, 11, 26, 0)
    assert half_way(lisbon, at(LISBON, 2026, 11, 22, 12), 3) == at(LISBON, 2026, 11, 24, 21)


def test_the_clocks_change_and_the_time_of_day_stays() -> None:
    spring = at(LISBON, 2027, 3, 26, 12)
    autumn = at(LISBON, 2026, 10, 23, 12)
    assert after_working_days(Calendar(LISBON), spring, 1) - spring == timedelta(days=3, hours=-1)
    assert after_working_days(Calendar(LISBON), autumn, 1) - autumn == timedelta(days=3, hours=1)


def test_a_time_that_the_clocks_leave_out_is_an_hour_later_and_one_that_comes_twice_is_the_first() -> None:
    always = Calendar(LISBON, frozenset())
    left_out = after_working_days(always, at(LISBON, 2027, 3, 27, 1, 30), 1)
    assert left_out.astimezone(LISBON).hour == 2
    twice = after_working_days(always, at(LISBON, 2026, 10, 24, 1, 30), 1)
    assert twice == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_half_of_the_working_time_lies_on_working_days() -> None:
    lisbon = Calendar(LISBON)
    assert half_way(lisbon, at(LISBON, 2026, 11, 19, 14), 3) == at(LISBON, 2026, 11, 23, 2)
    assert half_way(lisbon, at(LISBON, 2026, 11, 16, 14), 2) == at(LISBON, 2026, 11, 17, 14)
    assert half_way(lisbon, at(LISBON, 2026, 11, 21, 14), 1) == at(LISBON, 2026, 11, 23, 21)


def test_a_group_that_never_works_is_taken_to_rest_as_most_do() -> None:
    assert Calendar(UTC, frozenset(range(1, 8))).weekend == {6, 7}


@given(CALENDARS, MOMENTS, DAYS)
def test_a_deadline_is_so_many_working_days_away_and_falls_on_one(
    calendar: Calendar, moment: datetime, days: int
) -> None:
    due = after_working_days(calendar, moment, days)
    start = after_working_days(calendar, moment, 0)
    assert due >= start >= moment
    # On a day off the day that begins the time is the first that is counted.
    assert working_days_until(calendar, moment if days else start, due) == days
    # A clock that is set forward over midnight makes a day of its own.
    assert calendar.works_on(due.astimezone(calendar.zone).date())


@given(CALENDARS, MOMENTS, st.integers(1, 12))
def test_half_way_lies_between_beginning_and_end_on_a_working_day(
    calendar: Calendar, moment: datetime, days: int
) -> None:
    middle = half_way(calendar, moment, days)
    assert moment <= after_working_days(calendar, moment, 0) < middle < after_working_days(calendar, moment, days)
    assert calendar.works_on(middle.astimezone(calendar.zone).date())


@given(CALENDARS, MOMENTS, DAYS)
def test_the_time_of_day_is_kept_unless_the_clocks_leave_it_out(
    calendar: Calendar, moment: datetime, days: int
) -> None:
    start, due = (after_working_days(calendar, moment, n).astimezone(calendar.zone) for n in (0, days))
    if days and not calendar.works_on(moment.astimezone(calendar.zone).date()):
        assert due.time() == MIDNIGHT, "what begins on a day off ends with a day"
        return
    kept = start.time().replace(fold=0) == due.time().replace(fold=0)
    exists = datetime.combine(due.date(), start.time().replace(fold=0), calendar.zone)
    assert kept or exists.astimezone(UTC).astimezone(calendar.zone).time() != start.time()


@given(CALENDARS, MOMENTS, st.timedeltas(timedelta(hours=2), timedelta(days=9)), DAYS)
def test_who_asks_later_is_answered_no_earlier(
    calendar: Calendar, moment: datetime, wait: timedelta, days: int
) -> None:
    first, second = (after_working_days(calendar, each, days) for each in (moment, moment + wait))
    # A working day ends a minute after what began on a day off; the small hours come before the morning that stands
    # for a day off where there is nothing to count; clocks that are set back add an hour.
    assert first <= second + (timedelta(hours=1, minutes=1) if days else timedelta(hours=10))


def test_zone_weekend_and_holidays_are_those_of_the_group_else_of_the_one_above(world: World) -> None:
    with world.app.app_context(), db.system_session(writing=True) as session:
        hq, lisbon = session.get_one(Group, "hq"), session.get_one(Group, "lisbon")
        hq.timezone, hq.weekend = "Africa/Cairo", [5, 6]
        session.add(Holiday(group_id="hq", day=date(2026, 7, 23)))
        lisbon.timezone = "Europe/Lisbon"
        session.add(Holiday(group_id="jakarta", day=date(2026, 8, 17)))
    with world.app.app_context():
        found = calendar.of_groups(db.session(), ["hq", "lisbon", "jakarta", "bridge", "nowhere"])
        assert calendar.of(db.session(), "lisbon") == found["lisbon"]
    christmas, july = frozenset({date(2026, 8, 17)}), frozenset({date(2026, 7, 23)})
    assert found["hq"] == Calendar(CAIRO, FRIDAY_AND_SATURDAY, july)
    assert found["lisbon"] == Calendar(LISBON, FRIDAY_AND_SATURDAY, july)
    assert found["jakarta"] == Calendar(CAIRO, FRIDAY_AND_SATURDAY, christmas)
    assert found["bridge"] == found["nowhere"] == Calendar()
