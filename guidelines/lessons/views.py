"""Reading and browsing lessons, and what readers do with them."""

from __future__ import annotations

import secrets
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from guidelines.lessons import operations, reading, words, writing
from guidelines.lessons.acting import forms, shown
from guidelines.lessons.forms import UseForm
from guidelines.lessons.models import Lesson, LessonStatus, Nature
from wiki import db
from wiki.access import guard
from wiki.access.guard import needs
from wiki.access.policy import LIVE, Action, Viewer
from wiki.documents import lists, repeating_views, web
from wiki.documents.forms import visible_groups
from wiki.documents.models import Document
from wiki.documents.reading import with_term
from wiki.documents.shown import Around
from wiki.people import directory
from wiki.people.models import Group

_LESSON: Any = Lesson.__table__.c
# What stands for itself no longer is found by its state only.
_ENDED = frozenset({LessonStatus.MERGED, LessonStatus.OBSOLETE, LessonStatus.DECLINED})
FILTERS = ("nature", "platform", "topic", "activity", "post", "harm", "state")


class Beside(NamedTuple):
    """What the page of a lesson shows beside its text. `is_mine`: this reader wrote it, or it was written for them."""

    told_by: tuple[tuple[str, str], ...]
    is_mine: bool
    is_asked: bool
    waiting_for: str
    has_left: bool
    uses: reading.Uses
    follows: shown.Follows
    ways: tuple[str, ...]


def beside(
    session: Session, viewer: Viewer, lesson: Any, text: Any, around: Around, allowed: frozenset[Action]
) -> Beside:
    """Who tells it, how it was used, and what its writer is told alone."""
    _lead_on(session, viewer, lesson)
    is_mine = viewer.public_id in {public_id for public_id, _name in around.authors}
    is_open = is_mine and lesson.on_behalf_of_id is not None and lesson.confirmed_at is None
    waiting = is_open and lesson.on_behalf_of_id != viewer.person
    uses = reading.uses(session, viewer, lesson.id)
    if not (is_mine or Action.DOCUMENT_SHARE in allowed):
        # How it went where it was used is for those who keep it; the others see how often.
        uses = uses._replace(used=())
    return Beside(
        told_by=around.authors if lesson.names_authors else (),
        is_mine=is_mine,
        is_asked=is_open and not waiting,
        waiting_for=_other(around, viewer) if waiting else "",
        has_left=waiting and reading.has_left(session, lesson.on_behalf_of_id),
        uses=uses,
        follows=shown.follows(session, viewer, lesson),
        ways=shown.ways(lesson) if Action.LESSON_VALIDATE in allowed else (),
    )


def _lead_on(session: Session, viewer: Viewer, lesson: Any) -> None:
    """Lead readers of a merged lesson to the other one, if they may read it; “?stay=1” shows it all the same."""
    if lesson.status == LessonStatus.MERGED and request.endpoint == "lesson.read" and not request.args.get("stay"):
        other = shown.other(session, viewer, lesson.successor_id)
        if other is not None:
            abort(redirect(other.url, 302))


def _other(around: Around, viewer: Viewer) -> str:
    return next((name for public_id, name in around.authors if public_id != viewer.public_id), "")


@needs(Action.DOCUMENT_LIST)
def index() -> Any:
    """Browse by kind, platform, topic, post, harm and state, the newest first."""
    session, viewer, offset = db.session(), guard.viewer(), web.place_in_list()
    chosen = {name: request.args.get(name, "")[:100] for name in FILTERS}
    found = reading.lines(session, viewer, *conditions(viewer, chosen), limit=lists.PAGE + 1, offset=offset)
    return render_template(
        "guidelines/lessons/index.html",
        lines=found[: lists.PAGE],
        chosen=chosen,
        filters=_filters(session, viewer),
        drafts=reading.drafts(session, viewer) if viewer.is_staff else [],
        asked=reading.asked(session, viewer) if viewer.is_staff else [],
        previous=_turned(chosen, max(offset - lists.PAGE, 0)) if offset else None,
        following=_turned(chosen, offset + lists.PAGE) if len(found) > lists.PAGE else None,
    )


def _turned(chosen: dict[str, str], offset: int) -> str:
    values = {name: value for name, value in chosen.items() if value} | ({"after": str(offset)} if offset else {})
    return f"{request.path}?{urlencode(values)}" if values else request.path


def conditions(viewer: Viewer, chosen: dict[str, str]) -> list[Any]:
    """What a lesson has to be to stand in the list that was chosen."""
    found: list[Any] = [Document.kind == "lesson"]
    in_states = {chosen["state"]} if chosen["state"] in words.STATES else LIVE - _ENDED
    found.append(Document.status.in_(in_states))
    if chosen["nature"] in list(Nature):
        found.append(_LESSON.nature == chosen["nature"])
    if chosen["harm"] in {str(step) for step in words.HARMS}:
        found.append(_LESSON.harm >= int(chosen["harm"]))
    if chosen["activity"] in words.ACTIVITIES:
        found.append(_LESSON.activity == chosen["activity"])
    if chosen["post"]:
        # A group that this viewer may not look up keeps nothing that the filter finds.
        known = select(Group.id).where(Group.id == chosen["post"], directory.visible_groups(viewer))
        found.append(Document.owner_id.in_(known))
    return found + [with_term(name, chosen[name]) for name in ("platform", "topic") if chosen[name]]


def _filters(session: Session, viewer: Viewer) -> list[tuple[str, Any, list[tuple[str, Any, int]]]]:
    """Each filter with its words and values, and how many lessons this reader finds by each."""
    counted, lesson = reading.counts(session, viewer), Document.kind == "lesson"
    harm = {step: sum(counted.harm.get(str(more), 0) for more in range(step, 6)) for step in words.HARMS}
    posts = reading.owner_names(session, viewer, counted.owner)
    found = {
        "nature": [(name, said, counted.nature.get(name, 0)) for name, said in words.NATURES.items()],
        "platform": lists.counted_terms(session, viewer, "platform", lesson),
        "topic": lists.counted_terms(session, viewer, "topic", lesson),
        "activity": [(name, said, counted.activity.get(name, 0)) for name, said in words.ACTIVITIES.items()],
        "post": [(ident, name, counted.owner[ident]) for ident, name in posts],
        "harm": [(str(step), said, harm[step]) for step, said in words.HARMS.items()],
        "state": [(name, said, counted.status.get(name, 0)) for name, said in words.STATES.items() if name in LIVE],
    }
    labels = {"nature": _("What it was"), "platform": _("Platform"), "topic": _("Topic"), "activity": _("While"),
              "post": _("Kept by"),
              "harm": _("Harm, at least"), "state": _("State")}  # fmt: skip
    return [(name, labels[name], [value for value in found[name] if value[2]]) for name in FILTERS]


@needs(Action.LESSON_USE)
def use(slug: str) -> Any:
    """Say that it was used, and how it went."""
    return _noted(slug, "used", _("Noted. Its writer is told; thank you."))


@needs(Action.LESSON_USE)
def occur(slug: str) -> Any:
    """Say that it happened here too."""
    return _noted(slug, "occurred", _("Noted. Your post stands beside it now."))


def _noted(slug: str, sort: str, thanks: str) -> Any:
    lesson = writing.load(slug, Action.LESSON_USE)
    arriving = request.method == "GET" or bool(request.form.get("prefill"))
    form = _prefilled() if arriving else UseForm()
    form.post.choices = _posts(guard.viewer())
    if arriving or not form.validate_on_submit() or _repeats(lesson, form):
        code = 200 if arriving else 422
        page = f"guidelines/lessons/{sort}.html"
        return render_template(page, document=lesson, kind=web.this_kind(), form=form), code
    told = operations.Told(sort, form.post.data or None, form.happened_on.data, (form.words.data or "").strip())
    with db.write() as session:
        lesson = writing.load(slug, Action.LESSON_USE)
        operations.use(session, lesson, told, by=guard.viewer(), key=form.key.data or None)
        repeating_views.note(session, lesson)
    flash(thanks, "success")
    return web.go_to(lesson)


def _repeats(lesson: Lesson, form: UseForm) -> bool:
    return repeating_views.unanswered_words(form.words.data or "", lesson.audience, lesson.id)


def _prefilled() -> UseForm:
    """An empty form, or one that begins with what stands in the form of a new lesson."""
    form = UseForm(formdata=None)
    if request.form.get("key") and writing.keep_form(request.form["key"]) is None:
        flash(_("What you wrote so far is kept under “Lessons”."), "info")
    form.key.data = secrets.token_urlsafe(16)
    form.words.data = " ".join((request.form.get("happened") or "").split())[:400]
    form.post.data = request.form.get("owner")
    return form


def _posts(viewer: Viewer) -> dict[str, str]:
    """Where somebody can say it was: their own posts and units, the first one beforehand."""
    groups = visible_groups(db.session(), viewer)
    mine = {group.id: group.name for group in groups if group.id in viewer.groups and group.type in forms.BODIES}
    return mine | {"": _("Not said")}


@needs(Action.LESSON_USE)
def confirm(slug: str) -> Any:
    """The colleague it was written for says that it is theirs."""
    try:
        with db.write() as session:
            lesson = writing.load(slug, Action.DOCUMENT_READ)
            operations.confirm(session, lesson, told=request.form.get("told", ""), by=guard.viewer())
        flash(_("Confirmed. It is yours as well now."), "success")
    except operations.Refused as refused:
        flash(str(refused), "warning")
        lesson = writing.load(slug, Action.DOCUMENT_READ)
    return web.go_to(lesson)


@needs(Action.LESSON_USE)
def disown(slug: str) -> Any:
    """They say that it is not theirs."""
    with db.write() as session:
        lesson = writing.load(slug, Action.DOCUMENT_READ)
        operations.disown(session, lesson, by=guard.viewer())
    flash(_("It no longer stands as yours."), "success")
    # They may not be able to read it any more.
    return redirect(url_for("lesson.index"), 303)
