"""Held passages in the search of the application: found by those who read them, by nobody else even for a moment."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from sqlalchemy import delete, select

from search import api, indexer
from search.query import parse
from tests.conftest import AppMaker
from tests.people import World
from wiki import db
from wiki.documents import operations, passages, texts
from wiki.documents.models import Document, Passage, PassageLabel
from wiki.documents.sharing import Sharing
from wiki.people.viewer import today

UNTIL = (today() + timedelta(days=90)).isoformat()
CANARY = "kanarienvogel"


def _body(audience: str = "lisbon", words: str = f"Our contact is called {CANARY} and lives by the harbour.") -> str:
    return (
        f'The road is closed.\n\n::: held audience="{audience}" reason=source until={UNTIL}\n{words}\n:::\n\nThe end.'
    )


@pytest.fixture
def world(make_app: AppMaker) -> World:
    return World(make_app())


def _answer(world: World, who: str, asked: str) -> api.Answer:
    viewer = world.viewer(who)
    with world.app.test_request_context(), db.database().open(viewer=viewer) as session:
        return api.ask(session, viewer, parse(asked))


def _titles(world: World, who: str, asked: str) -> list[str]:
    answer = _answer(world, who, asked)
    assert answer.total == len(answer.hits)
    assert sum(answer.facets.get("kind", {}).values()) == answer.total
    return [hit.title for hit in answer.hits]


def _passage(world: World) -> Passage:
    with world.app.app_context(), db.system_session() as session:
        return session.scalars(select(Passage)).one()


def test_a_passage_is_found_by_its_readers_and_leads_to_its_place(world: World) -> None:
    address = world.write("Road", _body())
    page = world.get("okello", f"/search?q={CANARY}").text
    place = f"{address}#passage-{_passage(world).public_id}"
    assert f'href="{place}"' in page
    assert "From a held passage" in page
    assert f"<mark>{CANARY}</mark>" in page
    assert place.split("#")[1] in world.get("okello", address).text
    for who in ("oskar", "gita", "bruno", "ada"):
        assert _titles(world, who, CANARY) == [], who
        assert CANARY not in world.get(who, f"/search?q={CANARY}+road").text.replace(f"{CANARY} road", "").replace(
            f"{CANARY}+road", ""
        )
    assert _titles(world, "oskar", "road") == ["Road"]


def test_one_document_is_one_answer(world: World) -> None:
    world.write("Road", _body(words="The road will open again."))
    answer = _answer(world, "amina", "road")
    assert [(hit.title, hit.is_passage) for hit in answer.hits] == [("Road", False)]
    assert (answer.total, answer.facets["kind"]) == (1, {"page": 1})


def test_both_rights_are_needed(world: World) -> None:
    held = Sharing(("group:lisbon",), "hidden", reason="source", until=date(2100, 1, 1))
    world.write("Road", _body("bridge"), sharing=held)
    found = {who: _titles(world, who, CANARY) for who in ("tomas", "amina", "gita", "oskar")}
    # Amina wrapped it and acts for nobody; she reads what she wrote.
    assert found == {"tomas": ["Road"], "amina": ["Road"], "gita": [], "oskar": []}


def test_words_that_were_wrapped_are_gone_for_the_others_before_the_index_follows(world: World) -> None:
    address = world.write("Road", f"The road is closed. Our contact is called {CANARY}.")
    world.write("Other", "Another road.")
    assert sorted(_titles(world, "oskar", "road")) == ["Other", "Road"]
    document, amina = world.document(address), world.viewer("amina")
    with world.app.app_context(), db.system_session(writing=True) as session:
        found = session.get_one(Document, document.id)
        operations.revise(session, found, texts.prepare("Road", _body()), base=1, by=amina)
    assert _titles(world, "oskar", CANARY) == []
    assert _titles(world, "oskar", "road") == ["Other"]
    assert _suggested(world, "oskar", "roa") == []
    world.settle()
    assert _titles(world, "oskar", CANARY) == []
    assert sorted(_titles(world, "oskar", "road")) == ["Other", "Road"]
    assert _titles(world, "okello", CANARY) == ["Road"]


def _suggested(world: World, who: str, typed: str) -> list[str]:
    viewer = world.viewer(who)
    with world.app.test_request_context(), db.database().open(viewer=viewer) as session:
        return [entry.title for entry in api.suggest(session, viewer, typed)]


def test_a_passage_that_was_narrowed_is_gone_at_once(world: World) -> None:
    world.write("Road", _body("lisbon bridge"))
    assert _titles(world, "gita", CANARY) == [], "a guest reads no page of the service"
    assert _titles(world, "tomas", CANARY) == _titles(world, "okello", CANARY) == ["Road"]
    with world.app.app_context(), db.system_session(writing=True) as session:
        passage = session.scalars(select(Passage)).one()
        passage.audience = ["group:jakarta"]
        passages.relabel(session, passage)
    assert _titles(world, "tomas", CANARY) == []
    world.settle()
    assert _titles(world, "tomas", CANARY) == []
    assert _titles(world, "oskar", CANARY) == ["Road"]


def test_rows_win_over_a_stale_index(world: World) -> None:
    """Even where nothing was queued, words are shown only to those whom the rows let read them."""
    world.write("Road", _body())
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.execute(delete(PassageLabel).where(PassageLabel.label == "group:lisbon"))
    assert _answer(world, "tomas", CANARY).hits == ()
    assert [hit.title for hit in _answer(world, "amina", CANARY).hits] == ["Road"]


def test_a_passage_that_was_opened_or_taken_out_follows(world: World) -> None:
    address = world.write("Road", _body())
    with world.app.app_context(), db.system_session(writing=True) as session:
        passages.open_to_readers(session, session.scalars(select(Passage)).one(), by=None)
    world.settle()
    assert _titles(world, "oskar", CANARY) == ["Road"]
    assert _titles(world, "gita", CANARY) == []
    assert "From a held passage" not in world.get("oskar", f"/search?q={CANARY}").text
    document = world.document(address)
    body = re.sub(r"::: held(.|\n)*:::\n", "", _body())
    with world.app.app_context(), db.system_session(writing=True) as session:
        found = session.get_one(Document, document.id)
        operations.revise(session, found, texts.prepare("Road", body), base=1, by=None)
    world.settle()
    assert _titles(world, "oskar", CANARY) == _titles(world, "amina", CANARY) == []


def test_what_is_under_quarantine_has_no_segments_for_anybody(world: World) -> None:
    held = Sharing(("group:lisbon",), "stub", "Notice of a road", "Ask us.", "source", date(2100, 1, 1))
    address = world.write("Road", _body(), sharing=held)
    assert _titles(world, "oskar", "notice") == ["Notice of a road"]
    document = world.document(address)
    with world.app.app_context(), db.system_session(writing=True) as session:
        found = session.get_one(Document, document.id)
        found.quarantined_at = db.now()
        operations.relabel(session, found)
    for _moment in ("before the index follows", "after"):
        for who in ("amina", "oskar", "ines"):
            for asked in ("road", "notice", CANARY):
                assert _titles(world, who, asked) == [], (who, asked, _moment)
        world.settle()
    with world.app.app_context():
        assert api.engine().revisions() == {}
        assert indexer.differences(api.engine()) == set()
        indexer.rebuild(api.engine())
        assert api.engine().revisions() == {}
