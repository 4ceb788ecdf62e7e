"""The demo world: what it shows of holding back, with ends that are counted from the day it is loaded."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from wiki import db
from wiki.asking import operations, targets
from wiki.documents.models import Document
from wiki.exchange.documents import Place
from wiki.people import viewer as viewers
from wiki.people.models import Person
from wiki.people.viewer import today
from wiki.settings import Settings

# Written in a file as {{in 30 days}}: an end has to lie ahead, whenever the demo world is loaded.
_AHEAD = re.compile(r"\{\{in (\d{1,3}) days\}\}")
# Its reason has ended, so it waits for those who keep it.
IN_REVIEW = ("page", "after-the-landslide")
# Somebody at another post asks to read it.
ASKED_FOR, ASKED_BY = ("page", "a-visit-in-the-autumn"), "samir.okwuosa@example.org"
ASKED_WITH = "We host a ship in the spring and would like to begin with your timetable."


# What slices show, `show(session, new)`: `new` are the places of the documents that this load made.
Show = Callable[[Session, Collection[Place]], None]
_shows: dict[str, Show] = {}


def also(name: str, show: Show) -> None:
    """Let a slice show more in the demo world. The same name again replaces it: many apps live in one process."""
    _shows[name] = show


def with_days(text: str) -> str:
    """The text of a file with its days ahead as dates."""
    return _AHEAD.sub(lambda found: (today() + timedelta(days=int(found[1]))).isoformat(), text)


def show_states(session: Session, new: Collection[Place], settings: Settings) -> None:
    """Let what was made by this load be at different places on its way. What was there before stays as it is."""
    if IN_REVIEW in new:
        document = _document(session, IN_REVIEW)
        document.held_until, document.reminded, document.review_since = today() - timedelta(days=3), 0, db.now()
    asker = session.scalar(select(Person.id).where(Person.email == ASKED_BY, Person.is_active, Person.is_staff))
    viewer = viewers.load_viewer(session, asker) if asker is not None else None
    if ASKED_FOR in new and viewer is not None:
        target = targets.find(session, viewer, _document(session, ASKED_FOR).public_id)
        if target is not None:
            operations.ask(session, target, by=viewer, settings=settings, words=ASKED_WITH)


def show_more(session: Session, new: Collection[Place]) -> None:
    """Let the slices show their own."""
    session.flush()
    for show in _shows.values():
        show(session, new)


def _document(session: Session, place: Place) -> Document:
    kind, slug = place
    return session.scalars(select(Document).where(Document.kind == kind, Document.slug == slug)).one()
