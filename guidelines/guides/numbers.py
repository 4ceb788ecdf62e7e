"""Numbers to cite by: “G-412” for a guideline, “§ 3” for a section of it. Both are given once and never again.

A number is drawn at random from many more than there are guidelines. If they were counted up, a number that is missing
in what somebody may read would tell of a guideline that is held back.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from guidelines.guides.models import Guideline

SHORT, LONG = range(100, 1_000), range(1_000, 1_000_000)
# Short numbers are tried so often. That the first long one comes by chance tells nothing of how many are taken.
TRIES = 25
SECTION_LEVEL = 2


def cited(number: int | None) -> str:
    """The number as people say it; empty before there is one."""
    return f"G-{number}" if number else ""


def give(session: Session, guideline: Guideline) -> None:
    """Give a guideline its number, unless it has one."""
    tried = 0
    while guideline.number is None:
        tried += 1
        wish = draw(guideline, SHORT if tried <= TRIES else LONG)
        taken = select(Guideline.number).where(Guideline.number == wish)
        if session.scalar(taken.execution_options(filtered_for_the_viewer=True)) is None:
            _take(session, guideline, wish)


def draw(guideline: Guideline, among: range) -> int:
    """One of these numbers by chance, whichever guideline it is for."""
    return secrets.choice(among)


def _take(session: Session, guideline: Guideline, wish: int) -> None:
    session.flush()
    try:
        with session.begin_nested():
            guideline.number = wish
            session.flush()
    except IntegrityError:
        # On another node somebody drew the same at the same moment.
        session.refresh(guideline, ["number", "version"])


def number_sections(known: Sequence[str], anchors: Iterable[str]) -> list[str]:
    """The anchors of sections by their numbers, the first is § 1, once these stand in the text.

    A section keeps its number for good. One that was renamed in its place keeps it too; a new one gets the next.
    """
    numbered, there = list(known), list(dict.fromkeys(anchors))
    gone = {anchor for anchor in numbered if anchor not in there}
    before = ""
    for anchor in there:
        if anchor not in numbered:
            place = numbered.index(before) + 1 if before in numbered else 0
            if place < len(numbered) and numbered[place] in gone:
                gone.discard(numbered[place])
                numbered[place] = anchor
            else:
                numbered.append(anchor)
        before = anchor
    return numbered


def anchors_of(toc: Iterable[dict[str, object]]) -> list[str]:
    """The anchors of the headings that are counted as sections."""
    return [str(heading["anchor"]) for heading in toc if heading["level"] == SECTION_LEVEL]
