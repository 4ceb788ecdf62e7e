"""Those who offered help with a module are found by the words of their offer and of the module's title."""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, select

from training.tracks.models import HelpOffer
from wiki.access.policy import LIVE, Viewer
from wiki.documents.models import Document
from wiki.documents.visibility import visible_to
from wiki.people import finding
from wiki.people.models import Person


def init_app() -> None:
    """Add offers to what people are found by."""
    finding.also(offers)


def offers(viewer: Viewer, word: str) -> ColumnElement[bool]:
    """Whoever offers help with a module that this viewer may read, in words that hold this one."""
    said = or_(
        HelpOffer.words.icontains(word, autoescape=True),
        Document.title.icontains(word, autoescape=True),
    )
    helping = (
        select(HelpOffer.person_id)
        .join(Document, Document.id == HelpOffer.document_id)
        .where(visible_to(viewer), Document.kind == "module", Document.status.in_(LIVE), said)
    )
    return Person.id.in_(helping)
