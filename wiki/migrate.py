"""Migrations: bring a database to the schema of this release, whole or not at all.

Alembic is set up here rather than in a file, so that a checkout and a wheel find their migrations the same way. The
usual work is `upgrade(database)`; `python -m wiki.migrate "why"` writes a new migration from what the models now say.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
import sys
import tempfile
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, text

from wiki import db

SCRIPTS = Path(__file__).resolve().parent.parent / "migrations"
# Tables are declared in modules of these names, in each package. They are found by name because the ground must not
# import the slices that stand on it.
PACKAGES = ("wiki", "search", "guidelines", "training")
MODULES = frozenset({"models", "outbox", "tables"})


class SchemaError(RuntimeError):
    """The database cannot be migrated as asked; the message says what to do."""


def upgrade(database: db.Database, revision: str = "head", *, scripts: Path = SCRIPTS) -> None:
    """Bring the database to this revision. When a step fails nothing of it remains. Raises SchemaError."""
    _refuse_the_future(database, scripts)
    with _alone(database) as connection:
        command.upgrade(configuration(connection, scripts), revision)


def downgrade(database: db.Database, revision: str, *, scripts: Path = SCRIPTS) -> None:
    """Take the database back to an older revision; `base` empties it. Make a backup first."""
    with _alone(database) as connection:
        command.downgrade(configuration(connection, scripts), revision)


@functools.cache
def head(scripts: Path = SCRIPTS) -> str:
    """The newest revision this release knows."""
    return ScriptDirectory.from_config(configuration(None, scripts)).get_current_head() or ""


def revisions(scripts: Path = SCRIPTS) -> list[str]:
    """Every revision, the oldest first."""
    return [step.revision for step in ScriptDirectory.from_config(configuration(None, scripts)).walk_revisions()][::-1]


def current(database: db.Database) -> str | None:
    """The revision this database is at; None when it is empty."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def is_current(database: db.Database) -> bool:
    """Whether this database has the schema of this release."""
    return current(database) == head()


def configuration(connection: Connection | None, scripts: Path = SCRIPTS) -> Config:
    """Alembic's configuration, for this connection."""
    config = Config(attributes={"connection": connection}, cmd_opts=Namespace(quiet=True))
    config.set_main_option("script_location", str(scripts).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    return config


def load_models() -> None:
    """Import every module that declares tables, so that `db.Base.metadata` is whole."""
    for name in PACKAGES:
        package = importlib.import_module(name)
        for found in pkgutil.walk_packages(package.__path__, f"{name}."):
            if found.name.rpartition(".")[2] in MODULES:
                importlib.import_module(found.name)


def make(why: str, *, scripts: Path = SCRIPTS) -> Path:
    """Write the next migration: what lies between the newest one and the models. Raises SchemaError if nothing does."""
    load_models()
    with tempfile.TemporaryDirectory() as folder:
        database = db.Database(f"sqlite:///{folder}/empty.sqlite3")
        upgrade(database, scripts=scripts)
        with _alone(database) as connection:
            number = f"{len(revisions(scripts)) + 1:04d}"
            made = command.revision(configuration(connection, scripts), why, autogenerate=True, rev_id=number)
        database.engine.dispose()
    if not isinstance(made, Script):
        raise SchemaError("The models say nothing that the migrations do not say already.")
    return _tidied(Path(made.path))


def _tidied(path: Path) -> Path:
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.strip().startswith("# ###")))
    return path


def _refuse_the_future(database: db.Database, scripts: Path) -> None:
    found = current(database)
    if found is not None and found not in revisions(scripts):
        raise SchemaError(
            f"This database is at revision {found}, which this release does not know. "
            "Install the newer release again, or restore a backup made with this one."
        )


@contextmanager
def _alone(database: db.Database) -> Iterator[Connection]:
    """One transaction with the schema to itself: in the write turn of SQLite, behind a lock on PostgreSQL."""
    engine = database.engine.execution_options(sqlite_begin="IMMEDIATE") if database.is_sqlite else database.engine
    with database.turn(), engine.connect() as connection:
        yield from _on_sqlite(connection) if database.is_sqlite else _on_postgres(connection)


def _on_sqlite(connection: Connection) -> Iterator[Connection]:
    # Altering a table means making it anew, and dropping the old one would delete all that refers to it. The pragma
    # does nothing within a transaction, so it is given to the driver before SQLAlchemy begins one.
    driver = connection.connection.dbapi_connection
    assert driver is not None
    driver.execute("PRAGMA foreign_keys=OFF")
    try:
        with connection.begin():
            yield connection
            broken = connection.execute(text("PRAGMA foreign_key_check")).first()
            if broken is not None:
                raise SchemaError(
                    f"The migration would leave rows of “{broken[0]}” that refer to nothing; it was undone."
                )
    finally:
        driver.execute("PRAGMA foreign_keys=ON")


# One number for the lock that lets one node at a time migrate.
_LOCK = 0x0A1E3B1C


def _on_postgres(connection: Connection) -> Iterator[Connection]:
    with connection.begin():
        # The limits of a web request are too tight for a big table, and another node may be at work.
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(text("SET LOCAL lock_timeout = '60s'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
        yield connection


if __name__ == "__main__":
    if len(sys.argv) != 2 or not sys.argv[1].strip():
        raise SystemExit('Say what it is for: python -m wiki.migrate "add a column for …"')
    try:
        print(make(sys.argv[1]).relative_to(Path.cwd()))
    except SchemaError as error:
        raise SystemExit(str(error)) from None
