"""The page of a run, for all that is done on it: how it stands for this reader, and its forms."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from itertools import groupby
from textwrap import shorten
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import undefer
from werkzeug.wrappers import Response

from guidelines import nearby
from guidelines.nearby import Near
from guidelines.playbooks import closing, lesson_draft, reading, timers, trees
from guidelines.playbooks.closing import Cut
from guidelines.playbooks.forms import ROLES, ContactForm, DecisionForm, EndForm, HandOverForm, NoteForm, RoleForm
from guidelines.playbooks.models import Entered, Playbook, Run
from guidelines.playbooks.reading import Line
from guidelines.playbooks.standing import Standing, standing, walks
from guidelines.playbooks.together import starter
from wiki import db
from wiki.access import guard, policy
from wiki.access.policy import LIVE, Action
from wiki.documents import repeating_views, views as documents, web
from wiki.documents.models import Revision

NOW = "guidelines/playbooks/_now.html"


def load(slug: str, action: Action = Action.DOCUMENT_READ) -> Playbook:
    """The playbook at an address, for the viewer to do this with, as `web.load`."""
    found = web.load(slug, action)
    assert isinstance(found, Playbook)
    return found


def find(playbook: Playbook, public_id: str) -> Run:
    """A run of this playbook; 404 when it has none of this id."""
    found = reading.find(db.session(), playbook.id, public_id)
    if found is None:
        abort(404)
    return found


def go_to(playbook: Playbook, run: Run, anchor: str | None = None) -> Response:
    """Lead back to a run after something was done."""
    place = url_for("playbook.run", slug=playbook.slug, run=run.public_id, _anchor=anchor)
    return redirect(place, 303)


def done(slug: str, public_id: str, anchor: str | None = None, said: str = "", tone: str = "success") -> Any:
    """The answer to a button: how the run stands now, with a sentence where there is something to say."""
    playbook = load(slug)
    run = find(playbook, public_id)
    if request.headers.get("HX-Request"):
        return render_template(NOW, said=said, tone=tone, **_state(playbook, run, cut_of(playbook, run)))
    if said:
        flash(said, tone)
    return go_to(playbook, run, anchor)


def page(playbook: Playbook, run: Run, **filled: FlaskForm) -> Any:
    """The whole page, or how it stands where only that is asked for. `filled`: forms that came back, by their name."""
    cut = cut_of(playbook, run)
    state = _state(playbook, run, cut)
    if request.headers.get("HX-Request") and not filled:
        return _checked_again(playbook, render_template(NOW, **state))
    forms = {**_forms(cut, state["standing"]), **filled}
    told = {"text": text_of(playbook, cut), "lessons": _lessons(playbook, state["names"])}
    html = render_template("guidelines/playbooks/run.html", forms=forms, **told, **state)
    if any(form.errors for form in filled.values()) or repeating_views.found():
        return html, 422
    return _checked_again(playbook, html)


def _lessons(playbook: Playbook, steps: Mapping[str, str]) -> list[Near]:
    """The lessons that help with these steps. They are looked for once, and not again with every look at the run."""
    words = f"{playbook.title}\n{' '.join(steps.values())}"
    return nearby.relevant(db.session(), guard.viewer(), playbook, words)


def sheet(playbook: Playbook, run: Run) -> str:
    """The run on two sheets of paper: who does what, by when, and the words to use."""
    cut = cut_of(playbook, run)
    state = _state(playbook, run, cut)
    return render_template("guidelines/playbooks/sheet.html", text=text_of(playbook, cut), **state)


def cut_of(playbook: Playbook, run: Run) -> Cut:
    """The run as this viewer may see it."""
    return closing.cut(db.session(), guard.viewer(), playbook, run)


def text_of(playbook: Playbook, cut: Cut) -> Markup:
    """The playbook as it was when the run began: the words to copy are wanted beside the steps."""
    statement = select(Revision).where(Revision.document_id == playbook.id, Revision.number == cut.number)
    revision = db.session().scalars(statement.options(undefer(Revision.html))).one()
    return documents.body_of(guard.viewer(), revision, f"{web.this_kind().prefix}/{playbook.slug}")


def _checked_again(playbook: Playbook, html: str) -> Response:
    """Whoever looks again every ten seconds gets an empty answer as long as nothing happened."""
    return web.revalidated(html, is_held=playbook.is_held or playbook.status not in LIVE)


def _state(playbook: Playbook, run: Run, cut: Cut) -> dict[str, Any]:
    session = db.session()
    lines, began_by = reading.log(session, run), starter(session, run)
    steps, found = reading.steps(cut.steps, lines), standing(run, lines, began_by)
    walked, people = walks(cut.trees, found), reading.people_of(session, run)
    may_run = bool(policy.may(guard.viewer(), Action.PLAYBOOK_RUN, playbook.item))
    return {
        "document": playbook,
        "kind": web.this_kind(),
        "run": run,
        "steps": steps,
        "phases": [(phase, list(members)) for phase, members in groupby(steps, key=lambda step: step.phase)],
        "texts": _texts({step.key: step.text for step in steps} | {walk.key: walk.text for walk in walked}),
        "names": {each["key"]: each["words"] for each in cut.steps},
        "timers": timers.timers(cut.steps, run.started_at, db.now()),
        "lines": lines,
        "people": people,
        "standing": found,
        "role_words": ROLES,
        "walks": walked,
        "chosen": {line.id: _chosen(cut, line) for line in lines if line.entered == Entered.CHOSE},
        "lesson": lesson_draft.drafted(playbook, run, lines, people.values()) if run.ended_at and may_run else "",
        "may_run": may_run,
    }


def _chosen(cut: Cut, line: Line) -> tuple[str, str]:
    """A question and the answer given, in words; empty where this reader may not see them or it began again."""
    tree = trees.named(cut.trees, line.step)
    way = trees.way_to(tree, line.code) if tree else []
    return way[-1] if way else ("", "")


def _texts(told: Mapping[str, str]) -> dict[str, Markup]:
    """These lines with their links as they are for this reader, in one question for all."""
    if not told:
        return {}
    # No text that was saved has this sign in it.
    joined = documents.filled(guard.viewer(), "\x1f".join(told.values()))
    # They were sanitised when they were rendered.
    return {key: Markup(text) for key, text in zip(told, joined.split("\x1f"), strict=True)}  # noqa: S704


def _forms(cut: Cut, here: Standing) -> dict[str, FlaskForm]:
    return {
        "note": note_form(cut),
        "decision": DecisionForm(formdata=None, key=secrets.token_urlsafe(16)),
        "role": offering(RoleForm(formdata=None), here),
        "contact": ContactForm(formdata=None),
        "hand_over": offering(HandOverForm(formdata=None), here),
        "end": EndForm(formdata=None),
    }


def note_form(cut: Cut, words: str = "") -> NoteForm:
    """A new form for a note, about the step that was asked for."""
    form = NoteForm(formdata=None, step=request.args.get("step", ""), words=words, key=secrets.token_urlsafe(16))
    offer_steps(form, cut)
    return form


def offer_steps(form: NoteForm, cut: Cut) -> None:
    """Let a note be about the whole run or one of its steps."""
    words = {each["key"]: shorten(each["words"], 70, placeholder="…") for each in cut.steps}
    form.step.choices = {"": _("The whole run")} | words
    if form.step.data not in form.step.choices:
        form.step.data = ""


def offering(form: Any, here: Standing) -> Any:
    """A form to choose one of those who are on the run."""
    people: Iterable[Any] = sorted(here.present.values(), key=lambda person: person.name)
    if isinstance(form, RoleForm):
        form.person.choices = {"": _("Nobody")} | {person.ref: person.name for person in people}
    else:
        others = {person.ref: person.name for person in people if person.id != guard.viewer().person}
        form.next_person.choices = {"": _("Somebody else")} | others
    return form
