"""Alarms: raised once for each person and stretch of time, told to security officers, settled with words."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from tests.conftest import AppMaker
from tests.journeys.conftest import Clock, clock
from tests.people import World, email
from tests.wiki.test_security_log import appoint, events
from wiki import clocks, db
from wiki.access import audit
from wiki.access.models import AccessRequest, Alarm
from wiki.documents.opened import OPENED
from wiki.notices.models import Notice
from wiki.people.models import Membership, Person

__all__ = ["clock"]

LIMITS = {
    "alarm_held_reads_an_hour": 5,
    "alarm_owners_a_day": 3,
    "alarm_export_rows": 10,
    "alarm_reads_before_leaving": 4,
    "alarm_requests_a_day": 3,
}
NOON = datetime(2027, 3, 10, 12, 0, tzinfo=UTC)


@pytest.fixture
def watched(make_app: AppMaker, clock: Clock) -> World:
    clock.moment = NOON
    world = World(make_app(**LIMITS))
    appoint(world)
    return world


def number_of(world: World, who: str) -> int:
    return world.viewer(who).person


def read(world: World, who: str, number: int, *, owners: int = 1) -> None:
    """Let somebody have opened so many papers by now, of so many units."""
    by = number_of(world, who)
    with world.app.app_context(), db.system_session(writing=True) as session:
        for each in range(number):
            audit.record(session, OPENED, by=by, about=f"d{each}", owner=f"unit{each % owners}")


def look(world: World) -> list[tuple[str, str]]:
    """Let the clocks run; every alarm there is by then, with whom it is about."""
    with world.app.app_context():
        clocks.run()
        with db.system_session() as session:
            rows = session.execute(select(Alarm.code, Person.email).join(Person, Person.id == Alarm.person_id))
            return sorted((code, address.split("@")[0]) for code, address in rows)


def test_much_opened_within_an_hour(watched: World, clock: Clock) -> None:
    read(watched, "tomas", 4)
    assert look(watched) == []
    clock.forward(minutes=59)
    read(watched, "tomas", 1)
    assert look(watched) == [("held-reads", "tomas")]
    assert look(watched) == [("held-reads", "tomas")], "once for each hour"
    clock.forward(minutes=1)
    read(watched, "tomas", 4)
    assert len(look(watched)) == 1
    read(watched, "tomas", 1)
    assert look(watched) == [("held-reads", "tomas")] * 2, "another hour, another alarm"


def test_a_clock_that_was_stopped_raises_the_alarm_later(watched: World, clock: Clock) -> None:
    read(watched, "tomas", 5)
    clock.forward(days=2)
    assert look(watched) == [("held-reads", "tomas")]


def test_papers_of_many_units_on_one_day(watched: World, clock: Clock) -> None:
    read(watched, "tomas", 2, owners=2)
    clock.forward(days=1)
    read(watched, "tomas", 2, owners=2)
    assert look(watched) == [], "two units a day"
    clock.forward(hours=3)
    read(watched, "tomas", 3, owners=3)
    assert look(watched) == [("owners", "tomas")]


def test_an_export_of_many_rows(watched: World) -> None:
    bruno = number_of(watched, "bruno")
    with watched.app.app_context(), db.system_session(writing=True) as session:
        audit.record(session, "log:export", by=bruno, rows=9)
        audit.record(session, "log:export", by=None, rows=5000)
    assert look(watched) == []
    with watched.app.app_context(), db.system_session(writing=True) as session:
        audit.record(session, "document:export", by=bruno, rows=10)
    assert look(watched) == [("export", "bruno")]


def test_much_opened_in_the_week_before_leaving(watched: World, clock: Clock) -> None:
    def leaves(days: int | None) -> None:
        last = NOON.date() + timedelta(days=days) if days is not None else None
        amina = number_of(watched, "amina")
        with watched.app.app_context(), db.system_session(writing=True) as session:
            session.execute(update(Membership).where(Membership.person_id == amina).values(ends_on=last))

    read(watched, "amina", 4)
    assert look(watched) == []
    leaves(8)
    assert look(watched) == [], "more than a week before"
    leaves(7)
    assert look(watched) == [("leaving", "amina")]


def test_probing_by_many_requests(watched: World, clock: Clock) -> None:
    address = watched.write("Bridge")
    paper, oskar = watched.document(address), number_of(watched, "oskar")
    for number in range(3):
        assert look(watched) == []
        with watched.app.app_context(), db.system_session(writing=True) as session:
            asked = AccessRequest(
                target=paper.public_id,
                document_id=paper.id,
                person_id=oskar,
                owner_id="lisbon",
                due_at=NOON + timedelta(days=3),
                asked_at=NOON,
                idempotency_key=str(number),
            )
            session.add(asked)
    assert look(watched) == [("probing", "oskar")]
    for _ in range(3):
        watched.post("leila", "/break-glass", {"place": "/wiki/nothing", "why": "I try one address after another."})
    assert look(watched) == [("probing", "leila"), ("probing", "oskar")]


def test_two_nodes_that_look_at_once_raise_one_alarm(watched: World) -> None:
    read(watched, "tomas", 5)
    start = threading.Barrier(3)

    def node() -> None:
        start.wait()
        with watched.app.app_context():
            clocks.run()

    threads = [threading.Thread(target=node) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert look(watched) == [("held-reads", "tomas")]
    assert len(events(watched, "alarm:raise")) == 1


def told(world: World) -> list[str]:
    with world.app.app_context(), db.system_session() as session:
        rows = session.execute(
            select(Person.email, Notice.urgent, Notice.details)
            .join(Person, Person.id == Notice.person_id)
            .where(Notice.code == "alarm:raised")
        )
        found = [(address.split("@")[0], urgent, details) for address, urgent, details in rows]
    assert all(urgent and not details for _who, urgent, details in found)
    return sorted(who for who, *_ in found)


def test_security_officers_are_told_and_settle_it_with_words(watched: World) -> None:
    read(watched, "tomas", 5)
    look(watched)
    assert told(watched) == ["marek"]
    page = watched.get("marek", "/security").text
    assert "Tomás Medina" in page
    assert "opened: 5 · limit: 5" in page
    settle = page.split('/settlement"')[0].split('action="')[-1] + "/settlement"
    for who in ("tomas", "ada", "bruno", "ines", "oskar", "gita"):
        assert watched.post(who, settle, {"words": "Nothing."}).status_code == 403, who
    empty = watched.post("marek", settle, {"words": "  "})
    assert empty.status_code == 422
    assert "Say it in a sentence" in empty.text
    long = watched.post("marek", settle, {"words": "x" * 401})
    assert long.status_code == 422
    assert "x" * 401 in long.text, "what was typed is kept"
    assert watched.post("marek", settle, {"words": "He prepares a handover."}).status_code == 303
    assert watched.post("marek", settle, {"words": "Again."}).status_code == 303
    assert len(events(watched, "alarm:settle")) == 1, "settled once"
    page = watched.get("marek", "/security").text
    assert "No alarm is open" in page
    assert "He prepares a handover." in page
    assert "Again." not in page
    assert watched.post("marek", "/security/alarms/forged/settlement", {"words": "x"}).status_code == 404
    assert look(watched) == [("held-reads", "tomas")], "a settled alarm is not raised again"


def test_nobody_settles_an_alarm_about_themselves(watched: World) -> None:
    read(watched, "marek", 5)
    look(watched)
    assert told(watched) == ["marek"], "there is no other officer to tell"
    page = watched.get("marek", "/security").text
    assert "This alarm is about you" in page
    assert "/settlement" not in page
    with watched.app.app_context(), db.system_session() as session:
        public_id = session.scalars(select(Alarm.public_id)).one()
    answer = watched.post("marek", f"/security/alarms/{public_id}/settlement", {"words": "All is well."})
    assert answer.status_code == 422
    assert events(watched, "alarm:settle") == []


def test_refused_sign_ins_are_counted_without_addresses(watched: World) -> None:
    browser = watched.app.test_client()
    from tests.people import sign_in

    for who in ("amina", "nobody-canary"):
        sign_in(browser, who, "wrong")
    look(watched)
    look(watched)
    (row,) = events(watched, "person.sign-ins-refused")
    assert (row.actor_id, row.about, row.details["count"]) == (None, "", 2)
    assert email("nobody-canary") not in watched.get("bruno", "/log").text
