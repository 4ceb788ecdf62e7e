"""The lessons beside a guideline or playbook: those that changed it, those that name it, and those that are like it.

Guides and playbooks do not import lessons; what they show of them is found here, under the reader's rights.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from guidelines.loop import Outcome, Proposal
from search import api
from wiki import kinds
from wiki.access.policy import LIVE, Viewer
from wiki.documents import reading
from wiki.documents.models import Document, Link
from wiki.documents.visibility import visible_to

# Lessons that still stand on their own.
STANDING = sorted(LIVE - {"merged", "declined", "obsolete"})
MOST, SHOWN = 20, 3


class Near(NamedTuple):
    """A lesson beside a text. `version`: the version of the text that took up what it proposed."""

    title: str
    url: str
    version: str = ""


def taken_up(session: Session, viewer: Viewer, document: int) -> tuple[Near, ...]:
    """Lessons that changed this document, the latest first, in one statement."""
    changed = (
        select(Document.slug, Document.title, Proposal.settled_words)
        .join(Proposal, Proposal.lesson_id == Document.id)
        .where(Proposal.document_id == document, Proposal.outcome == Outcome.TAKEN, Proposal.settled_at.is_not(None))
        .where(visible_to(viewer), Document.status.in_(STANDING))
        .order_by(Proposal.settled_at.desc(), Proposal.id.desc())
        .limit(MOST)
    )
    found: dict[str, Near] = {}
    for slug, title, version in session.execute(changed):
        found.setdefault(slug, Near(title, f"{kinds.kind('lesson').prefix}/{slug}", version))
    return tuple(found.values())


def relevant(session: Session, viewer: Viewer, document: Document, words: str) -> list[Near]:
    """The three lessons that matter most to whoever acts by a document: it was changed, named, or it is alike."""
    found = {near.url: near for near in taken_up(session, viewer, document.id)}
    if len(found) < SHOWN:
        for entry in _naming(session, viewer, document):
            found.setdefault(entry.url, Near(entry.title, entry.url))
    if len(found) < SHOWN:
        for entry in api.similar(session, viewer, words, kinds=("lesson",), limit=SHOWN):
            if entry.status in STANDING:
                found.setdefault(entry.url, Near(entry.title, entry.url))
    return list(found.values())[:SHOWN]


def _naming(session: Session, viewer: Viewer, document: Document) -> list[reading.Entry]:
    named = (Link.target_slug == document.slug, or_(Link.target_kind == document.kind, Link.target_kind == ""))
    linking = select(Link.document_id).where(*named)
    standing = (Document.kind == "lesson", Document.status.in_(STANDING), Document.id.in_(linking))
    return reading.entries(session, viewer, *standing, limit=SHOWN)
