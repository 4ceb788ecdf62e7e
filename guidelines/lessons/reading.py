"""What the pages of lessons ask the database, every time under the reader's rights."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import String, case, cast, func, literal, select, union_all
from sqlalchemy.orm import Session

from guidelines.lessons.models import Lesson, LessonDraft, LessonUse
from search import api
from wiki.access.policy import BINNED, LIVE, Viewer
from wiki.documents import reading
from wiki.documents.models import Document, Term
from wiki.documents.reading import Entry
from wiki.documents.visibility import visible_to
from wiki.people.directory import visible_groups
from wiki.people.models import Group, Person

SIMILAR = 3
MOST_FOUND = 8
MOST_USES = 100
_LESSON: Any = Lesson.__table__.c


@dataclass(frozen=True, slots=True)
class Line:
    """A lesson in the list."""

    slug: str
    title: str
    summary: str
    status: str
    updated_at: datetime
    is_held: bool
    owner: str
    nature: str
    happened_on: date | None
    harm: int | None
    contained: bool | None


def lines(session: Session, viewer: Viewer, *conditions: Any, limit: int, offset: int) -> list[Line]:
    """Lessons this viewer may read, newest first. Conditions may name columns of documents and of lessons."""
    statement = (
        select(
            Document.slug,
            Document.title,
            func.coalesce(func.nullif(Document.purpose, ""), Document.summary),
            Document.status,
            Document.updated_at,
            Document.discovery != "open",
            reading.name_for(viewer),
            *(_LESSON[name] for name in ("nature", "happened_on", "harm", "contained")),
        )
        .join(Lesson.__table__, _LESSON.id == Document.id)
        .join(Group, Group.id == Document.owner_id)
        .where(visible_to(viewer), Document.kind == "lesson", *conditions)
        .order_by(Document.updated_at.desc(), Document.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [Line(*row) for row in session.execute(statement)]


class Counts(NamedTuple):
    """How many lessons a reader finds by each value, by filter. Values are words, as they stand in addresses."""

    nature: dict[str, int]
    harm: dict[str, int]
    status: dict[str, int]
    owner: dict[str, int]
    activity: dict[str, int]


def counts(session: Session, viewer: Viewer) -> Counts:
    """Count the live lessons this viewer may read, in one statement that looks through them once."""
    here = (
        select(_LESSON.nature, _LESSON.harm, _LESSON.activity, Document.status, Document.owner_id.label("owner"))
        .join(Lesson.__table__, _LESSON.id == Document.id)
        .where(Document.kind == "lesson", Document.status.in_(LIVE), visible_to(viewer))
        .cte("here")
    )

    def by(name: str) -> Any:
        value = here.c[name]
        counted = select(literal(name), cast(value, String), func.count())
        return counted.where(value.is_not(None)).group_by(value)

    found: dict[str, dict[str, int]] = {name: {} for name in Counts._fields}
    for name, value, number in session.execute(union_all(*(by(name) for name in Counts._fields))):
        found[name][value] = number
    return Counts(**found)


def owner_names(session: Session, viewer: Viewer, ids: Iterable[str]) -> list[tuple[str, str]]:
    """Groups with their names, those left out whose names this viewer may not know."""
    groups = select(Group.id, Group.name).where(Group.id.in_(list(ids)), visible_groups(viewer)).order_by(Group.name)
    return [(group, name) for group, name in session.execute(groups)]


def guidelines(session: Session, viewer: Viewer, typed: str, slugs: Collection[str]) -> list[Entry]:
    """The guidelines with these addresses, and those that fit what was typed; only what can be read.

    Titles that hold the words go first, then what the search finds in the texts.
    """
    chosen = reading.entries(
        session, viewer, Document.kind == "guideline", Document.slug.in_(slugs), limit=50, order=(Document.title,)
    )
    if not typed.strip():
        return chosen
    words = [Document.title.icontains(word, autoescape=True) for word in typed.split()[:6]]
    in_use = (Document.kind == "guideline", Document.status == "in-force", Document.slug.not_in(slugs))
    titled = reading.entries(session, viewer, *in_use, *words, limit=MOST_FOUND, order=(Document.title,))
    known = {entry.slug for entry in titled}
    told = [entry for entry in _told_of(session, viewer, typed, in_use) if entry.slug not in known]
    return chosen + (titled + told)[:MOST_FOUND]


def changeable(session: Session, viewer: Viewer, kinds: Collection[str], typed: str, *conditions: Any) -> list[Entry]:
    """What a lesson can ask to change: live guidelines and playbooks of these kinds with these words in their titles.

    With conditions instead of words: those for which they hold.
    """
    words = [Document.title.icontains(word, autoescape=True) for word in typed.split()[:6]]
    if not words and not conditions:
        return []
    there = (Document.kind.in_(kinds), Document.status.in_(LIVE), *words, *conditions)
    return reading.entries(session, viewer, *there, limit=MOST_FOUND, order=(Document.title, Document.id))


def _told_of(session: Session, viewer: Viewer, typed: str, conditions: Collection[Any]) -> list[Entry]:
    query = api.understand(typed, "en", {"kind": ["guideline"], "status": ["in-force"]})
    hits = [hit.url.rpartition("/")[2] for hit in api.ask(session, viewer, query).hits if not hit.is_stub]
    places = {slug: place for place, slug in enumerate(hits)}
    if not places:
        return []
    order = (case(places, value=Document.slug),)
    found = (*conditions, Document.slug.in_(places))
    return reading.entries(session, viewer, *found, limit=MOST_FOUND, order=order)


def descriptions(session: Session) -> dict[str, str]:
    """What each platform and topic is about, by its slug, as far as somebody described it."""
    rows = session.execute(select(Term.slug, Term.description).where(Term.vocabulary.in_(("platform", "topic"))))
    return {slug: description for slug, description in rows if description}


def similar(session: Session, viewer: Viewer, told: str) -> list[Entry]:
    """Lessons that tell of the same as these words, for this reader."""
    return api.similar(session, viewer, told, kinds=("lesson",), limit=SIMILAR) if len(told.split()) > 2 else []


class Begun(NamedTuple):
    """A lesson that somebody began to tell."""

    key: str
    words: str
    saved_at: datetime


def drafts(session: Session, viewer: Viewer) -> list[Begun]:
    """What this person began to tell, the newest first."""
    mine = select(LessonDraft).where(LessonDraft.person_id == viewer.person)
    found = session.scalars(mine.order_by(LessonDraft.saved_at.desc(), LessonDraft.key).limit(20))
    return [Begun(draft.key, _first_words(draft.fields), draft.saved_at) for draft in found]


def _first_words(fields: Mapping[str, list[str]]) -> str:
    told = (" ".join(" ".join(fields.get(name, ())).split()) for name in ("title", "happened", "intended"))
    return next((words[:100] for words in told if words), "")


def asked(session: Session, viewer: Viewer) -> list[Entry]:
    """Lessons that somebody wrote down for this person, who has not said yet whether they are theirs."""
    mine = select(Lesson.id).where(Lesson.on_behalf_of_id == viewer.person, Lesson.confirmed_at.is_(None))
    return reading.entries(session, viewer, Document.id.in_(mine), Document.status != BINNED, limit=10)


class Use(NamedTuple):
    """Somebody used a lesson, or it happened to them too. Only the post is told, and nothing of a hidden one."""

    post: str
    happened_on: date | None
    words: str
    at: datetime


class Uses(NamedTuple):
    """How a lesson was used, and where it happened again; `posts` counts the posts that used it."""

    used: tuple[Use, ...] = ()
    posts: int = 0
    occurred: tuple[Use, ...] = ()
    times: int = 0


def uses(session: Session, viewer: Viewer, lesson: int) -> Uses:
    """The uses of a lesson that was found under the reader's rights."""
    here = (LessonUse.document_id == lesson,)
    posts = select(func.count(LessonUse.post_id.distinct())).where(*here, LessonUse.sort == "used").scalar_subquery()
    times = select(func.count(LessonUse.id)).where(*here, LessonUse.sort == "occurred").scalar_subquery()
    statement = (
        select(LessonUse.sort, reading.name_for(viewer), LessonUse.happened_on, LessonUse.words, LessonUse.at)
        .add_columns(posts, times)
        .outerjoin(Group, Group.id == LessonUse.post_id)
        .where(*here)
        .order_by(LessonUse.at.desc(), LessonUse.id.desc())
        .limit(MOST_USES)
    )
    rows = session.execute(statement).all()
    if not rows:
        return Uses()
    used, occurred = (
        tuple(Use(row[1] or "", *row[2:5]) for row in rows if row[0] == sort) for sort in ("used", "occurred")
    )
    return Uses(used, rows[0][5], occurred, rows[0][6])


def group_name(session: Session, viewer: Viewer, group_id: str) -> str:
    """The name of a group as this viewer may know it."""
    return session.scalar(select(reading.name_for(viewer)).where(Group.id == group_id)) or ""


def has_left(session: Session, person_id: int) -> bool:
    """Whether somebody has left the service."""
    return not session.scalar(select(Person.is_active).where(Person.id == person_id))
