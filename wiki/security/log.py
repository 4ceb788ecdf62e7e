"""The log as its readers see it: rows found by filters, and told in words under the reader's own rights.

A title is there only where the reader of the log may read the document by keys of their own, and its release title
where they find its notice: the log opens nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from wiki import kinds
from wiki.access.models import AuditEvent
from wiki.access.policy import SERVICE, Viewer
from wiki.documents import reading
from wiki.documents.models import Document, DocumentAuthor, Passage, Stub
from wiki.documents.opened import OPENED
from wiki.documents.texts import slug_of
from wiki.documents.visibility import stubs_for, visible_to
from wiki.people.models import Group, Person, folded
from wiki.security import unnamed, words

PAGE = 50
# How others come to see what is held back: what its keepers are told of.
OPENINGS = (OPENED, "glass:break", "document:view-as")
MOST_NAMESAKES = 50
# Details that hold the number of a person.
_PEOPLE = ("person", "added", "removed")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for in the log; what is empty does not matter."""

    what: str = ""
    person: str = ""
    about: str = ""
    unit: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the log in words. `subject` is what it is about, `url` where that is, if the reader may go there."""

    id: int
    at: datetime
    code: str
    what: Any
    who: str
    subject: str
    url: str | None
    unit: str
    details: tuple[tuple[Any, str], ...] = field(default=())


def found(session: Session, viewer: Viewer, wanted: Wanted) -> Select[Any]:
    """The rows that are looked for, newest first."""
    statement = select(AuditEvent).order_by(AuditEvent.id.desc())
    if wanted.what:
        statement = statement.where(AuditEvent.what == wanted.what)
    if wanted.person:
        people = _people(session, wanted.person)
        did = and_(AuditEvent.actor_id.in_(people), ~unnamed.by_the_unnamed())
        statement = statement.where(or_(did, AuditEvent.about.in_(sorted(set(people.values())))))
    if wanted.about:
        statement = statement.where(AuditEvent.about == _meant(session, viewer, wanted.about))
    if wanted.unit:
        statement = statement.where(or_(AuditEvent.owner == wanted.unit, AuditEvent.about == wanted.unit))
    return dated(statement, wanted.since, wanted.until)


def dated(statement: Select[Any], since: date | None, until: date | None) -> Select[Any]:
    """The rows from one day to another, both included, by the clock of UTC."""
    if since:
        statement = statement.where(AuditEvent.at >= datetime.combine(since, time(), UTC))
    if until:
        statement = statement.where(AuditEvent.at < datetime.combine(until + timedelta(days=1), time(), UTC))
    return statement


def _people(session: Session, typed: str) -> dict[int, str]:
    """The people meant by an address, a public id or a part of a name."""
    word = typed.strip()
    named = Person.sought.contains(folded(word), autoescape=True)
    who = or_(Person.email == word.casefold(), Person.public_id == word.lower(), named)
    rows = session.execute(select(Person.id, Person.public_id).where(who).order_by(Person.id).limit(MOST_NAMESAKES))
    return dict(rows.all())


def _meant(session: Session, viewer: Viewer, typed: str) -> str:
    """The public id meant: as typed, or that of the document at an address which the reader may read."""
    word = typed.strip()
    for kind in kinds.all_kinds().values():
        at = word.find(f"{kind.prefix}/")
        if at >= 0:
            slug = slug_of(word[at:].removeprefix(f"{kind.prefix}/").split("/")[0])
            document = reading.find(session, viewer, kind.name, slug)
            return document.public_id if document else ""
    return word.lower()


def of_my_own(viewer: Viewer) -> Select[Any]:
    """What somebody did, and what was done to their account, memberships and roles."""
    mine = or_(AuditEvent.actor_id == viewer.person, AuditEvent.about == viewer.public_id)
    return select(AuditEvent).where(mine).order_by(AuditEvent.id.desc())


def of_what_i_keep(viewer: Viewer) -> Select[Any]:
    """Who else opened what is held back and belongs to a group that somebody acts for, or was written by them.

    It tells only of what they can read themselves: what was shut away from them is not there.
    """
    written = select(DocumentAuthor.document_id).where(DocumentAuthor.person_id == viewer.person)
    kept = or_(Document.owner_id.in_(sorted(viewer.leads)), Document.id.in_(written))
    mine = select(Document.public_id).where(kept, visible_to(viewer))
    others = or_(AuditEvent.actor_id.is_(None), AuditEvent.actor_id != viewer.person)
    rows = and_(AuditEvent.what.in_(OPENINGS), AuditEvent.about.in_(mine), others)
    return select(AuditEvent).where(rows).order_by(AuditEvent.id.desc())


def told(session: Session, viewer: Viewer, events: Sequence[AuditEvent]) -> list[Line]:
    """Rows of the log in words; as many questions to the database for one row as for fifty."""
    names = _Names.of(session, viewer, events)
    return [names.line(event) for event in events]


def _papers(session: Session, viewer: Viewer, wanted: Sequence[str]) -> dict[str, tuple[str, str]]:
    """The titles and addresses of papers and passages, by public id, as this viewer may know them."""
    documents = session.execute(
        select(Document.public_id, Document.title, Document.kind, Document.slug).where(
            Document.public_id.in_(wanted), visible_to(viewer)
        )
    )
    # Its release title, where they cannot read it and find its notice.
    notices = session.execute(
        select(Stub.public_id, Stub.title, Stub.kind, Stub.slug).where(Stub.public_id.in_(wanted), stubs_for(viewer))
    )
    passages = session.execute(
        select(Passage.public_id, Document.title, Document.kind, Document.slug)
        .join(Document, Document.id == Passage.document_id)
        .where(Passage.public_id.in_(wanted), visible_to(viewer))
    )
    return {
        public_id: (title, reading.Entry(kind, slug, title).url)
        for public_id, title, kind, slug in (*notices, *passages, *documents)
    }


@dataclass(frozen=True, slots=True)
class _Names:
    """What the ids in some rows are called, as this viewer may know it."""

    actors: dict[int, str]
    people: dict[str, str]
    documents: dict[str, tuple[str, str]]
    groups: dict[str, str]
    unnamed: unnamed.Unnamed
    numbers: dict[str, int]
    reader: int

    @classmethod
    def of(cls, session: Session, viewer: Viewer, events: Sequence[AuditEvent]) -> _Names:
        numbers = {event.actor_id for event in events if event.actor_id is not None}
        ids = {word for event in events for word in (event.about, event.owner) if word}
        for value in (value for event in events for value in _values(event.details)):
            if isinstance(value, str):
                ids.add(value.partition(":")[2] or value)
            elif isinstance(value, int) and not isinstance(value, bool):
                numbers.add(value)
        wanted = sorted(ids)
        people = session.execute(
            select(Person.id, Person.public_id, Person.name).where(
                or_(Person.id.in_(sorted(numbers)), Person.public_id.in_(wanted))
            )
        ).all()
        groups = session.execute(select(Group.id, reading.name_for(viewer)).where(Group.id.in_(wanted)))
        return cls(
            actors={number: name for number, _public_id, name in people},
            people={public_id: name for _number, public_id, name in people},
            documents=_papers(session, viewer, wanted),
            groups={group: name or _("a closed group") for group, name in groups},
            unnamed=unnamed.writers(session, sorted({each for event in events for each in unnamed.papers(event)})),
            numbers={public_id: number for number, public_id, _name in people},
            reader=viewer.person,
        )

    def line(self, event: AuditEvent) -> Line:
        subject, url = self._subject(event)
        return Line(
            id=event.id,
            at=event.at,
            code=event.what,
            what=words.event(event.what),
            who=self._who(event),
            subject=subject,
            url=url,
            unit=self.groups.get(event.owner, ""),
            details=tuple(self._details(event)),
        )

    def _who(self, event: AuditEvent) -> str:
        if event.actor_id is None:
            return _("The system")
        if self._is_hidden(event, event.actor_id):
            return _("an author, not named")
        return self.actors.get(event.actor_id, _("Somebody who left"))

    def _is_hidden(self, event: AuditEvent, person: int | None) -> bool:
        """Whether this reader is not told this name here. Their own they know."""
        return person != self.reader and unnamed.is_hidden(self.unnamed, event, person)

    def _subject(self, event: AuditEvent) -> tuple[str, str | None]:
        about = event.about
        if about in self.documents:
            return self.documents[about]
        if event.owner:
            unit = self.groups.get(event.owner, _("a closed group"))
            return _("a paper of %(unit)s (%(id)s)", unit=unit, id=about), None
        return self.people.get(about) or self.groups.get(about) or about, None

    def _details(self, event: AuditEvent) -> Iterable[tuple[Any, str]]:
        for name, value in sorted(event.details.items()):
            if value not in (None, "", []):
                values = value if isinstance(value, list) else [value]
                yield words.DETAILS.get(name, name), ", ".join(self._word(event, name, each) for each in values)

    def _word(self, event: AuditEvent, name: str, value: Any) -> str:
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(value, int):
            if name in _PEOPLE and self._is_hidden(event, value):
                return _("an author, not named")
            return self.actors.get(value, str(value)) if name == "person" else str(value)
        if value == SERVICE:
            return _("the whole service")
        rest = str(value).partition(":")[2] or str(value)
        if self._is_hidden(event, self.numbers.get(rest)):
            return _("an author, not named")
        return self.people.get(rest) or self.groups.get(rest) or words.value(name, str(value))


def _values(details: dict[str, Any]) -> Iterable[Any]:
    for value in details.values():
        yield from value if isinstance(value, list) else [value]
