"""Whether a guideline settled somebody's case: one answer a person and revision, counted for those who keep it.

Nobody is ever shown who answered: not the keepers, not in the log, and words stand in no order of time.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from flask_babel import gettext as _
from sqlalchemy import case, func, select, true
from sqlalchemy.orm import Session

from guidelines.guides import contents
from guidelines.guides.models import Guideline, GuidelineStatus, Settled
from wiki import db
from wiki.access import policy
from wiki.access.policy import Action, Viewer
from wiki.documents.models import Revision

MOST_WORDS = 200


class Settling(NamedTuple):
    """What stands under a guideline: the reader's own answer, if any, and for keepers how many were not settled."""

    mine: bool | None
    not_quite: int | None


class Answers(NamedTuple):
    """What readers of one revision answered; `sections` are pairs of title and number, `words` of title and words."""

    yes: int
    not_quite: int
    sections: tuple[tuple[str, int], ...]
    words: tuple[tuple[str, str], ...]


def beside(
    session: Session, viewer: Viewer, document: Any, text: Any, around: Any, allowed: frozenset[Action]
) -> Settling | None:
    """The question under a guideline in force, in one statement; None where it is not asked."""
    if document.status != GuidelineStatus.IN_FORCE or Action.GUIDELINE_SETTLE not in allowed:
        return None
    is_keeper = Action.GUIDELINE_ANSWERS in allowed
    mine = Settled.person_id == viewer.person
    found = select(func.max(case((mine & Settled.yes, 1), (mine, 0))), func.sum(case((Settled.yes, 0), else_=1))).where(
        Settled.document_id == document.id, Settled.revision == text.number, true() if is_keeper else mine
    )
    own, not_quite = session.execute(found).one()
    return Settling(None if own is None else bool(own), int(not_quite or 0) if is_keeper else None)


def settle(
    session: Session, guideline: Guideline, *, yes: bool, anchor: str, words: str, revision: int | None, by: Viewer
) -> None:
    """Note whether the revision somebody read settled their case. Another answer takes the place of the first."""
    policy.require(by, Action.GUIDELINE_SETTLE, guideline.item)
    in_force = guideline.published or guideline.working
    number = revision if revision is not None and 1 <= revision <= in_force else in_force
    theirs = (Settled.document_id == guideline.id, Settled.person_id == by.person, Settled.revision == number)
    known = dict(sections(session, guideline, number))
    answer = session.scalar(select(Settled).where(*theirs))
    if answer is None:
        answer = Settled(document_id=guideline.id, person_id=by.person, revision=number)
    answer.yes, answer.at = yes, db.now()
    answer.anchor = "" if yes or anchor not in known else anchor
    answer.words = "" if yes else words
    session.add(answer)


def sections(session: Session, guideline: Guideline, number: int) -> list[tuple[str, str]]:
    """Anchors and titles of a revision."""
    wanted = (Revision.document_id == guideline.id, Revision.number == number)
    toc = session.scalar(select(Revision.toc).where(*wanted)) or []
    return [(heading["anchor"], heading["title"]) for heading in toc]


def revisions(session: Session, guideline: Guideline) -> list[int]:
    """The revisions that somebody answered about, the newest first."""
    numbers = select(Settled.revision).where(Settled.document_id == guideline.id).distinct()
    return sorted(session.scalars(numbers), reverse=True)


def answers(session: Session, viewer: Viewer, guideline: Guideline, number: int) -> Answers:
    """What was answered about a revision, for those who keep the guideline.

    Titles are those that the viewer reads now: an older text may have some that are held back.
    """
    about = (Settled.document_id == guideline.id, Settled.revision == number)
    counted = select(Settled.yes, Settled.anchor, func.count(Settled.id)).where(*about)
    titles, per_section, yes = contents.of_reader(session, viewer, guideline), Counter[str](), 0
    titles[""] = ""
    gone = _("A part that reads otherwise now")
    for settled, anchor, count in session.execute(counted.group_by(Settled.yes, Settled.anchor)):
        if settled:
            yes += count
        else:
            per_section[titles.get(anchor, gone)] += count
    said = select(Settled.anchor, Settled.words).where(*about, Settled.words != "")
    words = session.execute(said.order_by(Settled.anchor, Settled.words).limit(MOST_WORDS))
    return Answers(
        yes=yes,
        not_quite=per_section.total(),
        sections=tuple(per_section.most_common()),
        words=tuple((titles.get(anchor, gone), text) for anchor, text in words),
    )
