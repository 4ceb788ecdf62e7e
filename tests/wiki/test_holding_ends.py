"""Ends that come by themselves: reminders, openings and reviews, each once, whenever a clock gets round to it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from tests.people import World, email
from tests.wiki.holding_fixtures import (
    give_role,
    held,
    hold_a_passage,
    in_days,
    logged,
    passage,
    set_on,
    stub,
    tick,
    told,
)
from tests.wiki.people_fixtures import Clock
from wiki import db
from wiki.access.models import AccessRequest
from wiki.documents.sharing import Sharing
from wiki.holding import ends
from wiki.people.models import Group, Person

pytestmark = pytest.mark.usefixtures("clock")


def test_its_keepers_hear_of_an_end_a_month_and_a_week_before_and_then_it_opens(world: World, clock: Clock) -> None:
    address = world.write("The bridge", sharing=held(60))
    steps: dict[int, list[str]] = {}
    for day in range(70):
        before = len(told(world))
        tick(world)
        if new := sorted({code for _, code in told(world)[before:]}):
            steps[day] = new
        clock.forward(days=1)
    assert steps == {30: ["hold:opens"], 53: ["hold:opens"], 60: ["hold:opened"]}
    assert {who for who, _ in told(world)} == {"amina", "okello"}, "its author and the lead of its unit"
    opened = world.document(address)
    assert opened.audience == ["service"]
    assert opened.held_until is None
    assert opened.discovery == "open"
    assert stub(world, address) is None
    world.settle()
    assert world.get("oskar", address).status_code == 200
    assert len(logged(world, "document:opened")) == 1
    assert logged(world, "document:opened")[0].owner == "lisbon"


def test_nothing_opens_before_the_clock_has_done_it(world: World, clock: Clock) -> None:
    address = world.write("The bridge", sharing=held(3))
    tick(world)
    clock.forward(days=20)
    assert world.get("oskar", address).status_code == 403, "late, and never early"
    tick(world)
    assert world.get("oskar", address).status_code == 200


def test_a_source_is_never_opened_by_itself_and_comes_back_every_month(world: World, clock: Clock) -> None:
    give_role(world, "marek", "steward")
    address = world.write("The bridge", sharing=held(40, reason="source"))
    steps: dict[int, list[str]] = {}
    for day in range(120):
        before = len(told(world))
        tick(world)
        if new := sorted({f"{who} {code}" for who, code in told(world)[before:] if who != "okello"}):
            steps[day] = new
        clock.forward(days=1)
    reminder = ["amina hold:review", "ines hold:overdue", "marek hold:overdue"]
    assert steps == {10: ["amina hold:review-soon"], 33: ["amina hold:review-soon"], 40: ["amina hold:review"],
                     70: reminder, 100: reminder}  # fmt: skip
    assert world.document(address).review_since is not None
    assert world.get("oskar", address).status_code == 403


def test_what_is_held_for_less_than_a_month_hears_first_a_week_before(world: World, clock: Clock) -> None:
    world.write("The bridge", sharing=held(20))
    public_id = hold_a_passage(world, world.write("Open"), 20)
    tick(world)
    assert told(world) == []
    clock.forward(days=13)
    tick(world)
    assert [code for _, code in told(world)] == ["hold:opens"] * 4
    assert passage(world, public_id).reminded == 7


def test_what_is_held_for_three_days_is_announced_at_once(world: World, clock: Clock) -> None:
    address = world.write("The bridge", sharing=held(3))
    tick(world)
    assert told(world) == [("amina", "hold:opens"), ("okello", "hold:opens")]
    clock.forward(days=3)
    tick(world)
    assert world.document(address).audience == ["service"]


def test_a_node_that_was_down_tells_only_the_newest_stage(world: World, clock: Clock) -> None:
    world.write("The bridge", sharing=held(60))
    clock.forward(days=55)
    assert tick(world) == 1
    assert told(world) == [("amina", "hold:opens"), ("okello", "hold:opens")]
    assert tick(world) == 0


def test_nothing_opens_of_which_nobody_was_told(world: World, clock: Clock) -> None:
    address = world.write("The bridge", sharing=held(60))
    public_id = hold_a_passage(world, world.write("Open"), 60)
    clock.forward(days=65)
    tick(world)
    assert world.document(address).held_until == in_days(7)
    assert stub(world, address).until == in_days(7)  # type: ignore[union-attr]
    assert passage(world, public_id).held_until == in_days(7)
    assert {code for _, code in told(world)} == {"hold:opens"}
    assert len(logged(world, "hold:opens-later")) == 2
    clock.forward(days=6)
    tick(world)
    assert world.document(address).audience == ["group:lisbon"]
    clock.forward(days=1)
    tick(world)
    assert world.document(address).audience == ["service"]
    assert passage(world, public_id).opened_at is not None


def test_a_node_that_was_down_after_the_announcement_opens_late_and_once(world: World, clock: Clock) -> None:
    address = world.write("The bridge", sharing=held(6))
    tick(world)
    clock.forward(days=40)
    assert tick(world) == 1
    assert world.document(address).audience == ["service"]
    assert tick(world) == 0
    assert len(logged(world, "document:opened")) == 1


def test_run_twice_every_step_is_taken_once(world: World, clock: Clock) -> None:
    world.write("The bridge", sharing=held(60))
    world.write("The tunnel", sharing=held(60, reason="source"))
    for _ in range(130):
        tick(world)
        assert tick(world) == 0
        clock.forward(days=1)


def test_two_nodes_at_once_take_each_step_once(world: World, clock: Clock) -> None:
    address = world.write("The bridge", sharing=held(6))
    public_id = hold_a_passage(world, world.write("Open"), 6)
    for days in (0, 6):
        clock.forward(days=days)
        before, taken = len(told(world)), []
        barrier = threading.Barrier(3)

        def node(taken: list[int] = taken, barrier: threading.Barrier = barrier) -> None:
            with world.app.app_context():
                barrier.wait()
                taken.append(ends.clock())

        nodes = [threading.Thread(target=node) for _ in range(3)]
        for thread in nodes:
            thread.start()
        for thread in nodes:
            thread.join()
        assert sum(taken) == 2, days
        assert len(told(world)) - before == 4
    assert world.document(address).audience == ["service"]
    assert passage(world, public_id).opened_at is not None
    assert len(logged(world, "document:opened")) == len(logged(world, "passage:opened")) == 1


def test_a_passage_opens_to_the_readers_of_its_document(world: World, clock: Clock) -> None:
    public_id = hold_a_passage(world, world.write("Open"), 6)
    tick(world)
    clock.forward(days=6)
    tick(world)
    found = passage(world, public_id)
    with world.app.app_context(), db.system_session() as session:
        session.add(found)
        assert [row.label for row in found.labels] == ["document"]
    assert {("amina", "hold:opened"), ("okello", "hold:opened")} <= set(told(world))


def test_a_passage_with_a_source_waits_for_a_review(world: World, clock: Clock) -> None:
    public_id = hold_a_passage(world, world.write("Open"), 6, reason="source")
    tick(world)
    clock.forward(days=6)
    tick(world)
    assert passage(world, public_id).opened_at is None
    assert passage(world, public_id).review_since == clock.moment


def test_whoever_asked_for_it_is_told_that_it_opened(world: World, clock: Clock) -> None:
    address = world.write("The bridge", sharing=held(6))
    document, oskar = world.document(address), world.viewer("oskar")
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.add(
            AccessRequest(target=document.public_id, document_id=document.id, person_id=oskar.person, owner_id="lisbon",
                          due_at=db.now() + timedelta(days=400))
        )  # fmt: skip
    tick(world)
    clock.forward(days=6)
    tick(world)
    assert ("oskar", "hold:opened") in told(world)


@pytest.mark.parametrize("state", ["draft", "binned"])
def test_drafts_and_what_lies_in_the_bin_stay_as_they_are(world: World, clock: Clock, state: str) -> None:
    address = world.write("The bridge", sharing=held(6), status=state)
    clock.forward(days=9)
    assert tick(world) == 0
    assert world.document(address).audience == ["group:lisbon"]


def test_what_is_under_quarantine_stays_shut(world: World, clock: Clock) -> None:
    address = world.write("The bridge", sharing=held(6))
    tick(world)
    set_on(world, address, quarantined_at=db.now())
    clock.forward(days=9)
    assert tick(world) == 0
    assert world.document(address).audience == ["group:lisbon"]


def test_a_day_ends_by_the_clock_of_the_unit_that_keeps_it(world: World, clock: Clock) -> None:
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.get_one(Group, "lisbon").timezone = "America/Bogota"
    address = world.write("The bridge", sharing=held(6, reason="embargo"))
    tick(world)
    end = datetime.combine(in_days(6), datetime.min.time(), UTC)
    clock.moment = end + timedelta(hours=4, minutes=59)
    tick(world)
    assert world.document(address).audience == ["group:lisbon"], "it is still the day before in Bogotá"
    clock.moment = end + timedelta(hours=5)
    tick(world)
    assert world.document(address).audience == ["service"]


def test_an_embargo_ends_at_its_hour(world: World, clock: Clock) -> None:
    address = world.write("The bridge", sharing=held(6, reason="embargo", at_time="09:30"))
    tick(world)
    end = datetime.combine(in_days(6), datetime.min.time(), UTC)
    clock.moment = end + timedelta(hours=9, minutes=29)
    tick(world)
    assert world.document(address).audience == ["group:lisbon"]
    clock.moment = end + timedelta(hours=9, minutes=30)
    tick(world)
    assert world.document(address).audience == ["service"]


def test_a_red_paper_that_opens_is_red_no_more(world: World, clock: Clock) -> None:
    me = f"person:{world.viewer('amina').public_id}"
    red = Sharing((me,), reason="draft", until=in_days(6), handling="RED", release_title="A", share_line="B")
    address = world.write("The bridge", sharing=red)
    tick(world)
    clock.forward(days=6)
    tick(world)
    assert world.document(address).audience == ["service"]
    assert world.document(address).handling is None


def test_its_keepers_are_never_shut_out(world: World, clock: Clock) -> None:
    """The leads always read; when there is none today, those of the unit above, and at last the stewards."""
    bruno = f"person:{world.viewer('bruno').public_id}"
    address = world.write("The bridge", sharing=Sharing((bruno,), "hidden", reason="source", until=in_days(99)))
    assert world.get("okello", address).status_code == 200
    assert world.get("ines", address).status_code == 404
    with world.app.app_context(), db.system_session(writing=True) as session:
        okello = session.scalars(select(Person).where(Person.email == email("okello"))).one()
        okello.is_active = False
    assert world.get("ines", address).status_code == 200, "nobody leads Lisbon or headquarters today"
    clock.forward(days=70)
    tick(world)
    assert ("ines", "hold:review-soon") in told(world)
