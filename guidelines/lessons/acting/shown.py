"""What a page shows of what follows from a lesson, in few statements, each under the reader's rights."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import and_, select
from sqlalchemy.orm import Session, aliased

from guidelines.lessons.acting import life, settling, tasks, telling
from guidelines.lessons.acting.models import LessonAction, LessonRecheck, LessonStep, TaskState
from guidelines.lessons.models import LessonStatus
from guidelines.loop import Proposal
from wiki import kinds
from wiki.access.policy import Role, Viewer
from wiki.documents import passages_shown, reading, shown as pages
from wiki.documents.models import Document
from wiki.documents.reading import Entry
from wiki.documents.visibility import visible_to
from wiki.people.models import Group


class Act(NamedTuple):
    """An action as a reader gets it. `evidence` and its address are empty where they may not read that document."""

    public_id: str
    what: str
    body: str
    due_on: date | None
    state: str
    stage: str
    answer: str
    made_at: datetime
    answered_at: datetime | None
    done_at: datetime | None
    evidence: str
    evidence_url: str
    evidence_version: str
    evidence_words: str
    is_mine: bool
    lesson: str = ""
    lesson_slug: str = ""

    @property
    def is_open(self) -> bool:
        return self.state in tasks.OPEN


class Wish(NamedTuple):
    """A proposal as a reader of both documents gets it."""

    public_id: str
    title: str
    url: str
    anchor: str
    words: str
    at: datetime
    outcome: str
    settled_at: datetime | None
    told: str
    lesson: str = ""
    lesson_slug: str = ""


class Follows(NamedTuple):
    """What follows from a lesson: actions, proposals, the recheck that waits, and the lesson that took its place."""

    actions: tuple[Act, ...] = ()
    wishes: tuple[Wish, ...] = ()
    recheck: tuple[str, datetime] | None = None
    other: Entry | None = None
    why: str = ""


_PLACE_TAKEN = (LessonStatus.MERGED, LessonStatus.DECLINED, LessonStatus.OBSOLETE)
_WITH_REASON = (LessonStatus.DECLINED, LessonStatus.OBSOLETE, LessonStatus.SHARED_ONLY)


def follows(session: Session, viewer: Viewer, lesson: Any) -> Follows:
    """All of it for the page of a lesson that this viewer may read."""
    if lesson.status == LessonStatus.DRAFT:
        return Follows()
    return Follows(
        actions=acts(session, viewer, LessonAction.document_id == lesson.id),
        wishes=wishes(session, viewer, Proposal.lesson_id == lesson.id),
        recheck=_recheck(session, lesson) if lesson.status == LessonStatus.LEARNED else None,
        other=other(session, viewer, lesson.successor_id) if lesson.status in _PLACE_TAKEN else None,
        why=why(session, lesson) if lesson.status in _WITH_REASON else "",
    )


def acts(session: Session, viewer: Viewer, *conditions: Any, limit: int = 100, newest: bool = False) -> tuple[Act, ...]:
    """Actions of lessons this viewer may read; those that came of a proposal only where they read its document, too."""
    proof = aliased(Document)
    statement = (
        select(LessonAction, reading.name_for(viewer), proof.title, proof.kind, proof.slug)
        .add_columns(Proposal.words, Document.title, Document.slug)
        .join(Document, Document.id == LessonAction.document_id)
        .outerjoin(Proposal, Proposal.id == LessonAction.proposal_id)
        .outerjoin(Group, Group.id == LessonAction.body_id)
        .outerjoin(proof, and_(proof.id == LessonAction.evidence_id, visible_to(viewer, proof)))
        .where(visible_to(viewer), telling.told_to(viewer), LessonAction.state != TaskState.DROPPED, *conditions)
        .order_by(LessonAction.id.desc() if newest else LessonAction.id)
        .limit(limit)
    )
    return tuple(_act(viewer, *row) for row in session.execute(statement))


def _act(
    viewer: Viewer, one: LessonAction, body: str, title: Any, kind: Any, slug: Any, wish: str | None, *lesson: str
) -> Act:
    return Act(
        one.public_id, one.what or wish or "", body, one.due_on, one.state, one.stage, one.answer, one.made_at,
        one.answered_at, one.done_at, title or "", f"{kinds.kind(kind).prefix}/{slug}" if title else "",
        one.evidence_version, one.evidence_words, tasks.may_answer(viewer, one), *lesson,
    )  # fmt: skip


def wishes(session: Session, viewer: Viewer, *conditions: Any) -> tuple[Wish, ...]:
    """Proposals whose lesson and guideline or playbook this viewer may both read."""
    lesson, target = aliased(Document), aliased(Document)
    statement = (
        select(Proposal, target.title, target.kind, target.slug, lesson.title, lesson.slug)
        .join(target, target.id == Proposal.document_id)
        .join(lesson, lesson.id == Proposal.lesson_id)
        .where(visible_to(viewer, target), visible_to(viewer, lesson), *conditions)
        .order_by(Proposal.id)
        .limit(100)
    )
    return tuple(_wish(*row) for row in session.execute(statement))


def _wish(one: Proposal, title: str, kind: str, slug: str, lesson: str, lesson_slug: str) -> Wish:
    # Without its section: its anchor tells a heading, which may be held back by now (`sections_of`).
    url = f"{kinds.kind(kind).prefix}/{slug}"
    told = settling.outcome_words(one)
    return Wish(one.public_id, title, url, one.anchor, one.words, one.at, one.outcome, one.settled_at, told, lesson,
                lesson_slug)  # fmt: skip


def sections_of(session: Session, viewer: Viewer, document: Any) -> dict[str, str]:
    """The contents that this viewer gets of a document now: titles by anchor."""
    kind = kinds.kind(document.kind)
    found = pages.find(session, viewer, kind, document.slug)
    if found is None:
        return {}
    page, text = found
    text, _held = passages_shown.of_page(session, viewer, page.id, text, f"{kind.prefix}/{page.slug}")
    return {heading.anchor: heading.title for heading in text.toc}


def _recheck(session: Session, lesson: Any) -> tuple[str, datetime] | None:
    waits = (LessonRecheck.document_id == lesson.id, LessonRecheck.answered_at.is_(None))
    found = select(LessonRecheck.public_id, LessonRecheck.due_at).where(*waits).order_by(LessonRecheck.turn)
    row = session.execute(found.limit(1)).first()
    return (row[0], row[1]) if row else None


def other(session: Session, viewer: Viewer, number: int | None) -> Entry | None:
    """The lesson of this number, if the viewer may read it."""
    found = reading.entries(session, viewer, Document.id == number, limit=1) if number else []
    return found[0] if found else None


def why(session: Session, lesson: Any) -> str:
    """The words with which a lesson came into the state it is in."""
    steps = (lesson.status, f"{lesson.status}-on")
    mine = (LessonStep.document_id == lesson.id, LessonStep.words != "", LessonStep.step.in_(steps))
    return session.scalar(select(LessonStep.words).where(*mine).order_by(LessonStep.id.desc()).limit(1)) or ""


def has_waiting(viewer: Viewer) -> bool:
    """Whether tasks may wait for this person at all."""
    return bool(viewer.leads) or viewer.has(Role.LESSONS_OFFICER)


# The addresses of the steps that a lessons officer can take, by the state they lead to.
_WAYS = (
    ("validate", LessonStatus.IDENTIFIED),
    ("learn", LessonStatus.LEARNED),
    ("merge", LessonStatus.MERGED),
    ("share_only", LessonStatus.SHARED_ONLY),
    ("decline", LessonStatus.DECLINED),
    ("retire", LessonStatus.OBSOLETE),
    ("reopen", LessonStatus.OBSERVED),
)


def ways(lesson: Any) -> tuple[str, ...]:
    """The steps that fit the state of a lesson, as endpoints, for whoever may take them."""
    found = [endpoint for endpoint, to in _WAYS if life.fits(lesson, to)]
    if lesson.status == LessonStatus.IDENTIFIED:
        found.insert(1, "take_up")
    return (*found, "add_action") if lesson.status in tasks.ASKING else tuple(found)
