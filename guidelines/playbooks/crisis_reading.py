"""Crises, those that go on and those of the last year, for readers of their playbooks; to others there are none."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from guidelines.playbooks import reading
from guidelines.playbooks.models import Crisis, Run
from guidelines.playbooks.reading import RunLine
from wiki import db
from wiki.access.models import AccessGrant
from wiki.access.policy import LIVE, Viewer
from wiki.documents import leave
from wiki.documents.models import Document
from wiki.documents.visibility import visible_to
from wiki.people.models import Person

A_FEW = 5
A_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class CrisisLine:
    """A crisis that goes on: what it is about, who is on duty, until when, and the run of it that began last."""

    public_id: str
    slug: str
    title: str
    words: str
    on_duty: str
    declared_at: datetime
    declared_by: str
    until: datetime
    run: RunLine | None = None


def going_on(session: Session, viewer: Viewer, *conditions: Any) -> list[CrisisLine]:
    """The crises of playbooks that this viewer may read, the newest first."""
    columns = (Document.public_id, Document.slug, Document.title, Crisis.words, Crisis.on_duty, Crisis.declared_at)
    statement = (
        select(*columns, func.coalesce(Person.name, ""), Crisis.until)
        .join(Crisis, Crisis.open_for == Document.id)
        .outerjoin(Person, Person.id == Crisis.declared_by_id)
        .where(visible_to(viewer), Document.status.in_(LIVE), Crisis.until > db.now(), *conditions)
        .order_by(Crisis.declared_at.desc(), Crisis.id.desc())
        .limit(A_FEW)
    )
    found = [CrisisLine(*row) for row in session.execute(statement)]
    if not found:
        return []
    slugs = [crisis.slug for crisis in found]
    running = reading.runs(session, viewer, Run.ended_at.is_(None), Document.slug.in_(slugs), limit=10 * A_FEW)
    newest = {run.slug: run for run in reversed(running)}
    return [_with_run(crisis, newest.get(crisis.slug)) for crisis in found]


def _with_run(crisis: CrisisLine, run: RunLine | None) -> CrisisLine:
    about = (crisis.public_id, crisis.slug, crisis.title, crisis.words, crisis.on_duty)
    return CrisisLine(*about, crisis.declared_at, crisis.declared_by, crisis.until, run)


def of_home(session: Session, viewer: Viewer) -> tuple[str, dict[str, Any]] | None:
    """The strip on the home page: the newest crisis, and how many more there are."""
    found = going_on(session, viewer)
    return ("guidelines/home/_crisis.html", {"crisis": found[0], "others": len(found) - 1}) if found else None


@dataclass(frozen=True, slots=True)
class Past:
    """A crisis as it is told later. `ended_at` is None while it goes on."""

    public_id: str
    slug: str
    title: str
    words: str
    closing: str
    declared_at: datetime
    until: datetime
    ended_at: datetime | None

    @property
    def over_at(self) -> datetime | None:
        """When it ended; its time may be over before a clock has looked."""
        return self.ended_at or (self.until if self.until <= db.now() else None)


def told(session: Session, viewer: Viewer, *conditions: Any, limit: int) -> list[Past]:
    """The crises, over or not, of playbooks that this viewer may read; the newest first."""
    columns = (Document.public_id, Document.slug, Document.title, Crisis.words, Crisis.closing, Crisis.declared_at)
    statement = (
        select(*columns, Crisis.until, Crisis.ended_at)
        .join(Crisis, Crisis.document_id == Document.id)
        .where(visible_to(viewer), Document.status.in_(LIVE), *conditions)
        .order_by(Crisis.declared_at.desc(), Crisis.id.desc())
        .limit(limit)
    )
    return [Past(*row) for row in session.execute(statement)]


def past(session: Session, viewer: Viewer) -> list[Past]:
    """The crises that ended within the last year."""
    moment = db.now()
    ended = func.coalesce(Crisis.ended_at, Crisis.until)
    return told(session, viewer, ended <= moment, ended > moment - A_YEAR, limit=4 * A_FEW)


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody who may read a playbook for the time of a crisis."""

    grant: str
    name: str
    until: datetime


def guests(session: Session, playbook: Document) -> list[Guest]:
    """The guests of a crisis with a playbook, for the duty officers who let them read it."""
    statement = (
        select(AccessGrant.public_id, Person.name, AccessGrant.until)
        .join(Person, Person.id == AccessGrant.person_id)
        .where(AccessGrant.document == playbook.public_id, AccessGrant.sort == leave.Sort.CRISIS, *leave.counts())
        .order_by(Person.name, AccessGrant.id)
    )
    return [Guest(*row) for row in session.execute(statement)]
