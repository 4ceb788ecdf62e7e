"""Looking at a guideline again: evidence on one page, and one question for each section."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from guidelines import loop
from guidelines.guides.keeping.models import SectionReview
from guidelines.guides.models import Guideline
from tests.guidelines.keeping_world import BODY, a_rule, held_rule, new_text
from tests.journeys.reader import Reader
from tests.people import World
from tests.site.twins import masked
from wiki import db
from wiki.documents.sharing import Sharing
from wiki.people.models import Membership
from wiki.people.viewer import today


def rows(world: World) -> list[tuple[str, str, int]]:
    with world.app.app_context(), db.system_session() as session:
        found = session.scalars(select(SectionReview).order_by(SectionReview.revision, SectionReview.anchor))
        return [(row.anchor, row.verdict, row.revision) for row in found]


def say(world: World, rule: str, who: str = "ines", **fields: str) -> int:
    return world.post(who, f"{rule}/review", {"revision": "1", **fields}).status_code


def days(world: World, rule: str) -> tuple[date | None, datetime]:
    """When it is looked at again, and when its text last changed."""
    number = world.document(rule).id
    with world.app.app_context(), db.system_session() as session:
        found = session.get_one(Guideline, number)
        return found.review_on, found.updated_at


def set_review_day(world: World, rule: str, days: int) -> None:
    number = world.document(rule).id
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.get_one(Guideline, number).review_on = today() + timedelta(days=days)


def test_a_part_of_the_answers_counts_and_is_kept_for_each_section(world: World) -> None:
    rule = a_rule(world)
    page = Reader(world, "ines").open(rule).follow("Look at it again")
    assert "0 of 2 sections are answered" in page.words
    page.press("Save these answers", **{"verdict-0": "true"})
    assert "1 of 2 sections are answered" in page.words
    assert rows(world) == [("s-first-hour", "true", 1)]
    page.press("Save these answers", **{"verdict-1": "unsure", "words-1": "Ask the desk."})
    assert "2 of 2 sections are answered" in page.words
    assert page.field("words-1") == "Ask the desk."


def test_a_new_text_is_asked_about_anew_and_says_what_was_said_before(world: World) -> None:
    rule = a_rule(world)
    say(world, rule, **{"verdict-0": "true", "verdict-1": "changed"})
    new_text(world, rule, BODY + " More.")
    page = Reader(world, "ines").open(f"{rule}/review")
    assert "0 of 2 sections are answered" in page.words
    assert "Said of an older text" in page.words
    assert say(world, rule, **{"verdict-0": "true"}) == 422, "the form was made for the older text"


def test_when_all_is_still_true_it_is_looked_at_again_in_a_year_and_was_not_updated(world: World) -> None:
    rule = a_rule(world)
    set_review_day(world, rule, -1)
    before = days(world, rule)[1]
    say(world, rule, **{"verdict-0": "true"})
    assert days(world, rule)[0] == today() - timedelta(days=1), "a part is not all"
    say(world, rule, **{"verdict-1": "true"})
    assert days(world, rule) == (today() + timedelta(days=365), before)
    assert "last looked at it on" in world.get("oskar", rule).text


@pytest.mark.parametrize(
    "fields",
    [{}, {"verdict-0": "perhaps"}, {"verdict-0": "unsure"}, {"verdict-7": "true"},
     {"verdict-0": "changed", "words-0": "x" * 401}, {"verdict-0": "changed", "words-0": "\ufffd"}],
)  # fmt: skip
def test_answers_that_make_no_sense_change_nothing_and_are_kept(world: World, fields: dict[str, str]) -> None:
    rule = a_rule(world)
    page = world.post("ines", f"{rule}/review", {"revision": "1", **fields})
    assert page.status_code == 422
    assert fields.get("words-0", "") in page.text
    assert rows(world) == []


@pytest.mark.parametrize("revision", ["", "x", "0", "2", "9" * 30])
def test_a_revision_that_readers_do_not_have_is_refused(world: World, revision: str) -> None:
    rule = a_rule(world)
    answer = world.post("ines", f"{rule}/review", {"revision": revision, "verdict-0": "true"})
    assert answer.status_code == 422
    assert rows(world) == []


def test_what_calls_for_another_look_stands_on_its_page(world: World) -> None:
    rule = a_rule(world, body=BODY + "\n\nSee [[nobody-wrote-this]].")
    assert "A link leads nowhere: nobody-wrote-this" in Reader(world, "ines").open(f"{rule}/review").words
    for who in ("amina", "oskar"):
        world.post(who, f"{rule}/settlements", {"answer": "no", "anchor": "s-later", "revision": "1"})
    assert "did not quite settle" not in Reader(world, "ines").open(f"{rule}/review").words, "two are too few"
    world.post("bruno", f"{rule}/settlements", {"answer": "no", "anchor": "s-later", "revision": "1"})
    set_review_day(world, rule, -1)
    world.write("It broke again", f"## What happened?\n\nx [[guideline:{rule.split('/')[-1]}]]", kind="lesson",
                status="observed")  # fmt: skip
    about = {"lesson_id": world.document("/lessons/it-broke-again").id, "document_id": world.document(rule).id}
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.add(loop.Proposal(**about, anchor="s-later", words="Say more."))
    page = Reader(world, "ines").open(f"{rule}/review").words
    assert "It did not quite settle the case of 3 readers." in page
    assert "It should have been looked at by" in page
    assert "A lesson asks for a change: It broke again" in page
    assert "A new lesson names it: It broke again" in page


def test_that_somebody_else_leads_the_unit_calls_for_another_look_without_a_name(world: World) -> None:
    rule = a_rule(world)
    number = world.document(rule).id
    with world.app.app_context(), db.system_session(writing=True) as session:
        document = session.get_one(Guideline, number)
        document.approved_at = document.created_at = db.now() - timedelta(days=30)
    quiet = Reader(world, "ines").open(f"{rule}/review").words
    assert "Somebody else leads" not in quiet
    marek = world.viewer("marek").person
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.add(Membership(person_id=marek, group_id="digital", rank="lead", starts_on=today()))
    page = Reader(world, "ines").open(f"{rule}/review").words
    assert "Somebody else leads the unit that keeps it since" in page
    assert "Marek" not in page


def test_a_hidden_lesson_is_no_evidence_to_a_keeper_who_cannot_read_it(world: World) -> None:
    rule = a_rule(world)
    before = masked(world.get("ines", f"{rule}/review").text)
    held = Sharing(("group:lisbon",), "hidden", reason="source")
    lesson = world.write("Zqxlesson", f"## What happened?\n\nx [[{rule.split('/')[-1]}]]", kind="lesson",
                         status="observed", sharing=held)  # fmt: skip
    about = {"lesson_id": world.document(lesson).id, "document_id": world.document(rule).id}
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.add(loop.Proposal(**about, words="Zqxproposal"))
    assert masked(world.get("ines", f"{rule}/review").text) == before


@pytest.mark.parametrize("who", ["amina", "okello", "marek", "ada", "oskar"])
def test_only_those_who_keep_it_look_at_it(world: World, who: str) -> None:
    rule = a_rule(world)
    assert world.get(who, f"{rule}/review").status_code == 403
    assert say(world, rule, who, **{"verdict-0": "true"}) == 403
    assert "Look at it again" not in world.get(who, rule).text
    assert rows(world) == []


def test_stewards_see_what_is_late_and_leads_what_their_units_keep(world: World) -> None:
    rule, lisbon = a_rule(world), a_rule(world, "Lisbon rule", by="okello", owner="lisbon")
    hidden = held_rule(world)
    for each in (rule, lisbon, hidden):
        set_review_day(world, each, -1)
    a_rule(world, "Not late")
    ines = world.get("ines", "/keeping/overdue").text
    assert "Posting in a crisis" in ines
    assert "Lisbon rule" in ines
    assert "Secret rule" not in ines
    assert "Not late" not in ines
    okello = world.get("okello", "/keeping/overdue").text
    assert "Lisbon rule" in okello
    assert "Secret rule" in okello
    assert "Posting in a crisis" not in okello
    assert "None is late" in world.get("oskar", "/keeping/overdue").text


@pytest.mark.parametrize("who", ["oskar", "ada", "marek"])
def test_to_outsiders_it_answers_like_what_is_not_there(world: World, who: str) -> None:
    rule = held_rule(world)
    for send in (world.get, world.post):
        there, absent = send(who, f"{rule}/review"), send(who, "/guidelines/never-was/review")
        assert there.status_code == absent.status_code == 404
        assert masked(there.text) == masked(absent.text)
