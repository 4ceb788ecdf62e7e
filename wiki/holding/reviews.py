"""What its keepers did not look at for a month after its end: a steward holds it back anew, or lets it open (3.7).

A steward need not be able to read it, so nothing is shown of it but what everybody finds, or what was released. What a
steward lets open opens a week later: its keepers are told, and can stop that as they can stop every opening.
"""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from wiki import db
from wiki.access import policy
from wiki.access.policy import Action, Decision, NotAllowed, Viewer
from wiki.documents import holds, operations
from wiki.documents.models import Document, Passage
from wiki.holding import ends, ends_lists
from wiki.holding.ends import Held, NothingToDo
from wiki.holding.models import REVIEW, StewardQuestion
from wiki.people.viewer import today

_PAST_THE_KEYS = {"filtered_for_the_viewer": True}


def find(session: Session, target: str) -> Held | None:
    """What waits for a steward under this public id. The caller shows nothing of it but what was released."""
    documents = select(Document).where(Document.public_id == target, *ends_lists.overdue_documents())
    found: Held | None = session.scalar(documents.execution_options(**_PAST_THE_KEYS))
    if found is None:
        passages = select(Passage).join(Document, Document.id == Passage.document_id)
        passages = passages.where(Passage.public_id == target, *ends_lists.overdue_passages())
        found = session.scalar(passages.execution_options(**_PAST_THE_KEYS))
    return found


def was_answered(session: Session, target: str) -> bool:
    """Whether a steward said something about this."""
    answered = (StewardQuestion.target == target, StewardQuestion.sort == REVIEW)
    return session.scalar(select(StewardQuestion.id).where(*answered).limit(1)) is not None


def may_answer(viewer: Viewer, held: Held) -> Decision:
    """Whether this steward is a second person: whoever keeps it answers as its keepers do, with their bounds."""
    found = policy.may(viewer, Action.DOCUMENT_HIDE_APPROVE)
    document = ends.document_of(held)
    keeps = document.owner_id in viewer.leads or any(author.id == viewer.person for author in document.authors)
    wrapped = isinstance(held, Passage) and held.created_by_id == viewer.person
    return Decision(False, "keeps-it") if found and (keeps or wrapped) else found


def hold_longer(session: Session, held: Held, until: date, *, by: Viewer) -> None:
    """Hold it back until this day. The caller has asked `holds.problems_of_end`."""
    _require(held, by)
    _note_answer(session, held, until, by, allowed=False)
    before = held.hidden_asked_at if isinstance(held, Document) else None
    ends.renew(session, held, until, by=None)
    if isinstance(held, Document) and held.hidden_asked_at != before:
        # Hiding it longer needs somebody else than whoever gave the time.
        held.hidden_asked_by_id = by.person
    ends.tell_keepers(session, held, "hold:reviewed", once=f"{db.now():%F %T}")


def let_open(session: Session, held: Held, *, by: Viewer) -> None:
    """Let it open in a week, whatever its reason is, unless its keepers stop it."""
    _require(held, by)
    until = today() + timedelta(days=holds.ANNOUNCED)
    _note_answer(session, held, until, by, allowed=True)
    held.held_until, held.reminded, held.review_since, held.stopped_because = until, holds.ANNOUNCED, None, ""
    session.flush()
    if isinstance(held, Document):
        operations.relabel(session, held)
    ends.tell_keepers(session, held, "hold:opens", once=str(holds.ANNOUNCED))


def _require(held: Held, by: Viewer) -> None:
    if held.review_since is None or not ends.is_held(held):
        raise NothingToDo
    if not (found := may_answer(by, held)):
        raise NotAllowed(found)


def _note_answer(session: Session, held: Held, until: date, by: Viewer, *, allowed: bool) -> None:
    """Keep what a steward said, and until when; `allowed`: that it opens then."""
    answer = StewardQuestion(sort=REVIEW, target=held.public_id, document_id=ends.document_of(held).id, until=until)
    answer.asked_at, answer.answered_at = held.review_since or db.now(), db.now()
    answer.answered_by_id, answer.allowed = by.person, allowed
    session.add(answer)
    session.flush()
    if allowed:
        ends.note(session, "hold:review-opens", held, by=by, until=until.isoformat())
    else:
        ends.note(session, "hold:review-renewed", held, by=by, until=until.isoformat())
