"""Persons, groups, memberships, roles, and how a person proves to be one."""

from __future__ import annotations

from flask import Flask


def init_app(app: Flask) -> None:
    """Add signing in, people and groups to the application."""
    # The models are imported by everyone, long before there is an application, so the web side comes in only here.
    # Administration is one blueprint, and three modules put their views into it when they are imported.
    from wiki.people import admin_groups, admin_people, admin_roles, letters, passwords, sessions, words  # noqa: F401
    from wiki.people.admin import admin
    from wiki.people.commands import register
    from wiki.people.views import people

    sessions.init_app(app)
    letters.init_app(app)
    register(app)
    app.register_blueprint(people)
    app.register_blueprint(admin)
    app.jinja_env.filters.update(
        group_type=words.group_type, role_name=words.role_name, device=words.device, initials=words.initials
    )
    app.jinja_env.filters.update(language_name=words.language_name, time_of=words.time_of, span=words.span)
    passwords.decoy()
