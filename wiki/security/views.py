"""The pages of security officers: alarms, quarantine, broken glass, reports and suspended accounts."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from wiki import db
from wiki.access import audit, guard
from wiki.access.guard import needs
from wiki.access.models import Alarm, Quarantine
from wiki.access.policy import Action
from wiki.documents.models import Document
from wiki.people import administering, operations as people
from wiki.people.models import Person
from wiki.people.operations import Refused
from wiki.security import alarms, finding, overviews, quarantine as shutting
from wiki.security.forms import AccountForm, QuarantineForm, WordsForm

blueprint = Blueprint("security", __name__, url_prefix="/security")


@blueprint.get("")
@needs(Action.SECURITY_READ)
def overview() -> Any:
    """All that a security officer should look at."""
    return _overview()


def _overview(code: int = 200, **forms: Any) -> Any:
    """The overview; `forms` are those that were sent and have to be looked at again: settling an alarm, an account."""
    found = overviews.everything(db.session(), guard.viewer())
    settings = current_app.extensions["chancery_settings"]
    given = {"settling": None, "account": AccountForm(formdata=None), "empty": WordsForm(formdata=None), **forms}
    return render_template("security/overview.html", found=found, settings=settings, **given), code


@blueprint.post("/alarms/<alarm>/settlement")
@needs(Action.ALARM_SETTLE)
def settle(alarm: str) -> Any:
    """Say what came of an alarm."""
    form = WordsForm()
    if _alarm(db.session(), alarm) is None:
        abort(404)
    if not form.is_right():
        return _overview(422, settling=(alarm, form))
    try:
        with db.write() as session:
            row = _alarm(session, alarm)
            done = row is not None and alarms.settle(session, row, form.words.data.strip(), by=guard.viewer())
    except alarms.OwnAlarm:
        form.words.errors = (_("This alarm is about you. Another security officer has to look at it."),)
        return _overview(422, settling=(alarm, form))
    flash(*((_("Settled."), "success") if done else (_("Somebody settled it before you. Nothing changed."), "info")))
    return redirect(url_for("security.overview"), 303)


def _alarm(session: Session, public_id: str) -> Alarm | None:
    return session.scalar(select(Alarm).where(Alarm.public_id == public_id))


@blueprint.get("/quarantine")
@needs(Action.QUARANTINE_SET)
def new_quarantine() -> Any:
    """The form to shut a document away."""
    form = QuarantineForm(formdata=None, place=request.args.get("place", "")[:500])
    return render_template("security/new_quarantine.html", form=form)


@blueprint.post("/quarantine")
@needs(Action.QUARANTINE_SET)
def set_quarantine() -> Any:
    """Shut a document away from everybody but security officers."""
    form, row = QuarantineForm(), None
    if form.is_right():
        with db.write() as session:
            document = finding.behind(session, form.place.data)
            if document is None:
                audit.record(session, "quarantine:attempt", by=guard.viewer().person)
            else:
                row = shutting.set_on(session, document, form.why.data.strip(), by=guard.viewer())
        if row is None:
            form.nothing_there()
    if row is None:
        return render_template("security/new_quarantine.html", form=form), 422
    flash(_("It is shut away. From now on security officers alone can read it."), "success")
    return redirect(url_for("security.quarantine", quarantine=row.public_id), 303)


@blueprint.get("/quarantine/<quarantine>")
@needs(Action.SECURITY_READ)
def quarantine(quarantine: str) -> Any:
    """One spill: what was shut away, and who had to do with it."""
    return _quarantine_page(_quarantine(db.session(), quarantine), WordsForm(formdata=None))


def _quarantine(session: Session, public_id: str) -> Quarantine:
    row = session.scalar(select(Quarantine).where(Quarantine.public_id == public_id))
    if row is None:
        abort(404)
    return row


def _quarantine_page(row: Quarantine, form: WordsForm, code: int = 200) -> Any:
    session = db.session()
    # Under the officer's own rights: what was lifted and is not shared with them is not shown to them.
    document = session.scalar(select(Document).where(Document.id == row.document_id))
    people = [row.set_by_id, row.lifted_by_id]
    context = {
        "row": row,
        "form": form,
        "document": document,
        "identity": finding.identities(session, [row.document_id])[row.document_id],
        "names": dict(session.execute(select(Person.id, Person.name).where(Person.id.in_(people))).all()),
        "traces": overviews.traces(session, document, row.set_at) if document is not None else None,
    }
    return render_template("security/quarantine.html", **context), code


@blueprint.post("/quarantine/<quarantine>/lifting")
@needs(Action.QUARANTINE_LIFT)
def lift(quarantine: str) -> Any:
    """Let it be read again."""
    form, row = WordsForm(), _quarantine(db.session(), quarantine)
    if not form.is_right():
        return _quarantine_page(row, form, 422)
    with db.write() as session:
        shutting.lift(session, _quarantine(session, quarantine), form.words.data.strip(), by=guard.viewer())
    flash(_("Lifted. Those who could read it before can read it again."), "success")
    return redirect(url_for("security.quarantine", quarantine=quarantine), 303)


@blueprint.post("/quarantine/<quarantine>/bin")
@needs(Action.QUARANTINE_SET)
def put_in_bin(quarantine: str) -> Any:
    """Put what was shut away in the bin, where it stays shut away."""
    with db.write() as session:
        shutting.put_in_bin(session, _quarantine(session, quarantine), by=guard.viewer())
    flash(_("It is in the bin, and still shut away."), "success")
    return redirect(url_for("security.quarantine", quarantine=quarantine), 303)


@blueprint.post("/suspensions")
@needs(Action.ACCOUNT_SUSPEND)
def suspend() -> Any:
    """Close an account at once, everywhere."""
    form = AccountForm()
    if not form.is_right():
        return _overview(422, account=form)
    try:
        with db.write() as session:
            person = people.find_person(session, form.email.data)
            administering.suspend(session, person, by=guard.viewer(), under=Action.ACCOUNT_SUSPEND)
    except Refused as refused:
        form.email.errors = (str(refused),)
        return _overview(422, account=form)
    flash(_("%(name)s is suspended and signed out everywhere.", name=person.name), "success")
    return redirect(url_for("security.overview"), 303)


@blueprint.post("/suspensions/<public_id>/end")
@needs(Action.ACCOUNT_SUSPEND)
def let_back_in(public_id: str) -> Any:
    """Open a suspended account again."""
    with db.write() as session:
        person = session.scalar(select(Person).where(Person.public_id == public_id))
        if person is None:
            abort(404)
        administering.let_back_in(session, person, by=guard.viewer(), under=Action.ACCOUNT_SUSPEND)
    flash(_("%(name)s may sign in again.", name=person.name), "success")
    return redirect(url_for("security.overview"), 303)
