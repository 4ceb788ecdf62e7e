"""“Held back”: what somebody's units hold back, and what they do about its end. Stewards find their queues there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _, lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError
from wtforms import DateField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from wiki import db, kinds
from wiki.access import guard, policy
from wiki.access.guard import needs
from wiki.access.policy import Action, Role, Viewer
from wiki.documents import holds, passages
from wiki.documents.forms import blame, readable
from wiki.documents.models import Document, Passage
from wiki.documents.sharing import reason_in_words
from wiki.holding import ends, ends_lists, hiding, renewals
from wiki.holding.ends import Held, NothingToDo

blueprint = Blueprint("held", __name__, url_prefix="/held")


class RenewForm(FlaskForm):
    """Until when it is held back anew; `words` for a steward when its keepers may not decide alone."""

    until = DateField(_l("Hold it back until"), [Optional()])
    words = TextAreaField(_l("Why so long?"), [readable, Length(max=400, message=_l("Keep this to 400 characters."))])

    def validate_until(self, field: Any) -> None:
        if field.raw_data and field.raw_data[0] and field.data is None:
            field.errors = [_("Write the day as year-month-day, for example 2027-03-01.")]


class StopForm(FlaskForm):
    """Why it must not open by itself."""

    because = TextAreaField(
        _l("Why should it not open?"),
        [
            DataRequired(_l("Say in a line why it should not open.")),
            readable,
            Length(max=400, message=_l("Keep this to 400 characters.")),
        ],
    )


@blueprint.get("")
@needs(Action.HOLD_RENEW)
def index() -> Any:
    """What my units hold back, the nearest end first; and for stewards what waits for them."""
    viewer, session = guard.viewer(), db.session()
    rows = ends_lists.kept_by(session, viewer)
    soon = [row for row in rows if row.opens_soon]
    review = [row for row in rows if row.review_since is not None]
    return render_template(
        "holding/ends.html",
        soon=soon,
        review=review,
        later=[row for row in rows if row not in soon and row not in review],
        queues=ends_lists.queues(session, viewer) if viewer.has(Role.STEWARD) else None,
    )


@blueprint.get("/<target>")
@needs(Action.HOLD_RENEW)
def one(target: str) -> Any:
    """One thing that is held back, and what can be done about its end."""
    held = load(target, Action.HOLD_RENEW)
    return page(held) if ends.is_held(held) else _open_already(held)


@blueprint.post("/<target>/renew")
@needs(Action.HOLD_RENEW)
def renew(target: str) -> Any:
    """Hold it back anew, or ask a steward where its keepers have done so twice."""
    held, form = load(target, Action.HOLD_RENEW), RenewForm()
    form.validate_on_submit()
    asks = (held.renewals or 0) >= holds.OWN_RENEWALS
    found = holds.problems_of_end(held.reason, form.until.data) if not form.until.errors else []
    for problem in found:
        blame(form.until, problem)
    if form.until.data and held.held_until and form.until.data <= held.held_until:
        blame(form.until, _("It is held back until then already. Choose a later day."))
    if asks and not (form.words.data or "").strip():
        blame(form.words, _("Say why it has to be held back longer. A steward reads this."))
    if form.errors:
        return page(held, code=422, renew_form=form)
    until, words = form.until.data, (form.words.data or "").strip()

    def verb(session: Session, held: Held, viewer: Viewer) -> None:
        if (held.renewals or 0) >= holds.OWN_RENEWALS:
            renewals.ask(session, held, until, words, by=viewer)
        else:
            ends.renew(session, held, until, by=viewer)

    done = _("A steward is asked. Until then its end stays as it was.") if asks else _("It is held back longer.")
    return _do(target, Action.HOLD_RENEW, verb, done)


@blueprint.post("/<target>/open")
@needs(Action.HOLD_OPEN)
def open_now(target: str) -> Any:
    """Open it before its end."""

    def verb(session: Session, held: Held, viewer: Viewer) -> None:
        ends.open_up(session, held, by=viewer)

    return _do(target, Action.HOLD_OPEN, verb, _("It is open now. Thank you for sharing it."))


@blueprint.post("/<target>/stop")
@needs(Action.HOLD_STOP_OPENING)
def stop(target: str) -> Any:
    """Stop an opening: one click and a reason."""
    held, form = load(target, Action.HOLD_STOP_OPENING), StopForm()
    if not form.validate_on_submit():
        return page(held, code=422, stop_form=form) if ends.is_held(held) else _open_already(held)
    because = " ".join(form.because.data.split())

    def verb(session: Session, held: Held, viewer: Viewer) -> None:
        ends.stop(session, held, because, by=viewer)

    return _do(target, Action.HOLD_STOP_OPENING, verb, _("It will not open by itself. The stewards are told."))


@blueprint.post("/<target>/hide-longer")
@needs(Action.HOLD_RENEW)
def hide_longer(target: str) -> Any:
    """Ask a steward to let it be hidden longer."""

    def verb(session: Session, held: Held, viewer: Viewer) -> None:
        if not isinstance(held, Document):
            raise NothingToDo
        hiding.ask_again(session, held, by=viewer)

    return _do(target, Action.HOLD_RENEW, verb, _("A steward is asked to let it be hidden longer."))


def _do(target: str, action: Action, verb: Callable[[Session, Held, Viewer], None], done: str) -> Any:
    """Do it to what stands there now, if the form was made of that, and say so."""
    try:
        with db.write() as session:
            held = load(target, action)
            if request.form.get("version") != str(held.version):
                raise StaleDataError if ends.is_held(held) else NothingToDo
            verb(session, held, guard.viewer())
            is_held = ends.is_held(held)
    except NothingToDo:
        flash(_("Somebody was faster, or it is open already. Nothing was changed."), "warning")
        return redirect(url_for("held.index"), 303)
    flash(done, "success")
    return redirect(url_for("held.one", target=target) if is_held else url_for("held.index"), 303)


def load(target: str, action: Action) -> Held:
    """The document or passage of this public id, for the viewer to do this with. 404 hides, 403 explains."""
    session, viewer = db.session(), guard.viewer()
    document = session.scalar(select(Document).where(Document.public_id == target))
    if document is not None:
        policy.require(viewer, action, document.item)
        return document
    passage = passages.find(session, viewer, target)
    if passage is None:
        abort(404)
    passages.require_managing(viewer, passage)
    return passage


def address_of(held: Held) -> str:
    """Where its text is read."""
    document = ends.document_of(held)
    return f"{kinds.kind(document.kind).prefix}/{document.slug}"


def _open_already(held: Held) -> Any:
    flash(_("This is not held back today. Nothing was changed."), "warning")
    return redirect(address_of(held), 303)


def page(held: Held, *, code: int = 200, renew_form: Any = None, stop_form: Any = None) -> Any:
    """The page of one thing that is held back; the forms are the ones that were sent, where something is wrong."""
    session, document = db.session(), ends.document_of(held)
    content = render_template(
        "holding/ends_one.html",
        held=held,
        document=document,
        is_passage=isinstance(held, Passage),
        address=address_of(held),
        why=reason_in_words(held.reason),
        opens=ends.opens(held),
        asks=(held.renewals or 0) >= holds.OWN_RENEWALS,
        longest=holds.longest(held.reason),
        asked=renewals.open_question(session, held.public_id),
        answer=renewals.last_answer(session, held.public_id),
        may_hide_longer=isinstance(held, Document) and hiding.may_ask_again(held),
        renew_form=renew_form or RenewForm(formdata=None),
        stop_form=stop_form or StopForm(formdata=None),
    )
    return content, code
