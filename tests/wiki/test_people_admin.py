"""Administration: who may, what it does, and that it opens nothing to read."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.journeys.reader import Reader
from tests.people import CAST, World, email
from tests.wiki.admin_fixtures import address, count, logged, person, second_administrator, set_on
from wiki import db
from wiki.documents.sharing import Sharing
from wiki.people import accounts
from wiki.people.models import Group, Person
from wiki.people.viewer import today
from wiki.people.words import DUTIES, ROLES

OTHERS = [who for who in CAST if who != "ada"]


def pages(world: World) -> list[str]:
    lists = ["/admin", "/admin/people", "/admin/people/new", "/admin/groups", "/admin/groups/new"]
    return [*lists, address(world, "amina"), "/admin/groups/lisbon"]


def posts(app: Flask, who: str) -> list[str]:
    rules = [
        rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("admin.") and "POST" in (rule.methods or ())
    ]
    values = {"public_id": who, "group_id": "lisbon", "number": 1}
    made = [rule.build({name: values[name] for name in rule.arguments}) for rule in rules]
    assert len(made) >= 12, "the control: there is much to post"
    return [one[1] for one in made if one]


def test_an_administrator_opens_every_page(world: World) -> None:
    assert {path: world.get("ada", path).status_code for path in pages(world)} == dict.fromkeys(pages(world), 200)


@pytest.mark.parametrize("who", OTHERS)
def test_everybody_else_is_told_why_not(world: World, who: str) -> None:
    addresses = [(world.get, path) for path in pages(world)]
    addresses += [(world.post, path) for path in posts(world.app, person(world, "amina").public_id)]
    for ask, path in addresses:
        answer = ask(who, path)
        assert answer.status_code == 403, path
        assert "Only an administrator changes accounts" in answer.text, path
    assert person(world, "amina").is_active


def test_only_administrators_see_the_way_there(world: World) -> None:
    assert "Open administration" in Reader(world, "ada").open("/me").links()
    for who in OTHERS:
        for path in ("/", "/me", "/people", "/groups", "/groups/bridge"):
            assert "/admin" not in world.get(who, path).text, (who, path)


def test_the_role_opens_no_document(world: World) -> None:
    held = Sharing(("group:lisbon",), "hidden", "", "", "negotiation", today() + timedelta(days=90))
    paper = world.write("Held", "A secret.", sharing=held)
    assert world.get("amina", paper).status_code == 200, "the control"
    assert world.get("ada", paper).status_code == 404


def test_somebody_is_added_and_invited_and_the_link_works_once(world: World) -> None:
    ada = Reader(world, "ada").open("/admin").follow("Add somebody")
    ada.press("Add", name="Nuno Pires", email="Nuno@example.org", group="jakarta", rank="lead", timezone="Asia/Jakarta")
    assert ada.status == 200
    link = ada.answer.text.split('<textarea class="in" id="link"')[1].split(">")[1].split("<")[0]
    assert "Nuno Pires" in Reader(world, "oskar").open("/groups/jakarta").words
    first, later = world.app.test_client(), world.app.test_client()
    path = "/welcome/" + link.rsplit("/", 1)[1]
    for browser, status in ((first, 303), (later, 404)):
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)', browser.get("/sign-in").text)
        assert found
        answer = browser.post(path, data={"password": "seven green kettles", "csrf_token": found[1]})
        assert answer.status_code == status
    assert first.get("/me").status_code == 200
    assert link not in ada.open(address(world, "nuno")).answer.text, "shown once"
    assert len(list((world.app.extensions["chancery_settings"].data_dir / "mail").glob("*.eml"))) == 1


def test_without_an_invitation_nobody_can_come_in_yet(world: World) -> None:
    form = {"name": "Nuno", "email": "nuno@example.org", "sort": "guest", "rank": "member", "lang": "en"}
    answer = world.post("ada", "/admin/people/new", {**form, "timezone": "UTC", "group": ""})
    assert answer.status_code == 303
    nuno = person(world, "nuno")
    assert (nuno.is_staff, nuno.password_hash) == (False, None)
    assert "Not signed in yet" in world.get("ada", f"/admin/people/{nuno.public_id}").text


def test_what_is_wrong_is_said_beside_the_field_and_what_was_typed_stays(world: World) -> None:
    ada = Reader(world, "ada").open("/admin/people/new")
    ada.press("Add", name="", email="no address")
    assert ada.status == 422
    assert "Enter a name" in ada.beside("name")
    assert "not an e-mail address" in ada.beside("email")
    assert ada.field("email") == "no address"
    ada.press("Add", name="Another Amina", email=email("amina"))
    assert (ada.status, count(world, Person)) == (422, len(CAST))
    assert "here already" in ada.beside("email")
    assert ada.field("name") == "Another Amina"


def test_an_account_is_changed_and_written_down(world: World) -> None:
    ada = Reader(world, "ada").open(address(world, "tomas"))
    ada.press("Save the account", name="Tomás Medina Cruz", email="medina@example.org")
    assert "Saved." in ada.answer.text
    with world.app.app_context(), db.system_session() as session:
        found = session.scalars(select(Person).where(Person.email == "medina@example.org")).one()
    assert found.name == "Tomás Medina Cruz"
    assert len(logged(world, "person.renamed")) == len(logged(world, "person.address-changed")) == 1
    assert logged(world, "person.renamed")[0].actor_id == person(world, "ada").id


def test_of_two_who_edit_at_once_the_second_is_told(world: World) -> None:
    second_administrator(world)
    first, second = (Reader(world, who).open(address(world, "tomas")) for who in ("ada", "ines"))
    first.press("Save the account", name="Tomás the First")
    second.press("Save the account", name="Tomás the Second")
    assert second.status == 409
    assert "Somebody else changed this" in second.words
    assert (second.field("name"), person(world, "tomas").name) == ("Tomás the Second", "Tomás the First")
    second.press("Save the account")
    assert (second.status, person(world, "tomas").name) == (200, "Tomás the Second")


def test_a_suspended_person_is_out_at_once_and_can_come_back(world: World) -> None:
    assert world.get("tomas", "/me").status_code == 200, "the control"
    ada = Reader(world, "ada").open(address(world, "tomas")).press("Suspend")
    assert "is suspended" in ada.words
    assert world.get("tomas", "/me").status_code == 303
    assert "New password link" not in ada.words
    assert world.post("ada", address(world, "tomas") + "/link").status_code == 303
    assert "disabled" in ada.open(address(world, "tomas")).words
    ada.press("Let back in")
    assert person(world, "tomas").is_active


def test_whoever_never_signed_in_needs_a_new_invitation_after_a_suspension(world: World) -> None:
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.scalars(select(Person).where(Person.email == email("tomas"))).one().password_hash = None
    ada = Reader(world, "ada").open(address(world, "tomas")).press("Suspend")
    assert "Links sent before have ended." in ada.words
    ada.press("Let back in")
    assert "make a new invitation" in ada.words
    assert "Invitation for Tom" in ada.press("New invitation").words
    Reader(world, "ada").open(address(world, "oskar")).press("Suspend")
    oskar = Reader(world, "ada").open(address(world, "oskar")).press("Let back in")
    assert "may sign in again." in oskar.words
    assert "Links sent before" not in oskar.words


def test_each_role_says_what_it_lets_somebody_do(world: World) -> None:
    words = Reader(world, "ada").open(address(world, "tomas")).words
    assert set(DUTIES) == set(ROLES)
    assert all(str(duty) in words for duty in DUTIES.values())
    assert words.count("Has no special rights in this release yet.") == 2


def test_signing_somebody_out_leaves_the_account_open(world: World) -> None:
    assert world.get("tomas", "/me").status_code == 200
    Reader(world, "ada").open(address(world, "tomas")).press("Sign out everywhere")
    assert world.get("tomas", "/me").status_code == 303
    assert person(world, "tomas").is_active
    assert len(logged(world, "person.signed-out")) == 1


def test_a_group_is_made_and_changed(world: World) -> None:
    ada = Reader(world, "ada").open("/admin/groups").follow("Add a group")
    ada.press("Add", id="nairobi", name="Embassy Nairobi", type="post", parent="hq", timezone="Africa/Nairobi")
    assert ada.path == "/admin/groups/nairobi"
    ada.press("Save the group", name="High Commission Nairobi", parent="")
    assert "Saved." in ada.words
    with world.app.app_context(), db.system_session() as session:
        found = session.get_one(Group, "nairobi")
        assert (found.name, found.parent_id, found.timezone) == ("High Commission Nairobi", None, "Africa/Nairobi")
    assert [event.details["columns"] for event in logged(world, "group.changed")] == [["name"]]
    assert len(logged(world, "group.placed")) == 1


@pytest.mark.parametrize(("wrong", "sentence"), [("lisbon", "already"), ("Not One", "small letters"), ("new", "“new”")])
def test_an_id_that_cannot_be_is_explained(world: World, wrong: str, sentence: str) -> None:
    ada = Reader(world, "ada").open("/admin/groups/new").press("Add", id=wrong, name="Some group")
    assert ada.status == 422
    assert sentence in ada.beside("id")
    assert ada.field("name") == "Some group"


def test_a_group_does_not_stand_below_itself(world: World) -> None:
    ada = Reader(world, "ada").open("/admin/groups/hq").press("Save the group", parent="lisbon")
    assert ada.status == 422
    assert "cannot stand below itself" in ada.beside("parent")
    with world.app.app_context(), db.system_session() as session:
        assert session.get_one(Group, "hq").parent_id is None


def test_of_two_who_edit_a_group_the_second_is_told(world: World) -> None:
    second_administrator(world)
    first, second = (Reader(world, who).open("/admin/groups/hq") for who in ("ada", "ines"))
    first.press("Save the group", name="Head office")
    second.press("Save the group", name="Ministry")
    assert second.status == 409
    assert second.field("name") == "Ministry"


def test_a_hidden_group_stands_in_administration_and_nowhere_else(world: World) -> None:
    Reader(world, "ada").open("/admin/groups/bridge").press("Save the group", is_hidden="y")
    assert "Bridge task force" in world.get("ada", "/admin/groups").text
    assert "Bridge task force" in world.get("ada", address(world, "tomas")).text
    public = ("/groups", "/people", "/people?q=bridge", f"/people/{person(world, 'tomas').public_id}")
    for who in ("ada", "oskar"):
        for path in public:
            assert "Bridge" not in world.get(who, path).text, (who, path)
        assert world.get(who, "/groups/bridge").status_code == 404


def test_accounts_are_found_by_name_address_and_state(world: World) -> None:
    set_on(world, "oskar", is_active=False)
    set_on(world, "bruno", password_hash=None)

    def found(question: str) -> set[str]:
        text = world.get("ada", f"/admin/people?{question}").text
        return {who for who in CAST if f">{CAST[who]['name']}</a>" in text}

    assert found("") == set(CAST)
    assert found("q=tomas+med") == {"tomas"}
    assert found("q=OSKAR@exam") == {"oskar"}
    assert found("q=%25") == set(), "a sign of the database is a sign like any other"
    assert found("state=suspended") == {"oskar"}
    assert found("state=invited") == {"bruno"}
    assert found("state=guest") == {"gita"}
    assert found("state=active") == set(CAST) - {"oskar", "bruno"}
    assert found("state=nonsense") == set(CAST)


def test_the_counts_are_those_of_the_lists(world: World) -> None:
    set_on(world, "okello", is_active=False)
    with world.app.app_context(), db.system_session() as session:
        counts = accounts.counts(session)
        assert (counts.people, counts.active, counts.suspended, counts.guests) == (10, 9, 1, 1)
        leaderless = {group.id for group in accounts.groups(session, leaderless=True)[0]}
        assert leaderless == {"hq", "lisbon", "jakarta", "bridge"}
        assert (counts.groups, counts.leaderless) == (6, 4)
    text = world.get("ada", "/admin/groups?lead=none").text
    assert "Embassy Lisbon" in text
    assert "Consular" not in text.split('class="lines')[1]


def test_long_lists_come_in_pages(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "PAGE", 3)
    for path, label in (("/admin/people", r"/admin/people/(\w{12})"), ("/admin/groups", r"/admin/groups/(\w+)\"")):
        seen: list[str] = []
        while path:
            text = world.get("ada", path).text
            seen += re.findall(label, text.split('class="lines')[1])
            following = re.search(r'rel="next" href="([^"]+)"', text)
            path = following[1].replace("&amp;", "&") if following else ""
        assert len(seen) == len(set(seen)) == (10 if "people" in label else 6)


def test_no_page_of_administration_has_an_id_twice(world: World) -> None:
    for path in [*pages(world), address(world, "ada")]:
        ids = re.findall(r'\bid="([^"]+)"', world.get("ada", path).text)
        assert {one for one in ids if ids.count(one) > 1} == set(), path
