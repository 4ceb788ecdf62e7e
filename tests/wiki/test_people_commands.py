"""The commands for accounts, groups, roles and links, and the import of lists."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.wiki.people_fixtures import Clock, House, is_signed_in, post
from wiki.access.models import AuditEvent
from wiki.access.policy import Role
from wiki.people.commands import Awaited, ensure_administrator
from wiki.people.models import Group, Membership, Person, RoleAssignment
from wiki.people.viewer import load_viewer, today

NEW = "four grey badgers sing"


def count(house: House, model: Any) -> int:
    with house.session() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def keys(house: House, email: str) -> frozenset[str]:
    with house.session() as session:
        person = session.scalars(select(Person).where(Person.email == email)).one()
        viewer = load_viewer(session, person.id)
        assert viewer is not None
        return viewer.keys | {str(role) for role in viewer.roles}


def test_an_account_is_made_invited_closed_and_opened(house: House) -> None:
    assert house.run("person", "add", "Anna@MFA.example", "Anna Weiss", "--timezone", "Europe/Berlin").exit_code == 0
    listed = house.run("person", "list").output
    assert listed == "anna@mfa.example\tAnna Weiss\tstaff\tnot yet signed in\n"
    assert house.run("person", "invite", "anna@mfa.example").exit_code == 0
    assert "/welcome/" in house.letters()[0]
    assert house.run("person", "disable", "anna@mfa.example").exit_code == 0
    assert house.run("person", "list").output == ""
    assert "closed" in house.run("person", "list", "--all").output
    assert house.run("person", "enable", "anna@mfa.example").exit_code == 0
    shown = house.run("person", "show", "anna@mfa.example").output
    assert "Europe/Berlin" in shown


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("person", "add", "not an address", "Anna"), "not an e-mail address"),
        (("person", "add", "a@b.example\r\nBcc: c@d.example", "Anna"), "not an e-mail address"),
        (("person", "add", "known@mfa.example", "Anna"), "here already"),
        (("person", "add", "new@mfa.example", "   "), "between 1 and 120"),
        (("person", "add", "new@mfa.example", "Anna", "--timezone", "Moon"), "not a time zone"),
        (("person", "disable", "nobody@mfa.example"), "Nobody here"),
        (("group", "add", "Bad Id", "Name", "--type", "unit"), "cannot be an id"),
        (("group", "add", "known", "Name", "--type", "unit"), "already"),
        (("group", "add", "new", "Name", "--type", "unit", "--parent", "absent"), "no group"),
        (("group", "join", "absent", "known@mfa.example"), "no group"),
        (("group", "leave", "known", "known@mfa.example"), "not a member"),
        (
            ("group", "join", "known", "known@mfa.example", "--from", "2026-02-01", "--until", "2026-01-01"),
            "cannot end",
        ),
        (("role", "end", "known@mfa.example", "steward"), "does not hold"),
        (("role", "give", "guest@partner.example", "steward"), "guests hold no roles"),
        (("token", "reset", "nobody@mfa.example"), "Nobody here"),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_sentence(house: House, arguments: tuple[str, ...], why: str) -> None:
    house.person("known@mfa.example")
    house.person("guest@partner.example", is_staff=False)
    house.group("known")
    events = count(house, AuditEvent)
    outcome = house.run(*arguments)
    assert outcome.exit_code == 1
    assert why in outcome.output
    assert "Traceback" not in outcome.output
    assert count(house, AuditEvent) == events, "nothing was done"


@pytest.mark.parametrize(
    "arguments", [("person", "add"), ("role", "give", "a@b.example", "king"), ("group", "add", "a", "b")]
)
def test_a_command_called_wrongly_ends_with_two(house: House, arguments: tuple[str, ...]) -> None:
    assert house.run(*arguments).exit_code == 2


def test_every_command_explains_itself(house: House) -> None:
    for group in ("person", "group", "role", "token"):
        for name in house.app.cli.commands[group].commands:  # type: ignore[attr-defined]
            outcome = house.run(group, name, "--help")
            assert outcome.exit_code == 0
            assert len(outcome.output.split("\n\n")[1].strip()) > 15, (group, name)


def test_groups_are_joined_led_and_left_by_the_day(house: House, clock: Clock) -> None:
    house.person("anna@mfa.example")
    house.group("lisbon", type="post")
    assert (
        house.run("group", "join", "lisbon", "anna@mfa.example", "--rank", "lead", "--until", "2026-11-23").exit_code
        == 0
    )
    assert {"group:lisbon", "lead:lisbon"} <= keys(house, "anna@mfa.example")
    clock.forward(days=2)
    assert "group:lisbon" in keys(house, "anna@mfa.example"), "the last day counts"
    clock.forward(days=1)
    assert "group:lisbon" not in keys(house, "anna@mfa.example")


def test_leaving_now_counts_now_and_joining_again_works(house: House) -> None:
    house.person("anna@mfa.example")
    house.group("lisbon")
    for _ in range(2):
        assert house.run("group", "join", "lisbon", "anna@mfa.example").exit_code == 0
        assert house.run("group", "join", "lisbon", "anna@mfa.example").exit_code == 0
        assert "group:lisbon" in keys(house, "anna@mfa.example")
        assert house.run("group", "leave", "lisbon", "anna@mfa.example").exit_code == 0
        assert "group:lisbon" not in keys(house, "anna@mfa.example")


def test_a_membership_from_long_ago_is_ended_and_kept_as_history(house: House) -> None:
    house.person("anna@mfa.example")
    house.group("lisbon")
    house.run("group", "join", "lisbon", "anna@mfa.example", "--from", "2020-01-01")
    house.run("group", "leave", "lisbon", "anna@mfa.example", "--until", "2024-12-31")
    assert "from 2020-01-01 until 2024-12-31" in house.run("person", "show", "anna@mfa.example").output


def test_roles_are_given_listed_and_ended(house: House) -> None:
    house.person("ines@mfa.example")
    assert house.run("role", "give", "ines@mfa.example", "steward").exit_code == 0
    assert str(Role.STEWARD) in keys(house, "ines@mfa.example")
    assert house.run("role", "list", "--role", "steward").output.startswith("steward\tines@mfa.example")
    assert house.run("role", "end", "ines@mfa.example", "steward").exit_code == 0
    assert str(Role.STEWARD) not in keys(house, "ines@mfa.example")
    assert house.run("role", "list").output == ""


def test_every_change_stands_in_the_log(house: House) -> None:
    house.run("person", "add", "anna@mfa.example", "Anna Weiss")
    house.run("group", "add", "lisbon", "Embassy Lisbon", "--type", "post")
    house.run("group", "join", "lisbon", "anna@mfa.example")
    house.run("group", "leave", "lisbon", "anna@mfa.example")
    house.run("group", "rename", "lisbon", "Embassy of Lisbon")
    house.run("role", "give", "anna@mfa.example", "coach")
    house.run("role", "end", "anna@mfa.example", "coach")
    house.run("token", "invite", "anna@mfa.example")
    house.run("person", "edit", "anna@mfa.example", "--guest", "--email", "anna@partner.example")
    house.run("person", "disable", "anna@partner.example")
    with house.session() as session:
        log = [(event.what, f"{event.about} {event.details}") for event in session.scalars(select(AuditEvent))]
    assert [what for what, _ in log] == [
        "person.added",
        "group.added",
        "group.joined",
        "group.left",
        "group.renamed",
        "role.given",
        "role.ended",
        "person.invitation",
        "person.address-changed",
        "person.made-guest",
        "person.disabled",
    ]
    assert "Anna" not in str(log), "ids only"
    assert "Embassy" not in str(log)


def test_a_guest_loses_the_key_to_the_service(house: House) -> None:
    house.person("anna@mfa.example")
    assert "service" in keys(house, "anna@mfa.example")
    assert house.run("person", "edit", "anna@mfa.example", "--guest").exit_code == 0
    assert "service" not in keys(house, "anna@mfa.example")


def test_a_new_house_has_one_administrator_with_a_link_and_no_password(house: House) -> None:
    with house.app.app_context():
        first, second = ensure_administrator(), ensure_administrator()
    assert first is not None
    assert first.link is not None
    assert second == Awaited(first.email, None), "the link is told once; a second start changes nothing"
    assert count(house, Person) == 1
    client = house.client()
    path = first.link.removeprefix("https://wiki.example.org")
    assert post(client, path, password=NEW).status_code == 303
    assert is_signed_in(client)
    with house.app.app_context():
        assert ensure_administrator() is None
    assert "administrator" in keys(house, "administrator@wiki.example.org")


PEOPLE = """email,name,staff,lang,timezone,groups
Anna@mfa.example,Anna Weiss,yes,en,Europe/Berlin,lisbon;press:lead
bob@partner.example,"Bob, Jr.",no,,,press
"""


def write(tmp_path: Path, text: str, encoding: str = "utf-8") -> str:
    file = tmp_path / "list.csv"
    file.write_bytes(text.encode(encoding))
    return str(file)


@pytest.fixture
def with_groups(house: House) -> House:
    house.group("lisbon")
    house.group("press")
    return house


def test_people_are_imported_and_a_second_time_changes_nothing(with_groups: House, tmp_path: Path) -> None:
    file = write(tmp_path, PEOPLE)
    first = with_groups.run("person", "import", file)
    assert first.exit_code == 0, first.output
    assert first.output.count("added") == 2
    assert {"group:lisbon", "lead:press", "service"} <= keys(with_groups, "anna@mfa.example")
    assert "service" not in keys(with_groups, "bob@partner.example")
    events = count(with_groups, AuditEvent)
    second = with_groups.run("person", "import", file)
    assert second.output.count("unchanged") == 2
    assert count(with_groups, AuditEvent) == events
    assert (count(with_groups, Person), count(with_groups, Membership)) == (2, 3)


def test_an_import_changes_what_is_new_in_the_list(with_groups: House, tmp_path: Path) -> None:
    with_groups.run("person", "import", write(tmp_path, PEOPLE))
    changed = with_groups.run("person", "import", write(tmp_path, PEOPLE.replace("Anna Weiss", "Anna Weiss-Holm")))
    assert "line 2: Anna@mfa.example: changed" in changed.output
    assert "line 3: bob@partner.example: unchanged" in changed.output


def test_a_dry_run_says_what_would_happen_and_does_not_do_it(with_groups: House, tmp_path: Path) -> None:
    outcome = with_groups.run("person", "import", "--dry-run", write(tmp_path, PEOPLE))
    assert outcome.exit_code == 0
    assert outcome.output.count("added") == 2
    assert "dry run" in outcome.output
    assert count(with_groups, Person) == 0


def test_one_wrong_row_and_nothing_is_imported(with_groups: House, tmp_path: Path) -> None:
    wrong = PEOPLE + "no-address,Carl,,,,\ndora@mfa.example,Dora,,,,absent\nanna@mfa.example,Anna again,,,,\n"
    outcome = with_groups.run("person", "import", write(tmp_path, wrong))
    assert outcome.exit_code == 1
    assert "line 4: no-address: refused: “no-address” is not an e-mail address." in outcome.output
    assert "line 5: dora@mfa.example: refused: There is no group with the id “absent”." in outcome.output
    assert "line 6: anna@mfa.example: refused: it stands in line 2 already" in outcome.output
    assert "3 rows were refused" in outcome.output
    assert count(with_groups, Person) == 0


@pytest.mark.parametrize(
    ("encoding", "delimiter"),
    [("utf-8", ","), ("utf-8-sig", ","), ("cp1252", ";"), ("utf-8-sig", "\t"), ("cp1252", ",")],
)
def test_lists_from_any_spreadsheet_are_read(house: House, tmp_path: Path, encoding: str, delimiter: str) -> None:
    text = f"email{delimiter}name\nrene@mfa.example{delimiter}René Müller – Süd\n"
    assert house.run("person", "import", write(tmp_path, text, encoding)).exit_code == 0
    assert "René Müller – Süd" in house.run("person", "list").output


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "missing: email, name"),
        ("name\nAnna\n", "missing: email"),
        ("email,name,password\na@b.example,A,secret\n", "do not know: password"),
        ("email,name,name\na@b.example,A,B\n", "a column twice"),
        ('email,name\na@b.example,"Anna\n', "not CSV"),
        ("PK\0\0\0", "not a text file"),
    ],
)
def test_a_file_that_is_no_list_is_refused_whole(house: House, tmp_path: Path, text: str, why: str) -> None:
    outcome = house.run("person", "import", write(tmp_path, text))
    assert outcome.exit_code == 1
    assert why in outcome.output


def test_a_report_calculates_nothing_in_a_spreadsheet(house: House, tmp_path: Path) -> None:
    formulas = ["=cmd|' /C calc'!A0", "+1+1", "-2", "@SUM(A1)"]
    rows = "".join(f'"{formula}",Name\n' for formula in formulas)
    report = tmp_path / "report.csv"
    outcome = house.run("person", "import", "--report", str(report), write(tmp_path, "email,name\n" + rows))
    assert outcome.exit_code == 1
    with report.open(encoding="utf-8-sig", newline="") as file:
        told = list(csv.reader(file))
    assert [row[1] for row in told[1:]] == ["'" + formula for formula in formulas]


def test_groups_are_imported_with_their_tree_in_any_order(house: House, tmp_path: Path) -> None:
    text = (
        "id,name,type,parent,hidden,timezone\n"
        "consular,Consular Directorate,unit,hq,,\n"
        "hq,Headquarters,unit,,,Europe/Berlin\n"
        "quiet,Quiet,task-force,consular,yes,\n"
    )
    outcome = house.run("group", "import", write(tmp_path, text))
    assert outcome.exit_code == 0, outcome.output
    assert outcome.output.count("added") == 3
    with house.session() as session:
        assert session.get_one(Group, "consular").parent_id == "hq"
        assert session.get_one(Group, "quiet").is_hidden
    again = house.run("group", "import", write(tmp_path, text.replace("Headquarters", "Head Office")))
    assert again.output.count("unchanged") == 2
    assert "line 3: hq: changed" in again.output


def test_a_tree_that_bites_its_tail_is_refused(house: House, tmp_path: Path) -> None:
    text = "id,name,type,parent\na,A,unit,b\nb,B,unit,c\nc,C,unit,a\n"
    outcome = house.run("group", "import", write(tmp_path, text))
    assert outcome.exit_code == 1
    assert "below itself" in outcome.output
    assert count(house, Group) == 0


def test_a_role_or_membership_is_never_doubled(house: House) -> None:
    house.person("anna@mfa.example")
    for _ in range(2):
        house.run("role", "give", "anna@mfa.example", "coach")
    assert count(house, RoleAssignment) == 1


def test_check_names_roles_that_nobody_holds_and_what_waits_for_that(house: House) -> None:
    anna = house.person("anna@mfa.example")
    said = house.app.test_cli_runner().invoke(args=["check"]).output
    assert "ok   roles: nobody is" in said
    assert "nobody is arbiter, so appeals wait" in said
    with house.session() as session:
        for role in ("arbiter", "steward", "approver", "security-officer", "lessons-officer"):
            session.add(RoleAssignment(person_id=anna.id, role=role, starts_on=today()))
    said = house.app.test_cli_runner().invoke(args=["check"]).output
    assert "ok   roles: somebody holds each" in said
