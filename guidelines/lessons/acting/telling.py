"""Who is told what about actions, proposals and rechecks. The words are found when they are read, under the reader's
rights then; nobody is told of a lesson, or of a guideline beside it, that they may not read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Flask, url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session, aliased

from guidelines.lessons.acting.models import LessonAction, LessonRecheck
from guidelines.loop import Proposal
from wiki.access.policy import Role, Viewer, readable
from wiki.documents.models import Document, DocumentAuthor, DocumentLabel
from wiki.documents.visibility import visible_to
from wiki.notices.models import Notice
from wiki.notices.telling import Told, tell, words_for
from wiki.people.acting import acting_people, holders
from wiki.people.viewer import load_viewer

TASKS: dict[str, Any] = {
    "lesson:task": _l("A lesson asks your unit to act: %(what)s"),
    "lesson:task-above": _l("Nobody answered for thirty days, so this task from a lesson came to you: %(what)s"),
    "lesson:task-officers": _l(
        "Nobody answered in time, so this task from a lesson came to lessons officers: %(what)s"
    ),
    "lesson:task-accepted": _l("A task from a lesson was taken on: %(what)s"),
    "lesson:task-refused": _l("A unit says why it cannot take on a task from a lesson: %(what)s"),
    "lesson:task-done": _l("A task from a lesson is done: %(what)s"),
    "lesson:task-dropped": _l("A task from a lesson is no longer asked of you: %(what)s"),
}
PROPOSALS: dict[str, Any] = {
    "lesson:proposed": _l("A lesson proposes to change what you keep: %(what)s"),
    "lesson:proposal-declined": _l("A change that a lesson proposed is not taken up: %(what)s"),
    "lesson:proposal-settled": _l("A change that a lesson proposed holds now: %(what)s"),
}
RECHECKS: dict[str, Any] = {
    "lesson:recheck": _l("Time to look again: has it happened since? %(what)s"),
    "lesson:again": _l("It happened again, so there is more to do: %(what)s"),
    "lesson:confirmed": _l("It did not happen again. A lesson is confirmed: %(what)s"),
}


def init_app(app: Flask) -> None:
    """Say how each sort of notice is told."""
    words_for(app, *TASKS, subject=_l("A task from a lesson"), find=_of_tasks, page="/lesson-tasks")
    words_for(app, *PROPOSALS, subject=_l("A change that a lesson proposes"), find=_of_proposals)
    words_for(app, *RECHECKS, subject=_l("A lesson to look at again"), find=_of_rechecks)


def told_to(viewer: Viewer) -> ColumnElement[bool]:
    """The condition that a reader of the lesson is told of an action.

    One that came of a proposal, and was agreed by nobody here, is told to readers of the proposal's document alone.
    """
    target = aliased(Document)
    seen = select(Proposal.id).join(target, target.id == Proposal.document_id).where(visible_to(viewer, target))
    return or_(LessonAction.what != "", LessonAction.proposal_id.in_(seen))


def readers(session: Session, people: Iterable[int], *documents: int) -> set[int]:
    """Those of these people (database ids) who may read all of these documents today."""
    found = set(people)
    for document in documents:
        labels = set(session.scalars(select(DocumentLabel.label).where(DocumentLabel.document_id == document)))
        found = {person for person in found if may_read(session, person, labels)}
    return found


def may_read(session: Session, person: int, labels: set[str]) -> bool:
    """Whether somebody may read today what carries these labels."""
    viewer = load_viewer(session, person)
    return viewer is not None and readable(viewer.keys, labels)


def leads(session: Session, body: str | None) -> set[int]:
    """Those who act for a unit or post."""
    return acting_people(session, body) if body else set()


def officers(session: Session) -> set[int]:
    """The lessons officers of today."""
    return holders(session, Role.LESSONS_OFFICER)


def authors(session: Session, document: int) -> set[int]:
    """Those who wrote a document."""
    return set(session.scalars(select(DocumentAuthor.person_id).where(DocumentAuthor.document_id == document)))


def tell_readers(
    session: Session, people: Iterable[int], code: str, about: str, *documents: int, but: Viewer | None, once: str = ""
) -> None:
    """Tell those of these people who may read these documents, but for whoever did it."""
    told = readers(session, set(people) - ({but.person} if but else set()), *documents)
    tell(session, told, code, about=about, once=f"{code}:{about}:{once}")


def _of_tasks(session: Session, viewer: Viewer, notices: list[Notice]) -> dict[int, Told]:
    rows = session.execute(
        select(LessonAction.public_id, LessonAction.what, Document.slug)
        .join(Document, Document.id == LessonAction.document_id)
        .where(LessonAction.public_id.in_([notice.about for notice in notices]), visible_to(viewer))
        .where(told_to(viewer))
    )
    found = {about: (what, url_for("lesson.action", slug=slug, action=about)) for about, what, slug in rows}
    return _told(notices, TASKS, found)


def _of_proposals(session: Session, viewer: Viewer, notices: list[Notice]) -> dict[int, Told]:
    lesson, target = aliased(Document), aliased(Document)
    rows = session.execute(
        select(Proposal.public_id, target.title, lesson.slug)
        .join(lesson, lesson.id == Proposal.lesson_id)
        .join(target, target.id == Proposal.document_id)
        .where(Proposal.public_id.in_([notice.about for notice in notices]))
        .where(visible_to(viewer, lesson), visible_to(viewer, target))
    )
    found = {about: (title, url_for("lesson.proposal", slug=slug, proposal=about)) for about, title, slug in rows}
    return _told(notices, PROPOSALS, found)


def _of_rechecks(session: Session, viewer: Viewer, notices: list[Notice]) -> dict[int, Told]:
    rows = session.execute(
        select(LessonRecheck.public_id, Document.title, Document.slug)
        .join(Document, Document.id == LessonRecheck.document_id)
        .where(LessonRecheck.public_id.in_([notice.about for notice in notices]), visible_to(viewer))
    )
    found = {about: (title, url_for("lesson.recheck", slug=slug, recheck=about)) for about, title, slug in rows}
    return _told(notices, RECHECKS, found)


def _told(notices: list[Notice], words: dict[str, Any], found: dict[str, tuple[str, str]]) -> dict[int, Told]:
    known = ((notice, *found[notice.about]) for notice in notices if notice.about in found)
    return {notice.id: Told(str(words[notice.code]) % {"what": what}, url) for notice, what, url in known}
