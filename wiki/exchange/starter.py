"""The starter pack: what a new wiki knows on its first day, kept up to date as long as nobody made it their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from flask import current_app

from wiki import db
from wiki.documents.files import FileStore, LocalFiles
from wiki.documents.models import Document
from wiki.exchange import documents, frontmatter, people, references, shape, yamls
from wiki.exchange.documents import LOADED, Place, Ready, Writer
from wiki.exchange.entries import DocumentEntry, World
from wiki.exchange.people import Count
from wiki.exchange.problems import Notes
from wiki.exchange.world import Outcome
from wiki.settings import Settings

FOLDER = Path(__file__).resolve().parents[2] / "starter"
KINDS = {"guidelines": "guideline", "pages": "page"}
LISTS = ("groups.yaml", "vocabularies.yaml")


def load_starter(settings: Settings | None = None, *, store: FileStore | None = None, folder: Path = FOLDER) -> Outcome:
    """Load the pack into the database of the work in hand; again is harmless. The caller drains the outbox.

    Settings and file store are those of the current application unless given.
    A document that somebody edited, ended or binned is left alone, as are sharing, owners and names of groups. Raises
    FileRefused when the pack itself is wrong.
    """
    settings = settings or current_app.extensions["chancery_settings"]
    notes = Notes(folder.name)
    world = read(folder, notes, settings)
    with db.system_session() as session:
        there = references.known(session)
        references.check(world, there, notes, settings)
        loaded = documents.fingerprints(session, (entry.place for entry in world.documents))
    ready = documents.prepare(world.documents, loaded, notes, settings)
    notes.refuse_if_wrong()
    ready = documents.store_files(ready, store or LocalFiles(settings.files_dir))
    return _write(world, ready, notes, settings)


def _write(world: World, ready: dict[Place, Ready], notes: Notes, settings: Settings) -> Outcome:
    with db.system_session(writing=True) as session:
        return Outcome(
            groups=people.write_groups(session, world.groups, keep_names=True),
            people=Count(),
            terms=people.write_terms(session, world.terms),
            documents=StarterWriter(session, notes, settings, source="starter").write(world.documents, ready),
            notices=notes.notices,
        )


class StarterWriter(Writer):
    """Writes the documents of the pack, and keeps its hands off what has become somebody's own."""

    def _stays(self, entry: DocumentEntry, document: Document) -> bool:
        mark = document.extra.get(LOADED) or {}
        is_ours = mark.get("by") == self.source and mark.get("revision") == document.working
        return not is_ours or document.status != entry.status or mark.get("entry") == entry.fingerprint

    def _change(self, entry: DocumentEntry, document: Document, ready: Ready) -> None:
        self._revise(document, ready.texts[-1])
        self._attach(document, ready)


def read(folder: Path, notes: Notes, settings: Settings) -> World:
    """The entries of the pack; mistakes are in the notes."""
    data: dict[str, Any] = {}
    for name in LISTS:
        if (folder / name).exists():
            data |= yamls.read(yamls.decoded((folder / name).read_bytes(), name), name) or {}
    data["documents"] = list(_documents(folder, notes))
    world = shape.world_of(data, notes, settings)
    notes.refuse_if_wrong()
    return world


def _documents(folder: Path, notes: Notes) -> Iterator[dict[str, Any]]:
    for name, kind in KINDS.items():
        for path in sorted((folder / name).glob("*.md")):
            file = f"{name}/{path.name}"
            page = frontmatter.take_apart(yamls.decoded(path.read_bytes(), file), file)
            for line, message in page.problems:
                notes.wrong(file, None, message, line)
            yield {"kind": kind, "slug": path.stem, **page.data, "body": page.body.lstrip("\n")}
