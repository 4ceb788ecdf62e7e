"""The steps of a lesson’s life in the browser, for lessons officers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, render_template, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from guidelines.lessons import reading, writing
from guidelines.lessons.acting import forms, life, merging, repeating, tasks
from guidelines.lessons.acting.forms import MergeForm, OtherForm, RetireForm, ValidationForm, WordsForm
from guidelines.lessons.acting.tasks import Wanted
from guidelines.lessons.models import Lesson
from guidelines.lessons.operations import Refused
from wiki import db
from wiki.access import guard
from wiki.access.guard import needs
from wiki.access.policy import Action
from wiki.documents import repeating_views, web

_Do = Callable[[Session, Lesson, Any], None]


def _step(slug: str, name: str, form: Any, do: _Do, thanks: str, **more: Any) -> Any:
    """Show a form, take the step it is for, or say beside its field why not."""
    lesson = writing.load(slug, Action.LESSON_VALIDATE)
    written = [form[each].data for each in ("words", "cause", "action") if each in form]
    if not form.validate_on_submit() or repeating.repeats(lesson, *written):
        return _page(name, lesson, form, more)
    try:
        with db.write() as session:
            lesson = writing.load(slug, Action.LESSON_VALIDATE)
            do(session, lesson, form)
            repeating_views.note(session, lesson)
    except Refused as refused:
        forms.blame_for(form, refused)
        return _page(name, writing.load(slug), form, more)
    flash(thanks, "success")
    return web.go_to(lesson)


def _page(name: str, lesson: Lesson, form: Any, more: dict[str, Any]) -> Any:
    told = {"document": lesson, "kind": web.this_kind(), "form": form, "step": name, **more}
    return render_template(f"guidelines/lessons/{more.get('page', 'step')}.html", **told), repeating.code_of(form)


@needs(Action.LESSON_VALIDATE)
def validate(slug: str) -> Any:
    """Agree on cause, action and who acts."""
    lesson = writing.load(slug, Action.LESSON_VALIDATE)
    agreed = bool(tasks.of(db.session(), lesson, *tasks.OPEN))
    form = ValidationForm(cause=lesson.cause, action="" if agreed else lesson.action)
    form.offer_bodies(db.session())

    def do(session: Session, lesson: Lesson, form: ValidationForm) -> None:
        wanted = Wanted(form.action.data or "", form.chosen_body, form.due_on.data)
        tasks.identify(session, lesson, form.cause.data or "", wanted, by=guard.viewer())

    thanks = _("Identified. Readers see the cause, the task and who does it.")
    return _step(slug, "identified", form, do, thanks, page="validation", agreed=agreed)


@needs(Action.LESSON_VALIDATE)
def take_up(slug: str) -> Any:
    """Work has begun."""
    try:
        with db.write() as session:
            lesson = writing.load(slug, Action.LESSON_VALIDATE)
            life.take_up(session, lesson, by=guard.viewer())
        flash(_("In action."), "success")
    except Refused as refused:
        flash(str(refused), "warning")
        lesson = writing.load(slug, Action.LESSON_VALIDATE)
    return web.go_to(lesson)


@needs(Action.LESSON_VALIDATE)
def learn(slug: str) -> Any:
    """Practice changed."""

    def do(session: Session, lesson: Lesson, form: WordsForm) -> None:
        life.learn(session, lesson, form.words.data or "", by=guard.viewer())

    return _step(slug, "learned", WordsForm(), do, _("Learned. In six months somebody looks whether it holds."))


@needs(Action.LESSON_VALIDATE)
def share_only(slug: str) -> Any:
    """It is worth knowing, and nothing needs to be done."""

    def do(session: Session, lesson: Lesson, form: WordsForm) -> None:
        life.share_only(session, lesson, form.words.data or "", by=guard.viewer())

    return _step(slug, "shared-only", WordsForm(), do, _("Shared. Nobody is asked to act."))


@needs(Action.LESSON_VALIDATE)
def decline(slug: str) -> Any:
    """It is not taken up."""

    def do(session: Session, lesson: Lesson, form: OtherForm) -> None:
        life.decline(session, lesson, form.words.data or "", _other(session, form), by=guard.viewer())

    return _step(slug, "declined", OtherForm(), do, _("Not taken up. Its readers see why."))


@needs(Action.LESSON_VALIDATE)
def retire(slug: str) -> Any:
    """It no longer holds."""

    def do(session: Session, lesson: Lesson, form: RetireForm) -> None:
        since, other = form.since.data, _other(session, form)
        life.retire(session, lesson, form.words.data or "", since, other, by=guard.viewer())

    return _step(slug, "obsolete", RetireForm(), do, _("Noted. Readers are told that it no longer holds."))


@needs(Action.LESSON_VALIDATE)
def reopen(slug: str) -> Any:
    """Look at it again."""

    def do(session: Session, lesson: Lesson, form: WordsForm) -> None:
        life.reopen(session, lesson, form.words.data or "", by=guard.viewer())

    return _step(slug, "observed", WordsForm(), do, _("Opened again."))


def _other(session: Session, form: OtherForm) -> Lesson | None:
    found = forms.document_at(session, guard.viewer(), form.other.data, "lesson")
    if found is None and (form.other.data or "").strip():
        raise Refused(_("No lesson that you can read has this address. Open it and copy its address."), "other")
    assert found is None or isinstance(found, Lesson)
    return found


@needs(Action.LESSON_VALIDATE)
def merge(slug: str) -> Any:
    """Let it go into another lesson."""
    lesson, viewer = writing.load(slug, Action.LESSON_VALIDATE), guard.viewer()
    alike = reading.similar(db.session(), viewer, f"{lesson.title}\n{lesson.summary}")
    form = MergeForm()
    form.offer([entry for entry in alike if entry.slug != lesson.slug])

    def do(session: Session, lesson: Lesson, form: MergeForm) -> None:
        typed = (form.into.data or "").strip() or form.near.data
        into = forms.document_at(session, viewer, typed, "lesson")
        assert into is None or isinstance(into, Lesson)
        merging.merge(session, lesson, into, by=viewer)

    if request.method == "GET" and len(form.near.choices) > 1:
        form.near.data = next(iter(form.near.choices))
    return _step(slug, "merged", form, do, _("Merged. Its readers are led to the other lesson."))
