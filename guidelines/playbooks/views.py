"""The crisis desk, the page of a playbook, and beginning a run; what is done in a run is in `run_views`."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

from flask import render_template
from flask_babel import gettext as _

from guidelines import nearby
from guidelines.playbooks import crisis_reading, exercising, operations, reading, run_page
from guidelines.playbooks.forms import StartForm
from guidelines.playbooks.models import Occasion, Playbook, Run
from wiki import db
from wiki.access import guard
from wiki.access.guard import needs
from wiki.access.policy import LIVE, Action
from wiki.documents import lists, repeating_views, web
from wiki.documents.forms import blame
from wiki.documents.models import Document


@needs(Action.DOCUMENT_LIST)
def index() -> Any:
    """The crisis desk: what runs now, and every playbook."""
    session, viewer = db.session(), guard.viewer()
    return lists.page_of(
        Document.kind == "playbook",
        Document.status.in_(LIVE),
        title=_("Crisis desk"),
        # What was not exercised for a year sinks below the rest.
        order=(exercising.is_stale(), Document.title, Document.id),
        template="guidelines/playbooks/index.html",
        exercised=exercising.days(session, viewer),
        is_old=exercising.is_old,
        crises=crisis_reading.going_on(session, viewer),
        past=crisis_reading.past(session, viewer),
        running=reading.runs(session, viewer, Run.ended_at.is_(None), limit=10),
        ended=reading.runs(session, viewer, Run.ended_at.is_not(None), limit=5),
    )


def beside(session: Any, viewer: Any, document: Any, text: Any, around: Any, allowed: Any) -> reading.Exercised:
    """What the page of a playbook tells of its runs, and of the lessons that changed it."""
    found, day = reading.exercised(session, document.id), document.exercised_on
    crisis = next(iter(crisis_reading.going_on(session, viewer, Document.id == document.id)), None)
    lessons = nearby.taken_up(session, viewer, document.id)
    return replace(found, day=day, is_stale=exercising.is_old(day), crisis=crisis, lessons=lessons)


@needs(Action.PLAYBOOK_RUN)
def start(slug: str) -> Any:
    """Begin a run."""
    playbook, form = run_page.load(slug, Action.PLAYBOOK_RUN), StartForm()
    form.offer()
    words = " ".join((form.words.data or "").split())
    repeats = form.is_submitted() and repeating_views.unanswered_words(words, playbook.audience, playbook.id)
    if not form.validate_on_submit() or repeats:
        form.key.data = form.key.data or secrets.token_urlsafe(16)
        return _start_page(playbook, form)
    try:
        with db.write() as session:
            playbook = run_page.load(slug, Action.PLAYBOOK_RUN)
            occasion, key = Occasion(form.occasion.data), form.key.data
            run = operations.start(session, playbook, occasion, words, by=guard.viewer(), key=key)
            repeating_views.note(session, playbook)
    except operations.Refused as refused:
        blame(form.occasion, refused)
        return _start_page(run_page.load(slug, Action.PLAYBOOK_RUN), form)
    return run_page.go_to(playbook, run)


def _start_page(playbook: Playbook, form: StartForm) -> Any:
    page = render_template("guidelines/playbooks/start.html", document=playbook, form=form, kind=web.this_kind())
    return page, 422 if form.errors or repeating_views.found() else 200


@needs(Action.DOCUMENT_READ)
def runs(slug: str) -> Any:
    """Every run of a playbook."""
    playbook, offset = run_page.load(slug), web.place_in_list()
    found = reading.runs(
        db.session(), guard.viewer(), Run.document_id == playbook.id, limit=lists.PAGE + 1, offset=offset
    )
    return render_template(
        "guidelines/playbooks/runs.html",
        document=playbook,
        kind=web.this_kind(),
        runs=found[: lists.PAGE],
        offset=offset,
        page_size=lists.PAGE,
        more=len(found) > lists.PAGE,
    )


@needs(Action.DOCUMENT_READ)
def run(slug: str, run: str) -> Any:
    """A run as it stands: its steps, its log, and what can be done."""
    playbook = run_page.load(slug)
    return run_page.page(playbook, run_page.find(playbook, run))
