"""What the home page tells of guidelines, playbooks and lessons."""

from __future__ import annotations

from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from guidelines.guides import editions_waiting
from guidelines.guides.models import GuidelineStatus
from guidelines.lessons import reading as lessons
from guidelines.nearby import STANDING
from guidelines.playbooks import reading as playbooks
from guidelines.playbooks.models import Occasion, Run
from wiki.access.policy import Viewer
from wiki.documents import reading
from wiki.documents.models import Document
from wiki.pages import parts

Found = tuple[str, dict[str, Any]] | None


def init_app(app: Flask) -> None:
    """Add the parts to the home page."""
    parts.count(app, editions_waiting.home_numbers)
    parts.add(app, "now", running_now, place=10)
    # Not under “due”, of which only the first is shown: requests with a deadline go before, and this should not hide.
    parts.add(app, "main", editions_waiting.for_home, place=5)
    parts.add(app, "main", new_lessons, place=10)
    parts.add(app, "main", in_force, place=20)


def running_now(session: Session, viewer: Viewer) -> Found:
    """A playbook that is being run in earnest."""
    found = playbooks.runs(session, viewer, Run.ended_at.is_(None), Run.occasion == Occasion.LIVE, limit=10)
    return ("guidelines/home/_running.html", {"run": found[0], "others": len(found) - 1}) if found else None


def new_lessons(session: Session, viewer: Viewer) -> Found:
    """The newest lessons this viewer may read."""
    recorded = Document.status.in_(STANDING)
    found = lessons.lines(session, viewer, recorded, limit=3, offset=0)
    return ("guidelines/home/_lessons.html", {"lessons": found}) if found else None


def in_force(session: Session, viewer: Viewer) -> Found:
    """The guidelines put in force or changed last. Nobody is counted reading them, so use cannot order them."""
    found = reading.entries(session, viewer, Document.status == GuidelineStatus.IN_FORCE, limit=4)
    return ("guidelines/home/_in_force.html", {"guidelines": found}) if found else None
