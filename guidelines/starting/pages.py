"""The addresses of what somebody reads before they start."""

from __future__ import annotations

from flask import Blueprint, Flask

from guidelines.starting import views

pages = Blueprint("starting", __name__, url_prefix="/guidelines")
pages.add_url_rule("/before-you-start", "card", views.card)
pages.add_url_rule("/posting-pack", "pack", views.pack)


def init_app(app: Flask) -> None:
    """Add the pages."""
    app.register_blueprint(pages)
