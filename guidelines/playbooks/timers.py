"""By when steps should be done, counted from the start of their run, and how that stands at a moment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

# So many minutes before its time a step is shown to be due.
SOON = 5


@dataclass(frozen=True, slots=True)
class Timer:
    """When a step is due. `minutes` are those left, or less than none for a step that is late."""

    key: str
    at: datetime
    minutes: int

    @property
    def is_late(self) -> bool:
        return self.minutes < 0

    @property
    def late(self) -> int:
        """For how many minutes it is late."""
        return max(0, -self.minutes)

    @property
    def is_soon(self) -> bool:
        return 0 <= self.minutes <= SOON


def timers(told: Iterable[Mapping[str, Any]], began: datetime, moment: datetime) -> dict[str, Timer]:
    """The timers of these steps, by the key of the step. A step that is due this very minute is not late yet."""
    found = {}
    for step in told:
        if step.get("minute") is None:
            continue
        at = began + timedelta(minutes=step["minute"])
        # Whole minutes only, so that a page stays the same for as long.
        found[step["key"]] = Timer(step["key"], at, (at - moment) // timedelta(minutes=1) + (at < moment))
    return found
