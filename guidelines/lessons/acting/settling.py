"""Proposals: a lesson asks that a guideline or playbook says something else, and what becomes of that."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from guidelines.lessons.acting import tasks, telling
from guidelines.lessons.acting.models import LessonAction, TaskState
from guidelines.lessons.models import Lesson, LessonStatus
from guidelines.lessons.operations import Refused
from guidelines.loop import Outcome, Proposal
from wiki import db
from wiki.access import audit, policy
from wiki.access.policy import LIVE, Action, Viewer
from wiki.documents.models import Document

KINDS = ("guideline", "playbook")
# A lesson in one of these states asks for nothing.
_ENDED = (LessonStatus.DRAFT, LessonStatus.MERGED, LessonStatus.DECLINED, LessonStatus.OBSOLETE)


@dataclass(frozen=True, slots=True)
class Wish:
    """What should change: a guideline or playbook, the section or step, and how. `action` is what that carries out."""

    document: Document | None
    anchor: str
    words: str
    action: str = ""


def propose(session: Session, lesson: Lesson, wish: Wish, *, by: Viewer) -> Proposal:
    """Ask those who keep a guideline or playbook to change it. Raises Refused. Said twice, it is one proposal."""
    policy.require(by, Action.LESSON_USE, lesson.item)
    if lesson.status in _ENDED:
        raise Refused(_l("This lesson is closed, so it asks for no change any more."), "words")
    document, words = wish.document, " ".join(wish.words.split())
    if document is None or document.kind not in KINDS or document.status not in LIVE:
        raise Refused(_l("Choose a guideline or playbook that you can read and that is published."), "target")
    if not words:
        raise Refused(_l("Say in a sentence or two what it should say instead."), "words")
    same = (Proposal.lesson_id == lesson.id, Proposal.document_id == document.id, Proposal.outcome == Outcome.OPEN)
    there = session.scalar(select(Proposal).where(*same, Proposal.anchor == wish.anchor, Proposal.words == words))
    if there is not None:
        return there
    told = telling.readers(session, keepers(session, document), lesson.id, document.id)
    if not told:
        said = _l("Nobody who keeps it can read this lesson. Ask those who keep the lesson to share it first.")
        raise Refused(said, "target")
    proposal = Proposal(lesson_id=lesson.id, document_id=document.id, anchor=wish.anchor, words=words, by_id=by.person)
    session.add(proposal)
    session.flush()
    _join(session, lesson, proposal, wish.action)
    telling.tell_readers(session, told, "lesson:proposed", proposal.public_id, lesson.id, document.id, but=by)
    return proposal


def _join(session: Session, lesson: Lesson, proposal: Proposal, public_id: str) -> None:
    """The action that this carries out: the one chosen."""
    for action in tasks.of(session, lesson, *tasks.OPEN):
        if action.public_id == public_id:
            action.proposal_id = proposal.id


def keepers(session: Session, document: Document) -> set[int]:
    """Those who answer for a guideline or playbook: who acts for its unit, and who wrote it."""
    return telling.leads(session, document.owner_id) | telling.authors(session, document.id)


def take(session: Session, proposal: Proposal, document: Document, *, by: Viewer) -> None:
    """A keeper changed a playbook as it was proposed. A guideline takes things up with a version. Raises Refused."""
    _require_open(proposal, document, by)
    if document.kind == "guideline":
        raise Refused(_l("A guideline changes with a version. Tick this when you ask for the next one."))
    proposal.outcome = Outcome.TAKEN
    _settle(session, proposal, document, tasks.version_of(document), by)


def decline(session: Session, proposal: Proposal, document: Document, why: str, *, by: Viewer) -> None:
    """A keeper says why it is not taken up. Raises Refused."""
    _require_open(proposal, document, by)
    why = " ".join(why.split())
    if not why:
        raise Refused(_l("Say in a sentence why, so that nobody has to ask again."), "words")
    proposal.outcome, proposal.settled_at, proposal.settled_words = Outcome.DECLINED, db.now(), why
    _tell(session, proposal, "lesson:proposal-declined", by)
    audit.record(session, "lesson:proposal-declined", by=by.person, about=document.public_id, owner=document.owner_id)


def _require_open(proposal: Proposal, document: Document, by: Viewer) -> None:
    policy.require(by, Action.DOCUMENT_SHARE, document.item)
    if proposal.settled_at is not None:
        raise Refused(_l("This was settled already. Load the page again to see how."), "words")


def heed(session: Session, guideline: Document, version: str, by: Viewer | None) -> None:
    """A version came in force: what it took up holds now, and the actions for it are done."""
    taken = (Proposal.document_id == guideline.id, Proposal.outcome == Outcome.TAKEN)
    this_one = or_(Proposal.settled_at.is_(None), Proposal.settled_words == version)
    carried_out = exists().where(LessonAction.proposal_id == Proposal.id, LessonAction.state == TaskState.DONE)
    found = select(Proposal).where(*taken, this_one, ~carried_out).order_by(Proposal.id)
    for proposal in session.scalars(found.with_for_update(of=Proposal)).all():
        _settle(session, proposal, guideline, version, by)


def _settle(session: Session, proposal: Proposal, document: Document, version: str, by: Viewer | None) -> None:
    # Whoever puts a version in force need not be able to read the lesson: only rows beside it are touched.
    proposal.settled_at, proposal.settled_words = proposal.settled_at or db.now(), version
    joined = (LessonAction.proposal_id == proposal.id, LessonAction.state.in_(tasks.OPEN))
    action = session.scalars(select(LessonAction).where(*joined)).first()
    if action is None:
        # It has no words of its own: those of the proposal are for people who may read both (`shown.acts`).
        action = LessonAction(document_id=proposal.lesson_id, what="", body_id=document.owner_id)
        action.made_by_id, action.proposal_id, action.state = proposal.by_id, proposal.id, TaskState.ASKED
        session.add(action)
    action.evidence_id, action.evidence_version = document.id, version[:20]
    tasks.close(action, by=by)
    session.flush()
    _tell(session, proposal, "lesson:proposal-settled", by)


def _tell(session: Session, proposal: Proposal, code: str, by: Viewer | None) -> None:
    """Whoever proposed it, the author of the lesson and the lessons officers hear of it."""
    told = telling.officers(session) | telling.authors(session, proposal.lesson_id)
    told |= {proposal.by_id} if proposal.by_id else set()
    about = (proposal.lesson_id, proposal.document_id)
    telling.tell_readers(session, told, code, proposal.public_id, *about, but=by)


def outcome_words(proposal: Proposal) -> str:
    """What became of a proposal, in words."""
    if proposal.outcome == Outcome.DECLINED:
        return _("Not taken up: %(why)s", why=proposal.settled_words)
    if proposal.outcome == Outcome.OPEN:
        return _("Waits for those who keep it.")
    if proposal.settled_at is None:
        return _("Taken up. It holds with the next version.")
    return _("Taken up in version %(version)s.", version=proposal.settled_words)
