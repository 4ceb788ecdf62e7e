"""Finding what a reader asks for, in few queries, every one of them under the reader's rights.

These queries carry `visible_to` themselves and skip the session's net for speed; a test names the modules that may.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Integer, Select, String, case, cast, func, literal, null, select, union_all
from sqlalchemy.orm import Session, aliased

from wiki import kinds
from wiki.access.policy import LIVE, Item, Viewer
from wiki.documents.models import (
    Attachment,
    Document,
    DocumentAuthor,
    DocumentLabel,
    DocumentTerm,
    Link,
    Redirect,
    Revision,
    Stub,
    Term,
)
from wiki.documents.visibility import stubs_for, visible_to
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


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around a text: people, terms, files, and the documents above, below and linking here."""

    labels: frozenset[str]
    authors: tuple[tuple[str, str], ...]
    terms: Mapping[str, tuple[tuple[str, str], ...]]
    files: tuple[File, ...]
    children: tuple[Entry, ...]
    backlinks: tuple[Entry, ...]
    parent: Entry | None
    names: Mapping[str, str] = field(default_factory=dict)


def find(session: Session, viewer: Viewer | None, kind: str, slug: str) -> Document | None:
    """The document at an address, if this viewer may read it."""
    return session.scalar(
        select(Document).where(Document.kind == kind, Document.slug == slug, visible_to(viewer)).options()
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


def shown_revision(session: Session, document: Document, *options: Any) -> Revision:
    """The revision readers get: the published one, or the newest of a draft."""
    number = document.published if document.published is not None else document.working
    return session.scalars(
        select(Revision).where(Revision.document_id == document.id, Revision.number == number).options(*options)
    ).one()


def around(session: Session, viewer: Viewer, document_id: int, parent_id: int | None) -> Around:
    """Everything around a text, in one query."""
    rows = session.execute(_around(viewer, document_id, parent_id).execution_options(**FILTERED)).all()
    by_what: dict[str, list[Any]] = {}
    for row in rows:
        by_what.setdefault(row.what, []).append(row)
    terms: dict[str, list[tuple[str, str]]] = {}
    for row in by_what.get("term", []):
        terms.setdefault(row.a, []).append((row.b, row.c or row.b))
    parents = [_entry(row) for row in by_what.get("parent", [])]
    return Around(
        labels=frozenset(row.a for row in by_what.get("label", [])),
        authors=tuple((row.a, row.b) for row in by_what.get("author", [])),
        terms={name: tuple(sorted(words, key=lambda word: word[1])) for name, words in terms.items()},
        files=tuple(sorted((File(r.a, r.b, r.n) for r in by_what.get("file", [])), key=lambda file: file.name)),
        children=_sorted(by_what.get("child", [])),
        backlinks=_sorted(by_what.get("backlink", [])),
        parent=parents[0] if parents else None,
        names={row.a: row.b for row in by_what.get("group", [])},
    )


def _sorted(rows: Iterable[Any]) -> tuple[Entry, ...]:
    return tuple(sorted((_entry(row) for row in rows), key=lambda entry: entry.title.casefold()))


def _entry(row: Any) -> Entry:
    return Entry(kind=row.a, slug=row.b, title=row.c)


def _around(viewer: Viewer, document_id: int, parent_id: int | None) -> Select[Any]:
    parts = [
        _part("label", DocumentLabel.label).where(DocumentLabel.document_id == document_id),
        _part("author", Person.public_id, Person.name)
        .join(DocumentAuthor, DocumentAuthor.person_id == Person.id)
        .where(DocumentAuthor.document_id == document_id),
        _part("term", DocumentTerm.vocabulary, DocumentTerm.term, Term.name)
        .select_from(DocumentTerm)
        .outerjoin(Term, (Term.vocabulary == DocumentTerm.vocabulary) & (Term.slug == DocumentTerm.term))
        .where(DocumentTerm.document_id == document_id),
        _part("file", Attachment.name, Attachment.media_type, n=Attachment.size).where(
            Attachment.document_id == document_id, Attachment.removed_at.is_(None)
        ),
        _part("child", Document.kind, Document.slug, Document.title).where(
            Document.parent_id == document_id, visible_to(viewer), Document.status.in_(LIVE)
        ),
        _part("backlink", Document.kind, Document.slug, Document.title)
        .join(Link, Link.document_id == Document.id)
        .where(visible_to(viewer), Document.status.in_(LIVE), Document.id != document_id, *_points_at(document_id)),
    ]
    parts.append(
        _part("group", Group.id, Group.name)
        .join(DocumentLabel, DocumentLabel.label == "group:" + Group.id)
        # The name of a hidden group is for its members only.
        .where(DocumentLabel.document_id == document_id, ~Group.is_hidden | Group.id.in_(sorted(viewer.groups)))
    )
    if parent_id is not None:
        parts.append(
            _part("parent", Document.kind, Document.slug, Document.title).where(
                Document.id == parent_id, visible_to(viewer)
            )
        )
    together = union_all(*parts).subquery()
    return select(together)


def _points_at(document_id: int) -> list[Any]:
    target = aliased(Document)
    here = select(target.slug).where(target.id == document_id).scalar_subquery()
    kind = select(target.kind).where(target.id == document_id).scalar_subquery()
    return [Link.target_slug == here, Link.target_kind.in_(["", kind])]


def _part(what: str, a: Any, b: Any = None, c: Any = None, n: Any = None) -> Select[Any]:
    return select(
        literal(what).label("what"),
        a.label("a"),
        (b if b is not None else cast(null(), String)).label("b"),
        (c if c is not None else cast(null(), String)).label("c"),
        (n if n is not None else cast(null(), Integer)).label("n"),
    )


def item_of(document: Document, surroundings: Around) -> Item:
    """The document as the rules see it, out of what was loaded for its page anyway."""
    return Item(
        kind=document.kind,
        status=document.status,
        labels=surroundings.labels,
        owner=document.owner_id,
        authors=frozenset(public_id for public_id, _ in surroundings.authors),
    )


def link_states(session: Session, viewer: Viewer, links: Sequence[WikiLink]) -> dict[WikiLink, LinkState]:
    """Where wiki links lead for this reader: to a text, to a stub, or nowhere yet."""
    slugs = sorted({link.slug for link in links})
    found: dict[tuple[str, str], LinkState] = {}
    for row in session.execute(_targets(viewer, slugs).execution_options(**FILTERED)):
        url = f"{kinds.kind(row.kind).prefix}/{row.slug}" if row.kind in kinds.all_kinds() else ""
        state = LinkState("stub" if row.rank == 2 else "open", url, row.title)
        best = found.get((row.kind, row.asked))
        if best is None or (best.state == "stub" and state.state == "open"):
            found[(row.kind, row.asked)] = state
    return {link: _state_of(link, found) for link in links}


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


def _state_of(link: WikiLink, found: Mapping[tuple[str, str], LinkState]) -> LinkState:
    names = [link.kind] if link.kind else list(kinds.all_kinds())
    for name in names:
        state = found.get((name, link.slug))
        if state is not None:
            anchor = f"#{link.anchor}" if link.anchor else ""
            return LinkState(state.state, state.url + anchor, state.title)
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
    """A revision in the history, without its text."""

    number: int
    title: str
    note: str
    author: str | None
    author_id: str | None
    created_at: datetime
    day: date | None = None


def history(session: Session, document: Document, *, to: int, limit: int = 100, offset: int = 0) -> list[Change]:
    """The revisions up to number `to`, newest first. The document was found under the reader's rights."""
    statement = (
        select(Revision.number, Revision.title, Revision.note, Person.name, Person.public_id, Revision.created_at)
        .outerjoin(Person, Person.id == Revision.author_id)
        .where(Revision.document_id == document.id, Revision.number <= to)
        .order_by(Revision.number.desc())
        .limit(limit)
        .offset(offset)
    )
    return [Change(*row) for row in session.execute(statement)]
