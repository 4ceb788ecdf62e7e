"""How a lesson begins: recorded, confirmed by the colleague it was told for, used. What follows is in `acting`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from guidelines.lessons import story
from guidelines.lessons.models import Attribution, Lesson, LessonDraft, LessonStatus, LessonUse
from wiki import db
from wiki.access import audit, policy
from wiki.access.policy import BINNED, Action, Viewer
from wiki.documents import operations as documents, passages_shown
from wiki.documents.models import Document, Revision
from wiki.documents.operations import AlreadySaved, Facts
from wiki.documents.sharing import Sharing
from wiki.documents.texts import PreparedText
from wiki.people.models import Person

LONGEST_CAPTURE = 24 * 3600
MOST_DRAFTS = 50
# Who goes back and presses the button again does it soon; later the same words may well be meant.
SAME_WORDS_WITHIN = timedelta(hours=1)


class Refused(ValueError):
    """This makes no sense for the lesson as it is; `field` names what to look at, the message is for people."""

    def __init__(self, message: Any, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Telling:
    """How a lesson came about: the key of its form, when it was begun, and for whom it was written down."""

    key: str | None = None
    started: datetime | None = None
    on_behalf_of: int | None = None


def colleague(session: Session, email: str, *, by: Viewer) -> Person:
    """The colleague with this address, on whose behalf somebody writes. Raises Refused in words for the field."""
    person = session.scalar(select(Person).where(Person.email == email.strip().lower()))
    if person is None:
        raise Refused(_l("Nobody here has this address. Look at it once more, or leave it empty."), "on_behalf_of")
    if person.id == by.person:
        raise Refused(_l("This is your own address. Leave it empty, and the lesson is yours."), "on_behalf_of")
    if not person.is_active:
        words = _l(
            "This colleague has left the service and cannot confirm it. Leave this empty, and say by role who tells it."
        )
        raise Refused(words, "on_behalf_of")
    if not person.is_staff:
        raise Refused(_l("This is a guest. Only colleagues in the service tell lessons."), "on_behalf_of")
    return person


def record(
    session: Session,
    text: PreparedText,
    facts: Facts,
    sharing: Sharing,
    telling: Telling,
    *,
    by: Viewer,
    as_draft: bool = False,
) -> Lesson:
    """Write a lesson down for its readers, and forget what was kept while it was being written.

    Raises AlreadySaved like `documents.draft`, and for a form with words that this person recorded within the hour.
    """
    if telling.key:
        _refuse_same_words(session, text, by)
    authors = [session.get_one(Person, by.person)]
    if telling.on_behalf_of is not None:
        authors.append(session.get_one(Person, telling.on_behalf_of))
    lesson = documents.draft(session, "lesson", text, facts, sharing, by=by, authors=authors, key=telling.key)
    assert isinstance(lesson, Lesson)
    lesson.on_behalf_of_id = telling.on_behalf_of
    lesson.capture_seconds = _seconds_since(telling.started)
    _say_who_speaks(lesson)
    if not as_draft:
        documents.publish(session, lesson, by=by, status=LessonStatus.OBSERVED)
    if telling.key:
        forget(session, telling.key, by=by)
        forget_told(session, text, by=by)
    return lesson


def _refuse_same_words(session: Session, text: PreparedText, by: Viewer) -> None:
    """A page that was left and loaded again has a new key: then the words tell that it is the same form."""
    policy.require(by, Action.DOCUMENT_CREATE)
    mine = (Revision.author_id == by.person, Revision.created_at > db.now() - SAME_WORDS_WITHIN)
    same = (Revision.title == text.title, Revision.body == text.body)
    there = (Document.kind == "lesson", Document.created_by_id == by.person, Document.status != BINNED)
    before = session.scalars(select(Document).join(Revision).where(*mine, *same, *there).limit(1)).first()
    if before is not None:
        raise AlreadySaved(before)


def _seconds_since(started: datetime | None) -> int | None:
    if started is None:
        return None
    return min(max(int((db.now() - started).total_seconds()), 0), LONGEST_CAPTURE)


def _say_who_speaks(lesson: Lesson) -> None:
    """Only what is told by name names its authors, and not before everybody named has agreed."""
    waiting = lesson.on_behalf_of_id is not None and lesson.confirmed_at is None
    lesson.name_authors(lesson.attribution == Attribution.NAMED and not waiting, since=lesson.working + 1)


def describe(session: Session, lesson: Lesson, facts: Facts, *, by: Viewer) -> None:
    """Change what is told beside the text. Nobody but an author lets the authors be named, and each for themselves."""
    if facts.columns.get("attribution") == Attribution.NAMED != lesson.attribution:
        _let_be_named(lesson, by)
    documents.describe(session, lesson, facts, by=by)
    _say_who_speaks(lesson)


def _let_be_named(lesson: Lesson, by: Viewer) -> None:
    if by.public_id not in lesson.item.authors:
        raise Refused(_l("Only those who wrote it can choose to be named."), "attribution")
    if by.person == lesson.on_behalf_of_id:
        words = _l(
            "A colleague wrote this down for you and would be named too. Ask them to choose this; you confirm it."
        )
        raise Refused(words, "attribution")
    others = {person.id for person in lesson.authors} - {by.person, lesson.on_behalf_of_id}
    if others:
        raise Refused(_l("Others wrote it too and would be named, and nobody has asked them."), "attribution")
    # What the colleague agreed to was not to be named.
    lesson.confirmed_at = None


def confirm(session: Session, lesson: Lesson, *, told: str, by: Viewer) -> None:
    """The colleague on whose behalf it was written says that it is theirs, told as they saw it. Raises Refused."""
    _require_asked(lesson, by)
    # Who agreed to a lesson told by the post has not agreed to be named.
    if told != lesson.attribution:
        raise Refused(_l("How it is told was changed since you opened the page. Read it once more, then confirm it."))
    lesson.confirmed_at = lesson.confirmed_at or db.now()
    _say_who_speaks(lesson)
    audit.record(session, "lesson:confirm", by=by.person, about=lesson.public_id)


def disown(session: Session, lesson: Lesson, *, by: Viewer) -> None:
    """They say that it is not theirs: it stays the lesson of whoever wrote it down."""
    _require_asked(lesson, by)
    lesson.authors = [person for person in lesson.authors if person.id != by.person]
    lesson.on_behalf_of_id = lesson.confirmed_at = None
    _say_who_speaks(lesson)
    documents.relabel(session, lesson)
    audit.record(session, "lesson:disown", by=by.person, about=lesson.public_id)


def _require_asked(lesson: Lesson, by: Viewer) -> None:
    if lesson.on_behalf_of_id != by.person:
        raise policy.NotAllowed(policy.Decision(False, "not-asked"))


@dataclass(frozen=True, slots=True)
class Told:
    """Somebody used a lesson (`sort` "used"), or it happened to them too ("occurred"): where, when, and how it went."""

    sort: str
    post: str | None
    happened_on: date | None
    words: str


def use(session: Session, lesson: Lesson, told: Told, *, by: Viewer, key: str | None) -> None:
    """Note that a lesson was used, or that it happened again. A form counts once."""
    policy.require(by, Action.LESSON_USE, lesson.item)
    mine = (LessonUse.person_id == by.person, LessonUse.idempotency_key == key)
    if key and session.scalar(select(LessonUse.id).where(*mine)) is not None:
        return
    line = LessonUse(document_id=lesson.id, person_id=by.person, sort=told.sort, words=told.words)
    line.post_id, line.happened_on, line.idempotency_key = told.post, told.happened_on, key
    session.add(line)


class TooMany(Exception):
    """Somebody has begun more lessons than we keep."""


def keep(session: Session, key: str, fields: dict[str, Any], started: datetime | None, *, by: Viewer) -> bool:
    """Keep what somebody has typed so far. False when nothing was kept, because it was recorded meanwhile.

    Raises TooMany when they have begun too many.
    """
    there = session.get(LessonDraft, (by.person, key))
    # A copy sent just before the lesson was recorded may arrive just after it.
    if is_spent(session, key, by=by):
        return False
    if there is None:
        mine = select(func.count()).select_from(LessonDraft).where(LessonDraft.person_id == by.person)
        if (session.scalar(mine) or 0) >= MOST_DRAFTS:
            raise TooMany
        there = LessonDraft(key=key, person_id=by.person, started_at=started or db.now())
        session.add(there)
    there.fields, there.saved_at = fields, db.now()
    return True


def is_spent(session: Session, key: str, *, by: Viewer) -> bool:
    """Whether a form of this person with this key was saved before."""
    mine = (Revision.author_id == by.person, Revision.idempotency_key == key)
    return session.scalar(select(Revision.id).where(*mine)) is not None


def forget(session: Session, key: str, *, by: Viewer) -> None:
    """Throw away what was kept under this key, if it is theirs."""
    session.execute(delete(LessonDraft).where(LessonDraft.key == key, LessonDraft.person_id == by.person))


def forget_told(session: Session, text: PreparedText, *, by: Viewer) -> None:
    """Throw away what this person kept of the form under any key, where no word is lost: all of it is in this text."""
    told = {name: _plain(words) for name, words in story.take_apart(passages_shown.typed_source(text)).items()}
    told |= {"title": _plain(text.title)}
    for kept in session.scalars(select(LessonDraft).where(LessonDraft.person_id == by.person)):
        begun = {name: _plain(" ".join(kept.fields.get(name, ()))) for name in told}
        if begun["happened"] and all(told[name].startswith(words) for name, words in begun.items()):
            session.delete(kept)


def _plain(words: str) -> str:
    return " ".join(words.split())
