"""From documents to segments, and keeping the index in step with the database."""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload, undefer

from search.engine import OPEN, PASSAGE, Engine, EngineBroken, EngineBusy, Segment
from wiki import db, outbox
from wiki.access.policy import BINNED
from wiki.documents.models import OPENED, Document, Passage, PassageText, Revision, Stub

log = logging.getLogger(__name__)

TOPIC = "index"
BATCH = 200
# What is in the bin or under quarantine has no segments at all: neither a body nor a notice nor a passage.
FINDABLE = (Document.status != BINNED, Document.quarantined_at.is_(None))


def segments_of(session: Session, ids: Sequence[int]) -> list[Segment]:
    """The segments of these documents as they are now; none of one that is gone, in the bin or under quarantine."""
    documents = session.scalars(
        select(Document)
        .where(Document.id.in_(ids), *FINDABLE)
        .options(selectinload(Document.labels), selectinload(Document.terms))
    ).all()
    shown = _shown_revisions(session, documents)
    stubs = {stub.document_id: stub for stub in session.scalars(select(Stub).where(Stub.document_id.in_(ids)))}
    segments = [_body(document, shown[document.id]) for document in documents if document.id in shown]
    segments += _passages(session, documents, shown)
    return segments + [_stub(document, stubs[document.id]) for document in documents if document.id in stubs]


def _shown_revisions(session: Session, documents: Sequence[Document]) -> dict[int, Revision]:
    numbers = {document.id: shown_number(document) for document in documents}
    revisions = session.scalars(
        select(Revision)
        .join(Document, Document.id == Revision.document_id)
        .where(
            Revision.document_id.in_(numbers),
            (Revision.number == Document.published)
            | (Document.published.is_(None) & (Revision.number == Document.working)),
        )
        .options(undefer(Revision.sections))
    )
    return {revision.document_id: revision for revision in revisions}


def shown_number(document: Document) -> int:
    """The number of the revision that readers get."""
    return document.published if document.published is not None else document.working


def _body(document: Document, revision: Revision) -> Segment:
    sections: list[dict[str, Any]] = revision.sections
    return Segment(
        **_common(document),
        part="body",
        labels=frozenset(row.label for row in document.labels),
        title=revision.title,
        headings="\n".join(str(section["title"]) for section in sections if section["title"]),
        text="\n".join([document.purpose, *(str(section["text"]) for section in sections)]),
        tags=frozenset(document.vocabulary("tag")),
        platforms=frozenset(document.vocabulary("platform")),
        revision=revision.number,
    )


def _passages(session: Session, documents: Sequence[Document], shown: dict[int, Revision]) -> Iterator[Segment]:
    """A segment for each held passage whose token stands in the text that readers get."""
    known = {document.id: document for document in documents if document.id in shown}
    for passage, text in _passage_texts(session, known, shown):
        document = known[passage.document_id]
        within = frozenset(row.label for row in document.labels)
        labels = frozenset(row.label for row in passage.labels)
        yield Segment(
            **_common(document),
            part=f"{PASSAGE}{passage.public_id}",
            labels=within if OPENED in labels else labels,
            title=shown[document.id].title,
            headings="\n".join(str(section["title"]) for section in text.sections if section["title"]),
            text="\n".join(str(section["text"]) for section in text.sections),
            tags=frozenset(document.vocabulary("tag")),
            platforms=frozenset(document.vocabulary("platform")),
            revision=shown[document.id].number,
            within=within,
        )


def _passage_texts(
    session: Session, known: Collection[int], shown: dict[int, Revision]
) -> Iterator[tuple[Passage, PassageText]]:
    """Passages of these documents with their words as they are in the revision shown, where that has their token."""
    newest: dict[int, tuple[Passage, PassageText]] = {}
    rows = session.execute(
        select(Passage, PassageText)
        .join(PassageText, PassageText.passage_id == Passage.id)
        .where(Passage.document_id.in_(known))
        .order_by(PassageText.revision)
        .options(selectinload(Passage.labels))
    )
    for passage, text in rows:
        if text.revision <= shown[passage.document_id].number:
            newest[passage.id] = (passage, text)
    bodies = _bodies(session, {shown[passage.document_id].id for passage, _text in newest.values()})
    for passage, text in newest.values():
        # A public id is random and made for this passage alone: it stands in a text only as its token.
        if passage.public_id in bodies[shown[passage.document_id].id]:
            yield passage, text


def _bodies(session: Session, revisions: Collection[int]) -> dict[int, str]:
    """The texts of these revisions, as they are kept."""
    found = session.execute(select(Revision.id, Revision.body).where(Revision.id.in_(revisions)))
    return {row.id: row.body for row in found}


def _stub(document: Document, stub: Stub) -> Segment:
    # Only what is written for release: neither status nor date of the text behind it.
    return Segment(
        **{**_common(document), **_released(stub)},
        part="stub",
        labels=frozenset({OPEN}),
        title=stub.title,
        headings="",
        text=stub.share_line,
        tags=frozenset(),
        platforms=frozenset(),
        revision=shown_number(document),
    )


def _released(stub: Stub) -> dict[str, Any]:
    return {"status": "", "dated": stub.since, "lang": language_of(f"{stub.title} {stub.share_line}")}


def language_of(released: str) -> str:
    """The language a stub is found under, told by the script of its own words: that of the text behind it is held."""
    for lang, letters in (("ar", "\u0600-\u06ff"), ("ru", "\u0400-\u04ff"), ("zh", "\u4e00-\u9fff")):
        if re.search(f"[{letters}]", released):
            return lang
    return "en"


def _common(document: Document) -> dict[str, Any]:
    return {
        "document": document.id,
        "kind": document.kind,
        "status": document.status,
        "owner": document.owner_id,
        "lang": document.lang,
        "topics": frozenset(document.vocabulary("topic")),
        "dated": document.updated_at.date(),
    }


def index_documents(engine: Engine, ids: Sequence[int], upto: int) -> None:
    """Bring these documents up to date in the index. Safe to repeat; the work of the outbox."""
    with db.system_session() as session:
        segments = segments_of(session, ids)
    gone = set(ids) - {segment.document for segment in segments}
    if gone:
        engine.remove(sorted(gone), upto=None if segments else upto)
    if segments:
        engine.index(segments, upto=upto)
    # What was saved is findable already; this only keeps the next questions quick.
    with contextlib.suppress(EngineBusy):
        engine.tidy()


def rebuild(engine: Engine, progress: Callable[[int], None] | None = None) -> None:
    """Index everything anew. What changes meanwhile waits in the outbox and is applied afterwards."""
    with db.system_session() as session:
        upto = outbox.finished(session, TOPIC)
    engine.rebuild(_all_segments(), upto=upto, progress=progress)


def _all_segments() -> Iterator[Segment]:
    last = 0
    while True:
        with db.system_session() as session:
            ids = list(
                session.scalars(select(Document.id).where(Document.id > last).order_by(Document.id).limit(BATCH))
            )
            segments = segments_of(session, ids)
        if not ids:
            return
        last = ids[-1]
        yield from segments


def differences(engine: Engine) -> set[int]:
    """The documents whose revision in the index is not the one readers get, leaving out what is waiting in the outbox.

    Raises EngineBroken when the index cannot be read.
    """
    indexed = dict(engine.revisions())
    with db.system_session() as session:
        waiting = set(outbox.pending(session, TOPIC))
        rows = session.execute(select(Document.id, Document.published, Document.working).where(*FINDABLE))
        wanted = {row.id: row.published if row.published is not None else row.working for row in rows}
    different = {number for number in wanted.keys() | indexed.keys() if wanted.get(number) != indexed.get(number)}
    return different - waiting


def heal(engine: Engine) -> str:
    """Make the index agree with the database again, and say in a word what was needed: nothing, repair or rebuild."""
    try:
        with db.system_session() as session:
            behind = engine.applied() < outbox.finished(session, TOPIC)
        if behind:
            raise EngineBroken("the index is older than the database")
        wrong = differences(engine)
    except EngineBroken as error:
        log.warning("search: the index is built anew: %s", error)
        rebuild(engine)
        return "rebuild"
    if not wrong:
        return "nothing"
    log.warning("search: %s documents are indexed again", len(wrong))
    with db.system_session(writing=True) as session:
        for number in sorted(wrong):
            outbox.add(session, TOPIC, number)
    outbox.drain(wait=True)
    return "repair"
