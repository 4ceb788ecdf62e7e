"""Asking for approval: what the form offers, and letting the approver read a draft."""

from __future__ import annotations

from datetime import timedelta

from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from guidelines.guides import editions_reading, editions_telling
from guidelines.guides.editions import Refused, Wish
from guidelines.guides.editions_forms import AskForm
from guidelines.guides.models import Guideline
from wiki import db
from wiki.access import guard, policy
from wiki.access.policy import Action, Role, Viewer
from wiki.documents import leave
from wiki.documents.forms import visible_groups
from wiki.people.acting import holders
from wiki.people.directory import visible_people
from wiki.people.models import Person

# So long an approver who was asked by name may read what they could not read before.
LEAVE = timedelta(days=30)


def form_for(guideline: Guideline) -> AskForm:
    """The form, with what this writer may choose in it."""
    session, viewer = db.session(), guard.viewer()
    form = AskForm(revision=guideline.working)
    form.is_first = guideline.edition == 0
    asks = editions_reading.asks(session, viewer, guideline)
    form.takes_up.choices = [(ask.public_id, ask.title) for ask in asks]
    form.approver.choices = [("", _("Any approver who can read it")), *_approvers(session, viewer)]
    form.groups.choices = [(group.id, group.name) for group in visible_groups(session, viewer)]
    return form


def _approvers(session: Session, viewer: Viewer) -> list[tuple[str, str]]:
    """The approvers this writer may know, but for themselves."""
    there = Person.id.in_(holders(session, Role.APPROVER) - {viewer.person})
    rows = session.execute(select(Person.public_id, Person.name).where(there, visible_people(viewer)))
    return sorted(((public_id, name) for public_id, name in rows), key=lambda row: row[1])


def wish_of(form: AskForm) -> Wish:
    """What was chosen in the form."""
    approver = None
    if form.approver.data:
        approver = db.session().scalar(select(Person.id).where(Person.public_id == form.approver.data))
    chosen = {"takes_up": tuple(form.takes_up.data or ()), "groups": tuple(form.groups.data or ())}
    return Wish(note=form.note.data or "", approver=approver, **chosen)


def let_approver_in(session: Session, guideline: Guideline, wish: Wish, *, by: Viewer, own_allowed: bool) -> None:
    """See to it that somebody can answer: an approver asked by name may read it for a time."""
    able = editions_telling.approvers(session, guideline)
    if wish.approver is None:
        if not (able if own_allowed else able - {by.person}):
            raise Refused(_l("No other approver can read this yet. Choose one by name, so that they are let in."))
        return
    if wish.approver in able:
        return
    if not policy.may(by, Action.DOCUMENT_GRANT, guideline.item):
        raise Refused(_l("This approver cannot read it yet. Ask its authors or the unit that keeps it to let them in."))
    why, until = _("To put it in force"), db.now() + LEAVE
    leave.give(session, guideline.public_id, wish.approver, until, by=by.person, owner=guideline.owner_id, why=why)
