"""Asking readers of a guideline, in the browser: what is asked, the answer, and how far it has come."""

from __future__ import annotations

from typing import Any

from flask import flash, render_template, request
from flask_babel import gettext as _

from guidelines.guides.keeping import attesting
from guidelines.guides.keeping.attesting import Plan
from guidelines.guides.keeping.forms import AskForm, blamed, plain
from guidelines.guides.keeping.models import Attestation, Way
from guidelines.guides.keeping.refusals import Refused
from guidelines.guides.keeping.web import load, page
from guidelines.guides.models import Guideline
from wiki import db
from wiki.access import guard
from wiki.access.guard import needs
from wiki.access.policy import Action
from wiki.documents import web


@needs(Action.GUIDELINE_ASK)
def asking(slug: str) -> Any:
    """What readers are asked, and how many have answered."""
    guideline = load(slug, Action.GUIDELINE_ASK)
    return _page(guideline, _form(guideline, begin=True))


@needs(Action.GUIDELINE_ASK)
def ask(slug: str) -> Any:
    """Begin to ask, or change what is asked."""
    guideline = load(slug, Action.GUIDELINE_ASK)
    form = _form(guideline)
    if not form.validate_on_submit():
        return _page(guideline, form, 422)
    try:
        with db.write() as session:
            guideline = load(slug, Action.GUIDELINE_ASK)
            attesting.ask(session, guideline, _plan(form), by=guard.viewer())
    except Refused as refused:
        return _page(load(slug, Action.GUIDELINE_ASK), blamed(form, "way", refused), 422)
    flash(_("Those who are asked find it in their notices and on the page."), "success")
    return web.go_to(guideline, "asking")


@needs(Action.GUIDELINE_ASK)
def stop(slug: str) -> Any:
    """Ask nobody any more."""
    load(slug, Action.GUIDELINE_ASK)
    with db.write() as session:
        guideline = load(slug, Action.GUIDELINE_ASK)
        attesting.stop(session, guideline, by=guard.viewer())
    flash(_("Nobody is asked any more."), "success")
    return web.go_to(guideline, "asking")


@needs(Action.GUIDELINE_SETTLE)
def answer(slug: str) -> Any:
    """Note the reader's answer; the page says what came of it."""
    guideline = load(slug, Action.GUIDELINE_SETTLE)
    turn, choice = (request.form.get(name, None, int) for name in ("turn", "choice"))
    try:
        with db.write() as session:
            guideline = load(slug, Action.GUIDELINE_SETTLE)
            attesting.answer(session, guideline, turn=turn, choice=choice, by=guard.viewer())
    except Refused as refused:
        guideline = load(slug)
        asked = attesting.for_reader(db.session(), guard.viewer(), guideline.id)
        return page("question", guideline, code=422, asked=asked, problem=str(refused))
    return web.go_to(guideline, _anchor="asked")


@needs(Action.DOCUMENT_LIST)
def mine() -> Any:
    """What waits for one's own answer."""
    return render_template(
        "guidelines/guides/keeping/questions.html", rows=attesting.open_for(db.session(), guard.viewer())
    )


@needs(Action.DOCUMENT_READ)
def of_my_group(slug: str) -> Any:
    """For leads: who of their own group has answered, where a duty depends on it."""
    guideline = load(slug)
    plan = db.session().get(Attestation, guideline.id)
    names = attesting.names_for_lead(db.session(), guard.viewer(), plan) if plan is not None else ()
    return page("answered", guideline, names=names)


def _form(guideline: Guideline, *, begin: bool = False) -> AskForm:
    plan = db.session().get(Attestation, guideline.id) if begin else None
    form = AskForm(formdata=None, data=_held(plan)) if begin else AskForm()
    form.groups.choices = attesting.groups_for(db.session(), guard.viewer())
    return form


def _held(plan: Attestation | None) -> dict[str, Any]:
    if plan is None:
        return {"way": Way.CONFIRM}
    held = {"way": plan.way, "groups": plan.groups, "due": plan.due, "gated": plan.gated, "question": plan.question}
    for number, option in enumerate(plan.options, 1):
        held |= {f"option_{number}": option["words"], f"why_{number}": option["why"]}
    return held | {"right": str(plan.key + 1)}


def _plan(form: AskForm) -> Plan:
    way = Way(form.way.data)
    if way != Way.QUESTION:
        return Plan(way, tuple(form.groups.data), form.due.data, form.gated.data)
    pairs = [(plain(words.data), plain(why.data)) for words, why in form.options()]
    right = pairs[int(form.right.data) - 1]
    given = tuple(pair for pair in pairs if any(pair))
    key = given.index(right) if right in given else -1
    return Plan(way, tuple(form.groups.data), form.due.data, form.gated.data, plain(form.question.data), given, key)


def _page(guideline: Guideline, form: AskForm, code: int = 200) -> Any:
    plan = db.session().get(Attestation, guideline.id)
    found = attesting.progress(db.session(), plan) if plan is not None else None
    return page("asking", guideline, form=form, code=code, plan=plan, progress=found)
