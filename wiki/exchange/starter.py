"""The starter pack: what a new wiki knows on its first day, kept up to date as long as nobody made it their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy.orm import Session

from wiki import db, kinds
from wiki.documents.files import FileStore, LocalFiles
from wiki.documents.models import Document
from wiki.exchange import demo, documents, frontmatter, people, references, shape, yamls
from wiki.exchange.documents import LOADED, Place, Ready, Writer
from wiki.exchange.entries import DocumentEntry, World
from wiki.exchange.people import Count
from wiki.exchange.problems import Notes
from wiki.exchange.world import Outcome
from wiki.settings import Settings

FOLDER = Path(__file__).resolve().parents[2] / "starter"
KINDS = {"guidelines": "guideline", "playbooks": "playbook", "modules": "module", "tracks": "track", "pages": "page"}
LISTS = ("groups.yaml", "vocabularies.yaml")
DEMO_KINDS = {"guidelines": "guideline", "lessons": "lesson", "pages": "page", "playbooks": "playbook"}
DEMO_LISTS = ("people.yaml",)

# What slices load of the pack beside documents, `load(session, folder)`, in the transaction that writes the pack.
Load = Callable[[Session, Path], None]
_loads: dict[str, Load] = {}


def also(name: str, load: Load) -> None:
    """Let a slice load more of the pack. The same name again replaces it: many apps live in one process."""
    _loads[name] = load


def load_starter(settings: Settings | None = None, *, store: FileStore | None = None, folder: Path = FOLDER) -> Outcome:
    """Load the pack into the database of the work in hand; again is harmless. The caller drains the outbox.

    Settings and file store are those of the current application unless given.
    A document that somebody edited, ended or binned is left alone, as are sharing, owners and names of groups. Raises
    FileRefused when the pack itself is wrong.
    """
    settings = settings or current_app.extensions["chancery_settings"]
    notes = Notes(folder.name)
    return _load(read(folder, notes, settings), notes, settings, store, source="starter", more=folder)


def load_demo(settings: Settings | None = None, *, store: FileStore | None = None, folder: Path = FOLDER) -> Outcome:
    """Load the invented cast, its lessons and what it holds back, to try things out; again is harmless.

    People who are here already stay as they are. Raises FileRefused when the files are wrong.
    """
    settings = settings or current_app.extensions["chancery_settings"]
    notes = Notes("demo")
    world = read(folder / "demo", notes, settings, folders=DEMO_KINDS, lists=DEMO_LISTS)
    return _load(world, notes, settings, store, source="demo", writer=DemoWriter)


def demo_addresses(folder: Path = FOLDER) -> list[str]:
    """The e-mail addresses of the invented cast."""
    content = (folder / "demo" / DEMO_LISTS[0]).read_bytes()
    data = yamls.read(yamls.decoded(content, DEMO_LISTS[0]), DEMO_LISTS[0])
    return [str(one["email"]) for one in data["people"]]


def _load(
    world: World,
    notes: Notes,
    settings: Settings,
    store: FileStore | None,
    *,
    source: str,
    writer: type[StarterWriter] | None = None,
    more: Path | None = None,
) -> Outcome:
    with db.system_session() as session:
        there = references.known(session)
        world = replace(world, people=tuple(one for one in world.people if one.email not in there.people))
        references.check(world, there, notes, settings)
        loaded = documents.fingerprints(session, (entry.place for entry in world.documents))
    ready = documents.prepare(world.documents, loaded, notes, settings)
    notes.refuse_if_wrong()
    ready = documents.store_files(ready, store or LocalFiles(settings.files_dir))
    with db.system_session(writing=True) as session:
        outcome = Outcome(
            groups=people.write_groups(session, world.groups, keep_names=True),
            people=people.write_people(session, world.people, {}),
            terms=people.write_terms(session, world.terms),
            # It looks up people when it is made.
            documents=(writer or StarterWriter)(session, notes, settings, source=source).write(world.documents, ready),
            notices=notes.notices,
        )
        if more is not None:
            for load in _loads.values():
                load(session, more)
        return outcome


class StarterWriter(Writer):
    """Writes the documents of the pack, and keeps its hands off what has become somebody's own."""

    def _knows(self, document: Document, seen: bool) -> bool:
        # Nobody named these addresses, so whatever has one keeps it.
        return True

    def _stays(self, entry: DocumentEntry, document: Document) -> bool:
        mark = document.extra.get(LOADED) or {}
        is_ours = mark.get("by") == self.source and mark.get("revision") == document.working
        return not is_ours or document.status != entry.status or mark.get("entry") == entry.fingerprint

    def _change(self, entry: DocumentEntry, document: Document, ready: Ready) -> None:
        self._revise(document, ready.texts[-1])
        self._attach(document, ready)


class DemoWriter(StarterWriter):
    """Writes the demo world, whose pages have ends that are counted from the day on which they came."""

    def write(self, entries: Sequence[DocumentEntry], ready: Mapping[Place, Ready]) -> Count:
        new = {entry.place for entry in entries if self.find(entry.place) is None}
        count = super().write(entries, ready)
        demo.show_states(self.session, new, self.settings)
        demo.show_more(self.session, new)
        return count

    def _stays(self, entry: DocumentEntry, document: Document) -> bool:
        # A page says another day each time it is read; nobody wants a new revision for that.
        return entry.kind == "page" or super()._stays(entry, document)


def read(
    folder: Path,
    notes: Notes,
    settings: Settings,
    folders: Mapping[str, str] = KINDS,
    lists: Sequence[str] = LISTS,
) -> World:
    """The entries of the pack; mistakes are in the notes. `folders` maps a folder to the kind of what lies in it."""
    data: dict[str, Any] = {}
    for name in lists:
        if (folder / name).exists():
            data |= yamls.read(yamls.decoded((folder / name).read_bytes(), name), name) or {}
    data["documents"] = list(_documents(folder, folders, notes))
    world = shape.world_of(data, notes, settings)
    notes.refuse_if_wrong()
    return world


def _documents(folder: Path, folders: Mapping[str, str], notes: Notes) -> Iterator[dict[str, Any]]:
    for name, kind in folders.items():
        if kind not in kinds.all_kinds():
            continue
        for path in sorted((folder / name).glob("*.md")):
            file = f"{name}/{path.name}"
            page = frontmatter.take_apart(demo.with_days(yamls.decoded(path.read_bytes(), file)), file)
            for line, message in page.problems:
                notes.wrong(file, None, message, line)
            yield {"kind": kind, "slug": path.stem, **page.data, "body": page.body.lstrip("\n")}
