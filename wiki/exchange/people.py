"""Writing the groups and people of a file. What a file does not say is left as it is, and nothing is taken away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from wiki.access import audit
from wiki.access.policy import Role
from wiki.documents.models import Term
from wiki.exchange.entries import GroupEntry, MembershipEntry, PersonEntry, RoleEntry, TermEntry
from wiki.exchange.problems import Notes
from wiki.people import operations as people, passwords
from wiki.people.models import Group, Membership, Person, Rank, RoleAssignment
from wiki.people.viewer import today

Row = TypeVar("Row", Membership, RoleAssignment)


@dataclass(slots=True)
class Count:
    """How many were made, changed, and found as they should be."""

    new: int = 0
    changed: int = 0
    unchanged: int = 0

    def add(self, outcome: str) -> None:
        setattr(self, outcome, getattr(self, outcome) + 1)

    def __str__(self) -> str:
        return f"{self.new} new, {self.changed} changed, {self.unchanged} unchanged"


def hashes(session: Session, entries: Iterable[PersonEntry], notes: Notes) -> Mapping[str, str]:
    """Hash the passwords that will be needed: those of people who have none yet. Slow; never inside a write turn."""
    have_one = set(session.scalars(select(Person.email).where(Person.password_hash.is_not(None))))
    needed = [entry for entry in entries if entry.password and entry.email not in have_one]
    for entry in needed:
        problem = passwords.problem(entry.password or "", context=(entry.name, entry.email))
        if problem:
            notes.notice(f"{entry.path}.password", f"is weak and taken as it is. {problem}")
    with ThreadPoolExecutor(2) as pool:
        return dict(
            zip((e.email for e in needed), pool.map(lambda e: passwords.hashed(e.password or ""), needed), strict=True)
        )


def write_groups(session: Session, entries: Sequence[GroupEntry], *, keep_names: bool = False) -> Count:
    """Make or change the groups; with `keep_names` those that are here already stay as they are."""
    count = Count()
    for entry in _parents_first(entries):
        group = session.get(Group, entry.id)
        if group is None:
            _add_group(session, entry)
            count.add("new")
        else:
            count.add("changed" if not keep_names and _change_group(session, group, entry) else "unchanged")
    session.flush()
    return count


def _parents_first(entries: Sequence[GroupEntry]) -> list[GroupEntry]:
    by_id = {entry.id: entry for entry in entries}
    ordered: dict[str, GroupEntry] = {}

    def place(entry: GroupEntry) -> None:
        if entry.id in ordered:
            return
        if entry.parent in by_id:
            place(by_id[entry.parent])
        ordered[entry.id] = entry

    for entry in entries:
        place(entry)
    return list(ordered.values())


def _add_group(session: Session, entry: GroupEntry) -> None:
    people.add_group(
        session,
        group_id=entry.id,
        name=entry.name,
        type=entry.type,
        by=None,
        parent=entry.parent,
        is_hidden=bool(entry.hidden),
        timezone=entry.timezone,
    )


def _change_group(session: Session, group: Group, entry: GroupEntry) -> bool:
    said = {
        "name": entry.name,
        "type": entry.type,
        "parent_id": entry.parent,
        "is_hidden": entry.hidden,
        "timezone": entry.timezone,
    }
    changed = _set(group, said)
    if changed:
        audit.record(session, "group.changed", by=None, about=group.id, columns=changed)
    return bool(changed)


def _set(row: object, said: Mapping[str, object]) -> list[str]:
    """Set the columns that were said and differ, and name them."""
    changed = [name for name, value in said.items() if value is not None and getattr(row, name) != value]
    for name in changed:
        setattr(row, name, said[name])
    return changed


def write_terms(session: Session, entries: Iterable[TermEntry]) -> Count:
    """Add the words of vocabularies that are missing; those that are here keep their names."""
    count = Count()
    for entry in entries:
        if session.get(Term, (entry.vocabulary, entry.slug)) is not None:
            count.add("unchanged")
            continue
        session.add(
            Term(
                vocabulary=entry.vocabulary,
                slug=entry.slug,
                name=entry.name,
                description=entry.description,
                position=entry.position,
            )
        )
        count.add("new")
    session.flush()
    return count


def write_people(session: Session, entries: Sequence[PersonEntry], hashed: Mapping[str, str]) -> Count:
    """Make or change people, with their memberships and roles."""
    count = Count()
    statement = select(Person).where(Person.email.in_([entry.email for entry in entries]))
    there = {person.email: person for person in session.scalars(statement.options(selectinload(Person.memberships)))}
    for entry in entries:
        person = there.get(entry.email)
        if person is None:
            person = _add_person(session, entry)
            outcome = "new"
        else:
            outcome = "changed" if _change_person(session, person, entry) else "unchanged"
        if _complete(session, person, entry, hashed.get(entry.email)) and outcome == "unchanged":
            outcome = "changed"
        count.add(outcome)
    session.flush()
    return count


def _add_person(session: Session, entry: PersonEntry) -> Person:
    person = people.add_person(
        session,
        email=entry.email,
        name=entry.name,
        by=None,
        is_staff=entry.staff is not False,
        lang=entry.lang or "en",
        timezone=entry.timezone or "UTC",
    )
    person.languages, person.can_help = list(entry.languages or ()), entry.can_help or ""
    if entry.active is False:
        people.disable(session, person, by=None)
    return person


def _change_person(session: Session, person: Person, entry: PersonEntry) -> bool:
    said = {
        "name": entry.name,
        "is_staff": entry.staff,
        "lang": entry.lang,
        "timezone": entry.timezone,
        "languages": None if entry.languages is None else list(entry.languages),
        "can_help": entry.can_help,
    }
    changed = _set(person, said)
    if changed:
        audit.record(session, "person.changed", by=None, about=person.public_id, columns=changed)
    if entry.active is None or entry.active == person.is_active:
        return bool(changed)
    (people.enable if entry.active else people.disable)(session, person, by=None)
    return True


def _complete(session: Session, person: Person, entry: PersonEntry, password_hash: str | None) -> bool:
    """Add password, memberships and roles that are missing. A password that somebody has is never replaced."""
    changed = False
    if password_hash and person.password_hash is None:
        people.choose_password(session, person, password_hash, by=None)
        changed = True
    joined = [_join(session, person, place) for place in entry.groups]
    given = [_give(session, person, role) for role in entry.roles]
    return changed or any(joined) or any(given)


def _join(session: Session, person: Person, place: MembershipEntry) -> bool:
    mine = select(Membership).where(Membership.person_id == person.id, Membership.group_id == place.group)
    found = _of_that_time(session.scalars(mine).all(), place.starts)
    rank = Rank(place.rank or (found.rank if found else Rank.MEMBER))
    ends = place.ends or (found.ends_on if found else None)
    if found and found.rank == rank and found.ends_on == ends:
        return False
    group = session.get_one(Group, place.group)
    people.join(session, person, group, by=None, rank=rank, starts=place.starts, ends=ends)
    return True


def _give(session: Session, person: Person, entry: RoleEntry) -> bool:
    mine = select(RoleAssignment).where(RoleAssignment.person_id == person.id, RoleAssignment.role == entry.role)
    found = _of_that_time(session.scalars(mine).all(), entry.starts)
    ends = entry.ends or (found.ends_on if found else None)
    if found and found.ends_on == ends:
        return False
    people.give_role(session, person, Role(entry.role), by=None, starts=entry.starts, ends=ends)
    return True


def _of_that_time(rows: Sequence[Row], starts: date | None) -> Row | None:
    """The row that `people.join` and `people.give_role` would change: the one in force on the day it starts."""
    day = starts or today()
    for row in rows:
        if row.starts_on == day or (row.starts_on <= day and (row.ends_on is None or row.ends_on >= day)):
            return row
    return None
