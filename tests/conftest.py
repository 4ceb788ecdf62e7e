"""A real application on a real database for every test: SQLite, or PostgreSQL with CHANCERY_TEST_BACKEND=postgres."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache

from tests import databases, sparing
from tests.people import World
from wiki import db, migrate
from wiki.people import passwords
from wiki.settings import Settings

BACKEND = os.environ.get("CHANCERY_TEST_BACKEND", "sqlite")
DATA = Path(os.environ.get("CHANCERY_TEST_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first: at the end no worker waits for another one's long file."""
    long = {item.path for item in items if item.get_closest_marker("slow") or item.get_closest_marker("browser")}
    items.sort(key=lambda item: item.path not in long)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An empty, migrated database to copy from: a file of SQLite, or the name of a PostgreSQL database."""
    if BACKEND == "sqlite":
        place = tmp_path_factory.mktemp("template") / "chancery.sqlite3"
        _migrated(f"sqlite:///{place}")
        yield str(place)
        return
    name = databases.make()
    _migrated(databases.address(name))
    # With the tables of the index, which an application makes where they are missing.
    _close(build(_settings(tmp_path_factory.mktemp("template"), databases.address(name))))
    yield name
    databases.drop(name)


@pytest.fixture(scope="session")
def pool(template: str) -> Iterator[databases.Pool | None]:
    """Databases to lend, on PostgreSQL."""
    lent = databases.Pool(template) if BACKEND == "postgres" else None
    yield lent
    if lent is not None:
        lent.close()


def _migrated(url: str) -> None:
    database = db.Database(url)
    migrate.upgrade(database)
    with database.engine.connect() as connection:
        if database.is_sqlite:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.engine.dispose()


def _settings(folder: Path, url: str) -> Settings:
    return Settings(data_dir=folder, secret_key="a secret for tests", database_url=url)


def _close(app: Flask) -> None:
    app.extensions["chancery_search"].close()
    app.extensions["chancery_db"].engine.dispose()


class AppMaker:
    """Makes applications, each with a database of its own, and takes them down."""

    def __init__(self, template: str, folder: Path, pool: databases.Pool | None) -> None:
        self.template, self.folder, self.pool = template, folder, pool
        self.made: list[tuple[Flask, str]] = []

    def __call__(self, name: str = "one", **changes: object) -> Flask:
        folder = self.folder / name
        folder.mkdir()
        url, database = self._copy(folder)
        app = build(replace(_settings(folder, url), **changes))  # type: ignore[arg-type]
        self.made.append((app, database))
        return app

    def _copy(self, folder: Path) -> tuple[str, str]:
        if self.pool is None:
            shutil.copy(self.template, folder / "chancery.sqlite3")
            return f"sqlite:///{folder / 'chancery.sqlite3'}", ""
        name = self.pool.lend()
        return databases.address(name), name

    def take_down(self) -> None:
        for app, database in self.made:
            _close(app)
            if self.pool is not None:
                self.pool.take_back(database)


@pytest.fixture
def make_app(template: str, tmp_path: Path, pool: databases.Pool | None) -> Iterator[AppMaker]:
    """Make applications for one test."""
    maker = AppMaker(template, tmp_path, pool)
    yield maker
    maker.take_down()


@pytest.fixture(scope="module")
def make_shared_app(
    template: str, tmp_path_factory: pytest.TempPathFactory, pool: databases.Pool | None
) -> Iterator[AppMaker]:
    """Make applications that the tests of a module only read."""
    maker = AppMaker(template, tmp_path_factory.mktemp("shared"), pool)
    yield maker
    maker.take_down()


def build(settings: Settings) -> Flask:
    """The whole application, as wsgi.py builds it."""
    import guidelines
    import search
    import training
    from wiki.app import create_app

    app = create_app(search, guidelines, training, settings=settings)
    app.config["TESTING"] = False
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.jinja_env.bytecode_cache = _COMPILED
    return app


class _CompiledTemplates(BytecodeCache):
    """Templates as this process compiled them: hundreds of applications are made here, and each would do it anew."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        # The checksum in it tells whether the template is still the same.
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _CompiledTemplates()


@pytest.fixture
def app(make_app: AppMaker) -> Flask:
    """One application with an empty database."""
    return make_app()


@pytest.fixture
def world(app: Flask) -> World:
    """The cast in an application: see tests/people.py for who they are."""
    return World(app)


@pytest.fixture
def dear_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash as the product does, not as cheaply as the other tests."""
    monkeypatch.setattr(passwords, "_hasher", sparing.OF_THE_PRODUCT)
