"""What people do every day: sign in, find the paragraph, write, disagree, look back."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.journeys.reader import Reader
from tests.people import PASSWORD, World, email
from wiki import db
from wiki.documents.models import Document, Revision

At = Callable[[str | None], Reader]

CRISIS = """Stop everything that is planned.

## The first hour

Switch off the queue before you do anything else.

## Handing over at night

Tell the next desk which replies still wait, and who promised them.
"""


def test_a_diplomat_signs_in_searches_and_stands_at_the_right_paragraph(world: World, at: At) -> None:
    guide = {"kind": "guideline", "by": "ines", "owner": "digital", "status": "in-force"}
    world.write("Posting during a crisis", CRISIS, **guide)  # type: ignore[arg-type]
    world.write("Menus for receptions", "What to tell the next desk about canapés.")
    amina = at(None).open("/")
    amina.press("Sign in", email=email("amina"), password=PASSWORD)
    assert "Good " in amina.words
    assert "Amina" in amina.words

    amina.press("Search", q="handing over replies at night")
    assert "1 answer" in amina.words
    place = amina.links()["Handing over at night"]
    amina.open(place)

    slug, anchor = place.split("#")
    assert slug == "/guidelines/posting-during-a-crisis"
    assert re.search(rf'<h2[^>]*id="{re.escape(anchor)}"[^>]*>\s*(<[^>]+>)?\s*Handing over at night', amina.answer.text)
    assert "who promised them" in amina.words


def test_a_link_to_a_page_that_nobody_wrote_leads_to_writing_it(world: World, at: At) -> None:
    amina = at("amina").open("/wiki/new")
    amina.press("Publish", title="Visits", body="First see [[airport-badges]].")
    missing = next(link for link in amina.links().values() if "address=airport-badges" in link)
    assert "wiki-missing" in amina.answer.text

    tomas = at("tomas").open(missing)
    tomas.press("Publish", body="Ask at the gate.")
    assert tomas.path.startswith("/wiki/airport-badges")

    amina.open("/wiki/visits")
    assert "wiki-missing" not in amina.answer.text
    amina.open("/wiki/airport-badges")
    assert "Linked from Visits" in amina.words


def test_two_people_edit_at_once_and_nothing_is_lost(world: World, at: At) -> None:
    address = world.write("Rota", "Monday: Amina\n\nTuesday: Tomás\n")
    amina, tomas = at("amina").open(f"{address}/edit"), at("tomas").open(f"{address}/edit")
    amina.press("Save", body="Monday: James\n\nTuesday: Tomás\n")
    assert amina.status == 200

    tomas.press("Save", body="Monday: Leila\n\nTuesday: Tomás\n", note="Leila takes Mondays")
    assert tomas.status == 409
    assert "Monday: James" in tomas.words, "their text"
    assert "Monday: Leila" in tomas.words, "mine"
    assert re.search(r"removed:\s*</span>James", tomas.answer.text)
    assert re.search(r"added:\s*</span>Leila", tomas.answer.text)
    assert tomas.field("body") == "Monday: Leila\n\nTuesday: Tomás\n"
    assert tomas.field("note") == "Leila takes Mondays"
    assert _bodies(world, address)[-1] == "Monday: James\n\nTuesday: Tomás\n", "nothing was saved over"

    tomas.press("Save this text", body="Monday: James and Leila\n\nTuesday: Tomás\n")
    assert tomas.status == 200
    assert [body.splitlines()[0] for body in _bodies(world, address)] == [
        "Monday: Amina", "Monday: James", "Monday: James and Leila"
    ]  # fmt: skip


def test_changes_in_different_places_are_offered_as_one_text(world: World, at: At) -> None:
    address = world.write("Rota", "Monday: Amina\n\nTuesday: Tomás\n\nWednesday: nobody\n")
    amina, tomas = at("amina").open(f"{address}/edit"), at("tomas").open(f"{address}/edit")
    amina.press("Save", body="Monday: James\n\nTuesday: Tomás\n\nWednesday: nobody\n")
    tomas.press("Save", body="Monday: Amina\n\nTuesday: Tomás\n\nWednesday: Leila\n")
    assert tomas.status == 409
    tomas.press("Save this text")

    assert _bodies(world, address)[-1] == "Monday: James\n\nTuesday: Tomás\n\nWednesday: Leila\n"


def test_history_tells_every_word_that_changed_and_brings_an_old_text_back(world: World, at: At) -> None:
    address = world.write("Opening hours", "We open at nine on weekdays.")
    amina = at("amina").open(f"{address}/edit")
    amina.press("Save", body="We open at ten on weekdays.", note="New hours")
    amina.open(address).follow("History")
    assert "New hours" in amina.words
    assert "Revision 1" in amina.words

    amina.press("Compare")
    assert re.findall(r"<(ins|del)><span[^>]*>[^<]*</span>([^<]+)<", amina.answer.text) == [
        ("del", "nine"), ("ins", "ten")
    ]  # fmt: skip

    amina.open(f"{address}/history/1")
    assert "at nine" in amina.words
    amina.press("Bring this text back")
    assert "We open at nine on weekdays." in amina.words
    assert len(_bodies(world, address)) == 3, "nothing was overwritten"


def test_the_bin_takes_a_page_away_and_gives_it_back(world: World, at: At) -> None:
    address = world.write("Old contacts", "Nobody answers there.")
    amina, oskar = at("amina").open(address), at("oskar")
    amina.press("Put it in the bin")
    assert oskar.open(address).status == 404
    assert "Old contacts" not in oskar.open("/recent").words
    assert "Old contacts" in amina.open("/bin").words

    amina.open(address).press("Take it out of the bin")
    assert "Nobody answers there." in oskar.open(address).words
    assert "1 answer" in oskar.open("/search?q=nobody+answers").words


def test_a_new_address_is_found_by_the_old_one(world: World, at: At) -> None:
    address = world.write("Press cards", "How to get one.")
    amina = at("amina").open(f"{address}/edit")
    amina.press("Save", address="accreditation")
    assert amina.path.startswith("/wiki/accreditation")

    moved = world.get("oskar", f"{address}/history")
    assert (moved.status_code, moved.headers["Location"]) == (301, "/wiki/accreditation/history")
    assert "How to get one." in at("oskar").open(address).words


def test_the_same_form_posted_twice_saves_once(world: World, at: At) -> None:
    new = at("amina").open("/wiki/new")
    form = {name: new.field(name) for name in ("csrf_token", "key", "owner", "lang", "audience")}
    form |= {"title": "Twice", "body": "Once."}
    places = [world.client("amina").post("/wiki/new", data=form).headers["Location"] for _ in range(2)]
    assert places[0].split("?")[0] == places[1] == "/wiki/twice"

    edit = at("amina").open("/wiki/twice/edit")
    change = {name: edit.field(name) for name in ("csrf_token", "key", "base_revision", "title", "lang")}
    for _ in range(2):
        answer = world.client("amina").post("/wiki/twice/edit", data=change | {"body": "Changed."})
        assert answer.status_code == 303
    assert _bodies(world, "/wiki/twice") == ["Once.\n", "Changed.\n"]
    assert len(_rows(world, Document)) == 1


def test_a_saved_edit_is_found_by_search_within_a_second(world: World, at: At) -> None:
    address, taken = world.write("Flags", "How to fold them."), []
    amina, oskar = at("amina"), at("oskar")
    # The quickest of three counts, so that a busy machine does not speak for the product.
    for word in ("halyard", "ensign", "burgee"):
        amina.open(f"{address}/edit")
        begun = time.monotonic()
        amina.press("Save", body=f"How to fold them, and the {word}.")
        assert "1 answer" in oskar.open(f"/search?q={word}").words
        taken.append(time.monotonic() - begun)
    assert min(taken) < 1


def test_the_index_follows_only_after_the_answer_has_been_sent(world: World) -> None:
    """The control of the test above: it is not the save itself that indexes."""
    address = world.write("Flags", "How to fold them.")
    page = Reader(world, "amina").open(f"{address}/edit")
    form = {name: page.field(name) for name in ("csrf_token", "key", "base_revision", "title", "lang")}
    answer = world.client("amina").post(f"{address}/edit", data=form | {"body": "The halyard."}, buffered=False)
    assert answer.status_code == 303
    assert _found(world, "halyard") == 0
    answer.close()
    assert _found(world, "halyard") == 1


def _found(world: World, word: str) -> int:
    with world.app.app_context():
        engine = world.app.extensions["chancery_search"]
        from search.query import parse

        total: int = engine.search(parse(word, "en"), frozenset({"service"}), limit=5).total
        return total


def test_a_preview_saves_nothing_and_shows_the_page_as_it_will_be(world: World, at: At) -> None:
    world.write("Handbook", "All of it.")
    amina = at("amina").open("/wiki/new")
    amina.press("Preview", title="Draft", body="See **first** the [[handbook]] and [[nowhere]].")
    assert "<strong>first</strong>" in amina.answer.text
    assert amina.links()["Handbook"] == "/wiki/handbook"
    assert amina.field("body") == "See **first** the [[handbook]] and [[nowhere]]."
    assert len(_rows(world, Document)) == 1


@pytest.mark.parametrize(("who", "reads"), [("amina", True), ("okello", True), ("tomas", False), ("ada", False)])
def test_a_draft_is_seen_by_its_author_and_the_lead_of_the_unit_only(
    world: World, at: At, who: str, reads: bool
) -> None:
    amina = at("amina").open("/wiki/new")
    amina.press("Keep as a draft", title="Half a thought", body="Perhaps we should.")
    world.settle()
    someone = at(who)
    assert (someone.open("/wiki/half-a-thought").status == 200) is reads
    for path in ("/drafts", "/search?q=perhaps", "/search/suggest?q=half"):
        assert ("Half a thought" in someone.open(path).answer.text) is reads, path
    assert "Half a thought" not in someone.open("/recent").answer.text


def test_a_draft_is_for_everyone_once_it_is_published(world: World, at: At) -> None:
    amina = at("amina").open("/wiki/new")
    amina.press("Keep as a draft", title="Half a thought", body="Perhaps we should.")
    amina.press("Publish")
    assert "Perhaps we should." in at("oskar").open("/wiki/half-a-thought").words


def _bodies(world: World, address: str) -> list[str]:
    document = world.document(address)
    return [row.body for row in _rows(world, Revision) if row.document_id == document.id]


def _rows(world: World, table: Any) -> list[Any]:
    from sqlalchemy import select
    from sqlalchemy.orm import undefer

    with world.app.app_context(), db.system_session() as session:
        options = [undefer(Revision.body)] if table is Revision else []
        return list(session.scalars(select(table).order_by(table.id).options(*options)))
