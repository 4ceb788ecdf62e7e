"""`chancery backup`: one folder with all that cannot be made again, checked before it counts as a backup."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from wiki import db
from wiki.settings import Settings

DATABASE, FILES, SECRET, MANIFEST = "chancery.sqlite3", "files", "secret", "backup.json"
# Ends the name of a folder that is still being filled.
GROWING = ".part"
_HASH_LENGTH = 64
_COUNTED = {
    "documents": "SELECT count(*) FROM document",
    "revisions": "SELECT count(*) FROM revision",
    "people": "SELECT count(*) FROM person",
}


class BackupFailed(RuntimeError):
    """There is no backup, or it is not whole; the message says why."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a folder with a whole backup holds. A backup without a manifest knows neither its moment nor its release."""

    schema: str
    counts: Mapping[str, int]
    made_at: str | None = None
    release: str | None = None


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--keep", type=click.IntRange(min=1), help="Remove all but so many of the newest backups in this folder.")
@with_appcontext
def backup(folder: Path, keep: int | None) -> None:
    """Put a checked backup into a new folder within FOLDER, while everybody goes on working."""
    settings: Settings = current_app.extensions["chancery_settings"]
    try:
        made = make(db.database(), settings, folder)
    except (BackupFailed, OSError, sqlite3.Error) as error:
        raise click.ClickException(f"No backup was made: {error}") from error
    click.echo(f"{made} is whole.")
    for old in backups(folder)[keep:] if keep else ():
        shutil.rmtree(old)
        click.echo(f"{old} was removed.")


def make(database: db.Database, settings: Settings, folder: Path) -> Path:
    """Make one backup and return its folder. What is not whole never gets its name. Raises BackupFailed or OSError."""
    if not database.is_sqlite:
        raise BackupFailed(
            "the database is PostgreSQL. Use pg_dump for it, and copy the folder "
            f"{settings.files_dir} afterwards (docs/operations.md)."
        )
    # The moment alone could be taken already when two people make a backup in the same second.
    name = f"chancery-{db.now():%Y%m%dT%H%M%S%f}"
    growing, whole = folder / f"{name}{GROWING}", folder / name
    growing.mkdir(parents=True, mode=0o700)
    try:
        _copy(database, settings, growing)
        _check_copy(growing)
        settle(growing)
        os.rename(growing, whole)
        flush(folder)
    except BaseException:
        shutil.rmtree(growing, ignore_errors=True)
        raise
    return whole


def backups(folder: Path) -> list[Path]:
    """The backups in this folder, the newest first."""
    return sorted(
        (path for path in folder.glob("chancery-*") if path.is_dir() and path.suffix != GROWING), reverse=True
    )


def inspect(folder: Path) -> Contents:
    """Check a backup whole: its database, each reference, each attached file, and its manifest if it has one.

    Raises BackupFailed, OSError, or sqlite3.Error where there is no database to read.
    """
    manifest = _manifest(folder)
    if manifest and manifest["database"] != _hash_of(folder / DATABASE):
        raise BackupFailed(f"{DATABASE} is not the one that was backed up: it was changed, or not copied whole.")
    found = _of_the_database(folder)
    missing = _attached(folder / DATABASE) - set(sound_files(folder / FILES))
    if missing:
        raise BackupFailed(f"{len(missing)} of {found.counts['files']} attached files are missing or damaged.")
    if not manifest:
        return found
    return Contents(found.schema, found.counts, made_at=manifest["made_at"], release=manifest["release"])


def sound_files(folder: Path) -> Iterator[str]:
    """The names of the files whose content is what their name says."""
    for path in folder.glob("??/*"):
        name = path.parent.name + path.name
        if path.is_file() and _hash_of(path) == name:
            yield name


def reading(database: Path) -> sqlite3.Connection:
    """A connection that changes nothing at all, not even beside the file; for databases that nobody has open."""
    return sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro&immutable=1", uri=True)


def place_of(folder: Path, name: str) -> Path:
    """Where a folder of files keeps what has this hash."""
    return folder / name[:2] / name[2:]


def settle(folder: Path) -> None:
    """Have all of a folder on the disk, before something is built on it."""
    for path in (folder, *folder.rglob("*")):
        flush(path)


def flush(path: Path) -> None:
    """Have a file, or the names in a folder, on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def release() -> str:
    """The release that is running."""
    try:
        return metadata.version("chancery")
    except metadata.PackageNotFoundError:
        return "unknown"


def _copy(database: db.Database, settings: Settings, target: Path) -> None:
    # The files come second: whatever the copied database refers to was there before it.
    with closing(sqlite3.connect(str(database.url.database), isolation_level=None)) as connection:
        connection.execute("VACUUM INTO ?", (str(target / DATABASE),))
    os.chmod(target / DATABASE, 0o600)
    for path in settings.files_dir.glob("??/*"):
        # What is being uploaded right now has another name in a moment, and no row in the copied database.
        if len(name := path.parent.name + path.name) == _HASH_LENGTH:
            copied = place_of(target / FILES, name)
            copied.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            # One that was removed meanwhile is missed by the check, if anybody needs it.
            with suppress(FileNotFoundError):
                shutil.copy2(path, copied)
    secret = settings.data_dir / SECRET
    if secret.is_file():
        shutil.copy2(secret, target / SECRET)


def _check_copy(target: Path) -> None:
    """Check what was copied, then describe it in the manifest."""
    try:
        found = inspect(target)
    except BackupFailed as error:
        raise BackupFailed(f"{error} Run “chancery check”.") from error
    about = {
        "made_at": db.now().isoformat(),
        "release": release(),
        "schema": found.schema,
        "holds": dict(found.counts),
        "database": _hash_of(target / DATABASE),
    }
    (target / MANIFEST).write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")


def _of_the_database(folder: Path) -> Contents:
    with closing(reading(folder / DATABASE)) as connection:
        found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check")]
        if found != ["ok"]:
            raise BackupFailed(f"the copy of the database is damaged ({found[0]}).")
        if connection.execute("PRAGMA foreign_key_check").fetchone():
            raise BackupFailed("rows of the database refer to nothing.")
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        if row is None:
            raise BackupFailed("the copy of the database is empty.")
        counts = {what: int(connection.execute(asked).fetchone()[0]) for what, asked in _COUNTED.items()}
    return Contents(str(row[0]), {**counts, "files": len(_attached(folder / DATABASE))})


def _attached(database: Path) -> set[str]:
    with closing(reading(database)) as connection:
        return {str(row[0]) for row in connection.execute("SELECT sha256 FROM attachment WHERE removed_at IS NULL")}


def _manifest(folder: Path) -> dict[str, str]:
    """What the backup says of itself; nothing when it was made before backups had a manifest."""
    place = folder / MANIFEST
    if not place.exists():
        return {}
    try:
        read = json.loads(place.read_text(encoding="utf-8"))
        return {name: str(read[name]) for name in ("made_at", "release", "database")}
    except (ValueError, KeyError, TypeError) as error:
        raise BackupFailed(f"{MANIFEST} cannot be read: it was changed, or not copied whole.") from error


def _hash_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
