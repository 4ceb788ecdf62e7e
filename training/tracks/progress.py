"""How far a person has come on their tracks, worked out from what they did each time it is asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from training.tracks import paths
from training.tracks.models import Did, Enrolment, HelpOffer, LearningEvent, Module, Track, TrackItem
from training.tracks.steps import Step, steps_of
from wiki import kinds
from wiki.access.policy import LIVE, Viewer
from wiki.documents.models import Document
from wiki.documents.visibility import visible_to

MOST_TRACKS = 100
_LATELY, _LATELY_LOOKED_AT = 8, 40


@dataclass(frozen=True, slots=True)
class TrackProgress:
    """A track as one person sees it; `started_on` is None for somebody who is not on it."""

    public_id: str
    slug: str
    title: str
    purpose: str
    horizon: str
    steps: tuple[Step, ...]
    started_on: date | None = None
    paused_on: date | None = None

    @property
    def url(self) -> str:
        return f"{kinds.kind('track').prefix}/{self.slug}"

    @property
    def is_on(self) -> bool:
        return self.started_on is not None

    @property
    def total(self) -> int:
        """How many steps there are to do; optional ones do not count."""
        return sum(step.required for step in self.steps)

    @property
    def done(self) -> int:
        return sum(step.required and bool(step.basis) for step in self.steps)

    @property
    def is_done(self) -> bool:
        return self.total > 0 and self.done == self.total

    @property
    def minutes(self) -> int:
        """What the modules that count take together."""
        return sum(step.minutes or 0 for step in self.steps if step.required)

    @property
    def next(self) -> Step | None:
        """The first step that is open and counts."""
        return next((step for step in self.steps if step.required and not step.basis), None)

    def by(self, section: str) -> date | None:
        """The last day of a part of the way for somebody who is on it and has not paused."""
        days = paths.when(section)
        if self.started_on is None or self.paused_on is not None or days is None:
            return None
        return self.started_on + timedelta(days=days.last)


@dataclass(frozen=True, slots=True)
class NextStep:
    """The one thing to do next, as the home page shows it. `done` and `total` are those of its track."""

    track: str
    track_url: str
    label: str
    url: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Deed:
    """Something a person did lately. `label` is the task, or empty when all of the document is meant."""

    title: str
    url: str
    label: str
    basis: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Offer:
    """A module with which this person offers to help."""

    title: str
    url: str
    words: str


def next_step(session: Session, viewer: Viewer) -> NextStep | None:
    """What this person would do next; None when they are on no track, or have done all that counts."""
    return first_step(my_tracks(session, viewer))


def first_step(tracks: Iterable[TrackProgress]) -> NextStep | None:
    """The next step among tracks that were asked for already: the short way comes before the long one."""
    for track in tracks:
        step = track.next
        if track.is_on and track.paused_on is None and step is not None:
            url = step.url if step.is_module else f"{track.url}#step-{step.position}"
            return NextStep(track.title, track.url, step.label, url, track.done, track.total)
    return None


def my_tracks(session: Session, viewer: Viewer) -> list[TrackProgress]:
    """The tracks this person is on, the shortest first, in four statements."""
    return _tracks(session, viewer, Enrolment.id.is_not(None), Enrolment.ended_on.is_(None))


def all_tracks(session: Session, viewer: Viewer) -> list[TrackProgress]:
    """The tracks this person may read, with how far they have come on those they are on, in four statements."""
    return _tracks(session, viewer)


def of_track(session: Session, viewer: Viewer, document: Any, revision: int) -> TrackProgress:
    """How far this person is on the track of a page, as of this revision; it was found under their rights."""
    row = session.execute(
        select(Enrolment.started_on, Enrolment.paused_on).where(
            Enrolment.person_id == viewer.person, Enrolment.document_id == document.id, Enrolment.ended_on.is_(None)
        )
    ).first()
    steps = steps_of(session, viewer, {document.id: revision}).get(document.id, ())
    started, paused = row or (None, None)
    return TrackProgress(
        document.public_id, document.slug, document.title, document.purpose, document.horizon, steps, started, paused
    )


def _tracks(session: Session, viewer: Viewer, *conditions: Any) -> list[TrackProgress]:
    horizon = Track.__table__.c.horizon
    mine = (Enrolment.document_id == Document.id) & (Enrolment.person_id == viewer.person)
    rows = session.execute(
        select(
            Document.id,
            func.coalesce(Document.published, Document.working).label("revision"),
            Document.public_id,
            Document.slug,
            Document.title,
            Document.purpose,
            horizon,
            Enrolment.started_on,
            Enrolment.paused_on,
            Enrolment.ended_on,
        )
        .join(Track.__table__, Track.__table__.c.id == Document.id)
        .outerjoin(Enrolment, mine)
        .where(visible_to(viewer), Document.kind == "track", Document.status.in_(LIVE), *conditions)
        # A day, a month, a year: by good luck the letters stand in this order too.
        .order_by(horizon, Document.title, Document.id)
        .limit(MOST_TRACKS)
    ).all()
    steps = steps_of(session, viewer, {row.id: row.revision for row in rows})
    return [_progress(row, steps.get(row.id, ())) for row in rows]


def _progress(row: Row[Any], steps: tuple[Step, ...]) -> TrackProgress:
    started, paused = (row.started_on, row.paused_on) if row.ended_on is None else (None, None)
    return TrackProgress(row.public_id, row.slug, row.title, row.purpose, row.horizon, steps, started, paused)


def lately(session: Session, viewer: Viewer) -> list[Deed]:
    """What this person did last and did not take back, the newest first, as far as they may still read of it."""
    said = (LearningEvent.did == Did.DONE) | (LearningEvent.did == Did.UNDONE)
    item = (
        (TrackItem.document_id == LearningEvent.document_id)
        & (TrackItem.revision == LearningEvent.revision)
        & (TrackItem.key == LearningEvent.key)
    )
    rows = session.execute(
        select(
            LearningEvent.document_id,
            LearningEvent.key,
            LearningEvent.did,
            LearningEvent.basis,
            LearningEvent.at,
            Document.kind,
            Document.slug,
            Document.title,
            TrackItem.label,
            TrackItem.target_slug,
        )
        .join(Document, Document.id == LearningEvent.document_id)
        .outerjoin(TrackItem, item)
        .where(LearningEvent.person_id == viewer.person, said, visible_to(viewer))
        .order_by(LearningEvent.id.desc())
        .limit(_LATELY_LOOKED_AT)
    )
    newest: dict[tuple[int, str], Any] = {}
    for row in rows:
        newest.setdefault((row.document_id, row.key), row)
    return [_deed(row) for row in newest.values() if row.did == Did.DONE][:_LATELY]


def _deed(row: Any) -> Deed:
    # The words of a step that leads elsewhere could be the title of what this person may no longer read.
    label = row.label if row.label and not row.target_slug else ""
    return Deed(row.title, f"{kinds.kind(row.kind).prefix}/{row.slug}", label, row.basis, row.at)


def my_offers(session: Session, viewer: Viewer) -> list[Offer]:
    """The modules with which this person offers to help."""
    rows = session.execute(
        select(Document.slug, Document.title, HelpOffer.words)
        .join(HelpOffer, HelpOffer.document_id == Document.id)
        .join(Module.__table__, Module.__table__.c.id == Document.id)
        .where(HelpOffer.person_id == viewer.person, visible_to(viewer), Document.status.in_(LIVE))
        .order_by(Document.title)
    )
    prefix = kinds.kind("module").prefix
    return [Offer(title, f"{prefix}/{slug}", words) for slug, title, words in rows]
