"""What a person does with a module: answer, take the check, say that it is done, offer to help. None of it commits."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from training.tracks import marking, modules_reading
from training.tracks.marking import Response
from training.tracks.models import Basis, Did, HelpOffer, LearningEvent, Question
from training.tracks.modules_reading import Standing
from wiki.access import policy
from wiki.access.policy import Action, Viewer
from wiki.documents.models import Document

# Of ten questions of the check eight have to be right.
ENOUGH = 0.8
MOST_QUESTIONS, MOST_CHOICES = 500, 50


class Unknown(LookupError):
    """The module never had a question of this id."""


class Gone(ValueError):
    """The question was taken out of the module, or cannot be answered for the time being."""


class Empty(ValueError):
    """Nothing was answered."""


class NoFigures(Empty):
    """A number was asked for, and what was written holds none."""


class Changed(ValueError):
    """The question is another one than the form was made for."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A form as it came in: the revision it was made for, its `turn`, and what was typed for each question."""

    revision: int
    turn: str
    typed: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of a check: which of `total` questions were right, which had changed, and whether it is enough."""

    right: frozenset[str]
    changed: frozenset[str]
    total: int
    passed: bool


def answer(session: Session, module: Document, key: str, sheet: Sheet, *, by: Viewer) -> bool:
    """Answer a question; says whether it was right. The same form sent twice counts once.

    When every question has been right once, the module is done. Raises Unknown, Gone, Changed, NoFigures or Empty.
    """
    policy.require(by, Action.TRAINING_LEARN, module.item)
    standing = _standing(session, module, by)
    if key not in standing.keys:
        raise Gone if key in _once_asked(session, module) else Unknown
    if key in _changed(session, module, sheet.revision, standing):
        raise Changed
    sorts = {one.key: one.sort for one in standing.asked}
    response = marking.response_of(sorts[key], standing.keys[key], sheet.typed.get(key, ()))
    if response is None:
        raise NoFigures if sorts[key] == "number" and "".join(sheet.typed.get(key, ())).strip() else Empty
    right = _note(session, module, standing, key, response, sheet.turn, by)
    if right and not standing.basis and all(one.is_done or one.key == key for one in standing.asked):
        _say(session, module, by, Did.DONE, Basis.ACTS)
    return right


def check(session: Session, module: Document, sheet: Sheet, *, by: Viewer) -> Checked:
    """Answer all questions at once. Each answer counts; when enough are right, the module is done. Raises Empty."""
    policy.require(by, Action.TRAINING_LEARN, module.item)
    standing = _standing(session, module, by)
    changed = _changed(session, module, sheet.revision, standing)
    given = {
        one.key: response
        for one in standing.asked
        if one.key not in changed
        and (response := marking.response_of(one.sort, standing.keys[one.key], sheet.typed.get(one.key, ())))
    }
    if not given:
        raise Empty
    right = frozenset(
        key for key, response in given.items() if _note(session, module, standing, key, response, sheet.turn, by)
    )
    passed = len(right) >= enough(len(standing.asked))
    if passed and not standing.basis:
        _say(session, module, by, Did.DONE, Basis.TESTED)
    return Checked(right, changed, len(standing.asked), passed)


def enough(total: int) -> int:
    """How many of `total` questions of a check have to be right."""
    return ceil(total * ENOUGH)


def declare(session: Session, module: Document, *, by: Viewer, done: bool) -> None:
    """Say that the module is done, or that it is not. Said twice, it counts once."""
    policy.require(by, Action.TRAINING_LEARN, module.item)
    if bool(_standing(session, module, by).basis) != done:
        _say(session, module, by, Did.DONE if done else Did.UNDONE, Basis.DECLARED if done else "")


def offer(session: Session, module: Document, words: str, *, by: Viewer) -> None:
    """Offer to help colleagues with a module, or say it in other words."""
    policy.require(by, Action.TRAINING_TEACH, module.item)
    mine = session.get(HelpOffer, (by.person, module.id))
    if mine is None:
        mine = HelpOffer(person_id=by.person, document_id=module.id)
        session.add(mine)
    mine.words = " ".join(words.split())[:240]
    session.flush()


def withdraw(session: Session, module: Document, *, by: Viewer) -> None:
    """Take the offer back; without one there is nothing to do."""
    policy.require(by, Action.TRAINING_LEARN, module.item)
    mine = session.get(HelpOffer, (by.person, module.id))
    if mine is not None:
        session.delete(mine)
        session.flush()


def shown_revision(module: Document) -> int:
    """The revision that readers get."""
    return module.published if module.published is not None else module.working


def _standing(session: Session, module: Document, by: Viewer) -> Standing:
    return modules_reading.stands(session, by, module.id, shown_revision(module), module.public_id)


def _once_asked(session: Session, module: Document) -> set[str]:
    keys = select(Question.key).where(Question.document_id == module.id, Question.revision <= shown_revision(module))
    return set(session.scalars(keys))


def _changed(session: Session, module: Document, revision: int, standing: Standing) -> frozenset[str]:
    """The questions that are others by now than in the revision a form was made for."""
    if revision == shown_revision(module):
        return frozenset()
    before = dict(
        session.execute(
            select(Question.key, Question.digest).where(
                Question.document_id == module.id,
                Question.revision == revision,
                Question.revision <= shown_revision(module),
            )
        ).all()
    )
    return frozenset(one.key for one in standing.asked if before.get(one.key) != one.digest)


def _note(
    session: Session, module: Document, standing: Standing, key: str, response: Response, turn: str, by: Viewer
) -> bool:
    """Write an answer down, unless this very form brought it before; says whether it is right."""
    one = next(one for one in standing.asked if one.key == key)
    right = marking.mark(one.sort, standing.keys[key], response).right
    # Another answer from the same form is one of its own: somebody changed their mind in another tab.
    form = hashlib.sha256(f"{module.public_id} {key} {turn} {response!r}".encode()).hexdigest()[:40]
    mine = (LearningEvent.person_id == by.person, LearningEvent.idempotency_key == form)
    if session.scalar(select(LearningEvent.id).where(*mine)) is None:
        data: dict[str, Any] = {"digest": one.digest, "response": response, "right": right}
        _say(session, module, by, Did.ANSWERED, key=key, data=data, form=form)
    return right


def _say(
    session: Session,
    module: Document,
    by: Viewer,
    did: Did,
    basis: str = "",
    *,
    key: str = "",
    data: dict[str, Any] | None = None,
    form: str | None = None,
) -> None:
    session.add(
        LearningEvent(
            person_id=by.person,
            document_id=module.id,
            revision=shown_revision(module),
            did=did,
            key=key,
            basis=basis,
            data=data or {},
            idempotency_key=form,
        )
    )
    session.flush()
