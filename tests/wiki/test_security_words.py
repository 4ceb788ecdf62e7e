"""What people are told of broken glass, quarantine, spills and their own log, and what they read where it leads."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.people import World, email
from tests.wiki.test_security_log import appoint, events, hold
from tests.wiki.test_security_quarantine import URGENT, shut_away
from wiki import db
from wiki.access import audit
from wiki.access.models import AccessGrant
from wiki.documents import leave
from wiki.documents.models import Document, Passage
from wiki.documents.sharing import Sharing
from wiki.people.models import Person
from wiki.people.viewer import today

BODY = 'The bridge is closed.\n\n::: held audience="group:consular" reason=source until={}\nZqharbour.\n:::\n'
AWAY = "A paper of your unit was shut away by the security officers. It is not lost. Ask them."


@pytest.fixture
def staffed(world: World) -> World:
    appoint(world)
    return world


def with_passage(world: World, **more: object) -> tuple[str, str]:
    """A page with a held passage: its address, and the public id of the passage."""
    until = (db.now() + timedelta(days=100)).date().isoformat()
    address = world.write("The bridge", BODY.format(until), **more)  # type: ignore[arg-type]
    with world.app.app_context(), db.system_session() as session:
        return address, session.scalars(select(Passage.public_id)).one()


def break_glass(world: World, place: str, who: str = "ada") -> str:
    answer = world.post(who, "/break-glass", {"place": place, "why": URGENT})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def notices(world: World, who: str, words: str) -> list[str]:
    """Where the notices with these words lead."""
    page = world.get(who, "/notices").text
    assert words in page, who
    found = re.findall(r'action="(/notices/[^"/]+/reading)"', page)
    return [world.post(who, address).headers["Location"] for address in found]


@pytest.mark.parametrize("by", ["address", "passage"])
def test_the_glass_opens_what_is_held_in_an_open_page(staffed: World, by: str) -> None:
    address, passage = with_passage(staffed)
    assert "Zqharbour" not in staffed.get("ada", address).text
    assert break_glass(staffed, address if by == "address" else passage) == address
    page = staffed.get("ada", address).text
    assert "Zqharbour" in page
    assert "No glass was broken" not in page
    (broken,) = events(staffed, "glass:break")
    assert broken.about == staffed.document(address).public_id
    assert broken.details["passages"] == [passage]
    break_glass(staffed, passage)
    assert "No glass was broken" in staffed.get("ada", address).text
    assert len(events(staffed, "glass:break")) == 1
    assert "Zqharbour" not in staffed.get("ines", address).text, "nobody else"


def test_the_glass_of_a_held_page_opens_its_passages_too_and_is_told_once(staffed: World) -> None:
    address, passage = with_passage(staffed, sharing=hold())
    break_glass(staffed, passage)
    assert "Zqharbour" in staffed.get("ada", address).text
    with staffed.app.app_context(), db.system_session() as session:
        opened = set(session.scalars(select(AccessGrant.document).where(AccessGrant.sort == "glass")))
    assert opened == {passage, staffed.document(address).public_id}
    assert staffed.get("marek", "/security").text.count(URGENT) == 1
    shared = staffed.get("okello", f"{address}/sharing").text
    assert shared.count("broke the glass on") == 1
    assert URGENT in shared


def test_everybody_who_is_told_reads_who_until_when_and_why_where_it_leads(staffed: World) -> None:
    address, _passage = with_passage(staffed)
    break_glass(staffed, address)
    name = staffed.viewer("ada").name
    for who, place in (("marek", "/security"), ("okello", f"{address}/sharing"), ("amina", f"{address}/sharing")):
        assert any(each.endswith(place) for each in notices(staffed, who, "broke the glass to read")), who
        page = staffed.get(who, place).text
        assert URGENT in page, who
        assert name in page, who
    assert "broke the glass" not in staffed.get("oskar", "/notices").text
    assert URGENT not in staffed.get("tomas", f"{address}/sharing").text


def test_why_says_that_the_glass_was_broken(staffed: World) -> None:
    address = staffed.write("Bridge", "Cracked.", sharing=hold())
    break_glass(staffed, address)
    mine = staffed.get("ada", f"{address}/why").text
    assert "You broke the glass; you can read it until" in mine
    assert "Somebody gave you leave" not in mine
    assert "broke the glass" in staffed.get("okello", f"{address}/why").text
    assert "broke the glass" not in staffed.get("tomas", f"{address}/why").text


@pytest.mark.parametrize("discovery", ["hidden", "stub"])
def test_those_who_miss_a_paper_are_told_that_it_is_not_lost(staffed: World, discovery: str) -> None:
    address = staffed.write("Bridge", "Cracked.", sharing=hold(discovery))
    shut_away(staffed, address)
    for who in ("amina", "okello"):
        page = staffed.get(who, "/notices").text
        assert AWAY in page, who
        assert "Bridge" not in page
        assert "A project" not in page
    for who in ("oskar", "gita", "tomas", "marek"):
        assert AWAY not in staffed.get(who, "/notices").text, who


def test_a_reported_spill_is_called_by_its_title_where_the_officer_can_read_it(staffed: World) -> None:
    for title, more in (("Bridge", {}), ("Tower", {"sharing": hold()})):
        ident = staffed.document(staffed.write(title, "x", **more)).public_id
        assert staffed.post("amina", f"/spills/new/{ident}", {"words": "A name."}).status_code == 303
    page = staffed.get("marek", "/notices").text
    assert "Somebody reports a spill in “Bridge”" in page
    assert f"in the document {ident}" in page
    assert "Tower" not in page


def test_the_log_calls_things_by_what_its_reader_may_know(staffed: World) -> None:
    stub, hidden = staffed.write("Bridge", "x", sharing=hold("stub")), staffed.write("Tower", "x", sharing=hold())
    _address, passage = with_passage(staffed)
    oskar, gita = staffed.viewer("oskar").person, staffed.viewer("gita").person
    with staffed.app.app_context(), db.system_session(writing=True) as session:
        ids = dict(session.execute(select(Document.title, Document.public_id)).all())
        for person in (oskar, gita):
            for about in (ids["Bridge"], ids["Tower"], passage):
                audit.record(session, "access:ask", by=person, about=about, owner="lisbon", refusal="source-at-risk")
        leave.give(session, ids["Tower"], gita, db.now(), by=oskar, owner="lisbon", sort="dispute")
    page = staffed.get("oskar", "/log/mine").text
    assert f'href="{stub}"' in page or "A project" in page
    assert "The bridge" in page
    assert f"a paper of Embassy Lisbon ({ids['Tower']})" in page
    assert hidden not in page
    assert "It would put a source or a contact at risk." in page
    assert "to decide a dispute about it" in page
    assert "source-at-risk" not in page
    guest = staffed.get("gita", "/log/mine").text
    assert "A project" not in guest, "guests find no notices"
    assert "The bridge" not in guest


def test_the_filters_of_the_log_stand_folded_above_its_events(staffed: World) -> None:
    page = staffed.get("bruno", "/log").text.split("<main")[1]
    assert page.index("<details") < page.index("Export as CSV") < page.index("</details>") < page.index("Events")
    assert '<details class="more mt2">' in page
    assert '<details class="more mt2" open>' in staffed.get("bruno", "/log?person=amina").text


def test_the_log_tells_no_title_of_a_paper_by_its_passages_or_its_notice(world: World) -> None:
    held = Sharing(("group:lisbon",), "stub", "Told to the service", "Ask us.", "source", today() + timedelta(days=60))
    address = world.write("The zqpaper", "Words.", by="amina", sharing=held)
    document = world.document(address)
    appoint(world)
    with world.app.app_context(), db.system_session(writing=True) as session:
        passage = Passage(document_id=document.id, reason="source", held_until=today(), audience=["group:lisbon"])
        session.add(passage)
        session.flush()
        audit.record(session, "access:ask", by=None, about=passage.public_id)
        guest = session.scalars(select(Person.id).where(Person.email == email("gita"))).one()
        audit.record(session, "access:ask", by=guest, about=document.public_id)
    page = world.get("bruno", "/log").text
    assert "zqpaper" not in page
    assert "Told to the service" in page, "the control: staff find the notice"
    assert "Told to the service" not in world.get("gita", "/log/mine").text, "guests find no notices"
