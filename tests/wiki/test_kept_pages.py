"""Pages made of kept parts: the very letters of a page rendered whole, and never those of another reader or time."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import render_template
from sqlalchemy import select

from tests.people import World
from wiki import db
from wiki.documents import kept, operations
from wiki.documents.models import Document
from wiki.documents.sharing import Sharing
from wiki.people.models import Group

TOKEN = re.compile(r'name="csrf_token" value="[^"]*"')


@pytest.fixture
def pages(world: World) -> dict[str, str]:
    """A page with links to a text for all and to one for Lisbon, and a guideline; their addresses."""
    held = Sharing(audience=("group:lisbon",), discovery="hidden")
    world.write("Bridge file", "Hidden words.", sharing=held)
    world.write("Open file", "Words.")
    text = "## One\n\nSee [[open-file]] and [[bridge-file]].\n\n## Two\n\nMore."
    return {
        "page": world.write("Linking page", text, terms={"tag": ["crisis"]}),
        "guideline": world.write(
            "Linking rule", text, by="leila", owner="consular", kind="guideline", status="in-force"
        ),
    }


@pytest.mark.parametrize("kind", ["page", "guideline"])
@pytest.mark.parametrize("who", ["amina", "okello", "ines", "oskar"])
def test_a_page_of_parts_has_the_letters_of_a_whole_one(
    world: World, pages: dict[str, str], monkeypatch: pytest.MonkeyPatch, kind: str, who: str
) -> None:
    for _ in range(2):
        parts = world.get(who, pages[kind]).text
    monkeypatch.setattr(kept, "page", _whole)
    whole = world.get(who, pages[kind]).text

    assert TOKEN.sub("", parts) == TOKEN.sub("", whole)
    assert "</html>" in whole


def _whole(template: list[object], made_of: object, html: Callable[[], object], **values: object) -> str:
    return render_template(template, html=html(), **values)  # type: ignore[arg-type]


def test_a_link_is_seen_by_each_reader_as_it_is_for_them(world: World, pages: dict[str, str]) -> None:
    for _ in range(2):
        assert 'href="/wiki/bridge-file"' in world.get("amina", pages["page"]).text
        for outsider in ("oskar", "leila"):
            page = world.get(outsider, pages["page"]).text
            assert 'href="/wiki/bridge-file"' not in page
            assert "Bridge file" not in page


def test_the_frame_is_of_the_reader_who_asks(world: World, pages: dict[str, str]) -> None:
    for who, name, other in (("amina", "Amina Farouk", "Oskar Berg"), ("oskar", "Oskar Berg", "Amina Farouk")) * 2:
        frame = world.get(who, pages["guideline"]).text.partition("<main")[0]
        assert name in frame
        assert other not in frame


def test_a_change_of_text_title_or_place_is_seen_at_the_next_request(world: World, pages: dict[str, str]) -> None:
    assert "Open file" in world.get("oskar", pages["page"]).text
    world.post("amina", "/wiki/open-file/edit", {"title": "Opened file", "body": "Other words.", "base_revision": "1"})

    assert "Opened file" in world.get("oskar", pages["page"]).text
    assert "Other words." in world.get("oskar", "/wiki/open-file").text


def test_a_narrowed_audience_counts_at_the_next_request(world: World, pages: dict[str, str]) -> None:
    assert world.get("oskar", "/wiki/open-file").status_code == 200
    assert 'href="/wiki/open-file"' in world.get("oskar", pages["page"]).text
    with world.app.app_context(), db.system_session(writing=True) as session:
        document = session.scalars(select(Document).where(Document.slug == "open-file")).one()
        operations.share(session, document, Sharing(audience=("group:lisbon",), discovery="hidden"), by=None)

    assert world.get("oskar", "/wiki/open-file").status_code == 404
    assert 'href="/wiki/open-file"' not in world.get("oskar", pages["page"]).text
    assert 'href="/wiki/open-file"' in world.get("amina", pages["page"]).text


def test_the_name_of_a_unit_that_becomes_hidden_goes_from_pages_at_once(world: World, pages: dict[str, str]) -> None:
    assert "Embassy Lisbon" in world.get("oskar", "/wiki/open-file").text
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.get_one(Group, "lisbon").is_hidden = True

    assert "Embassy Lisbon" not in world.get("oskar", "/wiki/open-file").text
    assert "Embassy Lisbon" in world.get("amina", "/wiki/open-file").text


def test_nothing_with_a_token_against_forged_posts_is_kept(world: World, pages: dict[str, str]) -> None:
    world.get("okello", pages["page"])
    first = TOKEN.findall(world.get("okello", pages["page"]).text)
    store = world.app.extensions["chancery_kept_pages"]

    assert first, "control: the lead of Lisbon has a form on this page"
    kept_text = "".join("".join(pieces) for pieces in store._parts.values())
    assert 'name="csrf_token"' in kept_text, "control: the form is kept, with a mark in place of its token"
    assert not any(token in kept_text for token in first)
    assert "\ue011" not in world.get("okello", pages["page"]).text, "the mark is never sent"


def test_each_reader_of_a_kept_form_gets_a_token_of_their_own(world: World, pages: dict[str, str]) -> None:
    world.get("okello", pages["page"])
    okello = TOKEN.findall(world.get("okello", pages["page"]).text)[0].split('"')[-2]
    amina = TOKEN.findall(world.get("amina", pages["page"]).text)[0].split('"')[-2]
    for who, token, answer in (("amina", okello, 400), ("amina", amina, 303)):
        posted = world.client(who).post(f"{pages['page']}/bin", data={"csrf_token": token})
        assert posted.status_code == answer


def test_a_message_is_shown_once_and_to_nobody_else(world: World, pages: dict[str, str]) -> None:
    world.post("amina", "/wiki/open-file/edit", {"title": "Open file", "body": "Changed.", "base_revision": "1"})

    assert 'class="flash' in world.get("amina", "/wiki/open-file").text.partition('<template id="trouble"')[0]
    assert 'class="flash' not in world.get("amina", "/wiki/open-file").text.partition('<template id="trouble"')[0]
    assert 'class="flash' not in world.get("oskar", "/wiki/open-file").text.partition('<template id="trouble"')[0]
