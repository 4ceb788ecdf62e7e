"""People at work."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.journeys.reader import Reader
from tests.people import World
from wiki import db


@pytest.fixture
def at(world: World) -> Callable[[str | None], Reader]:
    """Somebody of the cast, signed in, at a browser."""
    return lambda who: Reader(world, who)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.moment = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **by: float) -> None:
        self.moment += timedelta(**by)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Stop the clock of the application."""
    clock = Clock()
    monkeypatch.setattr(db, "now", clock)
    return clock
