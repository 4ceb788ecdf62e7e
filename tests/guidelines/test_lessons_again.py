"""What happens around the recording of a lesson: going back, stopping half way, counting again, looking for words."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from guidelines.lessons import suggestions
from guidelines.lessons.models import LessonDraft
from tests.guidelines.lessons_at_work import STORY, add_terms, how_many, tell, the_lesson
from tests.guidelines.test_lessons_recording import begin
from tests.journeys.reader import Reader
from tests.people import World
from wiki import db
from wiki.documents.models import Revision, Term
from wiki.documents.sharing import Sharing
from wiki.people.viewer import today


def test_going_back_and_recording_again_leads_to_the_lesson_that_is_there(world: World) -> None:
    first = tell(world)
    again = tell(world)
    assert again.path.split("?")[0] == first.path.split("?")[0]
    assert "You recorded this already. Here it is." in again.words
    assert how_many(world) == 1
    other = tell(world, intended="We wanted to be kind.")
    assert "You recorded this already" not in other.words
    assert how_many(world) == 2, "other words are another lesson"


def test_the_same_words_of_somebody_else_or_of_another_day_are_a_lesson(world: World) -> None:
    tell(world)
    page = tell(world, who="tomas")
    assert "Recorded. Thank you" in page.words
    assert "already" not in page.words
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.execute(update(Revision).values(created_at=db.now() - timedelta(hours=2)))
    assert "Recorded. Thank you" in tell(world).words
    assert how_many(world) == 3


def test_what_was_kept_under_another_key_goes_with_the_recording(world: World) -> None:
    begin(world, **STORY)
    begin(world, happened=STORY["happened"][:30])
    other = begin(world, happened=STORY["happened"], title="Something else was learned")
    begin(world, who="tomas", **STORY)
    tell(world)
    with world.app.app_context(), db.system_session() as session:
        left = {(draft.key, draft.fields.get("title", [""])[0]) for draft in session.query(LessonDraft)}
    assert len(left) == 2, "the one of a colleague stays"
    assert (other, "Something else was learned") in left, "no word is lost"
    begin(world, **STORY)
    tell(world)
    assert how_many(world, LessonDraft) == 2, "also when it was there already"


def test_half_a_lesson_is_kept_as_it_stands(world: World) -> None:
    page = Reader(world, "amina").open("/lessons/new")
    page.press("Keep as a draft", happened="It began at eight.")
    assert (page.status, page.path) == (200, "/lessons/")
    assert "Kept. Go on whenever you like." in page.words
    assert "You began this: It began at eight." in page.words
    assert how_many(world) == 0
    page.follow("Go on")
    assert page.field("happened") == "It began at eight."
    assert "It began at eight" not in Reader(world, "okello").open("/lessons/").words


def test_half_a_lesson_is_kept_even_by_a_form_that_was_recorded_before(world: World) -> None:
    form = Reader(world, "amina").open("/lessons/new")
    key = form.field("key")
    form.press("Record it", **STORY)
    sent = {"key": key, "owner": "lisbon", "happened": "Another thing.", "draft": "1"}
    assert world.post("amina", "/lessons/new", sent).status_code == 303
    assert "You began this: Another thing." in Reader(world, "amina").open("/lessons/").words


def test_a_form_without_a_word_is_not_called_kept(world: World) -> None:
    page = Reader(world, "amina").open("/lessons/new").press("Keep as a draft")
    assert page.status == 422
    assert page.beside("happened") == "Write a few words first. Then they can be kept."
    assert how_many(world, LessonDraft) == 0


@pytest.mark.parametrize("address", ["/lessons/new", "/wiki/new"])
def test_without_scripts_the_count_says_of_when_it_is(world: World, address: str) -> None:
    page = Reader(world, "amina").open(address)
    everyone = page.words
    assert "As chosen when this page was made:" in everyone
    page.press("Count again", audience="people", title="Kept as typed")
    assert page.status == 200
    assert page.field("title") == "Kept as typed"
    counted = page.words.partition("As chosen when this page was made:")[2][:30]
    assert counted != everyone.partition("As chosen when this page was made:")[2][:30]
    part = world.client("amina").post(address, data=_form(page), headers={"HX-Request": "true"})
    assert "<html" not in part.text, "scripts take only the sentence"


def _form(page: Reader) -> dict[str, str]:
    return {"csrf_token": page.field("csrf_token"), "reach": "1", "audience": "service", "owner": "lisbon"}


def test_the_form_of_a_lesson_names_only_parts_that_it_has(world: World) -> None:
    assert "Topics, place and language" not in Reader(world, "amina").open("/lessons/new").words
    assert (
        "unless you choose another under “Topics, place and language”" in Reader(world, "amina").open("/wiki/new").words
    )


def test_without_scripts_the_form_says_that_nothing_is_kept_by_itself(world: World) -> None:
    assert "nothing is kept until you press a button" in Reader(world, "amina").open("/lessons/new").words


def test_a_guideline_is_found_by_what_it_says(world: World) -> None:
    held = Sharing(audience=("group:digital",), discovery="hidden", reason="personal", until=today())
    world.write("Pictures", "Ask the parents before a schoolchild is shown.", kind="guideline", by="ines",
                owner="digital", status="in-force")  # fmt: skip
    world.write("Withheld", "Schoolchild, secretly.", kind="guideline", by="ines", owner="digital", status="in-force",
                sharing=held)  # fmt: skip
    world.settle()
    page = Reader(world, "amina").open("/lessons/new")
    page.press("Find", **STORY, guideline_words="schoolchild")
    assert "Pictures" in page.words
    assert "Withheld" not in page.words
    assert 'formaction="/lessons/new#found-guidelines"' in page.answer.text
    page.press("Find", guideline_words="quetzalcoatlus")
    assert "No guideline tells of these words. Try other ones." in page.words


@pytest.mark.parametrize("address", ["/lessons/new", "/wiki/new", "/guidelines/new"])
def test_no_browser_cuts_what_is_pasted(world: World, address: str) -> None:
    page = Reader(world, "ines").open(address)
    assert "maxlength" not in page.answer.text
    long = "word " * 600
    page.press("Keep as a draft" if "Keep as a draft" in page.words else "Save as a draft", title=long,
               **({} if "lessons" not in address else {"happened": "x"}))  # fmt: skip
    assert page.status == 422
    assert page.beside("title") == "Keep this to 200 characters."
    assert page.field("title").strip() == long.strip()


DESCRIBED = {
    "data-protection": "Personal data, consent, pictures of people, and what to do when data gets out.",
    "disinformation": "Rumours, false claims, and pictures that are not what they seem.",
    "crisis": "The first minutes, hours and days of something going badly wrong.",
}
NAMED = {"data-protection": "Data protection", "disinformation": "Disinformation", "crisis": "Crisis",
         "impersonation": "Impersonation"}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("We showed a photo of a school class. Nobody had asked the parents for consent.", ["data-protection"]),
        ("A false rumour went round with an old photo.", ["disinformation"]),
        ("In the first minutes of the day something went badly wrong.", []),
        ("The accounts were impersonated.", ["impersonation"]),
        ("We sent a picture.", []),
    ],
)
def test_topics_are_found_by_what_they_are_about(text: str, found: list[str]) -> None:
    assert suggestions.terms_in(text, NAMED, DESCRIBED) == found


def test_the_descriptions_of_the_service_are_used_and_finding_nothing_is_said(world: World) -> None:
    add_terms(world)
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.add(
            Term(vocabulary="topic", slug="data-protection", name="Data", description=DESCRIBED["data-protection"])
        )
    page = tell(world, button="Show me how it will look", happened="It rained.", intended="A walk.", title="Stay in")
    assert "Your words point to no topic or platform." in page.words
    tell(world, happened="A school photo went out.", intended="To ask for consent.", title="Ask the parents first")
    assert the_lesson(world).vocabulary("topic") == ["data-protection"]


def test_the_home_page_does_not_call_ones_own_lessons_those_of_others(world: World) -> None:
    tell(world)
    home = Reader(world, "amina").open("/").words
    assert "New lessons" in home
    assert "from other posts" not in home
