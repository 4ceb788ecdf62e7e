"""The log: who opens what is held back is in it, nobody else is, and it shows no reader more than they may read."""

from __future__ import annotations

import csv
import io
import threading
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from tests.journeys.conftest import Clock, clock
from tests.people import LONG_AGO, World, email
from tests.site.test_queries import cost
from wiki import db
from wiki.access import audit
from wiki.access.models import AuditEvent
from wiki.access.policy import Role
from wiki.documents.opened import OPENED
from wiki.documents.sharing import Sharing
from wiki.people.models import Person, RoleAssignment
from wiki.people.viewer import today

__all__ = ["clock"]

OFFICERS = {"marek": Role.SECURITY_OFFICER, "bruno": Role.AUDITOR, "leila": Role.DUTY_OFFICER}


def appoint(world: World) -> None:
    """Marek is security officer, Bruno auditor, Leila duty officer."""
    with world.app.app_context(), db.system_session(writing=True) as session:
        for who, role in OFFICERS.items():
            person = session.scalars(select(Person).where(Person.email == email(who))).one()
            session.add(RoleAssignment(person_id=person.id, role=role, starts_on=LONG_AGO))


def hold(discovery: str = "hidden", audience: str = "group:lisbon") -> Sharing:
    until = today() + timedelta(days=60)
    told = {"release_title": "A project", "share_line": "Ask us."} if discovery == "stub" else {}
    return Sharing((audience,), discovery, reason="negotiation", until=until, **told)


def events(world: World, what: str = OPENED) -> list[AuditEvent]:
    with world.app.app_context(), db.system_session() as session:
        return list(session.scalars(select(AuditEvent).where(AuditEvent.what == what).order_by(AuditEvent.id)))


@pytest.fixture
def staffed(world: World) -> World:
    appoint(world)
    return world


def test_reading_what_is_held_back_is_written_down_once_an_hour(world: World, clock: Clock) -> None:
    clock.moment = clock.moment.replace(minute=5)
    address, open_page = world.write("Bridge", "Cracked.", sharing=hold()), world.write("Open", "Text.")
    for path in (address, f"{address}/history", f"{address}/files", f"{address}/comments", f"{address}/diff"):
        assert world.get("amina", path).status_code == 200
    (row,) = events(world)
    assert (row.actor_id, row.owner) == (world.viewer("amina").person, "lisbon")
    assert row.about == world.document(address).public_id
    world.get("tomas", address)
    assert len(events(world)) == 2, "each reader has a row"
    clock.forward(minutes=60)
    world.get("amina", f"{address}/history/1")
    assert len(events(world)) == 3, "another hour"
    for path in (open_page, f"{open_page}/history", "/wiki/", "/search?q=text"):
        world.get("amina", path)
    assert len(events(world)) == 3, "open pages are not tracked"


def test_drafts_and_outsiders_write_nothing(world: World) -> None:
    hidden, stub = world.write("Bridge", "x", sharing=hold()), world.write("Tower", "x", sharing=hold("stub"))
    draft = world.write("Plan", "x", sharing=hold(), status="draft")
    world.get("amina", draft)
    for who in ("oskar", "gita", None):
        for path in (hidden, stub, draft, f"{hidden}/history", f"{stub}/files"):
            assert world.get(who, path).status_code in (303, 403, 404)
    assert events(world) == []


def test_what_cannot_be_written_down_is_not_shown(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    address, open_page = world.write("Bridge", "Cracked.", sharing=hold()), world.write("Open", "Text.")

    def busy(*_: Any, **__: Any) -> None:
        raise db.WriteBusy

    monkeypatch.setattr(audit, "record_once", busy)
    for path in (address, f"{address}/history", f"{address}/edit", f"{address}/files"):
        answer = world.get("amina", path)
        assert answer.status_code == 503, path
        assert "Cracked" not in answer.text
        assert answer.headers["Retry-After"]
    assert world.get("amina", open_page).status_code == 200
    assert world.get("oskar", address).status_code == 404


def test_open_pages_ask_nothing_more(world: World) -> None:
    open_page, held = world.write("Open", "x"), world.write("Held", "x", sharing=hold())
    assert cost(world, held) == cost(world, open_page) + 1
    assert cost(world, held) <= 10


def test_the_log_is_for_auditors_and_security_officers_alone(staffed: World) -> None:
    for who in ("amina", "ada", "ines", "oskar", "gita", "leila"):
        assert staffed.get(who, "/log").status_code == 403, who
        assert staffed.post(who, "/log/export").status_code == 403, who
    for who in ("marek", "bruno"):
        assert staffed.get(who, "/log").status_code == 200


def test_a_role_opens_no_text_and_no_title(staffed: World) -> None:
    address = staffed.write("Canarytitle", "Canarytext.", sharing=hold())
    staffed.get("amina", address)
    ident = staffed.document(address).public_id
    for who in ("bruno", "marek"):
        page = staffed.get(who, "/log").text
        assert f"a paper of Embassy Lisbon ({ident})" in page
        exported = staffed.post(who, "/log/export").text
        assert OPENED in exported
        for words in (page, exported):
            assert "Canary" not in words
            assert "canary" not in words
        assert staffed.get(who, address).status_code == 404
    assert staffed.get("ada", address).status_code == 404


def test_the_log_is_narrowed_by_what_is_asked_for(staffed: World) -> None:
    address = staffed.write("Bridge", "x", sharing=hold())
    staffed.get("amina", address)
    staffed.get("tomas", address)
    ident = staffed.document(address).public_id

    def found(**asked: str) -> int:
        answer = staffed.get("bruno", "/log", query_string=asked)
        assert answer.status_code == 200, asked
        return answer.text.count("Opened something held back</b>")

    assert found() == 2
    assert found(person="Amina") == found(person=email("amina")) == found(person="tomás") == 1
    assert found(about=ident) == found(unit="lisbon") == found(what=OPENED) == 2
    assert found(unit="consular") == found(what="role.given") == found(person="nobody at all") == 0
    day = today()
    assert found(since=str(day), until=str(day)) == 2
    assert found(since=str(day + timedelta(days=1))) == found(until=str(day - timedelta(days=1))) == 0
    # The address of a page that the auditor cannot read is no way to its id.
    assert found(about=address) == 0


@pytest.mark.parametrize(
    "asked", [{"since": "yesterday"}, {"since": "2027-02-01", "until": "2027-01-01"}, {"what": "x"}, {"unit": "nope"}]
)
def test_nonsense_is_told_beside_the_field(staffed: World, asked: dict[str, str]) -> None:
    answer = staffed.get("bruno", "/log", query_string=asked)
    assert answer.status_code == 422
    assert 'class="err"' in answer.text
    assert staffed.get("bruno", "/log?before=99999999999999999999").status_code == 200


def test_long_logs_come_in_pages_that_cost_the_same(staffed: World) -> None:
    few = cost(staffed, "/log", "bruno")
    mine = cost(staffed, "/log/mine", "bruno")
    with staffed.app.app_context(), db.system_session(writing=True) as session:
        for number in range(60):
            audit.record(session, "group.joined", by=2, about="lisbon", person=staffed_id(session, number), rank="lead")
            audit.record(session, "document:bin", by=5, about=f"x{number}", owner="consular")
    assert cost(staffed, "/log", "bruno") == few
    assert cost(staffed, "/log/mine", "bruno") == mine
    page = staffed.get("bruno", "/log").text
    older = page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert "x35" in page
    assert "x34" not in page
    assert "x34" in staffed.get("bruno", older).text


def staffed_id(session: Any, number: int) -> str:
    people = list(session.scalars(select(Person.public_id).order_by(Person.id)))
    return str(people[number % len(people)])


def test_an_export_is_logged_and_safe_in_a_spreadsheet(staffed: World) -> None:
    with staffed.app.app_context(), db.system_session(writing=True) as session:
        person = session.scalars(select(Person).where(Person.email == email("tomas"))).one()
        person.name = "=HYPERLINK(1)"
        audit.record(session, "group.joined", by=person.id, about="lisbon")
    answer = staffed.post("bruno", "/log/export", {"what": "group.joined"})
    assert answer.mimetype == "text/csv"
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [(row["who"], row["about"]) for row in rows] == [("'=HYPERLINK(1)", "Embassy Lisbon")]
    (noted,) = events(staffed, "log:export")
    assert noted.details == {"rows": 1}
    assert staffed.post("bruno", "/log/export", {"since": "x"}).status_code == 422
    assert len(events(staffed, "log:export")) == 1


def test_everybody_sees_their_own_rows_and_nobody_elses(world: World) -> None:
    address = world.write("Bridge", "x", sharing=hold())
    world.get("tomas", address)
    assert "Bridge" in world.get("tomas", "/log/mine").text
    for who in ("oskar", "gita"):
        page = world.get(who, "/log/mine").text
        assert "Signed in" in page
        assert "Opened something" not in page
        assert "Tomás" not in page
        assert "Nobody else has opened them" in world.get(who, "/log/mine/opened").text


def test_those_who_keep_it_and_its_authors_see_who_opened_it(world: World) -> None:
    address = world.write("Bridge", "x", sharing=hold())
    open_page = world.write("Open", "x")
    world.get("tomas", address)
    world.get("tomas", open_page)
    for who in ("amina", "okello"):
        page = world.get(who, "/log/mine/opened").text
        assert "Tomás Medina" in page, who
        assert "Bridge" in page
        assert "Open</a>" not in page
    for who in ("tomas", "leila", "ines", "oskar"):
        assert "Tomás" not in world.get(who, "/log/mine/opened").text.split("<main")[1], who


def test_the_name_of_a_hidden_group_is_not_in_the_log(staffed: World) -> None:
    from wiki.people.models import Group

    with staffed.app.app_context(), db.system_session(writing=True) as session:
        session.add(Group(id="canarygroup", name="Canary cell", type="task-force", is_hidden=True))
        session.flush()
        audit.record(session, "group.joined", by=1, about="canarygroup", person="x")
        audit.record(session, "document:share", by=1, about="d1", owner="canarygroup", after=["group:canarygroup"])
    for words in (staffed.get("bruno", "/log").text, staffed.post("bruno", "/log/export").text):
        assert "a closed group" in words
        assert "anary" not in words


def test_no_two_rows_follow_the_same_one_however_many_write_at_once(app: Flask) -> None:
    failures: list[BaseException] = []

    def write(number: int) -> None:
        try:
            with app.app_context():
                for turn in range(5):
                    with db.system_session(writing=True) as session:
                        audit.record(session, "test", by=None, about=f"{number}-{turn}")
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with app.app_context(), db.system_session() as session:
        assert list(audit.faults(session)) == []
        assert audit.end(session)[1] == 30
        followed = list(session.scalars(select(AuditEvent.previous)))
        assert len(set(followed)) == 30


def test_two_who_write_the_same_reading_at_once_write_one_row(app: Flask) -> None:
    start, since = threading.Barrier(4), db.now() - timedelta(minutes=1)

    def write() -> None:
        start.wait()
        with app.app_context(), db.system_session(writing=True) as session:
            audit.record_once(session, OPENED, by=1, about="d", since=since)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with app.app_context(), db.system_session() as session:
        assert len(list(session.scalars(select(AuditEvent.id).where(AuditEvent.what == OPENED)))) == 1


BREAKING = {
    "changed": ("update audit_event set what = 'nothing' where id = 3", "Row 3: was changed"),
    "details": ("update audit_event set actor_id = 7 where id = 3", "Row 3: was changed"),
    "moment": ("update audit_event set at = '2020-01-01 00:00:00' where id = 3", "Row 3: was changed"),
    "removed": ("delete from audit_event where id = 3", "Row 4: does not follow"),
    "first removed": ("delete from audit_event where id = 1", "Row 2: does not follow"),
    "last removed": ("delete from audit_event where id = 6", "The log: the end is missing"),
    "all removed": ("delete from audit_event", "The log: the end is missing"),
    "added": (
        "insert into audit_event (id, at, what, about, owner, details, previous, digest) "
        "select 7, at, what, about, owner, details, digest, digest from audit_event where id = 6",
        "Row 7: was changed",
    ),
    "reordered": (
        "update audit_event set id = 90 where id = 3; update audit_event set id = 3 where id = 4; "
        "update audit_event set id = 4 where id = 90",
        "Row 3: does not follow",
    ),
}


@pytest.mark.parametrize("how", BREAKING)
def test_verify_finds_a_log_that_was_tampered_with(app: Flask, how: str) -> None:
    with app.app_context(), db.system_session(writing=True) as session:
        for number in range(6):
            audit.record(session, "test", by=number, about=f"d{number}", when=str(today()), many=[1, "é"])
    fine = app.test_cli_runner().invoke(args=["audit", "verify"])
    assert (fine.exit_code, "whole: 6 rows" in fine.output) == (0, True), fine.output
    digest = fine.output.strip().splitlines()[-1].split()[-1]
    assert len(digest) == 64
    statements, said = BREAKING[how]
    with app.app_context(), db.database().engine.begin() as connection:
        for statement in statements.split("; "):
            connection.execute(text(statement))
    broken = app.test_cli_runner().invoke(args=["audit", "verify"])
    assert broken.exit_code == 1
    assert said in broken.output
    checked = app.test_cli_runner().invoke(args=["check"])
    assert "BAD  log" in checked.output


def test_verify_knows_a_digest_that_was_noted_down(app: Flask) -> None:
    with app.app_context(), db.system_session(writing=True) as session:
        audit.record(session, "test", by=None)
        noted = audit.end(session)[0]
        audit.record(session, "test", by=None)
    assert app.test_cli_runner().invoke(args=["audit", "verify", "--noted", noted]).exit_code == 0
    unknown = app.test_cli_runner().invoke(args=["audit", "verify", "--noted", "0" * 64])
    assert unknown.exit_code == 1
    assert "made anew" in unknown.output


def test_check_looks_at_the_newest_rows_only(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    with app.app_context(), db.system_session(writing=True) as session:
        for _ in range(8):
            audit.record(session, "test", by=None)
        assert list(audit.faults(session, newest=3)) == []
        session.execute(text("update audit_event set what = 'x' where id = 2"))
        assert list(audit.faults(session, newest=3)) == []
        session.execute(text("update audit_event set what = 'x' where id = 7"))
        session.expire_all()
        assert [fault.row for fault in audit.faults(session, newest=3)] == [7]


def test_the_log_goes_into_a_file(app: Flask) -> None:
    with app.app_context(), db.system_session(writing=True) as session:
        audit.record(session, "test", by=None, about="=1+1", more="x")
    run = app.test_cli_runner()
    table = list(csv.DictReader(io.StringIO(run.invoke(args=["audit", "export"]).output)))
    assert [(row["what"], row["about"]) for row in table] == [("test", "'=1+1")]
    lines = run.invoke(args=["audit", "export", "--format", "jsonl"]).output.splitlines()
    assert len(lines) == 2, "the export before is a row by now"
    none = run.invoke(args=["audit", "export", "--from", "2020-01-01", "--to", "2020-01-02", "--format", "jsonl"])
    assert (none.exit_code, none.output) == (0, "")
    for wrong in (["--from", "x"], ["--format", "xml"], ["--from", "2021-01-01", "--to", "2020-01-01"]):
        assert run.invoke(args=["audit", "export", *wrong]).exit_code == 2
    for command in ("verify", "export"):
        assert run.invoke(args=["audit", command, "--help"]).exit_code == 0
    assert run.invoke(args=["audit", "verify"]).exit_code == 0


def test_reading_a_held_passage_of_an_open_page_is_written_down(world: World) -> None:
    from wiki.documents.models import Document, Passage, PassageLabel

    address = world.write("Bridge", "Open words.")
    with world.app.app_context(), db.system_session(writing=True) as session:
        paper = session.scalars(select(Document).where(Document.slug == "bridge")).one()
        passage = Passage(document_id=paper.id, audience=["group:lisbon"], reason="source", held_until=today())
        session.add(passage)
        session.flush()
        session.add(PassageLabel(passage_id=passage.id, label="group:lisbon"))
        paper.passages = 1
        public_id = passage.public_id
    for who in ("oskar", "leila"):
        assert world.get(who, address).status_code == 200
        assert world.get(who, f"{address}/history/1").status_code == 200
    assert events(world) == [], "whoever cannot read the passage reads an open page"
    assert world.get("amina", address).status_code == 200
    (row,) = events(world)
    assert row.details == {"passages": [public_id]}


def test_what_a_change_leads_to_is_written_down_and_the_change_still_works(world: World, clock: Clock) -> None:
    address = world.write("Bridge", "x", sharing=hold())
    assert world.post("amina", f"{address}/bin").status_code == 303
    assert events(world) == []
    assert world.get("amina", address).status_code == 200
    assert len(events(world)) == 1
    assert [row.owner for row in events(world, "document:bin")] == ["lisbon"]
