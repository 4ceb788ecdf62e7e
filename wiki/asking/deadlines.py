"""By when somebody has to answer: working days of those who keep the text, hours round the clock when it is urgent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from wiki.people.calendar import Calendar, after_working_days, half_way
from wiki.settings import Settings


@dataclass(frozen=True, slots=True)
class Deadline:
    """When whoever answers is reminded, and when silence counts."""

    remind_at: datetime
    due_at: datetime


def to_answer(calendar: Calendar, settings: Settings, moment: datetime, *, urgent: bool) -> Deadline:
    """The deadline of a request that somebody gets at this moment."""
    if urgent:
        hours = timedelta(hours=settings.request_urgent_hours)
        return Deadline(moment + hours / 2, moment + hours)
    days = settings.request_working_days
    return Deadline(half_way(calendar, moment, days), after_working_days(calendar, moment, days))


def to_decide(calendar: Calendar, settings: Settings, moment: datetime) -> Deadline:
    """The deadline of an appeal; when it has passed the arbiters are told again, and that is all."""
    due = after_working_days(calendar, moment, settings.appeal_working_days)
    return Deadline(due, due)


def last_moment_to_appeal(settings: Settings, answered_at: datetime) -> datetime:
    return answered_at + timedelta(days=settings.appeal_days)
