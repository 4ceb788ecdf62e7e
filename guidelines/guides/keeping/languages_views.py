"""Language versions of a guideline in the browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash
from flask_babel import gettext as _

from guidelines.guides.keeping import languages
from guidelines.guides.keeping.forms import LanguageForm, blamed
from guidelines.guides.keeping.refusals import Refused
from guidelines.guides.keeping.web import load, page
from guidelines.guides.models import Guideline
from wiki import db
from wiki.access import guard
from wiki.access.guard import needs
from wiki.access.policy import Action
from wiki.documents import web


@needs(Action.GUIDELINE_TRANSLATE)
def versions(slug: str) -> Any:
    """What this guideline is a version of, and the versions that follow it."""
    guideline = load(slug, Action.GUIDELINE_TRANSLATE)
    return _page(guideline, _form(guideline, empty=True))


@needs(Action.GUIDELINE_TRANSLATE)
def link(slug: str) -> Any:
    """Make it a version of another guideline."""
    guideline = load(slug, Action.GUIDELINE_TRANSLATE)
    form = _form(guideline)
    if not form.validate_on_submit():
        return _page(guideline, form, 422)
    try:
        with db.write() as session:
            guideline = load(slug, Action.GUIDELINE_TRANSLATE)
            languages.link(session, guideline, form.source.data, by=guard.viewer())
    except Refused as refused:
        return _page(load(slug), blamed(form, "source", refused), 422)
    flash(_("The two are linked. Readers of one find the other."), "success")
    return web.go_to(guideline, "versions_in_languages")


@needs(Action.GUIDELINE_TRANSLATE)
def follows(slug: str) -> Any:
    """Say that it says what its source says now."""
    return _do(slug, languages.follows, _("Thank you. Readers are not warned any more."))


@needs(Action.GUIDELINE_TRANSLATE)
def unlink(slug: str) -> Any:
    """Let it stand by itself."""
    return _do(slug, languages.unlink, _("It stands by itself again."))


@needs(Action.DOCUMENT_READ)
def mine(slug: str) -> Any:
    """Lead on to the version in the reader's language, or the next best one."""
    guideline = load(slug)
    return web.go_to_address("guideline", languages.best_for(db.session(), guard.viewer(), guideline))


def _do(slug: str, verb: Callable[..., None], done: str) -> Any:
    load(slug, Action.GUIDELINE_TRANSLATE)
    try:
        with db.write() as session:
            guideline = load(slug, Action.GUIDELINE_TRANSLATE)
            verb(session, guideline, by=guard.viewer())
    except Refused as refused:
        guideline = load(slug)
        return _page(guideline, blamed(_form(guideline, empty=True), "source", refused), 422)
    flash(done, "success")
    return web.go_to(guideline, "versions_in_languages")


def _form(guideline: Guideline, *, empty: bool = False) -> LanguageForm:
    form = LanguageForm(formdata=None) if empty else LanguageForm()
    found = languages.sources_for(db.session(), guard.viewer(), guideline)
    form.source.choices = {"": _("Choose a guideline")} | found
    return form


def _page(guideline: Guideline, form: LanguageForm, code: int = 200) -> Any:
    session, viewer = db.session(), guard.viewer()
    source = languages.source_of(session, viewer, guideline)
    return page(
        "languages",
        guideline,
        form=form,
        code=code,
        source=source,
        following=languages.family(session, viewer, guideline),
    )
