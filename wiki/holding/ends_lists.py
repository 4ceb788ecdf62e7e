"""What is held back: for those who keep it, and what waits for a steward, who need not be able to read it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, literal, null, or_, select
from sqlalchemy.orm import Session

from wiki import db, kinds
from wiki.access.policy import LIVE, Viewer
from wiki.documents import holds, passages_standing
from wiki.documents.models import Discovery, Document, DocumentAuthor, Passage, PassageLabel, PassageText
from wiki.documents.reading import FILTERED, name_for
from wiki.documents.sharing import REASONS, AtTheEnd, reason_in_words
from wiki.documents.visibility import visible_to
from wiki.holding import ends
from wiki.holding.ends import EVERY
from wiki.holding.models import StewardQuestion
from wiki.people.models import Group
from wiki.people.viewer import today

MOST = 300


@dataclass(frozen=True, slots=True)
class Row:
    """A document or passage that is held back, as those who keep it see it."""

    target: str
    kind: str
    slug: str
    title: str
    owner: str
    reason: str | None
    until: date | None
    at_time: str | None
    review_since: datetime | None
    stopped: str
    renewals: int
    discovery: str
    hidden_until: date | None
    hidden_asked_at: datetime | None
    is_passage: bool
    # A steward let it open at its end, whatever its reason is.
    let_open: bool

    @property
    def url(self) -> str:
        return f"{kinds.kind(self.kind).prefix}/{self.slug}"

    @property
    def why(self) -> str:
        return reason_in_words(self.reason)

    @property
    def opens(self) -> bool:
        """Whether it opens by itself at its end."""
        found = REASONS.get(self.reason or "")
        return not self.stopped and (self.let_open or (found is not None and found.at_the_end is AtTheEnd.OPENS))

    @property
    def opens_soon(self) -> bool:
        near = self.until is not None and self.until <= today() + timedelta(days=holds.ANNOUNCED)
        return near and self.opens and self.review_since is None

    @property
    def is_hidden(self) -> bool:
        return self.discovery == Discovery.HIDDEN

    @property
    def can_be_renewed(self) -> bool:
        """Whether its keepers may hold it back anew without a steward."""
        return self.renewals < holds.OWN_RENEWALS


def kept_by(session: Session, viewer: Viewer) -> list[Row]:
    """Everything held back that this viewer keeps and may act on today, the nearest end first."""
    mine = or_(
        Document.owner_id.in_(sorted(viewer.leads)),
        Document.id.in_(select(DocumentAuthor.document_id).where(DocumentAuthor.person_id == viewer.person)),
    )
    there = (Document.status.in_(LIVE), Document.quarantined_at.is_(None), visible_to(viewer))
    rows = [Row(*row) for row in session.execute(_documents(viewer, mine, *there))]
    rows += [Row(*row) for row in session.execute(_passages(viewer, mine, *there))]
    return sorted(rows, key=lambda row: (row.until or date.max, row.title.casefold(), row.target))


def _documents(viewer: Viewer, *conditions: ColumnElement[bool]) -> Any:
    columns = (Document.public_id, Document.kind, Document.slug, Document.title, name_for(viewer), Document.reason,
               Document.held_until, Document.held_time, Document.review_since, Document.stopped_because,
               Document.renewals, Document.discovery, Document.hidden_until, Document.hidden_asked_at,
               literal(False), ends.let_open(Document.public_id, Document.held_until))  # fmt: skip
    return (
        select(*columns)
        .join(Group, Group.id == Document.owner_id)
        .where(Document.discovery != Discovery.OPEN, *conditions)
        .order_by(Document.held_until)
        .limit(MOST)
    )


def _passages(viewer: Viewer, mine: ColumnElement[bool], *conditions: ColumnElement[bool]) -> Any:
    columns = (Passage.public_id, Document.kind, Document.slug, Document.title, name_for(viewer), Passage.reason,
               Passage.held_until, null(), Passage.review_since, Passage.stopped_because, Passage.renewals,
               literal(Discovery.STUB.value), null(), null(), literal(True),
               ends.let_open(Passage.public_id, Passage.held_until))  # fmt: skip
    return (
        select(*columns)
        .join(Document, Document.id == Passage.document_id)
        .join(Group, Group.id == Document.owner_id)
        .where(Passage.opened_at.is_(None), or_(and_(mine, _is_shared_with(viewer)), _is_all_of(viewer)), *conditions)
        .where(passages_standing.stands(also_working=True))
        .order_by(Passage.held_until)
        .limit(MOST)
    )


def _is_shared_with(viewer: Viewer) -> ColumnElement[bool]:
    """The condition that a passage is shared with this viewer: those of its keepers decide with whom it is."""
    return exists().where(PassageLabel.passage_id == Passage.id, PassageLabel.label.in_(sorted(viewer.keys)))


def _is_all_of(viewer: Viewer) -> ColumnElement[bool]:
    """The condition that this viewer wrapped a passage and wrote all its words, as in `passages.may_manage`."""
    # The table, not the class: words that its writer may not read count, too.
    text = PassageText.__table__.c
    of_others = or_(text.author_id.is_(None), text.author_id != viewer.person)
    return and_(Passage.created_by_id == viewer.person, ~exists().where(text.passage_id == Passage.id, of_others))


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits for a steward: what may be told of it to somebody who cannot read it."""

    target: str
    owner: str
    reason: str | None
    until: date | None
    since: datetime | None
    title: str = ""

    @property
    def why(self) -> str:
        return reason_in_words(self.reason)


@dataclass(frozen=True, slots=True)
class Queues:
    """What waits for the stewards."""

    hidden: Sequence[Waiting] = field(default_factory=tuple)
    renewals: Sequence[Waiting] = field(default_factory=tuple)
    reviews: Sequence[Waiting] = field(default_factory=tuple)

    def __len__(self) -> int:
        return len(self.hidden) + len(self.renewals) + len(self.reviews)


def queues(session: Session, viewer: Viewer) -> Queues:
    """The three queues of a steward, the longest waiting first. Nothing in them is a title that was not released."""
    return Queues(_hidden(session, viewer), _renewals(session, viewer), _overdue(session, viewer))


_LIVE = (Document.status.in_(LIVE), Document.quarantined_at.is_(None))


def to_approve() -> tuple[ColumnElement[bool], ...]:
    """The condition that a document is hidden, or to be, or longer, and waits for a second person."""
    return (Document.discovery != Discovery.OPEN, Document.hidden_asked_at.is_not(None), *_LIVE)


def _waiting(session: Session, statement: Any) -> list[Waiting]:
    # Roles give no readership: these statements look past the steward's keys and name the columns they may tell.
    return [Waiting(*row) for row in session.execute(statement.limit(MOST).execution_options(**FILTERED))]


def _hidden(session: Session, viewer: Viewer) -> list[Waiting]:
    since = Document.hidden_asked_at
    columns = (
        Document.public_id,
        name_for(viewer),
        Document.reason,
        Document.held_until,
        since,
        Document.release_title,
    )
    statement = select(*columns).join(Group, Group.id == Document.owner_id).where(*to_approve()).order_by(since)
    return _waiting(session, statement)


def _renewals(session: Session, viewer: Viewer) -> list[Waiting]:
    asked = StewardQuestion
    statement = (
        select(
            asked.public_id,
            name_for(viewer),
            func.coalesce(Passage.reason, Document.reason),
            asked.until,
            asked.asked_at,
            Document.release_title,
        )
        .join(Document, Document.id == asked.document_id)
        .join(Group, Group.id == Document.owner_id)
        .outerjoin(Passage, Passage.public_id == asked.target)
        .where(asked.answered_at.is_(None), asked.sort == "renewal", *_LIVE)
        .where(or_(Passage.id.is_(None), passages_standing.stands(also_working=True)))
        .order_by(asked.asked_at)
    )
    return _waiting(session, statement)


def _late() -> datetime:
    return db.now().astimezone(UTC) - EVERY


def overdue_documents() -> tuple[ColumnElement[bool], ...]:
    """The condition that its keepers have not looked at a document for a month after its end."""
    return (Document.review_since <= _late(), Document.discovery != Discovery.OPEN, *_LIVE)


def overdue_passages() -> tuple[ColumnElement[bool], ...]:
    """The same of a passage, together with its document."""
    stands = passages_standing.stands(also_working=True)
    return (Passage.review_since <= _late(), Passage.opened_at.is_(None), stands, *_LIVE)


def _overdue(session: Session, viewer: Viewer) -> list[Waiting]:
    of_documents = (
        select(Document.public_id, name_for(viewer), Document.reason, Document.held_until, Document.review_since)
        .add_columns(Document.release_title)
        .join(Group, Group.id == Document.owner_id)
        .where(*overdue_documents())
    )
    of_passages = (
        select(Passage.public_id, name_for(viewer), Passage.reason, Passage.held_until, Passage.review_since)
        .add_columns(Document.release_title)
        .join(Document, Document.id == Passage.document_id)
        .join(Group, Group.id == Document.owner_id)
        .where(*overdue_passages())
    )
    found = _waiting(session, of_documents) + _waiting(session, of_passages)
    return sorted(found, key=lambda one: one.since or _late())
