"""Plain wiki pages, and the home page."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from wiki import kinds, web
from wiki.documents import routes
from wiki.documents.models import Page
from wiki.holding import home_parts
from wiki.kinds import Kind
from wiki.pages import parts, views

PAGE = Kind(
    name="page",
    model=Page,
    prefix="/wiki",
    label=_l("Page"),
    plural=_l("Pages"),
    icon="file-text",
)


def init_app(app: Flask) -> None:
    """Register the kind, its addresses, and the home page."""
    kinds.register(PAGE)
    pages = routes.blueprint(PAGE, __name__)
    pages.add_url_rule("/", "index", views.index)
    app.register_blueprint(pages)
    app.register_blueprint(views.home)
    parts.add(app, "due", home_parts.due, place=14)
    parts.count(app, views.waiting_requests)
    parts.add(app, "due", views.requests, place=20)
    parts.add(app, "due", views.questions, place=30)
    parts.add(app, "due", views.answers, place=40)
    web.add_section(app, _l("Pages"), "page.index", "file-text", place=90)
