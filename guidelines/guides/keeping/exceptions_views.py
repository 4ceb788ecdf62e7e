"""The register of exceptions in the browser: of one guideline, and one's own."""

from __future__ import annotations

from typing import Any

from flask import flash, render_template
from flask_babel import gettext as _

from guidelines.guides import settling
from guidelines.guides.keeping import exceptions
from guidelines.guides.keeping.exceptions import Wish
from guidelines.guides.keeping.forms import ExceptionForm, blamed, plain
from guidelines.guides.keeping.refusals import Refused
from guidelines.guides.keeping.web import load, page, repeats
from guidelines.guides.models import Guideline
from wiki import db
from wiki.access import guard
from wiki.access.guard import needs
from wiki.access.policy import Action
from wiki.documents import repeating_views, web


@needs(Action.DOCUMENT_READ)
def register(slug: str) -> Any:
    """The exceptions from a guideline that concern the reader; approvers grant another one here."""
    guideline = load(slug)
    return _page(guideline, _form(guideline))


@needs(Action.GUIDELINE_EXEMPT)
def grant(slug: str) -> Any:
    """Grant an exception."""
    guideline = load(slug, Action.GUIDELINE_EXEMPT)
    form = _form(guideline)
    if not form.validate_on_submit() or form.until.data is None or repeats(guideline, form.words.data):
        return _page(guideline, form, 422)
    wish = Wish(form.group.data, plain(form.words.data), form.until.data, form.anchor.data or "")
    try:
        with db.write() as session:
            guideline = load(slug, Action.GUIDELINE_EXEMPT)
            exceptions.grant(session, guideline, wish, _sections(guideline), by=guard.viewer())
            repeating_views.note(session, guideline)
    except Refused as refused:
        return _page(load(slug), blamed(form, "group", refused), 422)
    flash(_("Granted. Its members, those who keep the guideline and approvers see it."), "success")
    return web.go_to(guideline, "exceptions")


@needs(Action.GUIDELINE_EXEMPT)
def end(slug: str, key: str) -> Any:
    """End an exception before its day."""
    load(slug, Action.GUIDELINE_EXEMPT)
    try:
        with db.write() as session:
            guideline = load(slug, Action.GUIDELINE_EXEMPT)
            exceptions.end(session, guideline, key, by=guard.viewer())
    except Refused as refused:
        guideline = load(slug)
        return _page(guideline, blamed(_form(guideline, empty=True), "group", refused), 422)
    flash(_("The exception has ended."), "success")
    return web.go_to(guideline, "exceptions")


@needs(Action.DOCUMENT_LIST)
def mine() -> Any:
    """The exceptions of the groups one belongs to."""
    found = exceptions.mine(db.session(), guard.viewer())
    return render_template("guidelines/guides/keeping/my_exceptions.html", rows=found)


def _form(guideline: Guideline, *, empty: bool = False) -> ExceptionForm:
    form = ExceptionForm(formdata=None) if empty else ExceptionForm()
    form.offer(exceptions.groups_for(db.session(), guard.viewer()), _sections(guideline))
    return form


def _sections(guideline: Guideline) -> dict[str, str]:
    return dict(settling.sections(db.session(), guideline, guideline.published or guideline.working))


def _page(guideline: Guideline, form: ExceptionForm, code: int = 200) -> Any:
    rows = exceptions.of_guideline(db.session(), guard.viewer(), guideline)
    return page("exceptions", guideline, form=form, code=code, rows=rows)
