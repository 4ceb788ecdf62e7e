"""Importing a folder of Markdown: a tree of documents, in batches that may be broken off and taken up again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session, undefer

from wiki import db, kinds, markdown
from wiki.access.policy import BINNED, DRAFT
from wiki.documents import addresses, files, operations, passages_saved, repeating, texts
from wiki.documents.file_views import attach
from wiki.documents.files import CheckedFile, FileStore
from wiki.documents.models import Document, Revision
from wiki.documents.operations import Facts
from wiki.documents.sharing import Sharing
from wiki.documents.texts import PreparedText, slug_of
from wiki.exchange import frontmatter, tree
from wiki.exchange.converter import Converter
from wiki.exchange.documents import add_terms, set_state
from wiki.exchange.report import Report
from wiki.exchange.targets import Targets
from wiki.exchange.tree import Node, Tree
from wiki.people.models import Person
from wiki.people.viewer import today
from wiki.settings import Settings

BATCH = 50
MARK = "import"
# What becomes a column or a term; everything else of the front matter is kept beside the document.
UNDERSTOOD = frozenset(
    {"title", "slug", "date", "lastmod", "tags", "tag", "categories", "keywords", "topics"}
    | {"summary", "description", "deck", "lang", "language", "draft"}
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the documents of an import are to be."""

    kind: str
    owner: str
    sharing: Sharing
    author: int | None = None
    site: str = ""


@dataclass(frozen=True, slots=True)
class Here:
    """A document that an earlier import made."""

    id: int
    slug: str
    status: str
    working: int
    mark: Mapping[str, Any]


@dataclass(slots=True)
class Ready:
    """A page converted and rendered."""

    node: Node
    text: PreparedText
    attached: list[tuple[CheckedFile, str]] = field(default_factory=list)


class Import:
    """One import of one folder. `run` does it; `report` is what it found."""

    def __init__(
        self, root: Path, wanted: Wanted, *, settings: Settings, store: FileStore, dry_run: bool = False
    ) -> None:
        self.root, self.wanted, self.settings, self.store, self.dry_run = root, wanted, settings, store, dry_run
        self.report = Report()
        self.tree = Tree()
        self.here: dict[str, Here] = {}
        self.ids: dict[str, int] = {}

    def read(self) -> int:
        """Read the folder and give addresses; returns how many pages there are."""
        self.tree = tree.scan(self.root, self.report, most_bytes=4 * self.settings.max_text_bytes)
        with db.system_session() as session:
            self.here = _here(session, self.wanted.kind, [node.source for node in self.tree.nodes])
            readers = addresses.readers_of(self.wanted.sharing.audience)
            taken = addresses.taken(session, readers, self.wanted.kind)
        tree.give_addresses(self.tree.nodes, {source: one.slug for source, one in self.here.items()}, taken)
        self.ids = {node.folder: self.here[node.source].id for node in self._folders() if node.source in self.here}
        self.report.count("pages in the folder", len(self.tree.nodes))
        return len(self.tree.nodes)

    def _folders(self) -> Iterable[Node]:
        return (node for node in self.tree.nodes if node.stands_for_folder)

    def run(self, progress: Callable[[int], object] = lambda number: None) -> Report:
        """Import what is new or changed. Each batch is a transaction; a second run goes on where the first ended."""
        targets = self._targets()
        todo = [node for node in self.tree.nodes if self._is_new(node)]
        self.report.count("unchanged", len(self.tree.nodes) - len(todo))
        progress(len(self.tree.nodes) - len(todo))
        for start in range(0, len(todo), BATCH):
            batch = todo[start : start + BATCH]
            ready = [one for node in batch if (one := self._prepare(node, targets))]
            if not self.dry_run:
                self._write(ready)
            for one in ready:
                self.report.count("changed" if one.node.source in self.here else "new")
            progress(len(batch))
        return self.report

    def _targets(self) -> Targets:
        kind = kinds.kind(self.wanted.kind)
        found = Targets(kind.name, kind.prefix, self.wanted.site.rstrip("/"))
        for node in self.tree.nodes:
            aliases = [alias for alias in node.page.words("aliases", "url") if "://" not in alias]
            found.add(node.path, node.slug, node.folder if node.stands_for_folder else None, aliases)
        return found

    def _is_new(self, node: Node) -> bool:
        """Whether there is something to do: what was edited here stays, and is reported when its source changed too."""
        one = self.here.get(node.source)
        if one is None:
            return True
        if one.mark.get("sha256") == node.sha256:
            return False
        if one.status == BINNED or one.working != one.mark.get("revision"):
            why = "it is in the bin here" if one.status == BINNED else "it was edited here"
            self.report.not_carried(node.path, 1, f"the change at the source: {why}")
            return False
        return True

    def _prepare(self, node: Node, targets: Targets) -> Ready | None:
        converter = Converter(node.path, targets, self.tree.files, self.report)
        body = converter.convert(node.page.body, node.page.first_line)
        title = node.title
        if len(title) > texts.TITLE_LENGTH:
            self.report.not_carried(node.path, 1, f"the end of a title of {len(title)} characters")
        try:
            text = texts.prepare(title, body.lstrip("\n"), lang=_lang(node), budget=texts.AT_LEISURE)
        except markdown.TextRefused as refused:
            self.report.not_carried(node.path, node.page.first_line, f"the whole file: {refused}")
            return None
        with db.system_session() as session:
            odd = passages_saved.problems(session, text, None, None)
        if odd:
            self.report.not_carried(node.path, node.page.first_line, f"the whole file: {odd[0]}")
            return None
        self._tell_repeated(node, text)
        return Ready(node, text, self._attachments(node, converter.used))

    def _tell_repeated(self, node: Node, text: PreparedText) -> None:
        with db.system_session() as session:
            told = repeating.told_of_import(session, text.sections, self.wanted.sharing.audience)
        if told:
            self.report.warn(node.path, node.page.first_line, told)

    def _attachments(self, node: Node, used: Mapping[str, str]) -> list[tuple[CheckedFile, str]]:
        found = []
        for name, place in used.items():
            try:
                with self.tree.files[place].open("rb") as stream:
                    file = files.check(name, stream, limit=self.settings.max_upload_bytes)
            except (files.FileRefused, OSError) as refused:
                self.report.not_carried(node.path, 1, f"file {place}: {refused}")
                continue
            found.append((file, "" if self.dry_run else self.store.put(file.content)))
        return found

    def _write(self, ready: Sequence[Ready]) -> None:
        with db.system_session(writing=True) as session:
            author = session.get(Person, self.wanted.author) if self.wanted.author else None
            for one in ready:
                document = self._one(session, one, author)
                if one.node.stands_for_folder:
                    self.ids[one.node.folder] = document.id

    def _one(self, session: Session, one: Ready, author: Person | None) -> Document:
        facts = self._facts(session, one.node)
        there = self.here.get(one.node.source)
        if there is None:
            document = self._make(session, one, facts, author)
        else:
            document = session.get_one(Document, there.id, options=[undefer(Document.extra)])
            text = passages_saved.adopted(session, document, one.text)
            operations.revise(session, document, text, base=document.working, by=None, author=self.wanted.author)
            operations.describe(session, document, facts, by=None)
        self._finish(session, document, one)
        return document

    def _make(self, session: Session, one: Ready, facts: Facts, author: Person | None) -> Document:
        return operations.draft(
            session,
            self.wanted.kind,
            one.text,
            facts,
            self.wanted.sharing,
            by=None,
            slug=one.node.slug,
            authors=[author] if author else [],
        )

    def _facts(self, session: Session, node: Node) -> Facts:
        page = node.page
        terms = {
            "tag": _slugs(page.words("tags", "tag", "categories", "keywords")),
            "topic": _slugs(page.words("topics")),
        }
        add_terms(session, terms)
        parent = self.ids.get(node.above) if node.above is not None else None
        columns: dict[str, object] = {
            "source": node.source,
            "purpose": _short(page.text("deck", "summary", "description")),
        }
        if moment := page.moment("date", "publishdate"):
            columns["created_at"] = min(moment, db.now())
        return Facts(self.wanted.owner, _lang(node), parent, terms, columns)

    def _finish(self, session: Session, document: Document, one: Ready) -> None:
        page = one.node.page
        statuses = kinds.kind(self.wanted.kind).statuses
        expiry = page.day("expirydate", "expiryDate", "review")
        wanted = {"status": DRAFT if page.data.get("draft") is True else statuses[1], "review": expiry}
        set_state(session, document, wanted)
        if expiry and expiry < today():
            self.report.count("past the day of expiry their front matter gives")
        if summary := page.text("summary", "description", "deck"):
            document.summary = summary[:400]
        if moment := page.moment("lastmod", "date", "publishdate"):
            document.updated_at = min(moment, db.now())
            mine = update(Revision).where(Revision.document_id == document.id, Revision.number == document.working)
            session.execute(mine.values(created_at=document.updated_at).execution_options(synchronize_session=False))
        for file, sha256 in one.attached:
            attach(session, document, file, sha256, by=self.wanted.author)
        rest = {key: value for key, value in page.data.items() if key not in UNDERSTOOD}
        mark = {"sha256": one.node.sha256, "revision": document.working}
        document.extra = {**document.extra, "front_matter": frontmatter.storable(rest), MARK: mark}


def _here(session: Session, kind: str, sources: Sequence[str]) -> dict[str, Here]:
    found = {}
    wanted = set(sources)
    columns = (Document.source, Document.id, Document.slug, Document.status, Document.working, Document.extra)
    statement = select(*columns).where(Document.kind == kind, Document.source.startswith("markdown:"))
    for source, number, slug, status, working, extra in session.execute(statement):
        if source in wanted:
            found[source] = Here(number, slug, status, working, extra.get(MARK) or {})
    return found


def _slugs(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(slug_of(word)[:60].strip("-") for word in words))


def _lang(node: Node) -> str:
    value = node.page.text("lang", "language")
    return value if 2 <= len(value) <= 12 and value.replace("-", "").isalpha() else "en"


def _short(text: str) -> str:
    """At most 200 characters, ending with a word."""
    return text if len(text) <= 200 else text[:199].rsplit(" ", 1)[0].rstrip(",.;: ") + "…"
