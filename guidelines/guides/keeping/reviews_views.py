"""Looking at a guideline again, in the browser: one page with the evidence and a question for each section."""

from __future__ import annotations

from typing import Any

from flask import flash, render_template, request
from flask_babel import gettext as _

from guidelines.guides.keeping import reviews
from guidelines.guides.keeping.forms import ReviewForm, blamed, plain
from guidelines.guides.keeping.models import Verdict
from guidelines.guides.keeping.refusals import Refused
from guidelines.guides.keeping.web import load, page
from guidelines.guides.models import Guideline
from wiki import db
from wiki.access import guard
from wiki.access.guard import needs
from wiki.access.policy import Action
from wiki.documents import web

LONGEST = 400


@needs(Action.GUIDELINE_REVIEW)
def review(slug: str) -> Any:
    """The evidence, and the question for each section."""
    guideline = load(slug, Action.GUIDELINE_REVIEW)
    return _page(guideline, ReviewForm(formdata=None, revision=guideline.published or guideline.working))


@needs(Action.GUIDELINE_REVIEW)
def answer(slug: str) -> Any:
    """Note what was said of some of its sections."""
    guideline, form = load(slug, Action.GUIDELINE_REVIEW), ReviewForm()
    form.validate_on_submit()
    said = _said(guideline, form)
    if form.errors or form.form_errors or form.revision.data is None:
        return _page(guideline, form, 422)
    try:
        with db.write() as session:
            guideline = load(slug, Action.GUIDELINE_REVIEW)
            whole = reviews.answer(session, guideline, form.revision.data, said, by=guard.viewer())
    except Refused as refused:
        guideline = load(slug, Action.GUIDELINE_REVIEW)
        form = ReviewForm(formdata=None, revision=guideline.published or guideline.working)
        return _page(guideline, blamed(form, "revision", refused), 422)
    done = _("Thank you. Every section is answered.") if whole else _("Saved. The other sections can wait.")
    flash(done, "success")
    return web.go_to(guideline, "review")


@needs(Action.GUIDELINE_REVIEW)
def overdue() -> Any:
    """Guidelines whose day has passed."""
    rows = reviews.overdue(db.session(), guard.viewer())
    return render_template("guidelines/guides/keeping/overdue.html", rows=rows)


def _said(guideline: Guideline, form: ReviewForm) -> dict[str, tuple[Verdict, str]]:
    """What was posted, by anchor: the fields of a section carry its place in the text."""
    said = {}
    for place, section in enumerate(reviews.sections(db.session(), guideline)):
        chosen, words = request.form.get(f"verdict-{place}", ""), plain(request.form.get(f"words-{place}"))
        if "\ufffd" in words:
            form.form_errors.append(_("Some characters could not be read. Please write them again."))
        if len(words) > LONGEST:
            form.form_errors.append(_("Keep what you say of a section to 400 characters."))
        if chosen in list(Verdict):
            said[section.anchor] = (Verdict(chosen), words)
            if chosen == Verdict.UNSURE and not words:
                form.form_errors.append(_("Where you are unsure, say who would know."))
    if not said and not form.form_errors:
        form.form_errors.append(_("Answer for one section at least."))
    return said


def _page(guideline: Guideline, form: ReviewForm, code: int = 200) -> Any:
    session, viewer = db.session(), guard.viewer()
    found = reviews.sections(session, guideline)
    return page(
        "review",
        guideline,
        form=form,
        code=code,
        parts=found,
        answered=sum(section.is_current for section in found),
        evidence=reviews.evidence(session, viewer, guideline),
        typed=request.form if code != 200 else {},
    )
