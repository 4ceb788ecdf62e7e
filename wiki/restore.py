"""`chancery restore`: put a checked backup in place, whole or not at all.

A copy of the backup's database is made ready beside the one in use, in the shape of this release. The files are added
to those that are there, which hurts nobody, because each lies under the hash of its content. Then one rename puts the
new database in the place of the old. A kill before that moment leaves the old state, after it the new one.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import delete
from sqlalchemy.exc import SQLAlchemyError

from wiki import backup, db, migrate, occupancy
from wiki.access import audit
from wiki.backup import DATABASE, FILES, GROWING, SECRET, BackupFailed, Contents
from wiki.people.models import OneTimeLink, SignIn
from wiki.settings import Settings

# What SQLite keeps beside a database that is open, or that was not closed.
_BESIDE = ("-wal", "-shm", "-journal")
_STAGED, _ASIDE = "restoring-", "set-aside-"


class RestoreRefused(RuntimeError):
    """This backup is not restored here; the message says why and what to do."""


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--replace", is_flag=True, help="Where a database is already: keep all of it in a folder aside, then go on."
)
@click.option("--dry-run", is_flag=True, help="Check everything and say what would happen; change nothing.")
@with_appcontext
def restore(folder: Path, replace: bool, dry_run: bool) -> None:
    """Put the backup in FOLDER, made by “chancery backup”, into the data folder of the settings.

    The backup is checked whole before anything is touched. Stop Chancery first. Ends with 0 when it was done, with 1
    when it was refused or failed: the message says what was kept and what to do next.
    """
    settings: Settings = current_app.extensions["chancery_settings"]
    with _telling_what_was_kept():
        contents = look(db.database(), settings, folder)
        click.echo(f"The backup is whole: {described(contents)}.")
        with occupancy.alone(settings.data_dir):
            _refuse_the_place(_target(db.database()), replace)
            if dry_run:
                return _say_what_would_happen(db.database(), settings, contents)
            aside = put_in_place(db.database(), settings, folder)
            click.echo(f"It is in place in {settings.data_dir}.")
            if aside:
                click.echo(f"What was there before is kept in {aside}. Chancery does not need it to run.")
            _make_the_index()
    _say_what_is_next(contents)


def look(database: db.Database, settings: Settings, folder: Path) -> Contents:
    """Check that this folder holds a whole backup that this release can restore, and say what is in it.

    Raises RestoreRefused, BackupFailed, OSError or sqlite3.Error.
    """
    if not database.is_sqlite:
        raise RestoreRefused(
            "The database is PostgreSQL. Bring the dump into an empty database with pg_restore, copy the files of the "
            f"same night to {settings.files_dir}, then run “chancery init” and “chancery search rebuild” "
            "(docs/operations.md)."
        )
    _refuse_what_is_no_backup(folder, settings)
    contents = backup.inspect(folder)
    if contents.schema not in migrate.revisions():
        raise RestoreRefused(
            f"The backup was made by a newer release ({contents.release or 'of unknown number'}, revision "
            f"{contents.schema}). Install that release, then restore with it."
        )
    return contents


def put_in_place(database: db.Database, settings: Settings, folder: Path) -> Path | None:
    """Restore a checked backup, and return the folder in which the old state is kept, if there was one.

    The caller has the data folder alone. Whatever raises before the end has changed nothing that anybody would miss.
    """
    target = _target(database)
    _sweep(settings, target)
    try:
        with database.turn():
            database.engine.dispose()
            _close(target)
            growing = _set_aside(settings, target) if _holds(target) else None
            staged = _stage(folder, target)
            kept = _bring_files(folder, settings)
            _close(target)
            _bring_secret(folder, settings)
            # An index of other texts must never be asked about these. A server that finds none makes it anew.
            _empty(settings.index_dir)
            # Named last, or restores that fail would leave one copy after the other.
            aside = _named(growing) if growing else None
            _swap(staged, target)
    finally:
        _sweep(settings, target)
    if aside:
        _drop_all_but(kept, settings.files_dir)
    return aside


def described(contents: Contents) -> str:
    """A backup in a few words."""
    counts = ", ".join(f"{what} {number}" for what, number in contents.counts.items())
    if contents.made_at is None:
        return f"{counts}; it does not say when it was made"
    return f"{counts}; made {contents.made_at[:16].replace('T', ' ')} UTC by release {contents.release}"


@contextmanager
def _telling_what_was_kept() -> Iterator[None]:
    kept = "Nothing was restored, and what was there is as it was."
    try:
        yield
    except db.WriteBusy as error:
        raise click.ClickException(f"{kept} Somebody is writing to the database; stop Chancery first.") from error
    except sqlite3.Error as error:
        raise click.ClickException(f"{kept} The backup’s database cannot be read: {error}. Take another.") from error
    except BackupFailed as error:
        raise click.ClickException(f"{kept} This backup is not whole: {error} Take another.") from error
    except (SQLAlchemyError, migrate.SchemaError) as error:
        raise click.ClickException(f"{kept} The backup could not be brought to this release: {error}") from error
    except (RestoreRefused, occupancy.Occupied, OSError) as error:
        raise click.ClickException(f"{kept} {error}") from error


def _refuse_what_is_no_backup(folder: Path, settings: Settings) -> None:
    if folder.name.endswith(GROWING):
        raise RestoreRefused(f"{folder} was interrupted while it was made, so it is no backup. Take another.")
    if folder.resolve() == settings.data_dir.resolve():
        raise RestoreRefused(f"{folder} is the data folder itself. Name the folder of a backup.")
    if not (folder / DATABASE).is_file():
        found = backup.backups(folder)
        hint = f"It holds backups; the newest is {found[0]}." if found else "Name a folder that “chancery backup” made."
        raise RestoreRefused(f"{folder} is no backup: there is no {DATABASE} in it. {hint}")
    log = folder / f"{DATABASE}-wal"
    if log.exists() and log.stat().st_size:
        raise RestoreRefused(
            f"{log} lies beside the database: this was copied from a running Chancery, or opened since. Take another."
        )


def _target(database: db.Database) -> Path:
    return Path(str(database.url.database))


def _refuse_the_place(target: Path, replace: bool) -> None:
    owner = target.parent.stat().st_uid
    if os.geteuid() == 0 and owner != 0:
        raise RestoreRefused(f"{target.parent} belongs to another user. Run this as that user, not as root.")
    if not replace and _holds(target):
        raise RestoreRefused(
            f"There is a database already: {target}. Name an empty folder in CHANCERY_DATA_DIR, "
            "or add --replace, which keeps what is there in a folder aside."
        )


def _holds(target: Path) -> bool:
    """Whether there is something to lose: any table, or anything that cannot be read."""
    logs = (path for path in _beside(target) if not path.name.endswith("-shm"))
    return any(path.stat().st_size for path in logs) or _tables(target) != 0


def _tables(database: Path) -> int | None:
    """How many tables there are; None when it cannot be read. Its log is left alone: SQLite drops one it cannot use."""
    if not database.exists():
        return 0
    try:
        with closing(backup.reading(database)) as connection:
            return int(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])
    except sqlite3.Error:
        return None


def _beside(target: Path) -> list[Path]:
    return [path for end in _BESIDE if (path := Path(f"{target}{end}")).exists()]


def _sweep(settings: Settings, target: Path) -> None:
    """Remove what was not finished, now or by a restore that was killed: copies, all of them."""
    for folder, begins in ((target.parent, _STAGED), (settings.data_dir, _ASIDE)):
        for left in folder.glob(f"{begins}*{GROWING}"):
            shutil.rmtree(left, ignore_errors=True)
    for left in settings.files_dir.glob(f"??/*{GROWING}"):
        left.unlink(missing_ok=True)


def _close(database: Path) -> None:
    """Make one file of a database, its log included. One that cannot be read is left as it is. Raises Occupied."""
    if not database.exists() or _tables(database) is None:
        return
    try:
        with closing(sqlite3.connect(database, timeout=1)) as connection:
            connection.execute("PRAGMA journal_mode=DELETE").fetchone()
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise occupancy.Occupied(
                f"Another process has {database} open. Stop Chancery and its other commands, then try again."
            ) from error


def _set_aside(settings: Settings, target: Path) -> Path:
    """Keep the old state in a folder that looks like a backup, so that it can be restored like one."""
    growing = settings.data_dir / f"{_ASIDE}{db.now():%Y%m%dT%H%M%S%f}{GROWING}"
    growing.mkdir(mode=0o700)
    for path in (target, *_beside(target)):
        if path.exists():
            _copy(path, growing / path.name.replace(target.name, DATABASE, 1))
    for path in settings.files_dir.glob("??/*"):
        _link(path, growing / FILES / path.parent.name / path.name)
    if (settings.data_dir / SECRET).exists():
        _copy(settings.data_dir / SECRET, growing / SECRET)
    backup.settle(growing)
    return growing


def _named(growing: Path) -> Path:
    whole = growing.with_name(growing.name.removesuffix(GROWING))
    os.rename(growing, whole)
    backup.flush(whole.parent)
    return whole


def _stage(folder: Path, target: Path) -> Path:
    """Make the new database ready: in the shape of this release, with nobody signed in."""
    place = target.parent / f"{_STAGED}{db.now():%Y%m%dT%H%M%S%f}{GROWING}"
    place.mkdir(mode=0o700)
    staged = place / DATABASE
    _copy(folder / DATABASE, staged)
    made = db.Database(f"sqlite:///{staged}")
    try:
        migrate.upgrade(made)
        with made.writing(system=True) as session:
            # A session that was ended since then must not run again, nor a link that was used open once more.
            session.execute(delete(SignIn))
            session.execute(delete(OneTimeLink))
            audit.record(session, "backup.restored", by=None, backup=folder.resolve().name, release=backup.release())
    finally:
        made.engine.dispose()
    _close(staged)
    backup.settle(place)
    return staged


def _bring_files(folder: Path, settings: Settings) -> set[str]:
    """Add the backup's files to those that are there; gives their names. A damaged one is made good."""
    there = set(backup.sound_files(settings.files_dir))
    wanted = set(backup.sound_files(folder / FILES))
    for name in sorted(wanted - there):
        _put(backup.place_of(folder / FILES, name), backup.place_of(settings.files_dir, name))
    if settings.files_dir.is_dir():
        backup.flush(settings.files_dir)
    return wanted


def _bring_secret(folder: Path, settings: Settings) -> None:
    if (folder / SECRET).is_file():
        _put(folder / SECRET, settings.data_dir / SECRET)


def _put(source: Path, place: Path) -> None:
    """Copy a file so that its place has it whole or not at all."""
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    growing = Path(f"{place}{GROWING}")
    _copy(source, growing)
    backup.flush(growing)
    os.replace(growing, place)
    backup.flush(place.parent)


def _swap(staged: Path, target: Path) -> None:
    """The one step that counts."""
    # A log is there only when the old database could not be read; beside the new one it would be taken for its own.
    for path in _beside(target):
        path.unlink()
    os.replace(staged, target)
    backup.flush(target.parent)


def _drop_all_but(kept: set[str], files: Path) -> None:
    """Leave no file of the old state among those of the new; all of them are aside. What cannot go hurts nobody."""
    for path in files.glob("??/*"):
        if path.parent.name + path.name not in kept:
            with suppress(OSError):
                path.unlink()


def _copy(source: Path, place: Path) -> None:
    shutil.copyfile(source, place)
    os.chmod(place, 0o600)


def _link(source: Path, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        os.link(source, place)
    except OSError:
        # Not every file system knows a second name for a file.
        _copy(source, place)


def _empty(folder: Path) -> None:
    if folder.is_dir():
        for path in folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _say_what_would_happen(database: db.Database, settings: Settings, contents: Contents) -> None:
    if _holds(_target(database)):
        click.echo(f"The database that is there now would be kept in {settings.data_dir / _ASIDE}…, with its files.")
    if contents.schema != migrate.head():
        click.echo(f"The backup’s database would be brought from revision {contents.schema} to {migrate.head()}.")
    click.echo(f"It would be put into {settings.data_dir}; everybody would be signed out. Nothing was changed.")


def _make_the_index() -> None:
    """Ask the search by its own command: the common ground knows no search."""
    group = current_app.cli.commands.get("search")
    rebuild = group.commands.get("rebuild") if isinstance(group, click.Group) else None
    if rebuild is None:
        return
    try:
        click.get_current_context().invoke(rebuild)
    except Exception as error:
        raise click.ClickException(
            f"The backup is in place, but search is not ready yet: {error} Run “chancery search rebuild”."
        ) from error


def _say_what_is_next(contents: Contents) -> None:
    moment = contents.made_at[:16].replace("T", " ") + " UTC" if contents.made_at else "the moment of the backup"
    click.echo(
        "\nEverybody is signed out. Invitations and reset links from before have ended; make new ones with\n"
        "“chancery person invite”.\n"
        f"Accounts, groups and sharing are as they were at {moment}: who was disabled since then is not,\n"
        "and what was hidden or withdrawn since then is open again. Put that right before you let people in.\n\n"
        "Next:\n  chancery check\n  chancery serve"
    )
