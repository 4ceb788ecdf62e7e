"""“Who can see this?”: names for those who keep a document, numbers for the others, nothing about closed circles."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import event, select

from tests.people import LONG_AGO, World, email
from wiki import db
from wiki.access.models import AccessGrant
from wiki.documents.models import Document
from wiki.documents.sharing import Sharing
from wiki.people.models import Group, Membership, Person
from wiki.people.viewer import today


def held(*audience: str, discovery: str = "stub", **more: Any) -> Sharing:
    about = {"release_title": "A notice", "share_line": "A line.", "reason": "negotiation", **more}
    return Sharing(audience=audience, discovery=discovery, until=today() + timedelta(days=30), **about)


def add_group(world: World, ident: str, name: str, members: dict[str, str], *, hidden: bool = False) -> None:
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.add(Group(id=ident, name=name, type="task-force", is_hidden=hidden))
        session.flush()
        for who, rank in members.items():
            person = session.scalars(select(Person.id).where(Person.email == email(who))).one()
            session.add(Membership(person_id=person, group_id=ident, rank=rank, starts_on=LONG_AGO))


def unname(world: World, address: str) -> None:
    with world.app.app_context(), db.system_session(writing=True) as session:
        found = session.scalars(select(Document).where(Document.slug == address.rsplit("/", 1)[1])).one()
        found.names_authors = False


def let_read(world: World, address: str, who: str, days: int = 9) -> None:
    document = world.document(address)
    with world.app.app_context(), db.system_session(writing=True) as session:
        person = session.scalars(select(Person.id).where(Person.email == email(who))).one()
        until = db.now() + timedelta(days=days)
        session.add(AccessGrant(document=document.public_id, person_id=person, until=until))


def test_a_keeper_is_told_the_names_with_posts_by_why(world: World) -> None:
    address = world.write("Talks", sharing=held("group:bridge", f"person:{world.viewer('bruno').public_id}"))
    let_read(world, address, "oskar")
    page = world.get("okello", f"{address}/why")
    assert page.status_code == 200
    for words in ("Bridge task force", "Tomás Medina", "Embassy Lisbon", "Gita Rao", "Guest", "By name", "Bruno Keller",
                  "Those who act for Embassy Lisbon today", "James Okello", "Oskar Berg", "Those who wrote it",
                  "those who have leave to read it for a time", "Amina Farouk"):  # fmt: skip
        assert words in page.text, words
    assert "Leila Karimi" not in page.text


def test_other_readers_are_told_numbers_and_their_own_reason(world: World) -> None:
    address = world.write("Talks", sharing=held("group:bridge"))
    for who in ("tomas", "gita"):
        page = world.get(who, f"{address}/why").text
        assert "It is shared with Bridge task force" in page
        assert "people" in page
        assert "James Okello" not in page
        assert "Amina Farouk" not in page
        assert "See it as somebody else" not in page


def test_whoever_cannot_read_it_is_told_nothing(world: World) -> None:
    stub = world.write("Talks", sharing=held("group:bridge"))
    hidden = world.write("Deep talks", sharing=held("group:bridge", discovery="hidden"))
    absent = world.get("oskar", "/wiki/nothing-here/why")
    for address in (stub, hidden):
        answer = world.get("oskar", f"{address}/why")
        assert answer.status_code == 404
        assert answer.text == absent.text


def test_what_is_for_the_whole_service_lists_no_names(world: World) -> None:
    address = world.write("Open")
    page = world.get("amina", f"{address}/why").text
    assert "The whole service" in page
    assert "9 people at 2 posts" in page
    assert "Bruno Keller" not in page


def test_the_members_of_a_closed_group_are_told_to_its_members_only(world: World) -> None:
    add_group(world, "zq-closed", "Zqclosed circle", {"amina": "member", "bruno": "member"}, hidden=True)
    address = world.write("Talks", sharing=held("group:zq-closed"))
    for who, told in (("amina", True), ("okello", False), ("ines", False)):
        page = world.get(who, f"{address}/why")
        if who == "ines":
            assert page.status_code == 404
            continue
        assert ("Bruno Keller" in page.text) is told
        assert ("Zqclosed" in page.text) is told
        assert ("A closed group" in page.text) is not told


def test_the_number_of_readers_does_not_tell_how_many_belong_to_a_closed_group(world: World) -> None:
    add_group(world, "zq-closed", "Zqclosed circle", {"amina": "member", "bruno": "member"}, hidden=True)
    address = world.write("Talks", sharing=held("group:zq-closed"))
    # Amina wrote it and Okello acts for the unit; Bruno belongs to the circle, which she may know.
    for path in ("why", "sharing"):
        assert "2 people" in world.get("okello", f"{address}/{path}").text, path
        assert "3 people" in world.get("amina", f"{address}/{path}").text, path


def test_the_author_of_a_text_that_names_none_is_not_told(world: World) -> None:
    address = world.write("Talks", sharing=held("group:consular", "group:lisbon"), by="marek")
    unname(world, address)
    page = world.get("okello", f"{address}/why").text
    assert "Marek Novak" not in page
    assert "Those who wrote it" not in page
    assert "so they are not listed" in page
    # Of themselves they are told.
    assert "Those who wrote it" in world.get("marek", f"{address}/why").text


def test_a_long_list_has_pages(world: World) -> None:
    with world.app.app_context(), db.system_session(writing=True) as session:
        for number in range(90):
            person = Person(email=f"p{number}@example.org", name=f"Person {number:03}")
            session.add(person)
            session.flush()
            session.add(Membership(person_id=person.id, group_id="bridge", rank="member", starts_on=LONG_AGO))
    address = world.write("Talks", sharing=held("group:bridge"))
    first = world.get("okello", f"{address}/why").text
    second = world.get("okello", f"{address}/why?after=60").text
    assert "92 people" in first
    assert "Person 003" in first
    assert "Person 003" not in second
    assert "Person 089" in second


def test_the_list_takes_as_many_questions_for_many_as_for_few(world: World) -> None:
    address = world.write("Talks", sharing=held("group:bridge"))
    few = questions(world, f"{address}/why")
    with world.app.app_context(), db.system_session(writing=True) as session:
        for number in range(50):
            person = Person(email=f"p{number}@example.org", name=f"Person {number:03}")
            session.add(person)
            session.flush()
            session.add(Membership(person_id=person.id, group_id="bridge", rank="member", starts_on=LONG_AGO))
    assert questions(world, f"{address}/why") == few
    assert few <= 24


def questions(world: World, path: str, who: str = "okello") -> int:
    world.get(who, path)
    asked: list[str] = []
    engine = world.app.extensions["chancery_db"].engine

    def count(connection: Any, cursor: Any, statement: str, *more: Any) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", count)
    try:
        assert world.get(who, path).status_code == 200
    finally:
        event.remove(engine, "before_cursor_execute", count)
    return len([one for one in asked if not one.startswith(("BEGIN", "PRAGMA"))])


def test_a_form_tells_who_that_is_before_it_is_saved(world: World) -> None:
    data = {"title": "T", "body": "words I typed", "owner": "lisbon", "audience": "groups", "groups": "bridge"}
    page = world.post("amina", "/wiki/new", {**data, "reach": "who"})
    assert "Tomás Medina" in page.text
    assert "Gita Rao" in page.text
    assert "James Okello" in page.text
    assert "words I typed" in page.text
    part = world.post("amina", "/wiki/new", {**data, "reach": "who"}, headers={"HX-Request": "true"})
    assert "Tomás Medina" in part.text
    assert "<html" not in part.text
    assert "Tomás Medina" not in world.post("amina", "/wiki/new", {**data, "reach": "1"}).text


def test_a_form_tells_nothing_of_a_group_the_writer_does_not_know(world: World) -> None:
    add_group(world, "zq-closed", "Zqclosed circle", {"bruno": "member"}, hidden=True)
    data = {"title": "T", "body": "x", "owner": "lisbon", "audience": "groups", "groups": "zq-closed", "reach": "who"}
    page = world.post("amina", "/wiki/new", data).text
    assert "Bruno Keller" not in page
    assert "Zqclosed" not in page


def test_the_sharing_form_tells_who_that_is(world: World) -> None:
    address = world.write("Talks", sharing=held("group:bridge"))
    version = str(world.document(address).version)
    data = {"audience": "groups", "groups": "consular", "version": version, "reach": "who"}
    page = world.post("okello", f"{address}/sharing", data)
    assert "Bruno Keller" in page.text
    assert world.post("oskar", f"{address}/sharing", data).status_code == 404
