"""Sharing: who may read, what others find, and leave given by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from flask import abort, flash, render_template, request
from flask_babel import gettext as _
from sqlalchemy import case, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from wiki import db
from wiki.access import audit, guard, policy
from wiki.access.guard import needs
from wiki.access.models import AccessGrant
from wiki.access.policy import Action
from wiki.documents import operations, sharing, web
from wiki.documents.forms import GrantForm, SharingForm, blame
from wiki.documents.models import Document
from wiki.people.models import Group, GroupType, Membership, Person
from wiki.people.viewer import in_force, today

LONGEST_GRANT_DAYS = 365


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
        return _page(document, form, document.item.labels)
    form.validate_on_submit()
    chosen = form.chosen(session, viewer)
    fine = form.accept(sharing.problems(session, chosen, owner=document.owner_id, settings=web.settings()))
    labels = _labels_of(document, chosen)
    if not fine or request.form.get("preview") or request.form.get("reach"):
        return _page(document, form, labels, code=200 if fine else 422)
    with db.write() as writing:
        document = web.load(slug, Action.DOCUMENT_SHARE)
        if form.version.data != document.version:
            raise StaleDataError
        operations.share(writing, document, chosen, by=viewer)
    flash(_("Saved. From now on it is shared as you chose."), "success")
    return web.go_to(document)


def _labels_of(document: Document, chosen: sharing.Sharing) -> frozenset[str]:
    return policy.effective_labels(
        public_id=document.public_id,
        status="published" if document.status == policy.DRAFT else document.status,
        audience=chosen.audience,
        owner=document.owner_id,
        authors=document.item.authors,
    )


def _page(document: Document, form: SharingForm, labels: frozenset[str], code: int = 200, grant: Any = None) -> Any:
    session = db.session()
    context = {
        "document": document,
        "kind": web.this_kind(),
        "form": form,
        "reach": sharing.reach(session, labels),
        "grants": _grants(session, document),
        "grant_form": grant or GrantForm(formdata=None, grant_until=today() + timedelta(days=30)),
    }
    if request.headers.get("HX-Request") and (request.form.get("preview") or request.form.get("reach")):
        return render_template("wiki/documents/_reach.html", **context), 200
    return render_template("wiki/documents/sharing.html", **context), code


@dataclass(frozen=True, slots=True)
class Leave:
    """Leave in force: who has it, and the last day on which it counts."""

    public_id: str
    name: str
    last_day: date
    why: str


def _grants(session: Session, document: Document) -> list[Leave]:
    statement = (
        select(AccessGrant.public_id, Person.name, AccessGrant.until, AccessGrant.why)
        .join(Person, Person.id == AccessGrant.person_id)
        .where(
            AccessGrant.document == document.public_id,
            AccessGrant.until > db.now(),
            AccessGrant.withdrawn_at.is_(None),
        )
        .order_by(Person.name)
    )
    moment = timedelta(microseconds=1)
    return [Leave(grant, name, (until - moment).date(), why) for grant, name, until, why in session.execute(statement)]


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
    last = today() + timedelta(days=LONGEST_GRANT_DAYS)
    if form.grant_until.data and not today() <= form.grant_until.data <= last:
        blame(form.grant_until, _("Choose a day from today to a year from now."))
    if form.errors or person is None:
        return _again(document, form)
    until = datetime.combine(form.grant_until.data + timedelta(days=1), time(), UTC)
    with db.write() as writing:
        document = web.load(slug, Action.DOCUMENT_GRANT)
        give(writing, document, person.id, until, by=guard.viewer().person, why=form.why.data or "")
    flash(_("%(name)s can read it now.", name=person.name), "success")
    return web.go_to(document, "share")


def give(session: Session, document: Document, person: int, until: datetime, *, by: int | None, why: str = "") -> None:
    """Write down leave for a person to read a document until a moment, or until they leave where they serve now."""
    leave = AccessGrant(document=document.public_id, person_id=person, given_by_id=by, until=until, why=why)
    leave.membership_id = _served_under(session, person)
    session.add(leave)
    audit.record(session, "document:grant", by=by, about=document.public_id, person=person, until=until.isoformat())


def _served_under(session: Session, person: int) -> int | None:
    """The membership that leave is given under: the post, else the unit, else whatever the person belongs to today."""
    first = case({GroupType.POST: 0, GroupType.UNIT: 1}, value=Group.type, else_=2)
    return session.scalar(
        select(Membership.id)
        .join(Group, Group.id == Membership.group_id)
        .where(Membership.person_id == person, in_force(Membership.starts_on, Membership.ends_on, today()))
        .order_by(first, Membership.starts_on.desc(), Membership.id)
        .limit(1)
    )


def _again(document: Document, grant_form: GrantForm) -> Any:
    form = SharingForm(formdata=None)
    form.offer_audiences(db.session(), guard.viewer(), web.settings().handling_marks)
    form.show(db.session(), sharing.of(document))
    form.version.data = document.version
    return _page(document, form, document.item.labels, code=422, grant=grant_form)


@needs(Action.DOCUMENT_GRANT)
def withdraw_grant(slug: str, grant: str) -> Any:
    """Take leave back; it counts at the next request."""
    with db.write() as session:
        document = web.load(slug, Action.DOCUMENT_GRANT)
        mine = (AccessGrant.public_id == grant, AccessGrant.document == document.public_id)
        found = session.scalar(select(AccessGrant).where(*mine))
        if found is None:
            abort(404)
        found.withdrawn_at = found.withdrawn_at or db.now()
        audit.record(
            session,
            "document:withdraw-grant",
            by=guard.viewer().person,
            about=document.public_id,
            person=found.person_id,
        )
    flash(_("Taken back."), "success")
    return web.go_to(document, "share")
