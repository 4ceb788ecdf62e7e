"""The addresses of versions and of the life of a guideline."""

from __future__ import annotations

from flask import Blueprint, Flask

from guidelines.guides import (
    booklet,
    citing,
    editions_clock,
    editions_pages,
    editions_telling,
    editions_views,
    showing,
    views,
)
from search import api as search
from wiki import clocks
from wiki.documents.routes import BOTH, GET, POST
from wiki.exchange import demo

NUMBER, SECTION = "<int(max=2147483647):number>", "<int(max=100000):section>"


def add_to(pages: Blueprint) -> None:
    """Give guidelines these addresses."""
    for rule, endpoint, view, methods in (
        (f"/g/{NUMBER}", "numbered", editions_pages.numbered, GET),
        (f"/g/{NUMBER}/{SECTION}", "section", editions_pages.section, GET),
        ("/<slug>/versions", "versions", editions_pages.versions, GET),
        ("/<slug>/versions/undo", "undo", editions_views.undo, POST),
        ("/<slug>/difference", "difference", editions_pages.difference, GET),
        ("/<slug>/reading-mark", "mark", editions_pages.mark, POST),
        ("/<slug>/working", "working", editions_views.working, GET),
        ("/<slug>/wording", "publish_wording", editions_views.publish_wording, BOTH),
        ("/<slug>/approval", "ask", editions_views.ask, BOTH),
        ("/<slug>/approval/withdrawal", "take_back", editions_views.take_back, POST),
        ("/<slug>/approval/refusal", "send_back", editions_views.send_back, POST),
        ("/<slug>/in-force", "put_in_force", editions_views.put_in_force, BOTH),
        ("/<slug>/supersession", "supersede", views.supersede, BOTH),
        ("/<slug>/withdrawal", "withdraw", views.withdraw, BOTH),
        ("/<slug>/merger", "merge", views.merge, BOTH),
        ("/<slug>/suspension", "suspend", views.suspend, BOTH),
        ("/<slug>/suspension/end", "resume", views.resume, POST),
        ("/<slug>/consultation", "consult", views.consult, BOTH),
        ("/<slug>/consultation/end", "end_consultation", views.end_consultation, POST),
    ):
        pages.add_url_rule(rule, endpoint, view, methods=methods)
    booklet.add_to(pages)


def init_app(app: Flask) -> None:
    """Let what is due come in force by itself, tell those concerned, and be found by number."""
    editions_telling.init_app(app)
    booklet.init_app(app)
    clocks.add(app, "guidelines", editions_clock.clock)
    search.cite("guidelines", citing.find)
    demo.also("versions", showing.show)
