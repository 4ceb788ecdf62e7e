"""Administration of memberships and roles: each begins and ends on its day, and somebody always administers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.journeys.reader import Reader
from tests.people import World, email
from tests.wiki.admin_fixtures import address, count, logged, number_of, person, second_administrator, set_on
from wiki import db
from wiki.access.policy import Role
from wiki.people.models import Membership, RoleAssignment
from wiki.people.viewer import today


def test_memberships_begin_and_end_on_their_days(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    day = today()
    ada = Reader(world, "ada").open(address(world, "oskar"))
    dates = {"join-starts": str(day + timedelta(days=1)), "join-ends": str(day + timedelta(days=2))}
    ada.press("Enter", **{"join-group": "lisbon", **dates})
    assert "Embassy Lisbon" in ada.words
    present = db.now()
    seen = []
    for days in range(4):
        monkeypatch.setattr(db, "now", lambda days=days: present + timedelta(days=days))
        seen.append("lisbon" in world.viewer("oskar").groups)
    assert seen == [False, True, True, False]


def test_the_same_membership_twice_is_explained_and_nothing_is_doubled(world: World) -> None:
    form = {"join-group": "jakarta", "join-rank": "lead", "join-starts": str(today()), "join-ends": ""}
    answer = world.post("ada", address(world, "oskar") + "/memberships", form)
    assert answer.status_code == 422
    assert "belongs to it already, from 1 Jan 2020 until further notice" in answer.text
    assert count(world, Membership, person_id=person(world, "oskar").id) == 1
    form["join-group"] = "lisbon"
    assert world.post("ada", address(world, "oskar") + "/memberships", form).status_code == 303
    assert world.post("ada", address(world, "oskar") + "/memberships", form).status_code == 422
    assert count(world, Membership, person_id=person(world, "oskar").id) == 2


@pytest.mark.parametrize(
    ("wrong", "beside"),
    [
        ({"join-group": ""}, "Choose a group"),
        ({"join-group": "nowhere"}, "Not a valid choice"),
        ({"join-starts": "tomorrow"}, "year-month-day"),
        ({"join-starts": "9999-12-31"}, "between 1900 and 2199"),
        ({"join-ends": "2001-01-01"}, "before the first"),
    ],
)
def test_nonsense_in_a_membership_is_explained(world: World, wrong: dict[str, str], beside: str) -> None:
    form = {"join-group": "lisbon", "join-rank": "member", "join-starts": str(today()), "join-ends": "", **wrong}
    answer = world.post("ada", address(world, "oskar") + "/memberships", form)
    assert answer.status_code == 422
    assert beside in answer.text
    assert count(world, Membership, person_id=person(world, "oskar").id) == 1


def test_a_membership_ends_today_or_at_once(world: World) -> None:
    ada = Reader(world, "ada").open(address(world, "oskar")).press("End today")
    assert "Saved." in ada.words
    assert "jakarta" in world.viewer("oskar").groups, "until the end of the day"
    ada.press("End at once")
    assert "jakarta" not in world.viewer("oskar").groups
    assert "Past memberships" in ada.words
    assert [event.details["ends"] for event in logged(world, "group.membership-changed")] == [
        str(today()),
        str(today() - timedelta(days=1)),
    ]


def test_ending_twice_is_harmless_and_an_old_form_is_not_obeyed(world: World) -> None:
    place = f"{address(world, 'oskar')}/memberships/{number_of(world, Membership, 'oskar')}"
    prefix = f"membership-{number_of(world, Membership, 'oskar')}-"
    form = {"version": "1", f"{prefix}rank": "member", f"{prefix}ends": "", "do": "today"}
    assert [world.post("ada", place, form).status_code for _ in range(2)] == [303, 303]
    assert len(logged(world, "group.membership-changed")) == 1
    late = world.post("ada", place, {**form, f"{prefix}rank": "lead", "do": ""})
    assert late.status_code == 409
    assert "Somebody else changed this" in late.text
    assert "lisbon" not in world.viewer("oskar").leads


def test_a_membership_that_lies_ahead_is_taken_back(world: World) -> None:
    ada = Reader(world, "ada").open("/admin/groups/lisbon")
    ahead = str(today() + timedelta(days=9))
    fields = {"member-email": email("oskar"), "member-rank": "lead", "member-starts": ahead}
    ada.press("Enter", **fields)
    assert "not begun yet" in ada.words
    number = number_of(world, Membership, "oskar", group_id="lisbon")
    form = {"version": "1", f"membership-{number}-rank": "lead", "do": "now"}
    assert world.post("ada", f"/admin/groups/lisbon/members/{number}", form).status_code == 303
    assert count(world, Membership, group_id="lisbon") == 3
    again = world.post("ada", f"/admin/groups/lisbon/members/{number}", form)
    assert again.status_code == 303
    assert "gone already" in world.get("ada", "/admin/groups/lisbon").text


def test_a_member_of_another_group_is_not_changed_from_here(world: World) -> None:
    number = number_of(world, Membership, "oskar")
    form = {"version": "1", f"membership-{number}-rank": "lead", "do": "now"}
    world.post("ada", f"/admin/groups/lisbon/members/{number}", form)
    world.post("ada", f"{address(world, 'amina')}/memberships/{number}", form)
    assert "jakarta" in world.viewer("oskar").groups


def test_nobody_can_be_entered_who_is_not_there(world: World) -> None:
    ada = Reader(world, "ada").open("/admin/groups/lisbon").press("Enter", **{"member-email": "nobody@example.org"})
    assert ada.status == 422
    assert "Nobody here has the address" in ada.beside("member-email")


def test_roles_begin_and_end_on_their_days(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    day, present = today(), db.now()
    ada = Reader(world, "ada").open(address(world, "bruno"))
    ahead = {"role-starts": str(day + timedelta(days=1)), "role-ends": str(day + timedelta(days=1))}
    ada.press("Give", **{"role-role": "steward", **ahead})
    assert "Steward" in ada.words
    seen = []
    for days in range(3):
        monkeypatch.setattr(db, "now", lambda days=days: present + timedelta(days=days))
        seen.append(Role.STEWARD in world.viewer("bruno").roles)
    assert seen == [False, True, False]


def test_a_role_is_not_given_twice_nor_to_a_guest(world: World) -> None:
    form = {"role-role": "steward", "role-starts": str(today()), "role-ends": ""}
    answer = world.post("ada", address(world, "ines") + "/roles", form)
    assert answer.status_code == 422
    assert "holds this role already" in answer.text
    assert "guests hold no roles" in world.post("ada", address(world, "gita") + "/roles", form).text
    assert count(world, RoleAssignment, role="steward") == 1


def test_somebody_with_a_role_is_not_made_a_guest(world: World) -> None:
    ada = Reader(world, "ada").open(address(world, "ines")).press("Save the account", sort="guest")
    assert ada.status == 422
    assert "End the roles first" in ada.words
    assert person(world, "ines").is_staff


def test_the_last_administrator_stays(world: World) -> None:
    number = number_of(world, RoleAssignment, "ada")
    form = {"version": "1", "do": "now", "sure": "yes"}
    for how in ({"do": "now"}, {"do": "today"}, {"do": "", f"role_assignment-{number}-ends": "2090-01-01"}):
        answer = world.post("ada", f"{address(world, 'ada')}/roles/{number}", {**form, **how})
        assert answer.status_code == 422, how
        assert "Nobody else could administer then" in answer.text
    assert world.get("ada", "/admin").status_code == 200
    world.post("ada", address(world, "ada") + "/suspension")
    assert "cannot suspend yourself" in world.get("ada", address(world, "ada")).text


def test_another_who_cannot_sign_in_is_no_other_administrator(world: World) -> None:
    second_administrator(world)
    set_on(world, "ines", password_hash=None)
    number = number_of(world, RoleAssignment, "ada")
    form = {"version": "1", "do": "now", "sure": "yes"}
    assert world.post("ada", f"{address(world, 'ada')}/roles/{number}", form).status_code == 422


def test_an_administrator_is_warned_before_giving_up_the_role(world: World) -> None:
    second_administrator(world)
    ada = Reader(world, "ada").open(address(world, "ada")).press("End at once")
    assert "This is your own role as administrator" in ada.words
    assert Role.ADMINISTRATOR in world.viewer("ada").roles
    ada.press("Yes, end my role")
    assert (ada.status, ada.path) == (200, "/me")
    assert Role.ADMINISTRATOR not in world.viewer("ada").roles
    assert world.get("ada", "/admin").status_code == 403


def test_one_administrator_takes_the_role_of_another(world: World) -> None:
    second_administrator(world)
    number = number_of(world, RoleAssignment, "ada")
    form = {"version": "1", "do": "now"}
    assert world.post("ines", f"{address(world, 'ada')}/roles/{number}", form).status_code == 303
    assert world.get("ada", "/admin").status_code == 403
    world.post("ines", address(world, "ines") + "/suspension")
    assert person(world, "ines").is_active


def test_a_last_day_that_has_passed_without_a_first_is_what_is_told(world: World) -> None:
    past = str(today() - timedelta(days=3))
    dates = {"member-starts": "", "member-ends": past}
    ada = Reader(world, "ada").open("/admin/groups/lisbon").press("Enter", **{"member-email": email("oskar"), **dates})
    assert ada.status == 422
    assert "This day has passed." in ada.beside("member-ends")
    assert "Give the first day." not in ada.words
    ada.press("Enter", **{"member-email": email("oskar"), "member-starts": "", "member-ends": ""})
    assert "Give the first day." in ada.beside("member-starts")
