"""What administrators do to accounts, memberships, roles and groups.

Each verb asks for the right, changes, and leaves the commit. It raises Refused with a sentence, and Changed when
somebody else was faster. What is asked for a second time is done already, and nothing happens twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, TypeVar

from flask_babel import gettext as _
from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from wiki.access import audit, policy
from wiki.access.models import Holiday
from wiki.access.policy import Action, Role, Viewer
from wiki.people import calendar, news, operations, sessions
from wiki.people.links import Purpose
from wiki.people.models import Group, Membership, Person, Rank, RoleAssignment
from wiki.people.operations import Refused
from wiki.people.viewer import today
from wiki.people.words import span
from wiki.settings import Settings

Dated = TypeVar("Dated", Membership, RoleAssignment)


class Changed(Refused):
    """Somebody else changed it after the form was opened."""


def add_person(session: Session, *, by: Viewer, group: str, rank: Rank, **about: Any) -> Person:
    """A new person, in their first group from today when one is named."""
    policy.require(by, Action.PEOPLE_MANAGE)
    person = operations.add_person(session, by=by.person, **about)
    if group:
        operations.join(session, person, operations.find_group(session, group), by=by.person, rank=rank)
    return person


def change_account(
    session: Session, person: Person, *, by: Viewer, version: str, name: str, email: str, is_staff: bool
) -> None:
    """Set the name, the address, and whether somebody is staff."""
    policy.require(by, Action.PEOPLE_MANAGE)
    name, email = operations.clean_name(name), operations.clean_email(email)
    if (name, email, is_staff) == (person.name, person.email, person.is_staff):
        return
    _unchanged(person, version)
    if not is_staff and person.is_staff:
        _holds_no_role(session, person)
    about = {"name": name, "lang": person.lang, "timezone": person.timezone}
    operations.update_profile(session, person, by=by.person, **about)
    if email != person.email:
        operations.change_email(session, person, email, by=by.person)
    operations.set_staff(session, person, is_staff, by=by.person)


def suspend(session: Session, person: Person, *, by: Viewer, under: Action = Action.PEOPLE_MANAGE) -> None:
    """Close an account at once, everywhere. What the person wrote stays. `under`: the right that `by` needs."""
    policy.require(by, under)
    if person.id == by.person:
        raise Refused(_("You cannot suspend yourself. Ask another administrator."))
    if person.is_active:
        _somebody_administers_still(session, person, today())
        operations.disable(session, person, by=by.person)


def let_back_in(session: Session, person: Person, *, by: Viewer, under: Action = Action.PEOPLE_MANAGE) -> None:
    """Open a suspended account again, with the memberships and roles still in force."""
    policy.require(by, under)
    if not person.is_active:
        operations.enable(session, person, by=by.person)


def link(session: Session, person: Person, *, by: Viewer, settings: Settings) -> tuple[str, Purpose]:
    """A link that works once: an invitation for those who have no password yet, for others one to choose a new one."""
    policy.require(by, Action.PEOPLE_MANAGE)
    if person.password_hash is None:
        return operations.invite(session, person, settings=settings, by=by.person), Purpose.INVITATION
    news.of_link(session, person, by=by.person)
    return operations.reset(session, person, settings=settings, by=by.person), Purpose.RESET


def sign_out(session: Session, person: Person, *, by: Viewer) -> None:
    """End every session of this person; they may sign in again."""
    policy.require(by, Action.PEOPLE_MANAGE)
    sessions.end_all(session, person.id)
    audit.record(session, "person.signed-out", by=by.person, about=person.public_id)


def join(
    session: Session, person: Person, group: Group, *, by: Viewer, rank: Rank, starts: date, ends: date | None
) -> None:
    """Make somebody a member. Raises Refused when they belong to the group in that time already."""
    policy.require(by, Action.PEOPLE_MANAGE)
    mine = select(Membership).where(Membership.person_id == person.id, Membership.group_id == group.id)
    _one_place(session.scalars(mine).all(), starts, ends, person.name)
    operations.join(session, person, group, by=by.person, rank=rank, starts=starts, ends=ends)


def change_membership(
    session: Session, number: int, *, by: Viewer, version: str, rank: Rank, ends: date | None
) -> None:
    """Set rank and last day. A last day before the first takes the membership away: it never came to be."""
    policy.require(by, Action.PEOPLE_MANAGE)
    membership = session.get(Membership, number)
    if membership is None:
        raise Refused(_("This entry is gone already. Nothing was changed."))
    if (rank, ends) == (membership.rank, membership.ends_on):
        return
    _unchanged(membership, version)
    others = select(Membership).where(
        Membership.person_id == membership.person_id,
        Membership.group_id == membership.group_id,
        Membership.id != membership.id,
    )
    _one_place(session.scalars(others).all(), membership.starts_on, ends, membership.person.name)
    membership.rank = rank
    _set_end(session, membership, ends)
    about = {"person": membership.person.public_id, "rank": rank, "starts": str(membership.starts_on)}
    audit.record(
        session, "group.membership-changed", by=by.person, about=membership.group_id, ends=_said(ends), **about
    )


def give_role(session: Session, person: Person, role: Role, *, by: Viewer, starts: date, ends: date | None) -> None:
    """Give a role. Raises Refused when the person holds it in that time already, and for guests."""
    policy.require(by, Action.PEOPLE_MANAGE)
    held = select(RoleAssignment).where(RoleAssignment.person_id == person.id, RoleAssignment.role == role)
    _one_role(session.scalars(held).all(), starts, ends, person.name)
    given = operations.give_role(session, person, role, by=by.person, starts=starts, ends=ends)
    news.of_role(session, person, given, ends, by=by.person)


def change_role(session: Session, number: int, *, by: Viewer, version: str, ends: date | None) -> None:
    """Set the last day of a role. Raises Refused when nobody would administer afterwards."""
    policy.require(by, Action.PEOPLE_MANAGE)
    given = session.get(RoleAssignment, number)
    if given is None:
        raise Refused(_("This entry is gone already. Nothing was changed."))
    if ends == given.ends_on:
        return
    _unchanged(given, version)
    person = session.get_one(Person, given.person_id)
    others = select(RoleAssignment).where(
        RoleAssignment.person_id == given.person_id, RoleAssignment.role == given.role, RoleAssignment.id != given.id
    )
    _one_role(session.scalars(others).all(), given.starts_on, ends, person.name)
    if given.role == Role.ADMINISTRATOR and ends is not None:
        _somebody_administers_still(session, person, max(ends + timedelta(days=1), today()))
    about = {"role": given.role, "starts": str(given.starts_on)}
    news.of_role(session, person, given, ends, by=by.person)
    _set_end(session, given, ends)
    audit.record(session, "role.changed", by=by.person, about=person.public_id, ends=_said(ends), **about)


def add_group(session: Session, *, by: Viewer, **about: Any) -> Group:
    """A new group."""
    policy.require(by, Action.PEOPLE_MANAGE)
    return operations.add_group(session, by=by.person, **about)


def change_group(session: Session, group: Group, *, by: Viewer, version: str, parent: str, **said: Any) -> None:
    """Set what is known of a group; `said` are its columns name, type, timezone and is_hidden. Its id stays."""
    policy.require(by, Action.PEOPLE_MANAGE)
    said["name"], said["type"] = operations.clean_name(said["name"]), operations.check_type(said["type"])
    said["timezone"] = operations.check_timezone(said["timezone"]) if said["timezone"] else None
    changed = [column for column, value in said.items() if getattr(group, column) != value]
    if not changed and (parent or None) == group.parent_id:
        return
    _unchanged(group, version)
    if (parent or None) != group.parent_id:
        operations.place(session, group, operations.find_group(session, parent) if parent else None, by=by.person)
    for column in changed:
        setattr(group, column, said[column])
    if changed:
        audit.record(session, "group.changed", by=by.person, about=group.id, columns=changed)


def set_working_days(
    session: Session,
    group: Group,
    *,
    by: Viewer,
    version: str,
    weekend: list[int] | None,
    holidays: Mapping[date, str],
) -> None:
    """Set the days off of each week (None: those of the unit above) and the single ones. Deadlines count by them."""
    policy.require(by, Action.PEOPLE_MANAGE)
    there = calendar.holidays_of(session, group.id)
    if weekend == group.weekend and dict(holidays) == there:
        return
    _unchanged(group, version)
    group.weekend = weekend
    # Holidays are rows of their own; the group is marked as changed with them.
    group.version += 1
    session.execute(delete(Holiday).where(Holiday.group_id == group.id))
    session.add_all(Holiday(group_id=group.id, day=day, name=name) for day, name in holidays.items())
    days = sorted(day.isoformat() for day in holidays)
    audit.record(session, "group.working-days", by=by.person, about=group.id, weekend=weekend, holidays=days)


def _unchanged(row: Person | Group | Membership | RoleAssignment, version: str) -> None:
    if str(row.version) != version:
        raise Changed(
            _("Somebody else changed this while you had it open. Look at what is saved now; save again to set yours.")
        )


def _holds_no_role(session: Session, person: Person) -> None:
    held = select(RoleAssignment.id).where(RoleAssignment.person_id == person.id, _not_over(today()))
    if session.scalars(held).first() is not None:
        raise Refused(_("%(name)s holds roles, and guests hold none. End the roles first.", name=person.name))


def _somebody_administers_still(session: Session, person: Person, day: date) -> None:
    """Raise Refused when, without this person, nobody who can sign in administers from this day on.

    The rows are locked, or two administrators could take the role from each other at once.
    """
    able = (Person.is_active, Person.is_staff, Person.password_hash.is_not(None))
    statement = (
        select(RoleAssignment.person_id, RoleAssignment.starts_on, RoleAssignment.ends_on)
        .join(Person, Person.id == RoleAssignment.person_id)
        .where(RoleAssignment.role == Role.ADMINISTRATOR, RoleAssignment.starts_on <= day, _not_over(day), *able)
        .order_by(RoleAssignment.id)
        .with_for_update()
    )
    rows = session.execute(statement).all()
    mine = [row for row in rows if row.person_id == person.id]
    lasting = any(row.ends_on is None for row in mine)
    others = [row for row in rows if row.person_id != person.id and (row.ends_on is None or not lasting)]
    if mine and not others:
        raise Refused(_("Nobody else could administer then. Give the role to somebody else first, without a last day."))


def _not_over(day: date) -> Any:
    return or_(RoleAssignment.ends_on.is_(None), RoleAssignment.ends_on >= day)


def _one_place(rows: Sequence[Membership], starts: date, ends: date | None, name: str) -> None:
    found = _of_that_time(rows, starts, ends)
    if found is not None:
        raise Refused(
            _("%(name)s belongs to it already, %(span)s. Change that entry instead.", name=name, span=span(found))
        )


def _one_role(rows: Sequence[RoleAssignment], starts: date, ends: date | None, name: str) -> None:
    found = _of_that_time(rows, starts, ends)
    if found is not None:
        raise Refused(
            _("%(name)s holds this role already, %(span)s. Change that entry instead.", name=name, span=span(found))
        )


def _of_that_time(rows: Sequence[Dated], starts: date, ends: date | None) -> Dated | None:
    """The first of these that shares a day with the time from the first day to the last."""
    for row in rows:
        if (ends is None or row.starts_on <= ends) and (row.ends_on is None or row.ends_on >= starts):
            return row
    return None


def _set_end(session: Session, row: Membership | RoleAssignment, ends: date | None) -> None:
    if ends is not None and ends < row.starts_on:
        session.delete(row)
    else:
        row.ends_on = ends


def _said(ends: date | None) -> str | None:
    return str(ends) if ends else None
