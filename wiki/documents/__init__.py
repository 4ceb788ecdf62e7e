"""What every kind of document has in common: text, history, sharing, links and files."""

from __future__ import annotations

from flask import Flask

from wiki.documents import kept, lists, visibility
from wiki.documents.files import LocalFiles
from wiki.people import panels


def init_app(app: Flask) -> None:
    """Spread the net of visibility, open the file store, and add the lists that go across kinds."""
    visibility.init()
    app.extensions["chancery_files"] = LocalFiles(app.extensions["chancery_settings"].files_dir)
    app.register_blueprint(lists.blueprint)
    app.jinja_env.globals["csrf_token"] = kept.token
    panels.add("group", lists.kept_by_group)
    panels.add("person", lists.written_by_person)
