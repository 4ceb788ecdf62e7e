"""`chancery person`, `group`, `role` and `token`: accounts and groups from the command line.

Each ends with 0 when it was done, 1 with a sentence when it was refused, 2 when it was called wrongly.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from urllib.parse import urlsplit

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from wiki import db, mail
from wiki.access.policy import Role
from wiki.people import accounts, importing, letters, news, operations
from wiki.people.here import settings
from wiki.people.links import Purpose
from wiki.people.models import Group, GroupType, Membership, OneTimeLink, Person, Rank, RoleAssignment
from wiki.people.viewer import in_force, today

person = AppGroup("person", help="Accounts: who may sign in.")
group = AppGroup("group", help="Posts, units, communities and other groups, and who belongs to them.")
role = AppGroup("role", help="Roles: what somebody may do beyond reading and writing.")
token = AppGroup("token", help="Links that work once, printed here instead of being sent.")

_Day = click.DateTime(["%Y-%m-%d"])
_RANKS = click.Choice([str(rank) for rank in Rank])
_ROLES = click.Choice([str(one) for one in Role])
_TYPES = click.Choice([str(type) for type in GroupType])
_File = click.Path(exists=True, dir_okay=False, path_type=Path)


def register(app: Flask) -> None:
    """Add the commands to `chancery`."""
    for command in (person, group, role, token):
        app.cli.add_command(command)


@dataclass(frozen=True, slots=True)
class Awaited:
    """An administrator who has not chosen a password yet; the link is there only when the account was made just now."""

    email: str
    link: str | None


def ensure_administrator() -> Awaited | None:
    """Make sure that somebody administers. None when one of them has signed in before."""
    with _writing() as session:
        held = in_force(RoleAssignment.starts_on, RoleAssignment.ends_on, today())
        administrators = session.scalars(
            select(Person)
            .join(RoleAssignment, RoleAssignment.person_id == Person.id)
            .where(RoleAssignment.role == Role.ADMINISTRATOR, Person.is_active, held)
            .order_by(Person.password_hash.is_(None), Person.id)
        ).all()
        if administrators and administrators[0].password_hash:
            return None
        if administrators:
            return Awaited(administrators[0].email, None)
        first = _first_administrator(session)
        return Awaited(first.email, operations.invite(session, first, settings=settings(), by=None))


def invite_all(addresses: Sequence[str]) -> list[tuple[str, str]]:
    """The address and a link to choose a password for each of these who has none and was not sent one yet."""
    with _writing() as session:
        waiting = session.scalars(
            select(Person)
            .where(Person.email.in_(addresses), Person.password_hash.is_(None), Person.is_active)
            .where(~exists().where(OneTimeLink.person_id == Person.id, OneTimeLink.expires_at > db.now()))
            .order_by(Person.id)
        ).all()
        return [(one.email, operations.invite(session, one, settings=settings(), by=None)) for one in waiting]


@person.command("add")
@click.argument("email")
@click.argument("name")
@click.option("--guest", is_flag=True, help="Not staff: reads only what is shared with their groups.")
@click.option("--lang", help="Language, such as en; otherwise the first of the site.")
@click.option("--timezone", default="UTC", show_default=True, help="Time zone, such as Europe/Berlin.")
def add_person(email: str, name: str, guest: bool, lang: str | None, timezone: str) -> None:
    """Add somebody. They cannot sign in before “person invite”."""
    with _writing() as session:
        about = {"email": email, "name": name, "lang": lang or settings().languages[0], "timezone": timezone}
        added = operations.add_person(session, **about, is_staff=not guest, by=None)
    click.echo(f"{added.email} was added. Next: chancery person invite {added.email}")


@person.command("list")
@click.option("--all", "everybody", is_flag=True, help="Also closed accounts.")
def list_people(everybody: bool) -> None:
    """List accounts: address, name, staff or guest, and whether they are in use."""
    listed = select(Person).order_by(Person.email)
    for one in db.session().scalars(listed if everybody else listed.where(Person.is_active)):
        click.echo("\t".join((one.email, one.name, "staff" if one.is_staff else "guest", _state(one))))


@person.command("show")
@click.argument("email")
def show_person(email: str) -> None:
    """Show an account with its groups and roles, past and coming ones too."""
    session = db.session()
    with _refusing():
        found = operations.find_person(session, email)
    click.echo(f"{found.name} <{found.email}>, {'staff' if found.is_staff else 'guest'}, {_state(found)}")
    click.echo(f"page /people/{found.public_id}, language {found.lang}, time zone {found.timezone}")
    mine = select(Membership).where(Membership.person_id == found.id).order_by(Membership.starts_on)
    for one in session.scalars(mine):
        click.echo(f"group {one.group_id} ({one.rank}) {_span(one.starts_on, one.ends_on)}")
    held = select(RoleAssignment).where(RoleAssignment.person_id == found.id).order_by(RoleAssignment.starts_on)
    for given in session.scalars(held):
        click.echo(f"role {given.role} {_span(given.starts_on, given.ends_on)}")


@person.command("edit")
@click.argument("email")
@click.option("--name", help="Another name.")
@click.option("--email", "new_email", help="Another address; links sent to the old one end.")
@click.option("--lang", help="Another language.")
@click.option("--timezone", help="Another time zone.")
@click.option("--staff/--guest", "staff", default=None, help="Staff, or a guest.")
def edit_person(
    email: str, name: str | None, new_email: str | None, lang: str | None, timezone: str | None, staff: bool | None
) -> None:
    """Change what is known about somebody."""
    with _writing() as session:
        found = operations.find_person(session, email)
        about = {"name": name or found.name, "lang": lang or found.lang, "timezone": timezone or found.timezone}
        operations.update_profile(session, found, by=None, **about)
        if new_email:
            operations.change_email(session, found, new_email, by=None)
        if staff is not None:
            operations.set_staff(session, found, staff, by=None)
    click.echo(f"{found.email} was changed.")


@person.command("disable")
@click.argument("email")
def disable_person(email: str) -> None:
    """Close an account at once: sessions and links end, what they wrote stays."""
    with _writing() as session:
        operations.disable(session, operations.find_person(session, email), by=None)
    click.echo(f"{email} is disabled and signed out everywhere.")


@person.command("enable")
@click.argument("email")
def enable_person(email: str) -> None:
    """Open a closed account again."""
    with _writing() as session:
        operations.enable(session, operations.find_person(session, email), by=None)
    click.echo(f"{email} is enabled.")


@person.command("invite")
@click.argument("email")
def invite_person(email: str) -> None:
    """Send somebody the link with which they choose their first password."""
    _send(email, Purpose.INVITATION, operations.invite)


@person.command("reset")
@click.argument("email")
def reset_person(email: str) -> None:
    """Send somebody a link with which they choose a new password."""
    _send(email, Purpose.RESET, operations.reset)


@person.command("import")
@click.argument("file", type=_File)
@click.option("--dry-run", is_flag=True, help="Say what would happen, and change nothing.")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Also write the outcome as a CSV file.")
def import_people(file: Path, dry_run: bool, report: Path | None) -> None:
    """Add or change people from a CSV file with the columns email, name and, as wanted, staff, lang, timezone, groups.

    The groups of a row are separated by semicolons; “press:lead” makes somebody its lead. Nobody is taken out of
    a group. Either every row is accepted or nothing is changed.
    """
    _import(importing.people, file, dry_run, report)


@group.command("add")
@click.argument("group_id", metavar="ID")
@click.argument("name")
@click.option("--type", type=_TYPES, required=True, help="What kind of group.")
@click.option("--parent", help="The id of the group above it.")
@click.option("--hidden", is_flag=True, help="Only its members know of it.")
@click.option("--timezone", help="Time zone by which its working days count.")
def add_group(group_id: str, name: str, type: str, parent: str | None, hidden: bool, timezone: str | None) -> None:
    """Add a group. The id is part of addresses and stays for ever."""
    with _writing() as session:
        about = {"group_id": group_id, "name": name, "type": type}
        operations.add_group(session, **about, parent=parent, is_hidden=hidden, timezone=timezone, by=None)
    click.echo(f"{group_id} was added.")


@group.command("list")
@click.option("--type", type=_TYPES, help="Only groups of this kind.")
def list_groups(type: str | None) -> None:
    """List groups, hidden ones too."""
    listed = select(Group).order_by(Group.id)
    for one in db.session().scalars(listed.where(Group.type == type) if type else listed):
        click.echo("\t".join((one.id, one.name, one.type, one.parent_id or "-", "hidden" if one.is_hidden else "open")))


@group.command("rename")
@click.argument("group_id", metavar="ID")
@click.argument("name")
def rename_group(group_id: str, name: str) -> None:
    """Give a group another name; its id stays."""
    with _writing() as session:
        operations.rename(session, operations.find_group(session, group_id), name, by=None)
    click.echo(f"{group_id} was renamed.")


@group.command("join")
@click.argument("group_id", metavar="ID")
@click.argument("email")
@click.option("--rank", type=_RANKS, default=str(Rank.MEMBER), show_default=True)
@click.option("--from", "starts", type=_Day, help="First day; today unless given.")
@click.option("--until", "ends", type=_Day, help="Last day; open unless given.")
def join_group(group_id: str, email: str, rank: str, starts: datetime | None, ends: datetime | None) -> None:
    """Make somebody a member or lead of a group."""
    with _writing() as session:
        found, chosen = operations.find_person(session, email), operations.find_group(session, group_id)
        operations.join(session, found, chosen, rank=Rank(rank), starts=_day(starts), ends=_day(ends), by=None)
    click.echo(f"{email} belongs to {group_id} as {rank}.")


@group.command("leave")
@click.argument("group_id", metavar="ID")
@click.argument("email")
@click.option("--until", "ends", type=_Day, help="Last day; unless given it ends now.")
def leave_group(group_id: str, email: str, ends: datetime | None) -> None:
    """End somebody's membership."""
    with _writing() as session:
        found, chosen = operations.find_person(session, email), operations.find_group(session, group_id)
        operations.leave(session, found, chosen, last_day=_day(ends), by=None)
    click.echo(f"{email} leaves {group_id}.")


@group.command("import")
@click.argument("file", type=_File)
@click.option("--dry-run", is_flag=True, help="Say what would happen, and change nothing.")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Also write the outcome as a CSV file.")
def import_groups(file: Path, dry_run: bool, report: Path | None) -> None:
    """Add or change groups from a CSV file with the columns id, name, type and, as wanted, parent, hidden, timezone.

    Either every row is accepted or nothing is changed.
    """
    _import(importing.groups, file, dry_run, report)


@role.command("give")
@click.argument("email")
@click.argument("name", metavar="ROLE", type=_ROLES)
@click.option("--from", "starts", type=_Day, help="First day; today unless given.")
@click.option("--until", "ends", type=_Day, help="Last day; open unless given.")
def give_role(email: str, name: str, starts: datetime | None, ends: datetime | None) -> None:
    """Give somebody a role."""
    with _writing() as session:
        found = operations.find_person(session, email)
        given = operations.give_role(session, found, Role(name), starts=_day(starts), ends=_day(ends), by=None)
        news.of_role(session, found, given, given.ends_on, by=None)
    click.echo(f"{email} holds the role {name}.")


@role.command("end")
@click.argument("email")
@click.argument("name", metavar="ROLE", type=_ROLES)
@click.option("--until", "ends", type=_Day, help="Last day; unless given it ends now.")
def end_role(email: str, name: str, ends: datetime | None) -> None:
    """Take a role back."""
    with _writing() as session:
        found = operations.find_person(session, email)
        news.of_end(session, found, Role(name), _day(ends))
        operations.end_role(session, found, Role(name), last_day=_day(ends), by=None)
    click.echo(f"{email} holds the role {name} until {ends:%Y-%m-%d}." if ends else f"{email} no longer holds it.")


@role.command("list")
@click.option("--role", "name", type=_ROLES, help="Only this role.")
@click.option("--when", type=click.Choice(list(accounts.HELD)), default="today", show_default=True, help="Held when.")
def list_roles(name: str | None, when: str) -> None:
    """List who holds which role, will hold it, or held it."""
    held = (
        select(Person.email, RoleAssignment)
        .join(Person, Person.id == RoleAssignment.person_id)
        .where(accounts.HELD[when]())
        .order_by(RoleAssignment.role, Person.email)
    )
    for email, given in db.session().execute(held.where(RoleAssignment.role == name) if name else held):
        click.echo("\t".join((given.role, email, _span(given.starts_on, given.ends_on))))


@token.command("invite")
@click.argument("email")
def print_invitation(email: str) -> None:
    """Print the link with which somebody chooses their first password."""
    click.echo(_link(email, operations.invite)[1])


@token.command("reset")
@click.argument("email")
def print_reset(email: str) -> None:
    """Print a link with which somebody chooses a new password."""
    click.echo(_link(email, operations.reset)[1])


@contextmanager
def _writing() -> Iterator[Session]:
    with _refusing(), db.system_session(writing=True) as session:
        yield session


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except (operations.Refused, importing.Unreadable) as refused:
        raise click.ClickException(str(refused)) from refused
    except db.WriteBusy as busy:
        raise click.ClickException("The database is busy with something else. Try again in a moment.") from busy


def _first_administrator(session: Session) -> Person:
    host = urlsplit(settings().public_url).hostname or ""
    domain = host if "." in host and not _is_number(host) else "chancery.localhost"
    email = f"administrator@{domain}"
    known = session.scalar(select(Person).where(Person.email == email))
    lang = settings().languages[0]
    found = known or operations.add_person(session, email=email, name="Administrator", lang=lang, by=None)
    if not found.is_active:
        operations.enable(session, found, by=None)
    operations.give_role(session, found, Role.ADMINISTRATOR, by=None)
    return found


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _link(email: str, verb: Callable[..., str]) -> tuple[Person, str]:
    with _writing() as session:
        found = operations.find_person(session, email)
        news.of_link(session, found, by=None)
        return found, verb(session, found, settings=settings(), by=None)


def _send(email: str, purpose: Purpose, verb: Callable[..., str]) -> None:
    found, link = _link(email, verb)
    try:
        letters.write(found, purpose, link, settings())
    except (mail.Later, mail.Refused) as error:
        raise click.ClickException(f"The letter to {found.email} was not sent: {error}") from error
    click.echo(f"A letter to {found.email} is on its way.")


def _import(read: Callable[..., importing.Outcome], file: Path, dry_run: bool, report: Path | None) -> None:
    with _refusing():
        outcome = read(file, dry_run=dry_run)
    for line in outcome.lines():
        click.echo(line)
    if report:
        report.write_text(outcome.as_csv(), encoding="utf-8-sig", newline="")
    if outcome.refused:
        raise click.ClickException(f"{outcome.refused} rows were refused, so nothing was changed.")
    click.echo("Nothing was changed: this was a dry run." if dry_run else f"{len(outcome.rows)} rows were taken over.")


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _span(starts: date, ends: date | None) -> str:
    return f"from {starts} until {ends}" if ends else f"since {starts}"


def _state(one: Person) -> str:
    if not one.is_active:
        return "closed"
    return "active" if one.password_hash else "not yet signed in"
