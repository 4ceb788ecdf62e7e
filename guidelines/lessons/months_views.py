"""The page with what others learnt in a month."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request

from guidelines.lessons import months
from wiki import db
from wiki.access import guard
from wiki.access.guard import needs
from wiki.access.policy import Action
from wiki.people.viewer import today

blueprint = Blueprint("lesson_month", __name__)


@blueprint.get("/lesson-month")
@needs(Action.DOCUMENT_LIST)
def page() -> Any:
    """The lessons of a month for this reader: of the last one unless they ask for another."""
    month = months.named(request.args.get("month", "")) or months.before(today())
    return render_template(
        "guidelines/lessons/month.html",
        month=month,
        entries=months.lessons(db.session(), guard.viewer(), month),
    )
