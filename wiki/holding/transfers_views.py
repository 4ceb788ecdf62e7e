"""“Before you go”: a page for somebody whose place ends, and what they are told about it."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Flask, abort, flash, redirect, render_template, url_for
from flask_babel import format_date, gettext as _, lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from wiki import db, kinds
from wiki.access import guard
from wiki.access.guard import needs
from wiki.access.policy import Action, Viewer
from wiki.documents.forms import EmptyForm, blame
from wiki.documents.models import Document, DocumentAuthor
from wiki.documents.visibility import visible_to
from wiki.holding import transfers
from wiki.notices.models import Notice
from wiki.notices.telling import Told, words_for
from wiki.people.models import Group, Person

blueprint = Blueprint("handover", __name__, url_prefix="/handover")


class PassOnForm(FlaskForm):
    """To whom a text is passed on."""

    email = StringField(
        _l("E-mail address of a colleague"), [DataRequired(_l("Say who takes it on.")), Length(max=254)]
    )


@blueprint.get("")
@needs(Action.SELF_MANAGE)
def index() -> Any:
    """What ends with my place, and what somebody else should take on."""
    return _page()


def _page(code: int = 200, form: PassOnForm | None = None, about: str = "") -> Any:
    found = transfers.of(db.session(), guard.viewer())
    context = {"found": found, "form": form or PassOnForm(formdata=None), "about": about}
    return render_template("holding/transfer.html", **context), code


@blueprint.post("/<target>/pass-on")
@needs(Action.SELF_MANAGE)
def pass_on(target: str) -> Any:
    """Let a colleague write it, too."""
    document, form = _mine(target), PassOnForm()
    form.validate_on_submit()
    address = (form.email.data or "").strip().lower()
    known = select(Person).where(Person.email == address, Person.is_active, Person.is_staff)
    person = db.session().scalar(known) if address else None
    if address and person is None:
        blame(form.email, _("No colleague has this address."))
    if form.errors or person is None:
        return _page(422, form, document.public_id)
    with db.write() as session:
        transfers.pass_on(session, _mine(target), session.get_one(Person, person.id), by=guard.viewer())
    flash(_("%(name)s is one of its authors now.", name=person.name), "success")
    return redirect(url_for("handover.index"), 303)


@blueprint.post("/<target>/step-back")
@needs(Action.SELF_MANAGE)
def step_back(target: str) -> Any:
    """Stop being one of its authors."""
    if not EmptyForm().validate_on_submit():
        abort(400)
    with db.write() as session:
        transfers.step_back(session, _mine(target), by=guard.viewer())
    flash(_("You are not one of its authors any more. The unit that keeps it goes on keeping it."), "success")
    return redirect(url_for("handover.index"), 303)


def _mine(target: str) -> Document:
    """A document of which the viewer is an author; anything else is not there."""
    mine = select(DocumentAuthor.document_id).where(DocumentAuthor.person_id == guard.viewer().person)
    found = db.session().scalar(select(Document).where(Document.public_id == target, Document.id.in_(mine)))
    if found is None:
        abort(404)
    return found


def init_app(app: Flask) -> None:
    """Add the page, and the words of its notices."""
    app.register_blueprint(blueprint)
    words_for(app, "handover:soon", subject=_l("Before you go"), find=_before_you_go)
    words_for(app, "handover:grant-ended", subject=_l("Leave to read has ended"), find=_grant_ended)
    words_for(app, "handover:passed-on", subject=_l("Somebody passed a text on to you"), find=_passed_on)


def _before_you_go(session: Session, viewer: Viewer, notices: list[Notice]) -> dict[int, Told]:
    wanted = {notice.about for notice in notices}
    names = dict(session.execute(select(Group.id, Group.name).where(Group.id.in_(wanted), _may_name(viewer))).all())
    return {notice.id: _leaving(notice, names.get(notice.about)) for notice in notices}


def _may_name(viewer: Viewer) -> Any:
    return ~Group.is_hidden | Group.id.in_(sorted(viewer.groups))


def _leaving(notice: Notice, name: str | None) -> Told:
    day = format_date(date.fromisoformat(notice.details["until"]), _("d MMM y"))
    if name is None:
        return Told(
            _("A place of yours ends on %(day)s. See what you leave behind.", day=day), url_for("handover.index")
        )
    words = _("Your place in %(group)s ends on %(day)s. See what you leave behind.", group=name, day=day)
    return Told(words, url_for("handover.index"))


def _grant_ended(session: Session, viewer: Viewer, notices: list[Notice]) -> dict[int, Told]:
    words = _("Leave to read something ended with the place it was given for. Ask again if you still need it.")
    return {notice.id: Told(words, url_for("handover.index")) for notice in notices}


def _passed_on(session: Session, viewer: Viewer, notices: list[Notice]) -> dict[int, Told]:
    wanted = [notice.about for notice in notices]
    rows = select(Document.public_id, Document.title, Document.kind, Document.slug)
    rows = rows.where(Document.public_id.in_(wanted), visible_to(viewer))
    found = {
        about: Told(_("“%(title)s” was passed on to you.", title=title), f"{kinds.kind(kind).prefix}/{slug}")
        for about, title, kind, slug in session.execute(rows)
    }
    return {notice.id: found[notice.about] for notice in notices if notice.about in found}
