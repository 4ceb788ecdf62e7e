"""Words that are held back anew in a passage of their own: how often they were held back before counts on.

Taking a passage out and wrapping its words again, or the greater part of them, is no way around a third renewal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from wiki import db
from wiki.access.policy import Viewer
from wiki.documents import holds, passages, repeating
from wiki.documents.models import Document, Passage
from wiki.documents.sharing import Problem
from wiki.documents.texts import PreparedPassage, PreparedText
from wiki.people.viewer import today


def problems(
    session: Session, viewer: Viewer | None, document: Document | None, text: PreparedText, choose: Callable[..., Any]
) -> Iterator[Problem]:
    """What keeps words that were held back before from being held back for longer; `choose` says until when."""
    if viewer is None or document is None:
        return
    for typed in text.passages:
        if typed.is_new and (before := _before(session, viewer, document, typed)) is not None:
            chosen = choose(session, typed, None, viewer)
            found = None if isinstance(chosen, Problem) else _of_the_end(before, chosen.reason, chosen.until)
            if found is not None:
                yield found


def _of_the_end(before: Passage, reason: str, until: date) -> Problem | None:
    # What has come to its end meanwhile is held for some days, in which a steward can be asked.
    last = max(before.held_until, today() + timedelta(days=holds.ANNOUNCED))
    if until <= last:
        return None
    if (before.renewals or 0) >= holds.OWN_RENEWALS:
        return Problem("body", _TWICE_BEFORE, {"day": last.isoformat()})
    odd = holds.problems_of_end(reason, until)
    return Problem("body", odd[0].message, odd[0].values) if odd else None


def renewals(session: Session, viewer: Viewer | None, document: Document, typed: PreparedPassage, until: date) -> int:
    """How often a new passage counts as renewed already."""
    before = _before(session, viewer, document, typed)
    return (before.renewals or 0) + (until > before.held_until) if before is not None else 0


def _before(session: Session, viewer: Viewer | None, document: Document, typed: PreparedPassage) -> Passage | None:
    """The passage with these words that was renewed most often, of those that this writer may change.

    One that was opened for a while is another matter, as it is with documents.
    """
    words = passages.changeable(session, viewer, document.id, document.working)
    alike = [each for each, one in words.items() if repeating.are_alike(typed.sections, one.sections)]
    there = passages.of_document(session, document.id, alike).values()
    lately = db.now() - holds.SHORT_OPENING
    counted = [one for one in there if one.opened_at is None or one.opened_at > lately]
    return max(counted, key=lambda one: (one.renewals or 0, one.held_until), default=None)


_TWICE_BEFORE = _l(
    "These words were held back anew twice. Hold them until %(day)s at the latest, and ask a steward for more time"
    " under “Held back”."
)
