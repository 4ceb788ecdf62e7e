"""Who is reminded of an end, and who finds it under “Held back”: those who may act on it now, and nobody else."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from tests.people import World, email
from tests.wiki.holding_fixtures import held, hold_a_passage, tick, told
from tests.wiki.people_fixtures import Clock
from wiki import db
from wiki.documents import passages
from wiki.documents.models import DocumentAuthor, Passage, PassageLabel, PassageText
from wiki.people.models import Person

pytestmark = pytest.mark.usefixtures("clock")
CAST = ("amina", "okello", "tomas", "bruno", "leila", "ines", "oskar", "gita")


def close_to(world: World, public_id: str, *labels: str) -> None:
    """Let the words of a passage be read by these alone."""
    with world.app.app_context(), db.system_session(writing=True) as session:
        passage = session.scalars(select(Passage).where(Passage.public_id == public_id)).one()
        passage.labels = [PassageLabel(label=label) for label in labels]


def put_in_words(world: World, public_id: str, who: str, revision: int = 1) -> None:
    person = world.viewer(who).person
    with world.app.app_context(), db.system_session(writing=True) as session:
        passage = session.scalars(select(Passage).where(Passage.public_id == public_id)).one()
        words = {"passage_id": passage.id, "revision": revision, "body": "Zq.", "html": "<p>Zq.</p>"}
        session.add(PassageText(**words, author_id=person))


def reminded(world: World) -> set[str]:
    tick(world)
    return {who for who, _ in told(world)}


def listed(world: World, target: str) -> set[str]:
    return {who for who in CAST if f"/held/{target}" in world.get(who, "/held").text}


def acts(world: World, target: str) -> set[str]:
    return {who for who in CAST if world.get(who, f"/held/{target}").status_code == 200}


def test_an_author_with_whom_a_passage_is_not_shared_is_neither_reminded_nor_shown_it(world: World) -> None:
    target = hold_a_passage(world, world.write("The map"), 5, by="okello")
    close_to(world, target, "group:consular", "lead:lisbon")
    assert reminded(world) == {"okello"}, "Amina wrote the page and cannot read the passage"
    assert listed(world, target) == acts(world, target) == {"okello"}
    close_to(world, target, "group:consular", "lead:lisbon", f"person:{world.viewer('amina').public_id}")
    assert listed(world, target) == acts(world, target) == {"amina", "okello"}


def test_whoever_wrapped_a_passage_hears_of_it_only_as_long_as_all_its_words_are_theirs(world: World) -> None:
    address = world.write("The map")
    theirs, mixed = (hold_a_passage(world, address, 5, by="tomas") for _ in range(2))
    for target, who, revision in ((theirs, "tomas", 1), (mixed, "tomas", 1), (mixed, "okello", 2)):
        put_in_words(world, target, who, revision)
        close_to(world, target, "lead:lisbon")
    tomas = world.viewer("tomas")
    with world.app.app_context(), db.system_session() as session:
        found = {row.public_id: row for row in session.scalars(select(Passage))}
        keeps = {target: bool(passages.may_manage(tomas, found[target])) for target in (theirs, mixed)}
    assert keeps == {theirs: True, mixed: False}
    for target in (theirs, mixed):
        assert ("tomas" in listed(world, target)) is keeps[target]
        assert ("tomas" in acts(world, target)) is keeps[target]
    tick(world)
    assert [who for who, _ in told(world)].count("tomas") == 1


def test_whoever_is_a_guest_by_now_is_not_led_to_a_page_that_refuses_them(world: World) -> None:
    target = world.document(world.write("The bridge", sharing=held(5))).public_id
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.execute(update(Person).where(Person.email == email("amina")).values(is_staff=False))
    assert world.get("amina", f"/held/{target}").status_code == 403
    assert reminded(world) == {"okello"}


def test_who_is_told_is_decided_when_the_reminder_is_made(world: World, clock: Clock) -> None:
    address = world.write("The bridge", sharing=held(40))
    clock.forward(days=11)
    assert reminded(world) == {"amina", "okello"}
    number = world.document(address).id
    with world.app.app_context(), db.system_session(writing=True) as session:
        tomas = session.scalars(select(Person.id).where(Person.email == email("tomas"))).one()
        mine = update(DocumentAuthor).where(DocumentAuthor.document_id == number)
        session.execute(mine.values(person_id=tomas))
    before = len(told(world))
    clock.forward(days=23)
    tick(world)
    assert {who for who, _ in told(world)[before:]} == {"tomas", "okello"}


def test_everybody_who_is_listed_may_act_and_everybody_who_may_act_and_keeps_it_is_listed(world: World) -> None:
    """Passages and papers of several units, wrapped by several people, closed to several of them."""
    for number, (owner, by, wraps) in enumerate(
        [("lisbon", "amina", "bruno"), ("consular", "bruno", "amina"), ("digital", "marek", "oskar")]
    ):
        address = world.write(f"Map {number}", by=by, owner=owner)
        for audience in ("group:consular", "group:lisbon", "person:nobody"):
            target = hold_a_passage(world, address, 20, by=wraps)
            close_to(world, target, audience, f"lead:{owner}")
            put_in_words(world, target, "oskar")
            keeps = acts(world, target) - {"ines"}
            assert listed(world, target) - {"ines"} == keeps, (number, audience)
            assert "ines" not in listed(world, target) or "ines" in acts(world, target)
