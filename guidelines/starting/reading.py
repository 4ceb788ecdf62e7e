"""The few things worth reading before a task, for one reader: what fits best by topic, deed, platform and country."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, case, func, literal, select
from sqlalchemy.orm import Session

from guidelines.lessons.models import Lesson
from search import api
from wiki import kinds
from wiki.access.policy import LIVE, Viewer
from wiki.documents import reading
from wiki.documents.models import Document
from wiki.documents.visibility import visible_to
from wiki.people.models import Group

MOST = 3
# Lessons that still say something to whoever is about to start.
TELLING = tuple(sorted(LIVE - {"published", "merged", "declined", "obsolete"}))
# The topics of the starter vocabulary that go with what somebody is about to do.
TOPICS_OF = {
    "posting": ("publishing",),
    "answering": ("replies", "hostility"),
    "consular": ("consular",),
    "accounts": ("accounts", "security"),
    "advertising": ("advertising",),
    "monitoring": ("disinformation",),
    "training": ("learning",),
}
_LESSON: Any = Lesson.__table__.c


@dataclass(frozen=True, slots=True)
class Task:
    """What somebody is about to do; empty where they do not say. Countries by code."""

    topic: str = ""
    activity: str = ""
    platform: str = ""
    country: str = ""

    @property
    def is_told(self) -> bool:
        return bool(self.topic or self.activity or self.platform or self.country)


@dataclass(frozen=True, slots=True)
class Fit:
    """A document on the card, with the mark that goes with it on paper."""

    kind: str
    slug: str
    title: str
    summary: str
    handling: str | None
    owner: str
    is_held: bool

    @property
    def url(self) -> str:
        return f"{kinds.kind(self.kind).prefix}/{self.slug}"

    @property
    def is_sealed(self) -> bool:
        """Whether it does not go on paper."""
        return self.handling == "RED"


@dataclass(frozen=True, slots=True)
class Card:
    """What fits a task, the best first."""

    guidelines: Sequence[Fit] = ()
    lessons: Sequence[Fit] = ()
    playbook: Fit | None = None

    @property
    def is_empty(self) -> bool:
        return not (self.guidelines or self.lessons or self.playbook)


def card(session: Session, viewer: Viewer, task: Task, names: Collection[str]) -> Card:
    """The few guidelines and lessons and the one playbook that fit a task. `names`: of its country, for the search."""
    terms = _by_terms(task)
    told_of = _naming(session, viewer, names)
    by_lesson = [*terms]
    if task.activity:
        doing = Document.id.in_(select(_LESSON.id).where(_LESSON.activity == task.activity))
        by_lesson.append((doing, 2))
    if told_of:
        by_lesson.append((Document.slug.in_(told_of), 3))
    books = best(session, viewer, "playbook", ("published",), terms, limit=1)
    return Card(
        guidelines=best(session, viewer, "guideline", ("in-force",), terms),
        lessons=best(session, viewer, "lesson", TELLING, by_lesson),
        playbook=books[0] if books else None,
    )


Weighed = Sequence[tuple[ColumnElement[bool], int]]


def best(
    session: Session, viewer: Viewer, kind: str, statuses: Collection[str], weighed: Weighed, limit: int = MOST
) -> list[Fit]:
    """The documents of a kind for which most holds, by weight; those for which nothing does are left out."""
    if not weighed:
        return []
    weight = sum((case((holds, number), else_=0) for holds, number in weighed), literal(0))
    there = (Document.kind == kind, Document.status.in_(statuses), weight > 0)
    return fits(session, viewer, *there, limit=limit, order=(weight.desc(),))


def fits(session: Session, viewer: Viewer, *conditions: Any, limit: int = MOST, order: Sequence[Any] = ()) -> list[Fit]:
    """Documents that this viewer may read, as they stand on a card. Of several alike the newest goes first."""
    summary = func.coalesce(func.nullif(Document.purpose, ""), Document.summary)
    held = Document.discovery != "open"
    columns = (Document.kind, Document.slug, Document.title, summary, Document.handling, reading.name_for(viewer), held)
    statement = (
        select(*columns)
        .join(Group, Group.id == Document.owner_id)
        .where(visible_to(viewer), *conditions)
        .order_by(*order, Document.updated_at.desc(), Document.id.desc())
        .limit(limit)
    )
    return [Fit(*row) for row in session.execute(statement)]


def _by_terms(task: Task) -> list[tuple[ColumnElement[bool], int]]:
    weighed: list[tuple[ColumnElement[bool], int]] = []
    if task.topic:
        weighed.append((reading.with_term("topic", task.topic), 4))
    if task.platform:
        weighed.append((reading.with_term("platform", task.platform), 2))
    return weighed + [(reading.with_term("topic", topic), 2) for topic in TOPICS_OF.get(task.activity, ())]


def _naming(session: Session, viewer: Viewer, names: Collection[str]) -> set[str]:
    """The addresses of lessons that name the country, as the search finds them for this reader."""
    asked = [api.understand(f'"{name}"', viewer.lang, {"kind": ["lesson"]}) for name in names]
    hits = [hit for query in asked for hit in api.ask(session, viewer, query).hits]
    return {hit.url.split("#")[0].rpartition("/")[2] for hit in hits if not hit.is_stub}
