"""What others learnt in a month: up to five lessons for each reader, those first that fit what their post works on.

They are found anew whenever somebody looks, under the rights they have then. A notice only says that there are some:
it names no lesson, and neither does the mail about it.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from typing import Any

from flask import Flask, url_for
from flask_babel import format_date, gettext as _, lazy_gettext as _l
from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from guidelines.lessons.models import Lesson, LessonUse
from guidelines.nearby import STANDING
from wiki.access.policy import Viewer
from wiki.documents import reading
from wiki.documents.models import Document, DocumentTerm
from wiki.documents.visibility import visible_to
from wiki.notices.models import Notice
from wiki.notices.telling import Told, words_for

MOST = 5
CODE = "lesson:month"
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_FITTING = ("platform", "topic")


def init_app(app: Flask) -> None:
    """Say how everybody is told once a month (`months_clock`)."""
    words_for(app, CODE, subject=_l("What others learnt last month"), find=_words, page="/lesson-month")


def before(day: date) -> date:
    """The first day of the month before this day's."""
    return date(day.year - (day.month == 1), (day.month - 2) % 12 + 1, 1)


def after(month: date) -> date:
    """The first day of the month after this one."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def named(words: str) -> date | None:
    """The month that is written “2026-10”, from the year 2000 on; None for anything else."""
    found = _MONTH.fullmatch(words)
    if found is None or not 2000 <= int(found[1]) < 9999 or not 1 <= int(found[2]) <= 12:
        return None
    return date(int(found[1]), int(found[2]), 1)


def lessons(session: Session, viewer: Viewer, month: date) -> list[reading.Entry]:
    """The lessons of a month for this reader, what they told themselves left out."""
    theirs = or_(Document.created_by_id.is_(None), Document.created_by_id != viewer.person)
    used = select(func.count(LessonUse.id)).where(LessonUse.document_id == Document.id, LessonUse.sort == "used")
    harm = select(func.coalesce(Lesson.__table__.c.harm, 0)).where(Lesson.__table__.c.id == Document.id)
    order = (
        _fitting(session, viewer).desc(),
        used.correlate(Document).scalar_subquery().desc(),
        harm.correlate(Document).scalar_subquery().desc(),
        Document.created_at.desc(),
        Document.id.desc(),
    )
    return reading.entries(session, viewer, *of_month(month), theirs, limit=MOST, order=order)


def of_month(month: date) -> tuple[Any, ...]:
    """The conditions that a lesson stands on its own and was told in this month."""
    first, last = (datetime.combine(day, time(), UTC) for day in (month, after(month)))
    standing = (Document.kind == "lesson", Document.status.in_(STANDING))
    return (*standing, Document.created_at >= first, Document.created_at < last)


def _fitting(session: Session, viewer: Viewer) -> Any:
    """How many platforms and topics a lesson shares with what the reader’s own groups keep, as far as they read it."""
    kept = aliased(Document)
    mine = select(DocumentTerm.vocabulary, DocumentTerm.term).join(kept, kept.id == DocumentTerm.document_id)
    of_ours = (kept.owner_id.in_(sorted(viewer.groups)), DocumentTerm.vocabulary.in_(_FITTING))
    terms: dict[str, set[str]] = {}
    for vocabulary, term in session.execute(mine.where(*of_ours, visible_to(viewer, kept)).distinct()):
        terms.setdefault(vocabulary, set()).add(term)
    fits = [
        and_(DocumentTerm.vocabulary == name, DocumentTerm.term.in_(sorted(found))) for name, found in terms.items()
    ]
    if not fits:
        return case((Document.id.is_(None), 1), else_=0)
    shared = select(func.count()).select_from(DocumentTerm).where(DocumentTerm.document_id == Document.id, or_(*fits))
    return shared.correlate(Document).scalar_subquery()


def _words(session: Session, viewer: Viewer, notices: list[Notice]) -> dict[int, Told]:
    """No lesson is named: what there is to read is looked for when the page is opened."""
    known = ((notice.id, month) for notice in notices if (month := named(notice.about)))
    return {number: _told(month) for number, month in known}


def _told(month: date) -> Told:
    words = _("What others learnt in %(month)s", month=format_date(month, _("MMMM y")))
    return Told(words, url_for("lesson_month.page", month=f"{month:%Y-%m}"))
