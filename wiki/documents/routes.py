"""The addresses that every kind of document has."""

from __future__ import annotations

from flask import Blueprint

from wiki.documents import file_views, sharing_views, views, writing
from wiki.kinds import Kind

GET, POST, BOTH = ["GET"], ["POST"], ["GET", "POST"]
# No number of ours is greater; a greater one would not even fit into a question to the database.
NUMBER = "<int(max=2147483647):number>"


def blueprint(kind: Kind, import_name: str) -> Blueprint:
    """A blueprint of the kind's name with everything a document needs but its index page."""
    pages = Blueprint(kind.name, import_name, url_prefix=kind.prefix)
    for rule, endpoint, view, methods in (
        ("/new", "new", writing.new, BOTH),
        ("/<slug>", "read", views.read, GET),
        ("/<slug>/edit", "edit", writing.edit, BOTH),
        ("/<slug>/history", "history", views.history, GET),
        (f"/<slug>/history/{NUMBER}", "revision", views.old_revision, GET),
        (f"/<slug>/history/{NUMBER}/restoration", "restore", writing.restore, POST),
        ("/<slug>/diff", "diff", views.changes, GET),
        ("/<slug>/why", "why", views.why, GET),
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
    ):
        pages.add_url_rule(rule, endpoint, view, methods=methods)
    return pages
