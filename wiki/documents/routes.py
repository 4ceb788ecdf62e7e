"""The addresses that every kind of document has."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Flask
from flask.blueprints import BlueprintSetupState

from wiki.documents import comment_views, explaining, file_views, sharing_views, views, writing
from wiki.kinds import Kind

GET, POST, BOTH = ["GET"], ["POST"], ["GET", "POST"]
# No number of ours is greater; a greater one would not even fit into a question to the database.
NUMBER = "<int(max=2147483647):number>"


def blueprint(kind: Kind, import_name: str, **own: Callable[..., Any]) -> Blueprint:
    """A blueprint of the kind's name with everything a document needs but its index page.

    `own`: views of the kind by endpoint, such as `edit`, that take the place of the common ones.
    """
    pages = Blueprint(kind.name, import_name, url_prefix=kind.prefix)
    for rule, endpoint, view, methods in (
        ("/new", "new", writing.new, BOTH),
        ("/<slug>", "read", views.read, GET),
        ("/<slug>/edit", "edit", writing.edit, BOTH),
        ("/<slug>/history", "history", views.history, GET),
        (f"/<slug>/history/{NUMBER}", "revision", views.old_revision, GET),
        (f"/<slug>/history/{NUMBER}/restoration", "restore", writing.restore, POST),
        ("/<slug>/diff", "diff", views.changes, GET),
        ("/<slug>/why", "why", explaining.why, GET),
        ("/<slug>/publication", "publish", writing.publish, POST),
        ("/<slug>/bin", "put_in_bin", writing.put_in_bin, POST),
        ("/<slug>/bin/restoration", "take_out", writing.take_out, POST),
        ("/<slug>/sharing", "share", sharing_views.share, BOTH),
        ("/<slug>/grants", "grant", sharing_views.grant, POST),
        ("/<slug>/grants/<grant>/withdrawal", "withdraw_grant", sharing_views.withdraw_grant, POST),
        ("/<slug>/files", "files", file_views.listing, GET),
        ("/<slug>/files", "add_file", file_views.add, POST),
        ("/<slug>/files/<name>", "file", file_views.fetch, GET),
        ("/<slug>/files/<name>/removal", "remove_file", file_views.remove, POST),
        ("/<slug>/comments", "comments", comment_views.listing, GET),
        ("/<slug>/comments", "add_comment", comment_views.add, POST),
        ("/<slug>/comments/<comment>", "comment", comment_views.show, GET),
        ("/<slug>/comments/<comment>", "change_comment", comment_views.change, POST),
        ("/<slug>/comments/<comment>/edit", "edit_comment", comment_views.edit, GET),
        ("/<slug>/comments/<comment>/withdrawal", "withdraw_comment", comment_views.withdraw, POST),
        ("/<slug>/comments/<comment>/resolution", "resolve_comment", comment_views.resolve, POST),
        ("/<slug>/comments/<comment>/reopening", "reopen_comment", comment_views.reopen, POST),
    ):
        pages.add_url_rule(rule, endpoint, own.get(endpoint, view), methods=methods)
    pages.record(_further)
    return pages


def add(app: Flask, rule: str, endpoint: str, view: Callable[..., Any], methods: list[str]) -> None:
    """Give every kind one more address, such as "/<slug>/as". Kinds that are registered from now on have it."""
    app.extensions.setdefault("chancery_document_routes", []).append((rule, endpoint, view, methods))


def _further(state: BlueprintSetupState) -> None:
    for rule, endpoint, view, methods in state.app.extensions.get("chancery_document_routes", ()):
        state.add_url_rule(rule, endpoint, view, methods=methods)
