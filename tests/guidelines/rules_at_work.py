"""Guidelines with a life, for tests: put in force as people would, and looked at on other days."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from sqlalchemy import select

from guidelines.guides import editions, editions_clock, operations
from guidelines.guides.editions_models import Edition
from guidelines.guides.models import Guideline
from tests.people import World
from wiki import db
from wiki.documents import operations as documents, texts
from wiki.documents.sharing import Sharing
from wiki.notices.models import Notice
from wiki.people.models import Person
from wiki.people.viewer import today


def rule(
    world: World,
    title: str = "Posting in a crisis",
    body: str = "## First hour\n\nStop the queue.",
    *,
    since: date | None = None,
    sharing: Sharing | None = None,
    owner: str = "digital",
) -> str:
    """A guideline in force as version 1.0, kept by Digital Communications unless told otherwise; its address."""
    address = world.write(title, body, kind="guideline", by="ines", owner=owner, sharing=sharing, status="draft")
    with world.app.app_context(), db.system_session(writing=True) as session:
        operations.put_in_force(session, found(session, address), by=None, since=since)
    world.settle()
    return address


def found(session: Any, address: str) -> Guideline:
    """The row behind an address."""
    slug = address.rsplit("/", 1)[-1]
    guideline: Guideline = session.scalars(select(Guideline).where(Guideline.slug == slug)).one()
    return guideline


def edit(world: World, address: str, body: str, *, by: str = "ines", note: str = "") -> None:
    """Save a working copy."""
    viewer = world.viewer(by)
    with world.app.app_context():
        before = world.document(address)
        text = texts.prepare(before.title, body)
        with db.system_session(writing=True) as session:
            guideline = found(session, address)
            documents.revise(session, guideline, text, base=guideline.working, by=viewer, note=note)


def next_version(world: World, address: str, body: str, *, since: date | None = None, note: str = "New.") -> None:
    """Another major version, as a file would tell it, from a day on."""
    edit(world, address, body)
    with world.app.app_context(), db.system_session(writing=True) as session:
        guideline = found(session, address)
        edition = Edition(document_id=guideline.id, revision=guideline.working, in_force_from=since, note=note)
        editions.come(session, guideline, edition, by=None)
    world.settle()


def versions(world: World, address: str) -> list[tuple[str, str, int]]:
    """Name, state and revision of each row, in the order in which they were made."""
    with world.app.app_context(), db.system_session() as session:
        mine = select(Edition).where(Edition.document_id == found(session, address).id).order_by(Edition.id)
        return [(each.name, each.state, each.revision) for each in session.scalars(mine)]


def told(world: World, who: str, code: str) -> int:
    """How many notices of this sort somebody has."""
    world.settle()
    with world.app.app_context(), db.system_session() as session:
        mine = select(Notice.id).join(Person, Person.id == Notice.person_id)
        return len(session.scalars(mine.where(Person.email == f"{who}@example.org", Notice.code == code)).all())


@contextmanager
def on(day: date) -> Iterator[None]:
    """Let it be noon on this day."""
    moment = datetime.combine(day, time(12), UTC)
    with patch.object(db, "datetime", SimpleNamespace(now=lambda zone: moment)):
        yield


def run_clock(world: World, day: date | None = None) -> int:
    """Let the clock of guidelines run, today or on another day."""
    with world.app.app_context(), on(day or today()):
        return editions_clock.clock()


def in_days(days: int) -> date:
    return today() + timedelta(days=days)


def allow_own_versions(world: World, allowed: bool = True) -> None:
    """As an administrator may choose."""
    settings = world.app.extensions["chancery_settings"]
    world.app.extensions["chancery_settings"] = replace(settings, approve_own_versions=allowed)


def number_of(world: World, address: str) -> int:
    """The number that it is cited by."""
    with world.app.app_context(), db.system_session() as session:
        return found(session, address).number or 0


def since(world: World, address: str) -> date | None:
    """The day since which it has been in force."""
    with world.app.app_context(), db.system_session() as session:
        return found(session, address).in_force_from
