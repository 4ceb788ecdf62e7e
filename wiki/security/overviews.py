"""What the pages of security officers show, in few queries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from wiki.access.models import AccessGrant, Alarm, Quarantine, SpillReport
from wiki.access.policy import Viewer
from wiki.documents.models import Document
from wiki.documents.reading import Entry, name_for
from wiki.documents.visibility import visible_to
from wiki.people.models import Group, Person
from wiki.people.viewer import GLASS
from wiki.security import finding, quarantine, words

MOST = 50


@dataclass(frozen=True, slots=True)
class Paper:
    """A document as an officer may know it: by its title if they can read it, else by who keeps it and its id."""

    public_id: str
    title: str
    url: str | None
    unit: str


@dataclass(frozen=True, slots=True)
class Row:
    """Something with a person, a moment and a document or a sentence; `open` until somebody is done with it."""

    public_id: str
    name: str
    at: datetime
    words: Any = ""
    until: datetime | None = None
    paper: Paper | None = None
    is_mine: bool = False


@dataclass(frozen=True, slots=True)
class Overview:
    """All that the page of security shows."""

    alarms: list[Row]
    settled: list[Row]
    reports: list[Row]
    quarantines: list[Row]
    glass: list[Row]
    suspended: list[tuple[str, str, str]]


def everything(session: Session, viewer: Viewer) -> Overview:
    """The newest of each sort, open things first."""
    quarantines = _quarantines(session)
    reports, glass = _reports(session), _glass(session)
    papers = _papers(session, viewer, [row[0] for row in (*quarantines, *reports, *glass)])
    suspended = select(Person.public_id, Person.name, Person.email).where(~Person.is_active).order_by(Person.name)
    return Overview(
        alarms=_alarms(session, viewer, is_open=True),
        settled=_alarms(session, viewer, is_open=False),
        reports=[Row(ident, name or "", at, said, None, papers.get(about)) for about, ident, name, at, said in reports],
        quarantines=[
            Row(ident, name or "", at, said, until, papers.get(about))
            for about, ident, name, at, said, until in quarantines
        ],
        glass=[
            Row(ident, name or "", at, said, until, papers.get(about)) for about, ident, name, at, said, until in glass
        ],
        suspended=[(public_id, name, email) for public_id, name, email in session.execute(suspended.limit(MOST))],
    )


def _alarms(session: Session, viewer: Viewer, *, is_open: bool) -> list[Row]:
    done = Alarm.settled_at.is_(None) if is_open else Alarm.settled_at.is_not(None)
    statement = (
        select(Alarm, Person.name)
        .outerjoin(Person, Person.id == Alarm.person_id)
        .where(done)
        .order_by(Alarm.raised_at.desc(), Alarm.id.desc())
        .limit(MOST)
    )
    return [
        Row(
            alarm.public_id,
            name or "",
            alarm.raised_at,
            (words.alarm(alarm.code), words.counts(alarm.details), alarm.words),
            alarm.settled_at,
            is_mine=alarm.person_id == viewer.person,
        )
        for alarm, name in session.execute(statement)
    ]


def _quarantines(session: Session) -> list[Any]:
    statement = (
        select(
            Quarantine.document_id,
            Quarantine.public_id,
            Person.name,
            Quarantine.set_at,
            Quarantine.why,
            Quarantine.lifted_at,
        )
        .outerjoin(Person, Person.id == Quarantine.set_by_id)
        .order_by(Quarantine.lifted_at.is_not(None), Quarantine.set_at.desc())
    )
    return list(session.execute(statement.limit(MOST)))


def _reports(session: Session) -> list[Any]:
    statement = (
        select(SpillReport.document_id, SpillReport.public_id, Person.name, SpillReport.at, SpillReport.words)
        .outerjoin(Person, Person.id == SpillReport.person_id)
        .where(SpillReport.settled_at.is_(None))
        .order_by(SpillReport.at)
    )
    return list(session.execute(statement.limit(MOST)))


def _glass(session: Session) -> list[Any]:
    statement = (
        select(
            AccessGrant.document,
            AccessGrant.public_id,
            Person.name,
            AccessGrant.given_at,
            AccessGrant.why,
            AccessGrant.until,
        )
        .outerjoin(Person, Person.id == AccessGrant.person_id)
        .where(AccessGrant.sort == GLASS)
        .order_by(AccessGrant.given_at.desc(), AccessGrant.id)
    )
    rows = session.execute(statement.limit(MOST)).all()
    passages = finding.around(session, [row[0] for row in rows])
    # Glass that opened passages, too, was broken once.
    once = {(row.name, row.given_at): (passages.get(row[0], row[0]), *row[1:]) for row in reversed(rows)}
    return list(reversed(once.values()))


def _papers(session: Session, viewer: Viewer, keys: Iterable[int | str]) -> dict[int | str, Paper]:
    """Documents by whatever they are known by: their number in the database, or their public id."""
    wanted = set(keys)
    known = finding.identities(session, wanted)
    ids = sorted(identity.public_id for identity in known.values())
    seen = select(Document.public_id, Document.kind, Document.slug, Document.title).where(
        Document.public_id.in_(ids), visible_to(viewer)
    )
    entries = {public_id: Entry(kind, slug, title) for public_id, kind, slug, title in session.execute(seen)}
    owners = sorted({identity.owner for identity in known.values()})
    units: dict[str, str] = dict(session.execute(select(Group.id, name_for(viewer)).where(Group.id.in_(owners))).all())
    found: dict[int | str, Paper] = {}
    for number, identity in known.items():
        entry = entries.get(identity.public_id)
        paper = Paper(
            identity.public_id,
            entry.title if entry else "",
            entry.url if entry else None,
            units.get(identity.owner, ""),
        )
        found[number] = found[identity.public_id] = paper
    return found


@dataclass(frozen=True, slots=True)
class Traces:
    """Who had to do with a spill."""

    readers: list[quarantine.Trace]
    writers: list[quarantine.Trace]
    commenters: list[quarantine.Trace]


def traces(session: Session, document: Document, before: datetime) -> Traces:
    """Who read it as far as that is known, who wrote in it, and who commented on it."""
    return Traces(
        readers=quarantine.readers(session, document, before),
        writers=quarantine.writers(session, document),
        commenters=quarantine.commenters(session, document),
    )
