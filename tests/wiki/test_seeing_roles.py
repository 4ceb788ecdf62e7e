"""Roles: who holds what and when, and that people are told what happens to their account."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.people import CAST, World, email
from tests.wiki.admin_fixtures import address, logged, number_of, person
from wiki import db
from wiki.access.policy import Role
from wiki.notices.models import Notice
from wiki.people.models import Person, RoleAssignment
from wiki.people.viewer import today
from wiki.people.words import DUTIES


def give(world: World, who: str, role: str, *, starts: int = 0, ends: int | None = None) -> None:
    first, last = today() + timedelta(days=starts), "" if ends is None else str(today() + timedelta(days=ends))
    answer = world.post(
        "ada", f"{address(world, who)}/roles", {"role-role": role, "role-starts": str(first), "role-ends": last}
    )
    assert answer.status_code == 303, answer.text


def notices(world: World, who: str, code: str) -> list[Notice]:
    mine = person(world, who).id
    with world.app.app_context(), db.system_session() as session:
        return list(session.scalars(select(Notice).where(Notice.person_id == mine, Notice.code == code)))


def inbox(world: World, who: str) -> str:
    return world.get(who, "/notices").text


@pytest.mark.parametrize("role", list(Role))
def test_each_role_is_given_for_a_time_listed_and_ended(world: World, role: Role) -> None:
    give(world, "bruno", role, ends=30)
    page = world.get("ada", "/admin/roles").text
    assert "Bruno Keller" in page
    assert role in world.viewer("bruno").roles
    number = number_of(world, RoleAssignment, "bruno")
    version = "1"
    answer = world.post("ada", f"{address(world, 'bruno')}/roles/{number}", {"do": "now", "version": version})
    assert answer.status_code == 303
    assert role not in world.viewer("bruno").roles
    assert len(logged(world, "role.given")) == 1
    assert len(logged(world, "role.changed")) == 1
    assert len(notices(world, "bruno", "role")) == 2


def test_the_page_tells_today_from_coming_and_past(world: World) -> None:
    give(world, "bruno", "coach", starts=5)
    give(world, "oskar", "coach")
    with world.app.app_context(), db.system_session(writing=True) as session:
        for who, days in (("marek", 10), ("leila", 500)):
            found = session.scalars(select(Person.id).where(Person.email == email(who))).one()
            dates = {"starts_on": today() - timedelta(days=days + 50), "ends_on": today() - timedelta(days=days)}
            session.add(RoleAssignment(person_id=found, role=Role.COACH, **dates))
    page = world.get("ada", "/admin/roles").text
    coach = page[page.index('id="role-coach"') : page.index('id="role-trainer"')]
    now, rest = coach.split("Coming")
    coming, past = rest.split("In the last year")
    assert "Oskar Berg" in now
    assert "Bruno Keller" in coming
    assert "Marek Novak" in past
    assert "Leila Karimi" not in coach


def test_the_page_says_in_words_what_each_role_may_do(world: World) -> None:
    page = world.get("ada", "/admin/roles").text
    assert all(str(duty) in page for duty in DUTIES.values())


@pytest.mark.parametrize("who", [who for who in CAST if who != "ada"])
def test_only_administrators_see_the_page(world: World, who: str) -> None:
    answer = world.get(who, "/admin/roles")
    assert answer.status_code == 403
    assert "Ada Lund" not in answer.text


def test_whoever_is_given_a_role_is_told_what_it_lets_them_do(world: World) -> None:
    give(world, "bruno", "lessons-officer", ends=30)
    told = inbox(world, "bruno")
    assert "You hold the role “Lessons officer”" in told
    assert "Validates lessons." in told
    assert "Lessons officer" not in inbox(world, "oskar")


def test_nobody_is_told_of_what_they_did_themselves(world: World) -> None:
    give(world, "ada", "auditor")
    assert notices(world, "ada", "role") == []


def test_a_role_that_was_refused_tells_nobody(world: World) -> None:
    answer = world.post(
        "ada", f"{address(world, 'gita')}/roles", {"role-role": "coach", "role-starts": str(today()), "role-ends": ""}
    )
    assert answer.status_code == 422
    assert notices(world, "gita", "role") == []


def test_whoever_had_a_password_link_made_is_told(world: World) -> None:
    assert world.post("ada", f"{address(world, 'bruno')}/link").status_code == 200
    assert len(notices(world, "bruno", "password-link")) == 1
    assert "made a link with which a new password can be chosen" in inbox(world, "bruno")
    assert world.post("ada", f"{address(world, 'bruno')}/link").status_code == 200
    assert len(notices(world, "bruno", "password-link")) == 2


def test_whoever_is_invited_has_no_password_to_lose(world: World) -> None:
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.scalars(select(Person).where(Person.email == email("bruno"))).one().password_hash = None
    assert world.post("ada", f"{address(world, 'bruno')}/link").status_code == 200
    assert notices(world, "bruno", "password-link") == []


def test_commands_give_end_and_list_roles_with_their_days(world: World) -> None:
    run = world.app.test_cli_runner().invoke
    coming, past = today() + timedelta(days=9), today() - timedelta(days=9)
    assert run(args=["role", "give", email("bruno"), "arbiter", "--until", str(coming)]).exit_code == 0
    assert run(args=["role", "give", email("oskar"), "arbiter", "--from", str(coming)]).exit_code == 0
    gone = ["role", "give", email("marek"), "arbiter", "--from", str(past - timedelta(days=9)), "--until", str(past)]
    assert run(args=gone).exit_code == 0
    for when, who in (("today", "bruno"), ("coming", "oskar"), ("past", "marek")):
        listed = run(args=["role", "list", "--role", "arbiter", "--when", when]).output
        assert [line.split("\t")[1] for line in listed.splitlines()] == [email(who)], when
    assert len(run(args=["role", "list", "--role", "arbiter", "--when", "any"]).output.splitlines()) == 3
    assert run(args=["role", "end", email("bruno"), "arbiter"]).exit_code == 0
    assert len(notices(world, "bruno", "role")) == 2
    assert "You do not hold the role “Arbiter” any more." in inbox(world, "bruno")
    assert run(args=["token", "reset", email("bruno")]).exit_code == 0
    assert len(notices(world, "bruno", "password-link")) == 1
