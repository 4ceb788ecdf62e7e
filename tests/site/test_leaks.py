"""Ways by which something once got out, or could have: each was tried by hand first, and is tried here for good."""

from __future__ import annotations

import io
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from tests.journeys.reader import Reader
from tests.people import LONG_AGO, World, email
from wiki import db
from wiki.access.models import AccessGrant
from wiki.access.policy import Action, Item, Viewer, may
from wiki.documents import leave
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
        leave.give(session, document.public_id, oskar.id, datetime.now(UTC) + timedelta(days=20), by=None)
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


def counts(text: str) -> list[str]:
    """What a page says about how many people can read it."""
    return re.findall(r"\d+ (?:person|people)[^<]*can read this", text)


@pytest.fixture
def untold(world: World) -> str:
    """The address of what Amina wrote for Lisbon to hold, told by the post."""
    address = world.write("The map", "Was wrong.", by="amina", sharing=hidden("group:bridge", "group:lisbon"))
    untell(world, address)
    return address


def untell(world: World, address: str) -> None:
    number = world.document(address).id
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.get_one(Document, number).names_authors = False


def test_who_wrote_what_names_nobody_is_not_found_by_counting_who_can_read_it(world: World, untold: str) -> None:
    told = world.write("The plan", "Was fine.", by="amina", sharing=hidden())
    asked = {"audience": "people", "reach": "1", **HELD}
    found = {}
    for address in (told, untold):
        for who in ("amina", "tomas", "bruno"):
            form = {**asked, "people": email(who)}
            answer = world.post("okello", f"{address}/sharing", form, headers={"HX-Request": "true"})
            found[address, who] = counts(answer.text)
    assert found[told, "amina"] != found[told, "bruno"], "the control: the author of what names its author counts"
    assert len({str(found[untold, who]) for who in ("amina", "tomas", "bruno")} - {"[]"}) == 1


@pytest.mark.parametrize("status", ["published", "draft", "binned"])
def test_the_author_of_what_names_nobody_is_not_counted_beside_the_audience(world: World, status: str) -> None:
    begun = "draft" if status == "draft" else "published"
    addresses = [
        world.write(title, "Words.", by="leila", sharing=hidden(), status=begun) for title in ("The map", "The plan")
    ]
    untell(world, addresses[0])
    if status == "binned":
        for address in addresses:
            assert world.post("okello", f"{address}/bin").status_code == 303
    of_lead, of_both = (counts(world.get("okello", f"{address}/why").text) for address in addresses)
    assert of_lead[0].split()[0] == str(int(of_both[0].split()[0]) - 1), "the control: authors of the other one count"
    assert counts(world.get("okello", f"{addresses[0]}/sharing").text) == of_lead
    assert counts(world.get("leila", f"{addresses[0]}/why").text) == of_both, "the author knows of themselves"


def test_who_may_share_it_is_not_told_the_name_or_the_members_of_the_closed_group_that_keeps_it(cell: World) -> None:
    address = cell.write("Plan", "Words.", by="amina", owner="shadow")
    for groups in (["jakarta"], ["lisbon", "consular"]):  # Both of its members are in the second two.
        form = {"audience": "groups", "groups": groups, **HELD, "until": str(soon()), "preview": "1"}
        page = cell.post("ines", f"{address}/sharing", form).text
        assert "shut out the closed group that keeps it" in page
        assert "Quetzal" not in page
    assert (
        "shut out the unit that keeps it, Quetzal cell"
        in cell.post(
            "amina", f"{address}/sharing", {"audience": "groups", "groups": ["jakarta"], **HELD, "preview": "1"}
        ).text
    ), "the control: its members are told"


def test_why_names_no_closed_group_to_the_steward_who_acts_for_it(cell: World) -> None:
    address = cell.write("Plan", "Words.", by="amina", owner="shadow", sharing=hidden("group:shadow"))
    page = cell.get("ines", f"{address}/why").text
    assert "A closed group keeps it, and you act for it today." in page
    assert "Quetzal" not in page
    assert "shadow" not in page
    assert "Quetzal cell" in cell.get("leila", f"{address}/why").text, "the control: its members are told"


def test_hidden_posts_count_for_nobody(cell: World) -> None:
    address = cell.write("Plan", "Words.", by="oskar", owner="jakarta")
    asked = {"audience": "people", "people": email("amina"), "reach": "1", **HELD}
    before = cell.post("oskar", f"{address}/sharing", asked, headers={"HX-Request": "true"}).text
    with cell.app.app_context(), db.system_session(writing=True) as session:
        session.get_one(Group, "shadow").type = "post"
    assert counts(before)[0] in cell.post("oskar", f"{address}/sharing", asked, headers={"HX-Request": "true"}).text
    assert "2 people at 2 posts" in before, "the control: open posts count"


@pytest.fixture
def shelf(cell: World) -> World:
    """Papers open to all, kept by the closed cell and by Jakarta."""
    for number in range(3):
        cell.write(f"Heron {number}", "Words on herons.", by="amina", owner="shadow", kind="lesson", status="observed")
    cell.write("Stork", "Words on herons.", by="oskar", owner="jakarta", kind="lesson", status="observed")
    return cell


QUESTIONS = (
    "/lessons/?post={}",
    "/search?owner={}",
    "/search?q=herons&owner={}",
    "/search?q=herons&owner={}&owner=jakarta",
    "/search?q=owner:{}",
    "/search?q=unit:{}",
    "/search?q=herons+-owner:{}",
    "/search?q=herons+-post:{}",
)


@pytest.mark.parametrize("question", QUESTIONS)
def test_no_filter_tells_that_there_is_a_closed_group_or_what_it_keeps(shelf: World, question: str) -> None:
    asked = [shelf.get("oskar", question.format(group)) for group in ("shadow", "sombre")]
    texts = [_without_keys((answer.status_code, answer.text.replace(group, "…")))
             for answer, group in zip(asked, ("shadow", "sombre"), strict=True)]  # fmt: skip
    assert texts[0] == texts[1]
    assert ("Heron 1" in texts[0][1]) == ("-" in question), "what is taken away is nothing, what is left is nothing"
    mine = shelf.get("leila", question.format("shadow")).text
    assert ("Heron 1" in mine) != ("-" in question), "the control: its members filter by it"


def test_guests_are_offered_only_groups_that_they_may_look_up(shelf: World) -> None:
    audience = Sharing(("group:bridge",), "hidden", reason="negotiation", until=soon())
    for owner, by in (("lisbon", "tomas"), ("bridge", "tomas")):
        shelf.write(f"Shared {owner}", "Words.", by=by, owner=owner, kind="lesson", status="observed", sharing=audience)
    assert shelf.get("gita", "/groups/lisbon").status_code == 404
    for page in ("/lessons/", "/search?q=shared"):
        text = shelf.get("gita", page).text
        assert "Shared lisbon" in text
        filters = "".join(re.findall(r'(?:post|owner)=[\w-]+|<option value="[\w-]+"', text))
        assert "bridge" in filters, (page, "the control: their own group is offered")
        assert "lisbon" not in filters, page
    assert "Shared lisbon" not in shelf.get("gita", "/lessons/?post=lisbon").text
    assert "Shared lisbon" not in shelf.get("gita", "/search?q=shared&owner=lisbon").text


def test_new_below_what_is_held_repeats_neither_its_people_nor_its_notice_to_those_who_do_not_share_it(
    cell: World,
) -> None:
    audience = ("group:bridge", "group:lisbon", "group:shadow", f"person:{cell.viewer('oskar').public_id}")
    notice = Sharing(audience, "stub", "Xiphosura title", "Xiphosura notice.", "negotiation", soon())
    address = cell.write("Talks", "Words.", by="amina", sharing=notice, status="draft")
    below = f"/wiki/new?parent={address.rpartition('/')[2]}"
    cell.post("amina", f"{address}/publication")
    form = Reader(cell, "tomas").open(below)
    assert email("oskar") not in form.answer.text
    assert "Xiphosura" not in form.answer.text
    assert "shadow" not in form.answer.text
    assert (form.field("audience"), form.field("people"), form.field("reason")) == ("groups", "", "negotiation")
    assert form.field("groups") == ["bridge", "lisbon"]
    keeper = Reader(cell, "okello").open(below)
    assert (keeper.field("people"), keeper.field("share_line")) == (email("oskar"), "Xiphosura notice."), "the control"


def test_new_below_what_is_for_named_people_begins_held_and_without_them(world: World) -> None:
    named = tuple(f"person:{world.viewer(who).public_id}" for who in ("oskar", "tomas"))
    address = world.write("Talks", "Words.", by="amina", sharing=hidden(*named))
    form = Reader(world, "oskar").open(f"/wiki/new?parent={address.rpartition('/')[2]}")
    assert (form.field("audience"), form.field("people")) == ("people", "")
    assert email("tomas") not in form.answer.text
