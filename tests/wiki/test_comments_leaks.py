"""Comments have the audience of their document, and tell nobody what its pages do not tell."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from tests.conftest import AppMaker
from tests.people import World
from tests.site.twins import masked, soon
from tests.wiki.saying import FOR_LISBON, rows, say
from wiki import db
from wiki.documents import comments, operations
from wiki.documents.models import Comment, Document, Link
from wiki.people.models import Person


def test_links_in_comments_are_filled_for_each_reader_and_make_no_backlinks(world: World) -> None:
    address = world.write("Plan")
    world.write("Secret talks", by="okello", sharing=FOR_LISBON)
    world.write("Open page")
    say(world, "amina", address, "See [[secret-talks]] and [[open-page]].")
    assert 'href="/wiki/secret-talks"' in world.get("amina", address).text
    outside = world.get("oskar", address).text
    assert "Secret talks" not in outside
    assert 'href="/wiki/secret-talks"' not in outside
    assert "Linked from" not in world.get("amina", "/wiki/open-page").text
    with world.app.app_context(), db.system_session() as session:
        assert session.scalars(select(Link)).all() == []


PATHS = ("comments", "comments/{id}", "comments/{id}/edit")
POSTS = ("comments", "comments/{id}", "comments/{id}/withdrawal", "comments/{id}/resolution", "comments/{id}/reopening")


@pytest.mark.parametrize("who", ["oskar", "gita", "ada", "ines", "marek"])
def test_to_outsiders_comments_answer_like_what_is_not_there(world: World, who: str) -> None:
    address = world.write("Secret talks", by="okello", sharing=FOR_LISBON)
    first = say(world, "amina", address, "Zqxwords.")
    for path in (*PATHS, *POSTS):
        for send in ("get", "post"):
            there, absent = (
                getattr(world, send)(who, f"{place}/{path.format(id=first)}", **_with_body(send))
                for place in (address, "/wiki/never-was")
            )
            assert there.status_code in (404, 405), (path, send)
            assert (there.status_code, masked(there.text)) == (absent.status_code, masked(absent.text)), (path, send)
            assert "Zqxwords" not in there.text
    assert "Zqxwords" not in world.get(who, "/comments").text
    assert "Zqxwords" in world.get("okello", "/comments").text, "the control: it waits for the lead"
    assert [comment.body for comment in rows(world)] == ["Zqxwords."]


def _with_body(send: str) -> dict[str, Any]:
    return {"data": {"body": "Mine."}} if send == "post" else {}


def test_when_a_document_closes_its_comments_are_gone_for_those_outside(world: World) -> None:
    address = world.write("Plan")
    mine = say(world, "oskar", address, "Zqxmine.")
    say(world, "amina", address, "Zqxanswer.", thread=mine)
    assert "Zqxanswer" in world.get("oskar", "/comments").text
    change = {"audience": "group:lisbon", "reason": "negotiation", "until": str(soon()), "discovery": "hidden"}
    version = str(world.document(address).version)
    assert world.post("okello", f"{address}/sharing", {**change, "version": version}).status_code == 303
    for path in (address, f"{address}/comments", f"{address}/comments/{mine}", f"{address}/comments/{mine}/edit"):
        assert world.get("oskar", path).status_code == 404, path
    assert "Zqx" not in world.get("oskar", "/comments").text
    assert world.post("oskar", f"{address}/comments/{mine}", {"body": "x"}).status_code == 404
    assert world.post("oskar", f"{address}/comments/{mine}/withdrawal").status_code == 404
    assert "Zqxmine" in world.get("okello", address).text


def test_withdrawn_words_are_gone_from_everywhere_and_keep_their_place(world: World) -> None:
    address = world.write("Plan")
    first = say(world, "bruno", address, "Zqxfirst.")
    say(world, "amina", address, "The answer.", thread=first)
    world.post("bruno", f"{address}/comments/{first}/withdrawal")
    for who in ("bruno", "amina", "okello", "oskar"):
        for path in (address, f"{address}/comments", "/comments"):
            page = world.get(who, path).text
            assert "Zqxfirst" not in page
        assert "Withdrawn" in world.get(who, address).text
        assert "The answer." in world.get(who, address).text
    assert "Bruno Keller" not in world.get("oskar", address).text
    assert world.get("bruno", f"{address}/comments/{first}/edit").status_code == 404
    with world.app.app_context(), db.database().engine.connect() as connection:
        stored = connection.exec_driver_sql("select body, html from comment").all()
    assert "Zqxfirst" not in str(stored)
    assert world.document(address).comments == 1


def test_a_thread_of_another_document_is_not_answered_from_here(world: World) -> None:
    held = world.write("Secret talks", by="okello", sharing=FOR_LISBON)
    there, here = say(world, "amina", held), world.write("Plan")
    for who in ("amina", "oskar"):
        assert world.post(who, f"{here}/comments", {"body": "x", "thread": there}).status_code == 404
        assert world.get(who, f"{here}/comments/{there}").status_code == 404
    assert len(rows(world)) == 1


def test_a_form_says_it_under_the_page_it_was_made_for(world: World) -> None:
    address = world.write("Talks", by="okello", sharing=FOR_LISBON)
    public_id = world.document(address).public_id
    form = {"title": "Innocent", "body": "Words.", "owner": "jakarta", "audience": "service", "address": "talks"}
    assert world.post("oskar", "/wiki/new", form).status_code == 303
    say(world, "okello", "/wiki/talks", "Zqxsecret.", document=public_id)
    assert "Zqxsecret" not in world.get("oskar", "/wiki/talks").text
    with world.app.app_context(), db.system_session() as session:
        assert session.scalar(select(Document.public_id).join(Comment)) == public_id


def unname(world: World, address: str, creator: str | None = None) -> None:
    number, by = world.document(address).id, world.viewer(creator).person if creator else None
    with world.app.app_context(), db.system_session(writing=True) as session:
        document = session.get_one(Document, number)
        document.names_authors = False
        document.created_by_id = by or document.created_by_id


def test_whoever_wrote_what_names_no_author_stays_unnamed_when_they_answer(world: World) -> None:
    address = world.write("A failure", by="amina")
    unname(world, address)
    question = say(world, "oskar", address, "Who decided?")
    say(world, "amina", address, "I did, in haste.", thread=question)
    amina = world.viewer("amina")
    for who in ("oskar", "okello", "ines", "bruno"):
        for path in (address, f"{address}/comments", "/comments"):
            page = world.get(who, path).text
            assert "Amina" not in page, (who, path)
            assert amina.public_id not in page, (who, path)
        assert "The author" in world.get(who, address).text
        assert "Oskar Berg" in world.get(who, address).text, "others are named"
    assert "The author" in world.get("oskar", "/comments").text
    assert "The author (you" in world.get("amina", address).text


def test_whoever_recorded_it_for_another_is_not_named_either(world: World) -> None:
    address = world.write("A failure", by="amina")
    unname(world, address, creator="tomas")
    say(world, "tomas", address, "I wrote it down.")
    assert "Tomás" not in world.get("oskar", address).text
    assert "Tomás" not in world.get("okello", "/comments").text
    assert "I wrote it down." in world.get("okello", "/comments").text


def test_names_come_back_where_authors_are_named(world: World) -> None:
    """The control of the two above."""
    address = world.write("A page", by="amina")
    say(world, "amina", address, "Mine.")
    assert "Amina Farouk" in world.get("oskar", address).text


def test_a_page_that_is_kept_shows_new_words_at_the_next_request(world: World) -> None:
    address = world.write("Plan")
    for who in ("bruno", "oskar"):
        for _ in range(2):
            assert "A question." not in world.get(who, address).text
    first = say(world, "bruno", address)
    for who in ("bruno", "oskar"):
        assert "A question." in world.get(who, address).text
    world.post("bruno", f"{address}/comments/{first}", {"body": "B.", "key": _base(world, "A question.")})
    assert "A question." not in world.get("oskar", address).text
    assert "/edit" not in world.get("oskar", address).text.partition('id="comments"')[2]


def _base(world: World, body: str) -> str:
    with world.app.app_context():
        return comments.base_of(Comment(body=body))


def letters(world: World) -> list[str]:
    world.settle()
    folder = world.app.extensions["chancery_settings"].data_dir / "mail"
    return [path.read_text() for path in sorted(folder.glob("*"))]


def test_authors_and_whoever_is_answered_get_a_letter_that_tells_neither_what_nor_where(world: World) -> None:
    address = world.write("Zqxtitle", "Zqxtext.", sharing=FOR_LISBON)
    first = say(world, "okello", address, "Zqxsaid.")
    say(world, "tomas", address, "Zqxanswer.", thread=first)
    say(world, "amina", address, "Zqxown.")
    # Others are asked to agree that the page is hidden.
    asked, answered = [each for each in letters(world) if "To: ines@example.org" not in each]
    assert "To: amina@example.org" in asked
    assert "Somebody asks about something you wrote" in asked
    assert "To: okello@example.org" in answered
    assert "Somebody answered you" in answered
    for letter in (asked, answered):
        assert "/comments" in letter
        assert not any(word in letter.lower() for word in ("zqx", "tom=c3", "tomás", "medina"))
    assert "okello" not in asked.lower()


@pytest.mark.parametrize(("wish", "number"), [("at-once", 1), ("never", 0), ("daily", 0)])
def test_a_letter_about_an_answer_goes_as_its_reader_wishes(world: World, wish: str, number: int) -> None:
    address = world.write("Plan")
    first = say(world, "oskar", address, "Why?")
    letters(world)
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.scalars(select(Person).where(Person.email == "oskar@example.org")).one().notices_by_mail = wish
    say(world, "amina", address, "Because.", thread=first)
    found = [each for each in letters(world) if "To: oskar@example.org" in each]
    assert len(found) == number
    assert "Somebody answered you about “Plan”" in world.get("oskar", "/notices").text, "the inbox tells it anyway"


def test_no_letter_about_an_answer_goes_to_whoever_cannot_read_the_page_any_more(make_app: AppMaker) -> None:
    world = World(make_app(drain="service"))
    address = world.write("Plan")
    first = say(world, "oskar", address, "Why?")
    letters(world)
    say(world, "amina", address, "Because.", thread=first)
    with world.app.app_context(), db.system_session(writing=True) as session:
        paper = session.scalars(select(Document).where(Document.slug == "plan")).one()
        operations.share(session, paper, FOR_LISBON, by=None)
    assert not [each for each in letters(world) if "To: oskar@example.org" in each]


def test_no_letter_goes_to_whoever_left_or_about_withdrawn_words(make_app: AppMaker) -> None:
    world = World(make_app(drain="service"))
    address = world.write("Plan")
    first = say(world, "oskar", address)
    world.post("oskar", f"{address}/comments/{first}/withdrawal")
    assert letters(world) == [], "withdrawn before the letter went"
    say(world, "oskar", address, "Another.")
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.scalars(select(Person).where(Person.email == "amina@example.org")).one().is_active = False
    assert letters(world) == []
