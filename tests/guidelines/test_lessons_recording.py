"""Recording a lesson: one page, four boxes, nothing lost, nothing twice, and nobody named who did not choose it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from guidelines.lessons.models import LessonDraft, LessonStatus
from tests.guidelines.lessons_at_work import STORY, add_terms, appoint, how_many, leave, tell, the_lesson
from tests.journeys.reader import Reader
from tests.people import World, email, hidden, token
from wiki.documents.models import Revision
from wiki.people.viewer import today


def test_a_lesson_is_recorded_in_one_go(world: World) -> None:
    page = tell(world)
    assert page.status == 200
    assert page.path.startswith("/lessons/look-at-the-handle-twice")
    assert "Recorded. Thank you" in page.words
    assert STORY["happened"] in page.words
    lesson = the_lesson(world)
    assert (lesson.title, lesson.status, lesson.nature) == (STORY["title"], LessonStatus.OBSERVED, "failure")
    assert (lesson.attribution, lesson.names_authors, lesson.owner_id) == ("post", False, "lisbon")
    assert lesson.audience == ["service"]
    assert lesson.capture_seconds is not None
    assert 0 <= lesson.capture_seconds < 60
    world.settle()
    for who in ("oskar", "okello"):
        assert STORY["title"] in Reader(world, who).open("/lessons/").words
        assert "Told by" in Reader(world, who).open(page.path.split("?")[0]).words


def test_the_form_asks_for_the_three_sentences_and_keeps_what_was_typed(world: World) -> None:
    page = tell(world, happened="", intended=" ", title="x" * 201)
    assert page.status == 422
    assert page.beside("happened") == "Tell what happened. Two sentences are enough."
    assert page.beside("intended") == "Say in a sentence what you meant to happen."
    assert page.beside("title") == "Keep this to 200 characters."
    assert page.field("title") == "x" * 201
    assert how_many(world) == 0


def test_everything_else_can_be_told_too(world: World) -> None:
    add_terms(world)
    world.write("Impersonation", "Be careful.", kind="guideline", by="ines", owner="digital", status="in-force")
    page = Reader(world, "amina").open("/lessons/new")
    page.press("Find", **STORY, guideline_words="imperson")
    assert page.field("happened") == STORY["happened"], "looking for a guideline loses nothing"
    page.press(
        "Record it", guidelines="impersonation", sense="It was eight in the morning.", recommended="Two people look.",
        nature="near-miss", happened_on="2026-03-01", harm="2", contained="yes", topics=["crisis"], tags="summit",
        attribution="role", role_words="a press officer",
    )  # fmt: skip
    lesson = the_lesson(world)
    assert (lesson.nature, str(lesson.happened_on), lesson.harm, lesson.contained) == (
        "near-miss",
        "2026-03-01",
        2,
        True,
    )
    assert lesson.vocabulary("topic") == ["crisis"]
    for words in ("A near miss", "1 Mar 2026", "Little harm", "Contained in time", "a press officer",
                  "It was eight in the morning.", "About: Impersonation"):  # fmt: skip
        assert words in page.words
    assert page.links()["Impersonation"] == "/guidelines/impersonation"
    rule = Reader(world, "oskar").open("/guidelines/impersonation")
    assert "Lessons about this" in rule.words
    assert rule.links()[STORY["title"]] == f"/lessons/{lesson.slug}"
    assert "Linked from" not in rule.words


def test_platforms_and_topics_are_taken_from_the_words_unless_the_writer_chose(world: World) -> None:
    add_terms(world)
    words = "Somebody on X pretended to be us: an impersonation in the middle of a crisis."
    tell(world, happened=words)
    lesson = the_lesson(world)
    assert (lesson.vocabulary("platform"), lesson.vocabulary("topic")) == (["x"], ["crisis", "impersonation"])


def test_what_the_writer_unticks_after_seeing_it_stays_unticked(world: World) -> None:
    add_terms(world)
    page = tell(world, button="Show me how it will look", happened="An impersonation on X.")
    assert page.field("topics") == "impersonation"
    page.press("Record it", topics=[])
    assert (the_lesson(world).vocabulary("topic"), the_lesson(world).vocabulary("platform")) == ([], ["x"])


def test_the_page_shows_how_it_will_look_with_hints_and_without_saving(world: World) -> None:
    page = tell(world, button="Show me how it will look", happened="Mr Ivanov rang from +44 20 7946 0958.")
    assert page.status == 200
    assert "This looks like a name: “Mr Ivanov”" in page.words
    assert "This looks like a telephone number: “+44 20 7946 0958”" in page.words
    assert how_many(world) == 0
    saved = page.press("Record it")
    assert "Look once more, only you see this: does everybody need" in saved.words, "a hint never blocks"
    assert "Look once more" not in Reader(world, "oskar").open(saved.path.split("?")[0]).words


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("happened_on", "next week", "Write the day as year-month-day"),
        ("happened_on", (today() + timedelta(days=2)).isoformat(), "This day has not come yet"),
        ("role_words", "", "Say which role"),
        ("on_behalf_of", "nobody@example.org", "Nobody here has this address"),
        ("on_behalf_of", email("amina"), "This is your own address"),
        ("on_behalf_of", email("gita"), "This is a guest"),
        ("on_behalf_of", email("bruno"), "This colleague has left the service"),
        ("title", "\ufffd", "Some characters could not be read"),
        ("tags", ",".join(f"t{n}" for n in range(13)), "Choose at most 12 tags"),
    ],
)
def test_what_is_wrong_is_told_beside_its_field_and_nothing_is_lost(
    world: World, field: str, value: str, words: str
) -> None:
    leave(world, "bruno")
    page = tell(world, **{"attribution": "role", "role_words": "a press officer", field: value})
    assert page.status == 422
    assert words in page.beside(field)
    assert page.field("happened") == STORY["happened"]
    assert how_many(world) == 0


def test_holding_back_asks_for_a_reason_and_an_end(world: World) -> None:
    page = tell(world, audience="group:lisbon")
    assert page.status == 422
    assert page.beside("reason") == "Say why this is held back."
    page.press(
        "Record it", reason="personal", until=(today() + timedelta(days=30)).isoformat(), discovery="hidden",
    )  # fmt: skip
    assert page.status == 200
    address = page.path.split("?")[0]
    assert Reader(world, "tomas").open(address).status == 200
    assert Reader(world, "oskar").open(address).status == 404
    assert STORY["title"] not in Reader(world, "oskar").open("/lessons/").words


def test_a_double_post_saves_once_and_leads_to_the_lesson(world: World) -> None:
    form = {**STORY, "key": "k" * 22, "owner": "lisbon", "attribution": "post"}
    first, second = world.post("amina", "/lessons/new", form), world.post("amina", "/lessons/new", form)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location.split("?")[0] == second.location.split("?")[0]
    assert (how_many(world), how_many(world, Revision)) == (1, 1)


def test_guests_read_but_do_not_record(world: World) -> None:
    tell(world)
    gita = Reader(world, "gita").open("/lessons/new")
    assert gita.status == 403
    assert "Record a lesson" not in gita.open("/lessons/").words
    for path in ("hints", "similar", "drafts/" + "k" * 22):
        assert world.post("gita", f"/lessons/{path}", STORY).status_code == 403


def test_a_draft_is_for_its_writer_until_it_is_published(world: World) -> None:
    page = tell(world, button="Keep as a draft", intended="")
    assert "Kept as a draft." in page.words
    address = page.path.split("?")[0]
    assert the_lesson(world).status == "draft"
    assert Reader(world, "oskar").open(address).status == 404
    page.press("Publish")
    assert the_lesson(world).status == "observed"
    assert STORY["happened"] in Reader(world, "oskar").open(address).words


# What is kept while somebody writes.


def begin(world: World, who: str = "amina", **fields: str) -> str:
    """Open the form and let what is typed be kept; returns its key."""
    page = Reader(world, who).open("/lessons/new")
    key = page.field("key")
    form = {"key": key, "started": page.field("started"), **fields}
    answer = world.post(who, f"/lessons/drafts/{key}", form)
    assert answer.status_code == 200
    assert "Draft saved" in answer.text
    return str(key)


def test_what_is_typed_is_kept_and_can_be_taken_up_again(world: World) -> None:
    add_terms(world)
    key = begin(world, happened="It began at eight.", topics="crisis", attribution="role", audience="group:lisbon")
    page = Reader(world, "amina").open("/lessons/")
    assert "You began this: It began at eight." in page.words
    page.follow("Go on")
    assert (page.field("happened"), page.field("key")) == ("It began at eight.", key)
    assert (page.field("topics"), page.field("attribution"), page.field("audience")) == (
        "crisis", "role", "group:lisbon",
    )  # fmt: skip
    page.press("Record it", intended="x", title="Begin early", audience="service", attribution="post")
    assert how_many(world, LessonDraft) == 0, "recorded and forgotten in one"
    assert "You began this" not in page.open("/lessons/").words


def test_what_somebody_began_is_theirs_alone(world: World) -> None:
    key = begin(world, happened="A secret beginning.")
    okello = Reader(world, "okello")
    assert "secret beginning" not in okello.open("/lessons/").answer.text
    taken_up = okello.open(f"/lessons/new?draft={key}")
    assert "secret beginning" not in taken_up.answer.text
    assert taken_up.field("key") != key
    # A key tells nothing to others: what they keep under it is their own.
    assert world.post("okello", f"/lessons/drafts/{key}", {"happened": "Mine now."}).status_code == 200
    assert Reader(world, "amina").open(f"/lessons/new?draft={key}").field("happened") == "A secret beginning."
    world.post("okello", f"/lessons/drafts/{key}/removal")
    assert Reader(world, "amina").open(f"/lessons/new?draft={key}").field("happened") == "A secret beginning."


def test_what_was_begun_can_be_thrown_away(world: World) -> None:
    begin(world, happened="Never mind.")
    page = Reader(world, "amina").open("/lessons/").press("Throw it away")
    assert "Never mind" not in page.words
    assert how_many(world, LessonDraft) == 0


def test_a_copy_that_arrives_after_the_lesson_was_recorded_is_not_kept(world: World) -> None:
    key = begin(world, **STORY)
    Reader(world, "amina").open(f"/lessons/new?draft={key}").press("Record it")
    assert world.post("amina", f"/lessons/drafts/{key}", {"happened": "late"}).status_code == 200
    assert how_many(world, LessonDraft) == 0


def test_two_tabs_are_two_lessons_and_neither_takes_the_words_of_the_other(world: World) -> None:
    one, two = Reader(world, "amina").open("/lessons/new"), Reader(world, "amina").open("/lessons/new")
    for tab, words in ((one, "In the first tab."), (two, "In the second tab.")):
        world.post("amina", f"/lessons/drafts/{tab.field('key')}", {"happened": words})
    both = Reader(world, "amina").open("/lessons/").words
    assert "In the first tab." in both
    assert "In the second tab." in both
    one.press("Record it", **STORY)
    assert "In the second tab." in Reader(world, "amina").open("/lessons/").words
    two.press("Record it", **{**STORY, "happened": "In the second tab."})
    assert how_many(world) == 2


@pytest.mark.parametrize("key", ["short", "k" * 41])
def test_a_key_that_is_none_keeps_nothing(world: World, key: str) -> None:
    assert world.post("amina", f"/lessons/drafts/{key}", {"happened": "x"}).status_code == 422
    assert how_many(world, LessonDraft) == 0


def test_a_form_that_holds_no_words_is_not_kept(world: World) -> None:
    answer = world.post("amina", "/lessons/drafts/" + "k" * 22, {"happened": "  ", "harm": "2"})
    assert (answer.status_code, answer.text.strip()) == (200, "")
    assert how_many(world, LessonDraft) == 0


def test_too_many_beginnings_and_too_long_ones_are_refused_in_words(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("guidelines.lessons.operations.MOST_DRAFTS", 2)
    for number in range(2):
        begin(world, happened=f"Beginning {number}")
    answer = world.post("amina", "/lessons/drafts/" + "k" * 22, {"happened": "One too many."})
    assert (answer.status_code, "you have begun many lessons" in answer.text) == (422, True)
    size = world.app.extensions["chancery_settings"].max_text_bytes + 1
    answer = world.post("amina", "/lessons/drafts/" + "k" * 22, {"happened": "x" * size})
    assert "Too long to be kept" in answer.text
    assert how_many(world, LessonDraft) == 2


def test_a_session_that_ends_while_writing_loses_nothing(world: World) -> None:
    page = Reader(world, "amina").open("/lessons/new")
    form = {**STORY, "csrf_token": page.field("csrf_token"), "key": page.field("key"), "owner": "lisbon"}
    browser = world.client("amina")
    browser.post("/sign-out", data={"csrf_token": token(browser)})
    asked = browser.post("/lessons/new", data=form, headers={"Sec-Fetch-Site": "same-origin"})
    assert asked.status_code == 403
    assert STORY["happened"] in asked.text
    page._arrive(asked)
    page.press("Sign in", email=email("amina"), password="three quiet herons")
    assert "Welcome back" in page.words
    page.press("Save what you wrote")
    assert "Recorded. Thank you" in page.words
    assert the_lesson(world).title == STORY["title"]


def test_a_link_to_a_lesson_that_is_not_there_yet_begins_one(world: World) -> None:
    tell(world, recommended="See [[lesson:check-the-handle]].")
    page = Reader(world, "oskar").open(f"/lessons/{the_lesson(world).slug}").follow("check-the-handle")
    assert page.path.startswith("/lessons/new")
    assert page.field("title") == "Check the handle"


def test_keeping_while_signed_out_answers_like_any_form_and_loses_nothing(world: World) -> None:
    key = begin(world, happened="Before the end.")
    browser = world.client("amina")
    browser.post("/sign-out", data={"csrf_token": token(browser)})
    answer = browser.post(f"/lessons/drafts/{key}", data={"key": key, "happened": "After the end."})
    assert answer.status_code == 403
    browser.get("/sign-in")
    page = Reader(world, "amina").open("/sign-in")
    page.press("Sign in", email=email("amina"), password="three quiet herons")
    assert page.open(f"/lessons/new?draft={key}").field("happened") == "Before the end."


def test_how_long_it_took_cannot_be_made_up(world: World) -> None:
    tell(world, started="1.abc.def")
    assert the_lesson(world).capture_seconds is None


# On behalf of somebody.


def test_a_colleague_confirms_with_one_tap_and_both_are_authors(world: World) -> None:
    page = tell(world, who="tomas", on_behalf_of=email("okello"), attribution="named")
    address = page.path.split("?")[0]
    assert "Waiting for one tap" in page.words
    assert "James Okello" in page.words, "the writer knows for whom they wrote"
    outside = Reader(world, "oskar").open(address)
    for name in ("Tomás", "Okello"):
        assert name not in outside.answer.text, "nobody is named before both agreed"
    okello = Reader(world, "okello").open("/lessons/")
    assert "A colleague wrote this down for you" in okello.words
    okello.follow(STORY["title"]).press("Yes, this is mine")
    assert {person.name for person in the_lesson(world).authors} == {"Tomás Medina", "James Okello"}
    outside.open(address)
    assert "James Okello" in outside.words
    assert "Tomás Medina" in outside.words
    assert "A colleague wrote this down" not in okello.open("/lessons/").words


def test_nobody_is_named_later_without_being_asked_again(world: World) -> None:
    address = tell(world, who="tomas", on_behalf_of=email("okello")).path.split("?")[0]
    Reader(world, "okello").open(address).press("Yes, this is mine")
    refused = Reader(world, "okello").open(f"{address}/edit").press("Save", attribution="named")
    assert (refused.status, "would be named too" in refused.beside("attribution")) == (422, True)
    Reader(world, "tomas").open(f"{address}/edit").press("Save", attribution="named")
    outside = Reader(world, "oskar")
    for name in ("Okello", "Tomás"):
        assert name not in outside.open(address).answer.text, name
    Reader(world, "okello").open(address).press("Yes, this is mine")
    assert "James Okello" in outside.open(address).words


def test_whoever_was_not_asked_cannot_confirm(world: World) -> None:
    tell(world, who="tomas", on_behalf_of=email("okello"))
    lesson = the_lesson(world)
    for who in ("tomas", "amina", "oskar"):
        for step in ("confirmation", "confirmation/refusal"):
            assert world.post(who, f"/lessons/{lesson.slug}/{step}").status_code == 403
    assert the_lesson(world).confirmed_at is None


def test_what_is_not_theirs_stays_with_whoever_wrote_it(world: World) -> None:
    page = tell(world, who="tomas", on_behalf_of=email("oskar"), attribution="named")
    Reader(world, "oskar").open(page.path.split("?")[0]).press("It is not mine")
    lesson = the_lesson(world)
    assert ([person.name for person in lesson.authors], lesson.on_behalf_of_id) == (["Tomás Medina"], None)
    assert "Tomás Medina" in Reader(world, "amina").open(f"/lessons/{lesson.slug}").words


def test_the_writer_is_told_when_the_colleague_has_left(world: World) -> None:
    page = tell(world, who="tomas", on_behalf_of=email("okello"), attribution="named")
    leave(world, "okello")
    page.open(page.path.split("?")[0])
    assert "James Okello has left the service" in page.words
    assert "Okello" not in Reader(world, "oskar").open(page.path).answer.text


def test_a_hidden_field_name_is_there_for_the_double_post(world: World) -> None:
    page = world.get("amina", "/lessons/new").text
    assert len(hidden(page, "key")) >= 16
    assert hidden(page, "started")


def test_an_officer_may_change_a_lesson_but_never_name_its_author(world: World) -> None:
    appoint(world, "oskar")
    tell(world)
    lesson = the_lesson(world)
    page = Reader(world, "oskar").open(f"/lessons/{lesson.slug}/edit").press("Save", attribution="named")
    assert page.status == 422
    assert page.beside("attribution") == "Only those who wrote it can choose to be named."
    assert not the_lesson(world).names_authors
    Reader(world, "amina").open(f"/lessons/{lesson.slug}/edit").press("Save", attribution="named")
    assert the_lesson(world).names_authors
