"""What playbooks tell of a lesson on its timeline: runs of those that name it, or that it asked to change."""

from __future__ import annotations

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import and_, exists, or_
from sqlalchemy.orm import Session

from guidelines.loop import Happening, Proposal
from guidelines.playbooks import reading
from guidelines.playbooks.models import Run
from wiki.access.policy import Viewer
from wiki.documents.models import Document, Link

A_FEW = 10


def of_lesson(session: Session, viewer: Viewer, lesson: Document) -> list[Happening]:
    """The runs that ended since the lesson was told, of playbooks that this viewer may read; the newest few."""
    names_it = exists().where(
        Link.document_id == Run.document_id, Link.target_slug == lesson.slug, Link.target_kind.in_(("lesson", ""))
    )
    asked = exists().where(Proposal.lesson_id == lesson.id, Proposal.document_id == Run.document_id)
    since = and_(Run.ended_at.is_not(None), Run.started_at >= lesson.created_at)
    found = reading.runs(session, viewer, or_(names_it, asked), since, limit=A_FEW)
    return [_happening(run) for run in found]


def _happening(run: reading.RunLine) -> Happening:
    words = (
        _l("“%(title)s” was exercised", title=run.title)
        if run.is_exercise
        else _l("“%(title)s” was used", title=run.title)
    )
    url = url_for("playbook.run", slug=run.slug, run=run.public_id)
    return Happening(run.ended_at or run.started_at, "list-checks", words, url)
