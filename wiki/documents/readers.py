"""Who can read something and why: the people behind its labels, as far as whoever asks may know of them.

Names are told to those who keep a document. Nobody is told who belongs to a closed group, or who wrote a text that
names no authors: a circle of such people has no names and no number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import IntEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, case, cast, func, literal, null, or_, select, union_all
from sqlalchemy.orm import Session

from wiki import db
from wiki.access.models import AccessGrant
from wiki.access.policy import QUARANTINE, SERVICE, Role, Viewer
from wiki.documents.leave import Sort
from wiki.documents.models import OPENED, Document, Passage
from wiki.documents.sharing import reach, told_labels
from wiki.people import finding
from wiki.people.acting import acting_people, holders
from wiki.people.directory import visible_groups
from wiki.people.models import Group, Membership, Person
from wiki.people.viewer import in_force, in_office, today

PAGE = 60
# The list in a form has no second page.
MOST_BEFORE_SAVING = 200


class Why(IntEnum):
    """Why somebody can read, in the order in which it is told."""

    SERVICE = 0
    GROUP = 1
    NAMED = 2
    WROTE = 3
    ACTS = 4
    LEAVE = 5
    SECURITY = 6
    CLOSED = 7


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who can read: their posts, and the last day of their leave where that is why."""

    public_id: str
    name: str
    is_staff: bool
    posts: tuple[str, ...]
    last_day: date | None
    broke_glass: bool = False


@dataclass(frozen=True, slots=True)
class Circle:
    """People who can read for one reason. `number` is None where it is not told; `readers` are those of this page."""

    why: Why
    label: str
    name: str = ""
    number: int | None = None
    posts: int = 0
    readers: tuple[Reader, ...] = ()


@dataclass(frozen=True, slots=True)
class Circles:
    """All who can read, a page at a time."""

    circles: tuple[Circle, ...]
    more: bool


class Asked(NamedTuple):
    """What is asked about: the labels that may be told of, and which of them were chosen by name."""

    labels: frozenset[str]
    chosen: frozenset[str]
    # Only those whose keys meet these labels as well; None for no such condition.
    within: frozenset[str] | None = None


def of_document(
    document: Document, viewer: Viewer, audience: Iterable[str] | None = None, status: str | None = None
) -> Asked:
    """What may be told of the readers of a document, for the audience it has or for another one."""
    chosen = frozenset(document.audience if audience is None else audience)
    if document.quarantined_at is not None:
        return Asked(frozenset({QUARANTINE}), chosen)
    return Asked(told_labels(document, viewer, chosen, status), chosen)


def of_passage(document: Document, passage: Passage, viewer: Viewer) -> Asked:
    """What may be told of the readers of a held passage: they have to be able to read its document, too."""
    chosen = frozenset(passage.audience)
    labels = frozenset(row.label for row in passage.labels) - {OPENED}
    if not document.names_authors:
        own = chosen | {f"person:{viewer.public_id}"}
        labels = frozenset(label for label in labels if not label.startswith("person:") or label in own)
    return Asked(labels, chosen, of_document(document, viewer).labels)


def known(session: Session, viewer: Viewer, labels: Iterable[str]) -> frozenset[str]:
    """These labels without closed groups: beside a list of names, a total would tell how many belong to one."""
    asked = frozenset(labels)
    names = _known_groups(session, viewer, asked)
    return frozenset(
        label for label in asked if not label.startswith(("group:", "lead:")) or label.partition(":")[2] in names
    )


def circles(session: Session, viewer: Viewer, asked: Asked, *, offset: int = 0, limit: int = PAGE) -> Circles:
    """The people behind these labels, by why they can read, as far as this viewer may know."""
    named = _known_groups(session, viewer, asked.labels)
    parts = [part for part in _parts(session, asked, named) if part is not None]
    rows: Sequence[Any] = ()
    numbers: dict[str, int] = {}
    if parts:
        people = union_all(*parts).subquery()
        place = (people.c.why, people.c.label, people.c.name, people.c.id)
        rows = session.execute(select(people).order_by(*place).limit(limit + 1).offset(offset)).all()
        counted = select(people.c.label, func.count()).group_by(people.c.label)
        numbers = dict(session.execute(counted).all())
    made = _made(session, viewer, asked, named, numbers, rows[:limit])
    return Circles(tuple(sorted(made, key=lambda one: (one.why, one.name, one.label))), len(rows) > limit)


def _known_groups(session: Session, viewer: Viewer, labels: Iterable[str]) -> dict[str, str]:
    """The names of the groups in these labels that the viewer may know of, by id."""
    ids = {label.partition(":")[2] for label in labels if label.startswith(("group:", "lead:"))}
    if not ids:
        return {}
    known = select(Group.id, Group.name).where(Group.id.in_(sorted(ids)), visible_groups(viewer))
    return dict(session.execute(known).all())


def _made(
    session: Session,
    viewer: Viewer,
    asked: Asked,
    named: dict[str, str],
    numbers: dict[str, int],
    rows: Sequence[Any],
) -> list[Circle]:
    posts = _posts(session, viewer, [row.id for row in rows])
    readers: dict[str, list[Reader]] = {}
    for row in rows:
        last = (row.until - timedelta(microseconds=1)).date() if row.until else None
        readers.setdefault(row.label, []).append(
            Reader(row.public_id, row.name, row.is_staff, tuple(posts.get(row.id, ())), last, bool(row.glass))
        )
    made = [_whole_service(session, asked)] if SERVICE in asked.labels else []
    for label in sorted(asked.labels - {SERVICE}):
        kind, _, rest = label.partition(":")
        if kind in ("group", "lead") and rest not in named:
            continue
        if numbers.get(label) or kind == "group":
            why = _why(label, asked)
            made.append(
                Circle(why, label, named.get(rest, ""), numbers.get(label, 0), readers=tuple(readers.get(label, ())))
            )
    if any(label.partition(":")[2] not in named for label in asked.labels if label.startswith(("group:", "lead:"))):
        # How many closed groups there are is not told either.
        made.append(Circle(Why.CLOSED, ""))
    return _joined(made)


def _whole_service(session: Session, asked: Asked) -> Circle:
    number = reach(session, {SERVICE})
    return Circle(Why.SERVICE, SERVICE, number=number.people, posts=number.posts)


def _joined(made: list[Circle]) -> list[Circle]:
    """One circle for all who are named, and one for all who wrote it: each has a label of their own."""
    found: dict[object, Circle] = {}
    for one in made:
        key = one.why if one.why in (Why.NAMED, Why.WROTE) else one.label or one.why
        before = found.get(key)
        if before is None:
            found[key] = one
            continue
        both = sorted(before.readers + one.readers, key=lambda reader: (reader.name, reader.public_id))
        found[key] = Circle(one.why, before.label, "", (before.number or 0) + (one.number or 0), readers=tuple(both))
    return list(found.values())


def _why(label: str, asked: Asked) -> Why:
    kind = label.partition(":")[0]
    if kind == "person":
        return Why.NAMED if label in asked.chosen else Why.WROTE
    return {"group": Why.GROUP, "lead": Why.ACTS, "doc": Why.LEAVE, QUARANTINE: Why.SECURITY}[kind]


def _parts(session: Session, asked: Asked, named: dict[str, str]) -> list[Select[Any] | None]:
    inside: list[ColumnElement[bool]] = []
    if asked.within is not None:
        inside.append(Person.id.in_(meeting(asked.within)))
    groups = [group for group in _after("group:", asked.labels) if group in named]
    # Whoever acts for the unit reads its document anyway.
    acting = [group for group in _after("lead:", asked.labels) if group in named]
    security = holders(session, Role.SECURITY_OFFICER) if QUARANTINE in asked.labels else set()
    return [
        _in_groups(groups, inside),
        _by_name(_after("person:", asked.labels & asked.chosen), Why.NAMED, inside),
        _by_name(_after("person:", asked.labels - asked.chosen), Why.WROTE, inside),
        *(_these(acting_people(session, group), f"lead:{group}", Why.ACTS, []) for group in acting),
        _with_leave(_after("doc:", asked.labels), inside),
        _these(security, QUARANTINE, Why.SECURITY, inside),
    ]


def _after(start: str, labels: frozenset[str]) -> list[str]:
    """What follows in the labels that start like this."""
    return sorted(label.removeprefix(start) for label in labels if label.startswith(start))


def _person(why: Why, label: Any, until: Any = None, glass: Any = None) -> Select[Any]:
    return select(
        literal(int(why)).label("why"),
        label.label("label"),
        Person.id.label("id"),
        Person.public_id.label("public_id"),
        Person.name.label("name"),
        Person.is_staff.label("is_staff"),
        (cast(null(), db.Moment) if until is None else until).label("until"),
        (literal(0) if glass is None else glass).label("glass"),
    ).where(Person.is_active)


def _in_groups(groups: list[str], inside: list[ColumnElement[bool]]) -> Select[Any] | None:
    if not groups:
        return None
    dated = in_force(Membership.starts_on, Membership.ends_on, today())
    found = _person(Why.GROUP, literal("group:") + Membership.group_id)
    return (
        found.join(Membership, Membership.person_id == Person.id)
        .where(Membership.group_id.in_(sorted(groups)), dated, *inside)
        .distinct()
    )


def _by_name(people: list[str], why: Why, inside: list[ColumnElement[bool]]) -> Select[Any] | None:
    if not people:
        return None
    return _person(why, literal("person:") + Person.public_id).where(Person.public_id.in_(sorted(people)), *inside)


def _these(people: set[int], label: str, why: Why, inside: list[ColumnElement[bool]]) -> Select[Any] | None:
    return _person(why, literal(label)).where(Person.id.in_(sorted(people)), *inside) if people else None


def _with_leave(documents: list[str], inside: list[ColumnElement[bool]]) -> Select[Any] | None:
    if not documents:
        return None
    glass = func.max(case((AccessGrant.sort == Sort.GLASS, 1), else_=0))
    return (
        _person(Why.LEAVE, literal("doc:") + AccessGrant.document, func.max(AccessGrant.until), glass)
        .join(AccessGrant, AccessGrant.person_id == Person.id)
        .outerjoin(Membership, Membership.id == AccessGrant.membership_id)
        .where(*_leave_in_force(documents), *inside)
        .group_by(AccessGrant.document, Person.id, Person.public_id, Person.name, Person.is_staff)
    )


def _leave_in_force(documents: list[str]) -> tuple[ColumnElement[bool], ...]:
    return (
        AccessGrant.document.in_(sorted(documents)),
        AccessGrant.until > db.now(),
        AccessGrant.withdrawn_at.is_(None),
        in_office(AccessGrant, today()),
        or_(
            AccessGrant.membership_id.is_(None),
            in_force(Membership.starts_on, Membership.ends_on, today()),
        ),
    )


def meeting(labels: frozenset[str]) -> Select[Any]:
    """The ids of the active people whose keys meet these labels, but for those who act for a group without a lead."""
    dated = in_force(Membership.starts_on, Membership.ends_on, today())
    groups, leads = _after("group:", labels), _after("lead:", labels)
    members = select(Membership.person_id).where(
        dated, or_(Membership.group_id.in_(groups), and_(Membership.group_id.in_(leads), Membership.rank == "lead"))
    )
    leave = (
        select(AccessGrant.person_id)
        .outerjoin(Membership, Membership.id == AccessGrant.membership_id)
        .where(*_leave_in_force(_after("doc:", labels)))
    )
    who: list[ColumnElement[bool]] = [
        Person.public_id.in_(_after("person:", labels)),
        Person.id.in_(members),
        Person.id.in_(leave),
    ]
    if SERVICE in labels:
        who.append(Person.is_staff.is_(True))
    return select(Person.id).where(Person.is_active, or_(*who))


def _posts(session: Session, viewer: Viewer, people: list[int]) -> dict[int, list[str]]:
    if not people:
        return {}
    found = session.scalars(select(Person).where(Person.id.in_(people))).all()
    posts = finding.posts_of(session, viewer, found)
    return {person: [group.name for group in groups] for person, groups in posts.items()}
