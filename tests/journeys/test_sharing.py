"""Who reads what, and how soon a change of it counts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.journeys.conftest import Clock
from tests.journeys.reader import Reader
from tests.people import World, email, sign_in
from wiki import db
from wiki.access.models import AuditEvent
from wiki.documents.sharing import Sharing
from wiki.people import operations as people
from wiki.people.models import Group, Person
from wiki.people.viewer import today

At = Callable[[str | None], Reader]
# Where a page could be found by somebody who may not read it.
EVERYWHERE = ("/wiki/bridge", "/wiki/", "/recent", "/search?q=girder", "/search/suggest?q=brid", "/tags/steel", "/")


def soon(days: int = 60) -> str:
    return (today() + timedelta(days=days)).isoformat()


def held(**changes: Any) -> dict[str, Any]:
    """What one fills in to hold a page back for Lisbon."""
    return {
        "audience": "group:lisbon", "discovery": "stub", "release_title": "A project", "share_line": "Ask us about it.",
        "reason": "negotiation", "until": soon(), **changes,
    }  # fmt: skip


def seen(reader: Reader) -> set[str]:
    """The addresses at which this person finds the page or its words."""
    return {path for path in EVERYWHERE if "The bridge" in reader.open(path).answer.text and reader.status == 200}


@pytest.mark.parametrize("drained", [False, True])
@pytest.mark.parametrize("discovery", ["stub", "hidden"])
def test_a_narrowed_audience_counts_at_the_next_request_everywhere(
    world: World, at: At, monkeypatch: pytest.MonkeyPatch, drained: bool, discovery: str
) -> None:
    from wiki import web

    world.write("The bridge", "The girder is cracked.", terms={"tag": ["steel"]})
    world.client("amina").post(
        "/wiki/the-bridge/edit", data=_edit(world, "/wiki/the-bridge/edit", address="bridge")
    ).close()
    oskar, amina = at("oskar"), at("amina")
    assert seen(oskar) == set(EVERYWHERE), "the control: before, it is found everywhere"
    if not drained:
        # Whatever the index says meanwhile: nobody has told it yet.
        monkeypatch.setattr(web.outbox, "drain", lambda: 0)
    amina.open("/wiki/bridge/sharing").press("Save", **held(discovery=discovery))
    assert amina.status == 200

    assert seen(oskar) == set()
    assert seen(at("okello")) == set(EVERYWHERE), "the embassy still finds it"
    assert oskar.open("/wiki/bridge").status == (404 if discovery == "hidden" else 403)
    assert "cracked" not in oskar.answer.text


def _edit(world: World, path: str, **changes: str) -> dict[str, str]:
    page = Reader(world, "amina").open(path)
    names = ("csrf_token", "key", "base_revision", "title", "body", "lang", "tags")
    return {name: page.field(name) for name in names} | changes


def test_the_form_tells_in_words_and_numbers_who_will_read_before_it_is_saved(world: World, at: At) -> None:
    world.write("Bridge", "Words.")
    amina = at("amina").open("/wiki/bridge/sharing")
    assert "9 people at 2 posts can read this" in amina.words
    amina.press("Count the readers", **held())
    assert "3 people at 1 post can read this" in amina.words
    assert amina.field("release_title") == "A project"
    assert at("oskar").open("/wiki/bridge").status == 200, "counting saves nothing"

    amina.press("Save")
    assert "Embassy Lisbon" in amina.words
    assert at("oskar").open("/wiki/bridge").status == 403


def test_the_stub_tells_what_was_released_and_whom_to_ask(world: World, at: At) -> None:
    world.write("Bridge", "The girder is cracked.", terms={"topic": ["crisis"]})
    at("amina").open("/wiki/bridge/sharing").press("Save", **held())
    oskar = at("oskar").open("/wiki/bridge")
    assert oskar.status == 403
    for words in ("A project", "Ask us about it.", "Embassy Lisbon", "A negotiation"):
        assert words in oskar.words
    oskar.follow("Ask the people who keep it")
    assert "James Okello" in oskar.words
    world.settle()
    assert "A project" in oskar.open("/search?q=project").words
    assert at("gita").open("/wiki/bridge").status == 404, "guests find no notices"


def test_a_hidden_page_is_nowhere_and_its_own_people_find_it(world: World, at: At) -> None:
    world.write("Bridge", "The girder is cracked.")
    at("amina").open("/wiki/bridge/sharing").press("Save", **held(discovery="hidden"))
    world.settle()
    oskar = at("oskar")
    there, nowhere = oskar.open("/wiki/bridge").words, oskar.open("/wiki/no-such-page").words
    assert there == nowhere
    assert "cracked" not in oskar.open("/search?q=girder").words
    assert "1 answer" in at("tomas").open("/search?q=girder").words


def test_a_wider_audience_counts_at_the_next_request_too(world: World, at: At) -> None:
    sharing = Sharing(("group:lisbon",), "hidden", reason="negotiation", until=today() + timedelta(days=9))
    address = world.write("Bridge", "The girder is cracked.", sharing=sharing)
    assert at("oskar").open(address).status == 404
    at("amina").open(f"{address}/sharing").press("Save", audience="service")
    assert "cracked" in at("oskar").open(address).words
    assert "1 answer" in at("oskar").open("/search?q=girder").words


def test_red_needs_named_people(world: World, at: At) -> None:
    world.write("Bridge", "Words.")
    amina = at("amina").open("/wiki/bridge/sharing")
    amina.press("Save", **held(handling="RED"))
    assert amina.status == 422
    assert "RED is for named people only" in amina.beside("handling")
    assert world.document("/wiki/bridge").handling is None

    amina.press("Save", audience="people", people=email("tomas"))
    assert "TLP:RED" in amina.words
    assert at("tomas").open("/wiki/bridge").status == 200
    # Whoever leads the unit keeps its papers; a colleague of the unit does not.
    assert at("okello").open("/wiki/bridge").status == 200
    assert at("leila").open("/wiki/bridge").status == 403


def test_leave_given_by_hand_lets_one_person_read_until_it_ends(world: World, at: At, clock: Clock) -> None:
    address = _held_page(world)
    oskar = at("oskar")
    assert oskar.open(address).status == 404
    at("amina").open(f"{address}/sharing").press(
        "Let them read", email=email("oskar"), grant_until=soon(3), why="He was there"
    )
    assert "cracked" in oskar.open(address).words
    assert "1 answer" in oskar.open("/search?q=girder").words
    assert "Somebody gave you leave" in oskar.open(f"{address}/why").words
    assert at("ines").open(address).status == 404, "one person, not everybody"

    clock.moment = clock.moment.replace(hour=23, minute=59) + timedelta(days=3)
    _at_the_door(world, "oskar")
    assert oskar.open(address).status == 200, "the last day counts whole"
    clock.forward(minutes=2)
    assert oskar.open(address).status == 404
    assert "No answer yet" in oskar.open("/search?q=girder").words


def _at_the_door(world: World, who: str) -> None:
    """Sessions end too when days go by; come in again, by the same door."""
    answer = sign_in(world.client(who), who)
    assert answer.status_code == 303


def test_leave_that_is_taken_back_ends_at_the_next_request(world: World, at: At) -> None:
    address = _held_page(world)
    amina, oskar = at("amina"), at("oskar")
    amina.open(f"{address}/sharing").press("Let them read", email=email("oskar"), grant_until=soon(3))
    assert oskar.open(address).status == 200
    amina.press("Take it back from Oskar Berg")
    assert oskar.open(address).status == 404
    assert "No answer yet" in oskar.open("/search?q=girder").words
    noted = [event.what for event in _events(world) if event.what != "document:read"]
    assert noted[-2:] == ["document:grant", "document:withdraw-grant"]


def test_whoever_is_transferred_stops_reading_at_once(world: World, at: At) -> None:
    address = _held_page(world)
    tomas = at("tomas")
    assert tomas.open(address).status == 200
    with world.app.app_context(), db.system_session(writing=True) as session:
        person = session.scalars(select(Person).where(Person.email == email("tomas"))).one()
        people.leave(session, person, session.get_one(Group, "lisbon"), by=None)
        people.join(session, person, session.get_one(Group, "jakarta"), by=None)
    assert tomas.open(address).status == 404
    for path in (f"{address}/history", f"{address}/files", f"{address}/edit"):
        assert tomas.open(path).status == 404, path
    assert "No answer yet" in tomas.open("/search?q=girder").words


def test_only_those_who_keep_a_page_decide_who_reads_it(world: World, at: At) -> None:
    address = world.write("Bridge", "Words.")
    tomas = at("tomas").open(f"{address}/sharing")
    assert tomas.status == 403
    assert "Only its authors, the leads of the unit that keeps it, and stewards" in tomas.words
    answer = world.post("tomas", f"{address}/sharing", {**held(), "version": "1"})
    assert answer.status_code == 403
    assert not world.document(address).is_held
    assert at("okello").open(f"{address}/sharing").status == 200


def test_a_decision_made_on_an_older_state_does_not_overwrite_a_newer_one(world: World, at: At) -> None:
    address = world.write("Bridge", "Words.")
    amina, okello = at("amina").open(f"{address}/sharing"), at("okello").open(f"{address}/sharing")
    amina.press("Save", **held())
    okello.press("Save", audience="service", handling="AMBER")
    assert okello.status == 409
    assert world.document(address).is_held


def _held_page(world: World) -> str:
    until = today() + timedelta(days=60)
    sharing = Sharing(("group:lisbon",), "hidden", reason="negotiation", until=until)
    return world.write("Bridge", "The girder is cracked.", sharing=sharing)


def _events(world: World) -> list[AuditEvent]:
    with world.app.app_context(), db.system_session() as session:
        return list(session.scalars(select(AuditEvent).order_by(AuditEvent.id)))


def test_a_page_below_starts_with_the_audience_of_the_one_above(world: World, at: At) -> None:
    address = _held_page(world)
    amina = at("amina").open(address).follow("Add a page below")
    assert amina.field("audience") == "groups"
    assert amina.field("until") == (today() + timedelta(days=60)).isoformat()
    amina.press("Publish", title="Rivets", body="All loose.")
    assert at("oskar").open("/wiki/rivets").status == 404
    assert date.fromisoformat(soon()) == world.document("/wiki/rivets").held_until


def test_the_number_of_readers_follows_the_form_while_it_is_filled_in(world: World) -> None:
    address = world.write("Plan", "Text")
    chosen = {"audience": "people", "people": "oskar@example.org bruno@example.org", "reach": "1"}
    for place in (f"{address}/sharing", "/wiki/new"):
        part = world.post("amina", place, {**chosen, "owner": "lisbon"}, headers={"HX-Request": "true"})
        assert part.status_code == 200
        # The two named, the writer, and the lead of the unit that keeps it.
        assert "4 people at 2 posts can read this" in part.text, place
        assert "<html" not in part.text
    assert world.document(address).audience == ["service"], "counting changes nothing"
