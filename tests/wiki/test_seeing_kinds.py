"""“See it as somebody else” for every kind of document, and nothing of what is the other one's own."""

from __future__ import annotations

import re

import pytest

from tests.people import World
from tests.training import modules
from tests.wiki.test_seeing_as import seen
from tests.wiki.test_seeing_readers import held, questions
from wiki import kinds


@pytest.mark.parametrize("name", ["page", "guideline", "playbook", "lesson", "module", "track"])
@pytest.mark.parametrize("other", ["bruno", "gita", "okello", "ines", "ada"])
def test_every_kind_is_shown_as_somebody_else_gets_it(world: World, name: str, other: str) -> None:
    kind = kinds.kind(name)
    address = world.write("Talks", "## One\n\nWords.", kind=name, status=kind.first_status)
    inside = seen(world, "amina", address, other)
    assert ("Words." in inside) is (other != "gita")
    closed = world.write("Papers", "Words.", kind=name, status=kind.first_status, sharing=held("group:lisbon"))
    assert ("Words." in seen(world, "amina", closed, other)) is (other == "okello")


def test_what_somebody_answered_is_their_own(world: World) -> None:
    address = modules.write(world, by="amina")
    before = seen(world, "amina", address, "bruno")
    assert modules.answer(world, "bruno", address, "b-aaaa", modules.RIGHT["b-aaaa"]).status_code == 303
    assert modules.events(world, "bruno"), "the control: it was written down"
    after = seen(world, "amina", address, "bruno")
    assert without_turns(after) == without_turns(before)
    # Whoever keeps a module may read its keys in its text, but a learner's page shows none before an answer.
    assert modules.CANARY not in after


def without_turns(page: str) -> str:
    bare = re.sub(r'(?:id|for|value|aria-describedby)="[^"]*"', "", page)
    return " ".join(bare.split())


def test_who_settled_a_guideline_is_their_own(world: World) -> None:
    address = world.write("Rules", "Words.", kind="guideline", status="in-force")
    before = seen(world, "amina", address, "bruno")
    answer = world.post("bruno", f"{address}/settlements", {"answer": "settled", "revision": "1"})
    assert answer.status_code in (303, 404, 422)
    assert without_turns(seen(world, "amina", address, "bruno")) == without_turns(before)


def test_a_look_asks_no_more_for_many_links_than_for_few(world: World) -> None:
    for number in range(12):
        world.write(f"Paper {number}", "[[few]] [[many]]")
    few = world.write("Few", "[[paper-1]]")
    many = world.write("Many", " ".join(f"[[paper-{number}]]" for number in range(12)))
    oskar = world.viewer("oskar").public_id
    assert questions(world, f"{many}/as/{oskar}") == questions(world, f"{few}/as/{oskar}") <= 30


def test_the_next_request_is_the_viewers_own_again(world: World) -> None:
    """Standing in for somebody ends with the page, even when rendering it fails."""
    address = world.write("Talks", "Words.", sharing=held("group:lisbon"))
    oskar = world.viewer("oskar").public_id
    page = world.get("amina", f"{address}/as/{oskar}").text
    assert 'data-viewer="' + world.viewer("amina").public_id in page
    assert "Your page, Amina Farouk" in page
    assert "Words." in world.get("amina", address).text


def test_asking_for_the_head_alone_is_a_look_too(world: World) -> None:
    address = world.write("Talks", "Words.")
    answer = world.client("amina").head(f"{address}/as/{world.viewer('oskar').public_id}")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-store"
