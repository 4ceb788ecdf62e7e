"""Local notes of a post: a page below a guideline, with a word to its keepers when the guideline moves on."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from guidelines.guides.keeping.models import Annex
from tests.guidelines.keeping_world import BODY, a_rule, closed_group, held_rule, in_days, new_text
from tests.journeys.reader import Reader
from tests.people import World
from tests.site.test_queries import cost
from tests.site.twins import masked
from wiki import db
from wiki.documents.sharing import Sharing


def notes(world: World, title: str = "Lisbon notes", *, sharing: Sharing | None = None) -> str:
    return world.write(title, "Local law zqxlocal asks for more.", sharing=sharing)


def add(world: World, rule: str, slug: str = "lisbon-notes", who: str = "amina") -> int:
    return world.post(who, f"{rule}/annexes", {"page": slug}).status_code


def rows(world: World) -> list[Annex]:
    with world.app.app_context(), db.system_session() as session:
        return list(session.scalars(select(Annex)))


def test_a_member_of_a_post_adds_a_page_and_readers_find_it_below(world: World) -> None:
    rule = a_rule(world)
    notes(world)
    page = Reader(world, "amina").open(rule).follow("Local notes")
    page.press("Show it below the guideline", page="lisbon-notes")
    assert "Lisbon notes" in page.words
    oskar = Reader(world, "oskar").open(rule)
    assert "Local law zqxlocal asks for more." in oskar.words
    assert "Embassy Lisbon" in oskar.words
    assert "zqxlocal" in oskar.follow("Lisbon notes").words


def test_the_form_leads_to_a_new_page_and_offers_ones_own_pages_alone(world: World) -> None:
    rule = a_rule(world)
    notes(world)
    oskar = Reader(world, "oskar").open(f"{rule}/annexes")
    assert "lisbon-notes" not in oskar.answer.text
    assert add(world, rule, who="oskar") == 422
    begin = Reader(world, "oskar").open(f"{rule}/annexes").follow("Write the page")
    assert begin.field("title") == "Local notes to posting in a crisis"
    assert rows(world) == []


@pytest.mark.parametrize("slug", ["", "nothing-here", "posting-in-a-crisis", "\ufffd", "x" * 900])
def test_what_is_no_page_of_ones_own_is_refused(world: World, slug: str) -> None:
    rule = a_rule(world)
    assert add(world, rule, slug) == 422
    assert rows(world) == []


def test_a_withdrawn_guideline_takes_no_notes(world: World) -> None:
    rule = a_rule(world)
    notes(world)
    world.post("marek", f"{rule}/withdrawal", {"why": "Old."})
    page = Reader(world, "amina").open(f"{rule}/annexes")
    assert "it takes no local notes" in page.words
    assert add(world, rule) == 422
    assert rows(world) == []


def test_a_page_belongs_to_one_guideline(world: World) -> None:
    rule, other = a_rule(world), a_rule(world, "Other rule")
    notes(world)
    assert [add(world, rule), add(world, other)] == [303, 422]
    assert len(rows(world)) == 1


def test_its_keepers_are_told_when_the_guideline_changes_and_see_what_until_it_is_right(world: World) -> None:
    rule = a_rule(world)
    notes(world)
    add(world, rule)
    assert "has changed since" not in world.get("amina", f"{rule}/annexes").text
    new_text(world, rule, BODY.replace("Look again.", "Look twice.") + "\n\n## New part\n\nx")
    okello = Reader(world, "okello").open("/notices")
    assert "See whether your local notes are still right." in okello.words
    page = okello.open(f"{rule}/annexes")
    assert "The guideline has changed since you compared them" in page.words
    assert "Later" in page.words
    assert "New part" in page.words
    assert "First hour" not in page.words, "it said the same before"
    assert "has changed since these notes were compared" in Reader(world, "oskar").open(rule).words
    page.press("Still right")
    assert "has changed since" not in page.words
    assert "has changed since" not in Reader(world, "oskar").open(rule).words


def test_only_their_own_post_says_so_or_takes_them_off(world: World) -> None:
    rule = a_rule(world)
    notes(world)
    add(world, rule)
    key = world.document("/wiki/lisbon-notes").public_id
    new_text(world, rule, BODY + " More.")
    for part in ("comparison", "removal"):
        assert world.post("oskar", f"{rule}/annexes/{key}/{part}").status_code == 422
    assert rows(world)[0].seen == 1
    Reader(world, "tomas").open(f"{rule}/annexes").press("Take these notes off the guideline")
    assert rows(world) == []
    assert world.get("oskar", "/wiki/lisbon-notes").status_code == 200, "the page stays"


@pytest.mark.parametrize("who", ["oskar", "leila", "ada", "ines", "marek"])
def test_notes_for_the_post_alone_are_told_to_nobody_else(world: World, who: str) -> None:
    rule = a_rule(world)
    ways = (rule, f"{rule}/annexes", f"{rule}/history", "/search?q=zqxlocal", "/notices", "/recent")
    # A steward is told that something is to be hidden, and no more: the bell is left out.
    bell = re.compile(r'<a class="bell".*?</a>', re.DOTALL)
    before = {path: bell.sub("", masked(world.get(who, path).text)) for path in ways}
    notes(world, sharing=Sharing(("group:lisbon",), "hidden", reason="source"))
    assert add(world, rule) == 303
    new_text(world, rule, BODY)
    world.settle()
    told = [path for path in ways if path not in (rule, f"{rule}/history")]
    changed = {path: bell.sub("", masked(world.get(who, path).text)) for path in told}
    assert {path: page for path, page in changed.items() if page != before[path] and "zqx" in page} == {}
    for path in ways:
        assert "Lisbon notes" not in world.get(who, path).text
    assert "Local notes</h2>" not in world.get(who, rule).text
    assert "Lisbon notes" in world.get("amina", rule).text, "the control"


def test_the_name_of_a_closed_group_that_keeps_notes_is_told_to_its_members_alone(world: World) -> None:
    rule, closed = a_rule(world), closed_group(world, "Zqxkeeper", "amina")
    world.write("Lisbon notes", "Local law asks for more.", owner=closed)
    assert add(world, rule) == 303
    seen = world.get("oskar", rule).text
    assert "Lisbon notes" in seen
    assert "Zqxkeeper" not in seen
    assert "Zqxkeeper" in world.get("amina", rule).text, "the control"


@pytest.mark.parametrize("who", ["oskar", "gita", "ada"])
def test_to_outsiders_of_the_guideline_it_answers_like_what_is_not_there(world: World, who: str) -> None:
    rule = held_rule(world)
    for send in (world.get, world.post):
        there, absent = send(who, f"{rule}/annexes"), send(who, "/guidelines/never-was/annexes")
        assert there.status_code == absent.status_code
        assert masked(there.text) == masked(absent.text)


def test_the_page_costs_the_same_however_many_notes_there_are(world: World) -> None:
    rule = a_rule(world)
    notes(world)
    add(world, rule)
    new_text(world, rule, BODY + " More.")
    few = {path: cost(world, path) for path in (rule, f"{rule}/annexes")}
    for number in range(6):
        notes(world, f"More notes {number}")
        add(world, rule, f"more-notes-{number}")
    assert {path: cost(world, path) for path in few} == few
    assert few[rule] <= 10


def test_a_notice_names_no_guideline_that_its_reader_cannot_read_any_more(world: World) -> None:
    rule = a_rule(world)
    notes(world)
    add(world, rule)
    new_text(world, rule, BODY + " More.")
    assert "“Posting in a crisis” has changed." in world.get("okello", "/notices").text
    held = {"audience": "groups", "groups": "digital", "discovery": "hidden", "reason": "source", "until": in_days(60)}
    Reader(world, "ines").open(f"{rule}/sharing").press("Save", **held)
    assert world.get("okello", rule).status_code == 404
    assert "Posting in a crisis" not in world.get("okello", "/notices").text


def test_notes_to_a_guideline_that_one_may_not_read_are_offered_and_taken_over_like_a_free_page(world: World) -> None:
    rule = a_rule(world)
    hidden = a_rule(
        world, "Zqxhidden", by="leila", owner="consular",
        sharing=Sharing(("group:consular",), "hidden", reason="source"),
    )  # fmt: skip
    notes(world)
    before = masked(world.get("amina", f"{rule}/annexes").text)
    ids = {name: world.document(name).id for name in (hidden, "/wiki/lisbon-notes", rule)}
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.add(Annex(page_id=ids["/wiki/lisbon-notes"], document_id=ids[hidden], seen=1))
    assert masked(world.get("amina", f"{rule}/annexes").text) == before
    assert "lisbon-notes" in before
    assert add(world, rule) == 303
    assert [row.document_id for row in rows(world)] == [ids[rule]]
