"""Guidelines on paper and in files: some or all of the book, put together for one reader, with a cover that says so."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Flask

from guidelines.guides.booklet import making, printing, views
from wiki import clocks, health, outbox
from wiki.documents.routes import GET, POST
from wiki.security import quarantine


def add_to(pages: Blueprint) -> None:
    """Give the book these addresses."""
    for rule, endpoint, view, methods in (
        ("/book", "book", views.book_page, GET),
        ("/book/taken", "take", views.take, POST),
        ("/book/pdf/<booklet>", "booklet", views.booklet_page, GET),
        ("/book/pdf/<booklet>/file", "booklet_file", views.booklet_file, GET),
    ):
        pages.add_url_rule(rule, endpoint, view, methods=methods)


def init_app(app: Flask) -> None:
    """Let PDFs be made after the answer, and thrown away after a day."""
    outbox.handle(app.extensions["chancery_db"], making.TOPIC, partial(making.make_all, app), long=True)
    clocks.add(app, "booklets", making.sweep)
    health.add(printing.findings)
    quarantine.also(making.leave_nothing_of)
