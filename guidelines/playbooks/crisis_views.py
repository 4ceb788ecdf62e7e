"""The crisis switch of a duty officer: on, off, and who may read the playbook meanwhile."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask_babel import gettext as _, ngettext
from sqlalchemy import select
from werkzeug.wrappers import Response

from guidelines.playbooks import crisis, crisis_reading, run_page
from guidelines.playbooks.crisis_forms import CrisisForm, EndCrisisForm, GuestForm
from guidelines.playbooks.models import Playbook
from wiki import db
from wiki.access import guard
from wiki.access.guard import needs
from wiki.access.policy import Action
from wiki.documents import repeating_views, web
from wiki.documents.forms import EmptyForm, blame
from wiki.documents.models import Document
from wiki.people.models import Person


@needs(Action.PLAYBOOK_CRISIS)
def declare(slug: str) -> Any:
    """Declare a crisis, or change what is told of it."""
    playbook, form = run_page.load(slug, Action.PLAYBOOK_CRISIS), CrisisForm()
    told = f"{form.words.data}\n{form.on_duty.data}"
    valid = form.validate_on_submit()
    if not valid or repeating_views.unanswered_words(told, playbook.audience, playbook.id):
        return _page(playbook, form=form)
    words, on_duty = " ".join((form.words.data or "").split()), (form.on_duty.data or "").strip()
    with db.write() as session:
        playbook = run_page.load(slug, Action.PLAYBOOK_CRISIS)
        crisis.declare(session, playbook, words, on_duty, db.now() + form.time, by=guard.viewer())
        repeating_views.note(session, playbook)
    flash(_("It stands first on the home page of everybody who may read this playbook."), "success")
    return _back(playbook)


@needs(Action.PLAYBOOK_CRISIS)
def end(slug: str) -> Any:
    """End a crisis, with a sentence for its readers."""
    playbook, form = run_page.load(slug, Action.PLAYBOOK_CRISIS), EndCrisisForm()
    words = " ".join((form.closing.data or "").split())
    if not form.validate_on_submit() or repeating_views.unanswered_words(words, playbook.audience, playbook.id):
        return _page(playbook, ending=form)
    with db.write() as session:
        playbook = run_page.load(slug, Action.PLAYBOOK_CRISIS)
        is_first = crisis.end(session, playbook, words, by=guard.viewer())
        repeating_views.note(session, playbook)
    flash(_("The crisis has ended.") if is_first else _("It had ended already."), "success" if is_first else "info")
    return _back(playbook)


@needs(Action.PLAYBOOK_CRISIS)
def invite(slug: str) -> Any:
    """Let a person, or everybody in a group, read the playbook for a time."""
    playbook, form = run_page.load(slug, Action.PLAYBOOK_CRISIS), GuestForm()
    form.offer(db.session(), guard.viewer())
    valid, people = form.validate_on_submit(), _chosen(form)
    if not valid or form.errors:
        return _page(playbook, guests=form)
    try:
        with db.write() as session:
            playbook, until = run_page.load(slug, Action.PLAYBOOK_CRISIS), db.now() + form.time
            many = bool(form.group.data)
            number = crisis.invite(session, playbook, people, until, by=guard.viewer(), together=many)
    except crisis.NotInvited as refused:
        blame(form.group if many else form.email, refused)
        return _page(run_page.load(slug, Action.PLAYBOOK_CRISIS), guests=form)
    if number:
        flash(ngettext("%(num)s person can read it now.", "%(num)s people can read it now.", number), "success")
    else:
        flash(_("Nobody new: they can read it already, or no crisis goes on."), "info")
    return _back(playbook, "guests")


def _chosen(form: GuestForm) -> list[int]:
    """Whom the form names, by the ids of the database; what is wrong is said beside its field."""
    email, group, session = (form.email.data or "").strip().lower(), form.group.data, db.session()
    if bool(email) == bool(group):
        blame(form.email, _("Give one address, or choose a group."))
        return []
    if group:
        return crisis.members(session, group) if group in dict(form.group.choices) else []
    found = session.scalar(select(Person.id).where(Person.email == email, Person.is_active))
    if found is None:
        blame(form.email, _("Nobody here has this address."))
        return []
    return [found]


@needs(Action.PLAYBOOK_CRISIS)
def uninvite(slug: str, grant: str) -> Any:
    """Take the leave of a guest back."""
    EmptyForm().validate_on_submit()
    with db.write() as session:
        playbook = run_page.load(slug, Action.PLAYBOOK_CRISIS)
        if not crisis.uninvite(session, playbook, grant, by=guard.viewer()):
            abort(404)
    flash(_("Taken back."), "success")
    return _back(playbook, "guests")


def _back(playbook: Playbook, anchor: str | None = None) -> Response:
    return redirect(url_for("playbook.crisis", slug=playbook.slug, _anchor=anchor), 303)


def _page(
    playbook: Playbook,
    *,
    form: CrisisForm | None = None,
    guests: GuestForm | None = None,
    ending: EndCrisisForm | None = None,
) -> Any:
    session, viewer = db.session(), guard.viewer()
    now = next(iter(crisis_reading.going_on(session, viewer, Document.id == playbook.id)), None)
    if form is None or not form.is_submitted():
        told = {"words": now.words, "on_duty": now.on_duty} if now else {}
        form = CrisisForm(formdata=None, **told)
    if guests is None:
        guests = GuestForm(formdata=None)
        guests.offer(session, viewer)
    forms = {"form": form, "guest_form": guests, "end_form": ending or EndCrisisForm(formdata=None)}
    page = render_template(
        "guidelines/playbooks/crisis.html",
        document=playbook,
        kind=web.this_kind(),
        crisis=now,
        guests=crisis_reading.guests(session, playbook),
        may_invite=crisis.may_invite(playbook, viewer),
        **forms,
    )
    return page, 422 if any(each.errors for each in forms.values()) or repeating_views.found() else 200
