"""Sharing: who may read, what others find, and leave given by hand."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

from flask import abort, flash, render_template, request
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm.exc import StaleDataError

from wiki import db
from wiki.access import guard, policy
from wiki.access.guard import needs
from wiki.access.models import AccessGrant
from wiki.access.policy import Action
from wiki.documents import holds, leave, operations, readers, repeating_views, sharing, web
from wiki.documents.forms import GrantForm, SharingForm, blame
from wiki.documents.models import Document
from wiki.people.models import Person
from wiki.people.viewer import today


@needs(Action.DOCUMENT_SHARE)
def share(slug: str) -> Any:
    """Choose who may read; the page says in words and numbers what that means before it is saved."""
    document = web.load(slug, Action.DOCUMENT_SHARE)
    session, viewer = db.session(), guard.viewer()
    form = SharingForm()
    form.offer_audiences(session, viewer, web.settings().handling_marks)
    if request.method == "GET":
        form.show(session, sharing.of(document))
        form.version.data = document.version
        return _page(document, form, sharing.told_labels(document, viewer))
    form.validate_on_submit()
    chosen = form.chosen(session, viewer)
    fine = form.accept(_problems(document, chosen))
    labels = _labels_of(document, chosen)
    if not fine or request.form.get("preview") or request.form.get("reach"):
        return _page(document, form, labels, code=200 if fine else 422)
    if repeating_views.unanswered_sharing(document, chosen):
        return _page(document, form, labels, code=422)
    with db.write() as writing:
        document = web.load(slug, Action.DOCUMENT_SHARE)
        if form.version.data != document.version:
            raise StaleDataError
        operations.share(writing, document, chosen, by=viewer)
        repeating_views.note(writing, document)
    return _saved(document)


def _saved(document: Document) -> Any:
    flash(_("Saved. From now on it is shared as you chose."), "success")
    web.say_if_hidden(document)
    return web.go_to(document)


def _problems(document: Document, chosen: sharing.Sharing) -> list[sharing.Problem]:
    keeper, settings = document.owner_id, web.settings()
    found = sharing.problems(db.session(), chosen, owner=keeper, settings=settings, viewer=guard.viewer())
    return found or list(holds.problems(document, chosen))


def _labels_of(document: Document, chosen: sharing.Sharing) -> frozenset[str]:
    status = "published" if document.status == policy.DRAFT else document.status
    return sharing.told_labels(document, guard.viewer(), chosen.audience, status)


def _page(document: Document, form: SharingForm, labels: frozenset[str], code: int = 200, grant: Any = None) -> Any:
    session = db.session()
    targets = leave.targets_of(session, document)
    context = {
        "document": document,
        "kind": web.this_kind(),
        "form": form,
        "reach": sharing.reach(session, readers.known(session, guard.viewer(), labels)),
        "grants": [one for one in leave.on(session, targets) if one.sort != leave.Sort.GLASS],
        "broken": leave.broken(session, targets),
        "crowds": [one for one in leave.crowds(session, targets) if f"group:{one.group}" not in document.audience],
        "grant_form": grant or GrantForm(formdata=None, grant_until=today() + timedelta(days=30)),
    }
    if request.headers.get("HX-Request") and (request.form.get("preview") or request.form.get("reach")):
        return render_template("wiki/documents/_reach.html", **context), 200
    return render_template("wiki/documents/sharing.html", **context), code


@needs(Action.DOCUMENT_GRANT)
def grant(slug: str) -> Any:
    """Let one more person read, until a day."""
    document = web.load(slug, Action.DOCUMENT_GRANT)
    session, form = db.session(), GrantForm()
    form.validate_on_submit()
    person = session.scalar(
        select(Person).where(Person.email == (form.email.data or "").strip().lower(), Person.is_active)
    )
    if form.email.data and person is None:
        blame(form.email, _("Nobody here has this address."))
    if person is not None and person.id == guard.viewer().person:
        blame(form.email, _("Somebody else who keeps it has to give leave to you."))
    last = today() + timedelta(days=leave.LONGEST_GRANT_DAYS)
    if form.grant_until.data and not today() <= form.grant_until.data <= last:
        blame(form.grant_until, _("Choose a day from today to a year from now."))
    if form.errors or person is None:
        return _again(document, form)
    until = datetime.combine(form.grant_until.data + timedelta(days=1), time(), UTC)
    with db.write() as writing:
        document = web.load(slug, Action.DOCUMENT_GRANT)
        by, owner, why = guard.viewer().person, document.owner_id, form.why.data or ""
        leave.give(writing, document.public_id, person.id, until, by=by, owner=owner, why=why)
    flash(_("%(name)s can read it now.", name=person.name), "success")
    return web.go_to(document, "share")


def _again(document: Document, grant_form: GrantForm) -> Any:
    form = SharingForm(formdata=None)
    form.offer_audiences(db.session(), guard.viewer(), web.settings().handling_marks)
    form.show(db.session(), sharing.of(document))
    form.version.data = document.version
    return _page(document, form, sharing.told_labels(document, guard.viewer()), code=422, grant=grant_form)


@needs(Action.DOCUMENT_GRANT)
def withdraw_grant(slug: str, grant: str) -> Any:
    """Take leave back; it counts at the next request."""
    with db.write() as session:
        document = web.load(slug, Action.DOCUMENT_GRANT)
        targets = leave.targets_of(session, document)
        by_hand = AccessGrant.sort.in_((leave.Sort.LEAVE, leave.Sort.CRISIS))
        mine = (AccessGrant.public_id == grant, AccessGrant.document.in_(targets), by_hand)
        found = session.scalar(select(AccessGrant).where(*mine))
        if found is None:
            abort(404)
        leave.withdraw(session, found, by=guard.viewer().person, owner=document.owner_id)
    flash(_("Taken back."), "success")
    return web.go_to(document, "share")
