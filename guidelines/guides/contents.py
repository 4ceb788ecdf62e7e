"""The sections of a guideline as one reader gets it now. No other heading is told, be it from an older text."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from guidelines.guides.models import Guideline
from wiki.access.policy import Viewer
from wiki.documents import passages_shown
from wiki.documents.models import Revision
from wiki.documents.shown import Heading


def of_reader(session: Session, viewer: Viewer, guideline: Guideline) -> dict[str, str]:
    """Titles by anchor, with those of the held passages that this reader may read, as they stand."""
    number = guideline.published or guideline.working
    shown = (Revision.document_id == guideline.id, Revision.number == number)
    toc = session.scalar(select(Revision.toc).where(*shown)) or []
    headings = [Heading(each["level"], each["title"], each["anchor"]) for each in toc]
    if guideline.passages:
        html = session.scalar(select(Revision.html).where(*shown)) or ""
        held = passages_shown.of_text(session, viewer, guideline.id, number, html)
        headings = list(passages_shown.contents(html, headings, held))
    return {heading.anchor: heading.title for heading in headings}
