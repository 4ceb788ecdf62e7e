"""How we learn, in numbers: who takes part, how soon something follows, and whether it helps others.

They are counted over what a reader may read, and over nothing else. How many lessons there are is no merit of anybody,
so it is not among them. What fewer than three people did is not told: nobody can be recognised by a number.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from statistics import median
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from guidelines.lessons.acting import telling
from guidelines.lessons.acting.models import LessonAction, TaskState
from guidelines.lessons.models import Lesson, LessonUse
from wiki.access.policy import LIVE, Viewer
from wiki.documents.models import Document, DocumentAuthor
from wiki.documents.visibility import visible_to

FEWEST = 3
QUARTERS = 8
_LESSON: Any = Lesson.__table__.c


@dataclass(frozen=True, slots=True)
class Told:
    """A lesson as far as it is counted."""

    at: datetime
    post: str
    seconds: int | None
    people: frozenset[int]


class Quarter(NamedTuple):
    """Three months from this day on. A number that is None stands for too few people."""

    start: date
    people: int | None
    posts: int | None
    # Half of all lessons were told within so many minutes.
    minutes: int | None


class Used(NamedTuple):
    """How often others used lessons, or met the same again, and at how many posts."""

    times: int
    posts: int


class Numbers(NamedTuple):
    """All of it, the oldest quarter first. None stands for too few people."""

    quarters: tuple[Quarter, ...]
    minutes: int | None
    days: int | None
    percent_changed: int | None
    used: Used | None
    again: Used | None


def of(session: Session, viewer: Viewer, today: date) -> Numbers:
    """The numbers of the last two years for this reader, in four statements."""
    starts = quarters(today)
    since = datetime.combine(starts[0], time(), UTC)
    told = _told(session, viewer, since)
    acted = _first_actions(session, viewer, since)
    days = {lesson: (acted[lesson] - told[lesson].at).days for lesson in acted.keys() & told.keys()}
    uses = _uses(session, viewer, since)
    return Numbers(
        quarters=tuple(_quarter(start, told.values()) for start in starts),
        minutes=_minutes(told.values()),
        days=max(round(median(days.values())), 0) if _are_enough(told[lesson] for lesson in days) else None,
        percent_changed=_percent(told, _changed(session, viewer)) if _are_enough(told.values()) else None,
        used=_counted(uses, "used"),
        again=_counted(uses, "occurred"),
    )


def quarters(today: date) -> list[date]:
    """The first days of the last quarters, with the one that goes on."""
    month = today.year * 12 + (today.month - 1) // 3 * 3
    months = range(month - 3 * (QUARTERS - 1), month + 1, 3)
    return [date(each // 12, each % 12 + 1, 1) for each in months]


def _told(session: Session, viewer: Viewer, since: datetime) -> dict[int, Told]:
    statement = (
        select(Document.id, Document.created_at, Document.owner_id, _LESSON.capture_seconds, DocumentAuthor.person_id)
        .join(Lesson.__table__, _LESSON.id == Document.id)
        # Who told a lesson without their name is in no number either: it would grow by one, or would not.
        .outerjoin(DocumentAuthor, (DocumentAuthor.document_id == Document.id) & Document.names_authors)
        .where(visible_to(viewer), Document.kind == "lesson", Document.status.in_(LIVE), Document.created_at >= since)
    )
    found: dict[int, Told] = {}
    for lesson, at, post, seconds, person in session.execute(statement):
        people = found[lesson].people if lesson in found else frozenset()
        found[lesson] = Told(at, post, seconds, people | ({person} - {None}))
    return found


def _first_actions(session: Session, viewer: Viewer, since: datetime) -> dict[int, datetime]:
    """When something was first asked for because of a lesson, as far as this reader is told of it."""
    there = (LessonAction.made_at >= since, LessonAction.state != TaskState.DROPPED, telling.told_to(viewer))
    first = select(LessonAction.document_id, func.min(LessonAction.made_at)).where(*there)
    rows = session.execute(first.group_by(LessonAction.document_id))
    return {row[0]: row[1] for row in rows}


def _changed(session: Session, viewer: Viewer) -> set[int]:
    """Lessons after which a guideline changed that this reader may read."""
    proof = aliased(Document)
    shown = select(LessonAction.document_id).join(proof, proof.id == LessonAction.evidence_id)
    is_rule = (LessonAction.state == TaskState.DONE, proof.kind == "guideline", visible_to(viewer, proof))
    return set(session.scalars(shown.where(*is_rule)))


def _uses(session: Session, viewer: Viewer, since: datetime) -> list[Any]:
    """Uses of lessons that this reader may read, whenever those were told."""
    found = select(LessonUse.sort, LessonUse.person_id, LessonUse.post_id).where(LessonUse.at >= since)
    of_lessons = found.join(Document, Document.id == LessonUse.document_id)
    return list(session.execute(of_lessons.where(visible_to(viewer), Document.status.in_(LIVE))))


def _quarter(start: date, told: Iterable[Told]) -> Quarter:
    after = date(start.year + (start.month + 2) // 12, (start.month + 2) % 12 + 1, 1)
    mine = [one for one in told if start <= one.at.date() < after]
    if not _are_enough(mine):
        return Quarter(start, None, None, None)
    return Quarter(start, len(_people(mine)), len({one.post for one in mine}), _minutes(mine))


def _minutes(told: Iterable[Told]) -> int | None:
    timed = [one for one in told if one.seconds is not None]
    if not _are_enough(timed):
        return None
    return max(round(median(one.seconds or 0 for one in timed) / 60), 1)


def _are_enough(told: Iterable[Told]) -> bool:
    return len(_people(told)) >= FEWEST


def _people(told: Iterable[Told]) -> set[int]:
    return {person for one in told for person in one.people}


def _percent(told: Collection[int], changed: Collection[int]) -> int:
    return round(100 * len(set(told) & set(changed)) / len(told))


def _counted(uses: Iterable[Any], sort: str) -> Used | None:
    mine = [use for use in uses if use.sort == sort]
    if len({use.person_id for use in mine}) < FEWEST:
        return None
    return Used(len(mine), len({use.post_id for use in mine} - {None}))
