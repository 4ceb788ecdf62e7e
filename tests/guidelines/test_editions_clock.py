"""Days that come by themselves, and numbers that are given once: on both back ends."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from guidelines.guides import editions_clock, numbers
from tests.guidelines.rules_at_work import edit, found, in_days, number_of, on, rule, run_clock, since, told, versions
from tests.journeys.reader import Reader
from tests.people import World
from wiki import db
from wiki.documents import operations as documents
from wiki.people.viewer import today

At = Callable[[str | None], Reader]


@pytest.fixture
def at(world: World) -> At:
    """Somebody of the cast, signed in, at a browser."""
    return lambda who: Reader(world, who)


def approve(world: World, address: str, days: int) -> None:
    page = Reader(world, "marek").open(f"{address}/in-force")
    page.press("Put it in force", note="From then on.", since=in_days(days).isoformat())
    assert "Approved. It comes in force on its day" in page.answer.text


def test_a_version_comes_in_force_on_its_day_and_only_once(world: World, at: At) -> None:
    address = rule(world)
    edit(world, address, "From then on, call.")
    approve(world, address, 3)
    assert "A new version comes in force" in at("ines").open(address).words
    assert run_clock(world, in_days(2)) == 0
    amina = at("amina").open(address)
    assert "Stop the queue." in amina.words
    assert "comes in force" not in amina.words, "it may still be taken back"
    assert [run_clock(world, in_days(3)) for _ in range(2)] == [1, 0]
    assert versions(world, address) == [("1.0", "came", 1), ("2.0", "came", 2)]
    assert "From then on, call." in at("amina").open(address).words
    assert told(world, "ines", "guideline-came") == 1
    assert told(world, "ines", "guideline-came") == 1, "and not again"


def test_a_clock_that_stood_still_fires_late_and_the_day_stays(world: World) -> None:
    address = rule(world)
    edit(world, address, "Late.")
    approve(world, address, 3)
    assert run_clock(world, in_days(40)) == 1
    assert since(world, address) == in_days(3)


def test_two_clocks_at_once_take_the_step_once(world: World) -> None:
    address = rule(world)
    edit(world, address, "Once.")
    approve(world, address, 3)
    taken: list[int] = []

    def one_node() -> None:
        with world.app.app_context():
            taken.append(editions_clock.clock())

    with on(in_days(3)):
        nodes = [threading.Thread(target=one_node) for _ in range(3)]
        for node in nodes:
            node.start()
        for node in nodes:
            node.join(60)
    assert sorted(taken) == [0, 0, 1]
    assert versions(world, address) == [("1.0", "came", 1), ("2.0", "came", 2)]


def test_what_lies_in_the_bin_on_its_day_waits_until_it_is_taken_out(world: World) -> None:
    address = rule(world)
    edit(world, address, "Later.")
    approve(world, address, 3)
    world.post("ines", f"{address}/bin")
    assert run_clock(world, in_days(3)) == 0
    world.post("ines", f"{address}/bin/restoration")
    assert run_clock(world, in_days(4)) == 1


def test_what_was_withdrawn_meanwhile_does_not_come_back_by_the_clock(world: World) -> None:
    address = rule(world)
    edit(world, address, "Later.")
    approve(world, address, 3)
    world.post("marek", f"{address}/withdrawal", {"why": "The network closed."})
    assert run_clock(world, in_days(3)) == 0
    assert world.document(address).status == "withdrawn"


def test_a_consultation_ends_after_its_last_day(world: World, at: At) -> None:
    address = world.write("New rule", "Draft words.", kind="guideline", by="ines", owner="digital", status="draft")
    ines = at("ines").open(address).follow("Ask for comments")
    for wrong in (today(), in_days(400)):
        ines.press("Ask for comments", until=wrong.isoformat())
        assert ines.beside("until") == "Choose a day to come, within a year."
    assert at("amina").open(address).status == 404
    ines.press("Ask for comments", until=in_days(14).isoformat())
    amina = at("amina").open(address)
    assert "This is a draft and holds for nobody yet." in amina.words
    assert "Draft words." in amina.words
    world.post("amina", f"{address}/comments", {"body": "Say who the desk is."})
    assert "Say who the desk is." in amina.open(address).words
    assert run_clock(world, in_days(14)) == 0
    assert [run_clock(world, in_days(15)) for _ in range(2)] == [1, 0]
    assert at("amina").open(address).status == 404
    assert "Say who the desk is." in at("ines").open(address).words
    assert told(world, "ines", "guideline-consulted") == 1


def test_numbers_are_given_once_and_never_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    wishes = iter([412, 412, 412, 530, 871])
    monkeypatch.setattr(numbers, "draw", lambda guideline, among: next(wishes))
    one, other = rule(world, "One"), rule(world, "Other")
    assert (number_of(world, one), number_of(world, other)) == (412, 530)
    edit(world, one, "Again.")
    world.post("marek", f"{one}/in-force", {"note": "New.", "since": today().isoformat()})
    world.post("marek", f"{other}/withdrawal", {"why": "Gone."})
    assert (number_of(world, one), number_of(world, other)) == (412, 530), "kept for good"
    assert number_of(world, rule(world, "Third")) == 871


def test_two_who_draw_the_same_number_at_once_get_two(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The look whether it is free says yes to both; the database says no to the second."""
    first = rule(world, "First")
    second = world.write("Second", "Words.", kind="guideline", by="ines", owner="digital", status="draft")
    taken = number_of(world, first)
    wishes = iter([taken, 7000])
    monkeypatch.setattr(numbers, "draw", lambda guideline, among: next(wishes))
    with world.app.app_context(), db.system_session(writing=True) as session:
        guideline = found(session, second)
        numbers._take(session, guideline, numbers.draw(guideline, numbers.SHORT))
        assert guideline.number is None
        numbers._take(session, guideline, numbers.draw(guideline, numbers.SHORT))
        documents.publish(session, guideline, by=None, status="in-force")
    assert number_of(world, second) == 7000


def test_short_numbers_come_first_and_long_ones_when_those_are_taken(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = number_of(world, rule(world, "First"))
    monkeypatch.setattr(numbers, "draw", lambda guideline, among: taken if among is numbers.SHORT else 12_345)
    assert taken in range(100, 1000)
    assert number_of(world, rule(world, "Second")) == 12_345


@pytest.mark.parametrize(
    ("known", "there", "numbered"),
    [
        ([], ["a", "b"], ["a", "b"]),
        (["a", "b"], ["b", "a"], ["a", "b"]),
        (["a", "b"], ["a", "new", "b"], ["a", "b", "new"]),
        (["a", "b", "c"], ["a", "renamed", "c"], ["a", "renamed", "c"]),
        (["a", "b", "c"], ["a", "c"], ["a", "b", "c"]),
        (["a", "gone"], ["a"], ["a", "gone"]),
        (["a"], ["first"], ["first"]),
        (["a", "gone"], ["x", "a"], ["a", "gone", "x"]),
    ],
)
def test_a_section_keeps_its_number_when_others_come_go_or_move(
    known: list[str], there: list[str], numbered: list[str]
) -> None:
    assert numbers.number_sections(known, there) == numbered
