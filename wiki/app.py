"""The application: extensions first, then our own parts, then the slices."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from flask import Flask, appcontext_pushed

from wiki import asking, cli, db, documents, holding, notices, pages, people, security, settings, web
from wiki.settings import Settings

ROOT = Path(__file__).resolve().parent.parent


class Slice(Protocol):
    """A part of the application that plugs in, such as `search` or `guidelines`."""

    def init_app(self, app: Flask) -> None: ...


def create_app(*slices: Slice, settings: Settings | None = None) -> Flask:
    """Build the application of these settings (from the environment unless given) with these slices."""
    chosen = settings or _settings_of_the_environment()
    app = Flask("wiki", template_folder=str(ROOT / "templates"), static_folder=None)
    app.extensions["chancery_settings"] = chosen
    app.extensions["chancery_db"] = db.connect(chosen)
    appcontext_pushed.connect(_take_the_database, app)
    app.teardown_appcontext(lambda _: db.close())
    for part in (web, people, notices, documents, asking, holding, security, pages, *slices, cli):
        part.init_app(app)
    return app


def _settings_of_the_environment() -> Settings:
    return settings.read()


def _take_the_database(app: Flask) -> None:
    db.use(app.extensions["chancery_db"])
