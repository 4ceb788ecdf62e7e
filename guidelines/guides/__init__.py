"""Guidelines: what to do, who keeps it, and since when it holds."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from guidelines.guides import beside, editions_pages, exchange, keeping, pages as own, views
from guidelines.guides.models import Guideline, GuidelineStatus
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
    statuses=tuple(GuidelineStatus),
    facts=views.facts,
    beside=beside.beside,
    dress=beside.dress,
    load=exchange.load,
)


def init_app(app: Flask) -> None:
    """Register the kind and its addresses."""
    kinds.register(GUIDELINE)
    pages = routes.blueprint(GUIDELINE, __name__, read=editions_pages.read)
    pages.add_url_rule("/", "index", views.index)
    pages.add_url_rule("/<slug>/settlements", "settle", views.settle, methods=["POST"])
    pages.add_url_rule("/<slug>/settlements", "settlements", views.settlements)
    own.add_to(pages)
    keeping.add_to(pages)
    app.register_blueprint(pages)
    own.init_app(app)
    keeping.init_app(app)
    web.add_section(app, _l("Guidelines"), "guideline.index", "book-open", place=10, also=("platforms", "starting"))
