"""Requests and time: a node that was down, a clock set back, weekends, holidays, nights in which the clocks change."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import delete

from tests.people import World
from tests.wiki.asking import THURSDAY, TUESDAY, Clock, Desk, at_the_arbiter, plain
from wiki import db
from wiki.access.models import Holiday
from wiki.access.policy import Role
from wiki.asking import operations
from wiki.documents import operations as documents
from wiki.documents.models import Document
from wiki.people import operations as people
from wiki.people.models import Group, RoleAssignment


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    stopped = Clock()
    monkeypatch.setattr(db, "now", stopped)
    return stopped


@pytest.fixture
def desk(world: World, clock: Clock) -> Desk:
    return Desk(world, clock)


def test_a_node_that_was_down_takes_a_step_late_and_once_and_the_next_one_gets_its_whole_time(desk: Desk) -> None:
    request = desk.ask(desk.hold("source"))
    desk.clock.by(days=40)
    assert desk.run() == 1
    passed_on = desk.request(request)
    assert (passed_on.state, passed_on.arbiter_at) == ("escalated", None)
    assert passed_on.due_at is not None
    assert passed_on.due_at > desk.clock.moment
    assert "request-reminder" not in desk.told("okello"), "a reminder after the deadline helps nobody"
    assert desk.run() == 0


def test_a_clock_that_is_set_back_takes_nothing_twice_and_nothing_back(desk: Desk) -> None:
    request = desk.ask(desk.hold("negotiation"))
    other = desk.ask(desk.hold("source", title="Sources"))
    desk.clock.moment = TUESDAY
    assert desk.run() == 2
    desk.clock.moment = THURSDAY - timedelta(days=9)
    assert desk.run() == 0
    desk.clock.moment = TUESDAY
    assert desk.run() == 0
    assert (desk.state(request), desk.state(other)) == ("lapsed", "escalated")
    assert desk.told("oskar") == ["request-lapsed", "request-passed-on"]
    assert len(desk.grants()) == 1


def test_deadlines_follow_the_weekend_the_holidays_and_the_clock_of_the_owner(desk: Desk) -> None:
    with desk.world.app.app_context(), db.system_session(writing=True) as session:
        lisbon = session.get_one(Group, "lisbon")
        lisbon.timezone, lisbon.weekend = "Africa/Cairo", [5, 6]
        session.add(Holiday(group_id="lisbon", day=date(2026, 11, 23), name="A feast"))
    request = desk.ask(desk.hold())
    # Thursday; Friday and Saturday off, Sunday is one, Monday a feast, Tuesday two, Wednesday three.
    assert desk.request(request).due_at == datetime(2026, 11, 25, 12, tzinfo=UTC)


def test_what_is_asked_on_a_sunday_lapses_with_wednesday_and_says_three_working_days(desk: Desk) -> None:
    desk.clock.to(2026, 11, 22, 12)
    target = desk.hold()
    asking = plain(desk.get("oskar", f"/requests/new/{target}").text)
    assert "due in 3 working days (Wednesday 25 November, 23:59, your time)" in asking
    request = desk.ask(target)
    assert "due in 3 working days" in plain(desk.get("okello", "/requests").text)
    desk.clock.to(2026, 11, 25, 23, 58)
    desk.run()
    assert desk.state(request) == "asked"
    desk.clock.by(minutes=1)
    desk.run()
    assert desk.state(request) == "lapsed"


@pytest.mark.parametrize(
    ("asked", "due"),
    [((2027, 3, 25, 15), (2027, 3, 30, 14)), ((2026, 10, 22, 15), (2026, 10, 27, 16))],
    ids=["spring", "autumn"],
)
def test_deadlines_keep_the_time_of_day_when_the_clocks_change(
    desk: Desk, asked: tuple[int, ...], due: tuple[int, ...]
) -> None:
    with desk.world.app.app_context(), db.system_session(writing=True) as session:
        session.get_one(Group, "lisbon").timezone = "Europe/Lisbon"
    desk.clock.to(*asked)
    request = desk.ask(desk.hold())
    assert desk.request(request).due_at == datetime(*due, tzinfo=UTC)  # type: ignore[misc, arg-type]
    desk.clock.to(*due)
    desk.clock.by(seconds=-1)
    desk.run()
    assert desk.state(request) == "asked"
    desk.clock.by(seconds=1)
    desk.run()
    assert desk.state(request) == "lapsed"


def test_leave_ends_with_a_transfer(desk: Desk) -> None:
    target = desk.hold()
    desk.grant(desk.ask(target))
    assert desk.reads("oskar", target)
    with desk.world.app.app_context(), db.system_session(writing=True) as session:
        oskar = desk.person(session, "oskar")
        people.leave(session, oskar, session.get_one(Group, "jakarta"), by=None)
    assert not desk.reads("oskar", target)


def test_what_moved_to_another_unit_waits_for_that_one(desk: Desk) -> None:
    request = desk.ask(desk.hold("source"))
    number = desk.request(request).document_id
    with desk.world.app.app_context(), db.system_session(writing=True) as session:
        document = session.get_one(Document, number)
        document.owner_id = "consular"
        documents.relabel(session, document)
    assert desk.grant(request).status_code == 403, "it is not theirs to give any more"
    assert desk.state(request) == "asked"
    assert desk.run() == 1
    assert desk.told("leila") == ["request-asked"]
    assert desk.grant(request, "leila").status_code == 303


def test_who_becomes_an_arbiter_reads_open_disputes_and_who_is_none_any_more_does_not(desk: Desk) -> None:
    target, _request = at_the_arbiter(desk)
    desk.give_role("leila", Role.ARBITER)
    assert desk.run() == 1
    assert desk.reads("leila", target)
    leila = desk.id("leila")
    with desk.world.app.app_context(), db.system_session(writing=True) as session:
        session.execute(delete(RoleAssignment).where(RoleAssignment.person_id == leila))
    assert desk.run() == 1
    assert not desk.reads("leila", target)
    assert desk.reads("marek", target)


def test_one_request_that_fails_does_not_stop_the_others(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    broken, fine = desk.ask(desk.hold("negotiation")), desk.ask(desk.hold("source", title="Sources"))

    def fails(*given: object, **more: object) -> None:
        raise RuntimeError("no luck")

    desk.clock.moment = TUESDAY
    with monkeypatch.context() as patch:
        patch.setattr(operations, "lapse", fails)
        assert desk.run() == 1
    assert (desk.state(broken), desk.state(fine)) == ("asked", "escalated")
    assert desk.run() == 1
    assert desk.state(broken) == "lapsed", "it is tried again"
