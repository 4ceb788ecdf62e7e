"""What the pages of documents show, and what they keep to themselves."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.people import World
from wiki import db
from wiki.documents.sharing import Sharing
from wiki.people.models import Group


@pytest.fixture
def stub(world: World) -> str:
    """The address of a held-back page of the bridge task force, a hidden group; the whole service finds its stub."""
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.get_one(Group, "bridge").is_hidden = True
    held = Sharing(
        audience=("group:bridge", "group:jakarta"),
        release_title="Notes on a bridge",
        share_line="For those who work on it.",
        reason="negotiation",
        until=date.today() + timedelta(days=30),
    )
    return world.write("Piers and cables", by="tomas", owner="bridge", sharing=held)


@pytest.mark.parametrize("who", ["oskar", "amina"])
def test_the_name_of_a_hidden_group_stays_with_its_members(world: World, stub: str, who: str) -> None:
    pages = (stub, f"{stub}/why", "/", "/recent", "/search?q=bridge", "/search?q=piers", "/wiki/")
    shown = [world.get(who, page).get_data(as_text=True) for page in pages]
    assert "Notes on a bridge" in shown[0] or "Piers and cables" in shown[0]
    assert not [page for page, text in zip(pages, shown, strict=True) if "Bridge task force" in text]


def test_its_members_see_the_name_of_a_hidden_group(world: World, stub: str) -> None:
    assert "Bridge task force" in world.get("tomas", stub).get_data(as_text=True)


def test_every_address_that_nobody_has_is_named(world: World) -> None:
    form = {"title": "T", "body": "B", "owner": "lisbon", "audience": "people"}
    page = world.post("amina", "/wiki/new", {**form, "people": "ghost@example.org, amina@example.org\nelf@example.org"})
    assert page.status_code == 422
    assert "Nobody here has these addresses: elf@example.org, ghost@example.org." in page.text
    page = world.post("amina", "/wiki/new", {**form, "people": "ghost@example.org"})
    assert "Nobody here has the address ghost@example.org." in page.text
