"""What those who keep something read about how it is held back, and what a steward reads who comes second."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest
from sqlalchemy import select

from tests.journeys.reader import Reader
from tests.people import World
from tests.site.test_queries import cost
from tests.wiki.holding_fixtures import give_role, held, id_of, in_days, set_on
from wiki import db
from wiki.documents import leave
from wiki.documents.models import Passage

LINE = "Hidden. A steward has to agree; until then it is hidden already."


@pytest.fixture
def hidden(world: World) -> str:
    clean = held(200, discovery="hidden", reason="source", release_title="", share_line="")
    return world.write("The mole", "Zylphrase.", sharing=clean)


def test_its_keepers_read_that_it_is_hidden_already_and_until_when(world: World, hidden: str) -> None:
    assert LINE in world.get("amina", hidden).text
    assert LINE not in world.get("tomas", hidden).text, "a reader who may not share it"
    assert world.get("oskar", hidden).status_code == 404
    assert world.post("ines", f"/held/hidden/{id_of(world, hidden)}/approve").status_code == 303
    page = Reader(world, "amina").open(hidden)
    assert LINE not in page.words
    assert "Hidden until" in page.words


def test_the_line_costs_no_question(world: World, hidden: str) -> None:
    with_a_notice = world.write("The bridge", sharing=held(200, reason="source"))
    assert cost(world, hidden) == cost(world, with_a_notice)


def test_publishing_and_hiding_say_so_at_once(world: World) -> None:
    clean = held(100, discovery="hidden", reason="source", release_title="", share_line="")
    draft = world.write("The mole", status="draft", sharing=clean)
    amina = Reader(world, "amina").open(draft)
    assert LINE not in amina.words
    amina.press("Publish")
    assert amina.answer.text.count(LINE) == 2, "once for the deed, and once for the page"
    other = world.write("The bridge", sharing=held(60, reason="source"))
    amina.open(f"{other}/sharing").press("Save", discovery="hidden")
    assert amina.answer.text.count(LINE) == 2


def test_what_became_a_notice_tells_its_words_and_leads_to_better_ones(world: World, hidden: str) -> None:
    target = id_of(world, hidden)
    assert world.post("ines", f"/held/hidden/{target}/refuse", {"words": "No harm in a notice."}).status_code == 303
    amina = Reader(world, "amina").open("/notices")
    assert "A steward did not agree to hide “The mole”" in amina.words
    amina.open(f"/held/{target}")
    said = "a short notice of it: A paper held back by Embassy Lisbon, /wiki/a-paper-held-back-by-embassy-lisbon."
    assert said in amina.words
    amina.follow("Write better words for it")
    assert amina.path == "/wiki/a-paper-held-back-by-embassy-lisbon/sharing"
    assert amina.field("release_title") == "A paper held back by Embassy Lisbon"


def test_after_one_renewal_it_is_once_more(world: World) -> None:
    address = world.write("The bridge", sharing=held(20))
    amina = Reader(world, "amina").open(f"/held/{id_of(world, address)}")
    assert "You may do this twice." in amina.words
    set_on(world, address, renewals=1)
    amina.open(f"/held/{id_of(world, address)}")
    assert "You may do this once more." in amina.words
    assert "twice" not in amina.words


@pytest.mark.parametrize(("first", "second"), [("approve", "refuse"), ("refuse", "approve"), ("refuse", "refuse")])
def test_a_second_answer_is_told_that_it_came_too_late(world: World, hidden: str, first: str, second: str) -> None:
    give_role(world, "marek", "steward")
    target, words = id_of(world, hidden), {"words": "No."}
    assert world.post("ines", f"/held/hidden/{target}/{first}", words).status_code == 303
    before = world.client("ines").get("/held").text  # The flash of the first answer is read here.
    assert "Nothing was changed." not in before
    for who in ("ines", "marek"):
        answer = world.post(who, f"/held/hidden/{target}/{second}", words)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/held")
        assert "This does not wait for an answer any more. Nothing was changed." in world.get(who, "/held").text
    assert world.post("oskar", f"/held/hidden/{target}/{second}", words).status_code == 403


def test_whoever_was_given_leave_to_a_passage_is_told_so(world: World) -> None:
    until = in_days(100).isoformat()
    body = f'Around it.\n\n::: held audience="group:consular" reason=source until={until}\nZylphrase.\n:::\n'
    address, said = world.write("The bridge", body), "You were given leave to read this."
    number, person = world.document(address).id, world.viewer("oskar").person
    assert said not in world.get("leila", address).text, "she reads it anyhow"
    with world.app.app_context(), db.system_session(writing=True) as session:
        passage = session.scalars(select(Passage).where(Passage.document_id == number)).one()
        end = datetime.combine(in_days(9), time(), UTC)
        leave.give(session, passage.public_id, person, end, by=None)
    page = world.get("oskar", address).text
    assert "Zylphrase." in page
    assert said in page
    assert said not in world.get("leila", address).text
    assert said not in world.get("tomas", address).text
    seen = world.get("okello", f"{address}/as/{world.viewer('oskar').public_id}").text
    assert said not in seen, "whoever looks as somebody else was given nothing"
