"""What happened in runs, in few statements. Every run is found through a playbook that its reader may read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from guidelines.nearby import Near
from guidelines.playbooks.models import Entered, Occasion, Run, RunEntry
from wiki.access.policy import LIVE, Viewer
from wiki.documents.models import Document
from wiki.documents.visibility import visible_to
from wiki.people.models import Person


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run in a list."""

    public_id: str
    slug: str
    title: str
    occasion: str
    words: str
    started_at: datetime
    started_by: str
    ended_at: datetime | None

    @property
    def is_exercise(self) -> bool:
        return self.occasion == Occasion.EXERCISE


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the log, with the name of whoever did it."""

    id: int
    entered: str
    step: str
    words: str
    by: str
    at: datetime
    more: str = ""
    code: str = ""
    by_id: int | None = None
    by_ref: str = ""
    to: str = ""
    to_id: int | None = None
    to_ref: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a run as it stands now."""

    key: str
    phase: str
    text: str
    ticked_by: str
    ticked_at: datetime | None
    notes: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Exercised:
    """The runs of a playbook: those going on, and when it was last practised or used."""

    running: tuple[RunLine, ...]
    last: datetime | None
    count: int
    # The day on which it was last exercised or used, and whether that is more than a year ago or never was.
    day: date | None = None
    is_stale: bool = False
    # The crisis that goes on with it: a `crisis_reading.CrisisLine`.
    crisis: Any = None
    # The lessons that changed it.
    lessons: tuple[Near, ...] = ()


def runs(session: Session, viewer: Viewer, *conditions: Any, limit: int = 30, offset: int = 0) -> list[RunLine]:
    """Runs of playbooks that this viewer may read, the newest first."""
    statement = (
        select(
            Run.public_id,
            Document.slug,
            Document.title,
            Run.occasion,
            Run.words,
            Run.started_at,
            func.coalesce(Person.name, ""),
            Run.ended_at,
        )
        .join(Document, Document.id == Run.document_id)
        .outerjoin(Person, Person.id == Run.started_by_id)
        .where(visible_to(viewer), Document.kind == "playbook", Document.status.in_(LIVE), *conditions)
        .order_by(Run.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [RunLine(*row) for row in session.execute(statement)]


def find(session: Session, document_id: int, public_id: str) -> Run | None:
    """A run of a playbook that was found under its reader's rights."""
    return session.scalar(select(Run).where(Run.document_id == document_id, Run.public_id == public_id))


def exercised(session: Session, document_id: int) -> Exercised:
    """How a playbook, found under its reader's rights, was used so far; one statement."""
    who = aliased(Person)
    newest = (
        select(Run, func.coalesce(who.name, ""), func.count().over())
        .outerjoin(who, who.id == Run.started_by_id)
        .where(Run.document_id == document_id)
        .order_by(Run.ended_at.is_not(None), Run.id.desc())
        .limit(20)
    )
    found = session.execute(newest).all()
    running = tuple(_line_of(run, name) for run, name, _ in found if run.ended_at is None)
    ended = [run.ended_at for run, _, _ in found if run.ended_at is not None]
    return Exercised(running, max(ended, default=None), found[0][2] if found else 0)


def _line_of(run: Run, name: str) -> RunLine:
    return RunLine(run.public_id, "", "", run.occasion, run.words, run.started_at, name, run.ended_at)


def log(session: Session, run: Run) -> list[Line]:
    """Everything that was done in a run, in order."""
    who, other = aliased(Person), aliased(Person)
    of_entry = (RunEntry.id, RunEntry.entered, RunEntry.step, RunEntry.words, func.coalesce(who.name, ""), RunEntry.at)
    more = (RunEntry.more, RunEntry.code, RunEntry.by_id, func.coalesce(who.public_id, ""))
    to = (func.coalesce(other.name, ""), RunEntry.to_id, func.coalesce(other.public_id, ""))
    statement = (
        select(*of_entry, *more, *to)
        .outerjoin(who, who.id == RunEntry.by_id)
        .outerjoin(other, other.id == RunEntry.to_id)
        .where(RunEntry.run_id == run.id)
        .order_by(RunEntry.id)
    )
    return [Line(*row) for row in session.execute(statement)]


def people_of(session: Session, run: Run) -> dict[str, str]:
    """Who started and who ended a run, by name."""
    wanted = {"started": run.started_by_id, "ended": run.ended_by_id}
    rows = session.execute(select(Person.id, Person.name).where(Person.id.in_(set(wanted.values()) - {None})))
    names = dict(rows.all())
    return {what: names.get(person or 0, "") for what, person in wanted.items()}


def steps(told: Iterable[dict[str, Any]], lines: Iterable[Line]) -> Sequence[Step]:
    """These steps as they stand after these lines."""
    ticks: dict[str, Line | None] = {}
    notes: dict[str, list[Line]] = {}
    for line in lines:
        if line.entered == Entered.NOTED:
            notes.setdefault(line.step, []).append(line)
        elif line.step:
            ticks[line.step] = line if line.entered == Entered.TICKED else None
    return [_step(each, ticks.get(each["key"]), notes.get(each["key"], ())) for each in told]


def _step(told: dict[str, Any], tick: Line | None, notes: Iterable[Line]) -> Step:
    by, at = (tick.by, tick.at) if tick else ("", None)
    return Step(told["key"], told["phase"], told["text"], by, at, tuple(notes))
