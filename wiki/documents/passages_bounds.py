"""How far a writer may go with held passages: words that were open to everybody, and ends that move further away."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Protocol

from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from wiki.access import policy
from wiki.access.policy import Action, Viewer
from wiki.documents import holds, passages, passages_standing
from wiki.documents.models import Document, Passage
from wiki.documents.sharing import Problem
from wiki.documents.texts import PreparedText


class Chosen(Protocol):
    """Why a passage is held from now on, and until when."""

    @property
    def reason(self) -> str: ...
    @property
    def until(self) -> date: ...


def of_open_words(
    session: Session, viewer: Viewer | None, document: Document | None, text: PreparedText, before: Mapping[str, str]
) -> Iterator[Problem]:
    """Whoever does not keep the document holds back words of their own, not those that others left open.

    `before` are the words that the passages of the text had so far, by public id.
    """
    if viewer is None or document is None or not text.passages:
        return
    if policy.may(viewer, Action.DOCUMENT_SHARE, document.item):
        return
    held = set[str]()
    for typed in text.passages:
        # What was opened is open to everybody, whatever is put into it.
        if not typed.is_opened:
            held |= passages_standing.lines_of(typed.body)
    was = "\n".join(map(passages_standing.flat, before.values()))
    held = {line for line in held if line not in was}
    if passages_standing.stood_openly(session, viewer, document, held):
        yield Problem("body", _WERE_OPEN, {})


def of_a_later_end(passage: Passage | None, chosen: Chosen, viewer: Viewer | None) -> Problem | None:
    """A later end in the first line of a passage is a renewal, and has its bounds."""
    if passage is None or viewer is None or chosen.until <= passage.held_until:
        return None
    found = holds.problems_of_renewal(passage.renewals or 0, chosen.reason, chosen.until)
    return Problem("body", found[0].message, found[0].values) if found else None


def follow(session: Session, passage: Passage, until: date) -> None:
    """Let reminders and renewals follow a new end, as those of a document do."""
    if until == passage.held_until:
        return
    if until > passage.held_until:
        passage.renewals = (passage.renewals or 0) + 1
        passage.stopped_because = ""
        passages.end_moved(session, passage)
    passage.reminded, passage.review_since = holds.first_stage(until), None


_WERE_OPEN = _l(
    "These words were open to everybody. Only the authors and the unit that keeps the page hold them back; tell them in"
    " a comment."
)
