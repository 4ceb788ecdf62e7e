"""The third time something is held back, and each one after that: a steward agrees or does not (03-sharing 3.3)."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from wiki import db
from wiki.access import policy
from wiki.access.policy import Action, Decision, NotAllowed, Role, Viewer
from wiki.documents import holds
from wiki.documents.models import Document, Passage
from wiki.holding import ends
from wiki.holding.ends import Held, NothingToDo
from wiki.holding.models import REVIEW, StewardQuestion
from wiki.notices.telling import tell
from wiki.people.acting import holders

_OPEN = (StewardQuestion.answered_at.is_(None), StewardQuestion.sort == "renewal")
# A steward answers for what they need not be able to read: what they were asked names it, and nothing else is told.
_PAST_THE_KEYS = {"filtered_for_the_viewer": True}


def ask(session: Session, held: Held, until: date, words: str, *, by: Viewer) -> StewardQuestion:
    """Ask the stewards to let something be held back until this day. A question that is open already is put anew."""
    ends.require(by, Action.HOLD_RENEW, held)
    if not ends.is_held(held):
        raise NothingToDo
    asked = open_question(session, held.public_id)
    if asked is None:
        asked = StewardQuestion(target=held.public_id, document_id=ends.document_of(held).id)
        session.add(asked)
    asked.until, asked.words, asked.asked_by_id, asked.asked_at = until, words, by.person, db.now()
    session.flush()
    ends.note(session, "hold:renewal-asked", held, by=by, until=until.isoformat())
    tell(session, holders(session, Role.STEWARD) - {by.person}, "hold:renewal-asked", about=asked.public_id)
    return asked


def open_question(session: Session, target: str) -> StewardQuestion | None:
    """What the stewards were asked about this and have not answered."""
    return session.scalar(select(StewardQuestion).where(StewardQuestion.target == target, *_OPEN))


def last_answer(session: Session, target: str) -> StewardQuestion | None:
    """The newest answer of a steward about this, to whoever asked."""
    answered = (
        StewardQuestion.target == target,
        StewardQuestion.answered_by_id.is_not(None),
        StewardQuestion.sort != REVIEW,
    )
    newest = (StewardQuestion.answered_at.desc(), StewardQuestion.id.desc())
    return session.scalar(select(StewardQuestion).where(*answered).order_by(*newest).limit(1))


def question(session: Session, public_id: str) -> StewardQuestion | None:
    """An open question of this public id."""
    return session.scalar(select(StewardQuestion).where(StewardQuestion.public_id == public_id, *_OPEN))


def was_answered(session: Session, public_id: str) -> bool:
    """Whether a question of this public id was answered."""
    answered = (StewardQuestion.public_id == public_id, StewardQuestion.answered_at.is_not(None))
    return session.scalar(select(StewardQuestion.id).where(*answered)) is not None


def subject(session: Session, asked: StewardQuestion) -> Held | None:
    """What it is about. The caller shows nothing of it but what was released."""
    passages = select(Passage).where(Passage.public_id == asked.target).execution_options(**_PAST_THE_KEYS)
    found: Held | None = session.scalar(passages)
    if found is None:
        documents = select(Document).where(Document.id == asked.document_id, Document.public_id == asked.target)
        found = session.scalar(documents.execution_options(**_PAST_THE_KEYS))
    return found


def may_answer(viewer: Viewer, asked: StewardQuestion) -> Decision:
    """Whether this steward is a second person: not the one who asked."""
    found = policy.may(viewer, Action.DOCUMENT_HIDE_APPROVE)
    return Decision(False, "asked-yourself") if found and asked.asked_by_id == viewer.person else found


def answer(session: Session, asked: StewardQuestion, *, allowed: bool, words: str, by: Viewer) -> None:
    """Agree, and it is held back until the day that was asked for; or do not, and say why."""
    held = subject(session, asked)
    if asked.answered_at is not None or held is None or not ends.is_held(held):
        raise NothingToDo
    if not (found := may_answer(by, asked)):
        raise NotAllowed(found)
    if allowed and holds.problems_of_end(held.reason, asked.until):
        raise NothingToDo
    asked.answered_at, asked.answered_by_id, asked.allowed, asked.answer = db.now(), by.person, allowed, words
    session.flush()
    what = "hold:renewal-allowed" if allowed else "hold:renewal-refused"
    ends.note(session, what, held, by=by, until=asked.until.isoformat())
    if allowed:
        before = held.hidden_asked_at if isinstance(held, Document) else None
        ends.renew(session, held, asked.until, by=None)
        if isinstance(held, Document) and held.hidden_asked_at != before:
            # Hiding it longer was asked by whoever asked for the time: somebody else has to agree.
            held.hidden_asked_by_id = asked.asked_by_id
    tell(session, ends.keepers(session, held), what, about=held.public_id, once=f"{what}:{asked.public_id}")
