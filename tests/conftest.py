"""A real application on a real database for every test: SQLite, or PostgreSQL with CHANCERY_TEST_BACKEND=postgres."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from flask import Flask

from tests.people import World
from wiki import db, migrate
from wiki.settings import Settings

BACKEND = os.environ.get("CHANCERY_TEST_BACKEND", "sqlite")
SERVER = os.environ.get("CHANCERY_TEST_DATABASE_URL", "postgresql+psycopg://postgres@127.0.0.1/postgres")
DATA = Path(os.environ.get("CHANCERY_TEST_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An empty, migrated database to copy from: a file of SQLite, or the name of a PostgreSQL database."""
    if BACKEND == "sqlite":
        place = tmp_path_factory.mktemp("template") / "chancery.sqlite3"
        _migrated(f"sqlite:///{place}")
        yield str(place)
        return
    name = f"chancery_test_{uuid.uuid4().hex[:10]}"
    _run_on_the_server(f'create database "{name}"')
    _migrated(_address(name))
    yield name
    _run_on_the_server(f'drop database "{name}" with (force)')


def _migrated(url: str) -> None:
    database = db.Database(url)
    migrate.upgrade(database)
    with database.engine.connect() as connection:
        if database.is_sqlite:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.engine.dispose()


def _address(name: str) -> str:
    return SERVER.rsplit("/", 1)[0] + "/" + name


def _run_on_the_server(statement: str) -> None:
    with psycopg.connect(SERVER.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[arg-type]


@pytest.fixture
def make_app(template: str, tmp_path: Path) -> Iterator[object]:
    """Make applications, each with a database of its own; all are taken down after the test."""
    made: list[tuple[Flask, str]] = []

    def make(name: str = "one", **changes: object) -> Flask:
        folder = tmp_path / name
        folder.mkdir()
        settings = Settings(data_dir=folder, secret_key="a secret for tests", database_url=_copy(template, folder, made))
        app = build(replace(settings, **changes))  # type: ignore[arg-type]
        made[-1] = (app, made[-1][1])
        return app

    yield make
    for app, name in made:
        app.extensions["chancery_search"].close()
        app.extensions["chancery_db"].engine.dispose()
        if BACKEND != "sqlite":
            _run_on_the_server(f'drop database "{name}" with (force)')


def _copy(template: str, folder: Path, made: list[tuple[Flask, str]]) -> str:
    if BACKEND == "sqlite":
        shutil.copy(template, folder / "chancery.sqlite3")
        made.append((Flask("none"), ""))
        return f"sqlite:///{folder / 'chancery.sqlite3'}"
    name = f"chancery_test_{uuid.uuid4().hex[:10]}"
    _run_on_the_server(f'create database "{name}" template "{template}"')
    made.append((Flask("none"), name))
    return _address(name)


def build(settings: Settings) -> Flask:
    """The whole application, as wsgi.py builds it."""
    import guidelines
    import search
    from wiki.app import create_app

    app = create_app(search, guidelines, settings=settings)
    app.config["TESTING"] = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


@pytest.fixture
def app(make_app) -> Flask:  # type: ignore[no-untyped-def]
    """One application with an empty database."""
    made: Flask = make_app()
    return made


@pytest.fixture
def world(app: Flask) -> World:
    """The cast in an application: see tests/people.py for who they are."""
    return World(app)
