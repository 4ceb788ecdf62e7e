"""Asking for access, and the requests one asked. What those who answer see is in `answering`."""

from __future__ import annotations

import secrets
from typing import Any, NoReturn

from flask import Blueprint, abort, flash, redirect, render_template, request as http, url_for
from flask_babel import gettext as _

from wiki import db, kinds
from wiki.access import guard
from wiki.access.guard import needs
from wiki.access.models import AccessRequest
from wiki.access.policy import Action
from wiki.asking import deadlines, desk, instead, operations, targets, words
from wiki.asking.forms import AppealForm, AskForm, Button
from wiki.asking.states import NotNow, is_open
from wiki.asking.targets import Target
from wiki.documents.web import place_in_list, settings
from wiki.people import calendar

blueprint = Blueprint("asking", __name__, url_prefix="/requests")
PAGE = 30


@blueprint.get("/new/<target>")
@needs(Action.ACCESS_ASK)
def ask(target: str) -> Any:
    """Ask to read something of which there is a notice, or a passage that is held back."""
    found = _wanted(target)
    mine = desk.open_for(db.session(), guard.viewer(), found.public_id)
    if mine is not None and mine.urgent:
        return _go_to_mine(mine)
    # “It became urgent” leads here: then that is what they want to say.
    urgent = http.args.get("urgent") == "1"
    return _ask_page(found, AskForm(formdata=None, key=secrets.token_urlsafe(16), urgent=urgent), mine)


@blueprint.post("/new/<target>")
@needs(Action.ACCESS_ASK)
def send(target: str) -> Any:
    """Send a request; sent twice it is one."""
    found, form = _wanted(target), AskForm()
    if not form.validate_on_submit():
        return _ask_page(found, form, desk.open_for(db.session(), guard.viewer(), found.public_id), code=422)
    said = {"words": form.words.data or "", "urgent": bool(form.urgent.data), "key": form.key.data}
    with db.write() as session:
        found = _wanted(target)
        asked = operations.ask(session, found, by=guard.viewer(), settings=settings(), **said)
    if asked.is_new:
        flash(_("Sent. You will be told as soon as there is an answer."), "success")
    elif asked.made_urgent:
        flash(_("Your request is urgent now, and there is less time to answer it."), "success")
    else:
        flash(_("You have asked for this already. Here is how it stands."), "info")
    return _go_to_mine(asked.request)


def _wanted(public_id: str) -> Target:
    """What the viewer may ask for. What they can read already leads there; anything else is not there."""
    session, viewer = db.session(), guard.viewer()
    found = targets.find(session, viewer, public_id)
    if found is not None and not targets.opens(session, viewer, found):
        return found
    _lead_on(public_id)


def _lead_on(public_id: str) -> NoReturn:
    document = targets.readable_by_now(db.session(), guard.viewer(), public_id)
    if document is None:
        abort(404)
    flash(_("You can read this already."), "info")
    abort(redirect(f"{kinds.kind(document.kind).prefix}/{document.slug}", 303))


def _ask_page(found: Target, form: AskForm, mine: AccessRequest | None, code: int = 200) -> Any:
    session, viewer = db.session(), guard.viewer()
    like = AccessRequest(id=0, target=found.public_id, document_id=found.document_id)
    about = desk.about(session, viewer, [like])[0]
    return render_template("asking/ask.html", about=about, asking=_asking(found, form, mine)), code


def _asking(found: Target, form: AskForm, mine: AccessRequest | None) -> dict[str, Any]:
    """What the form for asking shows: what will happen and by when, or how the request stands that there is."""
    working, now = calendar.of(db.session(), found.owner), db.now()
    routine = deadlines.to_answer(working, settings(), now, urgent=False).due_at
    return {
        "target": found.public_id,
        "form": form,
        "mine": mine,
        "due": words.due_in(mine.due_at, working) if mine is not None else "",
        "next": words.what_will_happen(found, settings(), routine, working),
        "hours": settings().request_urgent_hours,
        "third_party": found.reason == "third-party",
    }


def asking_for(public_id: str) -> dict[str, Any] | None:
    """The form for asking inside of the notice of a document: what its template is drawn with."""
    session, viewer = db.session(), guard.viewer()
    found = targets.find(session, viewer, public_id)
    if found is None or not viewer.is_staff:
        return None
    form = AskForm(formdata=None, key=secrets.token_urlsafe(16))
    return _asking(found, form, desk.open_for(session, viewer, found.public_id))


@blueprint.get("/mine")
@needs(Action.ACCESS_ASK)
def mine() -> Any:
    """What the viewer asked for and how it stands."""
    session, viewer, offset = db.session(), guard.viewer(), place_in_list()
    rows = desk.mine(session, viewer, limit=PAGE + 1, offset=offset)
    return render_template(
        "asking/mine.html", rows=rows[:PAGE], offset=offset, more=len(rows) > PAGE, page_size=PAGE, **_in_words()
    )


@blueprint.get("/mine/<request_id>")
@needs(Action.ACCESS_ASK)
def my_request(request_id: str) -> Any:
    """One request of the viewer's own."""
    return _my_page(_mine(request_id))


def _mine(request_id: str) -> AccessRequest:
    found = desk.find_mine(db.session(), guard.viewer(), request_id)
    if found is None:
        abort(404)
    return found


def _my_page(found: AccessRequest, *, appeal: AppealForm | None = None, said: Any = None, code: int = 200) -> Any:
    row = desk.rows(db.session(), guard.viewer(), [found])[0]
    return render_template(
        "asking/my_request.html",
        row=row,
        instead_words=instead.with_links(db.session(), guard.viewer(), found.instead),
        appeal_days=settings().appeal_working_days,
        appeal=appeal or AppealForm(formdata=None, version=found.version),
        may_appeal=operations.may_appeal(found, settings(), db.now()),
        is_open=is_open(found.state),
        said=said,
        **_in_words(),
    ), code


def _in_words() -> dict[str, Any]:
    """The words that pages about one's own requests are made of."""
    return {"words": words, "next_step": lambda row: words.next_step(row, settings())}


@blueprint.post("/mine/<request_id>/withdrawal")
@needs(Action.ACCESS_ASK)
def withdraw(request_id: str) -> Any:
    """Take one's own request back."""
    form = Button()
    form.validate_on_submit()
    try:
        with db.write() as session:
            found = _mine(request_id)
            operations.withdraw(session, found, by=guard.viewer(), version=form.version.data or 0)
    except NotNow as late:
        return _my_page(_mine(request_id), said=words.TOO_LATE[late.state], code=409)
    flash(_("You took your request back."), "success")
    return _go_to_mine(found)


@blueprint.post("/mine/<request_id>/appeal")
@needs(Action.ACCESS_ASK)
def appeal(request_id: str) -> Any:
    """Ask an arbiter to look at a refusal, once."""
    found, form = _mine(request_id), AppealForm()
    if operations.may_appeal(found, settings(), db.now()) and not form.validate_on_submit():
        return _my_page(found, appeal=form, code=422)
    try:
        with db.write() as session:
            found, said = _mine(request_id), form.appeal.data or ""
            version = form.version.data or 0
            operations.appeal(session, found, said, by=guard.viewer(), version=version, settings=settings())
    except NotNow as late:
        return _my_page(_mine(request_id), said=_no_appeal(late.state), code=409)
    flash(_("An arbiter will look at it. You will be told what they decide."), "success")
    return _go_to_mine(found)


def _no_appeal(state: str) -> Any:
    if state == "refused":
        return _("This cannot be appealed any more: once, and in time, is all there is. Nothing was changed.")
    return words.TOO_LATE[state]


def _go_to_mine(found: AccessRequest) -> Any:
    return redirect(url_for("asking.my_request", request_id=found.public_id), 303)
