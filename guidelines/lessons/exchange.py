"""Lessons that come from files: their own columns, and the state that the file tells."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from guidelines.lessons.acting import life
from guidelines.lessons.acting.told import actions_in, add_actions
from guidelines.lessons.models import Attribution, Lesson, LessonStatus, Nature
from guidelines.lessons.words import ACTIVITIES, CAUSES
from wiki.documents import operations as documents


def _one_of(words: type[Nature] | type[Attribution], what: str) -> Callable[[Any], str]:
    def value_of(value: Any) -> str:
        if value not in list(words):
            raise ValueError(f"is not {what}. Write one of: {', '.join(words)}.")
        return str(value)

    return value_of


def _day(value: Any) -> date:
    if not isinstance(value, date):
        raise ValueError("is not a day. Write it as 2026-03-01.")
    return value


def _harm(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 5:
        raise ValueError("is not a step of harm. Write a number from 1 (none) to 5 (severe).")
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("is neither yes nor no. Write yes or no.")
    return value


def _word_of(known: Mapping[str, Any], what: str) -> Callable[[Any], str]:
    def value_of(value: Any) -> str:
        if value not in known:
            raise ValueError(f"is not {what}. Write one of: {', '.join(known)}.")
        return str(value)

    return value_of


def _words_of(known: Mapping[str, Any], what: str) -> Callable[[Any], list[str]]:
    word_of = _word_of(known, what)

    def value_of(value: Any) -> list[str]:
        return [word_of(each) for each in (value if isinstance(value, list) else [value])]

    return value_of


def _line(longest: int) -> Callable[[Any], str]:
    def value_of(value: Any) -> str:
        if not isinstance(value, str) or len(value) > longest:
            raise ValueError(f"is not a line of at most {longest} characters.")
        return " ".join(value.split())

    return value_of


FIELDS: Mapping[str, Callable[[Any], Any]] = {
    "nature": _one_of(Nature, "a kind of lesson"),
    "happened_on": _day,
    "harm": _harm,
    "contained": _flag,
    "attribution": _one_of(Attribution, "a way to say who speaks"),
    "role_words": _line(120),
    "cause": _line(400),
    "action": _line(400),
    "actions": actions_in,
    "causes": _words_of(CAUSES, "a kind of cause"),
    "activity": _word_of(ACTIVITIES, "an activity"),
    "crisis": _flag,
}


def load(session: Session, lesson: Lesson, wanted: Mapping[str, Any]) -> None:
    """Bring it into the state of the file (see `wiki.exchange.documents`)."""
    lesson.name_authors(lesson.attribution == Attribution.NAMED, since=lesson.working + 1)
    status, before, other = LessonStatus(wanted["status"]), lesson.status, wanted.get("successor")
    if isinstance(other, Lesson) and other.id != lesson.id:
        lesson.successor_id = other.id
    if status == LessonStatus.DRAFT:
        if before != status:
            lesson.status = status
            documents.relabel(session, lesson)
    elif before != status or lesson.published != lesson.working:
        documents.publish(session, lesson, by=None, status=status)
        add_actions(session, lesson, lesson.actions)
    if status not in (before, LessonStatus.DRAFT):
        _note_steps(session, lesson, status, wanted.get("why") or "")


# A lesson that came so far has taken the steps before.
_WAY = (LessonStatus.IDENTIFIED, LessonStatus.IN_ACTION, LessonStatus.LEARNED, LessonStatus.CONFIRMED)


def _note_steps(session: Session, lesson: Lesson, status: LessonStatus, why: str) -> None:
    for step in _WAY[: _WAY.index(status)] if status in _WAY else ():
        life.note(session, lesson, step, by=None)
    if status != LessonStatus.OBSERVED:
        life.note(session, lesson, status, by=None, words=why, other=lesson.successor_id)
    life.plan(session, lesson)
