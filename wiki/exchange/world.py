"""World files: groups, people and documents in one YAML file, loaded whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.orm import Session

from wiki import db
from wiki.documents.files import FileStore, LocalFiles
from wiki.exchange import documents, people, references, shape, yamls
from wiki.exchange.documents import Place, Ready
from wiki.exchange.entries import World
from wiki.exchange.people import Count
from wiki.exchange.problems import FileRefused, Notes, Problem
from wiki.settings import Settings


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a load did, or would do."""

    groups: Count
    people: Count
    terms: Count
    documents: Count
    notices: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        parts = ("groups", self.groups), ("people", self.people), ("documents", self.documents)
        return "; ".join(f"{name}: {count}" for name, count in parts)


class _DryRun(Exception):
    """Ends the transaction of a dry run, so that nothing of it stays."""


def load(path: Path, *, settings: Settings, store: FileStore | None = None, dry_run: bool = False) -> Outcome:
    """Load a world file into the database of the work in hand. Raises FileRefused with everything that is wrong.

    A second load changes nothing: people are known by e-mail, groups by id, documents by kind and slug. The caller
    drains the outbox.
    """
    notes = Notes(path.name)
    world = read(path, notes, settings)
    return write(world, notes, settings=settings, store=store or LocalFiles(settings.files_dir), dry_run=dry_run)


def read(path: Path, notes: Notes, settings: Settings) -> World:
    """The entries of a world file, each checked by itself; mistakes are in the notes."""
    try:
        if path.stat().st_size > yamls.MOST_BYTES:
            most = yamls.MOST_BYTES // 1_000_000
            raise FileRefused([Problem(path.name, f"is larger than {most} MB. Split it into several files.")])
        content = path.read_bytes()
    except OSError as error:
        raise FileRefused(
            [Problem(path.name, f"cannot be read: {error.strerror}. Check its name and rights.")]
        ) from None
    return shape.world_of(yamls.read(yamls.decoded(content, path.name), path.name), notes, settings)


def write(world: World, notes: Notes, *, settings: Settings, store: FileStore, dry_run: bool = False) -> Outcome:
    """Check entries against the database and write them in one transaction, or nothing."""
    with db.system_session() as session:
        there = references.known(session)
        world = references.with_headquarters(world, there, notes)
        references.check(world, there, notes, settings)
        ready = documents.prepare(world.documents, _loaded(session, world), notes, settings)
        notes.refuse_if_wrong()
        hashed: Mapping[str, str] = {} if dry_run else people.hashes(session, world.people, notes)
    if not dry_run:
        ready = documents.store_files(ready, store)
    return _in_one_transaction(world, notes, ready, hashed, settings, dry_run)


def _loaded(session: Session, world: World) -> dict[Place, str | None]:
    return documents.fingerprints(session, (entry.place for entry in world.documents))


def _in_one_transaction(
    world: World, notes: Notes, ready: dict[Place, Ready], hashed: Mapping[str, str], settings: Settings, dry_run: bool
) -> Outcome:
    outcome: Outcome | None = None
    try:
        with db.system_session(writing=True) as session:
            outcome = Outcome(
                groups=people.write_groups(session, world.groups),
                people=people.write_people(session, world.people, hashed),
                terms=people.write_terms(session, world.terms),
                documents=documents.Writer(session, notes, settings, source="world").write(world.documents, ready),
                notices=notes.notices,
            )
            if dry_run:
                raise _DryRun
    except _DryRun:
        pass
    assert outcome is not None
    return outcome
