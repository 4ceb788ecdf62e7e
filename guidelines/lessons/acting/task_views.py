"""Actions of a lesson in the browser: agreed, answered, done, and the list of tasks that wait for somebody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, abort, flash, render_template, request
from flask_babel import gettext as _
from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from guidelines.lessons import writing
from guidelines.lessons.acting import forms, repeating, shown, tasks, telling
from guidelines.lessons.acting.forms import ActionForm, AnswerForm, EvidenceForm
from guidelines.lessons.acting.models import LessonAction, TaskState
from guidelines.lessons.acting.tasks import Evidence, Wanted
from guidelines.lessons.models import Lesson, LessonStatus
from guidelines.lessons.operations import Refused
from wiki import db
from wiki.access import guard, policy
from wiki.access.guard import needs
from wiki.access.policy import Action, Role, Viewer
from wiki.documents import repeating_views, web
from wiki.documents.models import Document
from wiki.documents.visibility import visible_to
from wiki.pages import parts

TEMPLATES = "guidelines/lessons"
blueprint = Blueprint("tasks", __name__)


@blueprint.get("/lesson-tasks")
@needs(Action.LESSON_USE)
def index() -> Any:
    """Tasks from lessons that wait for this person, and those in hand."""
    session, viewer = db.session(), guard.viewer()
    found = shown.acts(session, viewer, LessonAction.state.in_(tasks.OPEN), tasks.mine(viewer))
    back: tuple[shown.Act, ...] = ()
    if viewer.has(Role.LESSONS_OFFICER):
        back = shown.acts(session, viewer, LessonAction.state == TaskState.REFUSED)
    waiting = [act for act in found if act.state == TaskState.ASKED]
    in_hand = [act for act in found if act.state == TaskState.ACCEPTED]
    return render_template(f"{TEMPLATES}/tasks.html", waiting=waiting, in_hand=in_hand, back=back)


def numbers(viewer: Viewer) -> dict[str, Any]:
    """How many tasks wait for this person’s answer; for lessons officers also lessons to weigh, and those all done."""
    if not shown.has_waiting(viewer):
        return {}
    seen = visible_to(viewer)
    waits = (LessonAction.state == TaskState.ASKED, tasks.mine(viewer), seen)
    asked = select(func.count(LessonAction.id)).join(Document, Document.id == LessonAction.document_id).where(*waits)
    found = {"lesson-tasks": asked.scalar_subquery()}
    if viewer.has(Role.LESSONS_OFFICER):
        lessons = select(func.count(Document.id)).where(Document.kind == "lesson", seen)
        mine = (LessonAction.document_id == Document.id, telling.told_to(viewer))
        done = exists().where(*mine, LessonAction.state == TaskState.DONE)
        still = exists().where(*mine, LessonAction.state.in_(tasks.OPEN))
        acting = Document.status.in_((LessonStatus.IDENTIFIED, LessonStatus.IN_ACTION))
        found["lessons-new"] = lessons.where(Document.status == LessonStatus.OBSERVED).scalar_subquery()
        found["lessons-done"] = lessons.where(acting, done, ~still).scalar_subquery()
    return found


def due(session: Session, viewer: Viewer) -> tuple[str, dict[str, Any]] | None:
    """What of it waits for this person, for the home page."""
    found = parts.counted(session, viewer)
    told = {name: found.get(f"lesson{each}", 0) for name, each in _TOLD.items()}
    return (f"{TEMPLATES}/_tasks_due.html", told) if any(told.values()) else None


_TOLD = {"waiting": "-tasks", "new": "s-new", "done": "s-done"}


@needs(Action.LESSON_VALIDATE)
def add(slug: str) -> Any:
    """Ask a body to do something."""
    lesson = writing.load(slug, Action.LESSON_VALIDATE)
    form = ActionForm()
    form.offer_bodies(db.session())
    if request.method == "GET":
        form.key.data = forms.new_key()
    if not form.validate_on_submit() or repeating.repeats(lesson, form.action.data):
        return _page("add_action", lesson, form)
    try:
        with db.write() as session:
            lesson = writing.load(slug, Action.LESSON_VALIDATE)
            wanted = Wanted(form.action.data or "", form.chosen_body, form.due_on.data)
            tasks.add(session, lesson, wanted, by=guard.viewer(), key=form.key.data or None)
            repeating_views.note(session, lesson)
    except Refused as refused:
        forms.blame_for(form, refused)
        return _page("add_action", writing.load(slug), form)
    flash(_("Agreed. Those who act for it are told."), "success")
    return web.go_to(lesson)


@needs(Action.LESSON_USE)
def show(slug: str, action: str) -> Any:
    """One action, and what can be done with it."""
    lesson = writing.load(slug, Action.LESSON_USE)
    return _page("action", lesson, None, act=_act(lesson, action))


def _act(lesson: Lesson, public_id: str) -> shown.Act:
    here = (LessonAction.document_id == lesson.id, LessonAction.public_id == public_id)
    found = shown.acts(db.session(), guard.viewer(), *here)
    return found[0] if found else abort(404)


@needs(Action.LESSON_USE)
def accept(slug: str, action: str) -> Any:
    """The body takes it on."""
    try:
        with db.write() as session:
            lesson, found = _locked(session, slug, action)
            tasks.accept(session, lesson, found, by=guard.viewer())
        flash(_("Taken on. Come back here when it is done."), "success")
    except Refused as refused:
        flash(str(refused), "warning")
    return web.go_to_address("lesson", slug, "action", action=action)


def _locked(session: Session, slug: str, public_id: str) -> tuple[Lesson, LessonAction]:
    lesson = writing.load(slug, Action.LESSON_USE)
    _act(lesson, public_id)
    found = tasks.locked(session, lesson, public_id)
    return (lesson, found) if found is not None else abort(404)


@needs(Action.LESSON_USE)
def refuse(slug: str, action: str) -> Any:
    """The body says why it cannot."""

    def do(session: Session, lesson: Lesson, found: LessonAction, form: AnswerForm) -> None:
        tasks.refuse(session, lesson, found, form.answer.data or "", by=guard.viewer())

    return _answered(slug, action, AnswerForm(), "refuse_action", do, _("Noted. The lessons officers look further."))


@needs(Action.LESSON_USE)
def finish(slug: str, action: str) -> Any:
    """It is done, and this shows it."""

    def do(session: Session, lesson: Lesson, found: LessonAction, form: EvidenceForm) -> None:
        document = forms.document_at(session, guard.viewer(), form.evidence.data)
        if document is None and (form.evidence.data or "").strip():
            words = _("No page that you can read has this address. Open the page and copy its address.")
            raise Refused(words, "evidence")
        tasks.finish(session, lesson, found, Evidence(document, form.evidence_words.data or ""), by=guard.viewer())

    return _answered(slug, action, EvidenceForm(), "finish_action", do, _("Done. Thank you: this is how we learn."))


def _answered(
    slug: str,
    public_id: str,
    form: Any,
    page: str,
    do: Callable[[Session, Lesson, LessonAction, Any], None],
    thanks: str,
) -> Any:
    lesson = writing.load(slug, Action.LESSON_USE)
    act = _act(lesson, public_id)
    if not act.is_mine:
        raise policy.NotAllowed(policy.Decision(False, "not-tasked"))
    written = [form[each].data for each in ("answer", "evidence_words") if each in form]
    if not form.validate_on_submit() or repeating.repeats(lesson, *written):
        return _page(page, lesson, form, act=act)
    try:
        with db.write() as session:
            lesson, found = _locked(session, slug, public_id)
            do(session, lesson, found, form)
            repeating_views.note(session, lesson)
    except Refused as refused:
        forms.blame_for(form, refused)
        lesson = writing.load(slug, Action.LESSON_USE)
        return _page(page, lesson, form, act=_act(lesson, public_id))
    flash(thanks, "success")
    return web.go_to(lesson)


@needs(Action.LESSON_VALIDATE)
def drop(slug: str, action: str) -> Any:
    """A lessons officer no longer asks for it."""
    try:
        with db.write() as session:
            lesson, found = _locked(session, slug, action)
            tasks.drop(session, lesson, found, by=guard.viewer())
        flash(_("Nobody is asked for it any more."), "success")
    except Refused as refused:
        flash(str(refused), "warning")
    return web.go_to_address("lesson", slug)


def _page(name: str, lesson: Lesson, form: Any, **more: Any) -> Any:
    page = render_template(f"{TEMPLATES}/{name}.html", document=lesson, kind=web.this_kind(), form=form, **more)
    return page, repeating.code_of(form)
