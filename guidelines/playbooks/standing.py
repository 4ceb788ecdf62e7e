"""How several people stand to a run: who is on it, who leads, speaks and logs, whom to call, what was decided.

All of it follows from the lines of its log, so nothing is lost when two people act at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from guidelines.playbooks import trees
from guidelines.playbooks.models import Entered, Run
from guidelines.playbooks.reading import Line


class Role(StrEnum):
    """What somebody does in a run. These give no rights."""

    LEADS = "leads"
    SPEAKS = "speaks"
    LOGS = "logs"


@dataclass(frozen=True, slots=True)
class Someone:
    """A person: the id of the database, the public one, and the name."""

    id: int
    ref: str
    name: str


@dataclass(frozen=True, slots=True)
class Post:
    """Who has a role in a run, and how they are reached."""

    who: Someone
    reach: str


@dataclass(frozen=True, slots=True)
class HandOver:
    """Somebody hands over to somebody else, who has to confirm."""

    by: Someone
    to: Someone
    words: str
    at: datetime


@dataclass(slots=True)
class Standing:
    """How a run stands. `contacts` are names with how to reach them, `places` how far each decision tree was walked."""

    present: dict[int, Someone] = field(default_factory=dict)
    roles: dict[str, Post] = field(default_factory=dict)
    contacts: dict[str, Line] = field(default_factory=dict)
    decisions: list[Line] = field(default_factory=list)
    handing: dict[int, HandOver] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)


def standing(run: Run, lines: Iterable[Line], started_by: Someone | None = None) -> Standing:
    """How a run stands after these lines. Whoever does anything in it is on it until they leave."""
    found = Standing()
    if started_by is not None:
        found.present[started_by.id] = started_by
    for line in lines:
        _come_or_go(found, line)
        _note_down(found, line)
    if run.ended_at is not None:
        found.present, found.handing = {}, {}
    return found


def _come_or_go(found: Standing, line: Line) -> None:
    by = _by(line)
    if by is None:
        return
    if line.entered != Entered.LEFT:
        found.present.setdefault(by.id, by)
        return
    found.present.pop(by.id, None)
    found.handing.pop(by.id, None)
    # Whoever has left does not lead any more: the others should see that somebody has to.
    found.roles = {role: post for role, post in found.roles.items() if post.who.id != by.id}


def _note_down(found: Standing, line: Line) -> None:
    match line.entered:
        case Entered.DECIDED:
            found.decisions.append(line)
        case Entered.CONTACT:
            found.contacts[line.words.casefold()] = line
        case Entered.ROLE:
            _give(found, line)
        case Entered.HANDED:
            by, to = _by(line), _to(line)
            if by is not None and to is not None:
                found.handing[by.id] = HandOver(by, to, line.words, line.at)
        case Entered.TAKEN:
            _take_over(found, line)
        case Entered.CHOSE:
            found.places[line.step] = line.code


def _give(found: Standing, line: Line) -> None:
    found.roles.pop(line.code, None)
    to = _to(line)
    if to is not None:
        found.roles[line.code] = Post(to, line.more)


def _take_over(found: Standing, line: Line) -> None:
    """All that the one before had is with whoever confirmed; the one before has gone home."""
    by = _by(line)
    if by is None or line.to_id is None:
        return
    found.handing.pop(line.to_id, None)
    found.present.pop(line.to_id, None)
    for role, post in found.roles.items():
        if post.who.id == line.to_id:
            found.roles[role] = Post(by, "")


def _by(line: Line) -> Someone | None:
    return Someone(line.by_id, line.by_ref, line.by) if line.by_id is not None else None


def _to(line: Line) -> Someone | None:
    return Someone(line.to_id, line.to_ref, line.to) if line.to_id is not None else None


@dataclass(frozen=True, slots=True)
class Walk:
    """A decision tree and how far it was walked: the way here, what stands here, and the answers to choose from."""

    key: str
    title: str
    place: str
    way: tuple[tuple[str, str], ...]
    text: str
    answers: tuple[str, ...]


def walks(told: Iterable[Mapping[str, Any]], found: Standing) -> list[Walk]:
    """The trees of a run as they stand. A place that is no place of the tree is its beginning."""
    made = []
    for tree in told:
        place = found.places.get(tree["key"], "")
        place = place if place in tree["places"] else ""
        here, way = tree["places"][place], tuple(trees.way_to(dict(tree), place))
        made.append(Walk(tree["key"], tree["title"], place, way, here["text"], tuple(here["answers"])))
    return made
