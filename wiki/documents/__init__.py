"""What every kind of document has in common: text, history, sharing, links and files."""

from __future__ import annotations

from flask import Flask

from wiki.documents import (
    comment_mail,
    comment_views,
    explaining,
    kept,
    lists,
    passages_shown,
    passages_told,
    repeating_views,
    visibility,
)
from wiki.documents.files import LocalFiles
from wiki.people import panels


def init_app(app: Flask) -> None:
    """Spread the net of visibility, open the file store, and add the lists that go across kinds."""
    visibility.init()
    app.extensions["chancery_files"] = LocalFiles(app.extensions["chancery_settings"].files_dir)
    app.register_blueprint(lists.blueprint)
    app.register_blueprint(comment_views.blueprint)
    comment_mail.init_app(app)
    passages_told.init_app(app)
    repeating_views.init_app(app)
    app.jinja_env.globals["csrf_token"] = kept.token
    app.jinja_env.globals["who_is_that"] = explaining.who_is_that
    app.jinja_env.globals["held_example"] = passages_shown.example
    app.jinja_env.globals["held_groups"] = passages_shown.known_groups
    app.jinja_env.globals["held_reasons"] = passages_shown.reasons
    panels.add("group", lists.kept_by_group)
    panels.add("person", lists.written_by_person)
