"""Reading lessons: who is named and who is not, what readers do with them, and how they are found."""

from __future__ import annotations

from datetime import timedelta

import pytest

from guidelines.lessons.models import LessonUse
from tests.conftest import BACKEND
from tests.guidelines.lessons_at_work import STORY, add_terms, appoint, how_many, shelve, tell, the_lesson
from tests.journeys.reader import Reader
from tests.people import World
from tests.site.crawler import crawl
from tests.site.test_queries import cost, counted
from wiki import db
from wiki.people.models import Group
from wiki.people.viewer import today


def address_of(page: Reader) -> str:
    return page.path.split("?")[0]


# Who wrote it.


def everywhere(world: World, who: str | None, address: str) -> dict[str, str]:
    """Every page this person finds, by its address, and those of the lesson that they might try."""
    parts = ("/history", "/history/1", "/history/2", "/diff?from=1&to=2", "/why", "/files", "/sharing", "/edit")
    more = [address, *(address + part for part in (*parts, "/uses", "/occurrences", "/validation", "/comments"))]
    more += ["/lessons/", "/recent", "/drafts", "/search?q=handle", "/people", "/groups/lisbon", "/guidelines/"]
    return {path: answer.text for path, answer in crawl(world, who, more).pages.items()}


def naming(pages: dict[str, str], name: str, title: str) -> set[str]:
    """Pages of or about the lesson that hold this name. A page of a group names its members, whatever they write."""
    about = {path: text for path, text in pages.items() if title in text or "/lessons/" in path}
    return {path for path, text in about.items() if text.count(name) > (path.startswith("/groups/"))}


@pytest.mark.parametrize("told", [{"attribution": "post"}, {"attribution": "role", "role_words": "a press officer"}])
def test_a_lesson_that_is_not_told_by_name_names_its_author_nowhere(world: World, told: dict[str, str]) -> None:
    page = tell(world, who="amina", **told)
    page.open(address_of(page) + "/edit").press("Save", note="A second thought", sense="It was early.")
    world.settle()
    for who in ("oskar", "okello"):
        pages = everywhere(world, who, f"/lessons/{the_lesson(world).slug}")
        assert any(STORY["title"] in text for text in pages.values()), (who, "the control: they do find it")
        assert naming(pages, "Amina Farouk", STORY["title"]) == set(), who
        public_id = world.viewer("amina").public_id
        person = world.get(who, f"/people/{public_id}").text
        assert STORY["title"] not in person


def test_a_lesson_told_by_name_names_its_author(world: World) -> None:
    page = tell(world, who="amina", attribution="named")
    oskar = Reader(world, "oskar").open(address_of(page))
    assert "Amina Farouk" in oskar.words
    assert "Amina Farouk" in oskar.open(address_of(page) + "/history").words
    assert STORY["title"] in oskar.open(f"/people/{world.viewer('amina').public_id}").words


def test_only_the_writer_is_told_that_they_wrote_it(world: World) -> None:
    address = address_of(tell(world))
    assert "You wrote this." in Reader(world, "amina").open(address).words
    for who in ("okello", "oskar", "tomas"):
        assert "You wrote this." not in Reader(world, who).open(address).words


def test_going_back_from_named_to_the_post_takes_the_name_away_everywhere(world: World) -> None:
    page = tell(world, attribution="named")
    address = address_of(page)
    page.open(f"{address}/edit").press("Save", attribution="post")
    assert naming(everywhere(world, "oskar", address), "Amina Farouk", STORY["title"]) == set()


# Changing it.


def test_a_change_keeps_what_nobody_touched(world: World) -> None:
    add_terms(world)
    world.write("Impersonation", "Be careful.", kind="guideline", by="ines", owner="digital", status="in-force")
    page = Reader(world, "amina").open("/lessons/new").press("Find", **STORY, guideline_words="imperson")
    page.press("Record it", guidelines="impersonation", nature="surprise", harm="3", contained="no", tags="summit",
                happened_on="2026-03-01", sense="It was early.", topics=["crisis"])  # fmt: skip
    before = the_lesson(world)
    page.open(f"/lessons/{before.slug}/edit").press("Save")
    after = the_lesson(world)
    facts = ("title", "nature", "harm", "contained", "happened_on", "attribution", "lang", "owner_id")
    assert [getattr(after, name) for name in facts] == [getattr(before, name) for name in facts]
    assert (after.vocabulary("topic"), after.vocabulary("tag")) == (["crisis"], ["summit"])
    assert page.links()["Impersonation"] == "/guidelines/impersonation"
    assert "It was early." in page.words


def test_two_people_who_change_different_boxes_both_get_through(world: World) -> None:
    address = address_of(tell(world, sense="It was early.", recommended="Two people look."))
    amina, okello = (Reader(world, who).open(f"{address}/edit") for who in ("amina", "okello"))
    okello.press("Save", recommended="Three people look.")
    amina.press("Save", happened="A parody account asked us about the summit. It was Monday.", harm="4")
    assert amina.status == 409
    assert "both changes fit together" in amina.words
    assert "Okello" not in amina.words, "the other one is not named either"
    assert (amina.field("recommended"), amina.field("harm")) == ("Three people look.", "4")
    assert "It was Monday." in amina.field("happened")
    amina.press("Save")
    assert "Three people look." in amina.words
    assert "Much harm" in amina.words


def test_two_people_who_change_the_same_box_lose_nothing(world: World) -> None:
    address = address_of(tell(world))
    amina, okello = (Reader(world, who).open(f"{address}/edit") for who in ("amina", "okello"))
    okello.press("Save", happened="His words.")
    amina.press("Save", happened="Her words.")
    assert amina.status == 409
    assert "you both changed the same place" in amina.words
    assert "His words." in amina.words
    assert amina.field("happened") == "Her words."
    amina.press("Save")
    assert "Her words." in amina.words


def test_a_stranger_does_not_change_it(world: World) -> None:
    address = address_of(tell(world))
    assert Reader(world, "oskar").open(f"{address}/edit").status == 403
    assert world.post("oskar", f"{address}/edit", {**STORY, "base_revision": "1"}).status_code == 403
    assert the_lesson(world).working == 1


# Using it.


def test_readers_see_how_many_posts_used_it_and_only_its_writer_reads_how_it_went(world: World) -> None:
    address = address_of(tell(world))
    oskar = Reader(world, "oskar").open(address).follow("I used this")
    oskar.press("Note it", words="It saved our summit.", happened_on="2026-03-02")
    assert "Used by 1 post." in oskar.words
    assert "It saved our summit." not in oskar.words
    for who in ("amina", "okello"):
        told = Reader(world, who).open(address).words
        assert "It saved our summit." in told, who
        assert "Oskar Berg" not in told, "the post is told, not the person"
        assert "Embassy Jakarta" in told
    assert "saved our summit" not in Reader(world, "tomas").open(address).answer.text


def test_it_happened_to_us_too_stands_under_the_lesson_with_the_post(world: World) -> None:
    address = address_of(tell(world))
    Reader(world, "oskar").open(address).follow("It happened to us too").press("Note it", words="Ours was a bishop.")
    read = Reader(world, "bruno").open(address)
    assert "It happened once more." in read.words
    assert "Ours was a bishop." in read.words
    assert "Embassy Jakarta" in read.words
    assert "Oskar" not in read.answer.text


def test_the_same_note_counts_once(world: World) -> None:
    address = address_of(tell(world))
    form = {"key": "u" * 22, "post": "jakarta", "words": "Twice pressed."}
    for _ in range(2):
        assert world.post("oskar", f"{address}/uses", form).status_code == 303
    assert how_many(world, LessonUse) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [("words", "x" * 401), ("happened_on", "soon"), ("post", "lisbon"),
     ("happened_on", (today() + timedelta(days=2)).isoformat())],
)  # fmt: skip
def test_a_note_that_makes_no_sense_is_not_kept(world: World, field: str, value: str) -> None:
    address = address_of(tell(world))
    assert world.post("oskar", f"{address}/occurrences", {"post": "jakarta", field: value}).status_code == 422
    assert how_many(world, LessonUse) == 0


def test_guests_and_drafts_have_no_uses(world: World) -> None:
    address = address_of(tell(world))
    assert world.get("gita", f"{address}/uses").status_code in (403, 404)
    draft = tell(world, button="Keep as a draft", title="Another lesson altogether")
    assert world.post("amina", f"{address_of(draft)}/uses", {"words": "x"}).status_code == 403
    assert how_many(world, LessonUse) == 0


def test_the_post_of_a_hidden_group_is_not_told(world: World) -> None:
    address = address_of(tell(world))
    Reader(world, "oskar").open(f"{address}/occurrences").press("Note it", words="Here too.")
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.get_one(Group, "jakarta").is_hidden = True
    bruno = Reader(world, "bruno").open(address)
    assert "Jakarta" not in bruno.answer.text
    assert "A post" in bruno.words
    assert "Embassy Jakarta" in Reader(world, "oskar").open(address).words


# Validation.


def test_a_lessons_officer_identifies_it_with_cause_action_and_body(world: World) -> None:
    appoint(world, "bruno")
    address = address_of(tell(world))
    bruno = Reader(world, "bruno").open(address).follow("Validate")
    for field, words in (
        ("cause", "Say in a sentence what caused it."),
        ("action", "Say in a sentence what is to be done"),
        ("body", "Choose the unit or post that does it."),
    ):
        told = {"cause": "Nobody looked twice.", "action": "Show the handle in bold.", "body": "digital", field: ""}
        bruno.press("Identify it", **told)
        assert bruno.status == 422
        assert words in bruno.beside(field)
        assert the_lesson(world).status == "observed"
    bruno.press("Identify it", cause="Nobody looked twice.", action="Show the handle in bold.", body="digital")
    assert the_lesson(world).status == "identified"
    read = Reader(world, "oskar").open(address).words
    for words in ("Identified", "Nobody looked twice.", "Show the handle in bold.", "Digital Communications"):
        assert words in read


@pytest.mark.parametrize("who", ["amina", "okello", "ines", "oskar"])
def test_only_a_lessons_officer_validates(world: World, who: str) -> None:
    address = address_of(tell(world))
    told = {"cause": "a", "action": "b", "body": "digital"}
    assert Reader(world, who).open(f"{address}/validation").status == 403
    assert world.post(who, f"{address}/validation", told).status_code == 403
    assert the_lesson(world).status == "observed"


def test_a_draft_is_not_validated(world: World) -> None:
    appoint(world, "okello")
    address = address_of(tell(world, button="Keep as a draft"))
    answer = world.post("okello", f"{address}/validation", {"cause": "a", "action": "b", "body": "digital"})
    assert answer.status_code == 422
    assert "Publish it first" in answer.text
    assert the_lesson(world).status == "draft"


# Finding it.


@pytest.fixture
def shelf(world: World) -> World:
    """Three lessons of different kinds, one of them held back."""
    add_terms(world)
    tell(world, title="Open lesson of harm", harm="4", topics=["crisis"], platforms=["x"])
    tell(world, who="oskar", title="A near miss in Jakarta", nature="near-miss", harm="1", platforms=["facebook"])
    until = (today() + timedelta(days=30)).isoformat()
    tell(world, who="bruno", title="Held back lesson", nature="surprise", harm="5", topics=["crisis"],
         audience="group:consular", reason="personal", until=until, discovery="hidden")  # fmt: skip
    world.settle()
    return world


@pytest.mark.parametrize(
    ("asked", "titles"),
    [
        ("", {"Open lesson of harm", "A near miss in Jakarta"}),
        ("nature=near-miss", {"A near miss in Jakarta"}),
        ("platform=x", {"Open lesson of harm"}),
        ("topic=crisis", {"Open lesson of harm"}),
        ("post=jakarta", {"A near miss in Jakarta"}),
        ("harm=2", {"Open lesson of harm"}),
        ("harm=1", {"Open lesson of harm", "A near miss in Jakarta"}),
        ("state=observed", {"Open lesson of harm", "A near miss in Jakarta"}),
        ("state=identified", set()),
        ("state=draft", set()),
        ("nature=near-miss&harm=2", set()),
        ("nature=nonsense&harm=9&state=x&after=-3", {"Open lesson of harm", "A near miss in Jakarta"}),
    ],
)
def test_filters_find_what_this_reader_may_read(shelf: World, asked: str, titles: set[str]) -> None:
    words = Reader(shelf, "amina").open(f"/lessons/?{asked}").words
    all_titles = {"Open lesson of harm", "A near miss in Jakarta", "Held back lesson"}
    assert {title for title in all_titles if title in words} == titles


def test_counts_obey_the_reader(shelf: World) -> None:
    outside, inside = (Reader(shelf, who).open("/lessons/").words for who in ("amina", "bruno"))
    assert "Crisis (1)" in outside
    assert "Crisis (2)" in inside
    assert "A surprise (1)" not in outside
    assert "A surprise (1)" in inside
    assert "Consular Directorate (1)" not in outside
    assert "Some harm (1)" in outside, "at least so much harm"
    assert "Some harm (2)" in inside


def test_the_filter_form_works_as_a_form(shelf: World) -> None:
    page = Reader(shelf, "amina").open("/lessons/").press("Show", nature="near-miss")
    assert "A near miss in Jakarta" in page.words
    assert "Open lesson of harm" not in page.words
    assert page.field("nature") == "near-miss"


def test_a_long_list_is_turned_and_keeps_its_filters(world: World) -> None:
    shelve(world, range(32))
    page = Reader(world, "oskar").open("/lessons/?nature=surprise")
    assert "Lesson number 31" in page.words
    assert "Lesson number 1 " not in page.words
    page.follow("Next")
    assert "nature=surprise" in page.path
    assert "Lesson number 0" in page.words


def test_the_pages_of_lessons_ask_as_often_for_many_as_for_few(world: World) -> None:
    address = address_of(tell(world))
    shelve(world, range(2))
    note(world, address, range(2))
    few = {path: cost(world, path) for path in ("/lessons/", address, "/lessons/new", f"{address}/edit")}
    shelve(world, range(2, 20))
    note(world, address, range(2, 20))
    many = {path: cost(world, path) for path in few}
    assert many == few
    assert many["/lessons/"] <= 13
    assert many[address] <= 9
    assert many["/lessons/new"] <= 11


def note(world: World, address: str, numbers: range) -> None:
    for number in numbers:
        form = {"key": f"{number:022}", "post": "jakarta", "words": f"Use {number}"}
        world.post("oskar", f"{address}/uses", form)
        world.post("oskar", f"{address}/occurrences", {**form, "key": f"o{number:022}"})


# Lessons that are alike.


def test_lessons_that_are_alike_stand_beside_the_form_as_far_as_this_reader_may_read(shelf: World) -> None:
    tell(shelf, who="oskar", title="Check a parody account twice")
    shelf.settle()
    words = {"happened": "We answered a parody account as if it were real.", "title": "Beware of a parody"}
    found = shelf.post("amina", "/lessons/similar", words).text
    assert "Check a parody account twice" in found
    assert "Held back lesson" not in found
    assert "Held back lesson" in shelf.post("bruno", "/lessons/similar", {"happened": "held back lesson surprise"}).text
    assert shelf.post("amina", "/lessons/similar", {"happened": "a"}).text.strip() == ""


def test_without_scripts_the_look_of_it_shows_them_and_leads_to_another_occurrence(shelf: World) -> None:
    page = tell(shelf, who="tomas", button="Show me how it will look", title="Another parody account of a minister")
    assert "It looks like" in page.words
    key = page.field("key")
    form = {**STORY, "key": key, "owner": "lisbon", "prefill": "1"}
    slug = next(path for path in page.links().values() if path.startswith("/lessons/open-lesson")).split("/")[2]
    answer = shelf.post("tomas", f"/lessons/{slug}/occurrences", form)
    assert answer.status_code == 200
    assert STORY["happened"] in answer.text, "it begins with what was written"
    assert how_many(shelf, LessonUse) == 0, "but nothing is noted yet"
    assert STORY["title"] in Reader(shelf, "tomas").open("/lessons/").words, "and the lesson that was begun is kept"


def test_drafts_and_what_lies_in_the_bin_are_not_alike_to_anything(world: World) -> None:
    tell(world, button="Keep as a draft", title="A parody draft of mine")
    gone = tell(world, title="A parody in the bin")
    gone.press("Put it in the bin")
    world.settle()
    found = world.post("amina", "/lessons/similar", STORY).text
    assert "A parody draft of mine" not in found
    assert "A parody in the bin" not in found


def test_the_search_finds_lessons_by_kind(shelf: World) -> None:
    found = Reader(shelf, "tomas").open("/search?q=harm&kind=lesson").words
    assert "Open lesson of harm" in found
    assert "Held back lesson" not in found


def test_one_look_for_what_is_alike_asks_little(shelf: World) -> None:
    shelf.post("amina", "/lessons/similar", STORY)
    with counted(shelf) as asked:
        shelf.post("amina", "/lessons/similar", STORY)
    # On PostgreSQL the engine asks there, too.
    assert 0 < len(asked) <= (12 if BACKEND == "sqlite" else 16)
