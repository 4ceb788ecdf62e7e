"""What people and clocks get wrong about sharing: each is answered in a clear sentence, and nothing is changed."""

from __future__ import annotations

import html
from datetime import date, timedelta

import pytest

from tests.people import World
from tests.wiki.asking import Clock, Desk, plain
from tests.wiki.holding_fixtures import held, hold_a_passage, passage, tick, told
from tests.wiki.people_fixtures import Clock as Frozen
from tests.wiki.test_passages_pages import _fields, _passage, _save, _write
from wiki import db

HELD = 'held audience="group:consular" reason=source'
DAY = date.today() + timedelta(days=90)


@pytest.fixture
def desk(world: World, monkeypatch: pytest.MonkeyPatch) -> Desk:
    stopped = Clock()
    monkeypatch.setattr(db, "now", stopped)
    return Desk(world, stopped)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (f"::: {HELD}\nA.\n\n::: {HELD}\nWords.\n:::\n:::", "Line 1: a held passage cannot hold another one."),
        (f":::: {HELD}\nA.\n\n::: {HELD}\nWords.\n:::\n\n::::", "Line 1: a held passage cannot hold another one."),
        (f"::: {HELD}\n[[held:abcdefghjkmn]]\nWords.\n:::", "Line 1: a held passage cannot hold another one."),
        (f"::: {HELD}\nWords.", "Line 1: this held passage has no end. Close it with :::"),
        (f"::: {HELD}\nA.\n:::\n\n::: {HELD}\nWords.", "Line 5: this held passage has no end."),
        (f"::: {HELD}\nWords.\n:::\n\nMore.\n:::", "this ::: closes nothing."),
        (f"::: note\n::: {HELD}\nWords.\n:::\n:::", "Line 2: a held passage begins on a line of its own"),
        (f"::: {HELD} until=2027-13-45\nWords.\n:::", "Line 1: write the day as year-month-day"),
        (f'::: held audience="group:nowhere" reason=source until={DAY}\nWords.\n:::', "no group or person"),
        (f"::: {HELD} until=2020-01-01\nWords.\n:::", "The day 2020-01-01 has passed."),
        (f"::: {HELD} until=2099-01-01\nWords.\n:::", "The day 2099-01-01 is too far away."),
    ],
)  # fmt: skip
def test_a_passage_that_is_not_well_made_is_refused_with_its_line_and_keeps_what_was_typed(
    world: World, body: str, sentence: str
) -> None:
    address = world.write("The bridge", "Nothing is known.", by="amina")
    answer = _save(world, "amina", address, _fields(world, "amina", address), body=body)
    assert answer.status_code == 422
    said = html.unescape(answer.text).split('class="err"', 1)[1].split("</p>")[0]
    assert sentence in said
    assert html.escape(body, quote=False) in answer.text.replace("&#34;", '"').replace("&quot;", '"')
    assert "Words." not in world.get("amina", address).text


def test_an_edit_that_drops_a_passage_its_writer_cannot_read_says_which_line_to_put_back(world: World) -> None:
    address = _write(world)
    token, fields = f"[[held:{_passage(world, address).public_id}]]", _fields(world, "oskar", address)
    answer = _save(world, "oskar", address, fields, body=fields["body"].replace(token, ""))
    assert answer.status_code == 422
    assert "Put this line back where it belongs: " + token in html.unescape(answer.text)
    assert "quetzalcoatl" in world.get("bruno", address).text


def test_a_second_appeal_is_told_how_the_first_one_stands(desk: Desk) -> None:
    request = desk.ask(desk.hold("source"))
    desk.refuse(request)
    assert desk.appeal(request).status_code == 303
    again = desk.appeal(request, appeal="Once more.")
    assert again.status_code == 409
    assert "This is an appeal by now; an arbiter decides it. Nothing was changed." in plain(again.text)
    assert desk.request(request).appeal == "I brief the minister."
    assert desk.told("marek") == ["request-appealed"]
    assert desk.decide(request, "uphold").status_code == 303
    after = desk.appeal(request)
    assert after.status_code == 409
    assert "The refusal was upheld already. Nothing was changed." in plain(after.text)
    replayed = desk.decide(request, "allow")
    assert replayed.status_code == 409
    assert "The refusal was upheld already. Nothing was changed." in plain(replayed.text)
    assert not desk.reads("oskar", desk.request(request).target)


def test_a_clock_that_is_set_back_closes_nothing_and_tells_nothing_twice(world: World, clock: Frozen) -> None:
    address = world.write("The bridge", sharing=held(20))
    target = hold_a_passage(world, world.write("Open"), 20, reason="source")
    moment = clock.moment
    for days in (13, 7):
        tick(world)
        clock.forward(days=days)
    tick(world)
    assert world.document(address).audience == ["service"]
    review_since, before = passage(world, target).review_since, told(world)
    assert review_since is not None
    for back in (moment, moment - timedelta(days=400)):
        clock.moment = back
        assert tick(world) == 0
        assert world.document(address).audience == ["service"]
        assert world.get("oskar", address).status_code == 200
        assert passage(world, target).review_since == review_since
        assert passage(world, target).opened_at is None
    clock.moment = moment + timedelta(days=20)
    assert tick(world) == 0
    assert told(world) == before
