"""The line of a lesson's days: every step of the loop on one page, each for those who may read where it comes from."""

from __future__ import annotations

from typing import Any

from flask import render_template, url_for
from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from guidelines import loop
from guidelines.lessons import reading, writing
from guidelines.lessons.acting import shown
from guidelines.lessons.acting.models import LessonAction, LessonStep
from guidelines.loop import Happening, Outcome, Proposal
from wiki import db
from wiki.access import guard
from wiki.access.guard import needs
from wiki.access.policy import Action, Viewer
from wiki.documents import web
from wiki.documents.models import Document

_STEPS: dict[str, tuple[str, Any]] = {
    "observed": ("undo-2", _l("Opened again")),
    "identified": ("circle-check", _l("Identified: the cause, a task and who does it are agreed")),
    "in-action": ("list-checks", _l("In action")),
    "learned": ("lightbulb", _l("Learned: practice changed")),
    "recheck": ("check", _l("Looked at again: it did not happen since")),
    "again": ("triangle-alert", _l("It happened again")),
    "confirmed": ("shield-check", _l("Confirmed: it did not happen again")),
    "shared-only": ("share-2", _l("Shared only: nothing needs to be done")),
    "declined": ("info", _l("Not taken up")),
    "obsolete": ("clock", _l("No longer holds")),
    "obsolete-on": ("clock", _l("A day was set from which it no longer holds")),
    "merged": ("undo-2", _l("Merged into another lesson")),
}


@needs(Action.DOCUMENT_READ)
def show(slug: str) -> Any:
    """Every step of the loop on one page."""
    lesson = writing.load(slug)
    happenings = loop.happenings(db.session(), guard.viewer(), lesson)
    page = "guidelines/lessons/timeline.html"
    answer = render_template(page, document=lesson, kind=web.this_kind(), happenings=happenings)
    return web.revalidated(answer, is_held=web.is_kept_close(lesson))


def of_lesson(session: Session, viewer: Viewer, lesson: Document) -> list[Happening]:
    """What lessons themselves tell: recorded, steps, tasks, proposals, occurrences."""
    recorded = Happening(lesson.created_at, "pencil", _("Recorded"))
    found = [recorded, *_steps(session, viewer, lesson), *_occurrences(session, viewer, lesson)]
    for act in shown.acts(session, viewer, LessonAction.document_id == lesson.id):
        found += _of_action(lesson, act)
    for wish in shown.wishes(session, viewer, Proposal.lesson_id == lesson.id):
        found += _of_proposal(lesson, wish)
    return found


def _steps(session: Session, viewer: Viewer, lesson: Any) -> list[Happening]:
    mine = select(LessonStep).where(LessonStep.document_id == lesson.id).order_by(LessonStep.id)
    steps = session.scalars(mine).all()
    others = {step.other_id: shown.other(session, viewer, step.other_id) for step in steps if step.other_id}
    return [_step(step, others[step.other_id] if step.other_id else None) for step in steps if step.step in _STEPS]


def _step(step: LessonStep, other: Any) -> Happening:
    icon, said = _STEPS[step.step]
    told = _with(said, step.words)
    return Happening(step.at, icon, _with(told, other.title) if other else told, other.url if other else None)


def _with(said: Any, more: str) -> str:
    return _("%(what)s: %(more)s", what=said, more=more) if more else str(said)


def _occurrences(session: Session, viewer: Viewer, lesson: Any) -> list[Happening]:
    found = reading.uses(session, viewer, lesson.id).occurred
    return [
        Happening(use.at, "refresh-cw", _with(_("It happened too: %(post)s", post=use.post or _("a post")), use.words))
        for use in found
    ]


def _of_action(lesson: Any, act: shown.Act) -> list[Happening]:
    url = url_for("lesson.action", slug=lesson.slug, action=act.public_id)
    body = act.body or _("a unit")
    found = [Happening(act.made_at, "send", _("%(body)s was asked to act: %(what)s", body=body, what=act.what), url)]
    if act.answered_at is not None and act.state != "refused" and act.answered_at != act.done_at:
        found.append(Happening(act.answered_at, "handshake", _("%(body)s took on: %(what)s", body=body, what=act.what)))
    if act.state == "refused" and act.answered_at is not None:
        told = _("%(body)s could not take it on: %(why)s", body=body, why=act.answer)
        found.append(Happening(act.answered_at, "info", told))
    if act.done_at is not None:
        told = _with(_("Done by %(body)s", body=body), act.what)
        shows = ", ".join(word for word in (_evidence(act), act.evidence_words) if word)
        found.append(Happening(act.done_at, "check", _with(told, shows), act.evidence_url or None))
    return found


def _evidence(act: shown.Act) -> str:
    if not act.evidence:
        return ""
    if not act.evidence_version:
        return act.evidence
    return _("%(title)s, version %(version)s", title=act.evidence, version=act.evidence_version)


def _of_proposal(lesson: Any, wish: shown.Wish) -> list[Happening]:
    url = url_for("lesson.proposal", slug=lesson.slug, proposal=wish.public_id)
    asked = _("A change was proposed to %(title)s: %(words)s", title=wish.title, words=wish.words)
    found = [Happening(wish.at, "pencil", asked, url)]
    if wish.settled_at is not None:
        icon = "info" if wish.outcome == Outcome.DECLINED else "book-open"
        found.append(Happening(wish.settled_at, icon, _with(wish.title, wish.told), wish.url))
    return found
