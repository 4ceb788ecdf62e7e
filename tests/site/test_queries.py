"""How often a page asks the database. Lists ask as often for forty documents as for five."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, select

from tests.people import LONG_AGO, World, email
from wiki import db
from wiki.documents import file_views, operations, texts
from wiki.documents.files import CheckedFile
from wiki.documents.models import Document, Term
from wiki.documents.operations import Facts
from wiki.documents.sharing import Sharing
from wiki.people.models import Group, Membership, Person

# Each slice asks once for its part of the home page, and so do ends and requests; a track begun adds three more.
HOME, DOCUMENT = 16, 10
FEW, MANY = 5, 40


@contextmanager
def counted(world: World) -> Iterator[list[str]]:
    """The statements that reach the database meanwhile, without those that only begin a transaction."""
    asked: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if not statement.startswith(("BEGIN", "PRAGMA")):
            asked.append(statement)

    engine = world.app.extensions["chancery_db"].engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)


def cost(world: World, path: str, who: str = "amina") -> int:
    """How many statements one visit takes, once the first visit has settled what settles once."""
    world.get(who, path)
    with counted(world) as asked:
        answer = world.get(who, path)
    assert answer.status_code == 200, path
    assert asked, "the control: every page asks at least who is there"
    return len(asked)


@pytest.fixture
def furnished(world: World) -> World:
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.add_all(
            Term(vocabulary=vocabulary, slug=slug, name=slug.title())
            for vocabulary, slug in (("topic", "crisis"), ("platform", "x"))
        )
    world.write("Hub", "A place that others link to.")
    fill(world, 0, FEW)
    return world


def fill(world: World, first: int, last: int) -> None:
    """Documents of every sort with everything around them, all of them linked with the hub and below it."""
    terms = {"tag": ["steel"], "topic": ["crisis"], "platform": ["x"]}
    amina = world.viewer("amina")
    with world.app.app_context():
        hub = world.document("/wiki/hub").id
        body = "A girder, see [[hub]].\n\n## One part\n\nx"
        prepared = [texts.prepare(f"Bridge {number}", body) for number in range(first, last)]
        with db.system_session(writing=True) as session:
            for text in prepared:
                for kind, status in (("page", "published"), ("guideline", "in-force"), ("page", "draft")):
                    facts = Facts("lisbon", parent=hub if kind == "page" else None, terms=terms)
                    document = operations.draft(session, kind, text, facts, Sharing(), by=amina)
                    if status != "draft":
                        operations.publish(session, document, by=None, status=status)
                binned = operations.draft(session, "page", text, Facts("lisbon"), Sharing(), by=amina)
                operations.bin_document(session, binned, by=amina)
            document = session.get_one(Document, hub)
            linking = "\n\n".join(f"[[bridge-{n}]]" for n in range(last))
            operations.revise(session, document, texts.prepare("Hub", linking), base=document.working, by=amina)
            kept = world.app.extensions["chancery_files"].put(b"words")
            for number in range(first, last):
                file = CheckedFile(f"{number}.txt", "text/plain", b"words")
                file_views.attach(session, document, file, kept, by=amina.person)
    world.settle()


def lists(world: World) -> list[str]:
    with world.app.app_context(), db.system_session() as session:
        amina = session.scalars(select(Person.public_id).where(Person.email == email("amina"))).one()
    browsing = ("/", "/recent", "/drafts", "/bin", "/tags", "/tags/steel", "/topic/crisis", "/platform/x", "/wiki/")
    guidelines = ("/guidelines/", "/guidelines/?topic=crisis&status=in-force")
    searching = ("/search?q=girder", "/search?q=girder&kind=page", "/search/suggest?q=bri")
    people = ("/groups", "/groups/lisbon", "/people", "/people?q=a&language=en&post=lisbon", f"/people/{amina}")
    around = ("/wiki/hub", "/wiki/hub/history", "/wiki/hub/files", "/wiki/hub/sharing")
    return [*browsing, *guidelines, *searching, *people, *around]


def test_home_and_documents_keep_to_their_budget(furnished: World) -> None:
    assert cost(furnished, "/") <= HOME
    pages = {path: cost(furnished, path) for path in ("/wiki/hub", "/wiki/bridge-0", "/guidelines/bridge-0")}
    assert {path: number for path, number in pages.items() if number > DOCUMENT} == {}
    # Stewards and leads have more keys to look up.
    assert cost(furnished, "/", "ines") <= HOME
    assert cost(furnished, "/guidelines/bridge-0", "okello") <= DOCUMENT


def test_no_list_asks_more_often_when_there_is_more_to_show(furnished: World) -> None:
    few = {path: cost(furnished, path) for path in lists(furnished)}
    fill(furnished, FEW, MANY)
    many = {path: cost(furnished, path) for path in lists(furnished)}
    assert {path: (few[path], many[path]) for path in few if few[path] != many[path]} == {}
    assert max(many.values()) <= 16, many
    assert "Bridge 39" in furnished.get("amina", "/wiki/hub").text, "the control: there was more to show"


def test_lists_of_people_ask_as_often_for_many_as_for_few(world: World) -> None:
    paths = ("/people", "/people?post=lisbon", "/admin", "/admin/people", "/admin/groups", "/admin/groups/lisbon")
    few = {path: cost(world, path, "ada") for path in paths}
    with world.app.app_context(), db.system_session(writing=True) as session:
        for number in range(MANY):
            group = Group(id=f"post-{number}", name=f"Embassy {number}", type="post")
            person = Person(email=f"clerk{number}@example.org", name=f"Aaron {number}", languages=["en"])
            session.add_all([group, person])
            session.flush()
            for place in ("lisbon", group.id):
                session.add(Membership(person_id=person.id, group_id=place, starts_on=LONG_AGO))
    many = {path: cost(world, path, "ada") for path in paths}
    assert few == many
    assert max(many.values()) <= 10, many
    assert "Aaron 29" in world.get("ada", "/admin/people").text, "the control: there was more to show"
