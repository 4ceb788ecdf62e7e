"""The log for those who may read it, alarms, quarantine and break-glass (03-sharing 3.7, 3.8)."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from wiki import clocks
from wiki.access.policy import Action
from wiki.security import alarms, commands, glass, glass_views, log_views, telling, views

# Ways that stand at the foot of every page of those who may go there.
WAYS = (
    (_l("The log"), "log.index", Action.LOG_READ),
    (_l("Security"), "security.overview", Action.SECURITY_READ),
    (_l("Break the glass"), "glass.ask", Action.GLASS_BREAK),
)


def init_app(app: Flask) -> None:
    """Add it to the application."""
    for part in (log_views, views, glass_views):
        app.register_blueprint(part.blueprint)
    settings = app.extensions["chancery_settings"]
    clocks.add(app, "alarms", lambda: alarms.look(settings))
    clocks.add(app, "glass", glass.clock)
    app.extensions.setdefault("chancery_ways", []).extend(WAYS)
    telling.init_app(app)
    app.cli.add_command(commands.audit_commands)
