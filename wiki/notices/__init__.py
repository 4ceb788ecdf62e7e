"""Notices: what somebody should know, in their inbox here and, as they wish, by mail."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Add the inbox and the mail to the application."""
    # The models and `tell` are imported by everyone, long before there is an application.
    from wiki import clocks
    from wiki.notices import appointments, inbox, mailing
    from wiki.notices.commands import mail_commands
    from wiki.notices.views import blueprint

    app.register_blueprint(blueprint)
    app.cli.add_command(mail_commands)
    mailing.init_app(app)
    appointments.init_app(app)
    clocks.add(app, "old notices", inbox.clear_old)
