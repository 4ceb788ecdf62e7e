"""Reading and browsing guidelines, and the steps of their life."""

from __future__ import annotations

from typing import Any

from flask import flash, render_template, request
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from guidelines.guides import editions_telling, editions_waiting, operations, settling
from guidelines.guides.editions_forms import ConsultForm, MergeForm, SuspendForm
from guidelines.guides.editions_views import repeats
from guidelines.guides.forms import SettleForm, SupersedeForm, WithdrawForm
from guidelines.guides.models import Guideline, GuidelineStatus
from wiki import db
from wiki.access import guard
from wiki.access.guard import needs
from wiki.access.policy import LIVE, Action, Role
from wiki.documents import lists, reading, repeating_views, web
from wiki.documents.models import Document
from wiki.documents.shown import Around
from wiki.documents.visibility import visible_to
from wiki.people.viewer import today

SHOWN_BY_DEFAULT = (GuidelineStatus.IN_FORCE, GuidelineStatus.SUSPENDED)


def facts(guideline: Guideline, around: Around) -> list[tuple[Any, Any]]:
    """What the page says of a guideline that depends on the day or on other documents."""
    found: list[tuple[Any, Any]] = []
    if guideline.in_force_from:
        found.append(("age", (today() - guideline.in_force_from).days))
    if guideline.successor_id is not None:
        others = reading.entries(db.session(), guard.viewer(), Document.id == guideline.successor_id, limit=1)
        found += [("successor", successor) for successor in others]
    return found


@needs(Action.DOCUMENT_LIST)
def index() -> Any:
    """Browse by platform, topic and status. In force unless asked otherwise."""
    chosen = {name: request.args.get(name, "") for name in ("platform", "topic", "status")}
    status = chosen["status"] if chosen["status"] in list(GuidelineStatus) else ""
    conditions = [Document.kind == "guideline", _with_status(status)]
    conditions += [reading.with_term(name, chosen[name]) for name in ("platform", "topic") if chosen[name]]
    session, viewer = db.session(), guard.viewer()
    of_kind = Document.kind == "guideline"
    return lists.page_of(
        *conditions,
        title=_("Guidelines"),
        order=(Document.title, Document.id),
        template="guidelines/guides/index.html",
        chosen=chosen,
        platforms=lists.counted_terms(session, viewer, "platform", of_kind, _with_status(status)),
        topics=lists.counted_terms(session, viewer, "topic", of_kind, _with_status(status)),
        statuses=_counted_statuses(),
        may_approve=viewer.has(Role.APPROVER),
        looks_after_some=editions_waiting.looks_after_some(viewer),
    )


def _with_status(status: str) -> Any:
    return Document.status == status if status else Document.status.in_(SHOWN_BY_DEFAULT)


def _counted_statuses() -> list[tuple[str, int]]:
    statement = (
        select(Document.status, func.count(Document.id))
        .where(Document.kind == "guideline", visible_to(guard.viewer()), Document.status.in_([*LIVE, "draft"]))
        .group_by(Document.status)
    )
    counts = dict(db.session().execute(statement.execution_options(**reading.FILTERED)).all())
    return [(status.value, counts[status]) for status in GuidelineStatus if counts.get(status)]


def _load(slug: str, action: Action) -> Guideline:
    found = web.load(slug, action)
    assert isinstance(found, Guideline)
    return found


def _step(name: str, guideline: Document, form: Any) -> Any:
    page = render_template(f"guidelines/guides/{name}.html", document=guideline, form=form, kind=web.this_kind())
    return page, 422 if form.errors or repeating_views.found() else 200


@needs(Action.GUIDELINE_END)
def supersede(slug: str) -> Any:
    """Let another guideline take its place."""
    guideline, form = _load(slug, Action.GUIDELINE_END), SupersedeForm()
    form.successor.choices = _successors(guideline)
    if not form.validate_on_submit():
        return _step("supersede", guideline, form)
    try:
        with db.write() as session:
            guideline = _load(slug, Action.GUIDELINE_END)
            successor = _successor(session, form.successor.data)
            operations.supersede(session, guideline, successor, by=guard.viewer())
            editions_telling.ended(session, guideline, by=guard.viewer())
    except operations.Refused as refused:
        form.successor.errors = (str(refused),)
        return _step("supersede", web.load(slug), form)
    flash(_("Superseded. Readers are led to the new one."), "success")
    return web.go_to(guideline)


def _successor(session: Session, slug: str) -> Guideline:
    found = reading.find(session, guard.viewer(), "guideline", slug)
    if not isinstance(found, Guideline):
        raise operations.Refused(_("That guideline is no longer there. Choose another one."))
    return found


def _successors(guideline: Document) -> dict[str, str]:
    others = (Document.kind == "guideline", Document.status == GuidelineStatus.IN_FORCE, Document.id != guideline.id)
    found = reading.entries(db.session(), guard.viewer(), *others, limit=500, order=(Document.title,))
    # None is chosen beforehand: readers are led to whatever is saved here.
    return {"": _("Choose a guideline")} | {entry.slug: entry.title for entry in found}


@needs(Action.GUIDELINE_END)
def withdraw(slug: str) -> Any:
    """End it without a successor."""
    guideline, form = _load(slug, Action.GUIDELINE_END), WithdrawForm()
    if not form.validate_on_submit() or repeats(guideline, form.why.data):
        return _step("withdraw", guideline, form)
    try:
        with db.write() as session:
            guideline = _load(slug, Action.GUIDELINE_END)
            operations.withdraw(session, guideline, form.why.data, by=guard.viewer())
            editions_telling.ended(session, guideline, by=guard.viewer())
            repeating_views.note(session, guideline)
    except operations.Refused as refused:
        form.why.errors = (str(refused),)
        return _step("withdraw", web.load(slug), form)
    flash(_("Withdrawn. It stays readable, with your reason above it."), "success")
    return web.go_to(guideline)


@needs(Action.GUIDELINE_END)
def merge(slug: str) -> Any:
    """Let it be a part of another guideline."""
    guideline, form = _load(slug, Action.GUIDELINE_END), MergeForm()
    form.into.choices = _successors(guideline)
    if not form.validate_on_submit():
        return _step("merge", guideline, form)
    try:
        with db.write() as session:
            guideline = _load(slug, Action.GUIDELINE_END)
            operations.merge(session, guideline, _successor(session, form.into.data), by=guard.viewer())
            editions_telling.ended(session, guideline, by=guard.viewer())
    except operations.Refused as refused:
        form.into.errors = (str(refused),)
        return _step("merge", web.load(slug), form)
    flash(_("Merged. Readers are led to the other guideline at once."), "success")
    return web.go_to(guideline, stay=1)


@needs(Action.GUIDELINE_END)
def suspend(slug: str) -> Any:
    """Let nobody follow it for the time being."""
    guideline, form = _load(slug, Action.GUIDELINE_END), SuspendForm()
    if not form.validate_on_submit() or repeats(guideline, form.why.data):
        return _step("suspend", guideline, form)
    try:
        with db.write() as session:
            guideline = _load(slug, Action.GUIDELINE_END)
            operations.suspend(session, guideline, form.why.data, by=guard.viewer())
            editions_telling.suspended(session, guideline, by=guard.viewer())
            repeating_views.note(session, guideline)
    except operations.Refused as refused:
        form.why.errors = (str(refused),)
        return _step("suspend", web.load(slug), form)
    flash(_("Suspended. It stays readable, with your reason above it."), "success")
    return web.go_to(guideline)


@needs(Action.GUIDELINE_END)
def resume(slug: str) -> Any:
    """Let it hold again."""
    try:
        with db.write() as session:
            guideline = _load(slug, Action.GUIDELINE_END)
            operations.resume(session, guideline, by=guard.viewer())
    except operations.Refused as refused:
        flash(str(refused), "warning")
        return web.go_to(_load(slug, Action.GUIDELINE_END))
    flash(_("It holds again, as it was."), "success")
    return web.go_to(guideline)


@needs(Action.DOCUMENT_PUBLISH)
def consult(slug: str) -> Any:
    """Let its audience read and comment a draft until a day."""
    guideline, form = _load(slug, Action.DOCUMENT_PUBLISH), ConsultForm()
    if not form.validate_on_submit():
        return _step("consult", guideline, form)
    try:
        with db.write() as session:
            guideline = _load(slug, Action.DOCUMENT_PUBLISH)
            operations.consult(session, guideline, form.until.data, by=guard.viewer())
    except operations.Refused as refused:
        form.until.errors = (str(refused),)
        return _step("consult", web.load(slug), form)
    flash(_("Everyone it is for can read and comment it now. It holds for nobody yet."), "success")
    web.say_if_hidden(guideline)
    return web.go_to(guideline)


@needs(Action.DOCUMENT_PUBLISH)
def end_consultation(slug: str) -> Any:
    """Make it a draft again."""
    try:
        with db.write() as session:
            guideline = _load(slug, Action.DOCUMENT_PUBLISH)
            operations.end_consultation(session, guideline, by=guard.viewer())
    except operations.Refused as refused:
        flash(str(refused), "warning")
        return web.go_to(_load(slug, Action.DOCUMENT_PUBLISH))
    flash(_("It is a draft again. What was said stays below it."), "success")
    return web.go_to(guideline)


@needs(Action.GUIDELINE_SETTLE)
def settle(slug: str) -> Any:
    """Note whether it settled the reader's case."""
    guideline, form = _load(slug, Action.GUIDELINE_SETTLE), SettleForm()
    if not form.validate_on_submit():
        return _step("settle", guideline, form)
    with db.write() as session:
        guideline = _load(slug, Action.GUIDELINE_SETTLE)
        settling.settle(
            session,
            guideline,
            yes=form.answer.data == "yes",
            anchor=form.anchor.data or "",
            words=form.plain_words,
            revision=form.revision.data,
            by=guard.viewer(),
        )
    return web.go_to(guideline, _anchor="settled")


@needs(Action.GUIDELINE_ANSWERS)
def settlements(slug: str) -> Any:
    """What readers answered, for those who keep it."""
    guideline, session = _load(slug, Action.GUIDELINE_ANSWERS), db.session()
    asked, in_force = request.args.get("revision", 0, int), guideline.published or guideline.working
    number = asked if 1 <= asked <= in_force else in_force
    return render_template(
        "guidelines/guides/settlements.html",
        document=guideline,
        kind=web.this_kind(),
        number=number,
        answers=settling.answers(session, guard.viewer(), guideline, number),
        others=[other for other in settling.revisions(session, guideline) if other != number],
    )
