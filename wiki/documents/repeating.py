"""The paste check: a writer who repeats held-back words where more people read them is told, and nobody else.

Fingerprints of what is held back are kept beside it (`HeldShingle`). A text about to be saved is compared with those
of documents and passages that its writer can read; for a writer who cannot, it is as if they did not exist.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, and_, bindparam, delete, exists, func, insert, or_, select, true
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, undefer

from wiki import db, kinds, outbox
from wiki.access.policy import BINNED, SERVICE, Viewer
from wiki.documents import shingles
from wiki.documents.models import OPENED, Document, HeldShingle, Passage, PassageLabel, PassageText, Revision
from wiki.documents.visibility import of_readable_passage, visible_to

TOPIC = "held"
# Of what a text repeats, so many are looked at and so many told: nobody reads a longer list before they press a button.
LOOKED_AT, MOST_TOLD = 50, 5
MOST_STRETCHES = 3
_AROUND, _LONGEST_STRETCH = 60, 300
_FILTERED = {"filtered_for_the_viewer": True}

Sections = Sequence[dict[str, Any]]
Pieces = tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """Something held back that a text repeats: where it stands, and the stretches with the repeated words marked."""

    title: str
    url: str
    public_id: str
    owner: str
    is_passage: bool
    stretches: tuple[Pieces, ...]


@dataclass(frozen=True, slots=True)
class _Held:
    """A document that is held back, or a passage of one, as its rows tell it."""

    document: Document
    passage: Passage | None

    def is_narrower_than(self, going_to: Collection[str]) -> bool:
        """Whether a text that goes there is read by some who do not read this."""
        is_held = self.passage is not None and self.passage.opened_at is None
        audiences = [self.document.audience, *([self.passage.audience] if self.passage and is_held else [])]
        return any(SERVICE not in each and not set(going_to) <= set(each) for each in audiences)


@dataclass(frozen=True, slots=True)
class Writing:
    """A text on its way to an audience. `own` is the document it belongs to, whose own words do not count as repeated.

    `own_passage` is the public id of the passage it is, when it is one; the words of others of that document do count.
    """

    text: str
    audience: frozenset[str]
    own: int | None = None
    own_passage: str | None = None
    # The runs of words that stood there before: what was told already is not told anew.
    before: frozenset[int] = frozenset()
    places: list[tuple[int, int]] = field(default_factory=list)
    runs: list[int] = field(default_factory=list)
    pieces: dict[int, tuple[int, int]] = field(default_factory=dict)

    def read(self) -> None:
        """Find its words, once."""
        places, hashes = shingles.words(self.text)
        self.places.extend(places)
        self.runs.extend(shingles.every(hashes))
        self.pieces.update(shingles.pieces(self.text, places, hashes))


def text_of(sections: Sections) -> str:
    """The words of a rendered text, as they are compared."""
    return "\n".join(f"{section['title']}\n{section['text']}" for section in sections)


def runs_of(sections: Sections) -> frozenset[int]:
    """Every run of words of a rendered text, and every short stretch between two signs."""
    writing = Writing(text_of(sections), frozenset())
    writing.read()
    return frozenset([*writing.runs, *writing.pieces])


def are_alike(one: Sections, other: Sections) -> bool:
    """Whether two texts are the same words, or one has a stretch of the other or all of it."""
    texts = [text_of(one), text_of(other)]
    first, second = (_runs([text]) for text in texts)
    if not first or not second:
        hashes = [shingles.words(text)[1] for text in texts]
        return hashes[0] == hashes[1] != []
    return first == second or any(shingles.shared(*pair) for pair in ((first, second), (second, first)))


def told_of_import(session: Session, sections: Sections, audience: Iterable[str]) -> str:
    """A sentence for the report of an import whose text repeats held-back words; it names who keeps them, no more."""
    found = repeats(session, None, [Writing(text_of(sections), frozenset(audience))])
    keepers = ", ".join(sorted({repeat.owner for repeat in found}))
    return (
        f"some of its words are held back elsewhere, by {keepers}: ask there whether they may be told" if found else ""
    )


def repeats(session: Session, viewer: Viewer | None, writings: Iterable[Writing]) -> list[Repeat]:
    """What is held back that these texts repeat for people outside of its audience, of what this viewer can read.

    `viewer` None is the system, which reads everything.
    """
    told: dict[tuple[int, int | None], Repeat] = {}
    for writing in writings:
        writing.read()
        if not writing.runs and not writing.pieces:
            continue
        for held in _candidates(session, viewer, writing):
            key = (held.document.id, held.passage.id if held.passage else None)
            if key not in told and held.is_narrower_than(writing.audience):
                stretches = tuple(_stretches(writing, _words_of(session, viewer, held)))
                if stretches:
                    told[key] = _repeat(held, stretches)
        if len(told) >= MOST_TOLD:
            break
    return list(told.values())[:MOST_TOLD]


def _candidates(session: Session, viewer: Viewer | None, writing: Writing) -> Iterator[_Held]:
    """Documents and passages this viewer reads that may share a stretch with a text, the most alike first.

    Who may read is part of the statement; nothing is learnt of the others, not even how many there are.
    """
    is_seen, is_read = (true(), true()) if viewer is None else (visible_to(viewer), _of_readable_passage(viewer))
    mine = (
        select(HeldShingle.document_id, HeldShingle.passage_id)
        .join(Document, Document.id == HeldShingle.document_id)
        .where(
            _is_one_of(session, [*writing.runs, *writing.pieces]),
            Document.status != BINNED,
            Document.quarantined_at.is_(None),
            is_seen,
            or_(HeldShingle.passage_id.is_(None), is_read),
            *_not_own(writing),
        )
        .group_by(HeldShingle.document_id, HeldShingle.passage_id)
        .order_by(func.count().desc(), HeldShingle.document_id, HeldShingle.passage_id)
        .limit(LOOKED_AT)
    )
    found = session.execute(mine.execution_options(**_FILTERED)).all()
    seen = () if viewer is None else (visible_to(viewer),)
    documents = _by_id(session, Document, {row.document_id for row in found}, *seen)
    passages = _by_id(session, Passage, {row.passage_id for row in found} - {None})
    for row in found:
        if row.document_id in documents and (row.passage_id is None or row.passage_id in passages):
            yield _Held(documents[row.document_id], passages.get(row.passage_id))


def _is_one_of(session: Session, runs: Sequence[int]) -> ColumnElement[bool]:
    """The condition that a shingle is among these: one value, as thousands would be dear to bind one by one."""
    if session.get_bind().dialect.name == "sqlite":
        each = func.json_each(json.dumps(list(runs))).table_valued("value")
        return HeldShingle.shingle.in_(select(each.c.value))
    listed = bindparam("shingles", sorted(set(runs)), type_=ARRAY(BigInteger), unique=True)
    return HeldShingle.shingle == func.any(listed)


def _of_readable_passage(viewer: Viewer) -> ColumnElement[bool]:
    words = select(PassageText.id).where(PassageText.passage_id == HeldShingle.passage_id, of_readable_passage(viewer))
    return words.correlate(HeldShingle).exists()


def _not_own(writing: Writing) -> Iterator[ColumnElement[bool]]:
    if writing.own is not None:
        yield ~and_(HeldShingle.document_id == writing.own, HeldShingle.passage_id.is_(None))
    if writing.own_passage is not None:
        own = select(Passage.id).where(Passage.public_id == writing.own_passage)
        yield or_(HeldShingle.passage_id.is_(None), HeldShingle.passage_id.not_in(own))


def _by_id(session: Session, model: Any, ids: Collection[int], *where: ColumnElement[bool]) -> dict[int, Any]:
    if not ids:
        return {}
    found = session.scalars(select(model).where(model.id.in_(ids), *where).execution_options(**_FILTERED))
    return {row.id: row for row in found}


def _words_of(session: Session, viewer: Viewer | None, held: _Held) -> list[int]:
    """The runs of words of what is held, as readers get it now; None is the system, which reads everything."""
    if held.passage is not None:
        return _runs(_passage_words(session, viewer, held.document, {held.passage.id}).values())
    shown = select(Revision).where(Revision.document_id == held.document.id, Revision.number == _shown(held.document))
    may = visible_to(viewer) if viewer is not None else None
    if may is not None:
        shown = shown.join(Document, Document.id == Revision.document_id).where(may)
    revision = session.scalar(shown.options(undefer(Revision.sections)).execution_options(**_FILTERED))
    opened = _passage_words(session, viewer, held.document, _opened(session, held.document))
    return _runs([*([text_of(revision.sections)] if revision else []), *opened.values()])


def _runs(texts: Iterable[str]) -> list[int]:
    return [run for text in texts for run in shingles.every(shingles.words(text)[1]) or shingles.whole(text)]


def _shown(document: Document) -> int:
    return document.published if document.published is not None else document.working


def _opened(session: Session, document: Document) -> set[int]:
    """The passages of a document that were opened: their words have its audience."""
    found = (
        select(Passage.id)
        .join(PassageLabel, PassageLabel.passage_id == Passage.id)
        .where(Passage.document_id == document.id, PassageLabel.label == OPENED)
    )
    return set(session.scalars(found.execution_options(**_FILTERED)))


def _passage_words(session: Session, viewer: Viewer | None, document: Document, ids: Collection[int]) -> dict[int, str]:
    """The words of these passages as they are in the text that readers get."""
    if not ids:
        return {}
    of_these = (PassageText.passage_id.in_(ids), PassageText.revision <= _shown(document))
    may = () if viewer is None else (of_readable_passage(viewer),)
    # The newest comes last, and stays.
    found = select(PassageText).where(*of_these, *may).order_by(PassageText.revision)
    rows = session.scalars(found.execution_options(**_FILTERED))
    return {row.passage_id: text_of(row.sections) for row in rows}


def _stretches(writing: Writing, held: Sequence[int]) -> Iterator[Pieces]:
    for first, after in islice(_told_anew(writing, held), MOST_STRETCHES):
        yield tuple(_pieces(writing.text, writing.places[first][0], writing.places[after - 1][1]))


def _told_anew(writing: Writing, held: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The stretches that were not there before, as first word and word after the last."""
    for first, after in shingles.shared(writing.runs, held):
        if not writing.before.issuperset(writing.runs[first : after - shingles.WORDS + 1]):
            yield first, after
    for number in held:
        if number in writing.pieces and number not in writing.before:
            yield writing.pieces[number]


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[str, bool]]:
    """A stretch of the writer's own text, marked, with a little of what stands around it."""
    before, after = text[max(0, start - _AROUND) : start], text[end : end + _AROUND]
    yield from ((("… " if start > _AROUND else "") + before.lstrip(), False),)
    cut = end - start > _LONGEST_STRETCH
    yield (text[start : start + _LONGEST_STRETCH] + " …" if cut else text[start:end], True)
    if not cut:
        yield (after.rstrip() + (" …" if end + _AROUND < len(text) else ""), False)


def _repeat(held: _Held, stretches: tuple[Pieces, ...]) -> Repeat:
    document, passage = held.document, held.passage
    return Repeat(
        title=document.title,
        url=f"{kinds.kind(document.kind).prefix}/{document.slug}",
        public_id=passage.public_id if passage else document.public_id,
        owner=document.owner_id,
        is_passage=passage is not None,
        stretches=stretches,
    )


def queue(session: Session, document: Document) -> None:
    """Have the fingerprints of a document made anew, where it has any or may need some."""
    there = (
        select(HeldShingle.id).where(HeldShingle.document_id == document.id),
        select(Passage.id).where(Passage.document_id == document.id).execution_options(**_FILTERED),
    )
    if document.is_held or any(session.scalar(found.limit(1)) is not None for found in there):
        outbox.add(session, TOPIC, document.id)


def update(ids: Sequence[int], upto: int) -> None:
    """Make the fingerprints of these documents anew. Safe to repeat; the work of the outbox."""
    with db.system_session() as session:
        documents = session.scalars(select(Document).where(Document.id.in_(ids))).all()
        rows = [row for document in documents for row in _rows(session, document)]
    with db.system_session(writing=True) as session:
        session.execute(delete(HeldShingle).where(HeldShingle.document_id.in_(ids)))
        if rows:
            session.execute(insert(HeldShingle), rows)


def _rows(session: Session, document: Document) -> Iterator[dict[str, int | None]]:
    """The fingerprints of a document that is held back, and of each passage that is: none in the bin or quarantine."""
    if document.status == BINNED or document.quarantined_at is not None:
        return
    if document.is_held:
        for shingle in shingles.kept(_words_of(session, None, _Held(document, None))):
            yield {"shingle": shingle, "document_id": document.id, "passage_id": None}
    for passage, text in _passage_words(session, None, document, _standing(session, document)).items():
        for shingle in shingles.kept(_runs([text])):
            yield {"shingle": shingle, "document_id": document.id, "passage_id": passage}


def _standing(session: Session, document: Document) -> set[int]:
    """The held passages of a document whose tokens stand in the text that readers get."""
    held = select(Passage.id, Passage.public_id).where(Passage.document_id == document.id, Passage.opened_at.is_(None))
    passages = session.execute(held).all()
    if not passages:
        return set()
    where = (Revision.document_id == document.id, Revision.number == _shown(document))
    body = session.scalar(select(Revision.body).where(*where)) or ""
    return {row.id for row in passages if row.public_id in body}


def catch_up() -> int:
    """Queue what is held back and has no fingerprints, as after the release that brought them; returns how many."""
    shingle = exists().where(HeldShingle.document_id == Document.id)
    with db.system_session() as session:
        rows = session.execute(select(Document.id, Document.audience).where(Document.status != BINNED, ~shingle))
        wanted = [row.id for row in rows if SERVICE not in row.audience]
        waiting = set(outbox.pending(session, TOPIC))
    missing = [number for number in wanted if number not in waiting]
    if missing:
        with db.system_session(writing=True) as session:
            for number in missing:
                outbox.add(session, TOPIC, number)
    return len(missing)
