"""Held passages on the pages of a document: each reader gets what is theirs, and nothing tells of the rest."""

from __future__ import annotations

import html
import re
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from tests.people import World, hidden
from tests.site.test_queries import DOCUMENT, cost
from wiki import db
from wiki.access.models import AuditEvent
from wiki.documents import passages
from wiki.documents.models import Document, Passage, PassageText, Revision

UNTIL = (date.today() + timedelta(days=100)).isoformat()
OPENING = f'::: held audience="group:consular" reason=source until={UNTIL}'
BODY = f"""## What is known

The bridge is closed.

{OPENING}
## Who told us

The harbour master, quetzalcoatl, told us.
:::

## What to do

Take the ferry.
"""
SECRET = ("quetzalcoatl", "harbour master", "Who told us")


def _write(world: World, body: str = BODY, by: str = "amina") -> str:
    return world.write("The bridge", body, by=by)


def _fields(world: World, who: str, address: str) -> dict[str, str]:
    """What the edit form of a text holds for this person."""
    page = world.get(who, f"{address}/edit").text
    world._tokens[who] = hidden(page, "csrf_token")
    names = ("title", "base_revision", "key", "lang", "address")
    found = {name: re.search(rf'name="{name}"[^>]*value="([^"]*)"', page) for name in names}
    fields = {name: html.unescape(match[1]) if match else "" for name, match in found.items()}
    area = re.search(r'<textarea[^>]*name="body"[^>]*>(.*?)</textarea>', page, re.S)
    assert area is not None
    return {**fields, "lang": "en", "body": html.unescape(area[1]).lstrip("\r\n")}


def _save(world: World, who: str, address: str, fields: dict[str, str], **changed: str):  # type: ignore[no-untyped-def]
    return world.post(who, f"{address}/edit", {**fields, **changed})


def _passage(world: World, address: str) -> Passage:
    with world.app.app_context(), db.system_session() as session:
        document = session.scalars(select(Document).where(Document.slug == address.rpartition("/")[2])).one()
        found = session.scalars(select(Passage).where(Passage.document_id == document.id)).one()
        session.expunge_all()
        return found


def test_those_it_is_for_read_it_and_the_others_read_that_it_is_held(world: World) -> None:
    address = _write(world)
    for who in ("amina", "leila", "bruno", "okello"):
        page = world.get(who, address).text
        assert all(word in page for word in SECRET), who
        assert "Held: only" in page
    for who in ("oskar", "tomas", "marek", "ines"):
        page = world.get(who, address).text
        assert not any(word in page for word in SECRET), who
        assert "Passage held by Embassy Lisbon: source protection, until" in page
        assert "What to do" in page


def test_the_words_stand_in_no_row_that_is_open(world: World) -> None:
    address = _write(world)
    with world.app.app_context(), db.system_session() as session:
        document = session.scalars(select(Document).where(Document.slug == "the-bridge")).one()
        revision = session.scalars(select(Revision).where(Revision.document_id == document.id)).one()
        open_words = f"{revision.body}{revision.html}{revision.toc}{revision.sections}{revision.summary}"
        assert not any(word in open_words for word in SECRET)
        assert document.passages == 1
        text = session.scalars(select(PassageText)).one()
        assert "quetzalcoatl" in text.body
        assert "quetzalcoatl" in text.html
        assert "quetzalcoatl" in str(text.sections)
    public_id = _passage(world, address).public_id
    assert f"[[held:{public_id}]]" in revision.body


def test_whoever_may_not_read_it_edits_around_its_place(world: World) -> None:
    address = _write(world)
    token = f"[[held:{_passage(world, address).public_id}]]"
    fields = _fields(world, "oskar", address)
    assert token in fields["body"]
    assert not any(word in fields["body"] for word in SECRET)
    moved = fields["body"].replace(f"{token}\n", "") + f"\n{token}\n\nOr swim.\n"
    assert _save(world, "oskar", address, fields, body=moved).status_code == 303
    page = world.get("bruno", address).text
    assert "quetzalcoatl" in page
    assert page.index("Take the ferry") < page.index("quetzalcoatl") < page.index("Or swim")
    assert "quetzalcoatl" not in world.get("oskar", address).text


def test_its_place_cannot_be_lost_or_doubled_by_whoever_may_not_read_it(world: World) -> None:
    address = _write(world)
    token = f"[[held:{_passage(world, address).public_id}]]"
    fields = _fields(world, "oskar", address)
    for odd in (fields["body"].replace(token, ""), f"{fields['body']}\n{token}\n"):
        answer = _save(world, "oskar", address, fields, body=odd + "\nMine.\n")
        assert answer.status_code == 422
        assert token in answer.text
        assert "Mine." in answer.text
    assert "Mine." not in world.get("oskar", address).text
    assert "quetzalcoatl" in world.get("bruno", address).text


def test_unknown_and_foreign_numbers_are_refused_alike(world: World) -> None:
    address = _write(world)
    own = _passage(world, address).public_id
    other = world.write("Elsewhere", "Nothing.", by="oskar")
    answers = []
    for number in (own, "zzzzzzzzzzzz"):
        fields = _fields(world, "oskar", other)
        for body in (f"Words.\n\n[[held:{number}]]\n", f"Words.\n\n::: held {number}\nTyped.\n:::\n"):
            answer = _save(world, "oskar", other, fields, body=body)
            assert answer.status_code == 422
            found = re.search(r'<p class="err"[^>]*>.*?</svg>(.*?)</p>', answer.text, re.S)
            assert found is not None
            answers.append(found[1].replace(number, "NUMBER"))
    assert answers[:2] == answers[2:]


def test_a_reader_who_does_not_manage_it_changes_its_words_and_nothing_else(world: World) -> None:
    address = _write(world)
    fields = _fields(world, "bruno", address)
    assert OPENING.removeprefix("::: held ") in fields["body"]
    better = fields["body"].replace("told us.", "told us twice.")
    assert _save(world, "bruno", address, fields, body=better).status_code == 303
    assert "told us twice." in world.get("leila", address).text
    fields = _fields(world, "bruno", address)
    wider = fields["body"].replace('audience="group:consular"', 'audience="group:consular group:jakarta"')
    later = fields["body"].replace(UNTIL, (date.today() + timedelta(days=300)).isoformat())
    other = fields["body"].replace("reason=source", "reason=legal")
    without = re.sub(r"::: held.*?:::\n", "", fields["body"], flags=re.S)
    for body in (wider, later, other, without):
        answer = _save(world, "bruno", address, fields, body=body)
        assert answer.status_code == 422, body
    passage = _passage(world, address)
    assert (passage.audience, passage.reason) == (["group:consular"], "source")


def test_whoever_manages_it_widens_it_and_takes_it_out(world: World) -> None:
    address = _write(world)
    fields = _fields(world, "amina", address)
    wider = fields["body"].replace('audience="group:consular"', 'audience="group:consular person:oskar@example.org"')
    assert _save(world, "amina", address, fields, body=wider).status_code == 303
    assert "quetzalcoatl" in world.get("oskar", address).text
    fields = _fields(world, "amina", address)
    assert "person:oskar@example.org" in fields["body"]
    assert "oskar@example.org" not in _fields(world, "bruno", address)["body"], "people are told to its keepers only"
    out = re.sub(r"::: held.*?:::\n", "", fields["body"], flags=re.S)
    assert _save(world, "amina", address, fields, body=out).status_code == 303
    assert "quetzalcoatl" not in world.get("bruno", address).text
    with world.app.app_context(), db.system_session() as session:
        said = session.scalars(
            select(AuditEvent.what).where(AuditEvent.what.startswith("passage:")).order_by(AuditEvent.id)
        ).all()
    assert list(said) == ["passage:hold", "passage:change", "passage:remove"]


def test_the_change_of_a_passage_is_no_change_for_others(world: World) -> None:
    address = _write(world)
    fields = _fields(world, "amina", address)
    longer = fields["body"].replace("told us.", "told us. " + "And more words. " * 200)
    assert _save(world, "amina", address, fields, body=longer).status_code == 303
    for who, told in (("oskar", False), ("bruno", True)):
        page = world.get(who, f"{address}/diff?from=1&to=2").text
        assert ("The text is the same" not in page) == told, who
        assert ("And more words" in page) == told
        for number in (1, 2):
            assert ("quetzalcoatl" in world.get(who, f"{address}/history/{number}").text) == told
    assert "And more words" not in world.get("bruno", f"{address}/history/1").text


def test_an_old_text_is_brought_back_with_what_its_restorer_may_touch(world: World) -> None:
    address = world.write("The bridge", "Nothing is known.", by="amina")
    fields = _fields(world, "amina", address)
    assert _save(world, "amina", address, fields, body=BODY).status_code == 303
    answer = world.post("oskar", f"{address}/history/1/restoration")
    assert answer.status_code == 422
    assert f"[[held:{_passage(world, address).public_id}]]" in answer.text
    assert "Nothing is known." in answer.text
    fields = _fields(world, "oskar", address)
    assert _save(world, "oskar", address, fields, body=fields["body"] + "\nMore.\n").status_code == 303
    assert world.post("oskar", f"{address}/history/2/restoration").status_code == 303
    assert "quetzalcoatl" in world.get("bruno", address).text
    assert "quetzalcoatl" not in world.get("oskar", address).text
    assert world.post("amina", f"{address}/history/1/restoration").status_code == 303
    assert "quetzalcoatl" not in world.get("amina", address).text


def test_two_editors_meet_and_neither_sees_more_than_theirs(world: World) -> None:
    address = _write(world)
    mine = _fields(world, "oskar", address)
    theirs = _fields(world, "bruno", address)
    better = theirs["body"].replace("told us.", "told us, says Xochipilli.")
    assert _save(world, "bruno", address, theirs, body=better).status_code == 303
    answer = _save(world, "oskar", address, mine, body=mine["body"].replace("closed", "open"))
    assert answer.status_code == 409
    assert not any(word in answer.text for word in (*SECRET, "Xochipilli"))
    assert "Both changes fit together" in answer.text
    area = re.search(r'<textarea[^>]*name="body"[^>]*>(.*?)</textarea>', answer.text, re.S)
    assert area is not None
    again = {**mine, "base_revision": "2", "key": "another-key-0001", "body": html.unescape(area[1]).lstrip("\r\n")}
    assert _save(world, "oskar", address, again).status_code == 303
    page = world.get("bruno", address).text
    assert "is open" in page
    assert "Xochipilli" in page


def test_the_preview_is_the_page_of_its_writer(world: World) -> None:
    address = _write(world)
    for who, told in (("oskar", False), ("bruno", True)):
        fields = _fields(world, who, address)
        page = _save(world, who, address, fields, body=fields["body"] + "\nNew words.\n", preview="1").text
        shown = page.rpartition('id="preview"')[2]
        assert "New words." in shown
        assert ("quetzalcoatl" in shown) == told
        assert ("Passage held by" in shown) != told


def test_caches_follow_rights(world: World) -> None:
    address = _write(world)
    outside, inside = world.get("oskar", address), world.get("bruno", address)
    assert "ETag" in outside.headers
    assert "no-store" in inside.headers.get("Cache-Control", "")
    assert "ETag" not in inside.headers
    with world.app.app_context(), db.system_session(writing=True) as session:
        passage = session.scalars(select(Passage)).one()
        passages.open_to_readers(session, passage, by=None)
    opened = world.get("oskar", address, headers={"If-None-Match": outside.headers["ETag"]})
    assert opened.status_code == 200
    assert "quetzalcoatl" in opened.text
    fields = _fields(world, "oskar", address)
    assert "opened" in fields["body"]
    assert "quetzalcoatl" in fields["body"]
    assert _save(world, "oskar", address, fields, body=fields["body"] + "\nMore.\n").status_code == 303


def test_a_text_with_passages_is_not_kept_on_the_device_of_its_writer(world: World) -> None:
    address, other = _write(world), world.write("Open", "Words.", by="amina")
    assert "data-keep-locally" in world.get("bruno", f"{other}/edit").text
    assert "data-keep-locally" not in world.get("bruno", f"{address}/edit").text
    for path in ("/edit", "/history/1", "/diff?from=1&to=1"):
        assert "no-store" in world.get("bruno", address + path).headers["Cache-Control"], path


def test_the_contents_are_those_of_the_reader(world: World) -> None:
    address = _write(world)
    for who, number in (("bruno", 3), ("oskar", 2)):
        page = world.get(who, address).text
        toc = re.search(r'<nav[^>]*class="[^"]*toc.*?</nav>', page, re.S)
        entries = re.findall(r'href="#(s-[^"]+)"', toc[0] if toc else page)
        assert len(dict.fromkeys(entries)) == number, who


def test_a_comment_on_a_held_heading_tells_others_nothing_of_it(world: World) -> None:
    address = _write(world)
    anchor = f"s-{_passage(world, address).public_id}-who-told-us"
    said = {"body": "Is that so?", "anchor": anchor, "key": "k" * 16}
    assert world.post("bruno", f"{address}/comments", said).status_code == 303
    assert "On:" in world.get("bruno", address).text
    page = world.get("oskar", address).text
    assert "Is that so?" in page
    assert not any(word in page for word in SECRET)
    assert "who-told-us" not in page


def test_links_in_a_passage_are_no_backlinks(world: World) -> None:
    other = world.write("The harbour", "Ships.", by="oskar")
    _write(world, BODY.replace("told us.", "told us [[the-harbour]]."))
    assert "Linked from" not in world.get("oskar", other).text
    assert 'href="/wiki/the-harbour"' in world.get("bruno", "/wiki/the-bridge").text


def test_mistakes_are_told_beside_the_text_and_nothing_changes(world: World) -> None:
    address = world.write("The bridge", "Nothing is known.", by="amina")
    past = (date.today() - timedelta(days=1)).isoformat()
    far = (date.today() + timedelta(days=1200)).isoformat()
    odd = {
        "::: held\nWords.\n:::": "Say who may read",
        '::: held audience="group:nowhere" reason=source\nWords.\n:::': "“group:nowhere”",
        '::: held audience="group:consular"\nWords.\n:::': "Say why",
        '::: held audience="group:consular" reason=whim\nWords.\n:::': "“whim”",
        '::: held audience="group:consular" reason=embargo\nWords.\n:::': "until when",
        f'::: held audience="group:consular" reason=source until={past}\nWords.\n:::': "has passed",
        f'::: held audience="group:consular" reason=source until={far}\nWords.\n:::': "too far away",
        '::: held audience="group:consular" reason=source\nWords.': "has no end",
        "- a\n\n  ::: held audience=consular reason=source\n  Words.\n  :::": "stands by itself",
        "::: held audience=service reason=source\nWords.\n:::": "“service”",
    }
    fields = _fields(world, "amina", address)
    for body, sentence in odd.items():
        answer = _save(world, "amina", address, fields, body=body)
        assert answer.status_code == 422, body
        assert sentence in html.unescape(answer.text), body
        assert html.escape("Words.") in answer.text
    page = world.get("amina", address).text
    assert "Nothing is known." in page
    assert "Words." not in page
    fine = "::: held audience=consular reason=source\nWords.\n:::"
    assert _save(world, "amina", address, fields, body=fine).status_code == 303
    assert _passage(world, address).held_until == date.today() + timedelta(days=730)


@pytest.mark.parametrize("who", ["bruno", "oskar"])
def test_a_page_with_many_passages_asks_the_database_as_seldom_as_one_with_few(world: World, who: str) -> None:
    world.write("The harbour", "Ships.", by="oskar")
    passages_of = [f"{OPENING}\nWords number {number}, see [[the-harbour]].\n:::" for number in range(8)]
    costs = []
    for number in (1, 8):
        address = world.write(f"Page {number}", "\n\n".join(passages_of[:number]), by="amina")
        costs.append(cost(world, address, who))
    assert costs[0] == costs[1] <= DOCUMENT
