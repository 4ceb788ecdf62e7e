"""Holding back a passage: what the help says, whom a writer may name, and who is told of it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from tests.people import World, email, hidden
from tests.wiki.test_passages_pages import _fields, _save, _write
from tests.wiki.test_seeing_readers import add_group
from wiki import db
from wiki.documents import passages
from wiki.documents.models import Passage
from wiki.notices.models import Notice
from wiki.people.models import Group, Person

UNTIL = (date.today() + timedelta(days=100)).isoformat()
WORDS = "It is quetzalcoatl.\n:::\n"


def _audiences(world: World) -> list[list[str]]:
    with world.app.app_context(), db.system_session() as session:
        return [sorted(audience) for audience in session.scalars(select(Passage.audience))]


def _try(world: World, audience: str, who: str = "amina") -> str:
    """Save a text with a passage for this audience; what is beside the field when it is refused."""
    address = world.write("The quay", "Nothing yet.", by=who)
    body = f"Open.\n\n::: held audience={audience} reason=source until={UNTIL}\n{WORDS}"
    answer = _save(world, who, address, _fields(world, who, address), body=body)
    assert answer.status_code in (303, 422)
    return answer.text if answer.status_code == 422 else ""


@pytest.mark.parametrize(
    ("audience", "labels"),
    [
        ('"Consular Directorate"', ["group:consular"]),
        ("“consular DIRECTORATE”", ["group:consular"]),
        ('"Bridge task force, Embassy Lisbon"', ["group:bridge", "group:lisbon"]),
        ('"Consular Directorate group:jakarta"', ["group:consular", "group:jakarta"]),
        ("Headquarters", ["group:hq"]),
        ('"consular bridge"', ["group:bridge", "group:consular"]),
    ],
)
def test_a_group_may_be_named_in_full(world: World, audience: str, labels: list[str]) -> None:
    assert _try(world, audience) == ""
    assert _audiences(world) == [labels]


@pytest.mark.parametrize(
    "name", ["Consular", "Embassy", "Consular Directorat", "Directorate Consular", "Zqclosed circle"]
)
def test_what_is_only_like_a_name_or_of_a_closed_group_is_unknown(world: World, name: str) -> None:
    add_group(world, "zq-closed", "Zqclosed circle", {"bruno": "member"}, hidden=True)
    said = _try(world, f'"{name}"') if name != "Consular" else _try(world, '"Consular nobody"')
    assert "There is no group or person" in said
    assert "lists short names" in said
    assert _audiences(world) == []


def test_a_name_that_two_groups_bear_is_nobodys(world: World) -> None:
    add_group(world, "consular-two", "Consular Directorate", {})
    assert "There is no group or person" in _try(world, '"Consular Directorate"')


def test_a_member_of_a_closed_group_may_name_it(world: World) -> None:
    add_group(world, "zq-closed", "Zqclosed circle", {"amina": "member"}, hidden=True)
    assert _try(world, '"zqclosed circle"') == ""
    assert _audiences(world) == [["group:zq-closed"]]


def test_the_help_lists_short_names_and_tells_of_no_closed_group(world: World) -> None:
    add_group(world, "zq-closed", "Zqclosed circle", {"bruno": "member"}, hidden=True)
    page = world.get("amina", "/wiki/new").text
    assert 'Consular Directorate</span> → <code dir="ltr">consular</code>' in page
    assert "e-mail address of a person" in page
    assert "bring a last day of their own" in page
    assert page.index('ltr">lisbon</code>') < page.index('ltr">bridge</code>'), "one's own come first"
    assert "zqclosed" not in page.lower()
    assert "zq-closed" not in page
    assert 'ltr">zq-closed</code>' in world.get("bruno", "/wiki/new").text


def test_of_many_groups_the_help_lists_thirty(world: World) -> None:
    assert "Others: on the page of the group" not in world.get("amina", "/wiki/new").text
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.add_all(Group(id=f"g{number}", name=f"Group {number:02}", type="community") for number in range(40))
    page = world.get("amina", "/wiki/new").text
    assert page.count('</span> → <code dir="ltr">') == 30
    assert "Others: on the page of the group, at the end of its address." in page


def test_a_page_with_a_held_passage_is_not_all_for_the_whole_service(world: World) -> None:
    address, plain = _write(world), world.write("Nothing held", "Words.")
    for who in ("amina", "bruno", "oskar"):
        assert "Whole service, but for some passages" in world.get(who, address).text, who
        assert "but for some passages" not in world.get(who, plain).text, who
    with world.app.app_context(), db.system_session(writing=True) as session:
        passages.open_to_readers(session, session.scalars(select(Passage)).one(), by=None)
    assert "but for some passages" not in world.get("oskar", address).text


def _told(world: World) -> dict[str, Notice]:
    with world.app.app_context(), db.system_session() as session:
        rows = session.execute(
            select(Person.email, Notice)
            .join(Person, Person.id == Notice.person_id)
            .where(Notice.code == "passage:held-by-other")
        )
        return {address.partition("@")[0]: notice for address, notice in rows}


def test_the_leads_are_told_when_somebody_from_elsewhere_holds_a_passage_back(world: World) -> None:
    address = world.write("The quay", "Nothing yet.", by="amina", owner="lisbon")
    body = f'Open.\n\n::: held audience="jakarta" reason=source until={UNTIL}\n{WORDS}'
    assert _save(world, "oskar", address, _fields(world, "oskar", address), body=body).status_code == 303
    assert set(_told(world)) == {"okello"}
    page = world.get("okello", "/notices").text
    assert "Somebody from elsewhere held back a passage in “The quay”" in page
    assert "quetzalcoatl" not in page
    # A later change of the words is no second passage.
    fields = _fields(world, "oskar", address)
    assert _save(world, "oskar", address, fields, body=fields["body"] + "\nMore.").status_code == 303
    assert len(_told(world)) == 1


def test_who_cannot_read_the_text_any_more_is_told_no_title(world: World) -> None:
    address = world.write("The zqquay", "Nothing yet.", by="bruno", owner="consular")
    body = f'Open.\n\n::: held audience="jakarta" reason=source until={UNTIL}\n{WORDS}'
    assert _save(world, "oskar", address, _fields(world, "oskar", address), body=body).status_code == 303
    with world.app.app_context(), db.system_session(writing=True) as session:
        there = session.scalars(select(Notice).where(Notice.code == "passage:held-by-other")).one()
        there.person_id = session.scalars(select(Person.id).where(Person.email == email("gita"))).one()
    page = world.get("gita", "/notices").text
    assert "zqquay" not in page


@pytest.mark.parametrize("who", ["amina", "okello", "tomas"])
def test_nobody_is_told_when_the_unit_holds_it_back_itself(world: World, who: str) -> None:
    assert _try(world, '"consular"', who) == ""
    assert _told(world) == {}


def test_the_form_says_what_a_notice_needs(world: World) -> None:
    page = world.get("amina", "/wiki/new").text
    assert hidden(page, "csrf_token")
    for name in ("release_title", "share_line"):
        assert "Needed before it is published." in page.split(f'id="{name}-hint">')[1][:60]
