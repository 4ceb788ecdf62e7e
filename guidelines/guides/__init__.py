"""Guidelines: what to do, who keeps it, and since when it holds."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from guidelines.guides import exchange, views
from guidelines.guides.models import Guideline
from wiki import kinds, web
from wiki.documents import routes
from wiki.kinds import Kind

GUIDELINE = Kind(
    name="guideline",
    model=Guideline,
    prefix="/guidelines",
    label=_l("Guideline"),
    plural=_l("Guidelines"),
    icon="book-open",
    template="guidelines/guides",
    publishes_at_once=False,
    statuses=("draft", "in-force", "superseded", "withdrawn"),
    facts=views.facts,
    load=exchange.load,
)


def init_app(app: Flask) -> None:
    """Register the kind and its addresses."""
    kinds.register(GUIDELINE)
    pages = routes.blueprint(GUIDELINE, __name__)
    pages.add_url_rule("/", "index", views.index)
    pages.add_url_rule("/<slug>/in-force", "put_in_force", views.put_in_force, methods=["GET", "POST"])
    pages.add_url_rule("/<slug>/supersession", "supersede", views.supersede, methods=["GET", "POST"])
    pages.add_url_rule("/<slug>/withdrawal", "withdraw", views.withdraw, methods=["GET", "POST"])
    app.register_blueprint(pages)
    web.add_section(app, _l("Guidelines"), "guideline.index", "book-open", place=10)
