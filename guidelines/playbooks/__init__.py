"""Playbooks: what to do, prepared on a sunny day and run on a bad one."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext as _l

from guidelines import loop
from guidelines.playbooks import (
    crisis_clock,
    crisis_reading,
    crisis_views,
    demo,
    exchange,
    run_views,
    telling,
    timeline,
    views,
)
from guidelines.playbooks.models import Playbook
from wiki import clocks, kinds, web
from wiki.documents import routes
from wiki.exchange import demo as worlds
from wiki.kinds import Kind
from wiki.pages import parts

PLAYBOOK = Kind(
    name="playbook",
    model=Playbook,
    prefix="/playbooks",
    label=_l("Playbook"),
    plural=_l("Playbooks"),
    icon="list-checks",
    template="guidelines/playbooks",
    beside=views.beside,
    file_fields=exchange.FIELDS,
    load=exchange.load,
)


def init_app(app: Flask) -> None:
    """Register the kind and its addresses."""
    kinds.register(PLAYBOOK)
    pages = routes.blueprint(PLAYBOOK, __name__)
    for rule, endpoint, view, methods in (
        ("/", "index", views.index, ["GET"]),
        ("/<slug>/runs", "runs", views.runs, ["GET"]),
        ("/<slug>/runs/new", "start", views.start, ["GET", "POST"]),
        ("/<slug>/runs/<run>", "run", views.run, ["GET"]),
        ("/<slug>/runs/<run>/sheet", "sheet", run_views.sheet, ["GET"]),
        ("/<slug>/runs/<run>/steps/<step>/tick", "tick", run_views.tick, ["POST"]),
        ("/<slug>/runs/<run>/steps/<step>/tick/removal", "untick", run_views.untick, ["POST"]),
        ("/<slug>/runs/<run>/decision-trees/<step>/answer", "choose", run_views.choose, ["POST"]),
        ("/<slug>/runs/<run>/presence", "join", run_views.join, ["POST"]),
        ("/<slug>/runs/<run>/presence/removal", "leave", run_views.leave, ["POST"]),
        ("/<slug>/runs/<run>/notes", "note", run_views.note, ["POST"]),
        ("/<slug>/runs/<run>/decisions", "decide", run_views.decide, ["POST"]),
        ("/<slug>/runs/<run>/roles", "give_role", run_views.give_role, ["POST"]),
        ("/<slug>/runs/<run>/contacts", "add_contact", run_views.add_contact, ["POST"]),
        ("/<slug>/runs/<run>/hand-overs", "hand_over", run_views.hand_over, ["POST"]),
        ("/<slug>/runs/<run>/hand-overs/<public_id>/confirmation", "take_over", run_views.take_over, ["POST"]),
        ("/<slug>/runs/<run>/end", "end", run_views.end, ["POST"]),
        ("/<slug>/runs/<run>/end/removal", "reopen", run_views.reopen, ["POST"]),
        ("/<slug>/crisis", "crisis", crisis_views.declare, ["GET", "POST"]),
        ("/<slug>/crisis/end", "end_crisis", crisis_views.end, ["POST"]),
        ("/<slug>/crisis/guests", "invite", crisis_views.invite, ["POST"]),
        ("/<slug>/crisis/guests/<grant>/removal", "uninvite", crisis_views.uninvite, ["POST"]),
    ):
        pages.add_url_rule(rule, endpoint, view, methods=methods)
    app.register_blueprint(pages)
    telling.init_app(app)
    clocks.add(app, "crises", crisis_clock.end_what_is_over)
    loop.tell("playbooks", timeline.of_lesson)
    worlds.also("playbooks", demo.show)
    # A crisis stands before everything else.
    parts.add(app, "now", crisis_reading.of_home, place=5)
    web.add_section(app, _l("Crisis desk"), "playbook.index", "siren", place=40, urgent=True)
