"""How notices about runs and crises are told; an exercise says so in every one of them."""

from __future__ import annotations

from typing import Any

from flask import Flask, url_for
from flask_babel import format_date, gettext as _, lazy_gettext as _l
from sqlalchemy.orm import Session

from guidelines.playbooks import crisis_reading, reading
from guidelines.playbooks.crisis_reading import Past
from guidelines.playbooks.forms import ROLES
from guidelines.playbooks.models import Run
from wiki.access.policy import Viewer
from wiki.documents.models import Document
from wiki.notices.models import Notice
from wiki.notices.telling import Told, words_for

_RUNS: dict[str, Any] = {
    "run-role": _l("You have a role in “%(title)s”: %(role)s."),
    "run-hand-over": _l("Somebody hands over to you in “%(title)s”. Please confirm."),
}
_CRISES: dict[str, Any] = {
    "crisis-declared": _l("A crisis was declared: %(words)s (“%(title)s”)."),
    "crisis-guest": _l("There is a crisis: %(words)s. You can read “%(title)s” while it goes on."),
    "crisis-invited": _l("People were invited to read “%(title)s” while a crisis goes on: %(words)s."),
}
MOST = 200


def init_app(app: Flask) -> None:
    """Say how these notices are told."""
    words_for(app, *_RUNS, subject=_l("You are needed in a run of a playbook"), find=_of_runs)
    words_for(app, *_CRISES, subject=_l("There is a crisis"), find=_of_crises)


def _of_runs(session: Session, viewer: Viewer, notices: list[Notice]) -> dict[int, Told]:
    about = {notice.about for notice in notices}
    runs = {run.public_id: run for run in reading.runs(session, viewer, Run.public_id.in_(about), limit=len(about))}
    return {notice.id: _told(notice, runs[notice.about]) for notice in notices if notice.about in runs}


def _told(notice: Notice, run: reading.RunLine) -> Told:
    role = str(ROLES.get((notice.details or {}).get("role", ""), ""))  # type: ignore[call-overload]
    words = str(_RUNS[notice.code] % {"title": run.words or run.title, "role": role})
    url = url_for("playbook.run", slug=run.slug, run=run.public_id)
    return Told(_("EXERCISE: ") + words if run.is_exercise else words, url)


def _of_crises(session: Session, viewer: Viewer, notices: list[Notice]) -> dict[int, Told]:
    about = {notice.about for notice in notices}
    crises = crisis_reading.told(session, viewer, Document.public_id.in_(about), limit=MOST)
    found = {notice.id: _meant(notice, crises) for notice in notices}
    return {notice.id: _of_crisis(notice, crisis) for notice in notices if (crisis := found[notice.id]) is not None}


def _meant(notice: Notice, crises: list[Past]) -> Past | None:
    """The crisis that went on when somebody was told: the newest one of the playbook that was declared before."""
    of_playbook = (each for each in crises if each.public_id == notice.about)
    return next((each for each in of_playbook if each.declared_at <= notice.created_at), None)


def _of_crisis(notice: Notice, crisis: Past) -> Told:
    words = {"title": crisis.title, "words": (crisis.words or crisis.title).rstrip(".")}
    told = str(_CRISES[notice.code] % words)
    if crisis.over_at is not None:
        day = format_date(crisis.over_at, "long")
        told = _("The crisis ended on %(day)s: %(words)s (“%(title)s”).", day=day, **words)
        told = f"{told} {crisis.closing}".strip()
    if notice.code == "crisis-invited":
        return Told(told, url_for("playbook.share", slug=crisis.slug))
    return Told(told, url_for("playbook.read", slug=crisis.slug))
