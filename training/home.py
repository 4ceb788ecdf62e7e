"""What the home page tells of training: how far one has come, and who can help."""

from __future__ import annotations

from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from training.tracks import progress
from training.tracks.models import HelpOffer
from wiki.access.policy import LIVE, Viewer
from wiki.documents.models import Document
from wiki.documents.visibility import visible_to
from wiki.pages import parts
from wiki.people.models import Person

Found = tuple[str, dict[str, Any]] | None
HELPERS = 3


def init_app(app: Flask) -> None:
    """Add the parts to the home page."""
    parts.add(app, "side", my_training, place=10)
    parts.add(app, "side", who_can_help, place=20)


def my_training(session: Session, viewer: Viewer) -> Found:
    """The tracks one is on, with the one next step; or an invitation to begin."""
    tracks = progress.my_tracks(session, viewer)
    context = {"tracks": tracks, "next": progress.first_step(tracks)}
    return "training/home/_my_training.html", context


def who_can_help(session: Session, viewer: Viewer) -> Found:
    """Colleagues who offered to help with a module, the newest offers first. Only what this viewer may read."""
    statement = (
        select(Person.public_id, Person.name, Document.title, HelpOffer.words)
        .join(HelpOffer, HelpOffer.person_id == Person.id)
        .join(Document, Document.id == HelpOffer.document_id)
        .where(visible_to(viewer), Document.kind == "module", Document.status.in_(LIVE))
        .where(Person.is_active, Person.id != viewer.person)
        .order_by(HelpOffer.since.desc(), Person.id)
        .limit(HELPERS)
    )
    found = session.execute(statement).all()
    return ("training/home/_who_can_help.html", {"offers": found}) if found else None
