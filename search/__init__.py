"""Finding the right paragraph, and only what the reader may read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial

from flask import Flask

from search import commands, indexer, views
from search.aliases import ALIASES
from search.analysis import is_stop
from search.engine import Engine, EngineError
from wiki import health, outbox
from wiki.documents import repeating
from wiki.health import Finding
from wiki.people import finding
from wiki.settings import Settings


def init_app(app: Flask) -> None:
    """Open the engine that belongs to the database, and let it follow every change."""
    settings: Settings = app.extensions["chancery_settings"]
    engine = _engine(app, settings)
    app.extensions["chancery_search"] = engine
    outbox.handle(app.extensions["chancery_db"], indexer.TOPIC, partial(indexer.index_documents, engine))
    app.register_blueprint(views.blueprint)
    app.cli.add_command(commands.search_commands)
    health.add(_look)
    health.mending(_heal)
    finding.skip(is_stop)


def _engine(app: Flask, settings: Settings) -> Engine:
    if not settings.is_sqlite:
        from search.postgres_engine import PostgresEngine

        found = PostgresEngine(app.extensions["chancery_db"].engine, aliases=ALIASES)
        # Its tables are an index, not records: made where they are missing, and rebuilt rather than migrated.
        found.prepare()
        return found
    from search.whoosh_engine import WhooshEngine

    settings.index_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.chmod(settings.index_dir, 0o700)
    return WhooshEngine(settings.index_dir, aliases=ALIASES)


def _heal(app: Flask) -> None:
    indexer.heal(app.extensions["chancery_search"])
    repeating.catch_up()


def _look(app: Flask) -> Iterator[Finding]:
    try:
        wrong = indexer.differences(app.extensions["chancery_search"])
    except EngineError as error:
        yield Finding("index", False, f"cannot be read ({error}); run “chancery search rebuild”")
        return
    words = "agrees with the database" if not wrong else f"{len(wrong)} documents differ; run “chancery search verify”"
    yield Finding("index", not wrong, words)
