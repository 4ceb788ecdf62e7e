"""Merging lessons: everything follows, readers are led on, and nobody reads more than before."""

from __future__ import annotations

from typing import Any

import pytest

from guidelines.lessons.acting.models import LessonAction
from guidelines.lessons.models import LessonUse
from tests.guidelines import acting_world as acting
from tests.guidelines.acting_world import identified, proposals, rows, told
from tests.guidelines.lessons_at_work import appoint
from tests.journeys.reader import Reader
from tests.people import World
from wiki.documents.sharing import Sharing
from wiki.people.viewer import today


def merge(world: World, lesson: str, into: str, who: str = "bruno") -> Reader:
    return Reader(world, who).open(f"{lesson}/merging").press("Merge them", into=into)


def test_what_was_said_of_one_lesson_follows_into_the_other(world: World) -> None:
    one, other = identified(world), told(world, "Look three times")
    rule = world.write("Handles", "x", kind="guideline", by="ines", owner="digital", status="in-force")
    oskar = Reader(world, "oskar").open(f"{one}/occurrences")
    oskar.press("Note it", words="Here in Jakarta.")
    oskar.open(f"{one}/uses").press("Note it", words="It helped.")
    oskar.open(f"{one}/proposals").press("Propose it", target=rule, words="Twice.")
    linking = world.write("Linking", f"See [[lesson:{one.rpartition('/')[2]}]].")
    assert merge(world, one, other).path == other, "who merged it is led on, too"
    assert world.document(one).status == "merged"
    number = world.document(other).id
    assert {use.document_id for use in rows(world, LessonUse)} == {number}
    assert [use.sort for use in rows(world, LessonUse)] == ["occurred", "used", "occurred"], "the lesson itself is one"
    assert {action.document_id for action in rows(world, LessonAction)} == {number}
    assert {proposal.lesson_id for proposal in proposals(world)} == {number}
    assert oskar.open(one).path == other
    assert "Here in Jakarta." in oskar.words
    assert oskar.open(linking).follow("Look twice").path == other
    assert "Look twice" not in oskar.open("/lessons/").words
    stays = oskar.open(f"{one}?stay=1")
    assert "This was merged into another lesson" in stays.words
    assert stays.links()["Look three times"] == other


WIDER = (
    (acting.held_for("lisbon"), Sharing()),
    (acting.held_for("lisbon"), acting.held_for("lisbon", "consular")),
    (acting.held_for("lisbon"), acting.held_for("consular")),
    (Sharing(), acting.held_for("lisbon", "bridge")),
)


@pytest.mark.parametrize(("narrow", "wide"), WIDER)
def test_a_lesson_never_goes_where_more_people_read_it(world: World, narrow: Sharing, wide: Sharing) -> None:
    """The last pair: the whole service reads the one, but the guest in the task force only reads the other."""
    appoint(world, "okello")
    one, other = told(world, sharing=narrow), told(world, "Look three times", sharing=wide, owner="lisbon")
    acting.lead(world, "okello", "consular")
    acting.lead(world, "okello", "bridge")
    before = [use.document_id for use in rows(world, LessonUse)]
    page = merge(world, one, other, "okello")
    assert page.status == 422
    assert "More people can read that lesson" in page.beside("into")
    assert world.document(one).status == "observed"
    assert [use.document_id for use in rows(world, LessonUse)] == before


def test_it_may_go_where_fewer_read_it_and_the_others_stay_where_they_are(world: World) -> None:
    one, other = told(world), told(world, "Look three times", sharing=acting.held_for("consular"), by="leila",
                                   owner="consular")  # fmt: skip
    merge(world, one, other)
    assert world.document(one).status == "merged"
    oskar = Reader(world, "oskar").open(one)
    assert oskar.path == one
    assert "This was merged into another lesson" in oskar.words
    assert "three times" not in oskar.answer.text
    assert Reader(world, "bruno").open(one).path == other


def test_leave_to_read_the_other_lesson_for_a_time_counts_as_reading_more(world: World) -> None:
    held: dict[str, Any] = {"sharing": acting.held_for("consular"), "by": "leila", "owner": "consular"}
    one, other = told(world, **held), told(world, "Look three times", **held)
    end = today().replace(year=today().year + 1)
    Reader(world, "leila").open(f"{other}/sharing").press(
        "Let them read", email="oskar@example.org", grant_until=str(end)
    )
    assert "More people can read" in merge(world, one, other).beside("into")


@pytest.mark.parametrize(
    ("into", "words"),
    [
        ("/lessons/none", "Choose the lesson it goes into"),
        ("/lessons/held", "Choose the lesson it goes into"),
        ("/lessons/look-twice", "cannot go into itself"),
        ("/lessons/old", "does not stand on its own any more"),
    ],
)
def test_a_merging_that_makes_no_sense_is_refused(world: World, into: str, words: str) -> None:
    one = told(world)
    told(world, "Held", sharing=acting.held_for("jakarta"), by="oskar", owner="jakarta")
    old = told(world, "Old")
    world.post("bruno", f"{old}/obsolescence", {"words": "Gone."})
    page = merge(world, one, into)
    assert page.status == 422
    assert words in page.beside("into")
    assert world.document(one).status == "observed"


def test_a_lesson_has_to_be_chosen(world: World) -> None:
    answer = world.post("bruno", f"{told(world)}/merging", {"into": " ", "near": ""})
    assert answer.status_code == 422
    assert "Choose the lesson it goes into" in answer.text


def test_two_lessons_cannot_go_into_each_other(world: World) -> None:
    one, other = told(world), told(world, "Look three times")
    merge(world, one, other)
    page = Reader(world, "bruno").open(f"{other}/merging").press("Merge them", into=one)
    assert "does not stand on its own any more" in page.beside("into")
    assert world.post("bruno", f"{one}/merging", {"into": other}).status_code == 422, "nor twice"
