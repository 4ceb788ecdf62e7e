"""The life of a guideline: drafted by its unit, put in force by an approver, changed, replaced, ended."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from guidelines.guides.models import Guideline, GuidelineStatus
from tests.journeys.reader import Reader
from tests.people import World, email
from wiki import db
from wiki.exchange.starter import load_demo, load_starter
from wiki.people.viewer import today

At = Callable[[str | None], Reader]


@pytest.fixture
def at(world: World) -> At:
    """Somebody of the cast, signed in, at a browser."""
    return lambda who: Reader(world, who)


def write_rule(world: World, title: str = "Posting in a crisis", body: str = "Stop the queue.") -> str:
    return world.write(title, body, kind="guideline", by="ines", owner="digital", status="in-force")


def test_a_draft_becomes_the_rule_when_an_approver_puts_it_in_force(world: World, at: At) -> None:
    ines = at("ines").open("/guidelines/new")
    ines.press("Save as a draft", title="Posting in a crisis", body="Stop the queue.")
    address = "/guidelines/posting-in-a-crisis"
    assert ines.path.startswith(address)
    assert at("amina").open(address).status == 404, "nobody reads a draft"
    assert at("marek").open(address).status == 404, "not even an approver, until he is let in"
    assert ines.open(f"{address}/in-force").status == 403
    assert "Only an approver puts guidelines in force" in ines.words

    ines.open(f"{address}/sharing").press("Let them read", email=email("marek"), grant_until=in_days(7))
    marek = at("marek").open(address).follow("Put it in force")
    marek.press("Put it in force", review_on=in_days(365))
    assert "In force" in marek.words
    amina = at("amina").open(address)
    assert "Stop the queue." in amina.words
    assert f"Version1.0, {today():%-d %b %Y}" in amina.words
    assert "Approved byMarek Novak" in amina.words
    assert "Posting in a crisis" in amina.open("/guidelines/").words
    assert "1 answer" in amina.open("/search?q=queue").words


def in_days(days: int) -> str:
    return (today() + timedelta(days=days)).isoformat()


@pytest.mark.parametrize("step", ["in-force", "supersession", "withdrawal"])
@pytest.mark.parametrize("who", ["ines", "okello", "ada"])
def test_only_an_approver_takes_the_steps_of_its_life(world: World, at: At, who: str, step: str) -> None:
    address = write_rule(world)
    world.post("ines", f"{address}/edit", _change(world, address, "Stop everything.")).close()
    before = world.document(address)
    seen = at(who).open(f"{address}/{step}")
    assert seen.status == 403
    assert "Only an approver" in seen.words
    form = {"since": today().isoformat(), "why": "Out of date.", "successor": "x"}
    assert world.post(who, f"{address}/{step}", form).status_code == 403
    after = world.document(address)
    assert (after.status, after.published, after.version) == (before.status, before.published, before.version)


def _change(world: World, address: str, body: str, who: str = "ines") -> dict[str, str]:
    page = Reader(world, who).open(f"{address}/edit")
    return {name: page.field(name) for name in ("key", "base_revision", "title", "lang")} | {"body": body}


def test_readers_keep_the_version_in_force_while_a_working_copy_grows(world: World, at: At) -> None:
    address = write_rule(world)
    ines, amina = at("ines").open(f"{address}/edit"), at("amina")
    ines.press("Save", body="Stop the queue and call the desk.", title="Posting in any crisis")
    assert "Saved as a working copy" in ines.words
    assert "A newer working copy waits" in ines.words

    assert "call the desk" not in amina.open(address).answer.text
    assert "any crisis" not in amina.answer.text
    assert "working copy" not in amina.answer.text
    for path in ("/history", "/history/2", "/diff?from=1&to=2", "/diff"):
        assert "any crisis" not in amina.open(address + path).answer.text, path
        assert "call the desk" not in amina.answer.text, path
    assert amina.open(f"{address}/history/2").status == 404
    assert "No answer yet" in amina.open("/search?q=desk").words

    marek = at("marek").open(address)
    marek.follow("Put it in force").press("Put it in force")
    assert "call the desk" in amina.open(address).words
    assert "Version1.0" in amina.words
    assert "1 answer" in amina.open("/search?q=desk").words


def test_only_the_unit_that_keeps_it_changes_its_text(world: World, at: At) -> None:
    address = write_rule(world)
    amina = at("amina").open(f"{address}/edit")
    assert amina.status == 403
    assert "Only its authors and the unit that keeps it" in amina.words
    assert world.post("amina", f"{address}/edit", {"title": "x", "body": "x", "base_revision": "1"}).status_code == 403
    assert world.document(address).working == 1


def test_a_superseded_rule_leads_on_and_sinks_in_search(world: World, at: At) -> None:
    old = write_rule(world, "Crisis rules of old", "Stop the queue of posts in a crisis, crisis, crisis.")
    new = write_rule(world, "What to do today", "Stop the queue of posts. A crisis needs care.")
    marek = at("marek").open(f"{old}/supersession")
    marek.press("Supersede it", successor="what-to-do-today")
    assert marek.status == 200
    world.settle()

    amina = at("amina").open(old)
    assert "This guideline has been replaced" in amina.words
    assert amina.links()["What to do today"] == new
    assert "Crisis rules of old" not in amina.open("/guidelines/").words
    found = amina.open("/search?q=crisis+queue").words
    assert found.index("What to do today") < found.index("Crisis rules of old")
    assert "Replaced by What to do today" in found


def test_a_withdrawn_rule_stays_readable_with_the_reason_above_it(world: World, at: At) -> None:
    address = write_rule(world)
    marek = at("marek").open(f"{address}/withdrawal")
    marek.press("Withdraw it", why="The network closed.")
    world.settle()
    amina = at("amina").open(address)
    assert "This guideline is withdrawn" in amina.words
    assert "The network closed." in amina.words
    assert "Stop the queue." in amina.words
    assert "No answer yet" in amina.open("/search?q=queue").words
    assert "1 answer" in amina.open("/search?q=queue&status=withdrawn").words


def test_steps_that_make_no_sense_are_told_beside_the_field_and_change_nothing(world: World, at: At) -> None:
    address, other = write_rule(world), write_rule(world, "Another")
    marek = at("marek").open(f"{address}/in-force")
    marek.press("Put it in force")
    assert (marek.status, marek.beside("since")) == (422, "This version is in force already.")
    marek.open(f"{address}/withdrawal").press("Withdraw it", why="  ")
    assert marek.status == 422
    assert "Say in a sentence why" in marek.beside("why")
    answer = world.post("marek", f"{address}/supersession", {"successor": "no-such-rule"})
    assert answer.status_code == 422
    world.post("marek", f"{other}/withdrawal", {"why": "Gone."})
    assert world.post("marek", f"{address}/supersession", {"successor": "another"}).status_code == 422
    assert world.document(address).status == "in-force"


def test_a_rule_cannot_hold_before_it_is_approved(world: World, at: At) -> None:
    address = write_rule(world)
    world.post("ines", f"{address}/edit", {"title": "Posting in a crisis", "body": "New words.", "base_revision": "1"})
    answer = world.post("marek", f"{address}/in-force", {"since": "2026-01-01"})
    assert answer.status_code == 422
    assert "A version cannot hold before it is approved" in answer.text
    assert world.document(address).published == 1
    assert world.post("marek", f"{address}/in-force", {"since": today().isoformat()}).status_code == 303
    assert world.document(address).published == 2


def test_no_successor_is_chosen_before_somebody_chooses(world: World, at: At) -> None:
    address = write_rule(world)
    write_rule(world, "Another")
    page = at("marek").open(f"{address}/supersession").words
    assert "Choose a guideline" in page
    assert world.post("marek", f"{address}/supersession", {"successor": ""}).status_code == 422
    assert world.document(address).status == "in-force"


def test_what_was_withdrawn_by_mistake_can_be_put_in_force_again(world: World, at: At) -> None:
    address = write_rule(world)
    world.post("marek", f"{address}/withdrawal", {"why": "By mistake."})
    at("marek").open(address).follow("Put it in force again").press("Put it in force")
    assert world.document(address).status == "in-force"


def test_the_demo_world_shows_a_guideline_in_each_state(app: Flask) -> None:
    with app.app_context():
        load_starter()
        load_demo()
        again = load_demo()
        with db.system_session() as session:
            found = session.scalars(select(Guideline)).all()
            assert {guideline.status for guideline in found} == set(GuidelineStatus)
            assert {guideline.number is None for guideline in found if guideline.edition} == {False}
            assert len({guideline.number for guideline in found if guideline.number}) > 18
            led_on = {guideline.status for guideline in found if guideline.successor_id is not None}
    assert led_on == {"superseded", "merged"}
    assert (again.documents.new, again.documents.changed) == (0, 0)
