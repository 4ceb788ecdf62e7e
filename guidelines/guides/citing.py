"""Finding a guideline by the number people cite it by: “G-412”, “g412”, “G-412 §3”."""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from guidelines.guides import contents
from guidelines.guides.models import Guideline
from guidelines.guides.numbers import cited
from search.api import Meant
from wiki.access.policy import Viewer
from wiki.documents.visibility import visible_to

# The words as the search understood them, where “§” is no letter: “G-412”, “g412”, “G 412 section 3”, “G-412-3”.
_CITED = re.compile(r"g[\s\W]?(\d{1,9})(?:[\s\W]+(?:section[\s\W]+)?(\d{1,4}))?", re.IGNORECASE)


def find(session: Session, viewer: Viewer, words: str) -> Meant | None:
    """The guideline with this number, if this viewer may read it. One that is held back is like one nobody has."""
    said = _CITED.fullmatch(words)
    if said is None:
        return None
    wanted = select(Guideline).where(Guideline.number == int(said[1]), visible_to(viewer))
    guideline = session.scalar(wanted)
    if guideline is None:
        return None
    called = cited(guideline.number)
    at = int(said[2] or 0)
    if not 0 < at <= len(guideline.numbered):
        return Meant(guideline.id, called)
    # An anchor is made of the words of its heading, which may be held back or gone by now.
    anchor = guideline.numbered[at - 1]
    title = contents.of_reader(session, viewer, guideline).get(anchor)
    if title is None:
        return Meant(guideline.id, called)
    return Meant(guideline.id, f"{called} §\u00a0{at}", anchor, title)
