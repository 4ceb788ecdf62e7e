"""Ways by which something once got out, or could have: each was tried by hand first, and is tried here for good."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from tests.people import LONG_AGO, World, email
from wiki import db
from wiki.access.models import AccessGrant
from wiki.access.policy import Action, Item, Viewer, may
from wiki.documents import sharing_views
from wiki.documents.models import Document
from wiki.documents.sharing import Sharing
from wiki.people.models import Group, Membership, Person
from wiki.people.viewer import today

HELD = {"reason": "negotiation", "until": "2999-01-10", "discovery": "stub", "release_title": "x", "share_line": "y"}


def soon() -> date:
    return today() + timedelta(days=60)


def hidden(*audience: str) -> Sharing:
    return Sharing(audience or ("group:lisbon",), "hidden", reason="negotiation", until=soon())


def take_the_address(world: World, who: str, slug: str) -> None:
    form = {"title": "Innocent", "body": "Words.", "owner": "jakarta", "audience": "service", "address": slug}
    assert world.post(who, "/wiki/new", form).status_code == 303


def test_a_form_saves_to_the_page_it_was_made_for_whatever_lives_at_its_address_by_now(world: World) -> None:
    world.write("Talks", "What we know.", by="okello", sharing=hidden())
    public_id = world.document("/wiki/talks").public_id
    assert f'value="{public_id}"' in world.get("okello", "/wiki/talks/edit").text, "the form names its page"
    take_the_address(world, "oskar", "talks")
    change = {"title": "Talks", "body": "Xiphosura.", "base_revision": "1", "document": public_id}
    assert world.post("okello", "/wiki/talks/edit", change).status_code == 303
    file = {"file": (io.BytesIO(b"Xiphosura file"), "secret.txt"), "document": public_id}
    assert world.post("okello", "/wiki/talks/files", file).status_code == 303
    for path in ("/wiki/talks", "/wiki/talks/files", "/wiki/talks/history"):
        page = world.get("oskar", path).text
        assert "Xiphosura" not in page
        assert "secret.txt" not in page
    assert world.get("oskar", "/wiki/talks/files/secret.txt").status_code == 404
    with world.app.app_context(), db.system_session() as session:
        moved = session.scalars(select(Document.slug).where(Document.public_id == public_id)).one()
    assert "Xiphosura" in world.get("okello", f"/wiki/{moved}").text


@pytest.mark.parametrize("page", ["edit", "sharing", "files"])
def test_every_form_of_a_page_names_the_page(world: World, page: str) -> None:
    address = world.write("Plan", "Words.", by="okello")
    named = f'name="document" value="{world.document(address).public_id}"'
    text = world.get("okello", f"{address}/{page}").text
    assert text.count('method="post"') - text.count("/sign-out") <= text.count(named)


@pytest.fixture
def cell(world: World) -> World:
    """A hidden group whose members are Leila and Amina."""
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.add(Group(id="shadow", name="Quetzal cell", type="task-force", is_hidden=True))
        session.flush()
        for who in ("leila", "amina"):
            person = session.scalars(select(Person).where(Person.email == email(who))).one()
            session.add(Membership(person_id=person.id, group_id="shadow", rank="member", starts_on=LONG_AGO))
    return world


def test_a_hidden_group_answers_in_every_form_like_one_that_is_not_there(cell: World) -> None:
    own = cell.write("Mine", "Words.", by="oskar", owner="jakarta")
    for place in ("/wiki/new", f"{own}/sharing"):
        for field in ({"groups": "{}", "audience": "groups"}, {"audience": "group:{}"}, {"owner": "{}"}):
            for more in ({"preview": "1"}, {"reach": "1"}, {"people": email("leila")}):
                texts = []
                for group in ("shadow", "no-such"):
                    asked = {name: value.format(group) for name, value in field.items()}
                    form = {
                        "title": "T",
                        "body": "B",
                        "owner": "jakarta",
                        "audience": "groups",
                        **HELD,
                        **more,
                        **asked,
                    }
                    answer = cell.post("oskar", place, form)
                    texts.append((answer.status_code, answer.text.replace(group, "…")))
                assert "Quetzal" not in texts[0][1]
                assert _without_keys(texts[0]) == _without_keys(texts[1]), (place, field, more)


def _without_keys(answer: tuple[int, str]) -> tuple[int, str]:
    from tests.site.twins import masked

    return answer[0], masked(answer[1])


def test_leave_to_read_is_not_leave_to_write(world: World) -> None:
    address = world.write("Talks", "Words.", by="okello", sharing=hidden())
    until = str(today() + timedelta(days=20))
    world.post("okello", f"{address}/grants", {"email": email("oskar"), "grant_until": until})
    assert world.get("oskar", address).status_code == 200
    assert f"{address}/edit" not in world.get("oskar", address).text
    change = {"title": "Talks", "body": "Mine now.", "base_revision": "1"}
    assert world.post("oskar", f"{address}/edit", change).status_code == 403
    assert world.post("oskar", f"{address}/history/1/restoration").status_code == 403
    assert world.post("oskar", f"{address}/files", {}).status_code == 403


def test_leave_ends_with_the_membership_under_which_it_was_given(world: World) -> None:
    address = world.write("Talks", "Words.", by="okello", sharing=hidden())
    with world.app.app_context(), db.system_session(writing=True) as session:
        oskar = session.scalars(select(Person).where(Person.email == email("oskar"))).one()
        document = session.scalars(select(Document).where(Document.slug == "talks")).one()
        sharing_views.give(session, document, oskar.id, datetime.now(UTC) + timedelta(days=20), by=None)
    assert world.get("oskar", address).status_code == 200
    with world.app.app_context(), db.system_session(writing=True) as session:
        served = session.scalars(select(Membership).where(Membership.group_id == "jakarta")).one()
        served.ends_on = today() - timedelta(days=1)
    assert world.get("oskar", address).status_code == 404


def test_a_guest_is_not_let_into_the_forms_for_writing(world: World) -> None:
    for path in ("/wiki/new", "/guidelines/new", "/wiki/anything/edit"):
        assert world.get("gita", path).status_code == 403
        assert (
            world.post("gita", path, {"title": "x", "people": email("amina"), "audience": "people"}).status_code == 403
        )


def test_a_stub_is_found_under_the_language_of_its_own_words(world: World) -> None:
    stub = Sharing(("group:lisbon",), "stub", "The photograph", "A picture was wrong.", "negotiation", soon())
    world.write("Das Foto", "Worte.", by="okello", sharing=stub, lang="de")
    assert "The photograph" in world.get("oskar", "/search?q=photograph&lang=en").text
    assert "The photograph" not in world.get("oskar", "/search?q=photograph&lang=de").text


def test_the_key_of_somebody_elses_form_tells_nothing(world: World) -> None:
    form = {"title": "Talks", "body": "Words.", "owner": "lisbon", "key": "k" * 20, **HELD}
    held = {**form, "audience": "group:lisbon", "discovery": "hidden", "until": str(soon())}
    assert world.post("okello", "/wiki/new", held).status_code == 303
    mine = world.post("oskar", "/wiki/new", {"title": "Other", "body": "Words.", "owner": "jakarta", "key": "k" * 20})
    assert (mine.status_code, mine.location.partition("?")[0]) == (303, "/wiki/other")


def test_a_page_above_that_a_writer_cannot_see_stays_where_it_is(world: World) -> None:
    above = world.document(world.write("Above", "Words.", by="okello", sharing=hidden()))
    below = world.write("Below", "Words.", by="okello")
    number = world.document(below).id
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.get_one(Document, number).parent_id = above.id
    change = {"title": "Below", "body": "A word less.", "base_revision": "1", "parent": ""}
    assert world.post("oskar", f"{below}/edit", change).status_code == 303
    assert world.document(below).parent_id == above.id


def test_what_is_in_the_bin_is_closed_to_those_with_leave_and_cannot_be_published_past_it(world: World) -> None:
    address = world.write("Talks", "Words.", by="okello", sharing=hidden())
    world.post("okello", f"{address}/grants", {"email": email("oskar"), "grant_until": str(soon())})
    world.post("okello", f"{address}/bin")
    assert world.get("oskar", address).status_code == 404
    assert world.post("okello", f"{address}/publication").status_code == 403
    assert world.document(address).status == "binned"


def test_a_doubled_slash_never_leads_to_another_host(world: World) -> None:
    answer = world.get("oskar", "/wiki//x", headers={"Host": "evil.example"})
    assert "evil.example" not in answer.headers.get("Location", "")


def test_grants_are_named_by_random_words(world: World) -> None:
    address = world.write("Talks", "Words.", by="okello", sharing=hidden())
    world.post("okello", f"{address}/grants", {"email": email("oskar"), "grant_until": str(soon())})
    with world.app.app_context(), db.system_session() as session:
        grant = session.scalars(select(AccessGrant)).one()
    assert f"/grants/{grant.public_id}/withdrawal" in world.get("okello", f"{address}/sharing").text
    assert world.post("okello", f"{address}/grants/{grant.public_id}/withdrawal").status_code == 303
    assert world.get("oskar", address).status_code == 404


def test_leave_opens_reading_and_no_other_act() -> None:
    reader = Viewer(1, "p1", "A", frozenset({"service", "person:p1", "doc:d1"}))
    item = Item("page", "published", frozenset({"doc:d1", "group:x", "lead:x"}), owner="x")
    allowed = {action for action in Action if may(reader, action, item)}
    assert not allowed & {Action.DOCUMENT_REVISE, Action.DOCUMENT_SHARE, Action.DOCUMENT_GRANT, Action.DOCUMENT_BIN}
    assert Action.DOCUMENT_READ in allowed
