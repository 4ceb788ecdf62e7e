"""Migrations lead to the schema of the models, there and back, with and without data, on both back ends."""

from __future__ import annotations

import importlib
import os
import pkgutil
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Connection, MetaData, Table, create_engine, inspect, select, text, types as sa
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from wiki import db, migrate

SERVER = os.environ.get("CHANCERY_TEST_DATABASE_URL", "postgresql+psycopg://postgres@127.0.0.1/postgres")
REVISIONS = migrate.revisions()
STEPS = list(zip(["base", *REVISIONS], REVISIONS, strict=False))
ROWS = 3


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/chancery.sqlite3"
    else:
        yield from own_postgres_database()


def own_postgres_database() -> Iterator[str]:
    name = f"chancery_migrations_{uuid4().hex[:12]}"
    server = create_engine(SERVER, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3})
    try:
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
    except OperationalError:
        pytest.skip("no PostgreSQL answers at the address in CHANCERY_TEST_DATABASE_URL or on 127.0.0.1")
    yield make_url(SERVER).set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@pytest.fixture
def database(address: str) -> Iterator[db.Database]:
    found = db.Database(address)
    yield found
    found.engine.dispose()


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """A copy of the migrations, to which a test may add one of its own."""
    return Path(shutil.copytree(migrate.SCRIPTS, tmp_path / "scripts", ignore=shutil.ignore_patterns("__pycache__")))


def test_migrations_from_nothing_give_exactly_what_the_models_say(database: db.Database) -> None:
    migrate.load_models()
    migrate.upgrade(database)
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), db.Base.metadata) == []
    migrated = shape(database)
    migrate.downgrade(database, "base")
    with database.turn(), database.engine.begin() as connection:
        db.Base.metadata.create_all(connection)
    assert migrated == shape(database)


@pytest.mark.parametrize(("before", "after"), STEPS)
def test_each_migration_up_down_and_up_again_leaves_the_same_schema(
    database: db.Database, before: str, after: str
) -> None:
    go_to(database, before)
    old = shape(database)
    migrate.upgrade(database, after)
    new = shape(database)
    assert new != old
    migrate.downgrade(database, before)
    assert shape(database) == old
    migrate.upgrade(database, after)
    assert shape(database) == new


@pytest.mark.parametrize(("before", "after"), STEPS)
def test_each_migration_upgrades_a_database_with_data(database: db.Database, before: str, after: str) -> None:
    go_to(database, before)
    old = fill(database)
    migrate.upgrade(database, after)
    assert kept(old, count(database)) == kept(count(database), old)


def test_people_who_were_here_before_the_search_for_people_are_found_without_accents(database: db.Database) -> None:
    migrate.upgrade(database, "0001")
    with database.turn(), database.engine.begin() as connection:
        columns = "public_id, email, name, is_staff, is_active, lang, timezone, created_at, version"
        values = "'p1', 'tomas@example.org', 'Tomás  Medina', true, true, 'en', 'UTC', '2026-01-01 00:00:00', 1"
        connection.execute(text(f"insert into person ({columns}) values ({values})"))
    migrate.upgrade(database)
    with database.engine.connect() as connection:
        assert connection.execute(text("select sought from person")).scalar() == "tomas medina"


def test_the_action_of_a_lesson_becomes_the_first_of_its_actions_and_goes_back(database: db.Database) -> None:
    migrate.upgrade(database, "0003")
    fill(database)
    told = "select id, action, action_body_id, identified_at from lesson order by id"
    moved = "select document_id, what, body_id, made_at from lesson_action order by id"
    with database.engine.connect() as connection:
        before = connection.execute(text(told)).all()
    migrate.upgrade(database, "0004")
    with database.turn(), database.engine.begin() as connection:
        assert connection.execute(text(moved)).all() == before
        assert set(connection.execute(text("select state, stage from lesson_action")).all()) == {("asked", "body")}
        assert len(connection.execute(text("select id from lesson_step where step = 'identified'")).all()) == ROWS
        connection.execute(text("update lesson_action set what = 'Put better' where id = 1"))
    migrate.downgrade(database, "0003")
    with database.engine.connect() as connection:
        after = connection.execute(text(told)).all()
    assert [row.action for row in after] == ["Put better", *(row.action for row in before[1:])]
    assert [row.action_body_id for row in after] == [row.action_body_id for row in before]


@pytest.mark.parametrize(("before", "after"), STEPS)
def test_each_migration_downgrades_a_database_with_data(database: db.Database, before: str, after: str) -> None:
    migrate.upgrade(database, after)
    new = fill(database)
    assert set(new.values()) == {ROWS}
    migrate.downgrade(database, before)
    assert kept(new, count(database)) == kept(count(database), new)


def test_the_migrations_stand_in_one_line() -> None:
    directory = ScriptDirectory.from_config(migrate.configuration(None))
    assert directory.get_heads() == [migrate.head()] == REVISIONS[-1:]
    assert [step.down_revision for step in directory.walk_revisions()][::-1] == [None, *REVISIONS[:-1]]


def test_a_second_upgrade_changes_nothing(database: db.Database) -> None:
    assert migrate.current(database) is None
    assert not migrate.is_current(database)
    migrate.upgrade(database)
    before = fill(database)
    migrate.upgrade(database)
    assert migrate.is_current(database)
    assert count(database) == before


def test_two_upgrades_at_once_both_succeed(address: str, database: db.Database) -> None:
    code = "import sys; from wiki import db, migrate; migrate.upgrade(db.Database(sys.argv[1]))"
    running = [subprocess.Popen([sys.executable, "-c", code, address], cwd=migrate.SCRIPTS.parent) for _ in range(2)]
    assert [process.wait(60) for process in running] == [0, 0]
    assert migrate.is_current(database)


def test_a_migration_that_fails_half_way_leaves_nothing(database: db.Database, scripts: Path) -> None:
    migrate.upgrade(database)
    before, rows = shape(database), fill(database)
    add_migration(scripts, 'op.create_table("half_done", sa.Column("id", sa.Integer(), primary_key=True))\n    1 / 0')
    with pytest.raises(ZeroDivisionError):
        migrate.upgrade(database, scripts=scripts)
    assert (shape(database), count(database)) == (before, rows)
    assert migrate.is_current(database)


def test_a_table_made_anew_keeps_the_rows_that_refer_to_it(database: db.Database, scripts: Path) -> None:
    migrate.upgrade(database)
    rows = fill(database)
    recreate = 'recreate="always" if op.get_bind().dialect.name == "sqlite" else "auto"'
    column = 'sa.Column("probe", sa.Integer(), nullable=True)'
    body = f'with op.batch_alter_table("document", {recreate}) as batch:\n        batch.add_column({column})'
    add_migration(scripts, body)
    migrate.upgrade(database, scripts=scripts)
    assert count(database) == rows
    with pytest.raises(DBAPIError), database.turn(), database.engine.begin() as connection:
        connection.execute(text("UPDATE document_label SET document_id = 987654"))


def test_a_migration_that_would_leave_rows_without_their_owner_is_undone(tmp_path: Path, scripts: Path) -> None:
    database = db.Database(f"sqlite:///{tmp_path}/chancery.sqlite3")
    migrate.upgrade(database)
    rows = fill(database)
    add_migration(scripts, 'op.execute("DELETE FROM document WHERE id = 1")')
    with pytest.raises(migrate.SchemaError, match="refer to nothing"):
        migrate.upgrade(database, scripts=scripts)
    assert count(database) == rows
    database.engine.dispose()


def test_a_database_of_a_newer_release_is_refused_and_told_so(database: db.Database, scripts: Path) -> None:
    add_migration(scripts, 'op.create_table("later", sa.Column("id", sa.Integer(), primary_key=True))')
    migrate.upgrade(database, scripts=scripts)
    with pytest.raises(migrate.SchemaError, match="newer release"):
        migrate.upgrade(database)
    assert "later" in count(database)


def test_a_new_migration_holds_what_the_models_say_beyond_the_old_ones(scripts: Path) -> None:
    for path in (scripts / "versions").glob("*.py"):
        path.unlink()
    made = migrate.make("all of it", scripts=scripts)
    assert made.name == "0001_all_of_it.py"
    assert "create_table" in made.read_text()
    assert "document_label" in made.read_text()
    with pytest.raises(migrate.SchemaError, match="say already"):
        migrate.make("nothing", scripts=scripts)


def test_every_module_that_declares_a_table_is_known_to_the_migrations() -> None:
    migrate.load_models()
    known = set(db.Base.metadata.tables)
    for name in migrate.PACKAGES:
        for found in pkgutil.walk_packages(importlib.import_module(name).__path__, f"{name}."):
            importlib.import_module(found.name)
    assert set(db.Base.metadata.tables) == known


def go_to(database: db.Database, revision: str) -> None:
    if revision != "base":
        migrate.upgrade(database, revision)


def add_migration(scripts: Path, body: str) -> None:
    head = migrate.head()
    (scripts / "versions" / "9999_probe.py").write_text(
        '"""A migration of the tests."""\nimport sqlalchemy as sa\nfrom alembic import op\n'
        f'revision, down_revision = "9999", "{head}"\n\n\ndef upgrade() -> None:\n    {body}\n'
    )


def shape(database: db.Database) -> dict[str, Any]:
    """All that the database says of its tables, in an order that does not depend on how they came about."""
    with database.engine.connect() as connection:
        names = sorted(set(inspect(connection).get_table_names()) - {"alembic_version"})
        return {name: table_shape(connection, name) for name in names}


def table_shape(connection: Connection, name: str) -> dict[str, Any]:
    found = inspect(connection)
    columns = {c["name"]: (repr(c["type"]), c["nullable"], c["default"]) for c in found.get_columns(name)}
    return {
        "columns": columns,
        "primary key": found.get_pk_constraint(name),
        "references": by_name(found.get_foreign_keys(name)),
        "unique": by_name(found.get_unique_constraints(name)),
        "checks": by_name(found.get_check_constraints(name)),
        "indexes": by_name(found.get_indexes(name)),
        "storage": storage(connection, name),
    }


def by_name(found: Any) -> list[dict[str, Any]]:
    return sorted((dict(entry) for entry in found), key=lambda entry: str(entry["name"]))


def storage(connection: Connection, name: str) -> list[str]:
    """What SQLite alone knows of a table: whether it counts its ids up for ever, and whether it has row ids at all."""
    if connection.dialect.name != "sqlite":
        return []
    written = connection.execute(text("SELECT sql FROM sqlite_master WHERE name = :name"), {"name": name}).scalar_one()
    return re.findall("AUTOINCREMENT|WITHOUT ROWID", written)


def count(database: db.Database) -> dict[str, int]:
    """How many rows each table has."""
    with database.engine.connect() as connection:
        return {table.name: len(connection.execute(select(table)).all()) for table in tables(connection)}


def kept(of: dict[str, int], also_in: dict[str, int]) -> dict[str, int]:
    return {name: rows for name, rows in of.items() if name in also_in}


def tables(connection: Connection) -> list[Table]:
    """Every table as the database describes it, those referred to first."""
    found = MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != "alembic_version"]


def fill(database: db.Database) -> dict[str, int]:
    """Put generated rows into every table, made from what the database says of its columns; returns their numbers."""
    with database.turn(), database.engine.begin() as connection:
        for table in tables(connection):
            choices = allowed(connection, table.name)
            for i in range(ROWS):
                connection.execute(table.insert().values(row(connection, table, choices, i)))
    return count(database)


def allowed(connection: Connection, name: str) -> dict[str, list[str]]:
    """The words that checks of this table allow, by column."""
    found: dict[str, list[str]] = {}
    columns = [column["name"] for column in inspect(connection).get_columns(name)]
    for check in inspect(connection).get_check_constraints(name):
        words = [word for word in re.findall(r"'([^']*)'", check["sqltext"]) if word]
        found |= {column: words for column in columns if words and re.search(rf"\b{column}\b", check["sqltext"])}
    return found


def row(connection: Connection, table: Table, choices: dict[str, list[str]], i: int) -> dict[str, Any]:
    values = {column.name: value(column, choices.get(column.name, []), i) for column in table.columns}
    for reference in table.foreign_key_constraints:
        parents = connection.execute(select(*(element.column for element in reference.elements))).all()
        own = table is reference.referred_table
        found = parents[i] if i < len(parents) else [None] * len(reference.elements) if own else parents[-1]
        values |= dict(zip(reference.column_keys, found, strict=True))
    return values


def value(column: Column[Any], words: list[str], i: int) -> Any:
    kind = column.type
    if words:
        return words[i % len(words)]
    if isinstance(kind, sa.String):
        return f"{column.name} {i}"[-(kind.length or 200) :]
    samples: list[tuple[type[Any], Any]] = [
        (sa.Boolean, i % 2 == 0),
        (sa.Integer, i + 1),
        (sa.Float, i / 2),
        (sa.DateTime, datetime(2026, 11, 1 + i, tzinfo=UTC)),
        (sa.Date, date(2026, 11, 1 + i)),
        (sa.JSON, {"row": i}),
        (sa.LargeBinary, b"%d" % i),
    ]
    return next(sample for known, sample in samples if isinstance(kind, known))
