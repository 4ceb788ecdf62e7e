"""What a person does with a track: begin, pause, go on, leave, tick a step. Each verb asks the rules; none commits."""

from __future__ import annotations

import hashlib
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from training.tracks.models import Basis, Did, Enrolment, LearningEvent
from training.tracks.steps import Step, steps_of
from wiki.access import policy
from wiki.access.policy import Action, Viewer
from wiki.documents.models import Document
from wiki.people.viewer import today


class Refused(ValueError):
    """This cannot be done with the track as it is; the message is for the person who tried."""


def begin(session: Session, track: Document, *, by: Viewer) -> None:
    """Set out on a track, or set out again; somebody who is on it stays where they are."""
    policy.require(by, Action.TRAINING_LEARN, track.item)
    enrolment = _enrolment(session, track, by)
    if enrolment is not None and enrolment.ended_on is None:
        return
    if enrolment is None:
        enrolment = Enrolment(person_id=by.person, document_id=track.id)
        session.add(enrolment)
    enrolment.started_on, enrolment.paused_on, enrolment.ended_on = today(), None, None
    _say(session, track, by, Did.ENROLLED)


def pause(session: Session, track: Document, *, by: Viewer) -> None:
    """Stop the days from counting. Pausing twice is pausing once."""
    enrolment = _on(session, track, by)
    enrolment.paused_on = enrolment.paused_on or today()


def go_on(session: Session, track: Document, *, by: Viewer) -> None:
    """Let the days count on from where they stopped."""
    enrolment = _on(session, track, by)
    if enrolment.paused_on is not None:
        enrolment.started_on += today() - enrolment.paused_on
        enrolment.paused_on = None


def leave(session: Session, track: Document, *, by: Viewer) -> None:
    """Leave a track. What was done on it stays done."""
    policy.require(by, Action.TRAINING_LEARN, track.item)
    enrolment = _enrolment(session, track, by)
    if enrolment is not None and enrolment.ended_on is None:
        enrolment.ended_on, enrolment.paused_on = today(), None


def tick(session: Session, track: Document, key: str, *, by: Viewer, done: bool, turn: int | None = None) -> Step:
    """Say that a step is done, or that it is not. Raises Refused when there is no such step to tick.

    The same said twice, or by a form that was made for another `turn`, changes nothing.
    """
    _on(session, track, by)
    step = _step(session, track, key, by)
    if bool(step.basis) != done and turn in (None, step.turn):
        said = hashlib.sha256(f"{track.id} {key} {step.turn}".encode()).hexdigest()[:32]
        _say(session, track, by, Did.DONE if done else Did.UNDONE, key=key, said=said)
    return step


def _enrolment(session: Session, track: Document, by: Viewer) -> Enrolment | None:
    mine = (Enrolment.person_id == by.person, Enrolment.document_id == track.id)
    return session.scalar(select(Enrolment).where(*mine))


def _on(session: Session, track: Document, by: Viewer) -> Enrolment:
    policy.require(by, Action.TRAINING_LEARN, track.item)
    enrolment = _enrolment(session, track, by)
    if enrolment is None or enrolment.ended_on is not None:
        raise Refused(_l("You are not on this track yet. Begin it first; it takes one click."))
    return enrolment


def _step(session: Session, track: Document, key: str, by: Viewer) -> Step:
    steps = steps_of(session, by, {track.id: _read_by_all(track)}).get(track.id, ())
    step = next((step for step in steps if step.key == key), None)
    # Whether a module is done is said on its own page.
    if step is None or step.is_module:
        raise Refused(_l("The track was changed meanwhile, and this step with it. Look at it once more."))
    return step


def _read_by_all(track: Document) -> int:
    return track.published if track.published is not None else track.working


def _say(session: Session, track: Document, by: Viewer, did: Did, *, key: str = "", said: str | None = None) -> None:
    event: dict[str, Any] = {"basis": Basis.DECLARED if did is Did.DONE else "", "idempotency_key": said}
    session.add(
        LearningEvent(
            person_id=by.person, document_id=track.id, revision=_read_by_all(track), did=did, key=key, **event
        )
    )
    session.flush()
