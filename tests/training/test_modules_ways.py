"""The ways that a newcomer takes through a module: on when it is done, back from a slip, no further than a draft."""

from __future__ import annotations

import re

import pytest

from tests.people import World
from tests.training.learners import track
from tests.training.modules import BODY, CHOICE, RIGHT, SEVERAL, answer, events, hidden, revise, section, write

HTMX = {"HX-Request": "true"}
BROKEN = "::: quiz {#b-eeee}\nWho?\n- [ ] a\n- [ ] b\n:::\n\n"
GO_ON = "Go on with your training"


@pytest.fixture
def module(world: World) -> str:
    """The address of a module with four questions."""
    return write(world)


def test_whoever_has_done_a_module_is_shown_the_way_on_where_they_sit(world: World, module: str) -> None:
    *first, last = RIGHT
    for key in first:
        answer(world, "oskar", module, key, RIGHT[key])
    page = world.get("oskar", module).text
    assert GO_ON not in page
    form = {**hidden(section(page, last)), "answer": RIGHT[last]}
    part = world.post("oskar", f"{module}/answers/{last}", form, headers=HTMX).text
    assert part.count(GO_ON) == 2, "below the question and where it is counted"
    assert "You have done this module" in section(part, last)
    page = world.get("oskar", module).text
    assert [GO_ON in section(page, key) for key in RIGHT] == [False, False, False, True]
    assert page.count(GO_ON) == 2
    assert 'href="/training/"' in section(page, last)


def test_a_new_module_whose_questions_cannot_be_answered_is_kept_as_a_draft(world: World) -> None:
    address = write(world, "Half", BROKEN + SEVERAL)
    page = world.get("tomas", address).text
    assert "Saved as a draft: one question cannot be answered yet. Mend it and publish." in page
    assert "Line 1: No answer is marked as right." in page
    assert world.get("oskar", address).status_code == 404
    form = {"document": world.document(address).public_id}
    assert world.post("tomas", f"{address}/publication", form).status_code == 303
    assert "Still a draft: one question" in world.get("tomas", address).text
    assert world.get("oskar", address).status_code == 404
    revise(world, address, SEVERAL)
    world.post("tomas", f"{address}/publication", form)
    assert world.get("oskar", address).status_code == 200


def test_a_module_that_is_published_stays_so_when_a_question_breaks(world: World, module: str) -> None:
    revise(world, module, BROKEN + BODY)
    assert world.get("oskar", module).status_code == 200


def test_a_preview_without_scripts_lands_where_it_stands(world: World, module: str) -> None:
    for path in ("/training/modules/new", f"{module}/edit"):
        assert f'formaction="{path}#preview"' in world.get("tomas", path).text


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_number_in_words_is_not_counted(world: World, module: str, headers: dict[str, str]) -> None:
    form = hidden(section(world.get("oskar", module).text, "b-dddd"))
    found = world.post("oskar", f"{module}/answers/b-dddd", {**form, "answer": "six"}, headers=headers)
    assert found.status_code == 422
    again = section(found.text, "b-dddd")
    assert "Write a number in figures." in again
    assert 'value="six"' in again
    assert not events(world, "oskar")


def test_the_address_of_an_answer_leads_to_its_question(world: World, module: str) -> None:
    found = world.get("oskar", f"{module}/answers/b-aaaa")
    assert (found.status_code, found.headers["Location"]) == (303, f"{module}#b-aaaa")
    draft = write(world, "Not yet", draft="1")
    assert world.get("oskar", f"{draft}/answers/b-aaaa").status_code == 404


def test_the_check_says_how_many_are_enough_and_offers_the_questions_first(world: World, module: str) -> None:
    page = world.get("oskar", f"{module}/check").text
    assert "When at least 4 of 4 are right" in page
    assert page.index("Send my answers") < page.index("Mark it as done without the questions")
    found = world.post("oskar", f"{module}/check", {**hidden(page), **RIGHT, "b-dddd": "12"}).text
    assert "Right: 3 of 4. 4 would be enough." in found
    one = world.get("oskar", write(world, "One", CHOICE) + "/check").text
    assert "When it is right, the module is done." in one


def test_what_a_question_says_already_is_not_said_again(world: World) -> None:
    page = world.get("oskar", write(world, "Plain", SEVERAL)).text
    assert page.count("Choose all that fit.") == 1
    said = SEVERAL.replace("leave visible?", "leave visible? Choose all that fit.")
    page = world.get("oskar", write(world, "Said", said)).text
    assert page.count("Choose all that fit.") == 1
    assert 'class="hint"' not in section(page, "b-bbbb")


def test_choices_are_counted_in_good_grammar(world: World, module: str) -> None:
    for given, words in ((["0"], "What you chose fits. There is more"), (["1"], "Your choice does not fit.")):
        answer(world, "oskar", module, "b-bbbb", given)
        assert words in re.sub(r"\s+", " ", section(world.get("oskar", module).text, "b-bbbb"))


def test_a_track_that_is_paused_has_its_way_on_at_home(world: World, module: str) -> None:
    address = track(world, "## Day 1\n\n- Call the desk\n")
    world.post("oskar", f"{address}/enrolment")
    way = f'href="{address}#way"'
    assert way not in world.get("oskar", "/").text
    world.post("oskar", f"{address}/enrolment/pause")
    assert way in world.get("oskar", "/").text
