"""What keeps a guideline true: interim notices, exceptions, local notes, reviews, what readers are asked, languages."""

from __future__ import annotations

from flask import Blueprint, Flask

from guidelines import loop
from guidelines.guides import editions_waiting
from guidelines.guides.keeping import (
    annexes,
    annexes_views,
    attesting,
    attesting_views,
    exceptions_views,
    interim_views,
    languages_views,
    reviews,
    reviews_views,
    showing,
    telling,
)
from search import api as search
from wiki.exchange import demo

GET, POST = ["GET"], ["POST"]
mine = Blueprint("keeping", __name__, url_prefix="/keeping")
mine.add_url_rule("/approvals", "approvals", editions_waiting.approvals)
mine.add_url_rule("/exceptions", "exceptions", exceptions_views.mine)
mine.add_url_rule("/overdue", "overdue", reviews_views.overdue)
mine.add_url_rule("/questions", "questions", attesting_views.mine)


def add_to(pages: Blueprint) -> None:
    """Give guidelines the addresses of this package."""
    for rule, endpoint, view, methods in (
        ("/<slug>/notices", "notices", interim_views.notices, GET),
        ("/<slug>/notices", "put_notice_up", interim_views.put_up, POST),
        ("/<slug>/notices/<key>/end", "end_notice", interim_views.end, POST),
        ("/<slug>/exceptions", "exceptions", exceptions_views.register, GET),
        ("/<slug>/exceptions", "grant_exception", exceptions_views.grant, POST),
        ("/<slug>/exceptions/<key>/end", "end_exception", exceptions_views.end, POST),
        ("/<slug>/annexes", "annexes", annexes_views.index, GET),
        ("/<slug>/annexes", "add_annex", annexes_views.add, POST),
        ("/<slug>/annexes/<key>/comparison", "compare_annex", annexes_views.still_right, POST),
        ("/<slug>/annexes/<key>/removal", "remove_annex", annexes_views.remove, POST),
        ("/<slug>/review", "review", reviews_views.review, GET),
        ("/<slug>/review", "answer_review", reviews_views.answer, POST),
        ("/<slug>/asking", "asking", attesting_views.asking, GET),
        ("/<slug>/asking", "ask_readers", attesting_views.ask, POST),
        ("/<slug>/asking/end", "stop_asking", attesting_views.stop, POST),
        ("/<slug>/attestation", "answered", attesting_views.of_my_group, GET),
        ("/<slug>/attestation", "attest", attesting_views.answer, POST),
        ("/<slug>/languages", "versions_in_languages", languages_views.versions, GET),
        ("/<slug>/languages", "link_version", languages_views.link, POST),
        ("/<slug>/languages/comparison", "compare_version", languages_views.follows, POST),
        ("/<slug>/languages/end", "unlink_version", languages_views.unlink, POST),
        ("/<slug>/in-my-language", "in_my_language", languages_views.mine, GET),
    ):
        pages.add_url_rule(rule, endpoint, view, methods=methods)


def init_app(app: Flask) -> None:
    """Add the pages that belong to no single guideline, and what is done when a version comes in force."""
    app.register_blueprint(mine)
    telling.init_app(app)
    loop.when_in_force("annexes", annexes.tell_keepers)
    loop.when_in_force("attestation", attesting.begin_again)
    loop.tell("attestation", attesting.happenings)
    demo.also("keeping", showing.show)
    search.sink("guidelines", reviews.late)
