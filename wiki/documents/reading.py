"""Finding what a reader asks for, in few queries, every one of them under the reader's rights.

These queries carry `visible_to` themselves and skip the session's net for speed; a test names the modules that may.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, case, false, func, literal, select, union_all
from sqlalchemy.orm import Session, aliased

from wiki import kinds
from wiki.access.policy import Viewer
from wiki.documents.models import (
    Document,
    DocumentTerm,
    Passage,
    PassageText,
    Redirect,
    Revision,
    Stub,
    Term,
)
from wiki.documents.visibility import of_readable_passage, stubs_for, visible_to
from wiki.markdown import LinkState, WikiLink
from wiki.people.models import Group, Person

FILTERED = {"filtered_for_the_viewer": True}


@dataclass(frozen=True, slots=True)
class Entry:
    """A document in a list, in a link or in the tree."""

    kind: str
    slug: str
    title: str
    summary: str = ""
    status: str = ""
    owner: str = ""
    updated_at: datetime | None = None
    is_held: bool = False

    @property
    def url(self) -> str:
        return f"{kinds.kind(self.kind).prefix}/{self.slug}"


@dataclass(frozen=True, slots=True)
class File:
    """An attachment in a list; `size` is in bytes."""

    name: str
    media_type: str
    size: int


def find(session: Session, viewer: Viewer | None, kind: str, slug: str) -> Document | None:
    """The document at an address, if this viewer may read it."""
    return session.scalar(
        select(Document).where(Document.kind == kind, Document.slug == slug, visible_to(viewer)).options()
    )


def find_meant(session: Session, viewer: Viewer | None, kind: str, public_id: str) -> Document | None:
    """The document of this identity, whatever its address is now, if this viewer may read it."""
    return session.scalar(
        select(Document).where(Document.kind == kind, Document.public_id == public_id, visible_to(viewer))
    )


def find_stub(session: Session, viewer: Viewer | None, kind: str, slug: str) -> Stub | None:
    """The stub at an address, if this viewer may find stubs."""
    return session.scalar(select(Stub).where(Stub.kind == kind, Stub.slug == slug, stubs_for(viewer)))


def moved_to(session: Session, viewer: Viewer | None, kind: str, slug: str) -> str | None:
    """Where the document that once had this address lives now, if this viewer may read it."""
    statement = (
        select(Document.slug)
        .join(Redirect, Redirect.document_id == Document.id)
        .where(Redirect.kind == kind, Redirect.slug == slug, visible_to(viewer))
    )
    return session.scalar(statement.execution_options(**FILTERED))


# Where links lead, by the kind and the address they name.
Targets = dict[tuple[str, str], LinkState]


def link_states(session: Session, viewer: Viewer, links: Sequence[WikiLink]) -> dict[WikiLink, LinkState]:
    """Where wiki links lead for this reader: to a text, to a stub, or nowhere yet."""
    slugs = sorted({link.slug for link in links})
    found: Targets = {}
    for row in session.execute(_targets(viewer, slugs).execution_options(**FILTERED)):
        state = state_of_target(row.kind, row.slug, row.title, is_stub=row.rank == 2)
        best = found.get((row.kind, row.asked))
        if best is None or (best.state == "stub" and state.state == "open"):
            found[(row.kind, row.asked)] = state
    return resolved(links, found)


def state_of_target(kind: str, slug: str, title: str, *, is_stub: bool) -> LinkState:
    """The state of a link to what was found for it."""
    url = f"{kinds.kind(kind).prefix}/{slug}" if kind in kinds.all_kinds() else ""
    return LinkState("stub" if is_stub else "open", url, title)


def resolved(links: Sequence[WikiLink], targets: Targets) -> dict[WikiLink, LinkState]:
    """The state of each link when this is all that there is for this reader."""
    return {link: _state_of(link, targets) for link in links}


def _targets(viewer: Viewer, slugs: list[str]) -> Select[Any]:
    direct = select(
        Document.kind, Document.slug.label("asked"), Document.slug, Document.title, literal(0).label("rank")
    ).where(Document.slug.in_(slugs), visible_to(viewer))
    old = (
        select(Document.kind, Redirect.slug.label("asked"), Document.slug, Document.title, literal(1).label("rank"))
        .join(Redirect, Redirect.document_id == Document.id)
        .where(Redirect.slug.in_(slugs), visible_to(viewer))
    )
    stubs = select(Stub.kind, Stub.slug.label("asked"), Stub.slug, Stub.title, literal(2).label("rank")).where(
        Stub.slug.in_(slugs), stubs_for(viewer)
    )
    together = union_all(direct, old, stubs).subquery()
    return select(together)


def _state_of(link: WikiLink, found: Targets) -> LinkState:
    names = [link.kind] if link.kind else list(kinds.all_kinds())
    state = next((found[name, link.slug] for name in names if (name, link.slug) in found), None)
    if state is not None:
        return state
    target = kinds.all_kinds().get(link.kind or "page")
    prefix = target.prefix if target else "/wiki"
    return LinkState("missing", f"{prefix}/new?address={link.slug}", None)


def entries(
    session: Session,
    viewer: Viewer,
    *conditions: Any,
    limit: int = 50,
    offset: int = 0,
    order: Sequence[Any] = (),
) -> list[Entry]:
    """A list of documents this viewer may read, newest first unless ordered otherwise."""
    statement = (
        select(
            Document.kind,
            Document.slug,
            Document.title,
            func.coalesce(func.nullif(Document.purpose, ""), Document.summary),
            Document.status,
            name_for(viewer),
            Document.updated_at,
            Document.discovery != "open",
        )
        .join(Group, Group.id == Document.owner_id)
        .where(visible_to(viewer), *conditions)
        .order_by(*(order or (Document.updated_at.desc(), Document.id.desc())))
        .limit(limit)
        .offset(offset)
    )
    return [Entry(*row) for row in session.execute(statement.execution_options(**FILTERED))]


def name_for(viewer: Viewer) -> Any:
    """The name of a group as this viewer may know it: a hidden one has none for those outside."""
    return case((~Group.is_hidden | Group.id.in_(sorted(viewer.groups)), Group.name), else_="")


def term_names(session: Session, vocabulary: str, slugs: Iterable[str]) -> list[tuple[str, str]]:
    """Slugs of a vocabulary with their names for people."""
    wanted = list(slugs)
    if not wanted:
        return []
    rows = session.execute(select(Term.slug, Term.name).where(Term.vocabulary == vocabulary, Term.slug.in_(wanted)))
    names = dict(rows.all())
    return [(slug, names.get(slug, slug)) for slug in wanted]


def with_term(vocabulary: str, term: str) -> Any:
    """The condition that a document carries a term."""
    return Document.id.in_(
        select(DocumentTerm.document_id).where(DocumentTerm.vocabulary == vocabulary, DocumentTerm.term == term)
    )


@dataclass(frozen=True, slots=True)
class Change:
    """A revision in the history, without its text. One that is closed changed only what the reader may not read."""

    number: int
    title: str
    note: str
    author: str | None
    author_id: str | None
    created_at: datetime
    day: date | None = None
    is_closed: bool = False


def closed_changes(session: Session, viewer: Viewer, document: Document) -> frozenset[int]:
    """The numbers of the revisions that changed nothing but passages which are held back from this viewer.

    Who changed their words, readers, reason or end, and the note, are for those who read the words. The document was
    found under the reader's rights.
    """
    before = aliased(Revision)
    held = select(PassageText.revision).join(Passage, Passage.id == PassageText.passage_id)
    held = held.where(Passage.document_id == document.id, ~of_readable_passage(viewer))
    same = (
        (before.number == Revision.number - 1)
        & (before.body == Revision.body)
        & (before.title == Revision.title)
        & (before.summary == Revision.summary)
    )
    numbers = (
        select(Revision.number)
        .join(before, (before.document_id == Revision.document_id) & same)
        .where(Revision.document_id == document.id, Revision.number.in_(held))
    )
    return frozenset(session.scalars(numbers.execution_options(**FILTERED)))


def history(
    session: Session, viewer: Viewer, document: Document, *, to: int, limit: int = 100, offset: int = 0
) -> list[Change]:
    """The revisions up to number `to`, newest first. The document was found under the reader's rights."""
    # Where authors are not named, every change is nobody's; and what was saved then stays so.
    since = Revision.number >= (document.named_since or 0)
    told = (Person.id == Revision.author_id) & (since if document.names_authors else false())
    statement = (
        select(Revision.number, Revision.title, Revision.note, Person.name, Person.public_id, Revision.created_at)
        .outerjoin(Person, told)
        .where(Revision.document_id == document.id, Revision.number <= to)
        .order_by(Revision.number.desc())
        .limit(limit)
        .offset(offset)
    )
    closed = closed_changes(session, viewer, document)
    return [_as_told(Change(*row), closed) for row in session.execute(statement)]


def _as_told(change: Change, closed: frozenset[int]) -> Change:
    if change.number not in closed:
        return change
    return replace(change, note="", author=None, author_id=None, is_closed=True)
