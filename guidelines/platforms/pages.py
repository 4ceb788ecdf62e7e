"""The addresses of what we know of platforms."""

from __future__ import annotations

from flask import Blueprint, Flask

from guidelines.platforms import packing, views
from wiki.exchange import starter

pages = Blueprint("platforms", __name__, url_prefix="/guidelines/platforms")
pages.add_url_rule("", "index", views.index)
pages.add_url_rule("/choose", "choose", views.choose)
pages.add_url_rule("/<platform>/facts", "show", views.show)
pages.add_url_rule("/<platform>/facts", "keep", views.keep, methods=["POST"])


def init_app(app: Flask) -> None:
    """Add the pages, and let the starter pack bring its facts."""
    app.register_blueprint(pages)
    starter.also("platforms", packing.load)
