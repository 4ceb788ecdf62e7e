"""What outlives no promise: leave of arbiters, names of authors who are not named, and notes on held words."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select, update

from tests.people import World, email
from tests.wiki.asking import Clock, Desk, at_the_arbiter
from tests.wiki.holding_fixtures import in_days
from tests.wiki.test_passages_pages import BODY, _fields, _save, _write
from tests.wiki.test_security_log import appoint, hold
from wiki import db
from wiki.access import audit
from wiki.access.models import AccessGrant
from wiki.access.policy import Role
from wiki.documents import passages
from wiki.documents.models import Document, DocumentAuthor, Passage
from wiki.notices.models import Notice
from wiki.people.models import Person

AWAY = "It must be shut away at once, for now."


@pytest.fixture
def desk(world: World, monkeypatch: pytest.MonkeyPatch) -> Desk:
    clock = Clock()
    monkeypatch.setattr(db, "now", clock)
    return Desk(world, clock)


def _in_dispute(desk: Desk) -> tuple[str, str]:
    """The public id and the address of a paper about which an arbiter is to decide."""
    target = desk.hold("source")
    request = desk.ask(target)
    desk.refuse(request)
    desk.appeal(request)
    with desk.world.app.app_context(), db.system_session() as session:
        slug = session.scalars(select(Document.slug).where(Document.public_id == target)).one()
    assert desk.get("marek", f"/wiki/{slug}").status_code == 200, "control: the arbiter reads what is disputed"
    return target, f"/wiki/{slug}"


def test_leave_to_decide_does_not_outlive_a_quarantine(desk: Desk) -> None:
    target, address = _in_dispute(desk)
    desk.give_role("bruno", Role.SECURITY_OFFICER)
    answer = desk.post("bruno", "/security/quarantine", place=target, why=AWAY)
    assert answer.status_code == 303, answer.text
    assert not desk.reads("marek", target)
    assert desk.post("bruno", f"{answer.headers['Location']}/lifting", words="Nothing was in it.").status_code == 303
    for who in ("marek", "oskar"):
        assert desk.get(who, address).status_code == desk.get("leila", address).status_code == 403
        assert "girder" not in desk.get(who, address).text
    assert desk.log().count("document:withdraw-grant") == 1


def test_leave_to_decide_about_nothing_is_taken_back_by_the_clock(desk: Desk) -> None:
    needed, _request = at_the_arbiter(desk)
    target, leila = desk.hold("source", title="Others"), desk.id("leila")
    with desk.world.app.app_context(), db.system_session(writing=True) as session:
        until = db.now().replace(year=2027)
        person = desk.person(session, "marek").id
        session.add(AccessGrant(document=target, person_id=person, until=until, sort="dispute"))
        session.add(AccessGrant(document=target, person_id=leila, until=until, sort="leave"))
    assert desk.reads("marek", target)
    assert desk.run() == 1
    assert not desk.reads("marek", target)
    assert desk.reads("marek", needed), "that one is still open"
    assert desk.reads("leila", target), "leave of other sorts stays"
    assert desk.run() == 0


def _unnamed(world: World) -> str:
    """A held paper that Amina and Tomás wrote and that names neither; the system knows who did what."""
    address = world.write("What went wrong", "It broke.", sharing=hold())
    paper = world.document(address)
    amina, tomas = world.viewer("amina"), world.viewer("tomas").person
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.execute(update(Document).where(Document.id == paper.id).values(names_authors=False))
        session.add(DocumentAuthor(document_id=paper.id, person_id=tomas))
        about = {"about": paper.public_id, "owner": "lisbon"}
        audit.record(session, "document:grant", by=amina.person, **about, person=tomas)
        audit.record(session, "document:share", by=tomas, **about, after=[f"person:{amina.public_id}"])
    for who in ("amina", "tomas", "okello"):
        assert world.get(who, address).status_code == 200
    return paper.public_id


def _rows(page: str) -> str:
    """The rows of a log, without the form above and the frame, which names its reader."""
    return page.split("<table", 1)[-1].split("</table>")[0]


def test_the_log_does_not_name_authors_who_are_not_named(world: World) -> None:
    appoint(world)
    target = _unnamed(world)
    page = world.get("bruno", f"/log?about={target}").text
    table = world.post("bruno", "/log/export", {"about": target}).text
    theirs = world.get("okello", "/log/mine/opened").text
    for text in (_rows(page), table, theirs.split("<main")[1]):
        assert "an author, not named" in text
        assert "Amina" not in text
        assert "Tomás" not in text
    assert "James Okello" in _rows(page), "who wrote nothing of it is named"
    # Looked for by name, the rows would tell it after all.
    for typed in ("Amina", email("amina"), world.viewer("amina").public_id):
        assert target not in world.get("bruno", f"/log?person={typed}").text, typed
        assert target not in world.post("bruno", "/log/export", {"person": typed}).text, typed
    assert target in world.post("bruno", "/log/export", {"person": "Okello"}).text


def test_the_log_does_not_name_who_repeated_words_in_a_paper_that_names_no_authors(world: World) -> None:
    appoint(world)
    into, source = _unnamed(world), world.document(world.write("A source", "It leaked.", sharing=hold())).public_id
    amina, oskar = world.viewer("amina").person, world.viewer("oskar").person
    with world.app.app_context(), db.system_session(writing=True) as session:
        for person in (amina, oskar):
            about = {"about": source, "owner": "lisbon", "into": into}
            audit.record(session, "passage:repeated-anyway", by=person, **about)
    page = _rows(world.get("bruno", f"/log?about={source}").text)
    table = world.post("bruno", "/log/export", {"about": source}).text
    for text in (page, table):
        assert "an author, not named" in text
        assert "Amina" not in text
        assert "Oskar" in text, "who wrote nothing of it is named"
    for typed in ("Amina", email("amina"), world.viewer("amina").public_id):
        assert into not in world.get("bruno", f"/log?person={typed}").text, typed
        assert source not in world.post("bruno", "/log/export", {"person": typed}).text, typed
    assert source in world.post("bruno", "/log/export", {"person": "Oskar"}).text, "the control"


def test_whoever_stepped_back_without_saving_is_not_named_in_the_log_either(world: World) -> None:
    appoint(world)
    target = _unnamed(world)
    assert world.post("tomas", f"/handover/{target}/step-back").status_code == 303
    for text in (
        _rows(world.get("bruno", f"/log?about={target}").text),
        world.post("bruno", "/log/export", {"about": target}).text,
        world.get("okello", "/log/mine/opened").text.split("<main")[1],
    ):
        assert "an author, not named" in text
        assert "Tomás" not in text
    assert target not in world.get("bruno", "/log?person=Medina").text
    assert "Tomás" in world.get("tomas", "/log/mine").text, "one's own name is told to oneself"


def test_who_read_a_spill_does_not_tell_who_wrote_it(world: World) -> None:
    appoint(world)
    target = _unnamed(world)
    assert world.post("tomas", f"/handover/{target}/step-back").status_code == 303
    answer = world.post("marek", "/security/quarantine", {"place": target, "why": AWAY})
    page = world.get("marek", answer.headers["Location"]).text
    readers = page.split('id="readers"')[1].split("</section>")[0]
    assert "James Okello" in readers, "who wrote nothing of it is named"
    for name in ("Amina", "Tomás"):
        assert name not in page, name
    assert "not named" in readers, "they are counted"


def test_ones_own_log_shows_ones_own_name(world: World) -> None:
    target = _unnamed(world)
    own = world.get("amina", "/log/mine").text.split("<main")[1]
    assert "What went wrong" in own or target in own
    opened = world.get("amina", "/log/mine/opened").text.split("<main")[1]
    assert "an author, not named" in opened
    assert "Tomás" not in opened


def test_whoever_is_named_from_some_text_on_is_named_for_what_came_after(world: World) -> None:
    appoint(world)
    target = _unnamed(world)
    with world.app.app_context(), db.system_session(writing=True) as session:
        paper = session.scalars(select(Document).where(Document.public_id == target)).one()
        paper.name_authors(True, since=paper.working + 1)
    assert "Amina" not in _rows(world.get("bruno", f"/log?about={target}").text)
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.execute(update(Document).where(Document.public_id == target).values(named_since=1))
    assert "Amina" in _rows(world.get("bruno", f"/log?about={target}").text)


def test_authors_are_told_when_the_glass_is_broken_even_for_a_draft(world: World) -> None:
    appoint(world)
    for status in ("draft", "published"):
        address = world.write(f"Plan {status}", "Cracked.", sharing=hold(), status=status)
        said = {"place": address, "why": "The minister lands in an hour and asks for it."}
        assert world.post("leila", "/break-glass", said).status_code == 303
        about = world.document(address).public_id
        with world.app.app_context(), db.system_session() as session:
            told = select(Person.email).join(Notice, Notice.person_id == Person.id)
            people = set(session.scalars(told.where(Notice.code == "glass:broken", Notice.about == about)))
        assert email("amina") in people
        assert email("leila") not in people
        assert "Leila Karimi" in world.get("amina", "/notices").text


NOTE = "The harbour master it was"


def test_a_change_of_held_words_alone_tells_nobody_else_who_made_it_or_why(world: World) -> None:
    address = _write(world)
    fields = _fields(world, "amina", address)
    longer = fields["body"].replace("told us.", "told us twice.")
    assert _save(world, "amina", address, fields, body=longer, note=NOTE).status_code == 303
    pages = ("history", "history/2", "diff", "diff?from=2&to=2")
    for page in pages:
        for who in ("oskar", "ines"):
            text = world.get(who, f"{address}/{page}").text
            assert NOTE not in text, (who, page)
            assert "A change that is held back" in text, (who, page)
        for who in ("bruno", "amina"):
            text = world.get(who, f"{address}/{page}").text
            assert NOTE in text, (who, page)
            assert "A change that is held back" not in text, (who, page)
    names = [world.get("oskar", f"{address}/{page}").text.count("Amina Farouk") for page in pages]
    assert names == [1, 0, 1, 0], "she is named for the first text alone"


def test_a_change_of_open_words_is_told_whatever_else_changed(world: World) -> None:
    address = _write(world)
    fields = _fields(world, "amina", address)
    changed = fields["body"].replace("told us.", "told us twice.").replace("Take the ferry.", "Swim.")
    assert _save(world, "amina", address, fields, body=changed, note="Swimming").status_code == 303
    assert "Swimming" in world.get("oskar", f"{address}/history").text
    assert "A change that is held back" not in world.get("oskar", f"{address}/history").text


def test_two_editors_meet_over_held_words_and_neither_note_nor_name_is_told(world: World) -> None:
    address = _write(world)
    mine = _fields(world, "oskar", address)
    fields = _fields(world, "amina", address)
    longer = fields["body"].replace("told us.", "told us twice.")
    assert _save(world, "amina", address, fields, body=longer, note=NOTE).status_code == 303
    answer = _save(world, "oskar", address, mine, body=mine["body"].replace("ferry", "boat"))
    assert answer.status_code in (303, 409)
    main = re.sub(r"<header.*?</header>", "", answer.text, flags=re.S)
    assert NOTE not in main
    assert "What Amina" not in main
    assert BODY not in main


SETTING = 'audience="group:consular" reason=source'


@pytest.mark.parametrize(
    "changed",
    ['audience="group:consular group:digital" reason=source', 'audience="group:consular" reason=legal', "until"],
    ids=["audience", "reason", "end"],
)
def test_a_change_of_who_reads_a_passage_why_or_until_when_is_told_with_its_note_to_its_readers_alone(
    world: World, changed: str
) -> None:
    address = _write(world)
    fields = _fields(world, "amina", address)
    assert SETTING in fields["body"]
    earlier = re.sub(r"until=\S+", f"until={in_days(9)}", fields["body"])
    body = earlier if changed == "until" else fields["body"].replace(SETTING, changed)
    assert body != fields["body"]
    assert _save(world, "amina", address, fields, body=body, note=NOTE).status_code == 303
    for page in ("history", "history/2", "diff", "diff?from=2&to=2"):
        outside, inside = (world.get(who, f"{address}/{page}").text for who in ("oskar", "bruno"))
        assert NOTE not in outside, page
        assert "A change that is held back" in outside, page
        assert NOTE in inside, page
    assert world.get("oskar", f"{address}/history").text.count("Amina Farouk") == 1, "named for the first text alone"
    assert NOTE not in world.get("oskar", "/recent").text


def test_whoever_wrapped_a_passage_goes_on_deciding_about_it_when_a_lead_changed_its_readers(world: World) -> None:
    address = world.write("The ferry", "It goes at nine.", by="okello")
    fields = _fields(world, "tomas", address)
    held = f'\n\n::: held audience="group:lisbon" reason=source until={in_days(90)}\nZqmine.\n:::\n'
    assert _save(world, "tomas", address, fields, body=fields["body"] + held).status_code == 303
    fields = _fields(world, "okello", address)
    wider = fields["body"].replace('"group:lisbon"', '"group:lisbon group:consular"')
    assert wider != fields["body"]
    assert _save(world, "okello", address, fields, body=wider).status_code == 303
    tomas = world.viewer("tomas")
    with world.app.app_context(), db.system_session() as session:
        passage = session.scalars(select(Passage)).one()
        assert set(passage.audience) >= {"group:lisbon", "group:consular"}
        assert passages.may_manage(tomas, passage)
