"""A place ends: what its person is told before, what they pass on, and what ends with it."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.journeys.reader import Reader
from tests.people import World, email
from tests.wiki.holding_fixtures import held, id_of, in_days, logged, tick, told
from tests.wiki.people_fixtures import Clock
from wiki import db
from wiki.access.models import AccessGrant, AccessRequest
from wiki.documents.leave import give
from wiki.holding import transfers
from wiki.people.models import Membership, Person
from wiki.people.viewer import today

pytestmark = pytest.mark.usefixtures("clock")


def leave(world: World, who: str, days: int, group: str = "lisbon") -> None:
    with world.app.app_context(), db.system_session(writing=True) as session:
        of_person = select(Person.id).where(Person.email == email(who)).scalar_subquery()
        mine = select(Membership).where(Membership.person_id == of_person, Membership.group_id == group)
        session.scalars(mine).one().ends_on = in_days(days)


def grant(world: World, address: str, who: str, days: int = 30) -> str:
    document, person = world.document(address), world.viewer(who).person
    until = datetime.combine(in_days(days), time(), UTC)
    with world.app.app_context(), db.system_session(writing=True) as session:
        give(session, document.public_id, person, until, by=None, owner=document.owner_id)
    with world.app.app_context(), db.system_session() as session:
        return session.scalars(select(AccessGrant.public_id).order_by(AccessGrant.id.desc())).first() or ""


def test_a_week_before_they_are_told_once(world: World, clock: Clock) -> None:
    leave(world, "amina", 10)
    days: list[int] = []
    for day in range(14):
        if tick(world):
            days.append(day)
        clock.forward(days=1)
    assert days == [3]
    assert told(world, "handover") == [("amina", "handover:soon")]


def test_two_nodes_tell_them_once(world: World) -> None:
    leave(world, "amina", 5)
    taken: list[int] = []
    barrier = threading.Barrier(3)

    def node() -> None:
        with world.app.app_context():
            barrier.wait()
            taken.append(transfers.clock())

    nodes = [threading.Thread(target=node) for _ in range(3)]
    for thread in nodes:
        thread.start()
    for thread in nodes:
        thread.join()
    assert sum(taken) == 1
    assert told(world, "handover") == [("amina", "handover:soon")]


def test_whoever_stays_in_the_group_is_told_nothing(world: World) -> None:
    leave(world, "amina", 5)
    with world.app.app_context(), db.system_session(writing=True) as session:
        person = session.scalars(select(Person.id).where(Person.email == email("amina"))).one()
        session.add(Membership(person_id=person, group_id="lisbon", rank="lead", starts_on=in_days(6)))
    assert tick(world) == 0
    assert "No place of yours ends" in Reader(world, "amina").open("/handover").words


def test_the_page_tells_what_they_leave_behind_and_home_leads_there(world: World) -> None:
    leave(world, "amina", 5)
    world.write("My draft", status="draft")
    world.write("The source", sharing=held(90, reason="source"))
    world.write("Open to all")
    far = world.write("The ferry", by="bruno", owner="consular", sharing=held(60, audience=("group:consular",)))
    grant(world, far, "amina")
    other = world.write(
        "The dam", by="bruno", owner="consular", sharing=held(60, audience=("group:consular",), release_title="A dam")
    )
    ask(world, other, "amina")
    amina = Reader(world, "amina").open("/").follow("Before you go")
    assert "Embassy Lisbon" in amina.words
    for words in ("My draft", "The source", "The ferry", "A dam"):
        assert words in amina.words, words
    assert "Open to all" not in amina.words
    assert "The dam" not in amina.answer.text
    for who in ("okello", "oskar", "gita"):
        theirs = Reader(world, who).open("/handover")
        assert theirs.status == 200
        assert "Nothing to hand over" in theirs.words
        assert "Before you go" not in Reader(world, who).open("/").links()


def ask(world: World, address: str, who: str) -> None:
    document, person = world.document(address), world.viewer(who).person
    with world.app.app_context(), db.system_session(writing=True) as session:
        asked = {"target": document.public_id, "document_id": document.id, "owner_id": document.owner_id}
        session.add(AccessRequest(**asked, person_id=person, due_at=db.now() + timedelta(days=9)))


def test_a_draft_is_passed_on_to_a_colleague_and_then_left(world: World) -> None:
    leave(world, "amina", 5)
    address = world.write("My draft", status="draft")
    public_id = id_of(world, address)
    assert world.get("tomas", address).status_code == 404
    assert world.post("amina", f"/handover/{public_id}/pass-on", {"email": email("tomas")}).status_code == 303
    assert world.get("tomas", address).status_code == 200
    assert ("tomas", "handover:passed-on") in told(world, "handover")
    Reader(world, "amina").open("/drafts")
    assert world.post("amina", f"/handover/{public_id}/step-back").status_code == 303
    assert world.get("amina", address).status_code == 404
    assert world.get("tomas", address).status_code == 200
    assert [row.what for row in logged(world, "document:authors")] == ["document:authors"] * 2


@pytest.mark.parametrize(("typed", "words"), [("", "Say who takes it on."), ("nobody@example.org", "No colleague"),
                                              ("gita@example.org", "No colleague")])  # fmt: skip
def test_a_draft_is_passed_on_to_nobody_else(world: World, typed: str, words: str) -> None:
    public_id = id_of(world, world.write("My draft", status="draft"))
    answer = world.post("amina", f"/handover/{public_id}/pass-on", {"email": typed})
    assert answer.status_code == 422
    assert words in answer.text
    assert typed in answer.text


@pytest.mark.parametrize("who", ["okello", "tomas", "oskar", "gita"])
def test_what_somebody_else_wrote_is_not_theirs_to_pass_on(world: World, who: str) -> None:
    address = world.write("The source", sharing=held(90, reason="source"))
    public_id = id_of(world, address)
    for verb in ("pass-on", "step-back"):
        for target in (public_id, "nothing"):
            data: dict[str, Any] = {"email": email("oskar")}
            assert world.post(who, f"/handover/{target}/{verb}", data).status_code == 404
    assert len(world.document(address).authors) == 1


def test_stepping_back_from_a_held_paper_ends_their_reading_and_not_that_of_the_unit(
    world: World, clock: Clock
) -> None:
    leave(world, "amina", 5)
    address = world.write("The source", sharing=held(90, reason="source"))
    clock.forward(days=6)
    tick(world)
    assert world.get("amina", address).status_code == 200, "she wrote it"
    Reader(world, "amina").open("/handover").press("Stop being an author")
    assert world.get("amina", address).status_code == 403
    assert world.get("okello", address).status_code == 200


def test_leave_ends_with_the_place_by_the_keys_and_the_clock_writes_it_down_once(world: World, clock: Clock) -> None:
    far = world.write("The ferry", by="bruno", owner="consular", sharing=held(60, audience=("group:consular",)))
    public_id = grant(world, far, "amina")
    leave(world, "amina", 2)
    assert world.get("amina", far).status_code == 200
    tick(world)
    clock.forward(days=3)
    world._clients.clear()
    assert world.get("amina", far).status_code == 403, "at once, whatever the clock does"
    assert tick(world) >= 1
    assert tick(world) == 0
    with world.app.app_context(), db.system_session() as session:
        found = session.scalars(select(AccessGrant).where(AccessGrant.public_id == public_id)).one()
        assert found.withdrawn_at == clock.moment
    assert told(world, "handover:grant") == [("amina", "handover:grant-ended")]
    assert len(logged(world, "document:grant-ended")) == 1
    assert logged(world, "document:grant-ended")[0].owner == "consular"
    text = world.get("amina", "/notices").text
    assert "Leave to read something ended" in text
    assert "ferry" not in text.lower()
    assert today() == in_days(0)
