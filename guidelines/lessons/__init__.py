"""Lessons: what failure, and now and then success, taught us."""

from __future__ import annotations

from typing import Any

from flask import Flask, url_for
from flask_babel import lazy_gettext as _l

from guidelines.lessons import (
    acting,
    commands,
    exchange,
    exporting_views,
    months,
    months_clock,
    months_views,
    numbers_views,
    views,
    writing,
)
from guidelines.lessons.acting import state_views
from guidelines.lessons.models import Lesson, LessonStatus
from wiki import clocks, kinds, web
from wiki.access import guard
from wiki.documents import routes
from wiki.kinds import Kind

LESSON = Kind(
    name="lesson",
    model=Lesson,
    prefix="/lessons",
    label=_l("Lesson"),
    plural=_l("Lessons"),
    icon="lightbulb",
    tone="lesson",
    template="guidelines/lessons",
    statuses=tuple(LessonStatus),
    first_status="observed",
    beside=views.beside,
    file_fields=exchange.FIELDS,
    load=exchange.load,
)


def init_app(app: Flask) -> None:
    """Register the kind and its addresses."""
    kinds.register(LESSON)
    commands.register()
    pages = routes.blueprint(LESSON, __name__, new=writing.new, edit=writing.edit)
    for rule, endpoint, view, methods in (
        ("/", "index", views.index, ["GET"]),
        ("/drafts/<key>", "keep_draft", writing.keep_draft, ["POST"]),
        ("/drafts/<key>/removal", "drop_draft", writing.drop_draft, ["POST"]),
        ("/export", "export", exporting_views.export, ["POST"]),
        ("/hints", "hints", writing.look_for_hints, ["POST"]),
        ("/similar", "similar", writing.look_for_similar, ["POST"]),
        ("/<slug>/uses", "use", views.use, ["GET", "POST"]),
        ("/<slug>/occurrences", "occur", views.occur, ["GET", "POST"]),
        ("/<slug>/confirmation", "confirm", views.confirm, ["POST"]),
        ("/<slug>/confirmation/refusal", "disown", views.disown, ["POST"]),
        ("/<slug>/validation", "validate", state_views.validate, ["GET", "POST"]),
    ):
        pages.add_url_rule(rule, endpoint, view, methods=methods)
    acting.init_app(app, pages)
    app.register_blueprint(pages)
    app.register_blueprint(numbers_views.blueprint)
    app.register_blueprint(months_views.blueprint)
    months.init_app(app)
    clocks.add(app, "lessons of the month", months_clock.run)
    app.context_processor(_record_url)
    web.add_section(app, _l("Lessons"), "lesson.index", "lightbulb", place=20)


def _record_url() -> dict[str, Any]:
    """Where the bar on phones leads to record a lesson: staff may."""
    viewer = guard.viewer_or_none()
    return {"record_url": url_for("lesson.new") if viewer is not None and viewer.is_staff else None}
