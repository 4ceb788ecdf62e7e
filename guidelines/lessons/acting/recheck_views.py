"""Answering a recheck in the browser."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, render_template
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from guidelines.lessons import reading, writing
from guidelines.lessons.acting import forms, rechecks, repeating
from guidelines.lessons.acting.forms import RecheckForm
from guidelines.lessons.acting.models import LessonRecheck
from guidelines.lessons.models import Lesson
from guidelines.lessons.operations import Refused
from wiki import db
from wiki.access import guard, policy
from wiki.access.guard import needs
from wiki.access.policy import Action, Role
from wiki.documents import repeating_views, web


@needs(Action.LESSON_USE)
def answer(slug: str, recheck: str) -> Any:
    """Say whether it happened again."""
    lesson, form = writing.load(slug, Action.LESSON_USE), RecheckForm()
    found = _found(lesson, recheck)
    if not rechecks.may_answer(db.session(), guard.viewer(), lesson):
        raise policy.NotAllowed(policy.Decision(False, "not-tasked"))
    if not form.validate_on_submit() or repeating.repeats(lesson, form.words.data):
        return _page(lesson, found, form)
    try:
        with db.write() as session:
            lesson = writing.load(slug, Action.LESSON_USE)
            _answer(session, lesson, rechecks.locked(session, lesson, recheck), form)
            repeating_views.note(session, lesson)
    except Refused as refused:
        forms.blame_for(form, refused)
        lesson = writing.load(slug, Action.LESSON_USE)
        return _page(lesson, _found(lesson, recheck), form)
    flash(_("Noted. Thank you for looking again."), "success")
    return web.go_to(lesson)


def _found(lesson: Lesson, public_id: str) -> LessonRecheck:
    here = (LessonRecheck.public_id == public_id, LessonRecheck.document_id == lesson.id)
    return db.session().scalar(select(LessonRecheck).where(*here)) or abort(404)


def _answer(session: Session, lesson: Lesson, found: LessonRecheck | None, form: RecheckForm) -> None:
    if found is None:
        raise Refused(_("The lesson is not at this point any more, so there is nothing to check."), "again")
    if not form.again.data:
        raise Refused(_("Say whether it happened again."), "again")
    viewer, words = guard.viewer(), form.words.data or ""
    if form.again.data == "yes":
        rechecks.again(session, lesson, found, words, by=viewer)
    else:
        rechecks.held(session, lesson, found, words, enough=bool(form.enough.data), by=viewer)


def _page(lesson: Lesson, found: LessonRecheck, form: RecheckForm) -> Any:
    viewer, session = guard.viewer(), db.session()
    uses = reading.uses(session, viewer, lesson.id)
    if not viewer.has(Role.LESSONS_OFFICER) or found.turn >= rechecks.LAST:
        del form.enough
    told = {"document": lesson, "kind": web.this_kind(), "form": form, "recheck": found, "uses": uses}
    return render_template("guidelines/lessons/recheck.html", **told), repeating.code_of(form)
