"""What a notice gives away beside its words, and the ways around the end and the second person that are shut."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.people import World
from tests.wiki.holding_fixtures import give_role, held, id_of, in_days, set_on, stub, tick
from tests.wiki.people_fixtures import Clock
from wiki import db
from wiki.documents import operations, sharing
from wiki.documents.models import Document
from wiki.documents.sharing import Sharing
from wiki.holding import ends, renewals

pytestmark = pytest.mark.usefixtures("clock")
TITLE, SECRET, PLAIN = "Xylophone affair", "/wiki/xylophone-affair", "/wiki/a-project"
CHOICE = {
    "audience": "group:lisbon",
    "discovery": "stub",
    "reason": "source",
    "release_title": "A project",
    "share_line": "Ask us.",
}


def choose(world: World, address: str, who: str = "okello", **changes: Any) -> Any:
    """Save the sharing form."""
    version = world.document(address).version
    data = {**CHOICE, "version": str(version), "until": in_days(60).isoformat(), **changes}
    return world.post(who, f"{address}/sharing", data)


def chosen(world: World, address: str, wanted: Sharing, by: str = "okello") -> Document:
    """Share it as this person, without a form; returns how it stands then."""
    number, viewer = id_of(world, address), world.viewer(by)
    with world.app.app_context(), db.system_session(writing=True) as session:
        document = session.query(Document).filter_by(public_id=number).one()
        operations.share(session, document, wanted, by=viewer)
        address = f"/wiki/{document.slug}"
    world.settle()
    return world.document(address)


def edit(world: World, who: str, path: str, **changes: Any) -> Any:
    """Save the text of a page with changes, as its form was."""
    page = world.get(who, f"{path}/edit").text
    found = dict(re.findall(r'<input[^>]*name="(base_revision|key|title|address)"[^>]*value="([^"]*)"', page))
    return world.post(who, f"{path}/edit", {"body": "Some text.", "lang": "en", **found, **changes})


@pytest.mark.parametrize("status", ["draft", "published"])
def test_a_notice_never_shows_the_title_in_its_address(world: World, status: str) -> None:
    hidden = held(discovery="hidden", release_title="", share_line="")
    world.write(TITLE, sharing=Sharing() if status == "draft" else hidden, status=status)
    answer = choose(world, SECRET, "amina")
    assert answer.status_code == 303, re.findall(r"class=.error[^>]*>(.*?)<", answer.text)
    assert answer.headers["Location"].split("?")[0] == PLAIN
    if status == "draft":
        world.post("amina", f"{PLAIN}/publication")
    told = stub(world, PLAIN)
    assert told is not None
    assert told.slug == "a-project"
    assert world.get("oskar", PLAIN).status_code == 403
    nothing = world.get("oskar", "/wiki/no-such-affair")
    assert world.get("oskar", SECRET).status_code == nothing.status_code == 404
    assert world.get("amina", SECRET).headers["Location"].endswith(PLAIN)


def test_an_address_that_everybody_knew_stays(world: World) -> None:
    world.write(TITLE)
    assert chosen(world, SECRET, held()).slug == "xylophone-affair"
    assert chosen(world, SECRET, held(release_title="Other words")).slug == "xylophone-affair"


def test_a_draft_follows_the_words_for_release_until_it_is_told(world: World) -> None:
    world.write(TITLE, sharing=held(release_title="Wrong words"), status="draft")
    assert chosen(world, "/wiki/wrong-words", held()).slug == "a-project"


def test_the_new_address_tells_nobody_what_had_it(world: World) -> None:
    unseen = Sharing(audience=(f"person:{world.viewer('leila').public_id}",), discovery="hidden", reason="source",
                     until=in_days(60))  # fmt: skip
    number = id_of(world, world.write("A project", by="leila", owner="consular", sharing=unseen))
    world.write(TITLE, sharing=held(discovery="hidden"))
    assert chosen(world, SECRET, held()).slug == "a-project", "no number tells of the other one"
    assert world.get("leila", f"/wiki/a-project-{number}").status_code == 200


def test_who_only_reads_changes_nothing_of_the_notice(world: World) -> None:
    address = world.write(TITLE, by="amina", sharing=held(), terms={"topic": ["notice"]})
    answer = edit(world, "tomas", address, address="secret-subject")
    assert answer.status_code == 422
    assert "Ask those who keep it to change it" in answer.text
    document, viewer, keeper = world.document(address), world.viewer("tomas"), world.viewer("okello")
    facts = operations.Facts("lisbon", terms={"topic": ["quarrel"]})
    with world.app.app_context(), db.system_session(writing=True) as session:
        operations.describe(session, session.get_one(Document, document.id), facts, by=viewer)
    assert world.document(address).vocabulary("topic") == ["quarrel"]
    told = stub(world, address)
    assert told is not None
    assert told.topics == ["notice"]
    chosen(world, address, held(70))
    told = stub(world, address)
    assert told is not None
    assert told.topics == ["notice"]
    with world.app.app_context(), db.system_session(writing=True) as session:
        operations.describe(session, session.get_one(Document, document.id), facts, by=keeper)
    told = stub(world, address)
    assert told is not None
    assert told.topics == ["quarrel"]
    assert edit(world, "amina", address, address="our-words").status_code == 303


def test_nothing_is_shared_anew_in_the_bin(world: World) -> None:
    address = world.write(TITLE, sharing=held())
    world.post("amina", f"{address}/bin")
    answer = choose(world, address, "amina", until=in_days(150).isoformat())
    assert answer.status_code == 422
    assert "Take it out of the bin first." in answer.text
    assert world.document(address).held_until == in_days(60)


def test_a_short_opening_does_not_begin_the_count_anew(world: World, clock: Clock) -> None:
    address = world.write(TITLE, sharing=held(reason="source"))
    for days in (70, 80):
        assert chosen(world, address, held(days, reason="source")).renewals == (days - 60) // 10
    chosen(world, address, Sharing())
    assert chosen(world, address, held(90, reason="source")).renewals == 2
    chosen(world, address, Sharing())
    assert chosen(world, address, held(90, reason="personal")).renewals == 0


@pytest.mark.parametrize("how", ["refused", "silence", "choice"])
def test_what_was_hidden_once_is_hidden_again_only_when_a_steward_agrees(world: World, clock: Clock, how: str) -> None:
    address = world.write(TITLE, sharing=held(200, discovery="hidden"))
    target = f"/held/hidden/{id_of(world, address)}"
    tick(world)
    if how == "refused":
        world.post("ines", f"{target}/refuse", {"words": "A notice will do."})
    elif how == "silence":
        clock.forward(days=30)
        tick(world)
    else:
        chosen(world, address, held(200))
    assert world.document(PLAIN).discovery == "stub"
    assert choose(world, PLAIN, discovery="hidden", release_title="", share_line="").status_code == 303
    tick(world)
    asked = world.document(PLAIN)
    assert asked.discovery == "stub"
    assert asked.hidden_asked_at is not None
    assert world.get("oskar", PLAIN).status_code == 403
    assert "Until a steward agrees, everybody finds the notice." in world.get("okello", f"{PLAIN}/sharing").text
    assert sharing.of(asked).discovery == "hidden", "saving the form again goes on asking"
    clock.forward(days=1)
    choose(world, PLAIN, discovery="hidden", until=in_days(59).isoformat())
    assert world.document(PLAIN).hidden_asked_at == asked.hidden_asked_at
    world._clients.clear()
    world._tokens.clear()
    assert "Look at it" in world.get("ines", "/held").text
    assert world.post("ines", f"{target}/approve").status_code == 303
    assert world.document(PLAIN).discovery == "hidden"
    assert world.get("oskar", PLAIN).status_code == 404


def test_an_unanswered_question_ends_and_the_notice_stays(world: World, clock: Clock) -> None:
    address = world.write(TITLE, sharing=held(300, discovery="hidden"))
    chosen(world, address, held(300))
    chosen(world, PLAIN, held(300, discovery="hidden"))
    tick(world)
    clock.forward(days=30)
    tick(world)
    document = world.document(PLAIN)
    assert (document.discovery, document.hidden_asked_at) == ("stub", None)


def test_more_time_from_a_steward_does_not_hide_it_longer_without_a_second_person(world: World) -> None:
    give_role(world, "marek", "steward")
    own = held(50, audience=("group:digital",), discovery="hidden", reason="source")
    address = world.write("Mine", by="ines", owner="digital", sharing=own)
    world.post("marek", f"/held/hidden/{id_of(world, address)}/approve")
    set_on(world, address, renewals=2, hidden_asked_by_id=None)
    ines, marek, number = world.viewer("ines"), world.viewer("marek"), world.document(address).id
    with world.app.app_context(), db.system_session(writing=True) as session:
        document = session.get_one(Document, number)
        asked = renewals.ask(session, document, in_days(300), "More time.", by=ines)
        renewals.answer(session, asked, allowed=True, words="", by=marek)
        assert ends.is_held(document)
    found = world.document(address)
    assert (found.held_until, found.hidden_asked_by_id) == (in_days(300), ines.person)
    assert world.post("ines", f"/held/hidden/{id_of(world, address)}/approve").status_code == 403
