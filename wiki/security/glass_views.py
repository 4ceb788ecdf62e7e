"""Breaking the glass, and reporting a spill."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from wiki import db
from wiki.access import audit, guard
from wiki.access.guard import needs
from wiki.access.models import SpillReport
from wiki.access.policy import Action, Role, Viewer
from wiki.documents.models import Document
from wiki.documents.reading import Entry
from wiki.documents.visibility import visible_to
from wiki.notices.telling import tell
from wiki.people.acting import holders
from wiki.security import glass
from wiki.security.forms import GlassForm, SpillForm
from wiki.settings import Settings

blueprint = Blueprint("glass", __name__)


def _hours() -> int:
    settings: Settings = current_app.extensions["chancery_settings"]
    return settings.break_glass_hours


@blueprint.get("/break-glass")
@needs(Action.GLASS_BREAK)
def ask() -> Any:
    """The form to break the glass."""
    return _page(GlassForm(formdata=None, place=request.args.get("place", "")[:500]))


def _page(form: GlassForm, code: int = 200) -> Any:
    return render_template("security/break_glass.html", form=form, hours=_hours()), code


@blueprint.post("/break-glass")
@needs(Action.GLASS_BREAK)
def break_it() -> Any:
    """Read one document for a time. Its keepers and the security officers are told at once."""
    form, viewer, place, broken = GlassForm(), guard.viewer(), None, False
    if not form.is_right():
        return _page(form, 422)
    with db.write() as session:
        document = glass.document_for(session, form.place.data, by=viewer)
        if document is not None:
            broken = glass.break_for(session, document, form.why.data.strip(), by=viewer, hours=_hours())
            place = Entry(document.kind, document.slug, document.title).url
    if place is None:
        form.nothing_there()
        return _page(form, 422)
    if broken:
        flash(_("You can read all of this for %(n)s hours. Those who keep it have been told.", n=_hours()), "warning")
    else:
        flash(_("You can read this already. No glass was broken."), "info")
    return redirect(place, 303)


@blueprint.get("/spills/new/<target>")
@needs(Action.DOCUMENT_READ)
def new_report(target: str) -> Any:
    """The form to tell security officers that something does not belong where it is."""
    return _report_page(_readable(db.session(), guard.viewer(), target), SpillForm(formdata=None))


def _readable(session: Session, viewer: Viewer, public_id: str) -> Document:
    found = session.scalar(select(Document).where(Document.public_id == public_id, visible_to(viewer)))
    if found is None:
        abort(404)
    return found


def _report_page(document: Document, form: SpillForm, code: int = 200) -> Any:
    entry = Entry(document.kind, document.slug, document.title)
    return render_template("security/report.html", document=document, entry=entry, form=form), code


@blueprint.post("/spills/new/<target>")
@needs(Action.DOCUMENT_READ)
def report(target: str) -> Any:
    """Tell security officers. Somebody who reports the same document again before they looked says nothing new."""
    form, viewer = SpillForm(), guard.viewer()
    document = _readable(db.session(), viewer, target)
    if not form.is_right():
        return _report_page(document, form, 422)
    with db.write() as session:
        document = _readable(session, viewer, target)
        _report(session, document, form.words.data.strip(), viewer)
        place = Entry(document.kind, document.slug, document.title).url
    flash(_("Thank you. The security officers have been told; leave the page as it is."), "success")
    return redirect(place, 303)


def _report(session: Session, document: Document, words: str, viewer: Viewer) -> None:
    mine = (SpillReport.document_id == document.id, SpillReport.person_id == viewer.person)
    if session.scalar(select(SpillReport.id).where(*mine, SpillReport.settled_at.is_(None)).limit(1)) is not None:
        return
    made = SpillReport(document_id=document.id, person_id=viewer.person, words=words, at=db.now())
    session.add(made)
    session.flush()
    audit.record(session, "spill:report", by=viewer.person, about=document.public_id, owner=document.owner_id)
    officers = holders(session, Role.SECURITY_OFFICER)
    once = f"spill:reported:{made.public_id}"
    tell(session, officers, "spill:reported", about=document.public_id, once=once, urgent=True)


@blueprint.post("/spills/<report>/settlement")
@needs(Action.SECURITY_READ)
def settle_report(report: str) -> Any:
    """Be done with a report; a quarantine does this by itself."""
    with db.write() as session:
        row = session.scalar(select(SpillReport).where(SpillReport.public_id == report))
        if row is None:
            abort(404)
        if row.settled_at is None:
            row.settled_at, row.settled_by_id = db.now(), guard.viewer().person
    flash(_("Settled."), "success")
    return redirect(url_for("security.overview"), 303)
