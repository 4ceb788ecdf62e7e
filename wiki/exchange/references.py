"""What entries refer to: every group, person and document they name must be in the file or here already."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from wiki.documents import sharing
from wiki.documents.leave import LONGEST_GRANT_DAYS
from wiki.documents.models import Document, Redirect
from wiki.exchange.entries import DocumentEntry, GroupEntry, MembershipEntry, PersonEntry, World
from wiki.exchange.problems import Notes, did_you_mean
from wiki.people.models import Group, Membership, Person
from wiki.people.viewer import in_force, today
from wiki.settings import Settings

HEADQUARTERS = "hq"

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Known:
    """What the database holds already. `members` are the addresses of a group's members today."""

    parents: dict[str, str | None]
    people: dict[str, bool]
    documents: dict[tuple[str, str], int]
    members: dict[str, set[str]]


def known(session: Session) -> Known:
    """Read what entries may refer to."""
    day = today()
    members: dict[str, set[str]] = defaultdict(set)
    rows = (
        select(Membership.group_id, Person.email)
        .join(Person, Person.id == Membership.person_id)
        .where(in_force(Membership.starts_on, Membership.ends_on, day))
    )
    for group, email in session.execute(rows):
        members[group].add(email)
    places = session.execute(select(Document.kind, Document.slug, Document.id))
    moved = session.execute(select(Redirect.kind, Redirect.slug, Redirect.document_id))
    return Known(
        parents=dict(session.execute(select(Group.id, Group.parent_id)).all()),
        people=dict(session.execute(select(Person.email, Person.is_staff)).all()),
        documents={(kind, slug): number for kind, slug, number in [*moved, *places]},
        members=dict(members),
    )


def with_headquarters(world: World, there: Known, notes: Notes) -> World:
    """The same entries, with the unit everybody calls hq added when it is named and nowhere defined."""
    named = {group.parent for group in world.groups} | {entry.owner for entry in world.documents}
    named |= {place.group for person in world.people for place in person.groups}
    defined = {group.id for group in world.groups} | set(there.parents)
    if HEADQUARTERS not in named or HEADQUARTERS in defined:
        return world
    notes.notice("groups", "hq is named and nowhere defined, so it is made: Headquarters, a unit.")
    made = GroupEntry("groups", HEADQUARTERS, "Headquarters", "unit")
    return replace(world, groups=(made, *world.groups))


def check(world: World, there: Known, notes: Notes, settings: Settings) -> None:
    """Add to the notes everything that refers to nothing, contradicts itself or may not be shared like this."""
    _Check(world, there, notes, settings).all()


class _Check:
    def __init__(self, world: World, there: Known, notes: Notes, settings: Settings) -> None:
        self.world, self.there, self.notes, self.settings = world, there, notes, settings
        self.parents = there.parents | {group.id: group.parent for group in world.groups}
        staff = {person.email: person.staff for person in world.people}
        self.staff = there.people | {
            email: there.people.get(email, True) if said is None else said for email, said in staff.items()
        }
        self.places = set(there.documents) | {entry.place for entry in world.documents}
        self.members = self._members()
        self.above = self._above()

    def _members(self) -> dict[str, set[str]]:
        found = defaultdict(set, {group: set(emails) for group, emails in self.there.members.items()})
        for person in self.world.people:
            for place in person.groups:
                if _counts_today(place):
                    found[place.group].add(person.email)
        return found

    def all(self) -> None:
        self._once("groups", "id", ((group.path, group.id) for group in self.world.groups))
        self._once("people", "email", ((person.path, person.email) for person in self.world.people))
        self._once("documents", "slug", ((entry.path, "/".join(entry.place)) for entry in self.world.documents))
        for group in self.world.groups:
            self._group_above(group)
        for person in self.world.people:
            self._person(person)
        for entry in self.world.documents:
            self._document(entry)

    def _once(self, what: str, key: str, found: Iterator[tuple[str, str]]) -> None:
        first: dict[str, str] = {}
        for path, value in found:
            if value in first and value.strip("/"):
                self.notes.wrong(f"{path}.{key}", value, f"stands in {first[value]} too. Keep one of the {what}.")
            first.setdefault(value, path)

    def _group(self, path: str, group: str) -> bool:
        if group and group not in self.parents:
            message = f"is not a group, neither in this file nor here. {did_you_mean(group, self.parents)}".rstrip()
            self.notes.wrong(path, group, message)
            return False
        return True

    def _group_above(self, group: GroupEntry) -> None:
        if group.parent is None or not self._group(f"{group.path}.parent", group.parent):
            return
        if _is_circle(group.id, self.parents):
            self.notes.wrong(
                f"{group.path}.parent", group.parent, "stands below this group itself. Choose another one."
            )

    def _someone(self, path: str, email: str) -> bool:
        if email not in self.staff:
            message = f"is nobody, neither in this file nor here. {did_you_mean(email, self.staff)}".rstrip()
            self.notes.wrong(path, email, message)
            return False
        return True

    def _person(self, person: PersonEntry) -> None:
        for place in person.groups:
            self._group(place.path, place.group)
        if person.roles and not self.staff.get(person.email, True):
            self.notes.wrong(
                f"{person.path}.roles", person.email, "is a guest, and guests hold no roles. Leave the roles out."
            )

    def _document(self, entry: DocumentEntry) -> None:
        self._group(f"{entry.path}.owner", entry.owner)
        for author in entry.authors:
            self._someone(f"{entry.path}.author", author)
        self._other_document(entry, "parent", entry.parent)
        self._other_document(entry, "successor", entry.successor)
        if entry.parent and _is_circle(entry.place, self.above):
            self.notes.wrong(
                f"{entry.path}.parent", entry.parent, "stands below this document itself. Choose another one."
            )
        self._attachments(entry)
        self._grants(entry)
        self._sharing(entry)

    def _above(self) -> dict[tuple[str, str], tuple[str, str] | None]:
        return {one.place: place_of(one, one.parent) if one.parent else None for one in self.world.documents}

    def _other_document(self, entry: DocumentEntry, key: str, value: str | None) -> None:
        if value and place_of(entry, value) not in self.places:
            slugs = [slug for kind, slug in self.places if kind == place_of(entry, value)[0]]
            message = f"is not the address of a {entry.kind}. {did_you_mean(value, slugs)}".rstrip()
            self.notes.wrong(f"{entry.path}.{key}", value, message)

    def _attachments(self, entry: DocumentEntry) -> None:
        names: set[str] = set()
        for file in entry.attachments:
            if file.name in names:
                self.notes.wrong(f"{file.path}.name", file.name, "is there twice. Give each file its own name.")
            names.add(file.name)
        most = self.settings.max_attachments
        if len(names) > most:
            self.notes.wrong(f"{entry.path}.attachments", len(names), f"files are too many. Keep to {most}.")

    def _grants(self, entry: DocumentEntry) -> None:
        last = today() + timedelta(days=LONGEST_GRANT_DAYS)
        for grant in entry.grants:
            self._someone(f"{grant.path}.person", grant.person)
            if not today() <= grant.until <= last:
                message = "is not a day from today to a year from now. Choose one."
                self.notes.wrong(f"{grant.path}.until", grant.until, message)

    def _sharing(self, entry: DocumentEntry) -> None:
        known_labels = [self._label(f"{entry.path}.audience[{n}]", label) for n, label in enumerate(entry.audience)]
        groups = {label.removeprefix("group:") for label in entry.audience if label.startswith("group:")}
        if all(known_labels) and entry.is_held and groups and not self._keeps_owner(groups, entry.owner):
            message = (
                f"shuts out the unit that keeps it, {entry.owner}. Add group:{entry.owner}, or choose another audience."
            )
            self.notes.wrong(f"{entry.path}.audience", ", ".join(entry.audience), message)
        for problem in sharing.problems_beside_people(sharing_of(entry, entry.audience), self.settings):
            value = getattr(entry, problem.field, None)
            self.notes.wrong(f"{entry.path}.{problem.field}", value or "nothing", f"does not do. {problem}")

    def _label(self, path: str, label: str) -> bool:
        prefix, _, rest = label.partition(":")
        if prefix == "group" and rest:
            return self._group(path, rest)
        if prefix == "person" and rest:
            return self._someone(path, rest)
        if label == "service":
            return True
        examples = ["service", *(f"group:{group}" for group in self.parents)]
        hint = did_you_mean(label, examples) if len(examples) > 24 or ":" in label or label in self.parents else ""
        message = f"names no audience. {hint} Write service, group:<id> or person:<e-mail>.".replace("  ", " ")
        self.notes.wrong(path, label, message)
        return False

    def _keeps_owner(self, groups: set[str], owner: str) -> bool:
        """Whether the owner is among the groups, or everybody in it belongs to one of them anyway."""
        mine = self.members.get(owner, set())
        others: set[str] = set().union(*(self.members.get(group, set()) for group in groups))
        return owner in groups or (bool(mine) and mine <= others)


def place_of(entry: DocumentEntry, value: str) -> tuple[str, str]:
    """Kind and slug of another document that an entry names; without a kind it is one of its own."""
    kind, colon, slug = value.partition(":")
    return (kind, slug) if colon else (entry.kind, value)


def sharing_of(entry: DocumentEntry, labels: Iterable[str]) -> sharing.Sharing:
    """The sharing an entry asks for, with these labels."""
    return sharing.Sharing(
        audience=tuple(labels),
        discovery=entry.discovery,
        release_title=entry.release_title,
        share_line=entry.share_line,
        reason=entry.reason,
        until=entry.until,
        handling=entry.handling,
        released=entry.released,
    )


def _counts_today(place: MembershipEntry) -> bool:
    return (place.starts or date.min) <= today() <= (place.ends or date.max)


def _is_circle(start: Key, above: Mapping[Key, Key | None]) -> bool:
    seen: set[Key] = set()
    current: Key | None = above.get(start)
    while current is not None and current not in seen:
        if current == start:
            return True
        seen.add(current)
        current = above.get(current)
    return False
