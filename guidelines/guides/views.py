"""Reading and browsing guidelines, and the steps of their life."""

from __future__ import annotations

from typing import Any

from flask import flash, render_template, request
from flask_babel import gettext as _
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from guidelines.guides import operations
from guidelines.guides.forms import InForceForm, SupersedeForm, WithdrawForm
from guidelines.guides.models import Guideline, GuidelineStatus
from wiki import db
from wiki.access import guard
from wiki.access.guard import needs
from wiki.access.policy import LIVE, Action
from wiki.documents import lists, reading, web
from wiki.documents.models import Document
from wiki.documents.shown import Around
from wiki.documents.visibility import visible_to
from wiki.people.viewer import today

SHOWN_BY_DEFAULT = (GuidelineStatus.IN_FORCE,)


def facts(guideline: Guideline, around: Around) -> list[tuple[Any, Any]]:
    """What the status bar says of a guideline beside status, owner and audience."""
    found: list[tuple[Any, Any]] = []
    if guideline.edition:
        found.append((_("Version"), guideline.edition))
    if guideline.in_force_from:
        found.append((_("In force from"), guideline.in_force_from))
    if guideline.review_on:
        found.append((_("Next review"), guideline.review_on))
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


@needs(Action.GUIDELINE_PUT_IN_FORCE)
def put_in_force(slug: str) -> Any:
    """Let the working revision be the rule in force."""
    guideline, form = _load(slug, Action.GUIDELINE_PUT_IN_FORCE), InForceForm(since=today())
    if not form.validate_on_submit():
        return _step("in_force", guideline, form)
    try:
        with db.write() as session:
            guideline = _load(slug, Action.GUIDELINE_PUT_IN_FORCE)
            operations.put_in_force(session, guideline, by=guard.viewer(), since=form.since.data)
            guideline.review_on = form.review_on.data
    except operations.Refused as refused:
        form.since.errors = (str(refused),)
        return _step("in_force", web.load(slug), form)
    flash(_("In force. Readers have this version from now on."), "success")
    return web.go_to(guideline)


def _step(name: str, guideline: Document, form: Any) -> Any:
    page = render_template(f"guidelines/guides/{name}.html", document=guideline, form=form, kind=web.this_kind())
    return page, 422 if form.errors else 200


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
    if not form.validate_on_submit():
        return _step("withdraw", guideline, form)
    try:
        with db.write() as session:
            guideline = _load(slug, Action.GUIDELINE_END)
            operations.withdraw(session, guideline, form.why.data, by=guard.viewer())
    except operations.Refused as refused:
        form.why.errors = (str(refused),)
        return _step("withdraw", web.load(slug), form)
    flash(_("Withdrawn. It stays readable, with your reason above it."), "success")
    return web.go_to(guideline)
