"""Versions of a guideline: the working copy, asking, deciding, publishing wording, undoing."""

from __future__ import annotations

from typing import Any

from flask import flash, render_template
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from guidelines.guides import editions, editions_asking, editions_reading, editions_telling
from guidelines.guides.editions import Decision, Refused
from guidelines.guides.editions_forms import AskForm, DecisionForm, SendBackForm, UndoForm, WordingForm
from guidelines.guides.editions_models import Edition, EditionState
from guidelines.guides.models import Guideline
from wiki import db
from wiki.access import guard, policy
from wiki.access.guard import needs
from wiki.access.policy import Action
from wiki.documents import diff, repeating_views, views as documents, web
from wiki.documents.models import Revision
from wiki.people.models import Person
from wiki.people.viewer import today


def load(slug: str, action: Action = Action.DOCUMENT_READ) -> Guideline:
    """The guideline at this address, for the viewer to do this with."""
    found = web.load(slug, action)
    assert isinstance(found, Guideline)
    return found


def page(name: str, guideline: Guideline, form: Any = None, **more: Any) -> Any:
    """A page about a step, with its form; 422 when something in the form is not right."""
    code = 422 if form is not None and (form.errors or repeating_views.found()) else 200
    whole = render_template(
        f"guidelines/guides/{name}.html", document=guideline, form=form, kind=web.this_kind(), **more
    )
    return whole, code


def repeats(guideline: Guideline, words: str | None) -> bool:
    """Whether words for readers repeat what is held back from some of them, and nobody said yet that they may."""
    return repeating_views.unanswered_words(words or "", guideline.audience, guideline.id)


@needs(Action.DOCUMENT_REVISE)
def working(slug: str) -> Any:
    """The working copy: what differs from what readers have, what lessons ask for, and what can be done with it."""
    session, viewer, guideline = db.session(), guard.viewer(), load(slug, Action.DOCUMENT_REVISE)
    rows, saves = None, guideline.working - (guideline.published or 0)
    if guideline.published is not None and guideline.published != guideline.working:
        old = editions_reading.text(session, viewer, guideline, guideline.published)
        new = editions_reading.text(session, viewer, guideline, guideline.working)
        bodies = [editions_reading.to_compare(documents.source_of(guideline, text)) for text in (old, new)]
        rows = diff.diff_words(*bodies)
    waiting = editions.pending(session, guideline)
    more = {
        "waiting": waiting,
        "asks": editions_reading.asks(session, viewer, guideline),
        "sent_back": None if waiting else _sent_back(session, guideline),
        "may_decide": bool(policy.may(viewer, Action.GUIDELINE_PUT_IN_FORCE, guideline.item)),
    }
    return page("working", guideline, rows=rows, saves=saves, **more)


def _sent_back(session: Session, guideline: Guideline) -> Edition | None:
    """The last thing that was asked, if it was sent back."""
    last = select(Edition).where(Edition.document_id == guideline.id).order_by(Edition.id.desc()).limit(1)
    found = session.scalar(last)
    return found if found is not None and found.state == EditionState.SENT_BACK else None


@needs(Action.DOCUMENT_REVISE)
def ask(slug: str) -> Any:
    """Ask an approver to put the working copy in force."""
    guideline = load(slug, Action.DOCUMENT_REVISE)
    form = editions_asking.form_for(guideline)
    if not form.validate_on_submit() or repeats(guideline, form.note.data):
        return _ask_page(guideline, form)
    wish = editions_asking.wish_of(form)
    try:
        with db.write() as session:
            guideline = load(slug, Action.DOCUMENT_REVISE)
            own = web.settings().approve_own_versions
            editions_asking.let_approver_in(session, guideline, wish, by=guard.viewer(), own_allowed=own)
            number = form.revision.data or guideline.working
            edition = editions.ask(session, guideline, wish, revision=number, by=guard.viewer())
            editions_telling.asked(session, guideline, edition)
            repeating_views.note(session, guideline)
    except Refused as refused:
        form.note.errors = (str(refused),)
        return _ask_page(load(slug), form)
    flash(_("Asked. The approvers find it in their inbox."), "success")
    return web.go_to(guideline)


def _ask_page(guideline: Guideline, form: AskForm) -> Any:
    session = db.session()
    asks = editions_reading.asks(session, guard.viewer(), guideline)
    return page("ask", guideline, form, waiting=editions.pending(session, guideline), asks=asks)


@needs(Action.DOCUMENT_REVISE)
def take_back(slug: str) -> Any:
    """Take back what was asked, or what waits for its day."""
    try:
        with db.write() as session:
            guideline = load(slug, Action.DOCUMENT_REVISE)
            editions.take_back(session, guideline, by=guard.viewer())
    except Refused as refused:
        flash(str(refused), "warning")
        return web.go_to(load(slug))
    flash(_("Taken back. The working copy stays as it is."), "success")
    return web.go_to(guideline)


@needs(Action.GUIDELINE_PUT_IN_FORCE)
def put_in_force(slug: str) -> Any:
    """Let what was asked, or else the working copy, be the rule in force, today or on a day to come."""
    guideline = load(slug, Action.GUIDELINE_PUT_IN_FORCE)
    waiting = editions.pending(db.session(), guideline)
    form = DecisionForm(since=today(), note=waiting.note if waiting else "", revision=_number(guideline, waiting))
    form.is_first = guideline.edition == 0
    if not form.validate_on_submit() or repeats(guideline, form.note.data):
        return _decision_page(guideline, form, SendBackForm(formdata=None))
    try:
        with db.write() as session:
            guideline = load(slug, Action.GUIDELINE_PUT_IN_FORCE)
            edition = editions.approve(session, guideline, _decision(form, guideline, waiting), by=guard.viewer())
            repeating_views.note(session, guideline)
            if edition.state == EditionState.WAITS:
                editions_telling.settled(session, guideline, edition, "guideline-approved", by=guard.viewer())
    except Refused as refused:
        form.since.errors = (str(refused),)
        return _decision_page(load(slug), form, SendBackForm(formdata=None))
    flash(_done(edition), "success")
    return web.go_to(guideline)


def _decision(form: DecisionForm, guideline: Guideline, waiting: Edition | None) -> Decision:
    return Decision(
        revision=form.revision.data or _number(guideline, waiting),
        since=form.since.data,
        note=form.note.data or "",
        review_on=form.review_on.data,
        own_allowed=web.settings().approve_own_versions,
    )


def _number(guideline: Guideline, waiting: Edition | None) -> int:
    return waiting.revision if waiting is not None else guideline.working


def _done(edition: Edition) -> str:
    if edition.state == EditionState.WAITS:
        return _("Approved. It comes in force on its day; until then readers keep what they have.")
    return _("In force. Readers have this version from now on.")


def _decision_page(guideline: Guideline, form: DecisionForm, back: SendBackForm) -> Any:
    session, viewer = db.session(), guard.viewer()
    waiting = editions.pending(session, guideline)
    asker = session.get(Person, waiting.asked_by_id) if waiting is not None and waiting.asked_by_id else None
    # A text that names no authors does not name them to its approver either.
    named = asker is not None and (guideline.names_authors or asker not in guideline.authors)
    waits = Edition(document_id=guideline.id, revision=guideline.working) if waiting is None else waiting
    taken = [
        ask for ask in editions_reading.asks(session, viewer, guideline) if ask.public_id in (waits.takes_up or ())
    ]
    more = {
        "waiting": waiting,
        "asker": asker if named else None,
        "number": waits.revision,
        "taken": taken,
        "back": back,
        "is_own": not web.settings().approve_own_versions and editions.is_own(session, guideline, waits, viewer),
    }
    whole, code = page("in_force", guideline, form, **more)
    return whole, 422 if back.errors else code


@needs(Action.GUIDELINE_PUT_IN_FORCE)
def send_back(slug: str) -> Any:
    """Send back what was asked, with a reason."""
    guideline, form = load(slug, Action.GUIDELINE_PUT_IN_FORCE), SendBackForm()
    if not form.validate_on_submit():
        return _sent_wrongly(guideline, form)
    try:
        with db.write() as session:
            guideline = load(slug, Action.GUIDELINE_PUT_IN_FORCE)
            edition = editions.send_back(session, guideline, form.because.data, by=guard.viewer())
            editions_telling.settled(session, guideline, edition, "guideline-sent-back", by=guard.viewer())
    except Refused as refused:
        form.because.errors = (str(refused),)
        return _sent_wrongly(load(slug), form)
    flash(_("Sent back, with your reason. Readers keep what they have."), "success")
    return web.go_to(guideline)


def _sent_wrongly(guideline: Guideline, back: SendBackForm) -> Any:
    waiting = editions.pending(db.session(), guideline)
    values = {"since": today(), "note": waiting.note if waiting else "", "revision": _number(guideline, waiting)}
    form = DecisionForm(formdata=None, **values)
    form.is_first = guideline.edition == 0
    return _decision_page(guideline, form, back)


@needs(Action.DOCUMENT_REVISE)
def publish_wording(slug: str) -> Any:
    """Let readers have a change of wording at once, as a minor version."""
    guideline = load(slug, Action.DOCUMENT_REVISE)
    form = WordingForm(revision=guideline.working, note=_last_note(guideline))
    if not form.validate_on_submit() or repeats(guideline, form.note.data):
        return _wording_page(guideline, form)
    try:
        with db.write() as session:
            guideline = load(slug, Action.DOCUMENT_REVISE)
            number = form.revision.data or guideline.working
            editions.publish_wording(session, guideline, form.note.data or "", revision=number, by=guard.viewer())
            repeating_views.note(session, guideline)
    except Refused as refused:
        form.note.errors = (str(refused),)
        return _wording_page(load(slug), form)
    flash(_("Published. Readers have this wording from now on; anybody who may edit can undo it."), "success")
    return web.go_to(guideline, "versions")


def _last_note(guideline: Guideline) -> str:
    """What was noted when the working copy was saved."""
    last = (Revision.document_id == guideline.id, Revision.number == guideline.working)
    return db.session().scalar(select(Revision.note).where(*last)) or ""


def _wording_page(guideline: Guideline, form: WordingForm) -> Any:
    return page("wording", guideline, form, waiting=editions.pending(db.session(), guideline))


@needs(Action.DOCUMENT_REVISE)
def undo(slug: str) -> Any:
    """Bring back the text from before a change of wording."""
    form = UndoForm()
    form.validate_on_submit()
    try:
        with db.write() as session:
            guideline = load(slug, Action.DOCUMENT_REVISE)
            editions.undo(session, guideline, form.version.data or "", by=guard.viewer())
    except Refused as refused:
        flash(str(refused), "warning")
        return web.go_to(load(slug), "versions")
    flash(_("Undone. Readers have the earlier wording again; the working copy stays as it is."), "success")
    return web.go_to(guideline, "versions")
