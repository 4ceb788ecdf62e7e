"""Importing a table of lessons: in batches that may be broken off and taken up again, each row on its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import islice
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from guidelines.lessons.importing_report import Outcome, RowReport
from guidelines.lessons.importing_rows import Row
from guidelines.lessons.importing_text import Reading, Record, RowRefused, record_of
from guidelines.lessons.models import LessonStatus
from wiki import db, markdown
from wiki.access.policy import BINNED
from wiki.documents import addresses, operations, passages_saved, repeating, texts
from wiki.documents.models import Document
from wiki.documents.operations import Facts
from wiki.documents.sharing import Sharing
from wiki.documents.texts import PreparedText, slug_of
from wiki.exchange.documents import set_state

BATCH = 100
MARK = "import"
KIND = "lesson"
_SLUG_LENGTH = 70


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the lessons of an import are to be. `source` names where they come from, and stays with each."""

    source: str
    owner: str
    sharing: Sharing
    status: str = LessonStatus.OBSERVED
    platforms: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Here:
    """A lesson that an earlier import made."""

    id: int
    status: str
    working: int
    mark: Mapping[str, Any]


@dataclass(slots=True)
class Ready:
    """A record that is new, or that says something new, with its text rendered."""

    record: Record
    source: str
    fingerprint: str
    text: PreparedText
    here: Here | None


@dataclass(slots=True)
class LessonImport:
    """One import of one file. `topics` and `platforms` are the words that the vocabularies know, by slug."""

    wanted: Wanted
    reading: Reading
    report: RowReport
    dry_run: bool = False
    topics: frozenset[str] = frozenset()
    platforms: frozenset[str] = frozenset()
    # Digests of the ids that stood in the file so far and of their words: some hundred bytes for each row.
    _seen: dict[bytes, tuple[bytes, int]] = field(default_factory=dict)

    def run(self, rows: Iterable[Row], progress: Callable[[int], object] = lambda number: None) -> None:
        """Import them. Each batch is a transaction; a second run goes on where the first ended."""
        waiting = iter(rows)
        while batch := list(islice(waiting, BATCH)):
            records = list(self._records(batch))
            with db.system_session() as session:
                here = _here(session, [self._source(record) for record in records])
            ready = [one for record in records if (one := self._prepare(record, here.get(self._source(record))))]
            if ready and not self.dry_run:
                self._write(ready)
            for one in ready:
                outcome = Outcome.CHANGED if one.here else Outcome.NEW
                self._add(one.record, outcome, "; ".join(one.record.notices))
            self.report.flush()
            progress(len(batch))

    def _records(self, rows: Sequence[Row]) -> Iterator[Record]:
        """The records of these rows that stand in the file for the first time."""
        for row in rows:
            try:
                record = record_of(row, self.reading)
            except RowRefused as refused:
                self.report.add(row.line, self._id_in(row), Outcome.REFUSED, str(refused))
                continue
            if self._is_first(record):
                yield record

    def _id_in(self, row: Row) -> str:
        parts = self.reading.columns.parts
        return next((" ".join(cell.split())[:60] for name, cell in row.cells.items() if parts.get(name) == "id"), "")

    def _is_first(self, record: Record) -> bool:
        key, words = _digest(record.key), _digest(record.fingerprint)
        before, line = self._seen.setdefault(key, (words, record.line))
        if line == record.line:
            return True
        if before == words:
            self._add(record, Outcome.MERGED, f"the same stands in row {line}")
        else:
            why = f"Row {line} has this id with other words, and the first one counts. Give this row an id of its own."
            self._add(record, Outcome.REFUSED, why)
        return False

    def _add(self, record: Record, outcome: Outcome, message: str = "") -> None:
        self.report.add(record.line, record.key, outcome, message)

    def _source(self, record: Record) -> str:
        return f"{self.wanted.source}:{record.key}"

    def _prepare(self, record: Record, here: Here | None) -> Ready | None:
        """What has to be written; None for a row that stays as it is here or is refused."""
        fingerprint = _digest(f"{record.fingerprint} {self.reading.lang} {self._facts(record, here).terms}").hex()
        if here is not None:
            if here.mark.get("sha256") == fingerprint:
                self._add(record, Outcome.UNCHANGED)
                return None
            if here.status == BINNED or here.working != here.mark.get("revision"):
                why = "it is in the bin here" if here.status == BINNED else "it was edited here"
                self._add(record, Outcome.KEPT, f"{why}; the change in the file is left out")
                return None
        try:
            text = texts.prepare(record.title, record.body, lang=self.reading.lang)
        except markdown.TextRefused as refused:
            self._add(record, Outcome.REFUSED, str(refused))
            return None
        with db.system_session() as session:
            told = repeating.told_of_import(session, text.sections, self.wanted.sharing.audience)
        if told:
            record.notices.append(told)
        return Ready(record, self._source(record), fingerprint, text, here)

    def _facts(self, record: Record, here: Here | None) -> Facts:
        known = [slug for slug in record.tags if slug in self.topics]
        terms = {
            "topic": sorted({*known, *self.wanted.topics}),
            "tag": sorted({*record.tags, *record.platforms} - {*known, *self.platforms}),
            "platform": sorted(
                {*(slug for slug in record.platforms if slug in self.platforms), *self.wanted.platforms}
            ),
        }
        return Facts(
            self.wanted.owner, self.reading.lang, None, terms, {**record.columns, "source": self._source(record)}
        )

    def _write(self, ready: Sequence[Ready]) -> None:
        with db.system_session(writing=True) as session:
            readers = addresses.readers_of(self.wanted.sharing.audience)
            wishes = [wish for one in ready for wish in _wishes(one)]
            taken = addresses.taken(session, readers, KIND, among=wishes)
            for one in ready:
                document = self._change(session, one) if one.here else self._make(session, one, taken)
                mark = {"sha256": one.fingerprint, "text": _text_mark(one), "revision": document.working}
                document.extra = {**document.extra, MARK: mark}

    def _make(self, session: Session, one: Ready, taken: set[str]) -> Document:
        slug = next(wish for wish in _wishes(one) if wish not in taken)
        taken.add(slug)
        facts = self._facts(one.record, None)
        document = operations.draft(session, KIND, one.text, facts, self.wanted.sharing, by=None, slug=slug)
        set_state(session, document, {"status": self.wanted.status})
        return document

    def _change(self, session: Session, one: Ready) -> Document:
        assert one.here is not None
        document = session.get_one(Document, one.here.id, options=[undefer(Document.extra)])
        if one.here.mark.get("text") != _text_mark(one):
            text = passages_saved.adopted(session, document, one.text)
            operations.revise(session, document, text, base=document.working, by=None)
        facts = self._facts(one.record, one.here)
        told = Facts(document.owner_id, facts.lang, document.parent_id, facts.terms, facts.columns)
        operations.describe(session, document, told, by=None)
        return document


def _here(session: Session, sources: Sequence[str]) -> dict[str, Here]:
    columns = (Document.source, Document.id, Document.status, Document.working, Document.extra)
    rows = session.execute(select(*columns).where(Document.kind == KIND, Document.source.in_(sources)))
    return {
        str(source): Here(number, status, working, extra.get(MARK) or {})
        for source, number, status, working, extra in rows
    }


def _wishes(one: Ready) -> tuple[str, str, str]:
    """Addresses to try, the last of which is nobody else's."""
    base = slug_of(one.record.title)
    if len(base) > _SLUG_LENGTH:
        base = base[: _SLUG_LENGTH + 1].rpartition("-")[0] or base[:_SLUG_LENGTH]
    return base, f"{base}-{slug_of(one.record.key)[:20]}".strip("-"), f"{base}-{_digest(one.source).hex()}"


def _text_mark(one: Ready) -> str:
    return _digest(f"{one.record.title}\n{one.record.body}").hex()


def _digest(words: str) -> bytes:
    return blake2b(words.encode(), digest_size=12).digest()
