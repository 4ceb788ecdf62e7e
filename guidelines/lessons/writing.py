"""Writing lessons: the form on one page, what helps while it is filled in, and a change of it afterwards."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import undefer
from werkzeug.datastructures import MultiDict

from guidelines.lessons import about, hints, operations, reading, timing
from guidelines.lessons.forms import BOXES, TOLD, ChangedLessonForm, LessonForm, NewLessonForm
from guidelines.lessons.models import Lesson, LessonDraft, Nature
from guidelines.lessons.operations import Refused, Telling
from guidelines.lessons.words import BOXES as BOX_WORDS
from wiki import db, markdown
from wiki.access import guard
from wiki.access.guard import needs
from wiki.access.policy import Action
from wiki.documents import (
    diff,
    merge,
    operations as documents,
    passages_shown,
    repeating_views,
    sharing,
    texts,
    views,
    web,
)
from wiki.documents.addresses import AddressTaken
from wiki.documents.forms import blame
from wiki.documents.models import Revision
from wiki.documents.operations import AlreadySaved, Facts, Outdated
from wiki.documents.passages_saved import PassagesRefused, problems as problems_of_passages
from wiki.documents.reading import closed_changes
from wiki.documents.writing import preview_html

TEMPLATES = "guidelines/lessons"
# Characters of the key of a form: too many to be guessed, and what the database has room for.
FEWEST, LONGEST = 16, 40


@needs(Action.DOCUMENT_CREATE)
def new() -> Any:
    """Record a lesson."""
    viewer, session = guard.viewer(), db.session()
    begins = request.method == "GET" or bool(request.form.get("prefill"))
    form = _begun() if begins else NewLessonForm()
    _offer(form)
    form.offer_audiences(session, viewer, web.settings().handling_marks)
    form.offer_owners(session, viewer)
    if begins:
        return _new_page(form)
    if request.form.get("find"):
        return _found_guidelines(form) or _new_page(form)
    if request.form.get("reach"):
        return _counted(form)
    if request.form.get("draft") and not (form.happened.data and form.title.data):
        return _keep_half(form)
    form.suggest_terms(reading.descriptions(session))
    text, telling = _checked_text(form), _telling(form)
    fine = _accept_sharing(form)
    if text is None or not fine or form.errors or request.form.get("preview"):
        form.suggested.data, form.suggested.raw_data = "1", None
        return _new_page(form, text, code=200 if text is not None and fine and not form.errors else 422)
    return _record(form, text, telling)


def _begun() -> NewLessonForm:
    """A new form, or what this person began before."""
    kept = _kept(request.args.get("draft", ""))
    if kept is None:
        form = NewLessonForm(formdata=None)
        form.key.data, form.started.data = secrets.token_urlsafe(16), timing.signed(db.now())
        # What a playbook's log or a link to a lesson that is not there yet brings along.
        form.happened.data = request.values.get("happened", "")[:4000]
        if request.values.get("nature") in list(Nature):
            form.nature.data = request.values["nature"]
        form.title.data = request.args.get("address", "")[: texts.TITLE_LENGTH].replace("-", " ").capitalize()
        return form
    form = NewLessonForm(formdata=MultiDict({**kept.fields, "key": kept.key}))
    form.started.data = timing.signed(kept.started_at)
    return form


def _kept(key: str) -> LessonDraft | None:
    mine = (LessonDraft.key == key, LessonDraft.person_id == guard.viewer().person)
    return db.session().scalar(select(LessonDraft).where(*mine)) if key else None


def _offer(form: LessonForm, also: tuple[str, ...] = ()) -> None:
    """Fill in the choices. `also`: guidelines that the text names already, whether this writer sees them or not."""
    session, viewer = db.session(), guard.viewer()
    form.offer_terms(session)
    asked = [slug for slug in form.guidelines.data or [] if len(slug) <= texts.SLUG_LENGTH][:20]
    typed = form.guideline_words.data or "" if request.form.get("find") else ""
    found = reading.guidelines(session, viewer, typed, {*asked, *also})
    form.guidelines.choices = {slug: slug for slug in also} | {entry.slug: entry.title for entry in found}


def _counted(form: NewLessonForm) -> str:
    """How many people can read it, in the whole page where only that can be shown."""
    if not request.headers.get("HX-Request"):
        return str(_new_page(form)[0])
    return render_template("wiki/documents/_reach.html", form=form, reach=_reach(form))


def _keep_half(form: NewLessonForm) -> Any:
    """A lesson that is not told yet is no document: it is kept as it stands, for its writer alone."""
    key = form.key.data or ""
    if not key or operations.is_spent(db.session(), key, by=guard.viewer()):
        key = form.key.data = secrets.token_urlsafe(16)
    problem = keep_form(key)
    if problem is not None:
        blame(form.happened, problem or _("Write a few words first. Then they can be kept."))
        return _new_page(form, code=422)
    flash(_("Kept. Go on whenever you like."), "success")
    return redirect(url_for("lesson.index"), 303)


def _checked_text(form: LessonForm, lesson: Lesson | None = None) -> texts.PreparedText | None:
    """The text rendered, or None with the reason beside its box. `lesson` is the one it belongs to."""
    if request.form.get("draft"):
        form.intended.validators = ()
    valid = form.validate_on_submit()
    try:
        text = texts.prepare(form.title.data or "", form.text, lang=form.lang.data or "en")
    except markdown.TextRefused as refused:
        blame(form.happened, _(refused.message, **refused.values))
        return None
    newest = lesson is None or form.base_revision.data == lesson.working
    problems = problems_of_passages(db.session(), text, lesson, guard.viewer()) if newest else []
    return text if not _blame_for(form, problems) and valid else None


def _blame_for(form: LessonForm, problems: list[sharing.Problem]) -> bool:
    """Put what is wrong with held passages beside the first box; true when there is anything."""
    for problem in problems:
        blame(form.happened, problem)
    return bool(problems)


def _telling(form: NewLessonForm) -> Telling:
    on_behalf_of = None
    if (form.on_behalf_of.data or "").strip():
        try:
            on_behalf_of = operations.colleague(db.session(), form.on_behalf_of.data, by=guard.viewer()).id
        except Refused as refused:
            blame(form.on_behalf_of, refused)
    return Telling(form.key.data or None, timing.opened(form.started.data), on_behalf_of)


def _accept_sharing(form: NewLessonForm) -> bool:
    chosen = form.chosen(db.session(), guard.viewer())
    if form.keeper is None:
        return False
    return form.accept(sharing.problems(db.session(), chosen, owner=form.keeper, settings=web.settings()))


def _record(form: NewLessonForm, text: texts.PreparedText, telling: Telling) -> Any:
    viewer = guard.viewer()
    chosen = form.chosen(db.session(), viewer)
    facts = Facts(form.keeper or "", form.lang.data, None, form.terms, form.columns)
    as_draft = bool(request.form.get("draft"))
    if repeating_views.unanswered(text, chosen.audience, notice=chosen):
        return _new_page(form, text, code=422)
    try:
        with db.write() as session:
            lesson = operations.record(session, text, facts, chosen, telling, by=viewer, as_draft=as_draft)
            repeating_views.note(session, lesson)
    except AlreadySaved as repeat:
        with db.write() as session:
            operations.forget_told(session, text, by=viewer)
        flash(_("You recorded this already. Here it is."), "info")
        return web.go_to_address(repeat.kind, repeat.slug, saved=form.key.data)
    except PassagesRefused as odd:
        _blame_for(form, odd.problems)
        return _new_page(form, text, code=422)
    flash(_("Kept as a draft.") if as_draft else _("Recorded. Thank you: the next post starts from here."), "success")
    _tell_hints(form)
    return web.go_to(lesson, saved=form.key.data)


def _tell_hints(form: LessonForm) -> None:
    """What the writer may want to look at once more, told to them alone."""
    found = hints.look(form.boxes)
    if found:
        words = ", ".join(f"“{hint.found}”" for hint in found[:3])
        flash(_("Look once more, only you see this: does everybody need %(words)s?", words=words), "warning")


@dataclass(frozen=True, slots=True)
class _Step:
    """One of the four boxes in the trail above the form."""

    number: int
    words: Any
    is_done: bool


def _trail(form: LessonForm) -> list[_Step]:
    written = {name: bool((form[name].data or "").strip()) for name in TOLD}
    return [_Step(number, BOX_WORDS[name], done) for number, (name, done) in enumerate(written.items(), 1)]


def _helps(form: LessonForm) -> dict[str, Any]:
    """What stands beside the form: hints and lessons that are alike."""
    written = any(form.boxes.values())
    return {
        "hints": hints.look(form.boxes),
        "box_words": BOX_WORDS,
        "similar": reading.similar(db.session(), guard.viewer(), form.told) if written else [],
    }


def _new_page(form: NewLessonForm, text: texts.PreparedText | None = None, code: int = 200) -> Any:
    # A form that came without its key still has somewhere to keep what is written from now on.
    form.key.data = form.key.data or secrets.token_urlsafe(16)
    context = {"form": form, "kind": web.this_kind(), "trail": _trail(form), "reach": _reach(form)}
    context |= {"preview": preview_html(text), **_helps(form)}
    if request.headers.get("HX-Request") and request.form.get("preview"):
        return render_template("wiki/documents/_preview.html", **context), 200
    return render_template(f"{TEMPLATES}/new.html", **context), code


def _reach(form: NewLessonForm) -> sharing.Reach:
    viewer, session = guard.viewer(), db.session()
    chosen = form.chosen(session, viewer)
    keepers = {f"lead:{form.keeper}"} if form.keeper else set()
    own = {f"person:{viewer.public_id}"} if chosen.is_held else set()
    return sharing.reach(session, {*chosen.audience, *keepers, *own})


def _found_guidelines(form: LessonForm) -> str | None:
    """The guidelines that fit what was typed, where only this part of the page was asked for."""
    if not request.headers.get("HX-Request"):
        return None
    return render_template(f"{TEMPLATES}/_guidelines.html", form=form)


@needs(Action.DOCUMENT_CREATE)
def keep_draft(key: str) -> Any:
    """Keep what is in the form, for its writer alone."""
    problem = keep_form(key)
    return render_template(f"{TEMPLATES}/_kept.html", problem=problem, at=db.now()), 422 if problem else 200


def keep_form(key: str) -> str | None:
    """Keep what this request brought of the form of a new lesson.

    Returns None when it was kept, and else why not, in words; no words when nobody has told anything yet.
    """
    if not any(request.form.get(name, "").strip() for name in BOXES):
        return ""
    form = NewLessonForm(formdata=request.form)
    fields = {name: values for name, values in request.form.lists() if name in form and name != "csrf_token"}
    size = sum(len(value) for values in fields.values() for value in values)
    if size > web.settings().max_text_bytes or not FEWEST <= len(key) <= LONGEST:
        return _("Too long to be kept while you write. Save it when you are done.")
    try:
        with db.write() as session:
            operations.keep(session, key, fields, timing.opened(form.started.data), by=guard.viewer())
    except operations.TooMany:
        return _("Not kept: you have begun many lessons. Throw some away under “Lessons”.")
    return None


@needs(Action.DOCUMENT_CREATE)
def drop_draft(key: str) -> Any:
    """Throw away what was begun."""
    with db.write() as session:
        operations.forget(session, key, by=guard.viewer())
    flash(_("Thrown away."), "success")
    return redirect(url_for("lesson.index"), 303)


@needs(Action.DOCUMENT_CREATE)
def look_for_hints() -> Any:
    """Hints on what was typed so far, for the page that is being written."""
    found = hints.look({name: request.form.get(name, "") for name in BOXES})
    return render_template(f"{TEMPLATES}/_hints.html", hints=found, box_words=BOX_WORDS)


@needs(Action.DOCUMENT_CREATE)
def look_for_similar() -> Any:
    """Lessons that tell of the same, for the page that is being written."""
    told = "\n".join(request.form.get(name, "") for name in TOLD)
    return render_template(f"{TEMPLATES}/_similar.html", similar=reading.similar(db.session(), guard.viewer(), told))


def load(slug: str, action: Action = Action.DOCUMENT_READ) -> Lesson:
    """The lesson at an address for the viewer to do this with, as `web.load`."""
    found = web.load(slug, action)
    assert isinstance(found, Lesson)
    return found


@needs(Action.DOCUMENT_REVISE)
def edit(slug: str) -> Any:
    """Change a lesson."""
    lesson = load(slug, Action.DOCUMENT_REVISE)
    newest = _revision(lesson, lesson.working)
    body = views.source_of(lesson, newest)
    named = tuple(about.apart(body)[1])
    form = ChangedLessonForm()
    _offer(form, named)
    if request.method == "GET":
        form.show(lesson, newest.title, body)
        return _edit_page(form, lesson)
    if request.form.get("find"):
        return _found_guidelines(form) or _edit_page(form, lesson)
    text = _checked_text(form, lesson)
    if text is None or request.form.get("preview"):
        return _edit_page(form, lesson, text, code=200 if text is not None else 422)
    return _save(lesson, form, text)


def _edit_page(
    form: LessonForm, lesson: Lesson, text: texts.PreparedText | None = None, code: int = 200, **more: Any
) -> Any:
    context = {"form": form, "document": lesson, "kind": web.this_kind(), **_helps(form), "similar": None}
    context["preview"] = preview_html(text, lesson)
    if request.headers.get("HX-Request") and request.form.get("preview"):
        return render_template("wiki/documents/_preview.html", **context), 200
    return render_template(f"{TEMPLATES}/edit.html", **context, **more), code


def _save(lesson: Lesson, form: ChangedLessonForm, text: texts.PreparedText) -> Any:
    viewer, base, slug, note = guard.viewer(), form.base_revision.data or 0, lesson.slug, form.note.data or ""
    if repeating_views.unanswered(text, lesson.audience, lesson):
        return _edit_page(form, lesson, text, code=422)
    try:
        with db.write() as session:
            lesson = load(slug, Action.DOCUMENT_REVISE)
            documents.revise(session, lesson, text, base=base, by=viewer, note=note, key=form.key.data)
            repeating_views.note(session, lesson)
            facts = Facts(lesson.owner_id, form.lang.data, lesson.parent_id, form.terms, form.columns)
            operations.describe(session, lesson, facts, by=viewer)
            if form.address.data:
                documents.rename(session, lesson, form.address.data, by=viewer)
    except Outdated:
        return _conflict(load(slug, Action.DOCUMENT_REVISE), form, text)
    except PassagesRefused as odd:
        _blame_for(form, odd.problems)
        return _edit_page(form, load(slug, Action.DOCUMENT_REVISE), text, code=422)
    except (Refused, AddressTaken) as refused:
        field, said = _told_beside(refused)
        blame(form[field], said)
        return _edit_page(form, load(slug, Action.DOCUMENT_REVISE), text, code=422)
    except AlreadySaved as repeat:
        return web.go_to_address(repeat.kind, repeat.slug)
    flash(_("Saved."), "success")
    _tell_hints(form)
    return web.go_to(lesson, saved=form.key.data)


def _told_beside(refused: Refused | AddressTaken) -> tuple[str, Any]:
    """The field that a refusal is about, and what is told beside it."""
    if isinstance(refused, AddressTaken):
        return "address", _("This address is taken. Choose another one.")
    return refused.field, refused


def _revision(lesson: Lesson, number: int) -> Revision:
    which = (Revision.document_id == lesson.id, Revision.number == number)
    return db.session().scalars(select(Revision).where(*which).options(undefer(Revision.body))).one()


def _conflict(lesson: Lesson, form: ChangedLessonForm, mine: texts.PreparedText) -> Any:
    """Somebody saved meanwhile: the form keeps what was typed, or holds both where the two fit together."""
    theirs = _revision(lesson, lesson.working)
    base = _revision(lesson, min(max(form.base_revision.data or 1, 1), lesson.working))
    # The three texts as this writer has them: what is held back from them is a token in each.
    their_text, typed = views.source_of(lesson, theirs), passages_shown.typed_source(mine)
    merged = merge.merge3(views.base_of(lesson, base), typed, their_text)
    text = merged.text if merged.clean else typed
    if merged.clean:
        form.show_text(text)
    form.base_revision.data, form.key.data = lesson.working, secrets.token_urlsafe(16)
    form.base_revision.raw_data = form.key.raw_data = None
    _offer(form, tuple(form.guidelines.data or ()))
    rows = diff.diff_words(their_text, text)
    told: dict[str, Any] = {"rows": rows, "theirs": theirs, "their_text": their_text, "typed": typed}
    told["closed"] = closed_changes(db.session(), guard.viewer(), lesson)
    return _edit_page(form, lesson, code=409, merged=merged.clean, **told)
