"""Somebody needs what is held back, asks, and gets an answer: each with a browser of their own."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.journeys.reader import Reader
from tests.people import World
from tests.wiki.asking import Clock, Desk
from wiki import db
from wiki.documents.sharing import Sharing
from wiki.people.viewer import today

At = Callable[[str | None], Reader]


@pytest.fixture
def held(world: World) -> str:
    until = today() + timedelta(days=60)
    sharing = Sharing(("group:lisbon",), "stub", "A project", "Ask us about it.", "source", until)
    return world.write("Bridge", "The girder is cracked.", sharing=sharing)


def test_one_click_from_the_notice_to_the_request_and_from_the_inbox_to_the_answer(
    world: World, at: At, held: str
) -> None:
    oskar = at("oskar").open(held)
    assert "a steward takes it up, and after that an arbiter" in oskar.words
    oskar.press("Ask for access", words="I meet the engineers on Thursday.")
    assert "Sent. You will be told as soon as there is an answer." in oskar.words
    assert "Embassy Lisbon is asked: due in 3 working days" in oskar.words
    assert "You have asked for this" in oskar.open(held).words

    okello = at("okello").open("/")
    assert "1 request for access waits for your answer." in okello.words
    okello.follow("Answer").follow("Bridge")
    assert "I meet the engineers on Thursday." in okello.words
    _press_outside(okello, "grant")
    assert "They can read it now and are told so." in okello.words
    assert "Nothing waits for you" in okello.words
    assert "Oskar Berg" in okello.follow("Answered").words

    assert "girder" in oskar.open(held).words
    assert "You can read it until" in oskar.open("/requests/mine").words


def _press_outside(reader: Reader, form: str) -> None:
    """Press the button that stands outside of its form, at the foot of the page, where the thumb is."""
    assert f'form="{form}"' in reader.answer.text
    data = {name: reader.field(name) for name in ("csrf_token", "version", "until")}
    path = reader.path.split("?")[0]
    reader.answer = reader.client.post(f"{path}/{form}", data=data, follow_redirects=True, buffered=True)
    reader.path = reader.answer.request.full_path.rstrip("?")


def test_a_refusal_needs_what_can_be_shared_instead_and_can_be_appealed(world: World, at: At, held: str) -> None:
    oskar = at("oskar").open(held).press("Ask for access")
    okello = at("okello").open("/requests").follow("Bridge").follow("Refuse …")
    okello.press("Refuse", refusal="source-at-risk")
    assert okello.status == 422
    assert "Say what can be shared instead" in okello.beside("instead")
    okello.press("Refuse", refusal="source-at-risk", instead="/wiki/steel")
    assert "Refused." in okello.words

    oskar.open("/requests/mine").follow("A project")
    assert "It would put a source or a contact at risk." in oskar.words
    assert "Instead: /wiki/steel" in oskar.words, "nothing stands there"
    assert "/wiki/steel" not in oskar.links().values()
    world.write("Steel", "How it is made.")
    assert oskar.open(oskar.path).links()["Steel"] == "/wiki/steel"
    oskar.press("Ask an arbiter", appeal="I brief the minister on it.")
    assert "An arbiter will look at it." in oskar.words
    assert "Take it back" in oskar.words


def test_it_can_become_urgent_and_be_taken_back(world: World, at: At, held: str) -> None:
    oskar = at("oskar").open(held).press("Ask for access").follow("It became urgent")
    oskar.press("Ask again, as urgent")
    assert "Your request is urgent now" in oskar.words
    assert "due in 4 hours" in oskar.words
    oskar.press("Take it back")
    assert "You took your request back." in oskar.words
    assert "You can ask again at any time." in oskar.words


def test_a_guest_is_not_offered_what_guests_cannot_do(world: World, at: At, held: str) -> None:
    assert at("gita").open(held).status == 404
    assert "Access to what is held back" not in at("gita").open("/me").words
    assert at("oskar").open("/me").follow("What you asked for").status == 200
    assert at("okello").open("/me").follow("Requests that wait for you").status == 200


def test_from_a_notice_to_the_request(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr(db, "now", clock)
    desk = Desk(world, clock)
    request = desk.ask(desk.hold("source"))
    desk.get("okello", "/")
    okello = Reader(world, "okello").open("/notices").press("Oskar Berg asks to read: Talks")
    assert okello.path == f"/requests/{request}"
