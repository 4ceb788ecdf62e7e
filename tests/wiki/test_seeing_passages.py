"""Held passages: who can read them, and how they look through somebody else's eyes."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from tests.people import World
from tests.wiki.test_seeing_as import page, seen
from tests.wiki.test_seeing_readers import add_group, let_read, unname
from wiki import db
from wiki.documents.models import Passage

UNTIL = (date.today() + timedelta(days=100)).isoformat()


def body(audience: str) -> str:
    return f'The bridge is closed.\n\n::: held audience="{audience}" reason=source until={UNTIL}\nZqharbour.\n:::\n'


def passage(world: World) -> str:
    with world.app.app_context(), db.system_session() as session:
        return session.scalars(select(Passage.public_id)).one()


def test_through_the_eyes_of_a_reader_of_the_passage_it_is_there(world: World) -> None:
    address = world.write("The bridge", body("group:consular"))
    assert "Zqharbour" in seen(world, "okello", address, "bruno")
    outside = seen(world, "okello", address, "oskar")
    assert "The bridge is closed." in outside
    assert "Zqharbour" not in outside
    assert "assage held" in outside or "held by" in outside


def test_whoever_looks_does_not_come_to_read_a_passage_by_it(world: World) -> None:
    address = world.write("The bridge", body("group:consular"))
    assert "Zqharbour" not in world.get("ines", address).text, "the control: the steward does not read it"
    assert "Zqharbour" not in seen(world, "ines", address, "bruno")
    assert "Zqharbour" not in page(world, "ines", address, "amina")


def test_who_reads_a_passage_is_told_to_those_who_keep_the_page(world: World) -> None:
    address = world.write("The bridge", body("group:consular"))
    whole = world.get("okello", f"{address}/why").text
    assert f"?passage={passage(world)}" in whole
    mine = world.get("okello", f"{address}/why?passage={passage(world)}")
    for words in ("Bruno Keller", "Leila Karimi", "Amina Farouk", "James Okello"):
        assert words in mine.text, words
    assert "Oskar Berg" not in mine.text
    assert "Zqharbour" not in mine.text
    # The steward is told who can, and that they cannot themselves.
    theirs = world.get("ines", f"{address}/why?passage={passage(world)}").text
    assert "You cannot read this passage." in theirs
    assert "Bruno Keller" in theirs


def test_other_readers_are_told_their_own_reason_alone(world: World) -> None:
    address = world.write("The bridge", body("group:consular"))
    for who, words in (("bruno", "Consular Directorate"), ("oskar", "You cannot read this passage.")):
        text = world.get(who, f"{address}/why?passage={passage(world)}").text
        assert words in text
        assert "Leila Karimi" not in text
        assert "Who else can" not in text


def test_leave_for_a_passage_is_listed_with_it(world: World) -> None:
    from wiki.access.models import AccessGrant

    address = world.write("The bridge", body("group:consular"))
    let_read(world, address, "oskar")
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.scalars(select(AccessGrant)).one().document = session.scalars(select(Passage.public_id)).one()
    text = world.get("okello", f"{address}/why?passage={passage(world)}").text
    assert "Oskar Berg" in text
    assert "Zqharbour" in seen(world, "okello", address, "oskar")


def test_a_closed_audience_of_a_passage_is_not_told(world: World) -> None:
    add_group(world, "zq-closed", "Zqclosed circle", {"amina": "member", "bruno": "member"}, hidden=True)
    address = world.write("The bridge", body("group:zq-closed"))
    text = world.get("okello", f"{address}/why?passage={passage(world)}").text
    assert "Bruno Keller" not in text
    assert "Zqclosed" not in text
    assert "A closed group" in text
    # Looking as one who belongs to it and as one who does not tells no difference.
    assert seen(world, "okello", address, "bruno") == seen(world, "okello", address, "oskar")


def test_who_wrote_a_passage_of_a_text_that_names_none_is_not_told(world: World) -> None:
    address = world.write("The bridge", body("group:consular"), by="marek", owner="lisbon")
    unname(world, address)
    text = world.get("okello", f"{address}/why?passage={passage(world)}").text
    assert "Marek Novak" not in text
    assert seen(world, "okello", address, "marek") == seen(world, "okello", address, "oskar")


@pytest.mark.parametrize("wanted", ["nothing", "x" * 300, "'", "%00"])
def test_a_passage_that_is_not_there_is_not_found(world: World, wanted: str) -> None:
    address = world.write("The bridge", body("group:consular"))
    assert world.get("okello", f"{address}/why?passage={wanted}").status_code in (400, 404)
