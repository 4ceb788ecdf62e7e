"""`chancery backup`: one folder with all that cannot be made again, checked before it counts as a backup."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from wiki import db
from wiki.settings import Settings

DATABASE = "chancery.sqlite3"


class BackupFailed(RuntimeError):
    """There is no backup; the message says why."""


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
    growing, whole = folder / f"{name}.part", folder / name
    growing.mkdir(parents=True, mode=0o700)
    try:
        _copy(database, settings, growing)
        _check(growing)
        _settle(growing)
        os.rename(growing, whole)
    except BaseException:
        shutil.rmtree(growing, ignore_errors=True)
        raise
    return whole


def backups(folder: Path) -> list[Path]:
    """The backups in this folder, the newest first."""
    return sorted(
        (path for path in folder.glob("chancery-*") if path.is_dir() and path.suffix != ".part"), reverse=True
    )


def _copy(database: db.Database, settings: Settings, target: Path) -> None:
    # The files come second: whatever the copied database refers to was there before it.
    with closing(sqlite3.connect(str(database.url.database), isolation_level=None)) as connection:
        connection.execute("VACUUM INTO ?", (str(target / DATABASE),))
    os.chmod(target / DATABASE, 0o600)
    if settings.files_dir.is_dir():
        shutil.copytree(settings.files_dir, target / "files")
    secret = settings.data_dir / "secret"
    if secret.is_file():
        shutil.copy2(secret, target / "secret")


def _check(target: Path) -> None:
    with closing(sqlite3.connect(f"file:{target / DATABASE}?mode=ro&immutable=1", uri=True)) as connection:
        found = [str(row[0]) for row in connection.execute("PRAGMA integrity_check")]
        if found != ["ok"]:
            raise BackupFailed(f"the copy of the database is damaged ({found[0]}).")
        if connection.execute("PRAGMA foreign_key_check").fetchone():
            raise BackupFailed("rows of the database refer to nothing; run “chancery check”.")
        wanted = {str(row[0]) for row in connection.execute("SELECT sha256 FROM attachment WHERE removed_at IS NULL")}
    wrong = wanted - set(_sound_files(target / "files"))
    if wrong:
        raise BackupFailed(
            f"{len(wrong)} of {len(wanted)} attached files are missing or damaged; run “chancery check”."
        )


def _sound_files(folder: Path) -> Iterator[str]:
    """The names of the files whose content is what their name says."""
    for path in folder.glob("??/*"):
        with path.open("rb") as file:
            name = path.parent.name + path.name
            if hashlib.file_digest(file, "sha256").hexdigest() == name:
                yield name


def _settle(target: Path) -> None:
    """Have it all on the disk before it gets its name."""
    for path in (path for path in target.rglob("*") if path.is_file()):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
