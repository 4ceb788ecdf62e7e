"""Asking for access to what is held back: requests, their clocks, answers and appeals (03-sharing 3.6)."""

from __future__ import annotations

from flask import Flask

from wiki import clocks
from wiki.asking import answering, telling, views, words
from wiki.asking.clock import clock_of


def init_app(app: Flask) -> None:
    """Add the pages, the clock, the words of notices, and the form that stands in the notice of a document."""
    app.register_blueprint(answering.pages)
    app.jinja_env.globals["asking_for"] = views.asking_for
    clocks.add(app, "requests", clock_of(app.extensions["chancery_settings"]))
    telling.init_app(app)
    app.extensions.setdefault("chancery_log_words", {})["refusal"] = words.REFUSALS
