"""When mail about notices may reach somebody, by their own clock."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# The hour of the letter that says once a day what is new.
DIGEST_HOUR = 7


def zone(name: str) -> ZoneInfo:
    """The time zone of this name, or UTC when there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def is_quiet(moment: datetime, where: str, quiet_from: int | None, quiet_until: int | None) -> bool:
    """Whether this moment lies in the quiet hours of somebody in this time zone; they may go over midnight."""
    if quiet_from is None or quiet_until is None:
        return False
    hour = moment.astimezone(zone(where)).hour
    if quiet_from <= quiet_until:
        return quiet_from <= hour < quiet_until
    return hour >= quiet_from or hour < quiet_until


def last_digest(moment: datetime, where: str) -> datetime:
    """The moment in UTC at which it was last seven in the morning there: today, or yesterday."""
    here = zone(where)
    day = moment.astimezone(here).date()
    # Put together from day and hour: a day on which the clocks change has 23 or 25 hours.
    today = datetime.combine(day, time(DIGEST_HOUR), here).astimezone(UTC)
    if today <= moment:
        return today
    return datetime.combine(day - timedelta(days=1), time(DIGEST_HOUR), here).astimezone(UTC)
