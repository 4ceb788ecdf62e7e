"""A spill, an alarm and broken glass, from the first word to the last, as the people it is for see it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.journeys.conftest import Clock
from tests.journeys.reader import Reader
from tests.people import World, email
from tests.wiki.test_security_log import appoint, hold

At = Callable[[str | None], Reader]


@pytest.fixture(autouse=True)
def officers(world: World) -> None:
    appoint(world)


def test_a_spill_is_reported_shut_away_looked_into_and_let_out(world: World, at: At) -> None:
    world.write("Bridge", "The girder is cracked.")
    tomas, marek, amina = at("tomas"), at("marek"), at("amina")
    tomas.open("/wiki/bridge").follow("Report a spill")
    assert tomas.press("Tell the security officers", words="").status == 422
    tomas.press("Tell the security officers", words="A contact is named in the first line.")
    assert "have been told" in tomas.words

    marek.open("/").follow("Security")
    assert "A contact is named in the first line." in marek.words
    marek.follow("Shut it away")
    assert marek.press("Shut it away", why="").status == 422
    assert "Say why" in marek.beside("why")
    marek.press("Shut it away", why="A contact was named.")
    assert "Reads of open papers are not tracked" in marek.words
    for reader in (tomas, amina, at("okello")):
        assert reader.open("/wiki/bridge").status == 404

    marek.follow("Read it")
    assert "This is under quarantine" in marek.words
    assert "The girder is cracked." in marek.words
    assert "Edit" not in marek.links()
    marek.follow("What was said about it").follow("Bridge")
    assert marek.press("Lift the quarantine", words="").status == 422
    marek.press("Lift the quarantine", words="The name was public.")
    assert "The name was public." in marek.words
    assert "The girder is cracked." in amina.open("/wiki/bridge").words


def test_an_officer_shuts_away_from_the_page_itself(world: World, at: At) -> None:
    world.write("Bridge", "Words.")
    marek = at("marek").open("/wiki/bridge").follow("Put under quarantine")
    assert marek.field("place") == "/wiki/bridge"
    marek.press("Shut it away", why="A cable was pasted.").press("Put it in the bin")
    assert "still shut away" in marek.words
    assert "In the bin" in marek.words
    assert "Bridge" not in at("amina").open("/bin").words


def test_the_glass_is_broken_in_an_emergency_and_everybody_concerned_knows(world: World, at: At, clock: Clock) -> None:
    address = world.write("Bridge", "The girder is cracked.", sharing=hold("stub"))
    leila = at("leila").open("/").follow("Break the glass")
    assert (
        leila.press("Break the glass", place="/wiki/nothing", why="The minister asks for it in an hour.").status == 422
    )
    assert leila.beside("place") == "Nothing is there."
    assert leila.field("why") == "The minister asks for it in an hour."
    leila.press("Break the glass", place=address)
    assert "The girder is cracked." in leila.words
    assert "24 hours" in leila.words

    okello = at("okello").open("/me").follow("Open my log").follow("Who opened what I keep")
    assert "Broke the glass to read it" in okello.words
    assert "Leila Karimi" in okello.words
    assert "The minister asks for it in an hour." in at("marek").open("/security").words
    assert "broke the glass on" in okello.open(f"{address}/sharing").words


def test_an_auditor_finds_and_exports_what_happened_without_reading_it(world: World, at: At) -> None:
    address = world.write("Girders", "They are cracked.", sharing=hold())
    at("tomas").open(address)
    bruno = at("bruno").open("/").follow("The log")
    bruno.press("Show", person="Tomás", what="document:read")
    assert "Opened something held back" in bruno.words
    assert "a paper of Embassy Lisbon" in bruno.words
    assert "irders" not in bruno.answer.text
    bruno.press("Export as CSV")
    assert "document:read" in bruno.answer.text
    assert "role.given" not in bruno.answer.text, "the filter counts for the export too"
    assert "Exported a part of the log" in bruno.open("/log/mine").words


def test_an_officer_suspends_an_account_and_opens_it_again(world: World, at: At) -> None:
    oskar = at("oskar").open("/")
    marek = at("marek").open("/security").press("Suspend", email="nobody@example.org")
    assert (marek.status, marek.field("email")) == (422, "nobody@example.org")
    marek.press("Suspend", email=email("oskar"))
    assert "Oskar Berg is suspended" in marek.words
    assert "Sign in" in oskar.open("/").answer.text
    marek.press("Let Oskar Berg in again")
    assert "may sign in again" in marek.words
