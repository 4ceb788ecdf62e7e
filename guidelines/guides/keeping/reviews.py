"""Looking at a guideline again: what calls for it, and what its keepers say of each section.

A date alone becomes a rubber stamp. So what calls for another look is shown as evidence, and the question is asked for
each section: still true, changed, or unsure and who would know. What was answered counts, even if it is not all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from guidelines import loop
from guidelines.guides import settling
from guidelines.guides.keeping.models import SectionReview, Verdict
from guidelines.guides.keeping.refusals import Refused
from guidelines.guides.models import Guideline, GuidelineStatus, Settled
from guidelines.platforms import reading as platforms
from wiki import db, kinds
from wiki.access import audit, policy
from wiki.access.policy import LIVE, Action, Role, Viewer
from wiki.documents import reading
from wiki.documents.models import Document, Link, Revision
from wiki.documents.visibility import visible_to
from wiki.markdown import WikiLink
from wiki.people.models import Membership, Rank
from wiki.people.viewer import today

# From so many on, readers for whom a section did not do call for another look at it.
NOT_QUITE = 3
NEXT_LOOK = timedelta(days=365)
MOST = 100


@dataclass(frozen=True, slots=True)
class Evidence:
    """Something that calls for another look: a code, a title or a number for its words, the section, where it is."""

    code: str
    title: str = ""
    number: int = 0
    section: str = ""
    url: str | None = None
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """A section with what was said of it last: of the text that readers have now, or of an older one."""

    anchor: str
    title: str
    verdict: str = ""
    words: str = ""
    at: datetime | None = None
    is_current: bool = False


def sections(session: Session, guideline: Guideline) -> list[Section]:
    """The sections that readers have now. A text without any is one."""
    newest = guideline.published or guideline.working
    titles = settling.sections(session, guideline, newest) or [("", "")]
    said: dict[str, SectionReview] = {}
    found = select(SectionReview).where(SectionReview.document_id == guideline.id, SectionReview.revision <= newest)
    for review in session.scalars(found.order_by(SectionReview.revision, SectionReview.at)):
        said[review.anchor] = review
    return [_section(anchor, title, said.get(anchor), newest) for anchor, title in titles]


def _section(anchor: str, title: str, said: SectionReview | None, newest: int) -> Section:
    if said is None:
        return Section(anchor, title)
    return Section(anchor, title, said.verdict, said.words, said.at, said.revision == newest)


def answer(
    session: Session, guideline: Guideline, revision: int, said: Mapping[str, tuple[Verdict, str]], *, by: Viewer
) -> bool:
    """Note what was said of some sections, by their anchors; True when each section is answered now.

    When all are still true, the guideline is looked at again in a year.
    """
    policy.require(by, Action.GUIDELINE_REVIEW, guideline.item)
    newest = guideline.published or guideline.working
    if revision != newest:
        raise Refused(_l("The text changed while you looked at it. Look at it once more."))
    known = {section.anchor for section in sections(session, guideline)}
    there = (SectionReview.document_id == guideline.id, SectionReview.revision == newest)
    rows = {row.anchor: row for row in session.scalars(select(SectionReview).where(*there))}
    for anchor, (verdict, words) in said.items():
        if anchor in known:
            row = rows.get(anchor) or SectionReview(document_id=guideline.id, revision=newest, anchor=anchor)
            row.verdict, row.words, row.by_id, row.at = verdict, words, by.person, db.now()
            session.add(row)
    session.flush()
    audit.record(session, "guideline:review", by=by.person, about=guideline.public_id, count=len(said))
    after = sections(session, guideline)
    if all(one.is_current and one.verdict == Verdict.TRUE for one in after):
        guideline.review_on = today() + NEXT_LOOK
    return all(one.is_current for one in after)


def evidence(session: Session, viewer: Viewer, guideline: Guideline) -> list[Evidence]:
    """What calls for another look, as far as this keeper may read it."""
    newest = guideline.published or guideline.working
    last = session.scalar(select(func.max(SectionReview.at)).where(SectionReview.document_id == guideline.id))
    since = last or guideline.approved_at or guideline.created_at
    titles = dict(settling.sections(session, guideline, newest))
    return [
        *_age(guideline),
        *_asked_to_change(session, viewer, guideline, titles),
        *_lessons(session, viewer, guideline, since),
        *_not_quite(session, guideline, newest, titles),
        *_passed_on(session, guideline, since),
        *_expired(session, guideline),
        *_broken(session, viewer, guideline, newest),
    ]


def _age(guideline: Guideline) -> Iterator[Evidence]:
    if guideline.review_on is not None and guideline.review_on <= today():
        yield Evidence("age", day=guideline.review_on)


def _asked_to_change(
    session: Session, viewer: Viewer, guideline: Guideline, titles: Mapping[str, str]
) -> Iterator[Evidence]:
    found = (
        select(Document.title, Document.slug, loop.Proposal.anchor, loop.Proposal.at)
        .join(loop.Proposal, loop.Proposal.lesson_id == Document.id)
        .where(loop.Proposal.document_id == guideline.id, loop.Proposal.outcome == loop.Outcome.OPEN)
        .where(visible_to(viewer), Document.status.in_(LIVE))
        .order_by(loop.Proposal.at, loop.Proposal.id)
    )
    for title, slug, anchor, at in session.execute(found.limit(MOST)):
        url = f"{kinds.kind('lesson').prefix}/{slug}"
        yield Evidence("proposal", title, section=titles.get(anchor, ""), url=url, day=at.date())


def _lessons(session: Session, viewer: Viewer, guideline: Guideline, since: datetime) -> Iterator[Evidence]:
    """Lessons that name it and came after the last look."""
    named = (Link.target_slug == guideline.slug, or_(Link.target_kind == "guideline", Link.target_kind == ""))
    linking = select(Link.document_id).where(*named)
    fresh = (Document.kind == "lesson", Document.id.in_(linking), Document.created_at > since)
    for entry in reading.entries(session, viewer, *fresh, Document.status.in_(LIVE), limit=MOST):
        yield Evidence("lesson", entry.title, url=entry.url)


def _not_quite(session: Session, guideline: Guideline, newest: int, titles: Mapping[str, str]) -> Iterator[Evidence]:
    about = (Settled.document_id == guideline.id, Settled.revision == newest, Settled.yes.is_(False))
    counted = select(Settled.anchor, func.count(Settled.id)).where(*about).group_by(Settled.anchor)
    for anchor, number in session.execute(counted.order_by(Settled.anchor)):
        if number >= NOT_QUITE:
            yield Evidence("not-quite", number=number, section=titles.get(anchor, ""))


def _passed_on(session: Session, guideline: Guideline, since: datetime) -> Iterator[Evidence]:
    """Whether somebody came to lead the unit that keeps it. Who that is, is no matter of the review."""
    dated = (Membership.starts_on > since.date(), Membership.starts_on <= today())
    led = (Membership.group_id == guideline.owner_id, Membership.rank == Rank.LEAD, *dated)
    began = session.scalar(select(func.max(Membership.starts_on)).where(*led))
    if began is not None:
        yield Evidence("passed-on", day=began)


def _expired(session: Session, guideline: Guideline) -> Iterator[Evidence]:
    """Platforms it is about whose facts nobody vouches for any more. Its keepers are staff, who may read them all."""
    for slug, name, day in platforms.expired(session, guideline.id):
        yield Evidence("platform", name, url=url_for("platforms.index", _anchor=slug), day=day)


def _broken(session: Session, viewer: Viewer, guideline: Guideline, newest: int) -> Iterator[Evidence]:
    of_text = (Revision.document_id == guideline.id, Revision.number == newest)
    links = session.scalar(select(Revision.links).where(*of_text)) or []
    asked = [WikiLink(kind or None, slug) for kind, slug in links]
    states = reading.link_states(session, viewer, asked) if asked else {}
    for link in sorted(asked, key=lambda one: one.slug):
        if states[link].state == "missing":
            yield Evidence("link", link.slug)


@dataclass(frozen=True, slots=True)
class Overdue:
    """A guideline in force whose day has passed."""

    title: str
    slug: str
    owner: str
    day: date


def late(session: Session, viewer: Viewer) -> dict[int, date]:
    """When each guideline in force should have been looked at whose day has passed, as far as this viewer may read."""
    due = (Guideline.status == GuidelineStatus.IN_FORCE, Guideline.review_on <= today())
    rows = session.execute(select(Guideline.id, Guideline.review_on).where(*due, visible_to(viewer)))
    return {row.id: row.review_on for row in rows}


def looked_after(viewer: Viewer, *columns: Any) -> Select[Any]:
    """What should have been looked at by now: for stewards all they may read, for others what their units keep."""
    found = select(*columns).select_from(Guideline)
    found = found.where(visible_to(viewer), Guideline.status == GuidelineStatus.IN_FORCE)
    found = found.where(Guideline.review_on <= today())
    return found if viewer.has(Role.STEWARD) else found.where(Guideline.owner_id.in_(sorted(viewer.leads)))


def overdue(session: Session, viewer: Viewer) -> list[Overdue]:
    """What is late, the longest first."""
    columns = (Guideline.title, Guideline.slug, Guideline.review_on, Guideline.id)
    found = looked_after(viewer, *columns).order_by(Guideline.review_on, Guideline.title).limit(MOST)
    rows = session.execute(found).all()
    names = {entry.slug: entry.owner for entry in _named(session, viewer, [row.id for row in rows])}
    return [Overdue(row.title, row.slug, names.get(row.slug, ""), row.review_on) for row in rows]


def _named(session: Session, viewer: Viewer, ids: list[int]) -> list[reading.Entry]:
    return reading.entries(session, viewer, Document.id.in_(ids), limit=MOST) if ids else []
