"""Proposals to change a guideline or playbook in the browser."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, render_template, request
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from guidelines.lessons import reading, writing
from guidelines.lessons.acting import forms, repeating, settling, shown
from guidelines.lessons.acting.forms import ProposalForm, WordsForm
from guidelines.lessons.acting.models import LessonAction
from guidelines.lessons.acting.settling import KINDS, Wish
from guidelines.lessons.models import Lesson
from guidelines.lessons.operations import Refused
from guidelines.loop import Proposal
from wiki import db
from wiki.access import guard, policy
from wiki.access.guard import needs
from wiki.access.policy import Action
from wiki.documents import repeating_views, web
from wiki.documents.models import Document, Link
from wiki.documents.reading import Entry


@needs(Action.LESSON_USE)
def propose(slug: str) -> Any:
    """Propose that a guideline or playbook says something else."""
    lesson = writing.load(slug, Action.LESSON_USE)
    form = _form(lesson)
    document = _chosen(form)
    if request.form.get("find"):
        return _page("propose", lesson, form)
    if not form.validate_on_submit() or repeating.repeats_for_both(lesson, document, form.words.data):
        return _page("propose", lesson, form)
    try:
        with db.write() as session:
            lesson = writing.load(slug, Action.LESSON_USE)
            wish = Wish(_chosen(form), _anchor(form), form.words.data or "", form.action.data or "")
            made = settling.propose(session, lesson, wish, by=guard.viewer()).public_id
            repeating_views.note(session, lesson)
    except Refused as refused:
        forms.blame_for(form, refused)
        return _page("propose", writing.load(slug), form)
    flash(_("Proposed. Those who keep it are told, and the lesson shows it."), "success")
    return web.go_to(lesson, "proposal", proposal=made)


def _anchor(form: ProposalForm) -> str:
    """The section that was chosen, or the one that the address leads to."""
    chosen = form.anchor.data or ""
    if chosen and chosen not in dict(form.anchor.choices):
        raise Refused(_("This section is in another text than the one you chose. Choose it again."), "anchor")
    return (chosen or (form.target.data or "").partition("#")[2])[:130]


def _form(lesson: Lesson) -> ProposalForm:
    """The form with what can be chosen: what the lesson links, what was found by words, and what was chosen before."""
    session, viewer, form = db.session(), guard.viewer(), ProposalForm()
    if request.method == "GET":
        # A guideline that leads here says which section it is about.
        form.target.data, form.anchor.data = request.args.get("target", "")[:400], request.args.get("anchor", "")[:130]
    linked = select(Link.target_slug).where(Link.document_id == lesson.id)
    entries = reading.changeable(session, viewer, KINDS, "", Document.slug.in_(linked))
    if request.method == "GET" and entries and not form.target.data:
        form.near.data = entries[0].url
    before = forms.document_at(session, viewer, form.near.data, *KINDS)
    entries += [Entry(before.kind, before.slug, before.title)] if before is not None else []
    form.offer([*entries, *_named(form)], shown.acts(session, viewer, LessonAction.document_id == lesson.id))
    document = _chosen(form)
    form.offer_sections(shown.sections_of(session, viewer, document) if document is not None else {})
    if request.form.get("find") and document is not None:
        form.near.data = Entry(document.kind, document.slug, document.title).url
    return form


def _named(form: ProposalForm) -> list[Entry]:
    """What was typed: the one at this address, or those with these words in their titles."""
    session, viewer, typed = db.session(), guard.viewer(), (form.target.data or "").strip()
    found = forms.document_at(session, viewer, typed, *KINDS)
    if found is not None:
        return [Entry(found.kind, found.slug, found.title)]
    return reading.changeable(session, viewer, KINDS, "" if "/" in typed else typed)


def _chosen(form: ProposalForm) -> Document | None:
    """The one that is meant: what was typed, if that is one alone, else what is ticked."""
    named, typed = _named(form), (form.target.data or "").strip()
    urls = [entry.url for entry in named]
    same = [entry.url for entry in named if entry.title.casefold() == typed.casefold()]
    if form.near.data in urls or not typed:
        url = form.near.data
    else:
        url = same[0] if len(same) == 1 else urls[0] if len(urls) == 1 else None
    return forms.document_at(db.session(), guard.viewer(), url, *KINDS)


@needs(Action.LESSON_USE)
def show(slug: str, proposal: str) -> Any:
    """One proposal, for those who read both the lesson and what it would change."""
    lesson = writing.load(slug, Action.LESSON_USE)
    return _page("proposal", lesson, None, **_told(lesson, proposal))


def _told(lesson: Lesson, public_id: str) -> dict[str, Any]:
    proposal, document = _both(db.session(), lesson, public_id)
    [wish] = shown.wishes(db.session(), guard.viewer(), Proposal.id == proposal.id)
    keeps = bool(policy.may(guard.viewer(), Action.DOCUMENT_SHARE, document.item))
    where = shown.sections_of(db.session(), guard.viewer(), document).get(wish.anchor, "") if wish.anchor else ""
    return {"wish": wish, "where": where, "keeps": keeps, "target_kind": document.kind}


def _both(session: Session, lesson: Lesson, public_id: str) -> tuple[Proposal, Document]:
    """A proposal of this lesson with the document it is about, both locked for whoever changes them; 404 otherwise."""
    here = (Proposal.public_id == public_id, Proposal.lesson_id == lesson.id)
    proposal = session.scalar(select(Proposal).where(*here).with_for_update(of=Proposal))
    if proposal is None:
        abort(404)
    document = session.scalar(select(Document).where(Document.id == proposal.document_id))
    return (proposal, document) if document is not None else abort(404)


@needs(Action.LESSON_USE)
def take(slug: str, proposal: str) -> Any:
    """A keeper takes it up."""
    try:
        with db.write() as session:
            found, document = _both(session, writing.load(slug, Action.LESSON_USE), proposal)
            settling.take(session, found, document, by=guard.viewer())
        flash(_("Taken up. Those who proposed it are told."), "success")
    except Refused as refused:
        flash(str(refused), "warning")
    return web.go_to_address("lesson", slug, "proposal", proposal=proposal)


@needs(Action.LESSON_USE)
def decline(slug: str, proposal: str) -> Any:
    """A keeper says why it is not taken up."""
    lesson, form = writing.load(slug, Action.LESSON_USE), WordsForm()
    target = _both(db.session(), lesson, proposal)[1]
    policy.require(guard.viewer(), Action.DOCUMENT_SHARE, target.item)
    if not form.validate_on_submit() or repeating.repeats_for_both(lesson, target, form.words.data):
        return _page("decline_proposal", lesson, form, **_told(lesson, proposal))
    try:
        with db.write() as session:
            lesson = writing.load(slug, Action.LESSON_USE)
            found, document = _both(session, lesson, proposal)
            settling.decline(session, found, document, form.words.data or "", by=guard.viewer())
            repeating_views.note(session, lesson)
    except Refused as refused:
        forms.blame_for(form, refused)
        lesson = writing.load(slug, Action.LESSON_USE)
        return _page("decline_proposal", lesson, form, **_told(lesson, proposal))
    flash(_("Noted. Those who proposed it are told why."), "success")
    return web.go_to(lesson, "proposal", proposal=proposal)


def _page(name: str, lesson: Lesson, form: Any, **more: Any) -> Any:
    page = render_template(f"guidelines/lessons/{name}.html", document=lesson, kind=web.this_kind(), form=form, **more)
    return page, repeating.code_of(form)
