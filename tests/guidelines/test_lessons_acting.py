"""What follows from a lesson: its states, tasks for units, and what is refused on the way."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.guidelines import acting_world as acting
from tests.guidelines.acting_world import actions, identified, in_action, learned, notices, task, told
from tests.guidelines.lessons_at_work import appoint
from tests.journeys.reader import Reader
from tests.people import World
from wiki.people.viewer import today


def test_a_task_is_told_to_the_leads_of_the_body_who_take_it_on_and_do_it(world: World) -> None:
    address = identified(world)
    assert notices(world, "ines") == ["lesson:task"]
    assert "1 task from a lesson waits for your answer" in Reader(world, "ines").open("/").words
    ines = Reader(world, "ines").open("/lesson-tasks")
    assert "Waiting for your answer" in ines.words
    ines.follow("Show the handle in bold.").press("We do it")
    assert world.document(address).status == "in-action"
    assert notices(world, "bruno") == ["lesson:task-accepted"]
    assert "waits for your answer" not in Reader(world, "ines").open("/").words
    rule = world.write("Handles", "Bold.", kind="guideline", by="ines", owner="digital", status="in-force")
    done = (
        ines.open(task(world)).follow("It is done").press("It is done", evidence=f"https://wiki.example.org{rule}?x#y")
    )
    assert done.path == address
    assert "Handles" in done.words
    assert done.links()["Handles"] == rule
    [action] = actions(world)
    assert (action.state, action.evidence_version, action.done_by_id) == ("done", "1", world.viewer("ines").person)
    assert notices(world, "bruno") == ["lesson:task-accepted", "lesson:task-done"]


def test_a_body_that_cannot_says_why_and_the_officers_find_another_way(world: World) -> None:
    address = identified(world)
    ines = Reader(world, "ines").open(task(world)).follow("We cannot do this")
    ines.press("Tell them", answer=" ")
    assert ines.status == 422
    assert "Say in a sentence why" in ines.beside("answer")
    ines.press("Tell them", answer="The template belongs to IT.")
    assert "The template belongs to IT." in Reader(world, "oskar").open(address).words
    assert notices(world, "bruno") == ["lesson:task-refused"]
    bruno = Reader(world, "bruno").open("/lesson-tasks")
    assert "Not taken on: find another way" in bruno.words
    bruno.open(f"{address}/actions").press("Ask them", action="Ask IT for bold.", body="consular")
    assert notices(world, "leila") == ["lesson:task"]
    assert [one.state for one in actions(world)] == ["refused", "asked"]


@pytest.mark.parametrize("verb", ["acceptance", "refusal", "completion"])
def test_only_those_who_are_asked_answer(world: World, verb: str) -> None:
    identified(world)
    for who in ("oskar", "amina", "okello", "leila"):
        answer = world.post(who, f"{task(world)}/{verb}", {"answer": "No.", "evidence_words": "Done."})
        assert answer.status_code == 403, who
        assert "We do it" not in Reader(world, who).open(task(world)).words
    assert actions(world)[0].state == "asked"


def test_what_was_answered_cannot_be_answered_once_more(world: World) -> None:
    identified(world)
    page = task(world)
    for _ in range(2):
        world.post("ines", f"{page}/acceptance")
    assert notices(world, "bruno") == ["lesson:task-accepted"]
    world.post("ines", f"{page}/completion", {"evidence_words": "Done."})
    again = world.post("ines", f"{page}/completion", {"evidence_words": "Something else."})
    assert again.status_code == 422
    assert "closed already" in again.text
    assert actions(world)[0].evidence_words == "Done."


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({}, "evidence_words", "Name what changed"),
        ({"evidence": "/guidelines/nothing"}, "evidence", "No page that you can read"),
        ({"evidence": "/lessons/held"}, "evidence", "No page that you can read"),
        ({"evidence_words": "x" * 401}, "evidence_words", "Keep this to 400 characters."),
    ],
)
def test_done_needs_something_that_shows_it(world: World, fields: dict[str, str], field: str, words: str) -> None:
    world.write("Held", "Words.", kind="lesson", status="observed", sharing=acting.held_for("lisbon"))
    identified(world)
    ines = Reader(world, "ines").open(f"{task(world)}/completion").press("It is done", **fields)
    assert ines.status == 422
    assert words in ines.beside(field)
    assert actions(world)[0].state == "asked"


def test_an_officer_asks_several_bodies_and_no_longer_asks_one(world: World) -> None:
    address = identified(world)
    bruno = Reader(world, "bruno").open(f"{address}/actions")
    day = today() - timedelta(days=1)
    bruno.press("Ask them", action="Tell the posts.", body="consular", due_on=str(day))
    assert "This day is over" in bruno.beside("due_on")
    bruno.press("Ask them", due_on="soon")
    assert "Write the day as year-month-day" in bruno.beside("due_on")
    bruno.press("Ask them", due_on=str(today() + timedelta(days=9)))
    assert "Tell the posts." in Reader(world, "oskar").open(address).words
    bruno.open(task(world)).press("No longer ask for it")
    assert "Tell the posts." not in Reader(world, "oskar").open(address).words
    assert notices(world, "leila") == ["lesson:task", "lesson:task-dropped"]


def test_the_form_of_a_task_counts_once(world: World) -> None:
    address = identified(world)
    form = {"action": "Tell the posts.", "body": "consular", "key": "k" * 22}
    for _ in range(2):
        assert world.post("bruno", f"{address}/actions", form).status_code == 303
    assert len(actions(world)) == 2


def test_nobody_is_asked_who_could_not_read_why(world: World) -> None:
    appoint(world, "okello")
    address = told(world, sharing=acting.held_for("lisbon"))
    okello = Reader(world, "okello").open(f"{address}/validation").press("Identify it", **acting.AGREED)
    assert okello.status == 422
    assert "Nobody who acts for it can read this lesson" in okello.beside("body")
    assert world.document(address).status == "observed"
    assert notices(world, "ines") == []
    okello.press("Identify it", body="lisbon")
    assert world.document(address).status == "identified"


def test_what_was_agreed_needs_no_second_action_when_the_cause_is_put_better(world: World) -> None:
    address = identified(world)
    bruno = Reader(world, "bruno").open(f"{address}/validation")
    assert "A task is agreed already" in bruno.words
    bruno.press("Identify it", cause="The handle is small.")
    assert len(actions(world)) == 1
    assert "The handle is small." in Reader(world, "oskar").open(address).words


def test_learned_is_refused_without_an_action_done_and_a_change_that_shows_it(world: World) -> None:
    address = in_action(world)
    bruno = Reader(world, "bruno").open(f"{address}/learning").press("It is learned")
    assert bruno.status == 422
    assert "No task is done yet" in bruno.beside("words")
    assert world.document(address).status == "in-action"
    world.post("ines", f"{task(world)}/completion", {"evidence_words": "It is in bold now."})
    bruno.press("It is learned", words="All templates show it.")
    assert world.document(address).status == "learned"
    assert "Practice changed" in bruno.words


def test_learned_does_not_follow_from_what_was_only_recorded(world: World) -> None:
    address = told(world)
    bruno = Reader(world, "bruno").open(f"{address}/learning").press("It is learned")
    assert "The lesson is “Recorded” now" in bruno.beside("words")
    world.post("bruno", f"{address}/in-action")
    assert world.document(address).status == "observed"


@pytest.mark.parametrize(
    ("verb", "button", "state", "said"),
    [
        ("sharing-only", "Share it only", "shared-only", "Nothing needs to be done"),
        ("refusal", "Do not take it up", "declined", "This is not taken up"),
        ("obsolescence", "It no longer holds", "obsolete", "This no longer holds"),
    ],
)
def test_side_states_are_told_with_their_reason_and_can_be_left_again(
    world: World, verb: str, button: str, state: str, said: str
) -> None:
    address = identified(world)
    Reader(world, "bruno").open(f"{address}/{verb}").press(button, words="The network closed.")
    assert world.document(address).status == state
    oskar = Reader(world, "oskar").open(address)
    assert said in oskar.words
    assert "The network closed." in oskar.words
    assert actions(world)[0].state == "dropped", "nobody is pressed for it any more"
    listed = "Look twice" in oskar.open("/lessons/").words
    assert listed == (state == "shared-only")
    assert "Look twice" in oskar.open(f"/lessons/?state={state}").words
    Reader(world, "bruno").open(f"{address}/reopening").press("Open it again")
    assert world.document(address).status == "observed"
    assert "The network closed." not in Reader(world, "oskar").open(address).words


@pytest.mark.parametrize("verb", ["refusal", "obsolescence"])
def test_a_side_state_needs_a_reason(world: World, verb: str) -> None:
    address = told(world)
    answer = world.post("bruno", f"{address}/{verb}", {"words": " \n"})
    assert answer.status_code == 422
    assert "Say in a sentence why" in answer.text
    assert world.document(address).status == "observed"


def test_a_lesson_that_says_the_same_or_took_its_place_is_named(world: World) -> None:
    address, other = told(world), told(world, "Look three times")
    page = Reader(world, "bruno").open(f"{address}/obsolescence")
    for typed, words in ((address, "This is the lesson itself"), ("/lessons/none", "No lesson that you can read")):
        page.press("It no longer holds", words="There is a better one.", other=typed)
        assert words in page.beside("other")
    page.press("It no longer holds", other=other)
    assert Reader(world, "oskar").open(address).links()["Look three times"] == other
    back = Reader(world, "bruno").open(f"{other}/obsolescence")
    back.press("It no longer holds", words="x", other=address)
    assert "does not stand on its own" in back.beside("other"), "no circle"


def test_a_day_from_which_it_no_longer_holds_comes_by_the_clock(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    address = told(world)
    page = Reader(world, "bruno").open(f"{address}/obsolescence")
    page.press("It no longer holds", words="The network closes.", since=str(today() + timedelta(days=10)))
    assert world.document(address).status == "observed"
    assert "It holds until" in Reader(world, "oskar").open(address).words
    assert acting.run_clocks(world) == 0
    acting.later(world, monkeypatch, 11)
    assert acting.run_clocks(world) == 1
    assert world.document(address).status == "obsolete"
    assert acting.run_clocks(world) == 0


VERBS = ("actions", "in-action", "learning", "sharing-only", "refusal", "obsolescence", "reopening", "merging")


@pytest.mark.parametrize("who", ["amina", "okello", "ines", "oskar"])
def test_only_lessons_officers_take_the_steps_of_its_life(world: World, who: str) -> None:
    address = identified(world)
    before = world.document(address).version
    for verb in VERBS:
        if verb != "in-action":
            assert world.get(who, f"{address}/{verb}").status_code == 403, verb
        assert world.post(who, f"{address}/{verb}", {"words": "x", "into": "x"}).status_code == 403, verb
    assert world.document(address).version == before


def test_an_outsider_finds_nothing_of_what_follows_from_a_held_lesson(world: World) -> None:
    appoint(world, "okello")
    address = told(world, sharing=acting.held_for("lisbon"))
    agreed = {**acting.AGREED, "body": "lisbon"}
    Reader(world, "okello").open(f"{address}/validation").press("Identify it", **agreed)
    slug = world.document(address).slug
    paths = [task(world), f"{address}/timeline", f"{address}/proposals", *(f"{address}/{verb}" for verb in VERBS)]
    for path in paths:
        if not path.endswith("in-action"):
            answer = world.get("oskar", path)
            assert answer.status_code in (403, 404), path
            assert "Show the handle" not in answer.text
            assert slug not in answer.text or answer.status_code == 403
    assert world.get("oskar", task(world)).status_code == 404
    assert world.post("oskar", f"{task(world)}/acceptance").status_code == 404
    assert notices(world, "bruno") == [], "an officer who cannot read it is not told"
    assert "Show the handle" not in Reader(world, "bruno").open("/lesson-tasks").words


def test_a_task_belongs_to_its_own_lesson(world: World) -> None:
    identified(world)
    other = told(world, "Another one")
    action = task(world).rpartition("/")[2]
    assert world.get("ines", f"{other}/actions/{action}").status_code == 404
    assert world.post("ines", f"{other}/actions/{action}/acceptance").status_code == 404
    assert actions(world)[0].state == "asked"


def test_evidence_that_a_reader_may_not_read_is_not_named(world: World) -> None:
    address = in_action(world)
    held = world.write("Secret rule", "x", kind="guideline", by="ines", owner="digital", status="in-force",
                       sharing=acting.held_for("digital"))  # fmt: skip
    world.post("ines", f"{task(world)}/completion", {"evidence": held})
    assert "Secret rule" in Reader(world, "ines").open(address).words
    for path in (address, task(world), f"{address}/timeline"):
        page = Reader(world, "oskar").open(path)
        assert page.status == 200
        assert "Secret" not in page.answer.text


def test_the_states_stand_in_the_filters(world: World) -> None:
    learned(world)
    page = Reader(world, "oskar").open("/lessons/")
    assert "Practice changed (1)" in page.words
    assert "Look twice" in page.open("/lessons/?state=learned").words
    assert "No lesson fits" in page.open("/lessons/?state=confirmed").words
    assert "Look twice" in Reader(world, "oskar").open("/").words, "the home page has it, too"


def test_the_home_page_tells_a_lessons_officer_what_waits_to_be_weighed_and_what_is_all_done(world: World) -> None:
    identified(world)
    told(world, "Look up")
    told(world, "Held back", sharing=acting.held_for("digital"), by="ines", owner="digital")
    home = Reader(world, "bruno").open("/").words
    assert "1 lesson waits to be weighed." in home, "and the other one he may not read"
    assert "are done" not in home
    Reader(world, "ines").open(task(world)).follow("It is done").press("It is done", evidence_words="It is in bold.")
    assert "All tasks of 1 lesson are done." in Reader(world, "bruno").open("/").words
    assert "to be weighed" not in Reader(world, "ines").open("/").words, "who is no officer"


def test_the_home_page_counts_no_task_of_a_lesson_that_was_held_back_since(world: World) -> None:
    address = identified(world)
    assert "1 task from a lesson waits" in Reader(world, "ines").open("/").words, "the control"
    acting.hold_back(world, address, "lisbon")
    assert "from a lesson wait" not in Reader(world, "ines").open("/").words
