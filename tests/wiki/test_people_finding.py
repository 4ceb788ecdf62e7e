"""Finding somebody, and what a profile says of them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from tests.journeys.reader import Reader
from tests.people import CAST, World, email
from wiki import db
from wiki.people import finding
from wiki.people.models import Group, Membership, Person, RoleAssignment, SignIn
from wiki.people.viewer import today


@pytest.fixture
def world(world: World) -> World:
    say(world, "amina", languages=["en", "ar"], can_help="Crisis posts at night, and Arabic captions")
    say(world, "tomas", languages=["es", "pt"], can_help="Découpage of long films")
    say(world, "gita", languages=["hi"], can_help="The bridge itself")
    say(world, "oskar", timezone="Asia/Jakarta")
    return world


def say(world: World, who: str, **columns: Any) -> None:
    with world.app.app_context(), db.system_session(writing=True) as session:
        person = session.scalars(select(Person).where(Person.email == email(who))).one()
        for column, value in columns.items():
            setattr(person, column, value)


def address(world: World, who: str) -> str:
    return f"/people/{world.viewer(who).public_id}"


def found(world: World, question: str = "", who: str = "marek") -> set[str]:
    text = world.get(who, f"/people?{question}").text
    return {one for one in CAST if f">{CAST[one]['name']}</a>" in text}


def test_everybody_in_service_is_listed(world: World) -> None:
    assert found(world) == set(CAST)
    say(world, "bruno", is_active=False)
    assert found(world) == set(CAST) - {"bruno"}


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("q=tomas", {"tomas"}),
        ("q=TOM%C3%81S+medina", {"tomas"}),
        ("q=arabic+crisis", {"amina"}),
        ("q=decoupage", {"tomas"}),
        ("q=amina+decoupage", set()),
        ("q=%25", set()),
        ("q=_", set()),
        ("language=ar", {"amina"}),
        ("language=pt&q=medina", {"tomas"}),
        ("language=zz", set(CAST)),
        ("post=lisbon", {"amina", "okello", "tomas"}),
        ("post=lisbon&language=es", {"tomas"}),
        ("post=bridge", set(CAST)),
        ("post=nowhere", set(CAST)),
    ],
)
def test_people_are_found_by_name_help_language_and_post(world: World, question: str, expected: set[str]) -> None:
    assert found(world, question) == expected


@pytest.mark.parametrize("question", ["Indonesian", "indones", "bahasa indonesia", "Oskar INDONESISCH"])
def test_somebody_is_found_by_the_name_of_a_language(world: World, question: str) -> None:
    say(world, "oskar", languages=["de", "id"])
    lang = "de" if "ISCH" in question else "en"
    say(world, "marek", lang=lang)
    assert found(world, f"q={question}") == {"oskar"}
    assert found(world, "q=in") != {"oskar"}, "two letters are no name of a language"


def test_each_word_is_looked_for_by_itself_and_little_words_do_not_count(world: World) -> None:
    say(world, "oskar", can_help="Show me your post before you schedule it")
    assert found(world, "q=what+to+schedule") == {"oskar"}
    assert found(world, "q=schedule+post") == {"oskar"}
    assert found(world, "q=sched") == {"oskar"}
    assert found(world, "q=schedule+visas") == set()
    assert found(world, "q=before+you") == {"oskar"}, "where little words are all that is asked, they count"


def test_a_post_is_where_somebody_serves_today(world: World) -> None:
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.execute(update(Membership).where(Membership.group_id == "jakarta").values(ends_on=today()))
    assert found(world, "post=jakarta") == {"oskar"}
    with world.app.app_context(), db.system_session(writing=True) as session:
        long_past = datetime(2021, 1, 1, tzinfo=UTC).date()
        session.execute(update(Membership).where(Membership.group_id == "jakarta").values(ends_on=long_past))
    assert found(world, "post=jakarta") == set()


def test_people_are_found_by_the_duty_they_have_today(world: World) -> None:
    assert found(world, "role=steward") == {"ines"}
    assert "Steward" in Reader(world, "oskar").open("/people?q=ines").words
    with world.app.app_context(), db.system_session(writing=True) as session:
        number = session.scalars(select(Person.id).where(Person.email == email("bruno"))).one()
        yesterday = today() - timedelta(days=1)
        session.add(RoleAssignment(person_id=number, role="steward", starts_on=yesterday, ends_on=yesterday))
    assert found(world, "role=steward") == {"ines"}
    assert found(world, "role=steward", who="gita") == set(), "of those she may look up nobody is"
    assert found(world, "role=nonsense") == found(world)


def test_a_guest_finds_those_they_share_a_group_with(world: World) -> None:
    assert found(world, who="gita") == {"gita", "tomas"}
    assert found(world, "q=crisis", who="gita") == set()
    assert found(world, "language=ar", who="gita") == set()
    assert found(world, "post=lisbon", who="gita") == {"gita", "tomas"}, "no post that a guest may choose"
    text = world.get("gita", "/people").text
    assert "Lisbon" not in text
    after = world.viewer("amina").public_id
    assert found(world, f"after={after}", who="gita") == {"gita", "tomas"}, "no place to go on from"


def test_a_hidden_post_is_not_told_by_any_question(world: World) -> None:
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.get_one(Group, "jakarta").is_hidden = True
    for who in ("marek", "ada", "ines"):
        for question in ("", "q=oskar", "post=jakarta"):
            assert "Jakarta" not in world.get(who, f"/people?{question}").text.replace("Asia/Jakarta", ""), question
        hidden, absent = (world.get(who, f"/people?post={post}") for post in ("jakarta", "absent"))
        assert (hidden.status_code, hidden.text) == (absent.status_code, absent.text)
    assert "Embassy Jakarta" in world.get("oskar", "/people").text, "its member sees it"
    assert found(world, "post=jakarta", who="oskar") == {"oskar"}


def test_a_long_list_comes_in_pages_that_keep_the_question(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "PAGE", 2)
    seen: list[str] = []
    path = "/people?q=a&post=&language="
    while path:
        text = world.get("marek", path).text
        seen += re.findall(r'href="/people/(\w{12})"', text)
        following = re.search(r'rel="next" href="([^"]+)"', text)
        path = following[1].replace("&amp;", "&") if following else ""
        assert not path or "q=a" in path
    assert len(seen) == len(set(seen)) == len(CAST) - 1, "only Bruno Keller has no a"


def test_a_person_says_of_themselves_what_they_can_help_with(world: World) -> None:
    bruno = Reader(world, "bruno").open("/me")
    bruno.press("Save", can_help="  Passports,\n and <b>visas</b> ", languages=["de", "tr", "tr"])
    assert "Saved." in bruno.answer.text
    page = Reader(world, "leila").open("/people").follow("Bruno Keller")
    assert "Passports, and <b>visas</b>" in page.words
    assert "Deutsch, Türkçe" in page.words
    assert found(world, "q=visas&language=tr") == {"bruno"}
    bruno.open("/me").press("Save", can_help="", languages=[])
    assert "Can help with" not in page.open(address(world, "bruno")).words
    assert found(world, "language=tr") == set()


@pytest.mark.parametrize(
    ("wrong", "beside", "sentence"),
    [
        ({"can_help": "x" * 401}, "can_help", "at most 400"),
        ({"languages": ["de", "xx"]}, "languages", "not a valid choice"),
    ],
)
def test_nonsense_in_a_profile_is_explained_and_kept_for_mending(
    world: World, wrong: dict[str, Any], beside: str, sentence: str
) -> None:
    bruno = Reader(world, "bruno").open("/me").press("Save", **{"name": "Bruno K", **wrong})
    assert bruno.status == 422
    assert sentence in bruno.beside(beside)
    assert bruno.field("name") == "Bruno K"


@pytest.mark.parametrize(
    ("reader_zone", "shown"),
    [("UTC", "It is 05:30 on Thursday for them."), ("Asia/Tokyo", "It is 05:30 for them.")],
)
def test_a_profile_tells_what_time_it_is_there(
    world: World, monkeypatch: pytest.MonkeyPatch, reader_zone: str, shown: str
) -> None:
    say(world, "marek", timezone=reader_zone)
    page = Reader(world, "marek")
    page.open("/")
    # Sessions are looked up by the same clock, so that it moves by less than they last.
    moment = db.now().replace(year=2027, month=1, day=6, hour=22, minute=30)
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.execute(update(SignIn).values(seen_at=moment, expires_at=moment.replace(month=2)))
    monkeypatch.setattr(db, "now", lambda: moment)
    assert shown in page.open(address(world, "oskar")).words


def test_guests_and_closed_accounts_are_shown_as_they_are(world: World) -> None:
    assert "A partner, as a guest" in world.get("tomas", address(world, "gita")).text
    assert "The bridge itself" in world.get("tomas", address(world, "gita")).text
    path = address(world, "amina")
    say(world, "amina", is_active=False)
    closed = world.get("tomas", path).text
    assert "This account is closed" in closed
    assert "Crisis posts" not in closed
    assert "for them" not in closed


def test_no_page_has_an_id_twice(world: World) -> None:
    for path in ("/people", "/people?q=a&language=ar", address(world, "amina"), "/me"):
        ids = re.findall(r'\bid="([^"]+)"', world.get("tomas", path).text)
        assert {one for one in ids if ids.count(one) > 1} == set(), path


def test_world_files_say_languages_and_help(world: World, tmp_path: Any) -> None:
    file = tmp_path / "world.yaml"
    file.write_text(
        "people:\n"
        "  - {email: bruno@example.org, name: Bruno Keller, languages: [de, fa], can_help: 'Visas\n      and more'}\n"
        "  - {email: amina@example.org, name: Amina Farouk}\n"
    )
    runner = world.app.test_cli_runner()
    assert runner.invoke(args=["world", "load", str(file)]).exit_code == 0
    assert found(world, "language=fa&q=visas+more") == {"bruno"}
    assert found(world, "q=crisis") == {"amina"}, "what a file does not say stays"
    assert "1 changed" not in runner.invoke(args=["world", "load", str(file)]).output
    file.write_text("people:\n  - {email: bruno@example.org, name: Bruno Keller, languages: [de, klingon]}\n")
    refused = runner.invoke(args=["world", "load", str(file)])
    assert refused.exit_code != 0
    assert "people[0].languages[1]: “klingon” is not a language we list" in refused.output
