"""“See it as somebody else”: their page, and nothing more of what they can see."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from tests.people import CAST, World, email
from tests.wiki.test_seeing_readers import add_group, held, let_read, unname
from wiki import db
from wiki.access.models import AuditEvent
from wiki.documents.models import Document


def seen(world: World, who: str, address: str, other: str) -> str:
    answer = world.get(who, f"{address}/as/{world.viewer(other).public_id}")
    assert answer.status_code == 200, answer.status_code
    found = re.search(r'<div class="as-seen mt3">(.*)</div>\s*</div>\s*</main>', answer.text, re.DOTALL)
    return found[1] if found else ""


def page(world: World, who: str, address: str, other: str) -> str:
    return world.get(who, f"{address}/as/{world.viewer(other).public_id}").text


def test_a_keeper_sees_the_text_as_a_reader_gets_it(world: World) -> None:
    address = world.write("Talks", "Words of the talks.", sharing=held("group:bridge"))
    whole, inside = page(world, "okello", address, "gita"), seen(world, "okello", address, "gita")
    assert "This is what Gita Rao sees" in whole
    assert "it is shared with Bridge task force, and they belong to it today" in whole
    assert "Words of the talks." in inside
    # A guest edits nothing, and the keeper's own tools are not shown as hers.
    assert f"{address}/edit" not in inside
    assert f"{address}/sharing" not in inside
    assert f"{address}/edit" in seen(world, "okello", address, "tomas")


def test_outside_the_audience_there_is_the_notice_and_no_text(world: World) -> None:
    address = world.write("Talks", "Words of the talks.", sharing=held("group:bridge", release_title="About a bridge"))
    inside = seen(world, "okello", address, "oskar")
    assert "About a bridge" in inside
    assert "Words of the talks." not in inside
    assert "Talks" not in inside
    assert "not shared with them" in page(world, "okello", address, "oskar")


def test_what_is_hidden_is_not_found(world: World) -> None:
    address = world.write(
        "Talks", "Words.", sharing=held("group:consular", discovery="hidden"), owner="consular", by="bruno"
    )
    inside = seen(world, "leila", address, "oskar")
    assert "There is nothing here to show you" in inside
    assert "Talks" not in inside


def test_nothing_can_be_pressed(world: World) -> None:
    address = world.write("Talks", "Words.", sharing=held("group:lisbon"))
    world.post("amina", f"{address}/comments", {"body": "A remark"})
    inside = seen(world, "amina", address, "okello")
    assert "A remark" in inside
    assert "Put it in the bin" in inside
    assert "<form" not in inside
    assert "csrf" not in inside
    assert " hx-" not in inside
    assert all(" disabled" in tag for tag in re.findall(r"<(?:button|input|select|textarea)[^>]*>", inside))


def test_each_look_is_written_down(world: World) -> None:
    address = world.write("Talks", "Words.", sharing=held("group:bridge"))
    page(world, "okello", address, "oskar")
    with world.app.app_context(), db.system_session() as session:
        rows = session.scalars(select(AuditEvent).where(AuditEvent.what == "document:view-as")).all()
    assert [(row.about, row.owner, row.details["person"]) for row in rows] == [
        (world.document(address).public_id, "lisbon", world.viewer("oskar").public_id)
    ]


@pytest.mark.parametrize("who", ["tomas", "gita", "oskar", "marek", "ada", "bruno"])
def test_only_those_who_keep_it_look(world: World, who: str) -> None:
    address = world.write("Talks", "Words.", sharing=held("group:bridge"))
    open_page = world.write("Open", "Words.")
    for path in ("/as", f"/as/{world.viewer('leila').public_id}", "/as/nobody"):
        inside = who in ("tomas", "gita")
        assert world.get(who, address + path).status_code == (403 if inside else 404), path
        assert world.get(who, open_page + path).status_code == 403, path
    assert world.post(who, f"{address}/as", {"who": "leila"}).status_code == (403 if inside else 404)


def test_links_tell_nothing_that_only_the_other_one_can_see(world: World) -> None:
    """Bruno reads a paper of his directorate and Okello does not: it must not show in what Okello sees as Bruno."""
    world.write(
        "Zqsecret of ours", "x", by="bruno", owner="consular", sharing=held("group:consular", discovery="hidden")
    )
    world.write(
        "Zqchild", "links [[talks]]", by="bruno", owner="consular", sharing=held("group:consular", discovery="hidden")
    )
    world.write("Zqmine", "links [[talks]]", by="okello", sharing=held("group:lisbon", discovery="hidden"))
    world.write("Both of us", "links [[talks]]", by="okello")
    address = world.write("Talks", "See [[zqsecret-of-ours]], [[zqmine]] and [[both-of-us]].", by="okello")
    below(world, "/wiki/zqchild", address)
    below(world, "/wiki/zqmine", address)
    inside = seen(world, "okello", address, "bruno")
    assert "Zqsecret of ours" in world.get("bruno", address).text, "the control: Bruno sees it"
    assert "Zqmine" in world.get("okello", address).text, "the control: Okello sees his own"
    assert "Zqsecret" not in inside
    assert "Zqchild" not in inside
    # What Bruno cannot see is not in his page either, though Okello could.
    assert "Zqmine" not in inside
    assert "Both of us" in inside


def below(world: World, child: str, parent: str) -> None:
    with world.app.app_context(), db.system_session(writing=True) as session:
        found = {row.slug: row for row in session.scalars(select(Document))}
        found[child.rsplit("/", 1)[1]].parent_id = found[parent.rsplit("/", 1)[1]].id


def test_links_in_comments_tell_no_more(world: World) -> None:
    world.write(
        "Zqsecret of ours", "x", by="bruno", owner="consular", sharing=held("group:consular", discovery="hidden")
    )
    address = world.write("Talks", "Words.", by="okello")
    world.post("bruno", f"{address}/comments", {"body": "See [[zqsecret-of-ours]]."})
    assert "Zqsecret of ours" in world.get("bruno", address).text, "the control"
    inside = seen(world, "okello", address, "bruno")
    assert "Bruno Keller" in inside
    assert "Zqsecret of ours" not in inside
    # His own comment is not his to change here.
    assert "/edit" not in re.sub(rf"{address}/edit", "", inside)


def test_who_belongs_to_a_closed_group_is_not_found_out_by_looking(world: World) -> None:
    add_group(world, "zq-closed", "Zqclosed circle", {"amina": "member", "bruno": "member"}, hidden=True)
    address = world.write("Talks", "Words.", sharing=held("group:zq-closed"))
    member, outsider = page(world, "okello", address, "bruno"), page(world, "okello", address, "oskar")
    assert "We cannot tell" in member
    assert "Words." not in member
    assert "Zqclosed" not in member
    assert same(member, "Bruno Keller") == same(outsider, "Oskar Berg")
    # Amina belongs to it and may know.
    assert "Words." in seen(world, "amina", address, "bruno")
    assert "not shared with them" in page(world, "amina", address, "oskar")


def test_who_wrote_a_text_that_names_none_is_not_found_out_by_looking(world: World) -> None:
    address = world.write("Talks", "Words.", sharing=held("group:consular", "group:lisbon"), by="marek")
    unname(world, address)
    author, outsider = page(world, "okello", address, "marek"), page(world, "okello", address, "oskar")
    assert "We cannot tell" in author
    assert same(author, "Marek Novak") == same(outsider, "Oskar Berg")
    # An author who reads it for another reason has the tools of any such reader there.
    address = world.write("Papers", "Words.", sharing=held("group:lisbon"), by="amina")
    unname(world, address)
    as_author, as_member = seen(world, "okello", address, "amina"), seen(world, "okello", address, "tomas")
    assert "Words." in as_author
    assert as_author == as_member


def test_an_open_page_does_not_tell_who_wrote_it_by_its_tools(world: World) -> None:
    address = world.write("Papers", "Words.", by="bruno", owner="lisbon")
    unname(world, address)
    assert seen(world, "okello", address, "bruno") == seen(world, "okello", address, "oskar")


def same(text: str, name: str) -> str:
    bare = re.sub(r'name="csrf_token" value="[^"]*"', "", text.replace(name, "NAME"))
    return re.sub(r"/as/[0-9a-z]+", "/as/ID", bare)


def test_leave_and_names_are_told_of(world: World) -> None:
    address = world.write("Talks", "Words.", sharing=held("group:bridge", f"person:{world.viewer('bruno').public_id}"))
    let_read(world, address, "oskar")
    assert "somebody gave them leave" in page(world, "okello", address, "oskar")
    assert "shared with them by name" in page(world, "okello", address, "bruno")
    assert "Words." in seen(world, "okello", address, "oskar")


def test_a_draft_is_as_its_readers_get_it(world: World) -> None:
    address = world.write("Plan", "Words.", status="draft")
    assert "Words." in seen(world, "amina", address, "okello")
    assert "There is nothing here to show you" in seen(world, "amina", address, "tomas")


def test_a_person_is_found_by_name_or_address(world: World) -> None:
    address = world.write("Talks", "Words.")
    oskar = world.viewer("oskar").public_id
    for words in ("oskar@example.org", " OSKAR@example.org", "Oskar Berg"):
        answer = world.post("amina", f"{address}/as", {"who": words})
        assert (answer.status_code, answer.location) == (303, f"{address}/as/{oskar}"), words
    many = world.post("amina", f"{address}/as", {"who": "o"})
    assert (many.status_code, many.location) == (303, f"{address}/as?who=o")
    listed = world.get("amina", many.location).text
    assert "Oskar Berg" in listed
    assert "James Okello" in listed


@pytest.mark.parametrize("words", ["Oskar", "berg", "Oskar  Ber", "Okello"])
def test_a_name_that_is_only_like_it_picks_nobody(world: World, words: str) -> None:
    address = world.write("Talks", "Words.")
    answer = world.post("amina", f"{address}/as", {"who": words})
    assert (answer.status_code, urlsplit(answer.location).path) == (303, f"{address}/as")
    assert "Whom do you mean?" in world.get("amina", answer.location).text
    with world.app.app_context(), db.system_session() as session:
        assert not session.scalars(select(AuditEvent).where(AuditEvent.what == "document:view-as")).all()


def test_what_somebody_helps_with_is_no_name(world: World) -> None:
    from wiki.people.models import Person

    address = world.write("Talks", "Words.")
    with world.app.app_context(), db.system_session(writing=True) as session:
        oskar = session.scalars(select(Person).where(Person.email == email("oskar"))).one()
        oskar.can_help = "Nobody such as me knows harbours"
    answer = world.post("amina", f"{address}/as", {"who": "nobody such"})
    assert answer.status_code == 422
    assert "Nobody here has this name" in answer.text


def test_of_two_with_one_name_neither_is_picked(world: World) -> None:
    from wiki.people.models import Person

    address = world.write("Talks", "Words.")
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.scalars(select(Person).where(Person.email == email("bruno"))).one().name = "Óskar Berg"
    answer = world.post("amina", f"{address}/as", {"who": "oskar berg"})
    assert answer.location.startswith(f"{address}/as?who=")
    by_address = world.post("amina", f"{address}/as", {"who": email("bruno")})
    assert by_address.location == f"{address}/as/{world.viewer('bruno').public_id}"


@pytest.mark.parametrize("words", ["", "  ", "zq nobody", "nobody such", "x" * 5000, "a@b", "%", "' or 1=1"])
def test_whoever_is_not_there_is_not_found(world: World, words: str) -> None:
    address = world.write("Talks", "Words.")
    answer = world.post("amina", f"{address}/as", {"who": words})
    assert answer.status_code == 422
    assert "Nobody here has this name" in answer.text or "Say whom you mean" in answer.text
    assert world.get("amina", f"{address}/as/{words[:20].strip() or 'x'}").status_code == 404


def test_somebody_suspended_is_nobody(world: World) -> None:
    from wiki.people.models import Person

    address, oskar = world.write("Talks", "Words."), world.viewer("oskar").public_id
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.scalars(select(Person).where(Person.email == email("oskar"))).one().is_active = False
    assert world.get("amina", f"{address}/as/{oskar}").status_code == 404
    assert world.post("amina", f"{address}/as", {"who": "oskar@example.org"}).status_code == 422


def test_every_pair_sees_no_more_than_both_see(world: World) -> None:
    """Canaries in papers of every circle, linked from one open page: none shows unless both read it."""
    circles = {"lisbon": "amina", "consular": "bruno", "digital": "marek", "jakarta": "oskar"}
    for group, who in circles.items():
        world.write(f"Zq{group}", "x", by=who, owner=group, sharing=held(f"group:{group}", discovery="hidden"))
    body = " ".join(f"[[zq{group}]]" for group in circles)
    address = world.write("Hub", body, by="okello")
    for group, who in circles.items():
        world.write(
            f"Zqback{group}", "[[hub]]", by=who, owner=group, sharing=held(f"group:{group}", discovery="hidden")
        )
    for keeper in ("okello", "ines"):
        for other in CAST:
            inside = seen(world, keeper, address, other)
            for group in circles:
                both = {f"group:{group}", f"lead:{group}"}
                reads = all(not both.isdisjoint(world.viewer(one).keys) for one in (keeper, other))
                assert (f"Zqback{group}" in inside) is reads, (keeper, other, group)
