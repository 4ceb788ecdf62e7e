"""What the page of a module shows to one reader: the questions as they stand with them, and who can help."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import g
from flask_babel import gettext as _
from sqlalchemy import Integer, bindparam, func, literal, select, union_all
from sqlalchemy.orm import Session

from training.tracks.marking import Mark, Response, mark
from training.tracks.models import Did, HelpOffer, LearningEvent, Question
from training.tracks.quizzes import BROKEN
from wiki import db
from wiki.access.policy import Action, Viewer
from wiki.documents import texts, views
from wiki.documents.shown import Around, Text
from wiki.people.models import Group, GroupType, Membership, Person
from wiki.people.viewer import in_force, today

_APART = "\x1e"


class Trouble(NamedTuple):
    """What came in the way of an answer just sent: it was `empty`, held no
    `figures`, or the question `changed`. `typed` is not lost."""

    key: str
    what: str
    typed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it stands with one reader. `turn` is the mark of the form for their next answer.

    `response` is their latest answer to the question as it is now, `said` what is told of it: the number of a choice
    with its explanation. `is_done` says that they had it right once, `is_changed` that they answered it in other words.
    """

    key: str
    sort: str
    digest: str
    turn: str
    is_done: bool = False
    is_changed: bool = False
    response: Response | None = None
    mark: Mark | None = None
    said: tuple[tuple[int, str], ...] = ()
    why: str = ""
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True)
class Helper:
    """Somebody who offers to help. `hour` is the time where they are, to the quarter of an hour."""

    public_id: str
    name: str
    post: str
    words: str
    hour: str


@dataclass(frozen=True, slots=True)
class Beside:
    """All that a module shows of its reader. `basis` is on what ground it is done, and empty while it is not."""

    revision: int
    asked: tuple[Asked, ...]
    basis: str
    turn: str
    may_learn: bool
    may_teach: bool
    helpers: tuple[Helper, ...]
    offered: str | None
    problems: tuple[tuple[int, str], ...] = ()

    @property
    def right(self) -> int:
        return sum(one.is_done for one in self.asked)


def beside(
    session: Session, viewer: Viewer, document: Any, text: Text, around: Around, allowed: frozenset[Any]
) -> Beside:
    """What is told beside the text (`Kind.beside`)."""
    standing = stands(session, viewer, document.id, text.number, document.public_id)
    helpers = _helpers(session, document.id)
    mine = next((one.words for one in helpers if one.public_id == viewer.public_id), None)
    return Beside(
        revision=text.number,
        asked=_worded(viewer, standing.asked, f"/training/modules/{document.slug}"),
        basis=standing.basis,
        turn=standing.turn,
        may_learn=Action.TRAINING_LEARN in allowed,
        may_teach=Action.TRAINING_TEACH in allowed,
        helpers=helpers,
        offered=mine,
        problems=standing.problems if Action.KEYS_READ in allowed else (),
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """The questions of a revision and what one person did with them. `keys` hold what must not reach a reader."""

    asked: tuple[Asked, ...]
    keys: Mapping[str, Mapping[str, Any]]
    basis: str
    turn: str
    problems: tuple[tuple[int, str], ...]


def stands(session: Session, viewer: Viewer, document: int, revision: int, public_id: str) -> Standing:
    """How a person stands with a revision of a module, in one statement. It was found under their rights."""
    values = {"document": document, "revision": revision, "person": viewer.person}
    rows = [tuple(row) for row in session.execute(_STANDING, values)]
    events = sorted((row for row in rows if row[0] != "question"), key=lambda row: int(row[1]))
    questions = sorted((row for row in rows if row[0] == "question"), key=lambda row: int(row[1]))
    answers, basis = _since_undone(events)
    last = {row[2]: row[4] for row in events}
    asked = tuple(
        _asked(row, answers.get(row[2], ()), _turn(public_id, row[2], last.get(row[2])))
        for row in questions
        if row[3] != BROKEN
    )
    wrong = tuple(
        (line, _(message)) for row in questions if row[3] == BROKEN for line, message in row[5].get("problems", ())
    )
    keys = {row[2]: row[5] for row in questions if row[3] != BROKEN}
    return Standing(asked, keys, basis, _turn(public_id, "", *(row[4] for row in events[-1:])), wrong)


def _standing() -> Any:
    question, event = Question.__table__.c, LearningEvent.__table__.c
    asked = select(
        literal("question").label("what"),
        question.position,
        question.key,
        question.sort,
        question.digest,
        question.secret,
    ).where(
        question.document_id == bindparam("document", type_=Integer),
        question.revision == bindparam("revision", type_=Integer),
    )
    done = select(event.did, event.id, event.key, event.basis, event.idempotency_key, event.data).where(
        event.document_id == bindparam("document", type_=Integer),
        event.person_id == bindparam("person", type_=Integer),
    )
    return union_all(asked, done)


_STANDING = _standing()


def _since_undone(events: Iterable[tuple[Any, ...]]) -> tuple[dict[str, tuple[dict[str, Any], ...]], str]:
    """The answers to each question since the person last began anew, and the ground on which the module is done."""
    answers: dict[str, tuple[dict[str, Any], ...]] = {}
    basis = ""
    for did, _id, key, ground, _form, data in events:
        if did == Did.ANSWERED:
            answers[key] = (*answers.get(key, ()), data)
        elif did == Did.DONE and not key:
            basis = ground
        elif did == Did.UNDONE and not key:
            answers, basis = {}, ""
    return answers, basis


def _turn(public_id: str, key: str, last: str | None = None) -> str:
    """A mark for the next form: the same until it was used, so that the same form sent twice counts once."""
    return hashlib.sha256(f"{public_id} {key} {last}".encode()).hexdigest()[:20]


def _asked(row: tuple[Any, ...], answers: tuple[dict[str, Any], ...], turn: str) -> Asked:
    _what, _position, key, sort, digest, secret = row
    trouble: Trouble | None = g.get("quiz_trouble")
    one = Asked(key, sort, digest, turn, is_done=any(answer["right"] for answer in answers))
    if trouble is not None and trouble.key == key:
        return replace(one, trouble=trouble)
    if not answers:
        return one
    if answers[-1]["digest"] != digest:
        return replace(one, is_changed=True)
    given = answers[-1]["response"]
    response: Response = given if isinstance(given, str) else tuple(given)
    found = mark(sort, secret, response)
    return replace(one, response=response, mark=found, said=_said(secret, response, found), why=secret["why"])


def _said(secret: Mapping[str, Any], response: Response, found: Mark) -> tuple[tuple[int, str], ...]:
    """Explanations of what was chosen; once it is right, of everything."""
    if isinstance(response, str):
        return ()
    every = enumerate(secret["explanations"])
    return tuple((number, html) for number, html in every if found.right or number in response)


def _worded(viewer: Viewer, asked: tuple[Asked, ...], address: str) -> tuple[Asked, ...]:
    """Explanations with their links as they are for this reader: one more statement, if there are any links."""
    words = [html for one in asked for html in (*(html for _number, html in one.said), one.why)]
    if not any(words):
        return asked
    filled = iter(views.filled(viewer, texts.with_files(_APART.join(words), address)).split(_APART))
    return tuple(
        replace(one, said=tuple((number, next(filled)) for number, _html in one.said), why=next(filled))
        for one in asked
    )


def _helpers(session: Session, document: int) -> tuple[Helper, ...]:
    post = (
        select(func.min(Group.name))
        .join(Membership, Membership.group_id == Group.id)
        .where(
            Membership.person_id == Person.id,
            Group.type == GroupType.POST,
            ~Group.is_hidden,
            in_force(Membership.starts_on, Membership.ends_on, today()),
        )
        .scalar_subquery()
    )
    rows = session.execute(
        select(Person.public_id, Person.name, post, HelpOffer.words, Person.timezone)
        .join(HelpOffer, HelpOffer.person_id == Person.id)
        .where(HelpOffer.document_id == document, Person.is_active, Person.is_staff)
        .order_by(HelpOffer.since, Person.id)
    )
    return tuple(Helper(who, name, place or "", words, _hour(zone)) for who, name, place, words, zone in rows)


def _hour(zone: str) -> str:
    try:
        there: datetime = db.now().astimezone(ZoneInfo(zone))
    except (ZoneInfoNotFoundError, ValueError):
        return ""
    quarter = there + timedelta(minutes=7)
    return f"{quarter:%H}:{quarter.minute // 15 * 15:02}"
