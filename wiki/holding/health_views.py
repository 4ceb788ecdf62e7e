"""The page of sharing health, for stewards and for those who lead a unit."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template, request

from wiki import db
from wiki.access import guard
from wiki.access.guard import needs
from wiki.access.policy import Action, Role
from wiki.holding import charts, health
from wiki.holding.health import Period

blueprint = Blueprint("sharing_health", __name__)


@blueprint.get("/sharing-health")
@needs(Action.HEALTH_READ)
def page() -> Any:
    """How open each unit is, and how it answers."""
    raw = request.args.get("period", "")
    period = Period(raw) if raw in list(Period) else Period.QUARTER
    viewer = guard.viewer()
    found = health.of(db.session(), viewer, period)
    return render_template(
        "holding/health.html",
        health=found,
        periods=list(Period),
        all_units=viewer.has(Role.STEWARD),
        asked=charts.columns(found.asked),
        bars={unit.group: charts.share((unit.open, unit.notices, unit.hidden)) for unit in found.units},
        # The days that each column stands for, counted back from today.
        ago=[round(period.days - step * period.days / period.steps) for step in range(period.steps + 1)],
    )
