"""Merging: one lesson goes into another one, with all that was said of it, and nobody reads more than before."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from guidelines.lessons.acting import life, telling
from guidelines.lessons.acting.models import LessonAction
from guidelines.lessons.models import Lesson, LessonStatus, LessonUse
from guidelines.lessons.operations import Refused
from guidelines.loop import Proposal
from wiki.access import policy
from wiki.access.models import AccessGrant
from wiki.access.policy import LIVE, SERVICE, Action, Viewer
from wiki.people.models import Membership, Person


def merge(session: Session, lesson: Lesson, into: Lesson | None, *, by: Viewer) -> None:
    """Let a lesson go into another one. Raises Refused; nothing was changed then."""
    policy.require(by, Action.LESSON_VALIDATE, lesson.item)
    life.require_fit(lesson, LessonStatus.MERGED, "into")
    if into is None:
        raise Refused(_l("Choose the lesson it goes into: one that you can read."), "into")
    policy.require(by, Action.LESSON_VALIDATE, into.item)
    if into.id == lesson.id:
        raise Refused(_l("A lesson cannot go into itself. Choose another one."), "into")
    if into.status not in LIVE or into.status in (LessonStatus.MERGED, LessonStatus.OBSOLETE, LessonStatus.DECLINED):
        raise Refused(_l("That lesson does not stand on its own any more. Choose one that does."), "into")
    if reads_more(session, into, lesson):
        words = _l(
            "More people can read that lesson than the keepers of this one allowed. Merge that one into this one, or"
            " ask the keepers of this one to share it with the same people first."
        )
        raise Refused(words, "into")
    _move(session, lesson, into)
    session.add(_as_occurrence(lesson, into, by))
    life.forget_rechecks(session, lesson)
    lesson.successor_id = into.id
    life.enter(session, lesson, LessonStatus.MERGED, by=by, other=into.id)


def reads_more(session: Session, wide: Lesson, narrow: Lesson) -> bool:
    """Whether anybody may read the first lesson who may not read the second; in doubt they may."""
    allowed = {row.label for row in narrow.labels}
    beyond = {row.label for row in wide.labels} - allowed - {f"doc:{wide.public_id}"}
    if any(not _within(session, label, allowed) for label in beyond):
        return True
    given = (AccessGrant.document == wide.public_id, AccessGrant.withdrawn_at.is_(None))
    guests = set(session.scalars(select(AccessGrant.person_id).where(*given)))
    return guests != telling.readers(session, guests, narrow.id)


def _within(session: Session, label: str, allowed: set[str]) -> bool:
    """Whether all whom a label lets in are let in by others already."""
    kind, _, name = label.partition(":")
    if kind == "lead" and f"group:{name}" in allowed:
        return True
    if kind in ("group", "lead"):
        # The whole service reads it anyway; guests do not.
        member = select(Membership.id).join(Person, Person.id == Membership.person_id)
        guests = session.scalar(member.where(Membership.group_id == name, ~Person.is_staff).limit(1))
        return SERVICE in allowed and guests is None
    if kind == "person":
        found = session.scalar(select(Person.id).where(Person.public_id == name, Person.is_active))
        return found is None or telling.may_read(session, found, allowed)
    return False


def _move(session: Session, lesson: Lesson, into: Lesson) -> None:
    """Uses, occurrences, actions and proposals follow; links do by themselves, because its page leads on."""
    for table, column in (
        (LessonUse, LessonUse.document_id),
        (LessonAction, LessonAction.document_id),
        (Proposal, Proposal.lesson_id),
    ):
        values = {column.key: into.id}
        moved = update(table).where(column == lesson.id).values(values)
        session.execute(moved.execution_options(synchronize_session=False))


def _as_occurrence(lesson: Lesson, into: Lesson, by: Viewer) -> LessonUse:
    """What the one told is one more occurrence of the other."""
    who = lesson.created_by_id or by.person
    told = {"post_id": lesson.owner_id, "happened_on": lesson.happened_on, "at": lesson.created_at}
    return LessonUse(document_id=into.id, person_id=who, sort="occurred", words="", **told)
