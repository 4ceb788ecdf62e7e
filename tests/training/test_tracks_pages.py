"""The page of a track and the page of one's own training, without scripts: begin, tick, pause, go on, leave."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.journeys.conftest import Clock
from tests.journeys.reader import Reader
from tests.people import World
from tests.training.learners import events, module, seen_by, track
from wiki import db
from wiki.documents.sharing import Sharing
from wiki.exchange.starter import load_starter
from wiki.people.viewer import today

WAY = "Hello.\n\n## Day 1\n\n- [[module:listening]]\n- Call the desk\n- Rest (optional)\n\nGood night.\n"
At = Callable[[str], Reader]


@pytest.fixture
def at(world: World) -> At:
    """Somebody of the cast, signed in, at a browser."""
    return lambda who: Reader(world, who)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Stop the clock of the application."""
    clock = Clock()
    monkeypatch.setattr(db, "now", clock)
    return clock


@pytest.fixture
def way(world: World) -> str:
    module(world, "Listening")
    return track(world, WAY)


def test_a_newcomer_does_the_first_day(world: World, at: At) -> None:
    with world.app.app_context():
        load_starter()
    world.settle()
    tomas = at("tomas").open("/training")
    assert "You are on no track yet" in tomas.words
    tomas.follow("One day: the basics")
    assert "I have done this" not in tomas.words, "nothing is ticked before one has begun"
    tomas.press("Begin")
    assert "You are on your way" in tomas.words
    steps = seen_by(world, "tomas", "/training/tracks/one-day").steps
    assert {step.is_module for step in steps} == {True, False}
    for step in steps:
        if step.is_module:
            # They know it already, and say so on the page of the module.
            tomas.open(f"{step.url}/check").press("Mark it as done without the questions")
        elif step.required:
            tomas.open("/training/tracks/one-day").press("I have done this")
    tomas.open("/training/tracks/one-day")
    assert "You have done all that counts here" in tomas.words
    assert "Done, as you said" in tomas.words
    total = sum(step.required for step in steps)
    assert f"{total} of {total}" in tomas.words
    home = tomas.open("/training")
    assert "One day: the basicsDone" in home.words
    assert "What you did lately" in home.words


def test_a_step_is_ticked_and_taken_back(world: World, at: At, way: str) -> None:
    tomas = at("tomas").open(way).press("Begin")
    tomas.press("I have done this")
    assert "1 of 2" in tomas.words
    assert "Call the desk Done" in tomas.words
    tomas.press("Take it back")
    assert "0 of 2" in tomas.words
    tomas.press("I have done this")
    assert "1 of 2" in tomas.words, "after taking it back it can be done again"
    assert [what for what, _ in events(world, "tomas")] == ["enrolled", "done", "undone", "done"]
    tomas.open("/training")
    assert "Next: Listening" in tomas.words
    assert "Call the desk" in tomas.words, "what was done lately"
    tomas.open(way).press("Take it back").open("/training")
    assert "Call the desk" not in tomas.words, "what was taken back is not told as done"


def test_the_same_form_posted_twice_counts_once(world: World, at: At, way: str) -> None:
    for _ in range(2):
        assert world.post("tomas", f"{way}/enrolment").status_code == 303
    key = seen_by(world, "tomas", way).steps[1].key
    for path, turn in (("steps", "0"), ("steps", "0"), ("steps/removal", "1"), ("steps/removal", "1"), ("steps", "0")):
        assert world.post("tomas", f"{way}/{path}", {"step": key, "turn": turn}).status_code == 303
    assert events(world, "tomas") == [("enrolled", ""), ("done", key), ("undone", key)], "an old form does nothing"
    assert world.post("tomas", f"{way}/steps", {"step": key, "turn": "2"}).status_code == 303
    assert events(world, "tomas")[3:] == [("done", key)]


def test_the_text_stands_around_its_steps_and_no_list_stands_twice(world: World, at: At, way: str) -> None:
    tomas = at("tomas").open(way)
    words = tomas.words
    assert words.index("Hello.") < words.index("Day 1") < words.index("Call the desk") < words.index("Good night.")
    assert words.count("Call the desk") == 1
    assert tomas.links()["Listening"] == "/training/modules/listening"
    assert "15 min" in words
    assert "RestOptional" in words


def test_parts_say_until_when_for_those_on_the_way(world: World, at: At, clock: Clock) -> None:
    clock.moment = clock.moment.replace(year=2027, month=3, day=1, hour=12)
    address = track(world, "## Day 1\n\n- a\n\n## Week 2\n\n- b\n\n## Month 3\n\n- c\n")
    tomas = at("tomas").open(address)
    assert "By " not in tomas.words
    tomas.press("Begin")
    assert [day in tomas.words for day in ("By 1 March, if you like", "By 14 March", "By 29 May")] == [True] * 3

    tomas.press("Pause")
    assert "You paused here" in tomas.words
    assert "By " not in tomas.words
    clock.forward(days=10)
    # The session is kept open in the meantime; here the time jumps.
    world._clients.pop("tomas")
    tomas = at("tomas").open(address)
    tomas.press("Go on")
    assert [day in tomas.words for day in ("By 11 March", "By 24 March", "By 8 June")] == [True] * 3


def test_leaving_keeps_what_was_done(world: World, at: At, way: str) -> None:
    tomas = at("tomas").open(way).press("Begin").press("I have done this").press("Leave this track")
    assert "What you did stays done" in tomas.words
    assert "My tracks" not in tomas.open("/training").words
    assert "I have done this" not in tomas.open(way).words
    tomas.press("Begin")
    assert "1 of 2" in tomas.words


@pytest.mark.parametrize("what", ["steps", "steps/removal", "enrolment/pause", "enrolment/resumption"])
def test_who_is_not_on_a_track_is_told_so(world: World, at: At, way: str, what: str) -> None:
    answer = world.post("tomas", f"{way}/{what}", {"step": seen_by(world, "tomas", way).steps[1].key})
    assert (answer.status_code, answer.location) == (303, way)
    assert "You are not on this track yet" in at("tomas").open(way).words
    assert events(world, "tomas") == []


@pytest.mark.parametrize("key", ["", "task:0000000000000000", "module:listening", "x" * 5000])
def test_a_step_that_is_not_there_cannot_be_ticked(world: World, at: At, way: str, key: str) -> None:
    world.post("tomas", f"{way}/enrolment")
    answer = world.post("tomas", f"{way}/steps", {"step": key})
    assert answer.status_code == 303
    assert "The track was changed meanwhile" in at("tomas").open(way).words
    assert events(world, "tomas") == [("enrolled", "")]


@pytest.mark.parametrize("what", ["enrolment", "enrolment/pause", "enrolment/resumption", "enrolment/end", "steps"])
def test_what_one_may_not_read_one_cannot_begin(world: World, what: str) -> None:
    until = today().replace(year=today().year + 1)
    held = Sharing(("group:lisbon",), "hidden", reason="negotiation", until=until)
    hidden, draft = track(world, WAY, sharing=held), track(world, WAY, "Another", status="draft")
    nothing = world.post("oskar", f"/training/tracks/nothing/{what}")
    for address in (hidden, draft):
        answer = world.post("oskar", f"{address}/{what}")
        assert (answer.status_code, answer.text) == (404, nothing.text)
    assert world.post("amina", f"{draft}/{what}").status_code == 403, "nobody learns from a draft"
    assert world.post("tomas", f"{hidden}/{what}").status_code == 303, "the control"
    assert "One day" not in world.get("oskar", "/training").text
    assert "One day" not in world.get("oskar", "/training/tracks").text


def test_a_guest_who_may_read_may_learn(world: World, at: At) -> None:
    until = today().replace(year=today().year + 1)
    shared = Sharing(("group:bridge",), "stub", "A track", "Ask.", "negotiation", until)
    address = track(world, WAY, by="tomas", owner="bridge", sharing=shared)
    gita = at("gita").open("/training").follow("One day").press("Begin").press("I have done this")
    assert "1 of 1" in gita.words, "the module is for staff only, so it does not count for her"
    assert gita.path.startswith(address)


def test_writers_get_hints_that_readers_do_not(world: World, at: At) -> None:
    address = track(world, "## Week one\n\n- a\n\n## Week 2\n\n- [[module:no-such]]\n")
    amina = at("amina").open(address)
    assert "Line 1: “Week one” has no number" in amina.words
    assert "Line 7: “no-such” leads nowhere" in amina.words
    assert "has no number" not in at("oskar").open(address).words
    assert "For those who write this track" not in at("oskar").open(address).words


def test_a_track_is_written_in_the_browser(world: World, at: At) -> None:
    amina = at("amina").open("/training/tracks").follow("Write a track")
    assert "How to write a track" in amina.words
    amina.press(
        "Publish", title="A month of tone", body="## Week 1\n\n- Read aloud\n", horizon="month", certificate="y"
    )
    assert amina.path.startswith("/training/tracks/a-month-of-tone")
    assert "TakesA month" in amina.words
    amina.follow("Edit")
    assert (amina.field("horizon"), amina.field("certificate")) == ("month", "y")
    amina.press("Save", horizon="year")
    assert "TakesA year" in amina.words
    document = world.get("amina", "/training/tracks")
    assert "A year · 1 step" in document.text


def test_the_navigation_stays_with_training(world: World, way: str) -> None:
    for path in ("/training", "/training/tracks", way, "/training/modules/listening"):
        page = world.get("tomas", path, follow_redirects=True)
        assert '<a href="/training/" aria-current="page">' in page.text, path
    assert '<a href="/training/" aria-current="page">' not in world.get("tomas", "/guidelines/").text
