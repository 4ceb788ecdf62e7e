"""Holding back: its ends, hiding with a second approver, who can see what, sharing health (03-sharing 3.2-3.5, 3.9)."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from wiki import clocks, outbox
from wiki.access.policy import Action
from wiki.documents import passages
from wiki.holding import (
    ends,
    ends_notices,
    health_views,
    hiding,
    hiding_views,
    transfers,
    transfers_views,
    viewing_views,
)


def init_app(app: Flask) -> None:
    """Add it to the application."""
    viewing_views.init_app(app)
    app.register_blueprint(health_views.blueprint)
    app.extensions.setdefault("chancery_ways", []).append(
        (_l("Sharing health"), "sharing_health.page", Action.HEALTH_READ)
    )
    # The stewards' pages stand beside those of the keepers.
    app.register_blueprint(hiding_views.blueprint)
    app.extensions.setdefault("chancery_ways", []).append((_l("Held back"), "held.index", Action.HOLD_RENEW))
    ends_notices.init_app(app)
    outbox.handle(app.extensions["chancery_db"], passages.END_MOVED, ends.settle_moved)
    transfers_views.init_app(app)
    for name, clock in (("ends", ends.clock), ("hiding", hiding.clock), ("transfers", transfers.clock)):
        clocks.add(app, name, clock)
