"""What its keepers did not look at for a month: a steward who need not be able to read it decides for them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.journeys.reader import Reader
from tests.people import World
from tests.wiki.holding_fixtures import (
    give_role,
    held,
    hold_a_passage,
    id_of,
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

pytestmark = pytest.mark.usefixtures("clock")
SECRET = "Xylophone affair"


def wait_a_month(world: World, clock: Clock) -> None:
    """Five days to the end, and a month in which nobody looks at it."""
    for days in (0, 5, 31):
        clock.forward(days=days)
        tick(world)


@pytest.fixture
def overdue(world: World, clock: Clock) -> str:
    """A paper with a source; its keepers did not answer."""
    terms = {"tag": ["quobble"]}
    address = world.write(SECRET, "Zylphrase.", sharing=held(5, reason="source"), terms=terms)
    wait_a_month(world, clock)
    return address


def review(world: World, address: str) -> str:
    return f"/held/reviews/{id_of(world, address)}"


def test_a_steward_sees_what_everybody_finds_and_nothing_of_its_title_or_text(world: World, overdue: str) -> None:
    ines = Reader(world, "ines").open("/held").follow("Look at it")
    assert ines.path == review(world, overdue)
    for words in ("Embassy Lisbon", "Protection of a source or contact", "A project", "Ask us."):
        assert words in ines.words, words
    for path in ("/held", ines.path):
        text = world.get("ines", path).text
        assert not any(word in text for word in ("ylophone", "Zylphrase", "quobble", "Amina")), path
    assert world.get("ines", overdue).status_code == 403, "the control: a role gives no readership"


def test_a_steward_holds_it_back_for_its_keepers(world: World, overdue: str) -> None:
    Reader(world, "ines").open(review(world, overdue)).press("Hold it back longer", until=in_days(90).isoformat())
    document = world.document(overdue)
    assert (document.held_until, document.review_since, document.renewals) == (in_days(90), None, 1)
    assert document.audience == ["group:lisbon"]
    assert logged(world, "hold:review-renewed")[0].actor_id == world.viewer("ines").person
    assert {("amina", "hold:reviewed"), ("okello", "hold:reviewed")} <= set(told(world))
    assert f"Nobody looked at “{SECRET}” in time" in world.get("amina", "/notices").text
    assert world.get("ines", review(world, overdue)).status_code == 404, "it is answered"


def test_what_a_steward_lets_open_is_announced_and_opens_a_week_later(world: World, overdue: str, clock: Clock) -> None:
    before = len(told(world))
    Reader(world, "ines").open(review(world, overdue)).press("Let it open in a week")
    document = world.document(overdue)
    assert (document.held_until, document.review_since, document.audience) == (in_days(7), None, ["group:lisbon"])
    assert stub(world, overdue).until == in_days(7)  # type: ignore[union-attr]
    assert set(told(world)[before:]) == {("amina", "hold:opens"), ("okello", "hold:opens")}
    assert logged(world, "hold:review-opens")[0].actor_id == world.viewer("ines").person
    words = Reader(world, "amina").open("/held").words
    assert "Opens within a week" in words
    assert "opens within a week" in world.get("amina", "/").text
    clock.forward(days=6)
    tick(world)
    assert world.get("oskar", overdue).status_code == 403
    clock.forward(days=1)
    tick(world)
    assert world.document(overdue).audience == ["service"]
    assert tick(world) == 0


def test_its_keepers_stop_that_opening_with_a_reason(world: World, overdue: str, clock: Clock) -> None:
    world.post("ines", f"{review(world, overdue)}/open")
    Reader(world, "okello").open(f"/held/{id_of(world, overdue)}").press("Stop the opening", because="She lives there.")
    clock.forward(days=8)
    tick(world)
    document = world.document(overdue)
    assert document.audience == ["group:lisbon"]
    assert document.review_since is not None


def test_an_end_that_its_keepers_set_afterwards_stands_for_itself(world: World, overdue: str, clock: Clock) -> None:
    world.post("ines", f"{review(world, overdue)}/open")
    okello = Reader(world, "okello").open(f"/held/{id_of(world, overdue)}")
    okello.press("Hold it back longer", until=in_days(60).isoformat())
    clock.forward(days=61)
    tick(world)
    assert world.document(overdue).audience == ["group:lisbon"], "a source is looked at again and not opened"


@pytest.mark.parametrize("answer", ["renew", "open"])
def test_a_passage_is_answered_in_the_same_way(world: World, clock: Clock, answer: str) -> None:
    target = hold_a_passage(world, world.write(SECRET, by="amina", sharing=held(300)), 5, reason="source")
    wait_a_month(world, clock)
    page = world.get("ines", f"/held/reviews/{target}").text
    assert "It is a passage of a paper." in page
    assert "ylophone" not in page
    said = {"until": in_days(90).isoformat()} if answer == "renew" else {}
    assert world.post("ines", f"/held/reviews/{target}/{answer}", said).status_code == 303
    assert passage(world, target).held_until == in_days(90 if answer == "renew" else 7)
    clock.forward(days=7)
    tick(world)
    assert (passage(world, target).opened_at is not None) is (answer == "open")


@pytest.mark.parametrize(
    ("until", "words"),
    [("", "Give the day"), (-1, "Choose a day after today."), (0, "Choose a day after today."),
     (731, "within the next 730 days"), ("soon", "year-month-day")],
)  # fmt: skip
def test_an_end_that_will_not_do_is_refused_beside_the_field(
    world: World, overdue: str, until: Any, words: str
) -> None:
    typed = in_days(until).isoformat() if isinstance(until, int) else until
    ines = Reader(world, "ines").open(review(world, overdue)).press("Hold it back longer", until=typed)
    assert ines.status == 422
    assert words in ines.beside("until")
    assert ines.field("until") == typed
    assert "ylophone" not in ines.answer.text
    assert world.document(overdue).review_since is not None


def test_only_stewards_answer_and_only_what_is_overdue_is_there(world: World, overdue: str, clock: Clock) -> None:
    early, open_one = world.write("Early", sharing=held(5, reason="source")), world.write("Open")
    hidden = world.write("Hidden", sharing=held(50, discovery="hidden", reason="source"))
    for verb in ("", "/renew", "/open"):
        send = world.post if verb else world.get
        for target in (id_of(world, early), id_of(world, open_one), id_of(world, hidden), "nothing"):
            assert send("ines", f"/held/reviews/{target}{verb}").status_code == 404, (target, verb)
        for who in ("amina", "okello", "oskar", "gita", "ada"):
            found = {send(who, f"/held/reviews/{one}{verb}").status_code for one in (id_of(world, overdue), "nothing")}
            assert found == {403}, (who, verb)
    set_on(world, overdue, quarantined_at=db.now())
    assert world.get("ines", review(world, overdue)).status_code == 404
    assert world.post("ines", f"{review(world, overdue)}/open").status_code == 404
    assert world.document(overdue).held_until < in_days(0)  # type: ignore[operator]


def test_a_second_answer_changes_nothing_and_says_so(world: World, overdue: str) -> None:
    give_role(world, "marek", "steward")
    place = review(world, overdue)
    assert world.post("ines", f"{place}/renew", {"until": in_days(90).isoformat()}).status_code == 303
    assert world.post("marek", f"{place}/open").status_code == 303
    assert "This does not wait for an answer any more. Nothing was changed." in world.get("marek", "/held").text
    assert world.document(overdue).held_until == in_days(90)


def test_a_steward_who_keeps_it_answers_with_the_bounds_of_its_keepers(world: World, clock: Clock) -> None:
    address = world.write("Mine", by="ines", owner="digital", sharing=held(5, reason="source"))
    wait_a_month(world, clock)
    set_on(world, address, renewals=2)
    assert "You keep this yourself." in world.get("ines", review(world, address)).text
    for verb in ("renew", "open"):
        answer = world.post("ines", f"{review(world, address)}/{verb}", {"until": in_days(90).isoformat()})
        assert answer.status_code == 403
        assert "You keep this yourself." in answer.text
    assert world.document(address).review_since is not None
