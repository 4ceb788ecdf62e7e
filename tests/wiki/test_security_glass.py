"""What was opened by breaking the glass stays open only as long as the role that gave it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from tests.journeys.conftest import Clock, clock
from tests.people import World, email
from tests.wiki.test_security_log import appoint, events, hold
from tests.wiki.test_security_words import break_glass, with_passage
from tests.wiki.test_seeing_as import page, seen
from wiki import clocks, db
from wiki.access.models import AccessGrant
from wiki.access.policy import Action, Role, Viewer, may
from wiki.documents import readers
from wiki.people.models import Person, RoleAssignment
from wiki.people.viewer import BREAKS_GLASS, today

__all__ = ["clock"]


@pytest.fixture
def staffed(world: World) -> World:
    appoint(world)
    return world


def role_ends(world: World, who: str, last: date, role: Role | None = None) -> None:
    with world.app.app_context(), db.system_session(writing=True) as session:
        theirs = select(Person.id).where(Person.email == email(who)).scalar_subquery()
        held = update(RoleAssignment).where(RoleAssignment.person_id == theirs)
        session.execute((held.where(RoleAssignment.role == role) if role else held).values(ends_on=last))


def give(world: World, who: str, role: Role) -> None:
    with world.app.app_context(), db.system_session(writing=True) as session:
        person = session.scalars(select(Person.id).where(Person.email == email(who))).one()
        session.add(RoleAssignment(person_id=person, role=role, starts_on=today()))


def counted(world: World, address: str) -> int:
    """How many readers by leave the page has, as those who keep it are told."""
    label = f"doc:{world.document(address).public_id}"
    with world.app.app_context(), db.system_session() as session:
        return len(session.scalars(readers.meeting(frozenset({label}))).all())


def tick(world: World) -> int:
    with world.app.app_context():
        return int(world.app.extensions["chancery_clocks"]["glass"]())


def test_the_roles_that_break_the_glass_are_those_of_the_rules() -> None:
    def breaks(role: Role) -> bool:
        return bool(may(Viewer(1, "x", "X", frozenset(), frozenset({role})), Action.GLASS_BREAK))

    assert {role for role in Role if breaks(role)} == set(BREAKS_GLASS)


@pytest.mark.parametrize("who", ["leila", "ada"])
def test_the_page_is_shut_at_the_next_request_after_the_role_was_taken_away(staffed: World, who: str) -> None:
    address = staffed.write("Bridge", "Cracked.", sharing=hold())
    other = staffed.write("Tower", "Tilted.", sharing=hold())
    break_glass(staffed, address, who)
    give_leave(staffed, other, who)
    assert "Cracked." in staffed.get(who, address).text
    role_ends(staffed, who, today() - timedelta(days=1))
    assert staffed.get(who, address).status_code == 404
    assert "Cracked." not in staffed.get(who, "/search?q=cracked").text
    assert "Tilted." in staffed.get(who, other).text, "leave that no role gave stays"


def give_leave(world: World, address: str, who: str) -> None:
    target = world.document(address).public_id
    with world.app.app_context(), db.system_session(writing=True) as session:
        person = session.scalars(select(Person.id).where(Person.email == email(who))).one()
        session.add(AccessGrant(document=target, person_id=person, until=db.now() + timedelta(days=9)))


def test_a_role_that_ends_on_a_day_shuts_it_with_that_day_and_the_clock_takes_it_back_for_good(
    staffed: World, clock: Clock
) -> None:
    address = staffed.write("Bridge", "Cracked.", sharing=hold())
    break_glass(staffed, address, "leila")
    role_ends(staffed, "leila", today(), Role.DUTY_OFFICER)
    # The first minute of the next day, long before the hours of the glass are over.
    midnight = db.now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    clock.forward(seconds=(midnight - db.now()).total_seconds() - 60)
    assert tick(staffed) == 0
    # At some hours of the day her session would be over by now, at others not.
    staffed._clients.pop("leila")
    assert staffed.get("leila", address).status_code == 200
    assert counted(staffed, address) == 1
    clock.forward(minutes=2)
    assert staffed.get("leila", address).status_code == 404, "before any clock has run"
    assert counted(staffed, address) == 0
    with staffed.app.app_context():
        clocks.run()
    assert tick(staffed) == 0, "once"
    (row,) = events(staffed, "document:withdraw-grant")
    assert (row.actor_id, row.about, row.owner) == (None, staffed.document(address).public_id, "lisbon")
    give(staffed, "leila", Role.DUTY_OFFICER)
    assert staffed.get("leila", address).status_code == 404, "a new role opens nothing that an older one did"


def test_passages_that_the_glass_opened_are_shut_with_the_role(staffed: World) -> None:
    address, passage = with_passage(staffed)
    break_glass(staffed, address)
    assert "Zqharbour" in staffed.get("ada", address).text
    role_ends(staffed, "ada", today() - timedelta(days=1))
    assert "Zqharbour" not in staffed.get("ada", address).text
    assert tick(staffed) == 1
    (row,) = events(staffed, "document:withdraw-grant")
    assert (row.about, row.owner) == (passage, "lisbon")


def test_whoever_holds_another_role_for_it_goes_on_reading(staffed: World) -> None:
    address = staffed.write("Bridge", "Cracked.", sharing=hold())
    give(staffed, "leila", Role.ADMINISTRATOR)
    break_glass(staffed, address, "leila")
    role_ends(staffed, "leila", today() - timedelta(days=1), Role.DUTY_OFFICER)
    assert "Cracked." in staffed.get("leila", address).text
    assert tick(staffed) == 0


def test_seen_as_somebody_who_broke_the_glass_it_says_who_opened_it_and_when(staffed: World, clock: Clock) -> None:
    address, passage_page = staffed.write("Bridge", "Cracked.", sharing=hold()), with_passage(staffed)[0]
    for place in (address, passage_page):
        break_glass(staffed, place, "leila")
    day = f"{today():%-d %b %Y}"
    whole = page(staffed, "okello", address, "leila")
    assert f"They can read it: opened by break-glass by Leila Karimi on {day}." in whole
    assert "gave them leave" not in whole
    assert "Cracked." in seen(staffed, "okello", address, "leila")
    assert "Zqharbour" in seen(staffed, "okello", passage_page, "leila"), "both can read this passage"
    assert "Zqharbour" not in seen(staffed, "ines", passage_page, "leila"), "whoever looks cannot"
    assert "Zqharbour" not in seen(staffed, "okello", passage_page, "oskar"), "the other one cannot"
    give_leave(staffed, address, "oskar")
    assert "somebody gave them leave" in page(staffed, "okello", address, "oskar")
    role_ends(staffed, "leila", today() - timedelta(days=1))
    assert "not shared with them" in page(staffed, "okello", address, "leila")
