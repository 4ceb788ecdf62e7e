"""Interim notices in the browser."""

from __future__ import annotations

from typing import Any

from flask import flash
from flask_babel import gettext as _

from guidelines.guides.keeping import interim
from guidelines.guides.keeping.forms import NoticeForm, blamed, plain
from guidelines.guides.keeping.refusals import Refused
from guidelines.guides.keeping.web import load, page, repeats
from wiki import db
from wiki.access import guard
from wiki.access.guard import needs
from wiki.access.policy import Action
from wiki.documents import repeating_views, web


@needs(Action.GUIDELINE_NOTICE)
def notices(slug: str) -> Any:
    """The notices that stand today, and the form for another one."""
    guideline = load(slug, Action.GUIDELINE_NOTICE)
    return page("notices", guideline, form=NoticeForm(), notices=interim.current(db.session(), guideline))


@needs(Action.GUIDELINE_NOTICE)
def put_up(slug: str) -> Any:
    """Put a notice up."""
    guideline, form = load(slug, Action.GUIDELINE_NOTICE), NoticeForm()
    if not form.validate_on_submit() or form.until.data is None or repeats(guideline, form.words.data):
        return page("notices", guideline, form=form, code=422, notices=interim.current(db.session(), guideline))
    with db.write() as session:
        guideline = load(slug, Action.GUIDELINE_NOTICE)
        interim.put_up(session, guideline, plain(form.words.data), form.until.data, by=guard.viewer())
        repeating_views.note(session, guideline)
    flash(_("It stands on top of the guideline now, and goes away by itself."), "success")
    return web.go_to(guideline)


@needs(Action.GUIDELINE_NOTICE)
def end(slug: str, key: str) -> Any:
    """Take a notice down."""
    load(slug, Action.GUIDELINE_NOTICE)
    try:
        with db.write() as session:
            guideline = load(slug, Action.GUIDELINE_NOTICE)
            interim.end(session, guideline, key, by=guard.viewer())
    except Refused as refused:
        guideline, form = load(slug, Action.GUIDELINE_NOTICE), blamed(NoticeForm(formdata=None), "words", refused)
        return page("notices", guideline, form=form, code=422, notices=interim.current(db.session(), guideline))
    flash(_("The notice is down."), "success")
    return web.go_to(guideline, "notices")
