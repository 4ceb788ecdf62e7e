"""A paper is held back, its end comes, and everybody concerned finds their way."""

from __future__ import annotations

from collections.abc import Callable

from tests.journeys.conftest import Clock
from tests.journeys.reader import Reader
from tests.people import World
from tests.wiki.holding_fixtures import in_days, tick

At = Callable[[str | None], Reader]


def test_from_holding_back_to_opening(world: World, at: At, clock: Clock) -> None:
    world.write("The bridge", "The girder is cracked.")
    chosen = {"audience": "group:lisbon", "discovery": "stub", "release_title": "A project", "share_line": "Ask us.",
              "reason": "negotiation", "until": in_days(20).isoformat()}  # fmt: skip
    at("amina").open("/wiki/the-bridge/sharing").press("Save", **chosen)
    clock.forward(days=14)
    tick(world)
    told = f"“The bridge” opens to its readers by itself on {in_days(6):%-d %b %Y}. You can stop that."
    okello = at("okello").open("/notices").press(told)
    okello.press("Hold it back longer", until=in_days(30).isoformat())
    assert "It is held back longer." in okello.answer.text
    clock.forward(days=24)
    tick(world)
    assert "opens within a week" in at("amina").open("/").answer.text
    clock.forward(days=6)
    tick(world)
    world.settle()
    oskar = at("oskar").open("/wiki/the-bridge")
    assert oskar.status == 200
    assert "The girder is cracked." in oskar.words
    assert "The bridge" in at("oskar").open("/search?q=girder").words


def test_hidden_needs_two_people_and_leaves_no_trace(world: World, at: At, clock: Clock) -> None:
    world.write("The bridge", "The girder is cracked.")
    chosen = {"audience": "group:lisbon", "discovery": "hidden", "reason": "source", "until": in_days(300).isoformat()}
    amina = at("amina").open("/wiki/the-bridge/sharing").press("Save", **chosen)
    assert amina.status == 200
    assert at("oskar").open("/wiki/the-bridge").status == 404
    tick(world)
    ines = at("ines").open("/").follow("Held back").follow("Look at it")
    assert "bridge" not in ines.answer.text.lower()
    ines.press("Yes, keep it hidden")
    assert "Hidden until" in at("amina").open("/wiki/the-bridge/sharing").words
    clock.forward(days=90)
    tick(world)
    assert at("oskar").open("/wiki/the-bridge").status == 404
    oskar = at("oskar").open("/wiki/a-paper-held-back-by-embassy-lisbon")
    assert oskar.status == 403
    assert "A paper held back by Embassy Lisbon" in oskar.words
