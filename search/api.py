"""Asking the search: what slices and pages use. Whatever the index says is asked again of the database."""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import Flask, current_app
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session, undefer

from search import indexer
from search.aliases import ALIASES
from search.engine import Engine, EngineBroken, Hit
from search.highlight import Section, highlight
from search.query import Query, parse
from wiki import kinds, outbox
from wiki.access.policy import LIVE, Viewer
from wiki.documents.models import Document, Revision, Stub, Term
from wiki.documents.reading import FILTERED, Entry, entries, name_for
from wiki.documents.visibility import stubs_for, visible_to
from wiki.people.models import Group

log = logging.getLogger(__name__)

PAGE = 10
DEEPEST = 200
# Asked for by hand only: what is withdrawn is out of use.
LEFT_OUT = (("status", "withdrawn"),)


@dataclass(frozen=True, slots=True)
class Found:
    """One answer, as the page shows it. `snippet` is text in pieces, each marked or not."""

    url: str
    title: str
    kind: str
    status: str
    owner: str
    dated: datetime | None
    snippet: tuple[tuple[str, bool], ...] = ()
    section_title: str = ""
    section_url: str = ""
    is_stub: bool = False
    is_held: bool = False
    successor: Entry | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A page of answers with the numbers around it."""

    query: Query
    hits: tuple[Found, ...] = ()
    total: int = 0
    facets: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    also: tuple[str, ...] = ()
    corrected: str | None = None
    relaxed: bool = False
    from_database: bool = False


def engine() -> Engine:
    """The engine of this application."""
    found: Engine = current_app.extensions["chancery_search"]
    return found


def ask(session: Session, viewer: Viewer, query: Query, *, page: int = 1) -> Answer:
    """The answers to a question, for this viewer and nobody else."""
    asked = query if query.values("status") else _without(query, LEFT_OUT)
    try:
        results = engine().search(
            asked, viewer.keys, limit=PAGE, offset=(page - 1) * PAGE, exclude=closed_since(session, viewer)
        )
    except EngineBroken as error:
        log.error("search: the index is broken, the database answers: %s", error)
        _rebuild_soon()
        return _from_database(session, viewer, query, page)
    hits = _checked(session, viewer, results.hits, query)
    return Answer(query, hits, results.total, results.facets, results.also, results.corrected, results.relaxed)


def _without(query: Query, pairs: tuple[tuple[str, str], ...]) -> Query:
    from dataclasses import replace

    return replace(query, without=(*query.without, *pairs))


def closed_since(session: Session, viewer: Viewer) -> Collection[int]:
    """Documents with changes the index has not seen, which this viewer may not read (any more)."""
    waiting = outbox.pending(session, indexer.TOPIC)
    if not waiting:
        return ()
    readable = set(
        session.scalars(
            select(Document.id).where(Document.id.in_(waiting), visible_to(viewer)).execution_options(**FILTERED)
        )
    )
    return set(waiting) - readable


def _checked(session: Session, viewer: Viewer, hits: Sequence[Hit], query: Query) -> tuple[Found, ...]:
    """The hits as the database has them now. What it does not show this viewer is dropped, whatever the index says."""
    bodies = {hit.document for hit in hits if hit.part != "stub"}
    stubs = {hit.document for hit in hits if hit.part == "stub"}
    found = _documents(session, viewer, bodies, query) | _stubs(session, viewer, stubs, query)
    return tuple(found[hit.document] for hit in hits if hit.document in found)


def _documents(session: Session, viewer: Viewer, ids: Collection[int], query: Query) -> dict[int, Found]:
    if not ids:
        return {}
    rows = session.execute(
        select(Document, name_for(viewer), Revision)
        .join(Group, Group.id == Document.owner_id)
        .join(Revision, Revision.document_id == Document.id)
        .where(
            Document.id.in_(ids),
            visible_to(viewer),
            (Revision.number == Document.published)
            | (Document.published.is_(None) & (Revision.number == Document.working)),
        )
        .options(undefer(Revision.sections))
        .execution_options(**FILTERED)
    ).all()
    successors = _successors(session, viewer, {row[0].successor_id for row in rows} - {None})
    return {
        document.id: _found(document, owner, revision, query, successors.get(document.successor_id or 0))
        for document, owner, revision in rows
    }


def _found(document: Document, owner: str, revision: Revision, query: Query, successor: Entry | None) -> Found:
    url = f"{kinds.kind(document.kind).prefix}/{document.slug}"
    sections = [Section(part["anchor"], part["title"], part["text"]) for part in revision.sections]
    best = highlight(query, sections, lang=document.lang, aliases=ALIASES)
    return Found(
        url=url,
        title=revision.title,
        kind=document.kind,
        status=document.status,
        owner=owner,
        dated=document.updated_at,
        snippet=best.pieces,
        section_title=best.title if best.anchor else "",
        section_url=f"{url}#{best.anchor}" if best.anchor else url,
        is_held=document.is_held,
        successor=successor,
    )


def _successors(session: Session, viewer: Viewer, ids: set[Any]) -> dict[int, Entry]:
    if not ids:
        return {}
    rows = session.execute(
        select(Document.id, Document.kind, Document.slug, Document.title)
        .where(Document.id.in_(ids), visible_to(viewer))
        .execution_options(**FILTERED)
    )
    return {row.id: Entry(row.kind, row.slug, row.title) for row in rows}


def _stubs(session: Session, viewer: Viewer, ids: Collection[int], query: Query) -> dict[int, Found]:
    if not ids:
        return {}
    rows = session.execute(
        select(Stub, name_for(viewer))
        .join(Group, Group.id == Stub.owner_id)
        .where(Stub.document_id.in_(ids), stubs_for(viewer))
    )
    return {
        stub.document_id: Found(
            url=f"{kinds.kind(stub.kind).prefix}/{stub.slug}",
            title=stub.title,
            kind=stub.kind,
            status="",
            owner=owner,
            dated=None,
            snippet=highlight(query, [Section(None, "", stub.share_line)], lang=query.lang).pieces,
            is_stub=True,
        )
        for stub, owner in rows
    }


def _from_database(session: Session, viewer: Viewer, query: Query, page: int) -> Answer:
    """A plain search in titles and summaries, for the minutes in which the index is built anew."""
    words = [clause.text for group in query.groups for clause in group]
    conditions: list[ColumnElement[bool]] = [
        Document.title.icontains(word, autoescape=True) | Document.summary.icontains(word, autoescape=True)
        for word in words
    ]
    if query.values("kind"):
        conditions.append(Document.kind.in_(query.values("kind")))
    found = entries(session, viewer, Document.status.in_(LIVE), *conditions, limit=PAGE, offset=(page - 1) * PAGE)
    hits = tuple(
        Found(e.url, e.title, e.kind, e.status, e.owner, e.updated_at, ((e.summary, False),), section_url=e.url)
        for e in found
    )
    return Answer(query, hits, len(hits), from_database=True)


_rebuilding = threading.Lock()


def _rebuild_soon() -> None:
    """Build the index anew in a thread of its own, once at a time."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]

    def build() -> None:
        if not _rebuilding.acquire(blocking=False):
            return
        try:
            with app.app_context():
                indexer.rebuild(engine())
        except Exception:
            log.exception("search: the index could not be built anew; “chancery search rebuild” tries again")
        finally:
            _rebuilding.release()

    threading.Thread(target=build, daemon=True).start()


def suggest(session: Session, viewer: Viewer, typed: str, *, limit: int = 8) -> list[Entry]:
    """Documents whose titles begin like what is being typed."""
    try:
        wanted = engine().suggest(typed, viewer.keys, limit=limit, exclude=closed_since(session, viewer))
    except EngineBroken:
        _rebuild_soon()
        return entries(
            session, viewer, Document.title.istartswith(typed, autoescape=True), Document.status.in_(LIVE), limit=limit
        )
    bodies = {found.document for found in wanted if found.part != "stub"}
    stubs = {found.document for found in wanted if found.part == "stub"}
    titles = _titles(session, viewer, bodies, stubs)
    return [titles[found.document] for found in wanted if found.document in titles]


def _titles(session: Session, viewer: Viewer, bodies: Collection[int], stubs: Collection[int]) -> dict[int, Entry]:
    found = _successors(session, viewer, set(bodies))
    if stubs:
        rows = session.scalars(select(Stub).where(Stub.document_id.in_(stubs), stubs_for(viewer)))
        found |= {stub.document_id: Entry(stub.kind, stub.slug, stub.title) for stub in rows}
    return found


def facet_names(
    session: Session, viewer: Viewer, facets: Mapping[str, Mapping[str, int]]
) -> dict[tuple[str, str], Any]:
    """The words for people of facet values, by facet and value."""
    names: dict[tuple[str, str], Any] = {("kind", name): kind.plural for name, kind in kinds.all_kinds().items()}
    terms = session.execute(select(Term.vocabulary, Term.slug, Term.name))
    names |= {(vocabulary, slug): name for vocabulary, slug, name in terms}
    owners = session.execute(select(Group.id, Group.name, Group.is_hidden).where(Group.id.in_(facets.get("owner", {}))))
    names |= {("owner", row.id): row.name for row in owners if not row.is_hidden or row.id in viewer.groups}
    names |= {("status", name): words for name, words in status_names().items()}
    return names


def status_names() -> dict[str, str]:
    """Statuses in words."""
    return {
        "draft": _("Draft"),
        "published": _("Published"),
        "in-force": _("In force"),
        "superseded": _("Superseded"),
        "withdrawn": _("Withdrawn"),
    }


def understand(raw: str, lang: str, filters: Mapping[str, Sequence[str]]) -> Query:
    """What was typed and what was ticked, as one question."""
    query = parse(raw, lang)
    for name, values in filters.items():
        for value in values:
            query = query.with_filter(name, value)
    return query
