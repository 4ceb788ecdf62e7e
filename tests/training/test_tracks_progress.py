"""How far somebody is: worked out from what they did, counted over what they may read, and nobody else's business."""

from __future__ import annotations

import re

import pytest

from tests.journeys.reader import Reader
from tests.people import World
from tests.site.test_queries import counted
from tests.training.learners import did, events, module, rewrite, seen_by, track
from training.tracks import progress
from training.tracks.models import Did
from wiki import db
from wiki.documents.sharing import Sharing
from wiki.people.viewer import today

WAY = "Hello.\n\n## Day 1\n\n- [[module:listening]]\n- Call the desk\n- [[tone]]\n- Rest (optional)\n"


@pytest.fixture
def way(world: World) -> str:
    module(world, "Listening")
    world.write("Tone", kind="guideline", by="ines", owner="digital", status="in-force")
    return track(world, WAY)


def labels(world: World, who: str, address: str) -> list[str]:
    return [step.label for step in seen_by(world, who, address).steps]


def test_a_track_counts_what_has_to_be_done(world: World, way: str) -> None:
    found = seen_by(world, "tomas", way)
    assert [step.label for step in found.steps] == ["Listening", "Call the desk", "Tone", "Rest"]
    assert (found.done, found.total) == (0, 3)
    assert [step.url for step in found.steps] == ["/training/modules/listening", "", "/guidelines/tone", ""]
    assert found.steps[0].minutes == 15


def test_a_module_counts_while_it_is_done_and_no_longer_when_it_is_undone(world: World, way: str) -> None:
    done = []
    for what, basis in ((Did.ANSWERED, ""), (Did.DONE, "tested"), (Did.UNDONE, ""), (Did.DONE, "declared")):
        did(world, "tomas", what, "module", "listening", basis=basis)
        found = seen_by(world, "tomas", way)
        done.append((found.done, found.steps[0].basis))
    assert done == [(0, ""), (1, "tested"), (0, ""), (1, "declared")]


def test_what_is_done_on_one_track_counts_there_and_a_module_everywhere(world: World, way: str) -> None:
    other = track(world, "## Week 1\n\n- Call the desk\n- [[module:listening]]\n", "Another")
    key = seen_by(world, "tomas", way).steps[1].key
    did(world, "tomas", Did.DONE, "track", "one-day", key=key)
    did(world, "tomas", Did.DONE, "module", "listening")
    assert seen_by(world, "tomas", way).done == 2
    assert [bool(step.basis) for step in seen_by(world, "tomas", other).steps] == [False, True]


def test_an_answer_inside_a_module_is_not_the_module(world: World, way: str) -> None:
    did(world, "tomas", Did.DONE, "module", "listening", key="b-abcd")
    assert seen_by(world, "tomas", way).done == 0


def test_nobody_gets_ahead_by_what_another_one_did(world: World, way: str) -> None:
    did(world, "amina", Did.DONE, "module", "listening")
    world.post("amina", f"{way}/enrolment")
    world.post("amina", f"{way}/steps", {"step": seen_by(world, "amina", way).steps[1].key})
    assert seen_by(world, "amina", way).done == 2, "the control"
    found = seen_by(world, "tomas", way)
    assert (found.done, found.is_on) == (0, False)
    mine = world.get("tomas", "/training").text
    assert "What you did lately" not in mine
    assert "You are on no track yet" in mine


def test_what_was_done_stays_done_when_the_text_is_put_in_another_order(world: World, way: str) -> None:
    world.post("tomas", f"{way}/enrolment")
    for step in seen_by(world, "tomas", way).steps[1:]:
        world.post("tomas", f"{way}/steps", {"step": step.key})
    assert seen_by(world, "tomas", way).done == 2
    rewrite(
        world, way, "## Day 1: Arrive\n\n- [[tone]]\n\n## Week 3\n\n- Rest\n- Call the  desk\n- [[module:listening]]\n"
    )
    found = seen_by(world, "tomas", way)
    assert (found.done, found.total) == (3, 4), "what was optional was done as well, and counts now"
    assert found.next is not None
    assert found.next.label == "Listening"
    rewrite(world, way, "## Day 1\n\n- Ring the desk\n- [[module:listening]]\n")
    assert seen_by(world, "tomas", way).done == 0, "the control: other words are another task"


def test_a_module_that_moves_stays_done(world: World, way: str) -> None:
    did(world, "tomas", Did.DONE, "module", "listening")
    page = Reader(world, "amina").open("/training/modules/listening/edit")
    page.press("Save", title="Hearing", address="hearing")
    assert page.path.startswith("/training/modules/hearing")
    step = seen_by(world, "tomas", way).steps[0]
    assert (step.label, step.url, step.basis) == ("Hearing", "/training/modules/hearing", "acts")


HELD = Sharing(("group:lisbon",), "hidden", reason="negotiation", until=today().replace(year=today().year + 1))


@pytest.mark.parametrize(
    "link", ["[[module:the-zanzibar-talks]]", "[[the-zanzibar-talks]]", "[[module:the-zanzibar-talks|Talks]]"]
)
def test_a_module_that_somebody_may_not_read_leaves_no_trace(world: World, way: str, link: str) -> None:
    slug = module(world, "The Zanzibar talks", sharing=HELD)
    assert slug == "the-zanzibar-talks"
    rewrite(world, way, WAY.replace("- Call", f"- {link}\n- Call"))
    world.post("oskar", f"{way}/enrolment")
    pages = {path: world.get("oskar", path) for path in (way, "/training", "/training/tracks", "/")}
    seen = {path: page.text for path, page in pages.items() if re.search("(?i)zanzibar|Talks", page.text)}
    assert seen == {}
    assert {path: page.status_code for path, page in pages.items()} == dict.fromkeys(pages, 200)
    assert labels(world, "oskar", way) == ["Listening", "Call the desk", "Tone", "Rest"]
    assert "0 of 3" in pages[way].text
    assert "0 of 3" in pages["/training"].text

    world.post("tomas", f"{way}/enrolment")
    assert "0 of 4" in world.get("tomas", way).text, "the control: its readers have one step more"
    assert re.search("(?i)zanzibar|Talks", world.get("tomas", way).text)


def test_a_page_is_the_same_whether_a_step_is_hidden_or_leads_nowhere(world: World, way: str) -> None:
    def page(who: str) -> str:
        # The token of the forms is new in every second.
        return re.sub(r'name="csrf_token" value="[^"]+"', "", world.get(who, way).text)

    rewrite(world, way, WAY.replace("- Call", "- [[module:the-zanzibar-talks]]\n- Call"))
    before = page("oskar"), page("tomas")
    module(world, "The Zanzibar talks", sharing=HELD)
    assert page("oskar") == before[0]
    assert page("tomas") != before[1], "the control"


def test_a_hidden_step_cannot_be_ticked_or_guessed(world: World, way: str) -> None:
    world.write("The Zanzibar paper", sharing=HELD)
    rewrite(world, way, WAY.replace("- Call", "- [[page:the-zanzibar-paper]]\n- Call"))
    for who, expected in (("oskar", []), ("tomas", [("done", "page:the-zanzibar-paper")])):
        world.post(who, f"{way}/enrolment")
        answers = [
            world.post(who, f"{way}/steps", {"step": key}) for key in ("page:the-zanzibar-paper", "page:no-such")
        ]
        assert [event for event in events(world, who) if event[0] == "done"] == expected
        assert (answers[0].location == answers[1].location) is (who == "oskar")


def test_a_draft_and_what_lies_in_the_bin_are_no_steps(world: World, way: str) -> None:
    module(world, "Unfinished", status="draft")
    rewrite(world, way, "## Day 1\n\n- [[module:unfinished]]\n- [[module:listening]]\n")
    assert labels(world, "amina", way) == ["Listening"], "not even for its author, who could not do it"
    world.post("amina", "/training/modules/listening/bin")
    assert labels(world, "amina", way) == []


def test_there_is_one_next_step_and_the_short_way_comes_first(world: World, way: str) -> None:
    viewer = world.viewer("tomas")

    def following() -> progress.NextStep | None:
        with world.app.app_context(), db.database().open(viewer=viewer) as session:
            return progress.next_step(session, viewer)

    assert following() is None
    world.post("tomas", f"{way}/enrolment")
    assert following() == progress.NextStep("One day", way, "Listening", "/training/modules/listening", 0, 3)
    did(world, "tomas", Did.DONE, "module", "listening")
    found = following()
    assert found is not None
    assert (found.label, found.url, found.done) == ("Call the desk", f"{way}#step-1", 1)
    world.post("tomas", f"{way}/enrolment/pause")
    assert following() is None, "a paused track asks for nothing"


def test_pages_ask_as_often_for_twelve_steps_as_for_three(world: World) -> None:
    def fill(first: int, last: int) -> None:
        for number in range(first, last):
            module(world, f"Module {number}")
        body = "## Day 1\n\n" + "".join(f"- [[module:module-{n}]]\n- Task {n}\n- [[page-{n}]]\n" for n in range(last))
        for number in range(first, last):
            track(world, body, f"Track {number}")
            world.write(f"Page {number}")
            world.post("amina", f"/training/tracks/track-{number}/enrolment")
            did(world, "amina", Did.DONE, "module", f"module-{number}")
        rewrite(world, "/training/tracks/track-0", body)

    def cost(path: str, who: str) -> int:
        world.get(who, path)
        with counted(world) as asked:
            assert world.get(who, path).status_code == 200
        return len(asked)

    pages = ("/training/", "/training/tracks/", "/training/tracks/track-0", "/")
    fill(0, 3)
    few = {(path, who): cost(path, who) for path in pages for who in ("amina", "oskar")}
    fill(3, 12)
    many = {(path, who): cost(path, who) for path in pages for who in ("amina", "oskar")}
    assert many == few
    assert max(many.values()) <= 17, many
    page = world.get("amina", "/training/tracks/track-0").text
    assert page.count('id="step-') == 36, "the control: there was more to show"
