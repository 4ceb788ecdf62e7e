"""What is done to people, groups, memberships and roles. Each takes a session, writes the log and leaves the commit."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, timedelta
from functools import cache
from zoneinfo import available_timezones

from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from wiki.access import audit
from wiki.access.policy import Role
from wiki.people import links, sessions
from wiki.people.links import Purpose
from wiki.people.models import Group, GroupType, Membership, Person, Rank, RoleAssignment
from wiki.people.viewer import in_force, today
from wiki.people.words import SPOKEN
from wiki.settings import Settings

_ADDRESS = re.compile(r"[^@\s<>\"(),:;\\\[\]]{1,64}@[^@\s<>\"(),:;\\\[\]]+\.[^@\s<>\"(),:;\\\[\].]{2,}")
_GROUP_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?")


HELP_LENGTH = 400


class Refused(Exception):
    """It cannot be done; the message is a sentence for the person who asked."""


def clean_email(raw: str) -> str:
    """The address as we keep it, in small letters. Raises Refused when it is none."""
    email = plain_email(raw)
    if len(email) > 254 or not _ADDRESS.fullmatch(email):
        raise Refused(_("“%(email)s” is not an e-mail address.", email=raw))
    return email


def plain_email(raw: str) -> str:
    """What somebody typed, in the form in which addresses are kept and compared."""
    return unicodedata.normalize("NFKC", raw).strip().lower()


def clean_name(raw: str) -> str:
    """A name on one line, without signs that nobody sees. Raises Refused when it is empty or too long."""
    name = one_line(raw)
    if not name or len(name) > 120:
        raise Refused(_("A name has between 1 and 120 characters."))
    return name


def one_line(raw: str) -> str:
    """Words on one line, without signs that nobody sees."""
    spaced = "".join(" " if unicodedata.category(sign) in ("Cc", "Zl", "Zp") else sign for sign in raw)
    # Signs that turn the direction of writing make one name look like another; joiners are needed to write Persian.
    kept = (sign for sign in spaced if unicodedata.category(sign) != "Cf" or sign in "\u200c\u200d")
    return " ".join(unicodedata.normalize("NFC", "".join(kept)).split())


def find_person(session: Session, email: str) -> Person:
    """The person with this address. Raises Refused when there is none."""
    found = session.scalar(select(Person).where(Person.email == clean_email(email)))
    if found is None:
        raise Refused(_("Nobody here has the address “%(email)s”.", email=email))
    return found


def find_group(session: Session, group_id: str) -> Group:
    """The group with this id. Raises Refused when there is none."""
    found = session.get(Group, group_id.strip())
    if found is None:
        raise Refused(_("There is no group with the id “%(group)s”.", group=group_id))
    return found


def add_person(
    session: Session,
    *,
    email: str,
    name: str,
    by: int | None,
    is_staff: bool = True,
    lang: str = "en",
    timezone: str = "UTC",
) -> Person:
    """A new person, who cannot sign in before they are invited."""
    email, name = clean_email(email), clean_name(name)
    if session.scalar(select(Person.id).where(Person.email == email)) is not None:
        raise Refused(_("Somebody with the address “%(email)s” is here already.", email=email))
    person = Person(email=email, name=name, is_staff=is_staff, lang=lang, timezone=check_timezone(timezone))
    session.add(person)
    session.flush()
    audit.record(session, "person.added", by=by, about=person.public_id, staff=is_staff)
    return person


def check_timezone(raw: str) -> str:
    """The time zone's name. Raises Refused when there is none of that name."""
    if raw != "UTC" and raw not in _zones():
        raise Refused(_("“%(zone)s” is not a time zone. An example is Europe/Berlin.", zone=raw))
    return raw


@cache
def _zones() -> frozenset[str]:
    # The library walks through its folder every time, which a long import would feel.
    return frozenset(available_timezones())


def update_profile(session: Session, person: Person, *, name: str, lang: str, timezone: str, by: int | None) -> None:
    """Set what a person may say of themselves."""
    name = clean_name(name)
    if name != person.name:
        audit.record(session, "person.renamed", by=by, about=person.public_id)
    person.name, person.lang, person.timezone = name, lang, check_timezone(timezone)


def say_what_helps(person: Person, *, languages: Iterable[str], can_help: str) -> None:
    """Set what languages somebody speaks and, in plain words on one line, what they can help with."""
    line = one_line(can_help)
    if len(line) > HELP_LENGTH:
        raise Refused(_("Use at most %(n)s characters.", n=HELP_LENGTH))
    person.languages = [code for code in dict.fromkeys(languages) if code in SPOKEN]
    person.can_help = line


def change_email(session: Session, person: Person, email: str, *, by: int | None) -> None:
    """Give an account another address. Links sent to the old one end."""
    email = clean_email(email)
    if session.scalar(select(Person.id).where(Person.email == email, Person.id != person.id)) is not None:
        raise Refused(_("Somebody with the address “%(email)s” is here already.", email=email))
    person.email = email
    links.void(session, person.id)
    audit.record(session, "person.address-changed", by=by, about=person.public_id)


def set_staff(session: Session, person: Person, is_staff: bool, *, by: int | None) -> None:
    """Make somebody staff or a guest, which gives or takes the key to everything shared with the whole service."""
    if person.is_staff != is_staff:
        person.is_staff = is_staff
        audit.record(session, "person.made-staff" if is_staff else "person.made-guest", by=by, about=person.public_id)


def invite(session: Session, person: Person, *, settings: Settings, by: int | None) -> str:
    """The address under which this person chooses their first password."""
    return _link(session, person, Purpose.INVITATION, settings, by)


def reset(session: Session, person: Person, *, settings: Settings, by: int | None) -> str:
    """The address under which this person chooses a new password. The old one works until they do."""
    return _link(session, person, Purpose.RESET, settings, by)


def _link(session: Session, person: Person, purpose: Purpose, settings: Settings, by: int | None) -> str:
    if not person.is_active:
        raise Refused(_("%(email)s is disabled. Enable the account first.", email=person.email))
    audit.record(session, f"person.{purpose}", by=by, about=person.public_id)
    return links.make(session, person, purpose, settings)


def choose_password(
    session: Session, person: Person, password_hash: str, *, by: int | None, keep: str | None = None
) -> None:
    """Set a new password: every link ends and every session but the one with the public id `keep`."""
    person.password_hash = password_hash
    links.void(session, person.id)
    sessions.end_all(session, person.id, but=keep)
    audit.record(session, "person.password-changed", by=by, about=person.public_id)


def renew_hash(session: Session, person: Person, kept: str, renewed: str) -> None:
    """Keep the same password under today's costs, unless another was chosen in the meantime."""
    mine = update(Person).where(Person.id == person.id, Person.password_hash == kept)
    session.execute(mine.values(password_hash=renewed).execution_options(synchronize_session=False))
    session.expire(person)


def disable(session: Session, person: Person, *, by: int | None) -> None:
    """Close the account: nothing of it works from the next request on. What they wrote stays."""
    person.is_active = False
    links.void(session, person.id)
    sessions.end_all(session, person.id)
    audit.record(session, "person.disabled", by=by, about=person.public_id)


def enable(session: Session, person: Person, *, by: int | None) -> None:
    """Open the account again, with the memberships and roles that are still in force."""
    person.is_active = True
    audit.record(session, "person.enabled", by=by, about=person.public_id)


def add_group(
    session: Session,
    *,
    group_id: str,
    name: str,
    type: str,
    by: int | None,
    parent: str | None = None,
    is_hidden: bool = False,
    timezone: str | None = None,
) -> Group:
    """A new group. Its id is part of addresses and labels and stays for ever; its name may change."""
    if not _GROUP_ID.fullmatch(group_id):
        raise Refused(_("“%(group)s” cannot be an id: use small letters, digits and hyphens.", group=group_id))
    if session.get(Group, group_id) is not None:
        raise Refused(_("There is a group with the id “%(group)s” already.", group=group_id))
    group = Group(id=group_id, name=clean_name(name), type=check_type(type), is_hidden=is_hidden)
    group.parent_id = find_group(session, parent).id if parent else None
    group.timezone = check_timezone(timezone) if timezone else None
    session.add(group)
    session.flush()
    audit.record(
        session, "group.added", by=by, about=group.id, type=group.type, parent=group.parent_id, hidden=is_hidden
    )
    return group


def check_type(raw: str) -> str:
    """The type of a group. Raises Refused when there is none of that name."""
    if raw not in list(GroupType):
        raise Refused(_("“%(type)s” is not a type of group; use one of: %(all)s.", type=raw, all=", ".join(GroupType)))
    return raw


def rename(session: Session, group: Group, name: str, *, by: int | None) -> None:
    """Give a group another name. Its id, its address and its labels stay."""
    group.name = clean_name(name)
    audit.record(session, "group.renamed", by=by, about=group.id)


def place(session: Session, group: Group, parent: Group | None, *, by: int | None) -> None:
    """Put a group below another, or at the top. Nobody's reading changes; who acts for a unit without a lead may."""
    above, seen = parent, set()
    while above is not None and above.id not in seen:
        if above.id == group.id:
            raise Refused(_("“%(group)s” cannot stand below itself.", group=group.id))
        seen.add(above.id)
        above = session.get(Group, above.parent_id) if above.parent_id else None
    group.parent_id = parent.id if parent else None
    audit.record(session, "group.placed", by=by, about=group.id, parent=group.parent_id)


def join(
    session: Session,
    person: Person,
    group: Group,
    *,
    by: int | None,
    rank: Rank = Rank.MEMBER,
    starts: date | None = None,
    ends: date | None = None,
) -> Membership:
    """Make somebody a member, from today unless said otherwise. A membership of that time is changed, not doubled."""
    starts = starts or today()
    _check_dates(starts, ends)
    membership = _membership(session, person, group, starts) or Membership(
        person_id=person.id, group_id=group.id, starts_on=starts
    )
    membership.rank, membership.ends_on = rank, ends
    session.add(membership)
    session.flush()
    until = str(ends) if ends else None
    audit.record(
        session,
        "group.joined",
        by=by,
        about=group.id,
        person=person.public_id,
        rank=rank,
        starts=str(starts),
        ends=until,
    )
    return membership


def leave(session: Session, person: Person, group: Group, *, by: int | None, last_day: date | None = None) -> None:
    """End a membership. Without a last day it ends now: yesterday was the last."""
    ends = last_day or today() - timedelta(days=1)
    found = _running(session, person, group, ends)
    if not found:
        raise Refused(_("%(email)s is not a member of “%(group)s”.", email=person.email, group=group.id))
    for membership in found:
        _end(session, membership, ends)
    audit.record(session, "group.left", by=by, about=group.id, person=person.public_id, ends=str(ends))


def give_role(
    session: Session,
    person: Person,
    role: Role,
    *,
    by: int | None,
    starts: date | None = None,
    ends: date | None = None,
) -> RoleAssignment:
    """Give a role, from today unless said otherwise. An assignment of that time is changed, not doubled."""
    starts = starts or today()
    _check_dates(starts, ends)
    if not person.is_staff:
        raise Refused(_("%(email)s is a guest, and guests hold no roles.", email=person.email))
    given = _assignment(session, person, role, starts) or RoleAssignment(
        person_id=person.id, role=role, starts_on=starts
    )
    given.ends_on, given.given_by_id = ends, by
    session.add(given)
    session.flush()
    until = str(ends) if ends else None
    audit.record(session, "role.given", by=by, about=person.public_id, role=role, starts=str(starts), ends=until)
    return given


def end_role(session: Session, person: Person, role: Role, *, by: int | None, last_day: date | None = None) -> None:
    """End a role. Without a last day it ends now."""
    ends = last_day or today() - timedelta(days=1)
    mine = select(RoleAssignment).where(RoleAssignment.person_id == person.id, RoleAssignment.role == role)
    found = session.scalars(mine.where(RoleAssignment.ends_on.is_(None) | (RoleAssignment.ends_on > ends))).all()
    if not found:
        raise Refused(_("%(email)s does not hold the role “%(role)s”.", email=person.email, role=role))
    for assignment in found:
        _end(session, assignment, ends)
    audit.record(session, "role.ended", by=by, about=person.public_id, role=role, ends=str(ends))


def _check_dates(starts: date, ends: date | None) -> None:
    if ends is not None and ends < starts:
        raise Refused(_("It cannot end on %(ends)s, before it begins on %(starts)s.", ends=ends, starts=starts))


def _membership(session: Session, person: Person, group: Group, day: date) -> Membership | None:
    mine = select(Membership).where(Membership.person_id == person.id, Membership.group_id == group.id)
    return session.scalars(
        mine.where(in_force(Membership.starts_on, Membership.ends_on, day) | (Membership.starts_on == day))
    ).first()


def _assignment(session: Session, person: Person, role: Role, day: date) -> RoleAssignment | None:
    mine = select(RoleAssignment).where(RoleAssignment.person_id == person.id, RoleAssignment.role == role)
    return session.scalars(
        mine.where(in_force(RoleAssignment.starts_on, RoleAssignment.ends_on, day) | (RoleAssignment.starts_on == day))
    ).first()


def _running(session: Session, person: Person, group: Group, after: date) -> list[Membership]:
    mine = select(Membership).where(Membership.person_id == person.id, Membership.group_id == group.id)
    return list(session.scalars(mine.where(Membership.ends_on.is_(None) | (Membership.ends_on > after))))


def _end(session: Session, row: Membership | RoleAssignment, ends: date) -> None:
    # What began today or lies ahead never came to be.
    if row.starts_on > ends:
        session.delete(row)
    else:
        row.ends_on = ends
