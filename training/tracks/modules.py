"""Browsing modules, answering their questions, and offering to help with them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import func, select

from training.tracks import modules_acts as acts, modules_page
from training.tracks.models import Did, LearningEvent, Module
from training.tracks.modules_acts import Sheet
from training.tracks.modules_reading import Trouble
from wiki import db
from wiki.access import guard
from wiki.access.guard import needs
from wiki.access.policy import LIVE, Action
from wiki.documents import lists, reading, views, web
from wiki.documents.models import Document
from wiki.documents.visibility import visible_to

MOST_TYPED = 1000


def addressed(pages: Blueprint) -> Blueprint:
    """The addresses that modules have beside the common ones."""
    pages.add_url_rule("/", "index", index)
    pages.add_url_rule("/<slug>/answers/<key>", "answer", answer, methods=["POST"])
    pages.add_url_rule("/<slug>/answers/<key>", "answer_place", answer_place)
    pages.add_url_rule("/<slug>/check", "check", check, methods=["GET", "POST"])
    pages.add_url_rule("/<slug>/done", "declare", declare, methods=["POST"])
    pages.add_url_rule("/<slug>/undone", "take_back", take_back, methods=["POST"])
    pages.add_url_rule("/<slug>/help", "offer_help", offer_help, methods=["POST"])
    pages.add_url_rule("/<slug>/help/withdrawal", "withdraw_help", withdraw_help, methods=["POST"])
    return pages


@needs(Action.DOCUMENT_LIST)
def index() -> Any:
    """All modules, with how long they take and whether this person has done them."""
    session, viewer, topic = db.session(), guard.viewer(), request.args.get("topic", "")
    of_kind = (Document.kind == "module", Document.status.in_(LIVE))
    narrowed = [*of_kind, reading.with_term("topic", topic)] if topic else [*of_kind]
    return lists.page_of(
        *narrowed,
        title=_("Training modules"),
        order=(Document.title, Document.id),
        template="training/modules/index.html",
        topic=topic,
        topics=lists.counted_terms(session, viewer, "topic", *of_kind),
        told=_told_of_all(),
    )


def _told_of_all() -> dict[str, tuple[int, bool]]:
    """Minutes of each module, and whether this person has done it, by its address."""
    session, viewer = db.session(), guard.viewer()
    last = (
        select(func.max(LearningEvent.id))
        .where(
            LearningEvent.person_id == viewer.person,
            LearningEvent.key == "",
            LearningEvent.did.in_([Did.DONE, Did.UNDONE]),
        )
        .group_by(LearningEvent.document_id)
    )
    rows = session.execute(
        select(Document.slug, Module.__table__.c.minutes, LearningEvent.did)
        .join(Module.__table__, Module.__table__.c.id == Document.id)
        .outerjoin(LearningEvent, (LearningEvent.document_id == Document.id) & LearningEvent.id.in_(last))
        .where(visible_to(viewer), Document.status.in_(LIVE))
    )
    return {slug: (minutes, did == Did.DONE) for slug, minutes, did in rows}


@needs(Action.TRAINING_LEARN)
def answer(slug: str, key: str) -> Any:
    """Answer one question."""
    typed = request.form.getlist("answer")[: acts.MOST_CHOICES]
    try:
        with db.write() as session:
            module = web.load(slug, Action.TRAINING_LEARN)
            slug = module.slug
            acts.answer(session, module, key, _sheet({key: typed}), by=guard.viewer())
    except acts.Unknown:
        abort(404)
    except acts.Gone:
        flash(_("This question has been taken out meanwhile; your answer was not counted."), "warning")
        return _back(slug)
    except (acts.Empty, acts.Changed) as error:
        what = _what(error)
        g.quiz_trouble = Trouble(key, what, tuple(word[:MOST_TYPED] for word in typed))
        return _again(slug, key, 409 if what == "changed" else 422)
    return _part(slug, key) if _wants_a_part() else _back(slug, key)


def _what(error: acts.Empty | acts.Changed) -> str:
    if isinstance(error, acts.NoFigures):
        return "figures"
    return "empty" if isinstance(error, acts.Empty) else "changed"


@needs(Action.DOCUMENT_READ)
def answer_place(slug: str, key: str) -> Any:
    """Lead whoever loads the address of an answer anew to its question."""
    return _back(web.load(slug).slug, key)


def _sheet(typed: dict[str, list[str]]) -> Sheet:
    revision = request.form.get("revision", 0, int)
    return Sheet(min(max(revision, 0), 2**31 - 1), request.form.get("turn", "")[:40], typed)


def _wants_a_part() -> bool:
    return "HX-Request" in request.headers


def _back(slug: str, anchor: str | None = None) -> Any:
    return redirect(url_for("module.read", slug=slug, _anchor=anchor), 303)


def _again(slug: str, key: str, code: int) -> Any:
    """The page once more, with what came in the way beside the question."""
    if _wants_a_part():
        # Only 422 is placed into a page that is open.
        return _part(slug, key), 422
    page: Response = views.read(slug)
    page.status_code = code
    page.headers["Cache-Control"] = "private, no-store"
    page.headers.pop("ETag", None)
    return page


def _part(slug: str, key: str) -> str:
    """The section of one question, with how much is done."""
    page = modules_page.load(slug)
    found = next(((one, words) for one, words, _part in modules_page.sections(page) if one.key == key), None)
    if found is None:
        abort(404)
    one, words = found
    context = {"asked": one, "words": words, "document": page.document, "beside": page.beside}
    return render_template("training/modules/_part.html", **context)


@needs(Action.TRAINING_LEARN)
def check(slug: str) -> Any:
    """I know this already: all questions on one page, without the text."""
    if request.method == "GET":
        return _check_page(slug)
    keys = [name for name in request.form if name.startswith("b-")][: acts.MOST_QUESTIONS]
    sheet = _sheet({key: request.form.getlist(key)[: acts.MOST_CHOICES] for key in keys})
    try:
        with db.write() as session:
            module = web.load(slug, Action.TRAINING_LEARN)
            slug = module.slug
            found = acts.check(session, module, sheet, by=guard.viewer())
    except acts.Empty:
        return _check_page(slug, sheet=sheet, code=422)
    if not found.passed:
        return _check_page(slug, sheet=sheet, found=found)
    flash(_("Right: %(n)s of %(total)s. This module is done.", n=len(found.right), total=found.total), "success")
    return _back(slug)


def _check_page(slug: str, sheet: Sheet | None = None, found: acts.Checked | None = None, code: int = 200) -> Any:
    page = modules_page.load(slug)
    web.load(page.document.slug, Action.TRAINING_LEARN)
    questions = list(modules_page.sections(page))
    return (
        render_template(
            "training/modules/check.html",
            document=page.document,
            kind=web.this_kind(),
            beside=page.beside,
            questions=questions,
            enough=acts.enough(len(questions)),
            typed=sheet.typed if sheet else {},
            found=found,
            empty=code == 422,
        ),
        code,
    )


@needs(Action.TRAINING_LEARN)
def declare(slug: str) -> Any:
    """Say that one has read and tried a module, or knew it before."""
    return _said(slug, done=True)


@needs(Action.TRAINING_LEARN)
def take_back(slug: str) -> Any:
    """Say that it is not done after all, and begin anew."""
    return _said(slug, done=False)


def _said(slug: str, *, done: bool) -> Any:
    with db.write() as session:
        module = web.load(slug, Action.TRAINING_LEARN)
        acts.declare(session, module, by=guard.viewer(), done=done)
        slug = module.slug
    flash(_("Noted: this module is done.") if done else _("Noted: this module is open again."), "success")
    return _back(slug)


@needs(Action.TRAINING_TEACH)
def offer_help(slug: str) -> Any:
    """Offer to help with a module."""
    with db.write() as session:
        module = web.load(slug, Action.TRAINING_TEACH)
        acts.offer(session, module, request.form.get("words", ""), by=guard.viewer())
        slug = module.slug
    flash(_("Thank you. Readers of this module can see that you help."), "success")
    return _back(slug, "help")


@needs(Action.TRAINING_LEARN)
def withdraw_help(slug: str) -> Any:
    """Take the offer back."""
    with db.write() as session:
        module = web.load(slug, Action.TRAINING_LEARN)
        acts.withdraw(session, module, by=guard.viewer())
        slug = module.slug
    flash(_("Noted. Your offer is no longer on this page."), "success")
    return _back(slug, "help")
