"""What follows from a lesson: its states, tasks for those who act, proposals, rechecks, and the line of its days."""

from __future__ import annotations

from flask import Blueprint, Flask

from guidelines import loop
from guidelines.lessons.acting import (
    clock,
    proposal_views,
    recheck_views,
    settling,
    state_views,
    task_views,
    telling,
    timeline,
)
from wiki import clocks
from wiki.pages import parts

_ADDRESSES = (
    ("/<slug>/actions", "add_action", task_views.add, ["GET", "POST"]),
    ("/<slug>/actions/<action>", "action", task_views.show, ["GET"]),
    ("/<slug>/actions/<action>/acceptance", "accept_action", task_views.accept, ["POST"]),
    ("/<slug>/actions/<action>/refusal", "refuse_action", task_views.refuse, ["GET", "POST"]),
    ("/<slug>/actions/<action>/completion", "finish_action", task_views.finish, ["GET", "POST"]),
    ("/<slug>/actions/<action>/removal", "drop_action", task_views.drop, ["POST"]),
    ("/<slug>/in-action", "take_up", state_views.take_up, ["POST"]),
    ("/<slug>/learning", "learn", state_views.learn, ["GET", "POST"]),
    ("/<slug>/sharing-only", "share_only", state_views.share_only, ["GET", "POST"]),
    ("/<slug>/refusal", "decline", state_views.decline, ["GET", "POST"]),
    ("/<slug>/obsolescence", "retire", state_views.retire, ["GET", "POST"]),
    ("/<slug>/reopening", "reopen", state_views.reopen, ["GET", "POST"]),
    ("/<slug>/merging", "merge", state_views.merge, ["GET", "POST"]),
    ("/<slug>/proposals", "propose", proposal_views.propose, ["GET", "POST"]),
    ("/<slug>/proposals/<proposal>", "proposal", proposal_views.show, ["GET"]),
    ("/<slug>/proposals/<proposal>/taking", "take_proposal", proposal_views.take, ["POST"]),
    ("/<slug>/proposals/<proposal>/refusal", "decline_proposal", proposal_views.decline, ["GET", "POST"]),
    ("/<slug>/rechecks/<recheck>", "recheck", recheck_views.answer, ["GET", "POST"]),
    ("/<slug>/timeline", "timeline", timeline.show, ["GET"]),
)


def init_app(app: Flask, pages: Blueprint) -> None:
    """Add the addresses to those of lessons, and what comes by itself."""
    for rule, endpoint, view, methods in _ADDRESSES:
        pages.add_url_rule(rule, endpoint, view, methods=methods)
    app.register_blueprint(task_views.blueprint)
    telling.init_app(app)
    clocks.add(app, "what follows from lessons", clock.run)
    loop.when_in_force("lessons", settling.heed)
    loop.tell("lessons", timeline.of_lesson)
    parts.count(app, task_views.numbers)
    parts.add(app, "due", task_views.due, place=16)
