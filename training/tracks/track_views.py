"""The page of a track: what stands on it for this reader, and what they do there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, get_template_attribute, render_template, request
from flask_babel import gettext as _, lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from wtforms import BooleanField
from wtforms.fields.choices import SelectChoice

from training.tracks import hints, learning, progress, shaping
from training.tracks.models import Track
from training.tracks.progress import TrackProgress
from wiki import db
from wiki.access import guard
from wiki.access.guard import needs
from wiki.access.policy import Action, Viewer
from wiki.documents import web
from wiki.documents.forms import Choice
from wiki.documents.shown import Around, Text

LENGTHS: dict[str, Any] = {"day": _l("A day"), "month": _l("A month"), "year": _l("A year")}
# What is told of a track in the form for its text (`Kind.form_fields`).
FIELDS = {
    "horizon": Choice(
        _l("How long does it take?"),
        choices=[SelectChoice(length, words) for length, words in LENGTHS.items()],
        default="day",
    ),
    "certificate": BooleanField(
        _l("It is meant to end with a certificate"),
        description=_l("Only where somebody will ask for one. None are given out here yet."),
    ),
}
_STEPS = "training/tracks/_steps.html"


@dataclass(frozen=True, slots=True)
class Beside:
    """What the page of a track shows of its reader; `hints` are lines and sentences for those who may change it."""

    progress: TrackProgress
    may_learn: bool
    hints: tuple[tuple[int, str], ...] = ()


def beside(
    session: Session, viewer: Viewer, document: Any, text: Text, around: Around, allowed: frozenset[Any]
) -> Beside:
    """How far this reader has come (`Kind.beside`)."""
    found = progress.of_track(session, viewer, document, text.number)
    seen = frozenset(step.position for step in found.steps)
    odd = hints.of_text(session, document.id, text.number, seen) if Action.DOCUMENT_REVISE in allowed else ()
    return Beside(found, Action.TRAINING_LEARN in allowed, odd)


def dress(html: Markup, document: Any, beside: Beside) -> Markup:
    """The text with its steps, each with its state and what to do next (`Kind.dress`)."""
    draw, under = (get_template_attribute(_STEPS, name) for name in ("step_line", "due"))
    steps = {step.position: step for step in beside.progress.steps}
    following = beside.progress.next

    def drawn(position: int, words: Markup) -> Markup | str:
        step = steps.get(position)
        if step is None:
            return ""
        made: Markup = draw(step=step, words=words, beside=beside, is_next=step == following)
        return made

    return shaping.with_steps(str(html), drawn, lambda heading: under(day=beside.progress.by(heading)))


def facts(track: Track, around: Around) -> list[tuple[Any, Any]]:
    """What the status bar says of a track."""
    return [(_("Takes"), str(LENGTHS[track.horizon]))]


def addressed(pages: Blueprint) -> Blueprint:
    """The addresses of tracks, with those that only tracks have."""
    pages.add_url_rule("/", "index", index)
    for rule, endpoint, view in (
        ("/<slug>/enrolment", "enrol", begin),
        ("/<slug>/enrolment/pause", "pause", pause),
        ("/<slug>/enrolment/resumption", "go_on", go_on),
        ("/<slug>/enrolment/end", "leave", leave),
        ("/<slug>/steps", "tick", tick),
        ("/<slug>/steps/removal", "take_back", take_back),
    ):
        pages.add_url_rule(rule, endpoint, view, methods=["POST"])
    return pages


@needs(Action.DOCUMENT_LIST)
def index() -> Any:
    """All tracks that this person may read."""
    return render_template("training/tracks/index.html", tracks=progress.all_tracks(db.session(), guard.viewer()))


@needs(Action.TRAINING_LEARN)
def begin(slug: str) -> Any:
    """Set out on a track."""
    return _do(slug, learning.begin, _("You are on your way. Leave and come back whenever you like."))


@needs(Action.TRAINING_LEARN)
def pause(slug: str) -> Any:
    """Stop the days from counting."""
    return _do(slug, learning.pause, _("Paused. The days stand still until you go on."))


@needs(Action.TRAINING_LEARN)
def go_on(slug: str) -> Any:
    """Let the days count on."""
    return _do(slug, learning.go_on, _("Welcome back. The days count on from where you stopped."))


@needs(Action.TRAINING_LEARN)
def leave(slug: str) -> Any:
    """Leave a track."""
    return _do(slug, learning.leave, _("You have left this track. What you did stays done, should you come back."))


def _do(slug: str, verb: Callable[..., None], words: str) -> Any:
    """Do something with a track, and say so. What was done already is done: a second click changes nothing."""
    try:
        with db.write() as session:
            track = web.load(slug, Action.TRAINING_LEARN)
            verb(session, track, by=guard.viewer())
    except learning.Refused as refused:
        flash(str(refused), "warning")
        return web.go_to(web.load(slug))
    except IntegrityError:
        # The same click arrived by two ways at once, and the other one was first.
        return web.go_to(web.load(slug))
    flash(words, "success")
    return web.go_to(track)


@needs(Action.TRAINING_LEARN)
def tick(slug: str) -> Any:
    """Say that a step is done."""
    return _tick(slug, done=True)


@needs(Action.TRAINING_LEARN)
def take_back(slug: str) -> Any:
    """Say that a step is not done after all."""
    return _tick(slug, done=False)


def _tick(slug: str, *, done: bool) -> Any:
    key, turn = request.form.get("step", ""), request.form.get("turn", None, int)
    try:
        with db.write() as session:
            track = web.load(slug, Action.TRAINING_LEARN)
            step = learning.tick(session, track, key, by=guard.viewer(), done=done, turn=turn)
    except learning.Refused as refused:
        flash(str(refused), "warning")
        return web.go_to(web.load(slug))
    except IntegrityError:
        return web.go_to(web.load(slug))
    return web.go_to(track, _anchor=f"step-{step.position}")
