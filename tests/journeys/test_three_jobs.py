"""The three jobs on the starter pack, without scripts: record a lesson, teach, learn; and a playbook run by two."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from tests.conftest import AppMaker
from tests.journeys.reader import Reader
from tests.people import World
from training.tracks.models import Question
from wiki import db
from wiki.documents.models import Document
from wiki.exchange.starter import load_starter

At = Callable[[str], Reader]

MODULE = """Read the comment twice.

::: quiz
Somebody is angry about a closed counter. What first?
- [x] Say what is open
  > That is what they need.
- [ ] Hide the comment
  > Anger is no reason to hide it.
:::

::: quiz short
What do we sign replies with?
= first name
> why: people talk to people.
:::

::: quiz number
Within how many minutes do we answer in a crisis?
= 15
:::
"""


@pytest.fixture(scope="module")
def stocked(make_shared_app: AppMaker) -> World:
    """The cast with the starter pack."""
    world = World(make_shared_app())
    with world.app.app_context():
        load_starter()
    world.settle()
    return world


@pytest.fixture
def at(stocked: World) -> At:
    return lambda who: Reader(stocked, who)


def test_a_head_of_mission_records_a_lesson_and_the_guideline_leads_to_it(stocked: World, at: At) -> None:
    okello = at("okello").open("/").follow("Record a lesson")
    okello.press("Find", guideline_words="before you post")
    okello.press(
        "Record it",
        happened="A reply went to a parody account. A reader told us.",
        intended="To be quick with a colleague of the host government.",
        title="Let a second person read every reply to an official account",
        guidelines=["before-you-post"],
    )
    assert okello.status == 200
    assert "Let a second person read every reply" in okello.words
    assert re.search("Told by ?Embassy Lisbon", okello.words)
    stocked.settle()

    oskar = at("oskar").open("/guidelines/before-you-post")
    assert "Lessons about this" in oskar.words
    oskar.follow("Let a second person read every reply to an official account")
    assert "A reader told us." in oskar.words
    assert "James Okello" not in oskar.answer.text
    assert "Let a second person read" in at("oskar").open("/lessons/").words
    assert "Let a second person read" in at("oskar").open("/").words


def test_a_junior_teaches_and_answers_a_colleague(stocked: World, at: At) -> None:
    tomas = at("tomas").open("/").follow("Teach something")
    tomas.press("Publish", title="Angry about a counter", body=MODULE, minutes="5")
    assert "There are 3 questions" in tomas.words
    place = tomas.path.partition("?")[0]

    leila = at("leila").open(place)
    leila.press("Send", body="Do we sign with our own first name at night, too?")
    assert "Do we sign with our own first name" in leila.words
    waiting = at("tomas").open("/")
    assert "A question waits for you" in waiting.words
    waiting.follow("Answer").press("Send the answer", body="Yes. People talk to people, at night most of all.")
    assert "at night most of all" in at("leila").open(place).words
    assert "A question waits for you" not in at("tomas").open("/").words


def test_a_newcomer_completes_the_first_day(stocked: World, at: At) -> None:
    oskar = at("oskar").open("/").follow("Choose a track").follow("One day: the basics").press("Begin")
    modules = sorted(set(re.findall(r'href="(/training/modules/[a-z-]+)"', oskar.answer.text)))
    assert len(modules) >= 5
    for module in modules:
        _answer_everything(stocked, "oskar", module)
        assert "You have done this module" in at("oskar").open(module).words, module
    while "I have done this" in (way := at("oskar").open("/training/tracks/one-day")).words:
        way.press("I have done this")
    assert "You have done all that counts here" in way.words
    assert "One day: the basicsDone" in at("oskar").open("/").words


def _answer_everything(world: World, who: str, module: str) -> None:
    """Answer each question of a module right, from the form on its page."""
    for key, given in _right_answers(world, module.split("/")[-1]).items():
        page = world.get(who, module).text
        section = page[page.index(f'<section id="{key}"') :]
        hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', section[: section.index("</form>")])
        answer = world.post(who, f"{module}/answers/{key}", {**dict(hidden), "answer": given})
        assert answer.status_code == 303, (module, key)


def _right_answers(world: World, slug: str) -> dict[str, Any]:
    with world.app.app_context(), db.system_session() as session:
        module = session.scalars(select(Document).where(Document.kind == "module", Document.slug == slug)).one()
        rows = select(Question).where(Question.document_id == module.id, Question.revision == module.published)
        return {row.key: _given(row.sort, row.secret) for row in session.scalars(rows)}


def _given(sort: str, secret: dict[str, Any]) -> Any:
    if sort == "short":
        return secret["accepted"][0]
    return secret["ranges"][0][0] if sort == "number" else [str(number) for number in secret["right"]]


def test_two_people_run_the_first_hour_of_a_crisis(stocked: World, at: At) -> None:
    leila = at("leila").open("/").follow("There is a crisis")
    leila.follow("Start a run").press("Start now", occasion="exercise", words="The bridge at Port Alder")
    assert "EXERCISE" in leila.words
    leila.press("Done")
    bruno = at("bruno").open("/playbooks/").follow("The first hour of a crisis")
    bruno.follow("The bridge at Port Alder").press("Done")
    bruno.press("Add the note", words="The port answers at six.")
    leila.open(leila.path)
    for words in ("2 of ", "Bruno Keller", "Leila Karimi", "The port answers at six."):
        assert words in leila.words
    leila.press("End it and keep the log", outcome="We knew by minute twelve.")
    assert "End it all the same?" in leila.words
    leila.press("End it and keep the log", all_the_same="y")
    assert "This run has ended" in bruno.open(bruno.path).words
    assert "We knew by minute twelve." in bruno.words
