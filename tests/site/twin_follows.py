"""What follows from the lessons of the twin worlds: actions, steps, proposals and rechecks."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from guidelines.lessons.acting.models import LessonAction, LessonRecheck, LessonStep
from guidelines.loop import Proposal
from tests.people import World
from tests.site.canaries import CANARY, id_of, soon
from wiki import db
from wiki.documents.models import Document

# An action that everybody reads.
ASKED_OF_ALL = "Tell the posts early."


def from_the_held_lesson(session: Any, lesson: int, by: int) -> None:
    """Everything that can follow, with a unit, a guideline and keepers that everybody knows."""
    moment, here = db.now(), {"document_id": lesson}
    asked = {"what": _canary("actionwhat"), "answer": _canary("actionanswer"), "due_on": soon()}
    session.add(LessonAction(**here, **asked, body_id="digital", made_by_id=by))
    done = {"state": "done", "done_at": moment, "answered_at": moment, "evidence_words": _canary("actionproof")}
    session.add(LessonAction(**here, **done, what=_canary("actiondone"), body_id="consular", made_by_id=by))
    session.add(LessonStep(**here, step="identified", words=_canary("stepwords"), by_id=by))
    looked = {"due_at": moment, "told_at": moment, "answered_at": moment, "again": False}
    session.add(LessonRecheck(**here, **looked, turn=1, words=_canary("recheckwords")))
    rule = by_slug(session, "guideline", "posting-in-a-crisis")
    words = _canary("proposalwords")
    session.add(Proposal(lesson_id=lesson, document_id=rule, words=words, anchor="first-hour", by_id=by))


def from_the_open_lesson(world: World, *, held: bool) -> None:
    """An action that is done; what shows it is held back. A change that it proposes to what is hidden."""
    with world.app.app_context(), db.system_session(writing=True) as session:
        lesson, moment = by_slug(session, "lesson", "open-lesson"), db.now()
        proof = by_slug(session, "playbook", "held-playbook") if held else None
        done = {"state": "done", "done_at": moment, "answered_at": moment, "evidence_id": proof}
        words = {"what": ASKED_OF_ALL, "evidence_words": "Seen in the templates."}
        # Its address is known to the tests that visit every page, too.
        its = {"public_id": id_of(LessonAction, ASKED_OF_ALL), "document_id": lesson}
        session.add(LessonAction(**its, body_id="digital", **done, **words))
        if proof is not None:
            session.add(Proposal(lesson_id=lesson, document_id=proof, words=_canary("proposalopen")))


def by_slug(session: Any, kind: str, slug: str) -> int:
    """The id of what has this address."""
    found = session.scalar(select(Document.id).where(Document.kind == kind, Document.slug == slug))
    assert found is not None
    return int(found)


def _canary(name: str) -> str:
    return f"{CANARY}{name}"
