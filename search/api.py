"""Asking the search: what slices and pages use. Whatever the index says is asked again of the database."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from flask import current_app
from sqlalchemy import ColumnElement, Select, case, exists, func, select
from sqlalchemy.orm import Session, undefer

from search import adding, indexer
from search.adding import Meant as Meant, cite as cite, sink as sink
from search.aliases import ALIASES
from search.analysis import terms
from search.answers import Answer as Answer, Found as Found, Title as Title
from search.engine import PASSAGE, Engine, EngineBroken, Hit
from search.highlight import Section, highlight
from search.query import Query, parse
from search.rebuilding import rebuild_soon
from search.statuses import status_names as status_names
from wiki import kinds, outbox
from wiki.access.policy import LIVE, Viewer
from wiki.documents.models import OPENED, Document, Passage, PassageLabel, PassageText, Revision, Stub, Term
from wiki.documents.reading import FILTERED, Entry, entries, name_for
from wiki.documents.visibility import of_readable_passage, stubs_for, visible_to
from wiki.people.directory import visible_groups
from wiki.people.models import Group

log = logging.getLogger(__name__)

PAGE = 10
DEEPEST = 200
# Of a text whose like is sought, this many characters tell enough.
LONGEST_TEXT = 4000
# Asked for by hand only: what is withdrawn is out of use, and what was merged stands elsewhere.
LEFT_OUT = (("status", "withdrawn"), ("status", "merged"))
# Where a passage stands on the page of its document; its public id follows.
PASSAGE_ANCHOR = "passage-"
# The number of the revision that readers get.
SHOWN = func.coalesce(Document.published, Document.working)
# What no group is called: ids are made of letters, digits and hyphens.
NO_GROUP = "?"


def engine() -> Engine:
    """The engine of this application."""
    found: Engine = current_app.extensions["chancery_search"]
    return found


def ask(session: Session, viewer: Viewer, query: Query, *, page: int = 1) -> Answer:
    """The answers to a question, for this viewer and nobody else."""
    known = _of_known_owners(session, viewer, query)
    asked = known if query.values("status") else _without(known, LEFT_OUT)
    late = adding.late(session, viewer)
    meant = _meant(session, viewer, query, late)
    try:
        results = engine().search(
            asked,
            viewer.keys,
            limit=PAGE - len(meant) if page == 1 else PAGE,
            offset=(page - 1) * PAGE - len(meant) if page > 1 else 0,
            # What is meant stands first already.
            exclude={*closed_since(session, viewer), *meant},
            late=late,
        )
    except EngineBroken as error:
        log.error("search: the index is broken, the database answers: %s", error)
        rebuild_soon(engine())
        return _from_database(session, viewer, query, page)
    hits = _checked(session, viewer, results.hits, query, late)
    if meant:
        first = tuple(meant.values()) if page == 1 else ()
        return Answer(query, (*first, *hits), results.total + len(meant), results.facets, results.also)
    return Answer(query, hits, results.total, results.facets, results.also, results.corrected, results.relaxed)


def _meant(session: Session, viewer: Viewer, query: Query, late: Mapping[int, date]) -> dict[int, Found]:
    """The document that goes by the very name that was typed, if there is one for this viewer; its id and the hit."""
    meant = adding.meant(session, viewer, str(query))
    found = _documents(session, viewer, {meant.document}, query, late) if meant else {}
    return {number: meant.on(hit) for number, hit in found.items()} if meant else {}


def _of_known_owners(session: Session, viewer: Viewer, query: Query) -> Query:
    """The question with only such groups as this viewer may look up; any other is asked for like one that is not."""
    asked = {value for name, value in (*query.filters, *query.without) if name == "owner"}
    if not asked:
        return query
    known = set(session.scalars(select(Group.id).where(Group.id.in_(asked), visible_groups(viewer))))

    def told(pairs: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        return tuple((name, value if name != "owner" or value in known else NO_GROUP) for name, value in pairs)

    return replace(query, filters=told(query.filters), without=told(query.without))


def _without(query: Query, pairs: tuple[tuple[str, str], ...]) -> Query:
    return replace(query, without=(*query.without, *pairs))


def closed_since(session: Session, viewer: Viewer) -> Collection[int]:
    """Documents with changes the index has not seen, of which this viewer may not read everything (any more).

    The index may still hold words in the open text that were wrapped in a held passage since, so one passage that the
    viewer may not read closes the whole document until the index has followed.
    """
    waiting = outbox.pending(session, indexer.TOPIC)
    if not waiting:
        return ()
    readable = (
        select(Document.id)
        .where(
            Document.id.in_(waiting),
            Document.quarantined_at.is_(None),
            visible_to(viewer),
            Document.id.not_in(_with_closed_passages(viewer, waiting)),
        )
        .execution_options(**FILTERED)
    )
    return set(waiting) - set(session.scalars(readable))


def _with_closed_passages(viewer: Viewer, ids: Collection[int]) -> Select[int]:
    """Those of these documents that have a passage which this viewer's keys do not open."""
    opened = exists().where(PassageLabel.passage_id == Passage.id, PassageLabel.label.in_(viewer.keys | {OPENED}))
    return select(Passage.document_id).where(Passage.document_id.in_(ids), ~opened)


def _checked(
    session: Session, viewer: Viewer, hits: Sequence[Hit], query: Query, late: Mapping[int, date]
) -> tuple[Found, ...]:
    """The hits as the database has them now. What it does not show this viewer is dropped, whatever the index says."""
    bodies = {hit.document for hit in hits if hit.part == "body"}
    stubs = {hit.document for hit in hits if hit.part == "stub"}
    passages = {hit.part.removeprefix(PASSAGE) for hit in hits if hit.part.startswith(PASSAGE)}
    found = (
        _documents(session, viewer, bodies, query, late)
        | _stubs(session, viewer, stubs, query)
        | _passages(session, viewer, passages, query, late)
    )
    return tuple(found[hit.document] for hit in hits if hit.document in found)


def _documents(
    session: Session, viewer: Viewer, ids: Collection[int], query: Query, late: Mapping[int, date]
) -> dict[int, Found]:
    if not ids:
        return {}
    rows = session.execute(
        select(Document, name_for(viewer), Revision)
        .join(Group, Group.id == Document.owner_id)
        .join(Revision, Revision.document_id == Document.id)
        .where(
            Document.id.in_(ids),
            Document.quarantined_at.is_(None),
            visible_to(viewer),
            Revision.number == SHOWN,
        )
        .options(undefer(Revision.sections))
        .execution_options(**FILTERED)
    ).all()
    successors = _successors(session, viewer, {row[0].successor_id for row in rows} - {None})
    return {
        document.id: replace(
            _found(document, owner, revision, query, successors.get(document.successor_id or 0)),
            late_since=late.get(document.id),
        )
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


def _passages(
    session: Session, viewer: Viewer, public_ids: Collection[str], query: Query, late: Mapping[int, date]
) -> dict[int, Found]:
    """Documents of which only a passage matched, by the words that this viewer may read of it now."""
    if not public_ids:
        return {}
    rows = session.execute(
        select(Document, name_for(viewer), Passage, PassageText)
        .join(Group, Group.id == Document.owner_id)
        .join(Passage, Passage.document_id == Document.id)
        .join(PassageText, PassageText.passage_id == Passage.id)
        .where(
            Passage.public_id.in_(public_ids),
            Document.quarantined_at.is_(None),
            visible_to(viewer),
            of_readable_passage(viewer),
            PassageText.revision <= SHOWN,
        )
        # The newest words that readers get come last, and stay.
        .order_by(PassageText.revision)
        .execution_options(**FILTERED)
    )
    return {
        document.id: replace(_found_passage(document, owner, passage, text, query), late_since=late.get(document.id))
        for document, owner, passage, text in rows
    }


def _found_passage(document: Document, owner: str, passage: Passage, text: PassageText, query: Query) -> Found:
    url = f"{kinds.kind(document.kind).prefix}/{document.slug}"
    sections = [Section(part["anchor"], part["title"], part["text"]) for part in text.sections]
    best = highlight(query, sections, lang=document.lang, aliases=ALIASES)
    anchor = best.anchor or f"{PASSAGE_ANCHOR}{passage.public_id}"
    return Found(
        url=f"{url}#{anchor}",
        title=document.title,
        kind=document.kind,
        status=document.status,
        owner=owner,
        dated=document.updated_at,
        snippet=best.pieces,
        section_title=best.title,
        section_url=f"{url}#{anchor}",
        is_held=document.is_held,
        is_passage=passage.opened_at is None,
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


def suggest(session: Session, viewer: Viewer, typed: str, *, limit: int = 8) -> list[Title]:
    """Documents whose titles begin like what is being typed, and first the one that goes by this very name."""
    meant = adding.meant(session, viewer, str(parse(typed, viewer.lang)))
    found = _successors(session, viewer, {meant.document}) if meant else {}
    first = [meant.over(entry) for entry in found.values()] if meant else []
    closed = {*closed_since(session, viewer), *found}
    try:
        wanted = engine().suggest(typed, viewer.keys, limit=limit - len(first), exclude=closed)
    except EngineBroken:
        rebuild_soon(engine())
        begins = Document.title.istartswith(typed, autoescape=True)
        others = entries(session, viewer, begins, Document.status.in_(LIVE), limit=limit)
        return [*first, *(Title(entry.kind, entry.title, entry.url) for entry in others)]
    bodies = {found.document for found in wanted if found.part != "stub"}
    stubs = {found.document for found in wanted if found.part == "stub"}
    titles = _titles(session, viewer, bodies, stubs)
    there = (titles[found.document] for found in wanted if found.document in titles)
    return [*first, *(Title(entry.kind, entry.title, entry.url) for entry in there)]


def similar(session: Session, viewer: Viewer, text: str, *, kinds: Collection[str], limit: int = 3) -> list[Entry]:
    """Documents of these kinds that tell of the same as a text, the most alike first; only what is live and readable.

    While the index is built anew there are none: nothing else would find them fast enough to show beside a text.
    """
    try:
        hits = engine().similar(
            text[:LONGEST_TEXT], viewer.keys, limit=2 * limit, kinds=kinds, exclude=closed_since(session, viewer)
        )
    except EngineBroken:
        rebuild_soon(engine())
        return []
    places = {hit.document: place for place, hit in reversed(list(enumerate(hits))) if hit.part != "stub"}
    if not places:
        return []
    order = (case(places, value=Document.id),)
    return entries(session, viewer, Document.id.in_(places), Document.status.in_(LIVE), limit=limit, order=order)


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
    owners = select(Group.id, Group.name).where(Group.id.in_(facets.get("owner", {})), visible_groups(viewer))
    names |= {("owner", group): name for group, name in session.execute(owners)}
    names |= {("status", name): words for name, words in status_names().items()}
    return names


def understand(raw: str, lang: str, filters: Mapping[str, Sequence[str]]) -> Query:
    """What was typed and what was ticked, as one question."""
    query = parse(raw, lang)
    for name, values in filters.items():
        for value in values:
            query = query.with_filter(name, value)
    return query


def stems_of(text: str, lang: str = "en") -> set[str]:
    """The words of a text as they are compared in search."""
    return {stem for stem, _position in terms(text, lang)}
