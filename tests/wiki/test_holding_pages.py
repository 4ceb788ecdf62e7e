"""“Held back”: what its keepers do about an end, what a steward does, and what goes wrong on the way."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from tests.journeys.reader import Reader
from tests.people import World
from tests.site.test_queries import counted
from tests.wiki.holding_fixtures import (
    give_role,
    held,
    hold_a_passage,
    id_of,
    in_days,
    logged,
    passage,
    set_on,
    tick,
    told,
)
from tests.wiki.people_fixtures import Clock
from wiki import db
from wiki.holding.models import StewardQuestion

pytestmark = pytest.mark.usefixtures("clock")


def one(world: World, address: str) -> str:
    return f"/held/{id_of(world, address)}"


def version(world: World, address: str) -> dict[str, Any]:
    return {"version": world.document(address).version}


def questions(world: World) -> list[StewardQuestion]:
    with world.app.app_context(), db.system_session() as session:
        return list(session.scalars(select(StewardQuestion).order_by(StewardQuestion.id)))


def test_the_list_has_the_nearest_end_first_and_says_what_happens(world: World) -> None:
    world.write("The bridge", sharing=held(60))
    world.write("The tunnel", sharing=held(5))
    world.write("The ferry", sharing=held(300, reason="source"))
    hold_a_passage(world, world.write("The map"), 20)
    for who in ("amina", "okello"):
        words = Reader(world, who).open("/held").words
        places = [words.index(title) for title in ("The tunnel", "The map", "The bridge", "The ferry")]
        assert places == sorted(places)
        assert "Opens within a week" in words
        assert "A passage of it" in words
    for who in ("oskar", "ines", "marek", "tomas"):
        assert "You hold nothing back" in Reader(world, who).open("/held").words, who
    assert world.get("gita", "/held").status_code == 403


def test_the_list_asks_as_often_for_many_as_for_few(world: World) -> None:
    give_role(world, "okello", "steward")
    costs = []
    for number in (3, 12):
        for place in range(number):
            world.write(f"Paper {number} {place}", sharing=held(60, discovery="hidden" if place % 2 else "stub"))
        world.get("okello", "/held")
        with counted(world) as asked:
            assert world.get("okello", "/held").status_code == 200
        costs.append(len(asked))
    assert costs[0] == costs[1]


def test_it_is_found_from_the_home_page_and_from_the_foot(world: World) -> None:
    address = world.write("The tunnel", sharing=held(5))
    amina = Reader(world, "amina").open("/")
    assert "1 thing you hold back opens within a week." in amina.answer.text
    amina.follow("Held back").follow("Stop the opening")
    assert amina.path == one(world, address)
    assert "opens within a week" not in world.get("oskar", "/").text


def test_an_opening_is_stopped_with_one_click_and_a_reason(world: World, clock: Clock) -> None:
    address = world.write("The tunnel", sharing=held(5))
    tick(world)
    amina = Reader(world, "amina").open(one(world, address)).press("Stop the opening")
    assert amina.status == 422
    assert amina.beside("because") == "Say in a line why it should not open."
    assert world.document(address).stopped_because == ""
    amina.press("Stop the opening", because="The talks go on.")
    assert "Its opening was stopped: The talks go on." in amina.words
    assert ("ines", "hold:stopped") in told(world)
    assert logged(world, "hold:stop")[0].actor_id == world.viewer("amina").person
    clock.forward(days=5)
    tick(world)
    document = world.document(address)
    assert document.review_since is not None
    assert document.audience == ["group:lisbon"]
    assert "look at it again" in Reader(world, "okello").open("/held").words
    assert "talks go on" not in world.get("ines", "/held").text, "roles give no readership"


def test_a_passage_is_stopped_renewed_and_opened_in_the_same_way(world: World) -> None:
    public_id = hold_a_passage(world, world.write("Open"), 5)
    amina = Reader(world, "amina").open(f"/held/{public_id}").press("Stop the opening", because="Not yet.")
    assert passage(world, public_id).stopped_because == "Not yet."
    amina.press("Hold it back longer", until=in_days(40).isoformat())
    found = passage(world, public_id)
    assert (found.held_until, found.renewals, found.stopped_because) == (in_days(40), 1, "")
    amina.press("Open it now")
    assert passage(world, public_id).opened_at is not None
    assert world.get("oskar", f"/held/{public_id}").status_code == 403


def test_it_is_held_back_longer_twice_and_then_a_steward_is_asked(world: World) -> None:
    give_role(world, "marek", "steward")
    address = world.write("The bridge", sharing=held(20))
    amina = Reader(world, "amina").open(one(world, address))
    for days in (50, 80):
        amina.press("Hold it back longer", until=in_days(days).isoformat())
        assert world.document(address).held_until == in_days(days)
    assert world.document(address).renewals == 2
    amina.press("Ask a steward", until=in_days(170).isoformat())
    assert amina.status == 422
    assert "Say why" in amina.beside("words")
    amina.press("Ask a steward", until=in_days(170).isoformat(), words="The talks last.")
    assert world.document(address).held_until == in_days(80), "nothing changes before the answer"
    assert "A steward is asked" in amina.words
    marek = Reader(world, "marek").open("/held").follow("Look at it")
    assert "The talks last." in marek.words
    assert "The bridge" not in marek.answer.text
    marek.press("Yes, hold it back longer")
    document = world.document(address)
    assert (document.held_until, document.renewals) == (in_days(170), 3)
    assert ("amina", "hold:renewal-allowed") in told(world)
    assert logged(world, "hold:renewal-allowed")[0].actor_id == world.viewer("marek").person


def test_a_steward_does_not_agree_and_says_why(world: World) -> None:
    address = world.write("The bridge", sharing=held(20))
    set_on(world, address, renewals=2)
    amina = Reader(world, "amina").open(one(world, address))
    amina.press("Ask a steward", until=in_days(90).isoformat(), words="More.")
    ines = Reader(world, "ines").open("/held").follow("Look at it").press("No, it ends as it should")
    assert ines.status == 422
    ines.press("No, it ends as it should", words="It was long enough.")
    assert world.document(address).held_until == in_days(20)
    assert "It was long enough." in amina.open(one(world, address)).words
    target = questions(world)[0].public_id
    assert world.post("ines", f"/held/renewals/{target}/allow").status_code == 303, "answered once"
    assert "This does not wait for an answer any more. Nothing was changed." in world.get("ines", "/held").text
    assert world.document(address).held_until == in_days(20)
    assert world.get("ines", f"/held/renewals/{target}").status_code == 404


def test_a_third_renewal_by_its_keepers_alone_is_refused_everywhere(world: World) -> None:
    address = world.write("The bridge", sharing=held(20))
    set_on(world, address, renewals=2)
    amina = Reader(world, "amina").open(f"{address}/sharing").press("Save", until=in_days(60).isoformat())
    assert amina.status == 422
    assert "Ask a steward" in amina.beside("until")
    assert world.document(address).held_until == in_days(20)
    amina.press("Save", until=in_days(10).isoformat())
    assert world.document(address).held_until == in_days(10), "an earlier end is always welcome"


def test_the_sharing_form_counts_a_later_end_as_a_renewal(world: World) -> None:
    address = world.write("The bridge", sharing=held(20))
    Reader(world, "amina").open(f"{address}/sharing").press("Save", until=in_days(60).isoformat())
    assert world.document(address).renewals == 1


def test_a_steward_answers_no_question_of_their_own(world: World) -> None:
    address = world.write("Mine", by="ines", owner="digital", sharing=held(20))
    set_on(world, address, renewals=2)
    ines = Reader(world, "ines").open(one(world, address))
    ines.press("Ask a steward", until=in_days(90).isoformat(), words="More.")
    target = questions(world)[0].public_id
    answer = world.post("ines", f"/held/renewals/{target}/allow")
    assert answer.status_code == 403
    assert "A second person" in answer.text
    assert world.document(address).held_until == in_days(20)


@pytest.mark.parametrize(
    ("until", "words"),
    [("", "Give the day"), (-1, "Choose a day after today."), (0, "Choose a day after today."),
     (181, "within the next 180 days"), (20, "Choose a later day"), ("soon", "year-month-day")],
)  # fmt: skip
def test_an_end_that_will_not_do_is_refused_beside_the_field(world: World, until: Any, words: str) -> None:
    address = world.write("The bridge", sharing=held(20))
    typed = in_days(until).isoformat() if isinstance(until, int) else until
    amina = Reader(world, "amina").open(one(world, address)).press("Hold it back longer", until=typed)
    assert amina.status == 422
    assert words in amina.beside("until")
    assert amina.field("until") == typed
    assert world.document(address).held_until == in_days(20)


def test_what_was_opened_meanwhile_cannot_be_renewed_stopped_or_opened(world: World) -> None:
    address = world.write("The bridge", sharing=held(20))
    pages = {
        label: Reader(world, "amina").open(one(world, address))
        for label in ("Hold it back longer", "Stop the opening", "Open it now")
    }
    Reader(world, "okello").open(one(world, address)).press("Open it now")
    assert world.document(address).audience == ["service"]
    told_before = told(world)
    pages["Hold it back longer"].press("Hold it back longer", until=in_days(50).isoformat())
    pages["Stop the opening"].press("Stop the opening", because="No.")
    pages["Open it now"].press("Open it now")
    document = world.document(address)
    assert document.audience == ["service"]
    assert document.held_until is None
    assert told(world) == told_before
    assert "Nothing was changed" in pages["Open it now"].answer.text


def test_of_two_keepers_at_once_one_is_told_to_look_again(world: World) -> None:
    address = world.write("The bridge", sharing=held(20))
    amina = Reader(world, "amina").open(one(world, address))
    Reader(world, "okello").open(one(world, address)).press("Hold it back longer", until=in_days(50).isoformat())
    amina.press("Hold it back longer", until=in_days(60).isoformat())
    assert amina.status == 409
    assert world.document(address).held_until == in_days(50)


@pytest.mark.parametrize("verb", ["renew", "open", "stop", "hide-longer"])
def test_others_change_nothing(world: World, verb: str) -> None:
    everybody = held(20, discovery="stub")
    address = world.write("The bridge", sharing=everybody)
    data = {"until": in_days(40).isoformat(), "because": "x", **version(world, address)}
    # Tomás reads it and does not keep it; Oskar finds its notice; Gita is a guest.
    for who, code in {"tomas": 403, "oskar": 404, "marek": 404, "gita": 403, "ines": 404}.items():
        assert world.post(who, f"{one(world, address)}/{verb}", data).status_code == code, who
        assert world.post(who, f"/held/nothing/{verb}", data).status_code == (403 if who == "gita" else 404)
    document = world.document(address)
    assert (document.held_until, document.audience, document.stopped_because) == (in_days(20), ["group:lisbon"], "")


def test_a_form_without_its_token_is_refused(world: World) -> None:
    address = world.write("The bridge", sharing=held(20))
    assert world.client("amina").post(f"{one(world, address)}/open").status_code == 400
    assert world.document(address).audience == ["group:lisbon"]


def test_the_sharing_page_says_how_it_stands(world: World) -> None:
    address = world.write("The bridge", sharing=held(200, discovery="hidden", reason="source"))
    amina = Reader(world, "amina").open(f"{address}/sharing")
    assert "Hidden. Waiting for a steward since" in amina.words
    world.post("ines", f"/held/hidden/{id_of(world, address)}/approve")
    assert "Hidden until" in amina.open(f"{address}/sharing").words
    amina.follow("Renew it, stop its opening, or open it now")
    assert amina.path == one(world, address)


def test_what_people_are_told_leads_to_where_they_act(world: World, clock: Clock) -> None:
    address = world.write("The tunnel", sharing=held(5))
    tick(world)
    text = world.get("amina", "/notices").text
    assert "“The tunnel” opens to its readers by itself" in text
    clock.forward(days=5)
    tick(world)
    assert "“The tunnel” was opened" in world.get("amina", "/notices").text
    assert world.document(address).audience == ["service"]


def test_an_embargo_takes_an_hour_and_refuses_what_is_none(world: World) -> None:
    address = world.write("The bridge", sharing=held(20, reason="embargo"))
    amina = Reader(world, "amina").open(f"{address}/sharing").press("Save", at_time="25:00")
    assert amina.status == 422
    assert "09:30" in amina.beside("at_time")
    assert amina.field("at_time") == "25:00"
    amina.press("Save", at_time="09:30")
    assert world.document(address).held_time == "09:30"
    assert "09:30" in Reader(world, "amina").open(one(world, address)).words
