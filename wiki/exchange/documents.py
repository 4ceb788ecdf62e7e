"""Writing the documents of a file: made when they are not here, changed when the file says something new of them."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, undefer

from wiki import kinds, markdown
from wiki.access.models import AccessGrant
from wiki.access.policy import BINNED, DRAFT
from wiki.documents import addresses, files, operations, passages_saved, sharing, texts
from wiki.documents.file_views import attach
from wiki.documents.files import CheckedFile, FileStore
from wiki.documents.leave import give
from wiki.documents.models import Attachment, Document, Redirect, Revision, Term
from wiki.documents.operations import VOCABULARIES, Facts
from wiki.documents.passages_saved import PassagesRefused
from wiki.documents.texts import PreparedText
from wiki.exchange.entries import DocumentEntry, FileEntry
from wiki.exchange.people import Count
from wiki.exchange.problems import Notes
from wiki.exchange.references import place_of, sharing_of
from wiki.people.models import Person
from wiki.settings import Settings

LOADED = "loaded"
_BLOCK_ID = re.compile(r"^([ \t>]*:{3,}.*?)[ \t]*\{#b-[a-z0-9]{2,20}\}[ \t]*$", re.MULTILINE)

Place = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Ready:
    """What was made of an entry before the write turn: its texts, oldest first, and its files with their hashes."""

    texts: tuple[PreparedText, ...]
    files: tuple[tuple[CheckedFile, str], ...]


class Meanwhile(RuntimeError):
    """The database changed between reading and writing; nothing was written, and a second try will do."""


def fingerprints(session: Session, places: Iterable[Place]) -> dict[Place, str | None]:
    """The fingerprint with which each of these documents was last loaded; None for one that came another way.

    What came another way and is not for the whole service is not there: see `Writer.find`.
    """
    wanted = set(places)
    seen = addresses.seen_by_staff(addresses.ANYBODY).label("seen")
    rows = session.execute(select(Document.kind, Document.slug, Document.extra, seen))
    return {
        (kind, slug): (extra.get(LOADED) or {}).get("entry")
        for kind, slug, extra, is_seen in rows
        if (kind, slug) in wanted and (is_seen or LOADED in extra)
    }


def prepare(
    entries: Sequence[DocumentEntry], there: Mapping[Place, str | None], notes: Notes, settings: Settings
) -> dict[Place, Ready]:
    """Render the texts and check the files of every entry that is new or says something new."""
    ready = {}
    for entry in entries:
        if there.get(entry.place) == entry.fingerprint:
            continue
        bodies = [entry.body] if entry.place in there else [*entry.revisions, entry.body]
        try:
            rendered = tuple(
                texts.prepare(entry.title, body, lang=entry.lang, budget=texts.AT_LEISURE) for body in bodies
            )
        except markdown.TextRefused as refused:
            notes.wrong(f"{entry.path}.body", None, f"is refused. {refused}")
            continue
        ready[entry.place] = Ready(rendered, tuple((_file(file, settings), "") for file in entry.attachments))
    return ready


def _file(entry: FileEntry, settings: Settings) -> CheckedFile:
    return files.check(entry.name, io.BytesIO(entry.content), limit=settings.max_upload_bytes)


def store_files(ready: Mapping[Place, Ready], store: FileStore) -> dict[Place, Ready]:
    """Put the files into the store. What is left there by a load that fails afterwards belongs to no document."""
    return {
        place: Ready(one.texts, tuple((file, store.put(file.content)) for file, _ in one.files))
        for place, one in ready.items()
    }


class Writer:
    """Writes entries in one session. `source` names where they come from: world or starter."""

    def __init__(self, session: Session, notes: Notes, settings: Settings, *, source: str) -> None:
        self.session, self.notes, self.settings, self.source = session, notes, settings, source
        self.people = dict(session.execute(select(Person.email, Person.public_id)).all())
        self.count = Count()

    def write(self, entries: Sequence[DocumentEntry], ready: Mapping[Place, Ready]) -> Count:
        """Make or change all of them; first their texts, then what they say of each other."""
        self._add_terms(entries)
        touched = [(entry, document) for entry in entries if (document := self._one(entry, ready.get(entry.place)))]
        for entry, document in touched:
            self._finish(entry, document)
        self.notes.refuse_if_wrong()
        self.session.flush()
        return self.count

    def _add_terms(self, entries: Sequence[DocumentEntry]) -> None:
        for entry in entries:
            for vocabulary, slug in add_terms(self.session, entry.terms):
                self.notes.notice(f"{entry.path}.{vocabulary}s", f"“{slug}” is a new {vocabulary}.")

    def _one(self, entry: DocumentEntry, ready: Ready | None) -> Document | None:
        """The document when it was made or changed, None when it stays as it is."""
        document = self.find(entry.place)
        if document is not None and self._stays(entry, document):
            self.count.add("unchanged")
            return None
        if ready is None:
            raise Meanwhile
        try:
            if document is None:
                document = self._make(entry, ready)
                self.count.add("new")
            else:
                self._change(entry, document, ready)
                self.count.add("changed")
        except PassagesRefused as refused:
            self.notes.wrong(f"{entry.path}.body", None, f"is refused. {refused}")
            return None
        return document

    def find(self, place: Place) -> Document | None:
        """The document at this address, or the one that had it before.

        It was loaded before, or the whole service can see it: whoever wrote the file cannot mean anything else, and
        must not open it to all by chance. So that is not there, and its address is free (03-sharing 3.10).
        """
        kind, slug = place
        found = self._known(select(Document).where(Document.kind == kind, Document.slug == slug))
        moved = select(Document).join(Redirect, Redirect.document_id == Document.id)
        return found or self._known(moved.where(Redirect.kind == kind, Redirect.slug == slug))

    def _known(self, statement: Select[Document]) -> Document | None:
        seen = addresses.seen_by_staff(addresses.ANYBODY).label("seen")
        row = self.session.execute(statement.options(undefer(Document.extra)).add_columns(seen)).first()
        return row[0] if row is not None and self._knows(row[0], row[1]) else None

    def _knows(self, document: Document, seen: bool) -> bool:
        return seen or LOADED in document.extra

    def _stays(self, entry: DocumentEntry, document: Document) -> bool:
        if (document.extra.get(LOADED) or {}).get("entry") == entry.fingerprint:
            return True
        if document.status == BINNED:
            self.notes.notice(entry.path, f"{entry.slug} is in the bin and stays there.")
            return True
        return False

    def _make(self, entry: DocumentEntry, ready: Ready) -> Document:
        facts = Facts(entry.owner, entry.lang, None, entry.terms, {"purpose": entry.purpose, **entry.columns})
        first, *later = ready.texts
        document = operations.draft(
            self.session,
            entry.kind,
            first,
            facts,
            self._sharing(entry),
            by=None,
            slug=entry.slug,
            authors=self._authors(entry),
        )
        # Found from now on, whoever may read it: the file may name it as a parent.
        document.extra = {**document.extra, LOADED: {}}
        for text in later:
            self._revise(document, text)
        self._attach(document, ready)
        return document

    def _revise(self, document: Document, text: PreparedText) -> None:
        author = document.authors[0].id if document.authors else None
        text = passages_saved.adopted(self.session, document, text)
        operations.revise(self.session, document, text, base=document.working, by=None, author=author)

    def _change(self, entry: DocumentEntry, document: Document, ready: Ready) -> None:
        newest = self._newest(document)
        text = passages_saved.adopted(self.session, document, ready.texts[-1])
        same = (text.title, _bare(text.body)) == (newest.title, _bare(newest.body))
        if not same or passages_saved.differ(self.session, document, text, bare=_bare):
            if self._was_edited(document):
                self.notes.notice(
                    entry.path, f"{entry.slug} was edited here; the text of the file is its newest revision."
                )
            self._revise(document, text)
        self._hand_over(entry, document)
        chosen = self._sharing(entry)
        if not self._is_shared_like(document, chosen):
            operations.share(self.session, document, chosen, by=None)
        self._attach(document, ready)

    def _newest(self, document: Document) -> Revision:
        statement = select(Revision).where(Revision.document_id == document.id, Revision.number == document.working)
        return self.session.scalars(statement.options(undefer(Revision.body))).one()

    def _was_edited(self, document: Document) -> bool:
        return bool((document.extra.get(LOADED) or {}).get("revision", document.working) != document.working)

    def _hand_over(self, entry: DocumentEntry, document: Document) -> None:
        """Owner and authors."""
        authors = self._authors(entry)
        if document.owner_id == entry.owner and {a.id for a in document.authors} == {a.id for a in authors}:
            return
        document.owner_id, document.authors = entry.owner, authors
        operations.relabel(self.session, document)

    def _authors(self, entry: DocumentEntry) -> list[Person]:
        if not entry.authors:
            return []
        found = {p.email: p for p in self.session.scalars(select(Person).where(Person.email.in_(entry.authors)))}
        return [found[email] for email in entry.authors]

    def _sharing(self, entry: DocumentEntry) -> sharing.Sharing:
        chosen = sharing_of(entry, sorted({self._label(label) for label in entry.audience}))
        # The same question the form asks, to the database itself: the last net before anything is written.
        for problem in sharing.problems(self.session, chosen, owner=entry.owner, settings=self.settings):
            self.notes.wrong(f"{entry.path}.{problem.field}", None, f"does not do. {problem}")
        return chosen

    def _label(self, label: str) -> str:
        prefix, _, rest = label.partition(":")
        return f"person:{self.people.get(rest, rest)}" if prefix == "person" else label

    def _is_shared_like(self, document: Document, chosen: sharing.Sharing) -> bool:
        now = sharing.of(document)
        if chosen.is_held:
            return bool(now == chosen)
        return bool(now == replace(now, audience=chosen.audience, handling=chosen.handling, released=chosen.released))

    def _attach(self, document: Document, ready: Ready) -> None:
        statement = select(Attachment).where(Attachment.document_id == document.id, Attachment.removed_at.is_(None))
        there = {file.name: file.sha256 for file in self.session.scalars(statement)}
        for file, sha256 in ready.files:
            if there.get(file.name) != sha256:
                attach(self.session, document, file, sha256, by=document.created_by_id)

    def _finish(self, entry: DocumentEntry, document: Document) -> None:
        """What may refer to other documents, and the mark that it was loaded."""
        parent = self.find(place_of(entry, entry.parent)) if entry.parent else None
        columns = {"purpose": entry.purpose, **entry.columns}
        facts = Facts(entry.owner, entry.lang, parent.id if parent else None, entry.terms, columns)
        if _told_of(document, columns) != _told(facts):
            operations.describe(self.session, document, facts, by=None)
        set_state(self.session, document, self._wanted(entry))
        for grant in entry.grants:
            self._grant(
                document, self.people[grant.person], datetime.combine(grant.until + timedelta(days=1), time(), UTC)
            )
        mark = {"by": self.source, "entry": entry.fingerprint, "revision": document.working}
        document.extra = {**document.extra, LOADED: mark}

    def _wanted(self, entry: DocumentEntry) -> dict[str, Any]:
        successor = self.find(place_of(entry, entry.successor)) if entry.successor else None
        return {"status": entry.status, "review": entry.review, "successor": successor, "why": entry.why}

    def _grant(self, document: Document, public_id: str, until: datetime) -> None:
        person = self.session.scalars(select(Person).where(Person.public_id == public_id)).one()
        mine = select(AccessGrant).where(
            AccessGrant.document == document.public_id,
            AccessGrant.person_id == person.id,
            AccessGrant.withdrawn_at.is_(None),
            AccessGrant.until == until,
        )
        if self.session.scalar(mine) is None:
            give(self.session, document.public_id, person.id, until, by=None, owner=document.owner_id)


def add_terms(session: Session, terms: Mapping[str, Iterable[str]]) -> list[tuple[str, str]]:
    """Add the platforms and topics that no vocabulary has yet, and name them; tags need none."""
    added = []
    for vocabulary in ("platform", "topic"):
        for slug in terms.get(vocabulary, ()):
            if session.get(Term, (vocabulary, slug)) is None:
                session.add(Term(vocabulary=vocabulary, slug=slug, name=_name_of(slug)))
                added.append((vocabulary, slug))
    return added


def set_state(session: Session, document: Document, wanted: Mapping[str, Any]) -> None:
    """Bring a document into the status it should have. Kinds with a life of their own do it their way (`Kind.load`)."""
    load = kinds.kind(document.kind).load
    if load is not None:
        load(session, document, wanted)
        return
    if wanted["status"] != DRAFT and (document.status == DRAFT or document.published != document.working):
        operations.publish(session, document, by=None, status=wanted["status"])
    elif wanted["status"] == DRAFT and document.status != DRAFT:
        document.status = DRAFT
        operations.relabel(session, document)
    if wanted.get("review"):
        document.extra = {**document.extra, "review": wanted["review"].isoformat()}


def _told(facts: Facts) -> tuple[Any, ...]:
    terms = {name: tuple(sorted(facts.terms.get(name, ()))) for name in VOCABULARIES}
    return facts.lang, facts.parent, dict(facts.columns), terms


def _told_of(document: Document, columns: Iterable[str]) -> tuple[Any, ...]:
    terms = {name: tuple(document.vocabulary(name)) for name in VOCABULARIES}
    return document.lang, document.parent_id, {name: getattr(document, name) for name in columns}, terms


def _bare(body: str) -> str:
    """A text without the ids that saving gave to its blocks."""
    return _BLOCK_ID.sub(r"\1", body)


def _name_of(slug: str) -> str:
    return slug.replace("-", " ").capitalize()
