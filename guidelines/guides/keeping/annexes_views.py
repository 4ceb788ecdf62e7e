"""Local notes to a guideline in the browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, url_for
from flask_babel import gettext as _

from guidelines.guides.keeping import annexes
from guidelines.guides.keeping.forms import AnnexForm, blamed
from guidelines.guides.keeping.refusals import Refused
from guidelines.guides.keeping.web import load, page
from guidelines.guides.models import Guideline
from wiki import db
from wiki.access import guard
from wiki.access.guard import needs
from wiki.access.policy import Action
from wiki.documents import web
from wiki.documents.texts import slug_of


@needs(Action.DOCUMENT_READ)
def index(slug: str) -> Any:
    """The local notes to a guideline; of one's own, with what changed since they were compared."""
    guideline = load(slug)
    return _page(guideline, _form(empty=True))


@needs(Action.GUIDELINE_ANNEX)
def add(slug: str) -> Any:
    """Make a page of one's own post or unit the local notes to it."""
    guideline, form = load(slug, Action.GUIDELINE_ANNEX), _form()
    if not form.validate_on_submit():
        return _page(guideline, form, 422)
    try:
        with db.write() as session:
            guideline = load(slug, Action.GUIDELINE_ANNEX)
            annexes.add(session, guideline, form.page.data, by=guard.viewer())
    except Refused as refused:
        return _page(load(slug), blamed(form, "page", refused), 422)
    flash(_("Readers of the guideline find your notes below it now."), "success")
    return web.go_to(guideline, "annexes")


@needs(Action.GUIDELINE_ANNEX)
def still_right(slug: str, key: str) -> Any:
    """Say that the notes fit the guideline as it is now."""
    return _do(slug, key, annexes.still_right, _("Thank you. You are told when the guideline changes again."))


@needs(Action.GUIDELINE_ANNEX)
def remove(slug: str, key: str) -> Any:
    """Take the notes off the guideline."""
    return _do(slug, key, annexes.remove, _("The page stays, and is not below the guideline any more."))


def _do(slug: str, key: str, verb: Callable[..., None], done: str) -> Any:
    load(slug, Action.GUIDELINE_ANNEX)
    try:
        with db.write() as session:
            guideline = load(slug, Action.GUIDELINE_ANNEX)
            verb(session, guideline, key, by=guard.viewer())
    except Refused as refused:
        return _page(load(slug), blamed(_form(empty=True), "page", refused), 422)
    flash(done, "success")
    return web.go_to(guideline, "annexes")


def _form(*, empty: bool = False) -> AnnexForm:
    form = AnnexForm(formdata=None) if empty else AnnexForm()
    form.page.choices = {"": _("Choose a page")} | annexes.pages_to_choose(db.session(), guard.viewer())
    return form


def _page(guideline: Guideline, form: AnnexForm, code: int = 200) -> Any:
    rows = annexes.of_guideline(db.session(), guard.viewer(), guideline)
    # Where a page for local notes would live, so that its form begins with a title that says what it is.
    begin = url_for("page.new", address=slug_of(_("Local notes to %(title)s", title=guideline.title)))
    takes = guideline.status not in annexes.ENDED
    return page("annexes", guideline, form=form, code=code, rows=rows, begin=begin, takes=takes)
