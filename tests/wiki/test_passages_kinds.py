"""Held passages in every kind of document, and the promise that nothing of their words reaches an outsider."""

from __future__ import annotations

import html
import re
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy import select

from tests.people import World, hidden
from wiki import db, markdown
from wiki.documents.models import Document, Passage

UNTIL = (date.today() + timedelta(days=100)).isoformat()
OPENING = f'::: held audience="group:consular" reason=source until={UNTIL}'
SECRET = "quetzalcoatl"
PASSAGE = f"{OPENING}\nThe harbour master, {SECRET}, told us.\n:::"
BODIES = {
    "page": f"Before.\n\n{PASSAGE}\n\nAfter.\n",
    "guideline": f"Before.\n\n{PASSAGE}\n\n::: rule You MUST wait\nFor an hour.\n:::\n",
    "lesson": f"## What happened\n\nIt broke.\n\n{PASSAGE}\n\n## What we intended\n\nTo cross.\n",
    "playbook": f"## First hour\n\n- [ ] Call home\n\n{PASSAGE}\n\n- [ ] Call again\n",
    "module": f"Before.\n\n{PASSAGE}\n\n::: quiz one\nWhich?\n- [x] This\n- [ ] That\n:::\n",
    "track": f"## Week 1\n\n- Read it\n\n{PASSAGE}\n\n## Week 2\n\n- Read it again\n",
}


@pytest.mark.parametrize("kind", BODIES)
def test_every_kind_holds_passages_back(world: World, kind: str) -> None:
    address = world.write("The bridge", BODIES[kind], kind=kind, by="amina")
    for who, told in (("bruno", True), ("amina", True), ("oskar", False), ("tomas", False)):
        for path in ("", "/history", "/history/1"):
            answer = world.get(who, address + path)
            assert answer.status_code == 200, (who, path)
            assert (SECRET in answer.text) == (told and path != "/history"), (who, path)
            assert ("Passage held by Embassy Lisbon" in answer.text) == (not told and path != "/history"), (who, path)


@pytest.mark.parametrize("kind", BODIES)
def test_every_kind_is_edited_around_its_passages(world: World, kind: str) -> None:
    # Tomás serves in Lisbon and may edit what it keeps, without being one of those the passage is for.
    address = world.write("The bridge", BODIES[kind], kind=kind, by="amina")
    fields = _form(world, "tomas", address)
    assert not any(SECRET in value for value in fields.values())
    box = next(name for name, value in fields.items() if "[[held:" in value)
    dropped = {**fields, box: re.sub(r"\[\[held:\w+\]\]", "", fields[box])}
    answer = world.post("tomas", f"{address}/edit", dropped)
    assert answer.status_code == 422
    assert "[[held:" in answer.text
    changed = {**fields, box: f"{fields[box]}\n\nMore was said.\n"}
    assert world.post("tomas", f"{address}/edit", changed).status_code == 303
    newest = world.get("okello", f"{address}/history/2").text
    assert SECRET in newest
    assert "More was said." in newest
    assert SECRET not in world.get("tomas", f"{address}/history/2").text


@pytest.mark.parametrize("kind", BODIES)
def test_in_every_kind_previews_conflicts_and_restorations_are_put_together_for_their_reader(
    world: World, kind: str
) -> None:
    address = world.write("The bridge", BODIES[kind], kind=kind, by="amina")
    mine, theirs = _form(world, "tomas", address), _form(world, "okello", address)
    for who, fields, told in (("tomas", mine, False), ("okello", theirs, True)):
        page = world.post(who, f"{address}/edit", {**fields, "preview": "1"}).text.rpartition('id="preview"')[2]
        assert ("Passage held by" in page) != told
        assert (SECRET in page) == told
    box = next(name for name, value in theirs.items() if SECRET in value)
    theirs[box] = theirs[box].replace("told us.", "told us, and Xochipilli.")
    assert world.post("okello", f"{address}/edit", theirs).status_code == 303
    answer = world.post("tomas", f"{address}/edit", {**mine, "title": "The bridge, again"})
    assert answer.status_code == 409
    assert "[[held:" in answer.text
    assert not re.search(f"{SECRET}|Xochipilli", answer.text)
    assert world.post("tomas", f"{address}/history/1/restoration").status_code == 303
    newest = world.get("okello", f"{address}/history/3").text
    assert "Xochipilli" in newest, "who cannot read a passage leaves its words as they are"
    assert not re.search(f"{SECRET}|Xochipilli", world.get("tomas", f"{address}/history/3").text)
    assert world.post("okello", f"{address}/history/1/restoration").status_code == 303
    assert "Xochipilli" not in world.get("okello", f"{address}/history/4").text


def _form(world: World, who: str, address: str) -> dict[str, Any]:
    page = world.get(who, f"{address}/edit").text
    world._tokens[who] = hidden(page, "csrf_token")
    form = max(re.findall(r"<form.*?</form>", page, re.S), key=len)
    fields = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        skipped = re.search(r'type="(checkbox|radio|submit)"', tag) and " checked" not in tag
        if name and not skipped:
            fields[name[1]] = html.unescape(value[1]) if value else ""
    for name, value in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', form, re.S):
        fields[name] = html.unescape(value).lstrip("\r\n")
    for name, inside in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'<option selected value="([^"]*)"', inside)
        fields[name] = html.unescape(chosen[1]) if chosen else ""
    return fields


def test_no_step_to_tick_or_answer_can_stand_in_a_passage(world: World) -> None:
    for inside in ("- [ ] Call home", "::: checklist\n- one\n:::", "::: quiz one\nWhich?\n- [x] This\n- [ ] That\n:::"):
        with pytest.raises(markdown.HeldRefused):
            markdown.cut(f"{OPENING}\n{inside}\n:::", lambda: "a" * 12)


@pytest.mark.parametrize("before", ["    ", "\t", "   \t", "      "])
def test_a_passage_with_spaces_before_it_is_refused_and_not_told_to_everybody(world: World, before: str) -> None:
    shifted = "\n".join(before + line for line in PASSAGE.split("\n"))
    for body in (f"Before.\n\n{shifted}\n\nAfter.\n", shifted, f"- One\n\n    {shifted}"):
        answer = world.post("amina", "/wiki/new", {"title": "The bridge", "body": body, "owner": "lisbon"})
        assert answer.status_code == 422
        assert "Take away the spaces before ::: held" in answer.text
    assert world.get("amina", "/wiki/the-bridge").status_code == 404


def test_how_a_passage_is_written_can_be_shown_in_a_fenced_block(world: World) -> None:
    shifted = "\n".join(f"    {line}" for line in PASSAGE.split("\n"))
    address = world.write("How to", f"Like this:\n\n```markdown\n{shifted}\n```\n")
    assert SECRET in world.get("oskar", address).text


def test_guests_and_those_who_may_not_know_the_owner_are_told_less(world: World) -> None:
    from wiki.documents.sharing import Sharing

    address = world.write("The bridge", BODIES["page"], by="amina", sharing=Sharing(("group:bridge", "group:lisbon")))
    page = world.get("gita", address).text
    assert "Passage held by Embassy Lisbon" in page
    assert "Ask for access" not in page
    assert SECRET not in page
    with world.app.app_context(), db.system_session(writing=True) as session:
        from wiki.people.models import Group

        session.get_one(Group, "lisbon").is_hidden = True
        session.get_one(Group, "consular").is_hidden = True
    assert "Embassy Lisbon" not in world.get("gita", address).text.partition('<p class="held"')[2].partition("</p>")[0]
    box = world.get("amina", address).text.partition('class="held-box"')[2].partition("</section>")[0]
    assert SECRET in box
    assert "Consular" not in box
    assert "consular" not in _form(world, "amina", address)["body"], "nor is she told where she types"


words = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Co", "Cn")), max_size=40)
blocks = st.sampled_from(
    ["## A heading", "- a list", "> a quotation", "| a | b |\n|---|---|\n| c | d |", "1. one", "Text."]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    before=st.lists(blocks | words, max_size=3),
    held=words,
    after=st.lists(blocks | words, max_size=3),
    n=st.integers(1, 60),
)
def test_what_is_open_depends_in_nothing_on_what_is_held(
    before: list[str], held: str, after: list[str], n: int
) -> None:
    def opened(inside: str) -> Any:
        whole = "\n\n".join([*before, f"{OPENING}\n{inside}\n:::", *after])
        found = markdown.cut(whole, lambda: "k3x9m2p7q4rt")
        rendered = markdown.render(found.text)
        return found.text, rendered

    try:
        short = opened("canaryword")
        long = opened(f"canaryword {held.replace(':', '')} " + "and more\n\n" * n)
    except markdown.TextRefused:
        return
    assert short == long
    assert "canaryword" not in repr(short)
    whole = markdown.put_together(short[0], {"k3x9m2p7q4rt": f"{OPENING}\ncanaryword\n:::"})
    assert markdown.cut(whole.replace("::: held ", "::: held k3x9m2p7q4rt "), lambda: "b" * 12).text == short[0]


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(n=st.integers(1, 400), open_words=st.text(alphabet="abc \n#-", max_size=60))
def test_an_outsider_s_pages_are_the_same_however_long_a_passage_is(world: World, n: int, open_words: str) -> None:
    told = []
    for length in (1, n):
        held = f"{OPENING}\n{SECRET} " + "word " * length + "\n:::"
        address = world.write(f"Twin {length} {len(told)}", f"Start.\n\n{open_words}\n\n{held}\n\nEnd.\n", by="amina")
        slug = address.rpartition("/")[2]
        with world.app.app_context(), db.system_session() as session:
            document = session.scalars(select(Document).where(Document.slug == slug)).one()
            passage = session.scalars(select(Passage).where(Passage.document_id == document.id)).one()
            names = (slug, document.title, document.public_id, passage.public_id)
        pages = []
        for path in ("", "/history", "/history/1", "/diff?from=1&to=1", "/edit"):
            page = world.get("oskar", address + path).text
            assert SECRET not in page
            for name in names:
                page = page.replace(name, "NAME")
            page = re.sub(r'(csrf_token" type="hidden" value=|name="key" type="hidden" value=|value=)"[^"]*"', "", page)
            pages.append(re.sub(r"\d\d:\d\d[:\d.+]*", "", page))
        told.append(pages)
    assert told[0] == told[1]
