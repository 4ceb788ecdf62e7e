"""One's own page, people and groups: what each reader may know of the others."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import pytest
from markupsafe import Markup
from sqlalchemy import select

from tests.wiki.people_fixtures import House, post
from wiki.access.models import AuditEvent
from wiki.access.policy import Role
from wiki.people import directory, panels
from wiki.people.models import Group, Person, Rank


@pytest.fixture
def service(house: House) -> House:
    """Amina and Leila are staff, Gita is a guest in one task force with Amina, Oskar belongs to nothing."""
    people = {name: house.person(f"{name}@mfa.example", name.title()) for name in ("amina", "leila", "oskar")}
    people["gita"] = house.person("gita@partner.example", "Gita", is_staff=False)
    unit = house.group("consular", name="Consular Directorate")
    bridge = house.group("bridge", name="Bridge task force", type="task-force", parent="consular")
    quiet = house.group("quiet", name="Quiet Negotiation", type="task-force", parent="consular", is_hidden=True)
    house.join(people["leila"], unit, Rank.LEAD)
    house.join(people["amina"], bridge)
    house.join(people["gita"], bridge)
    house.join(people["amina"], quiet)
    house.role(people["leila"], Role.STEWARD)
    return house


def page(house: House, path: str) -> str:
    with house.session() as session:
        who = re.search(r"\{(\w+)\}", path)
        if who:
            person = session.scalars(select(Person).where(Person.email.startswith(who[1]))).one()
            path = path.replace(who[0], person.public_id)
    return path


def test_staff_look_everyone_up(service: House) -> None:
    oskar = service.client("oskar@mfa.example")
    answer = oskar.get(page(service, "/people/{leila}"))
    assert answer.status_code == 200
    assert "Consular Directorate" in answer.text
    assert "Steward" in answer.text
    assert "leila@mfa.example" in answer.text


def test_a_guest_sees_those_they_share_a_group_with_and_nobody_else(service: House) -> None:
    gita = service.client("gita@partner.example")
    assert gita.get(page(service, "/people/{amina}")).status_code == 200
    assert gita.get(page(service, "/people/{gita}")).status_code == 200
    hidden, absent = gita.get(page(service, "/people/{leila}")), gita.get("/people/zzzzzzzzzzzz")
    assert hidden.status_code == absent.status_code == 404
    assert hidden.text == absent.text


def test_a_guest_sees_only_their_own_groups(service: House) -> None:
    gita = service.client("gita@partner.example")
    assert gita.get("/groups/bridge").status_code == 200
    assert "Consular" not in gita.get("/groups").text + gita.get("/groups/bridge").text
    assert gita.get("/groups/consular").status_code == 404


def test_a_hidden_group_is_for_its_members(service: House) -> None:
    amina = service.client("amina@mfa.example")
    assert "Quiet Negotiation" in amina.get("/groups/quiet").text
    for path in ("/groups", "/groups/consular", "/me", page(service, "/people/{amina}")):
        assert "Quiet Negotiation" in amina.get(path).text, path


@pytest.mark.parametrize("who", ["leila@mfa.example", "oskar@mfa.example", "gita@partner.example"])
def test_to_all_others_a_hidden_group_does_not_exist(service: House, who: str) -> None:
    client = service.client(who)
    hidden, absent = client.get("/groups/quiet"), client.get("/groups/absent")
    assert (hidden.status_code, hidden.text, dict(hidden.headers)) == (404, absent.text, dict(absent.headers))
    for path in (
        "/groups",
        "/groups?type=task-force",
        "/groups/consular",
        "/groups/bridge",
        page(service, "/people/{amina}"),
    ):
        assert "uiet" not in client.get(path).text, path


def test_a_hidden_group_does_not_show_by_where_a_page_begins(service: House) -> None:
    oskar = service.client("oskar@mfa.example")
    assert oskar.get("/groups?after=quiet").text == oskar.get("/groups?after=absent").text


def test_a_long_list_goes_on_where_the_page_ended(service: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "PAGE", 2)
    with service.session() as session:
        session.add_all(Group(id=f"post-{n}", name=f"Embassy {n % 2}", type="post") for n in range(5))
    oskar, seen, path = service.client("oskar@mfa.example"), [], "/groups?type=post"
    while path:
        text = oskar.get(path).text
        seen += re.findall(r'href="/groups/(post-\d)"', text)
        following = re.search(r'rel="next" href="([^"]+)"', text)
        path = following[1].replace("&amp;", "&") if following else ""
    assert sorted(seen) == [f"post-{n}" for n in range(5)]
    assert len(seen) == 5


def test_the_members_of_a_big_group_come_in_pages(service: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "PAGE", 2)
    with service.session() as session:
        group = session.get_one(Group, "consular")
    for number in range(3):
        service.join(service.person(f"clerk{number}@mfa.example", "Same Name"), group)
    oskar = service.client("oskar@mfa.example")
    first = oskar.get("/groups/consular").text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    second = oskar.get(following[1]).text
    listed = [re.findall(r'href="/people/(\w+)"', text[text.index('id="members"') :]) for text in (first, second)]
    with service.session() as session:
        clerks = set(session.scalars(select(Person.public_id).where(Person.name == "Same Name")))
    # The aside with the leads follows the list on both pages, so only the clerks are counted.
    assert sorted(one for page in listed for one in page if one in clerks) == sorted(clerks)
    assert len(clerks) == 3


def test_somebody_who_left_is_no_member_any_more(service: House) -> None:
    oskar = service.client("oskar@mfa.example")
    assert "Amina" in oskar.get("/groups/bridge").text
    service.run("person", "disable", "amina@mfa.example")
    assert "Amina" not in oskar.get("/groups/bridge").text
    assert "closed" in oskar.get(page(service, "/people/{amina}")).text


def test_ones_own_page_is_saved(service: House) -> None:
    amina = service.client("amina@mfa.example")
    answer = post(amina, "/me", name="  Amina\tal-Farouk ", lang="ar", timezone="Africa/Nairobi")
    assert answer.status_code == 303
    with service.session() as session:
        saved = session.scalars(select(Person).where(Person.email == "amina@mfa.example")).one()
        assert (saved.name, saved.lang, saved.timezone) == ("Amina al-Farouk", "ar", "Africa/Nairobi")
        assert (
            session.scalars(select(AuditEvent).where(AuditEvent.what == "person.renamed")).one().about
            == saved.public_id
        )
    assert 'lang="ar" dir="rtl"' in amina.get("/me").text


@pytest.mark.parametrize(
    "wrong",
    [{"name": ""}, {"name": " \u202e "}, {"name": "x" * 121}, {"lang": "xx"}, {"timezone": "Moon/Crater"}],
)
def test_nonsense_is_explained_and_not_saved(service: House, wrong: dict[str, str]) -> None:
    amina = service.client("amina@mfa.example")
    answer = post(amina, "/me", **{"name": "Amina", "lang": "en", "timezone": "UTC", **wrong})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    with service.session() as session:
        kept = session.scalars(select(Person).where(Person.email == "amina@mfa.example")).one()
        assert (kept.name, kept.lang, kept.timezone) == ("Amina", "en", "UTC")


def test_nothing_else_can_be_set_from_ones_own_page(service: House) -> None:
    gita = service.client("gita@partner.example")
    more = {
        "is_staff": "y",
        "email": "amina@mfa.example",
        "role": "administrator",
        "id": "1",
        "is_active": "",
        "version": "9",
    }
    assert post(gita, "/me", name="Gita", lang="en", timezone="UTC", **more).status_code == 303
    with service.session() as session:
        kept = session.scalars(select(Person).where(Person.email == "gita@partner.example")).one()
        assert not kept.is_staff
        assert kept.is_active


def test_other_packages_add_sections_which_see_the_viewer(service: House, registered: None) -> None:
    seen = service.client("amina@mfa.example").get("/groups/bridge").text
    assert "Amina looks at Bridge task force" in seen
    assert "looks at" not in service.client("oskar@mfa.example").get("/groups/consular").text


@pytest.fixture
def registered(service: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def section(session: object, viewer: object, group: Group) -> tuple[str, dict[str, object]] | None:
        return ("panel.html", {"viewer_name": viewer.name, "group": group}) if group.id == "bridge" else None  # type: ignore[attr-defined]

    rendered: list[str] = []

    def render(name: str, **context: object) -> Markup:
        rendered.append(name)
        return Markup("<p>{} looks at {}</p>").format(context["viewer_name"], context["group"].name)  # type: ignore[attr-defined]

    monkeypatch.setattr(panels, "_panels", {"person": [], "group": []})
    monkeypatch.setattr(panels, "render_template", render)
    panels.add("group", section)
    panels.add("group", section)
    yield
    assert rendered == ["panel.html"], "the same function twice is one section"


@pytest.mark.parametrize("path", ["/me", "/groups", "/groups/bridge", "/people/{amina}"])
def test_no_page_has_an_id_twice(service: House, path: str) -> None:
    text = service.client("amina@mfa.example").get(page(service, path)).text
    twice = [one for one, count in Counter(re.findall(r'\bid="([^"]+)"', text)).items() if count > 1]
    assert twice == []
    assert "<title>" in text


@pytest.mark.parametrize("path", ["/sign-in", "/forgot", "/welcome/nothing"])
def test_no_page_for_strangers_has_an_id_twice_or_names_anybody(service: House, path: str) -> None:
    text = service.client().get(path).text
    assert max(Counter(re.findall(r'\bid="([^"]+)"', text)).values()) == 1
    assert "mfa.example" not in text
