"""The register of exceptions: leave for a group to do otherwise, in a part of a guideline and until a day.

An exception concerns the members of its group, those who keep the guideline, and approvers who read it. No page, list,
count or log of others tells that it is there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, false, func, or_, select, true
from sqlalchemy.orm import Session

from guidelines.guides import contents
from guidelines.guides.keeping import around
from guidelines.guides.keeping.models import Exemption
from guidelines.guides.keeping.refusals import Refused
from guidelines.guides.models import Guideline
from wiki import db
from wiki.access import audit, policy
from wiki.access.policy import LIVE, Action, Viewer
from wiki.documents.models import Document, Revision
from wiki.documents.reading import name_for
from wiki.documents.visibility import visible_to
from wiki.people import directory
from wiki.people.models import Group
from wiki.people.viewer import today

LONGEST = timedelta(days=3 * 365)


@dataclass(frozen=True, slots=True)
class Exempted:
    """An exception in a list. `group` is empty for those who may not know the name of a closed one."""

    key: str
    group: str
    words: str
    section: str
    until: date
    given_on: date
    is_over: bool
    title: str
    slug: str


@dataclass(frozen=True, slots=True)
class Wish:
    """What an approver grants: to whom, what, in which section, until when."""

    group: str
    words: str
    until: date
    anchor: str = ""


def problem_of(until: date | None) -> object | None:
    """What is wrong with the last day of an exception, in a sentence; None when it is fine."""
    if until is None:
        return _l("Give the last day on which it holds, as year-month-day. There is no exception without an end.")
    if until < today():
        return _l("That day has passed. Choose today or a day to come.")
    if until > today() + LONGEST:
        return _l("An exception holds for three years at most. If it should last, change the guideline itself.")
    return None


def grant(session: Session, guideline: Guideline, wish: Wish, sections: Collection[str], *, by: Viewer) -> Exemption:
    """Let a group do otherwise. `sections` are the anchors of the guideline's own."""
    policy.require(by, Action.GUIDELINE_EXEMPT, guideline.item)
    if guideline.status not in LIVE:
        raise Refused(_l("This guideline does not hold yet, so nobody needs an exception from it."))
    problem = problem_of(wish.until)
    if problem is not None:
        raise Refused(problem)
    if directory.group(session, by, wish.group) is None:
        raise Refused(_l("Choose a group from the list."))
    anchor = wish.anchor if wish.anchor in sections else ""
    given = Exemption(
        document_id=guideline.id,
        group_id=wish.group,
        words=wish.words,
        anchor=anchor,
        until=wish.until,
        by_id=by.person,
    )
    session.add(given)
    about = {"about": guideline.public_id, "until": wish.until.isoformat()}
    audit.record(session, "guideline:exempt", by=by.person, **about)
    return given


def end(session: Session, guideline: Guideline, key: str, *, by: Viewer) -> None:
    """End an exception before its day."""
    policy.require(by, Action.GUIDELINE_EXEMPT, guideline.item)
    of_this = (Exemption.document_id == guideline.id, Exemption.public_id == key)
    given = session.scalar(select(Exemption).where(*of_this, Exemption.ended_at.is_(None), Exemption.until >= today()))
    if given is None:
        raise Refused(_l("This exception has ended already."))
    given.ended_at = db.now()
    audit.record(session, "guideline:exempt-ended", by=by.person, about=guideline.public_id)


def of_guideline(session: Session, viewer: Viewer, guideline: Guideline) -> list[Exempted]:
    """The exceptions from a guideline that concern this reader of it, those that hold first."""
    allowed = frozenset({Action.GUIDELINE_ANSWERS} if _keeps(viewer, guideline) else ())
    everything = true() if around.sees_all_exemptions(viewer, allowed) else false()
    mine = Exemption.group_id.in_(sorted(viewer.groups))
    found = _listed(viewer).where(Exemption.document_id == guideline.id, or_(everything, mine))
    return _rows(session, found, contents.of_reader(session, viewer, guideline))


def mine(session: Session, viewer: Viewer) -> list[Exempted]:
    """The exceptions of the groups this person belongs to, from guidelines they may read."""
    return _rows(session, _listed(viewer).where(Exemption.group_id.in_(sorted(viewer.groups))))


def groups_for(session: Session, viewer: Viewer) -> dict[str, str]:
    """The groups that may be given an exception, as far as this viewer may know of them."""
    found = select(Group.id, Group.name).where(directory.visible_groups(viewer)).order_by(Group.name, Group.id)
    return dict(session.execute(found).all())


def _keeps(viewer: Viewer, guideline: Guideline) -> bool:
    return bool(policy.may(viewer, Action.GUIDELINE_ANSWERS, guideline.item))


def _listed(viewer: Viewer) -> Select[Any]:
    return (
        select(Exemption, name_for(viewer).label("group"), Document.title, Document.slug, Revision.toc)
        .join(Document, Document.id == Exemption.document_id)
        .join(Revision, Revision.document_id == Document.id)
        .join(Group, Group.id == Exemption.group_id)
        .where(visible_to(viewer), Document.status.in_(LIVE))
        .where(Revision.number == func.coalesce(Document.published, Document.working))
        .order_by(Exemption.until.desc(), Exemption.id.desc())
        .limit(500)
    )


def _rows(session: Session, found: Select[Any], more: Mapping[str, str] | None = None) -> list[Exempted]:
    """`more` are titles by anchor that the reader gets beside those of the open text."""
    rows = [
        Exempted(
            given.public_id,
            group,
            given.words,
            _title(given.anchor, toc, more or {}),
            given.until,
            given.at.date(),
            given.ended_at is not None or given.until < today(),
            title,
            slug,
        )
        for given, group, title, slug, toc in session.execute(found)
    ]
    return sorted(rows, key=lambda row: row.is_over)


def _title(anchor: str, toc: list[dict[str, Any]], more: Mapping[str, str]) -> str:
    """The title of a section as it stands in the text now; empty where it is held back or gone."""
    open_ones = {heading["anchor"]: heading["title"] for heading in toc}
    return open_ones.get(anchor) or more.get(anchor, "")
