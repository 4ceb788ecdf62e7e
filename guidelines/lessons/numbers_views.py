"""The page with the numbers of learning, for the service."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from guidelines.lessons import numbers
from wiki import db
from wiki.access import guard
from wiki.access.guard import needs
from wiki.access.policy import Action
from wiki.holding import charts
from wiki.people.viewer import today

blueprint = Blueprint("lesson_numbers", __name__)


@blueprint.get("/lesson-numbers")
@needs(Action.LESSON_NUMBERS)
def page() -> Any:
    """How we learn, as far as this reader may read."""
    found = numbers.of(db.session(), guard.viewer(), today())
    return render_template(
        "guidelines/lessons/numbers.html",
        numbers=found,
        fewest=numbers.FEWEST,
        people=charts.columns([quarter.people or 0 for quarter in found.quarters]),
    )
