"""The second person: stewards approve or refuse what is to be hidden, or held back a third time.

A steward decides about papers they cannot read, so these pages tell who keeps it, why, until when, who asks and how
many can read it, and never its title or text.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NoReturn

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _, lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from wiki import db
from wiki.access import guard, policy
from wiki.access.guard import needs
from wiki.access.policy import Action, Viewer
from wiki.documents import holds, sharing
from wiki.documents.forms import EmptyForm, blame, readable
from wiki.documents.models import Discovery, Document, Passage
from wiki.documents.reading import FILTERED
from wiki.holding import ends, hiding, renewals, reviews
from wiki.holding.ends import Held, NothingToDo
from wiki.holding.ends_views import RenewForm, address_of, blueprint as blueprint
from wiki.holding.models import StewardQuestion
from wiki.people import finding
from wiki.people.models import Group, Person


class AnswerForm(FlaskForm):
    """Why a steward does not agree."""

    words = TextAreaField(
        _l("Why not, and what to do instead?"),
        [
            DataRequired(_l("Say in a line why not. Its keepers read this.")),
            readable,
            Length(max=400, message=_l("Keep this to 400 characters.")),
        ],
    )


@dataclass(frozen=True, slots=True)
class Told:
    """What a steward is told of something they may not be able to read; `title` only when they can."""

    is_passage: bool
    owner: str
    reason: str
    until: date | None
    asked_by: str
    since: datetime | None
    people: int
    posts: int
    release_title: str
    share_line: str
    title: str
    address: str


@blueprint.get("/hidden/<target>")
@needs(Action.DOCUMENT_HIDE_APPROVE)
def hidden(target: str) -> Any:
    """Something that is to be hidden, for a steward to approve or refuse."""
    return _hidden_page(_to_hide(db.session(), target))


def _hidden_page(document: Document, *, code: int = 200, form: Any = None) -> Any:
    told = _told(db.session(), document, document.hidden_asked_by_id, document.hidden_asked_at)
    context = {"told": told, "target": document.public_id, "hidden_until": document.hidden_until}
    decision, form = hiding.may_answer(guard.viewer(), document), form or AnswerForm(formdata=None)
    content = render_template("holding/hiding.html", decision=decision, form=form, **context)
    return content, code


@blueprint.post("/hidden/<target>/approve")
@needs(Action.DOCUMENT_HIDE_APPROVE)
def approve(target: str) -> Any:
    """Agree that it is hidden."""
    with db.write() as session:
        hiding.approve(session, _to_hide(session, target), by=guard.viewer())
    flash(_("It stays hidden. Its keepers are told until when."), "success")
    return redirect(url_for("held.index"), 303)


@blueprint.post("/hidden/<target>/refuse")
@needs(Action.DOCUMENT_HIDE_APPROVE)
def refuse(target: str) -> Any:
    """Do not agree, and say why."""
    form = AnswerForm()
    if not form.validate_on_submit():
        return _hidden_page(_to_hide(db.session(), target), code=422, form=form)
    words = " ".join(form.words.data.split())
    with db.write() as session:
        hiding.refuse(session, _to_hide(session, target), words, by=guard.viewer())
    flash(_("Its keepers are told why. What was not hidden before has a short notice now."), "success")
    return redirect(url_for("held.index"), 303)


def _to_hide(session: Session, target: str) -> Document:
    # A steward need not be able to read it: what is shown of it is in `Told`.
    statement = select(Document).where(Document.public_id == target).execution_options(**FILTERED)
    document = session.scalar(statement)
    if document is None or not hiding.is_waiting(document):
        _too_late(document is not None and hiding.was_answered(session, document))
    return document


def _too_late(was_answered: bool) -> NoReturn:
    """A second answer, from another window or another steward, changes nothing and is told so."""
    if not was_answered or request.method != "POST":
        abort(404)
    flash(_("This does not wait for an answer any more. Nothing was changed."), "warning")
    abort(redirect(url_for("held.index"), 303))


@blueprint.get("/renewals/<target>")
@needs(Action.DOCUMENT_HIDE_APPROVE)
def renewal(target: str) -> Any:
    """Somebody asks to hold something back a third time."""
    return _renewal_page(*_asked(db.session(), target))


def _renewal_page(asked: StewardQuestion, held: Held, *, code: int = 200, form: Any = None) -> Any:
    told = _told(db.session(), held, asked.asked_by_id, asked.asked_at)
    decision, form = renewals.may_answer(guard.viewer(), asked), form or AnswerForm(formdata=None)
    context = {"told": told, "asked": asked, "times": held.renewals, "decision": decision, "form": form}
    return render_template("holding/hiding_renewal.html", **context), code


@blueprint.post("/renewals/<target>/allow")
@needs(Action.DOCUMENT_HIDE_APPROVE)
def allow(target: str) -> Any:
    """Agree that it is held back longer."""
    return _answer(target, allowed=True, words="")


@blueprint.post("/renewals/<target>/refuse")
@needs(Action.DOCUMENT_HIDE_APPROVE)
def deny(target: str) -> Any:
    """Do not agree, and say why."""
    form = AnswerForm()
    if not form.validate_on_submit():
        return _renewal_page(*_asked(db.session(), target), code=422, form=form)
    return _answer(target, allowed=False, words=" ".join(form.words.data.split()))


def _answer(target: str, *, allowed: bool, words: str) -> Any:
    try:
        with db.write() as session:
            asked, _held = _asked(session, target)
            renewals.answer(session, asked, allowed=allowed, words=words, by=guard.viewer())
    except NothingToDo:
        flash(_("The day that was asked for will not do any more. Nothing was changed."), "warning")
        return redirect(url_for("held.index"), 303)
    flash(_("Its keepers are told."), "success")
    return redirect(url_for("held.index"), 303)


def _asked(session: Session, target: str) -> tuple[StewardQuestion, Held]:
    asked = renewals.question(session, target)
    held = renewals.subject(session, asked) if asked is not None else None
    if asked is None or held is None or not ends.is_held(held):
        _too_late(renewals.was_answered(session, target))
    return asked, held


@blueprint.get("/reviews/<target>")
@needs(Action.DOCUMENT_HIDE_APPROVE)
def review(target: str) -> Any:
    """Something that its keepers did not look at for a month after its end."""
    return _review_page(_to_review(db.session(), target))


def _review_page(held: Held, *, code: int = 200, form: Any = None) -> Any:
    told = _told(db.session(), held, None, held.review_since)
    decision, longest = reviews.may_answer(guard.viewer(), held), holds.longest(held.reason)
    context = {"told": told, "target": held.public_id, "decision": decision}
    form = form or RenewForm(formdata=None)
    return render_template("holding/hiding_review.html", **context, form=form, longest=longest), code


@blueprint.post("/reviews/<target>/renew")
@needs(Action.DOCUMENT_HIDE_APPROVE)
def review_renew(target: str) -> Any:
    """Hold it back anew for its keepers."""
    held, form = _to_review(db.session(), target), RenewForm()
    form.validate_on_submit()
    for problem in holds.problems_of_end(held.reason, form.until.data) if not form.until.errors else []:
        blame(form.until, problem)
    if form.errors:
        return _review_page(held, code=422, form=form)
    with db.write() as session:
        reviews.hold_longer(session, _to_review(session, target), form.until.data, by=guard.viewer())
    flash(_("It is held back longer. Its keepers are told."), "success")
    return redirect(url_for("held.index"), 303)


@blueprint.post("/reviews/<target>/open")
@needs(Action.DOCUMENT_HIDE_APPROVE)
def review_open(target: str) -> Any:
    """Let it open."""
    if not EmptyForm().validate_on_submit():
        abort(400)
    with db.write() as session:
        reviews.let_open(session, _to_review(session, target), by=guard.viewer())
    flash(_("It opens in a week, unless its keepers stop that. They are told."), "success")
    return redirect(url_for("held.index"), 303)


def _to_review(session: Session, target: str) -> Held:
    held = reviews.find(session, target)
    if held is None:
        _too_late(reviews.was_answered(session, target))
    return held


def _told(session: Session, held: Held, asked_by: int | None, since: datetime | None) -> Told:
    viewer, document = guard.viewer(), ends.document_of(held)
    group = session.get_one(Group, document.owner_id)
    can_read = policy.readable(viewer.keys, document.item.labels)
    labels = sharing.told_labels(document, viewer)
    if isinstance(held, Passage):
        labels = frozenset(row.label for row in held.labels)
    reach = sharing.reach(session, labels)
    return Told(
        is_passage=isinstance(held, Passage),
        owner="" if group.is_hidden and group.id not in viewer.groups else group.name,
        reason=sharing.reason_in_words(held.reason),
        until=held.held_until,
        asked_by=_name(session, document, asked_by, viewer),
        since=since,
        people=reach.people,
        posts=reach.posts,
        release_title=document.release_title,
        # What everybody finds; the line of what is hidden was released to nobody.
        share_line=document.share_line if document.discovery == Discovery.STUB else "",
        title=document.title if can_read else "",
        address=address_of(held) if can_read else "",
    )


def _name(session: Session, document: Document, asked_by: int | None, viewer: Viewer) -> str:
    """Who asks, and at which posts they serve. Whoever was promised not to be named as an author is not named here."""
    person = session.get(Person, asked_by) if asked_by is not None else None
    if person is None:
        return ""
    is_author = any(author.id == person.id for author in document.authors)
    if is_author and not document.names_authors and person.id != viewer.person:
        return ""
    posts = finding.posts_of(session, viewer, [person])[person.id]
    return " · ".join([person.name, *(post.name for post in posts)])
