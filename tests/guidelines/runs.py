"""Playbooks to run, and ways to begin a run, for the tests of runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from unittest.mock import patch

from sqlalchemy import select

from guidelines.playbooks.models import RunEntry
from tests.journeys.reader import Reader
from tests.people import LONG_AGO, World
from wiki import db
from wiki.access.policy import Role
from wiki.documents.sharing import Sharing
from wiki.people.models import RoleAssignment
from wiki.people.viewer import today

BODY = """## First hour

- [ ] (15 min) First words to [[welcome]]
- [ ] (2 h) Look again
- [ ] Thank everybody

::: tree Speak now?
- Is it confirmed?
  - Yes: Could somebody be hurt?
    - Yes: Publish **now**.
    - No: Agree first.
  - No: Wait, and say so.
:::

::: example Words to use
We know of it.
:::
"""


def held(*audience: str) -> Sharing:
    """Held back for these, and hidden from everybody else."""
    return Sharing(audience, "hidden", reason="source", until=today().replace(day=1, year=today().year + 1))


def noticed(*audience: str, **more: str) -> Sharing:
    """Held back for these, with a notice for everybody else."""
    notice = {"release_title": "A list for some", "share_line": "Ask us."}
    return replace(held(*audience), discovery="stub", **notice, **more)  # type: ignore[arg-type]


def playbook(world: World, title: str = "First hour", body: str = BODY, sharing: Sharing | None = None) -> str:
    world.write("Welcome", "Hello.")
    return world.write(title, body, kind="playbook", sharing=sharing)


def run_of(world: World, path: str, who: str = "amina", **fields: str) -> str:
    """Start a run as a person would, without scripts; returns its address."""
    reader = Reader(world, who).open(path).follow("Start a run")
    reader.press("Start now", **({"occasion": "live", "words": "Fire at the port"} | fields))
    assert reader.status == 200
    return reader.path


def lines(world: World, entered: str | None = None) -> list[RunEntry]:
    """The lines of all logs in their order."""
    with world.app.app_context(), db.system_session() as session:
        found = session.scalars(select(RunEntry).order_by(RunEntry.id)).all()
        return [line for line in found if entered in (None, line.entered)]


def on_duty(world: World, who: str) -> None:
    """Make somebody a duty officer."""
    person = world.viewer(who).person
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.add(RoleAssignment(person_id=person, role=Role.DUTY_OFFICER, starts_on=LONG_AGO))


@contextmanager
def later(**time: int) -> Iterator[datetime]:
    """The clock of the application, some time from now."""
    moment = db.now() + timedelta(**time)
    with patch.object(db, "now", lambda: moment):
        yield moment
