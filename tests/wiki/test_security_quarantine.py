"""A spill that was shut away is nowhere for anybody but security officers; broken glass opens one paper for a while."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.journeys.conftest import Clock, clock
from tests.people import World, email, sign_in
from tests.wiki.test_security_log import appoint, events, hold
from wiki import db
from wiki.access import audit
from wiki.access.models import AccessGrant, AccessRequest, Quarantine, RequestState, SpillReport
from wiki.access.policy import Action, Role, may
from wiki.documents.models import DocumentLabel, HeldShingle, Stub
from wiki.notices.models import Notice
from wiki.people.models import Person

__all__ = ["clock"]

WHY = "A cable was pasted into it."
CAST = ("amina", "okello", "tomas", "ines", "ada", "bruno", "leila", "oskar", "gita")


@pytest.fixture
def staffed(world: World) -> World:
    appoint(world)
    return world


def shut_away(world: World, place: str, who: str = "marek") -> str:
    """Put it under quarantine; returns the address of its page."""
    answer = world.post(who, "/security/quarantine", {"place": place, "why": WHY})
    assert answer.status_code == 303, answer.text
    world.settle()
    return answer.headers["Location"]


def furnished(world: World, **more: object) -> str:
    """A page with a file, a comment, an earlier text and a link to it."""
    address = world.write("Bridge canary", "The canary girder is cracked.", **more)  # type: ignore[arg-type]
    file = {"file": (io.BytesIO(b"canary words"), "canary.txt")}
    assert world.post("amina", f"{address}/files", file, content_type="multipart/form-data").status_code == 303
    assert world.post("amina", f"{address}/comments", {"body": "A canary remark", "key": "k1"}).status_code == 303
    # Whoever did it is told so on their next page.
    world.get("amina", address)
    world.settle()
    return address


def everything(address: str) -> dict[str, str]:
    parts = (
        "",
        "/edit",
        "/history",
        "/history/1",
        "/diff",
        "/why",
        "/sharing",
        "/files",
        "/files/canary.txt",
        "/comments",
    )
    return {f"{address}{part}": f"/wiki/no-such-page{part}" for part in parts}


def masked(text: str) -> str:
    import re

    return re.sub(r'value="[^"]*"|no-such-page|bridge-canary|a-project', "", text)


@pytest.mark.parametrize("audience", ["open", "stub"])
def test_nobody_but_security_officers_finds_it_anywhere(staffed: World, audience: str) -> None:
    address = furnished(staffed, sharing=hold("stub")) if audience == "stub" else furnished(staffed)
    staffed.write("Other", "See [[bridge-canary]] and [[a-project]].")
    places = ("/", "/recent", "/wiki/", "/search?q=canary", "/search/suggest?q=cana", "/wiki/other", "/comments")
    shut_away(staffed, address)
    for who in CAST:
        for path, absent in everything(address).items():
            there, nothing = staffed.get(who, path), staffed.get(who, absent)
            assert there.status_code == nothing.status_code, (who, path)
            assert there.status_code in (403, 404), (who, path)
            assert masked(there.text) == masked(nothing.text), (who, path)
            for method in ("POST", "PUT", "DELETE", "OPTIONS", "HEAD"):
                a, b = (staffed.client(who).open(each, method=method) for each in (path, absent))
                assert (a.status_code, a.headers.get("Allow")) == (b.status_code, b.headers.get("Allow")), (who, path)
        for path in places:
            text = staffed.get(who, path).text.replace("q=canary", "").replace("wiki/new?address=bridge-canary", "")
            assert "Bridge canary" not in text, (who, path)
            assert "canary remark" not in text, (who, path)
            assert "canary girder" not in text, (who, path)
    for who in CAST[:-1]:
        other = staffed.get(who, "/wiki/other").text
        for slug in ("bridge-canary", "a-project"):
            assert f"/wiki/new?address={slug}" in other, "a link to it leads to nothing yet"


def test_the_rules_let_an_officer_read_and_lift_and_nothing_else(staffed: World) -> None:
    address = furnished(staffed)
    shut_away(staffed, address)
    marek, item = staffed.viewer("marek"), staffed.document(address).item
    assert item.labels == {"quarantine"}
    allowed = {action for action in Action if may(marek, action, item)}
    assert allowed == {Action.DOCUMENT_READ, Action.QUARANTINE_LIFT}
    page = staffed.get("marek", address)
    assert "This is under quarantine" in page.text
    assert "canary girder" in page.text
    assert page.headers["Cache-Control"] == "private, no-store"
    assert staffed.get("marek", f"{address}/files/canary.txt").headers["Cache-Control"] == "private, no-store"
    for path in ("/edit", "/sharing"):
        assert staffed.get("marek", f"{address}{path}").status_code == 403
    assert staffed.post("marek", f"{address}/comments", {"body": "x", "key": "k"}).status_code == 403
    assert staffed.post("marek", f"{address}/bin").status_code == 403
    assert [row.about for row in events(staffed)] == [staffed.document(address).public_id], (
        "an officer's look is logged"
    )


def test_what_was_made_of_it_is_gone(staffed: World) -> None:
    address = furnished(staffed, sharing=hold("stub"))
    paper = staffed.document(address)
    with staffed.app.app_context(), db.system_session(writing=True) as session:
        oskar = session.scalars(select(Person.id).where(Person.email == email("oskar"))).one()
        session.add(HeldShingle(shingle=1, document_id=paper.id))
        asked = {"target": paper.public_id, "document_id": paper.id, "person_id": oskar, "owner_id": "lisbon"}
        session.add(AccessRequest(**asked, due_at=db.now() + timedelta(days=2)))
        session.add(Notice(person_id=oskar, code="x", about=paper.public_id, once="x", details={}))
    shut_away(staffed, address)
    with staffed.app.app_context(), db.system_session() as session:
        assert session.scalar(select(Stub)) is None
        assert session.scalar(select(HeldShingle.id).where(HeldShingle.document_id == paper.id)) is None
        assert session.scalars(select(AccessRequest.state)).one() == RequestState.SETTLED
        assert session.scalars(select(Notice).where(Notice.code == "x")).one().mailed_at is not None
        labels = session.scalars(select(DocumentLabel.label).where(DocumentLabel.document_id == paper.id))
        assert list(labels) == ["quarantine"]


def test_its_address_looks_free_to_everybody_else(staffed: World) -> None:
    address = furnished(staffed, sharing=hold("stub"))
    shut_away(staffed, address)
    data = {"title": "Mine", "body": "x", "address": "a-project", "owner": "jakarta", "key": "k9", "lang": "en",
            "audience": "service"}  # fmt: skip
    answer = staffed.post("oskar", "/wiki/new", data)
    assert answer.status_code == 303, answer.text
    assert "Mine" in staffed.get("oskar", "/wiki/a-project").text


def test_who_read_it_is_listed_as_far_as_that_is_known(staffed: World) -> None:
    address = furnished(staffed, sharing=hold())
    staffed.get("tomas", address)
    place = shut_away(staffed, address)
    page = staffed.get("marek", place).text
    readers = page.split('id="readers"')[1].split("</section>")[0]
    assert "Tomás Medina" in readers
    assert "Amina Farouk" in readers
    assert "Marek" not in readers
    assert "Amina Farouk" in page.split('id="commenters"')[1]
    assert WHY in page

    open_page = furnished(staffed)
    staffed.get("oskar", open_page)
    page = staffed.get("marek", shut_away(staffed, open_page)).text
    readers = page.split('id="readers"')[1].split("</section>")[0]
    assert "Reads of open papers are not tracked" in readers
    assert "Oskar" not in page
    assert "Amina Farouk" in page.split('id="writers"')[1]


def test_lifting_restores_what_was_there(staffed: World) -> None:
    address = furnished(staffed, sharing=hold("stub"))
    before = staffed.document(address)
    place = shut_away(staffed, address)
    assert staffed.post("marek", f"{place}/lifting", {"words": ""}).status_code == 422
    assert staffed.get("tomas", address).status_code == 404
    assert staffed.post("marek", f"{place}/lifting", {"words": "Only a joke."}).status_code == 303
    staffed.settle()
    after = staffed.document(address)
    assert after.item.labels == before.item.labels
    assert "canary girder" in staffed.get("tomas", address).text
    assert staffed.get("oskar", address).status_code == 403
    assert "A project" in staffed.get("oskar", address).text
    assert "Bridge canary" in staffed.get("tomas", "/search?q=girder").text
    page = staffed.get("marek", place).text
    assert "Only a joke." in page
    assert "Bridge canary" not in page, "the officer is an outsider again"
    assert staffed.post("marek", f"{place}/lifting", {"words": "Again."}).status_code == 303
    assert "Again." not in staffed.get("marek", place).text
    assert [len(events(staffed, f"quarantine:{verb}")) for verb in ("set", "lift")] == [1, 1]


def test_shutting_away_twice_is_done_once(staffed: World) -> None:
    address = furnished(staffed)
    first = shut_away(staffed, address)
    assert shut_away(staffed, staffed.document(address).public_id) == first
    assert shut_away(staffed, f"https://example.org{address}/history?x=1") == first
    with staffed.app.app_context(), db.system_session() as session:
        assert len(session.scalars(select(Quarantine)).all()) == 1


def test_the_bin_keeps_it_shut(staffed: World) -> None:
    address = furnished(staffed)
    place = shut_away(staffed, address)
    assert staffed.post("marek", f"{place}/bin").status_code == 303
    assert staffed.post("marek", f"{place}/bin").status_code == 303
    for who in ("amina", "okello", "ines"):
        assert staffed.get(who, address).status_code == 404
        assert "Bridge canary" not in staffed.get(who, "/bin").text
    assert len(events(staffed, "document:bin")) == 1
    staffed.post("marek", f"{place}/lifting", {"words": "Out."})
    assert "This is in the bin" in staffed.get("amina", address).text


@pytest.mark.parametrize("who", CAST)
def test_the_pages_of_security_are_for_officers_alone(staffed: World, who: str) -> None:
    address = furnished(staffed)
    place = shut_away(staffed, address)
    for path in ("/security", "/security/quarantine", place):
        assert staffed.get(who, path).status_code == 403, path
    posts = ("/security/quarantine", f"{place}/lifting", f"{place}/bin", "/security/suspensions",
             f"/security/suspensions/{staffed.viewer('oskar').public_id}/end", "/spills/x/settlement")  # fmt: skip
    for path in posts:
        data = {"place": address, "why": WHY, "words": "x", "email": email("oskar")}
        assert staffed.post(who, path, data).status_code == 403, path
    assert staffed.document(address).quarantined_at is not None
    assert "/security" not in staffed.get(who, "/").text
    assert ("Break the glass" in staffed.get(who, "/").text) == (who in ("ada", "leila"))


def test_nothing_is_there_and_nonsense(staffed: World) -> None:
    for place in ("/wiki/nothing", "nothing", "/nowhere/x", "http://[", "/wiki/"):
        answer = staffed.post("marek", "/security/quarantine", {"place": place, "why": WHY})
        assert answer.status_code == 422, place
        assert "Nothing is there." in answer.text
        assert WHY in answer.text, "what was typed is kept"
    assert len(events(staffed, "quarantine:attempt")) == 5
    assert staffed.post("marek", "/security/quarantine", {"place": "", "why": ""}).status_code == 422
    for path in (
        "/security/quarantine/forged",
        "/security/quarantine/forged/lifting",
        "/security/quarantine/forged/bin",
    ):
        post = path.endswith(("lifting", "bin"))
        answer = staffed.post("marek", path, {"words": "x"}) if post else staffed.get("marek", path)
        assert answer.status_code == 404, path


def test_a_reader_reports_a_spill(staffed: World) -> None:
    address = furnished(staffed, sharing=hold())
    ident = staffed.document(address).public_id
    assert f"/spills/new/{ident}" in staffed.get("tomas", address).text
    for who in ("oskar", "gita", "marek"):
        assert staffed.get(who, f"/spills/new/{ident}").status_code == 404
        assert staffed.post(who, f"/spills/new/{ident}", {"words": "x"}).status_code == 404
    assert staffed.post("tomas", f"/spills/new/{ident}", {"words": " "}).status_code == 422
    for _ in range(2):
        assert staffed.post("tomas", f"/spills/new/{ident}", {"words": "A name of a contact."}).status_code == 303
    with staffed.app.app_context(), db.system_session() as session:
        notices = session.scalars(select(Notice).where(Notice.code == "spill:reported")).all()
        assert [(notice.about, notice.details) for notice in notices] == [(ident, {})]
        report = session.scalars(select(SpillReport.public_id)).one()
    page = staffed.get("marek", "/security").text
    assert "A name of a contact." in page
    assert "Bridge canary" not in page
    shut_away(staffed, ident)
    assert "A name of a contact." not in staffed.get("marek", "/security").text, "done with"
    assert staffed.post("marek", f"/spills/{report}/settlement").status_code == 303
    assert staffed.post("marek", "/spills/forged/settlement").status_code == 404


URGENT = "The minister lands in an hour and asks for it."


@pytest.mark.parametrize("who", ["leila", "ada"])
def test_breaking_the_glass_opens_one_paper_and_tells_those_who_keep_it(staffed: World, clock: Clock, who: str) -> None:
    address, other = staffed.write("Bridge", "Cracked.", sharing=hold()), staffed.write("Tower", "x", sharing=hold())
    assert staffed.get(who, address).status_code == 404
    answer = staffed.post(who, "/break-glass", {"place": address, "why": URGENT})
    assert (answer.status_code, answer.headers["Location"]) == (303, address)
    assert "Cracked." in staffed.get(who, address).text
    assert staffed.get(who, other).status_code == 404
    assert staffed.get(who, f"{address}/edit").status_code == 403
    (broken,) = events(staffed, "glass:break")
    assert (broken.about, broken.owner) == (staffed.document(address).public_id, "lisbon")
    with staffed.app.app_context(), db.system_session() as session:
        rows = session.execute(
            select(Person.email, Notice.urgent)
            .join(Person, Person.id == Notice.person_id)
            .where(Notice.code == "glass:broken")
        )
        assert sorted(map(tuple, rows)) == [(email(name), True) for name in ("amina", "marek", "okello")]
    assert "Broke the glass" in staffed.get("okello", "/log/mine/opened").text
    assert URGENT in staffed.get("okello", f"{address}/sharing").text
    assert URGENT in staffed.get("marek", "/security").text
    assert "Bridge" not in staffed.get("marek", "/security").text.split("<main")[1]
    assert staffed.post(who, "/break-glass", {"place": address, "why": URGENT}).status_code == 303
    assert len(events(staffed, "glass:break")) == 1, "it is open already"
    clock.forward(hours=24, minutes=1)
    sign_in(staffed.client(who), who)
    assert staffed.get(who, address).status_code == 404


def test_glass_does_not_open_a_quarantine_or_a_bin(staffed: World) -> None:
    address, binned = furnished(staffed), staffed.write("Tower", "x", sharing=hold())
    staffed.post("amina", f"{binned}/bin")
    shut_away(staffed, address)
    for place in (address, binned, "/wiki/nothing", staffed.document(address).public_id):
        answer = staffed.post("leila", "/break-glass", {"place": place, "why": URGENT})
        assert answer.status_code == 422
        assert "Nothing is there." in answer.text
        assert staffed.get("leila", address).status_code == 404
    assert len(events(staffed, "glass:attempt")) == 4
    assert all(not row.about and not row.details for row in events(staffed, "glass:attempt"))
    with staffed.app.app_context(), db.system_session() as session:
        assert session.scalar(select(AccessGrant.id)) is None


def test_glass_needs_a_role_and_a_reason(staffed: World) -> None:
    address = staffed.write("Bridge", "Cracked.", sharing=hold())
    for who in ("amina", "oskar", "gita", "marek", "bruno", "ines"):
        assert staffed.get(who, "/break-glass").status_code == 403
        assert staffed.post(who, "/break-glass", {"place": address, "why": URGENT}).status_code == 403
    for why in ("", "short", " " * 40 + "x"):
        answer = staffed.post("leila", "/break-glass", {"place": address, "why": why})
        assert answer.status_code == 422
        assert address in answer.text
    assert staffed.get("leila", address).status_code == 404
    assert events(staffed, "glass:break") == events(staffed, "glass:attempt") == []
    # What can be read anyway needs no glass.
    own = staffed.write("Own", "x", by="leila", owner="consular", sharing=hold(audience="group:consular"))
    assert staffed.post("leila", "/break-glass", {"place": own, "why": URGENT}).status_code == 303
    assert "No glass was broken" in staffed.get("leila", own).text
    assert events(staffed, "glass:break") == []


def test_an_account_is_suspended_and_let_in_again(staffed: World) -> None:
    oskar = staffed.viewer("oskar").public_id
    staffed.get("oskar", "/")
    for wrong in ("", "nobody@example.org", email("marek")):
        assert staffed.post("marek", "/security/suspensions", {"email": wrong}).status_code == 422, wrong
    assert staffed.post("marek", "/security/suspensions", {"email": email("ada")}).status_code == 422, "the last one"
    assert staffed.post("marek", "/security/suspensions", {"email": email("oskar")}).status_code == 303
    assert staffed.get("oskar", "/").status_code == 303, "signed out"
    assert "Oskar Berg" in staffed.get("marek", "/security").text
    assert staffed.post("marek", f"/security/suspensions/{oskar}/end").status_code == 303
    assert sign_in(staffed.client("oskar"), "oskar").status_code == 303
    assert [row.what for row in events(staffed, "person.disabled") + events(staffed, "person.enabled")] == [
        "person.disabled", "person.enabled"]  # fmt: skip


def test_the_page_of_security_costs_the_same_for_many(staffed: World) -> None:
    from tests.site.test_queries import cost

    shut_away(staffed, staffed.write("One"))
    few = cost(staffed, "/security", "marek")
    for number in range(4):
        shut_away(staffed, staffed.write(f"Page {number}"))
        staffed.post("ada", "/break-glass", {"place": staffed.write(f"T {number}", sharing=hold()), "why": URGENT})
    assert cost(staffed, "/security", "marek") == few
    assert few <= 16


def test_the_log_stays_whole_through_all_of_it(staffed: World) -> None:
    address = furnished(staffed, sharing=hold())
    place = shut_away(staffed, address)
    staffed.post("marek", f"{place}/lifting", {"words": "x"})
    staffed.post("ada", "/break-glass", {"place": address, "why": URGENT})
    with staffed.app.app_context(), db.system_session() as session:
        assert list(audit.faults(session)) == []
    assert Role.SECURITY_OFFICER in staffed.viewer("marek").roles


def test_an_officer_reads_the_held_passages_of_a_spill_and_only_as_long(staffed: World) -> None:
    from wiki.documents.models import Document, Passage, PassageLabel

    address = staffed.write("Bridge")
    with staffed.app.app_context(), db.system_session(writing=True) as session:
        paper = session.scalars(select(Document).where(Document.slug == "bridge")).one()
        passage = Passage(document_id=paper.id, audience=["group:lisbon"], reason="source", held_until=db.now().date())
        session.add(passage)
        session.flush()
        session.add(PassageLabel(passage_id=passage.id, label="group:lisbon"))

    def labels() -> set[str]:
        with staffed.app.app_context(), db.system_session() as session:
            return set(session.scalars(select(PassageLabel.label)))

    place = shut_away(staffed, address)
    assert labels() == {"group:lisbon", "quarantine"}
    staffed.post("marek", f"{place}/lifting", {"words": "x"})
    assert labels() == {"group:lisbon"}
