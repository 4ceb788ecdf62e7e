"""Holding back two sentences of a page that everybody may read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.journeys.conftest import Clock
from tests.journeys.reader import Reader
from tests.people import World
from wiki import db
from wiki.access.models import AccessGrant, AuditEvent
from wiki.documents import passages
from wiki.documents.models import Passage
from wiki.people.models import Membership, Person
from wiki.people.viewer import today

At = Callable[[str | None], Reader]
EVERYWHERE = ("/wiki/harbour", "/wiki/harbour/edit", "/wiki/harbour/history/1", "/recent", "/wiki/", "/")


def body() -> str:
    until = today() + timedelta(days=60)
    return (
        "The harbour is closed on Sundays.\n\n"
        f'::: held audience="group:consular" reason=source until={until}\n'
        "## How we know\n\nCaptain Axayacatl rings us.\n:::\n\n"
        "Send people by road.\n"
    )


def write(amina: Reader) -> Reader:
    return amina.open("/wiki/new").press("Publish", title="The harbour", address="harbour", body=body())


def test_amina_holds_back_a_passage_and_each_reads_what_is_theirs(world: World, at: At) -> None:
    amina, leila, oskar = at("amina"), at("leila"), at("oskar")
    assert "Hold back a passage" in amina.open("/wiki/new").words
    write(amina)
    assert "Captain Axayacatl" in amina.words
    assert "Held: only Consular Directorate and those who keep it read this, until" in amina.words
    assert "Captain Axayacatl" in leila.open("/wiki/harbour").words
    for path in EVERYWHERE:
        assert "Axayacatl" not in oskar.open(path).answer.text, path
        assert "How we know" not in oskar.answer.text, path
    assert "Passage held by Embassy Lisbon: source protection, until" in oskar.open("/wiki/harbour").words
    assert "Send people by road." in oskar.words


def test_oskar_improves_the_page_around_it_and_leila_its_words(world: World, at: At) -> None:
    amina, leila, oskar = write(at("amina")), at("leila"), at("oskar")
    text = oskar.open("/wiki/harbour/edit").field("body")
    token = next(line for line in text.splitlines() if line.startswith("[[held:"))
    oskar.press("Save", body=text.replace(token, "").replace("road", "train"))
    assert oskar.status == 422
    assert token in oskar.beside("body")
    assert "train" in oskar.field("body"), "what was typed is kept"
    oskar.press("Save", body=f"{token}\n\nThe harbour is closed on Sundays.\n\nSend people by train.\n")
    assert "Send people by train." in oskar.words
    leila.open("/wiki/harbour")
    assert leila.words.index("Captain Axayacatl") < leila.words.index("closed on Sundays"), "he moved it"
    text = leila.open("/wiki/harbour/edit").field("body")
    leila.press("Save", body=text.replace("rings us", "writes to us"))
    assert "writes to us" in amina.open("/wiki/harbour").words
    assert "The text is the same" in oskar.open("/wiki/harbour/diff?from=2&to=3").words
    assert "writes" in leila.open("/wiki/harbour/diff?from=2&to=3").words


def test_an_old_text_without_it_is_brought_back_with_its_line_put_in(world: World, at: At) -> None:
    world.write("The harbour", "Open all week.", by="amina")
    amina, oskar = at("amina"), at("oskar")
    amina.open("/wiki/the-harbour/edit").press("Save", body=body())
    oskar.open("/wiki/the-harbour/history/1").press("Bring this text back")
    assert oskar.status == 422
    line = oskar.beside("body").rpartition(" ")[2]
    oskar.press("Save", body=f"{oskar.field('body')}\n\n{line}\n")
    assert oskar.status == 200
    assert "Open all week." in oskar.words
    assert "Captain Axayacatl" in amina.open("/wiki/the-harbour").words


def test_a_comment_holds_nothing_back_and_says_so(world: World, at: At) -> None:
    leila = write(at("amina")) and at("leila").open("/wiki/harbour")
    leila.press("Send", body="::: held audience=consular reason=source\nIt is Axayacatl.\n:::")
    assert leila.status == 422
    assert "Nothing can be held back in a comment." in leila.words
    assert "It is Axayacatl." not in at("oskar").open("/wiki/harbour").answer.text


def test_leave_for_the_passage_alone_opens_it_until_its_end(world: World, at: At, clock: Clock) -> None:
    write(at("amina"))
    oskar = at("oskar").open("/wiki/harbour")
    before = oskar.answer.headers["ETag"]
    with world.app.app_context(), db.system_session(writing=True) as session:
        person = session.scalars(select(Person.id).where(Person.email == "oskar@example.org")).one()
        passage = session.scalars(select(Passage.public_id)).one()
        until = clock.moment + timedelta(hours=1)
        session.add(AccessGrant(document=passage, person_id=person, until=until))
    assert "Captain Axayacatl" in oskar.open("/wiki/harbour").words
    assert "no-store" in oskar.answer.headers["Cache-Control"]
    clock.forward(hours=2)
    assert "Axayacatl" not in oskar.open("/wiki/harbour").answer.text
    assert oskar.answer.headers["ETag"] == before


def test_who_leaves_the_directorate_reads_it_no_more(world: World, at: At) -> None:
    write(at("amina"))
    bruno = at("bruno")
    assert "Captain Axayacatl" in bruno.open("/wiki/harbour").words
    with world.app.app_context(), db.system_session(writing=True) as session:
        person = session.scalars(select(Person.id).where(Person.email == "bruno@example.org")).one()
        for place in session.scalars(select(Membership).where(Membership.person_id == person)):
            place.ends_on = today() - timedelta(days=1)
    for path in EVERYWHERE:
        assert "Axayacatl" not in bruno.open(path).answer.text, path


def test_a_form_that_was_open_when_the_right_ended_gives_nothing_back_and_takes_nothing(world: World, at: At) -> None:
    write(at("amina"))
    bruno = at("bruno").open("/wiki/harbour/edit")
    text = bruno.field("body")
    with world.app.app_context(), db.system_session(writing=True) as session:
        passage = session.scalars(select(Passage)).one()
        passage.audience = ["group:digital"]
        passages.relabel(session, passage)
    bruno.press("Save", body=text.replace("rings us", "lies to us"))
    assert bruno.status == 422
    assert "[[held:" in bruno.beside("body")
    assert "rings us" in at("amina").open("/wiki/harbour").words


def test_opening_it_opens_it_for_everybody_and_is_written_down(world: World, at: At) -> None:
    write(at("amina"))
    keeper = world.viewer("amina")
    with world.app.app_context(), db.system_session(writing=True) as session:
        passages.open_to_readers(session, session.scalars(select(Passage)).one(), by=keeper)
        said = session.scalars(select(AuditEvent).where(AuditEvent.what == "passage:open")).one()
        assert (said.owner, said.details["passage"]) == ("lisbon", session.scalars(select(Passage.public_id)).one())
    oskar = at("oskar").open("/wiki/harbour")
    assert "Captain Axayacatl" in oskar.words
    assert "Held" not in oskar.words


def test_before_a_whole_page_is_held_back_the_form_asks_whether_a_passage_would_do(world: World, at: At) -> None:
    amina = write(at("amina")).open("/wiki/harbour/sharing")
    assert "Could only a passage be held back?" in amina.words
    amina.follow("Hold back a passage in the text")
    assert "Edit: The harbour" in amina.words


@pytest.mark.parametrize("who", ["bruno", "oskar"])
def test_only_its_keepers_open_or_renew_it(world: World, at: At, who: str) -> None:
    from wiki.access.policy import NotAllowed

    write(at("amina"))
    viewer = world.viewer(who)
    with world.app.app_context(), db.system_session(writing=True) as session:
        passage = session.scalars(select(Passage)).one()
        with pytest.raises(NotAllowed):
            passages.open_to_readers(session, passage, by=viewer)
        with pytest.raises(NotAllowed):
            passages.renew(session, passage, today() + timedelta(days=90), by=viewer)
