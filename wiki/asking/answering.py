"""Requests as those see them who answer: what waits, what was answered, and the word on one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import abort, flash, redirect, render_template, request as http, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from wiki import db
from wiki.access import guard, policy
from wiki.access.guard import needs
from wiki.access.models import AccessRequest, RequestState
from wiki.access.policy import Action, Decision, NotAllowed
from wiki.asking import desk, instead, operations, scope, words
from wiki.asking.forms import DecideForm, GrantForm, RefuseForm
from wiki.asking.states import NotNow
from wiki.asking.views import PAGE, blueprint
from wiki.documents import leave
from wiki.documents.web import place_in_list, settings

# Both halves are pages of one blueprint.
pages = blueprint


@pages.get("")
@needs(Action.SELF_MANAGE)
def inbox() -> Any:
    """The requests that wait for the viewer's word, by their deadlines; or those that were answered."""
    session, viewer, offset = db.session(), guard.viewer(), place_in_list()
    if not policy.may(viewer, Action.ACCESS_ANSWER):
        # Nothing ever waits for them here. What they asked for themselves is what they look for.
        policy.require(viewer, Action.ACCESS_ASK)
        return redirect(url_for("asking.mine"), 303)
    answered = http.args.get("show") == "answered"
    found = desk.answered if answered else desk.waiting
    rows = found(session, viewer, limit=PAGE + 1, offset=offset)
    more = len(rows) > PAGE
    return render_template(
        "asking/inbox.html", rows=rows[:PAGE], answered=answered, offset=offset, more=more, page_size=PAGE, words=words
    )


@pages.get("/<request_id>")
@needs(Action.SELF_MANAGE)
def request(request_id: str) -> Any:
    """One request, with what can be said to it."""
    return _page(_found(request_id))


def _found(request_id: str) -> AccessRequest:
    """A request that came before the viewer; their own is for somebody else to answer, and others are not there."""
    session, viewer = db.session(), guard.viewer()
    found = desk.find_to_answer(session, viewer, request_id)
    if found is None:
        if desk.find_mine(session, viewer, request_id) is not None:
            raise NotAllowed(Decision(False, "own-request"))
        abort(404)
    return found


def _page(
    found: AccessRequest,
    *,
    grant: GrantForm | None = None,
    refusal: RefuseForm | None = None,
    decision: DecideForm | None = None,
    said: Any = None,
    code: int = 200,
) -> Any:
    session, viewer = db.session(), guard.viewer()
    to_answer = found.state in scope.TO_ANSWER and bool(scope.may_answer(viewer, found, db.now()))
    page = render_template(
        "asking/request.html",
        row=desk.rows(session, viewer, [found])[0],
        words=words,
        instead_words=instead.with_links(session, viewer, found.instead),
        is_due=found.state in (*scope.TO_ANSWER, RequestState.APPEALED),
        may_answer=to_answer,
        may_decide=found.state == RequestState.APPEALED and bool(scope.may_decide(viewer, found)),
        grant=grant or GrantForm.empty(found.version, settings().grant_days),
        refusal=refusal or RefuseForm(formdata=None, version=found.version),
        decision=decision or DecideForm.empty(found.version, settings().grant_days),
        # The groups that could be added instead of giving leave to one of them after the other.
        crowds=leave.crowds(session, [found.target]) if to_answer else [],
        # On a phone the button at the foot leads here with the form of a refusal unfolded.
        refusing=http.args.get("refuse") == "1",
        said=said,
    )
    return page, code


@pages.post("/<request_id>/grant")
@needs(Action.ACCESS_ANSWER)
def grant(request_id: str) -> Any:
    """Let whoever asked read it until a day."""
    found, form = _found(request_id), GrantForm()
    if found.state not in scope.TO_ANSWER:
        return _too_late(found)
    if not form.validate_on_submit():
        return _page(found, grant=form, code=422)

    def say(session: Session, asked: AccessRequest) -> None:
        operations.grant(session, asked, form.moment, by=guard.viewer(), version=form.version.data or 0)

    return _answered(request_id, say, _("They can read it now and are told so."))


@pages.post("/<request_id>/refusal")
@needs(Action.ACCESS_ANSWER)
def refuse(request_id: str) -> Any:
    """Say no, why, and what can be shared instead."""
    found, form = _found(request_id), RefuseForm()
    if found.state not in scope.TO_ANSWER:
        return _too_late(found)
    if not form.validate_on_submit():
        return _page(found, refusal=form, code=422)

    def say(session: Session, asked: AccessRequest) -> None:
        reason, instead, version = form.refusal.data, form.instead.data or "", form.version.data or 0
        operations.refuse(session, asked, reason, instead, by=guard.viewer(), version=version)

    return _answered(request_id, say, _("Refused. They are told why, and what can be shared instead."))


@pages.post("/<request_id>/decision")
@needs(Action.ACCESS_DECIDE)
def decide(request_id: str) -> Any:
    """Decide an appeal."""
    found, form = _found(request_id), DecideForm()
    if found.state != RequestState.APPEALED:
        return _too_late(found)
    if not form.validate_on_submit():
        return _page(found, decision=form, code=422)

    def say(session: Session, asked: AccessRequest) -> None:
        until = form.moment if form.outcome.data == "allow" else None
        version, reasons = form.version.data or 0, form.words.data or ""
        operations.decide(session, asked, until, reasons, by=guard.viewer(), version=version)

    return _answered(request_id, say, _("Decided. Both sides are told."))


def _answered(request_id: str, say: Callable[[Session, AccessRequest], None], words_of_success: str) -> Any:
    try:
        with db.write() as session:
            say(session, _found(request_id))
    except NotNow as late:
        return _too_late(_found(request_id), late.state)
    flash(words_of_success, "success")
    return redirect(url_for("asking.inbox"), 303)


def _too_late(found: AccessRequest, state: str | None = None) -> Any:
    """Say what became of it meanwhile; nothing was changed."""
    return _page(found, said=words.TOO_LATE[RequestState(state or found.state)], code=409)
