"""What people did in a world: questions asked under documents, training, playbooks run, lessons used."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from guidelines.lessons.models import LessonUse
from guidelines.playbooks.models import Occasion, Run
from training.tracks.models import Basis, Did, Enrolment, HelpOffer, LearningEvent
from wiki.documents.models import Comment, Document
from wiki.people.models import Person

# For each thousand documents.
THREADS, EVENTS, USES, RUNS, OFFERS = 200, 500, 100, 5, 10
OWN_TRACKS, OWN_EVENTS = 3, 200
_NOW = datetime(2026, 1, 1, tzinfo=UTC)


def add(session: Session, reader: str, size: int) -> None:
    """Let everybody do something, the reader with this address a little more."""
    rng, share = random.Random(5), size / 1000
    by_kind: dict[str, list[int]] = {}
    for number, kind in session.execute(select(Document.id, Document.kind).order_by(Document.id)):
        by_kind.setdefault(kind, []).append(number)
    every = [number for numbers in by_kind.values() for number in numbers]
    people = list(session.scalars(select(Person.id).where(Person.email != reader).order_by(Person.id)))
    me = session.scalars(select(Person.id).where(Person.email == reader)).one()
    _talk(session, rng, every, people, round(THREADS * share))
    _learn(session, rng, by_kind.get("module", []), people, round(EVENTS * share))
    _learn(session, rng, by_kind.get("module", []), [me], OWN_EVENTS)
    _offer(session, rng, by_kind.get("module", []), people, round(OFFERS * share))
    _run(session, rng, by_kind.get("playbook", []), people, round(RUNS * share))
    _use(session, rng, by_kind.get("lesson", []), people, round(USES * share))
    for track in _readable(session, by_kind.get("track", []))[:OWN_TRACKS]:
        session.add(Enrolment(person_id=me, document_id=track, started_on=_NOW.date()))


def _moment(rng: random.Random) -> datetime:
    return _NOW + timedelta(minutes=rng.randrange(500_000))


def _talk(session: Session, rng: random.Random, documents: Sequence[int], people: Sequence[int], count: int) -> None:
    """Threads with an answer each, every second of them settled."""
    for number in range(count):
        document, at = rng.choice(documents), _moment(rng)
        settled = at + timedelta(days=2) if number % 2 else None
        first = Comment(
            document_id=document, author_id=rng.choice(people), body="A question?", html="<p>A question?</p>",
            created_at=at, resolved_at=settled,
        )  # fmt: skip
        session.add(first)
        session.flush()
        session.add(
            Comment(
                document_id=document, thread_id=first.id, author_id=rng.choice(people), body="An answer.",
                html="<p>An answer.</p>", created_at=at + timedelta(days=1),
            )
        )  # fmt: skip
        table = Document.__table__
        session.execute(update(table).where(table.c.id == document).values(comments=table.c.comments + 2))  # type: ignore[arg-type]


def _learn(session: Session, rng: random.Random, modules: Sequence[int], people: Sequence[int], count: int) -> None:
    for _ in range(count if modules else 0):
        session.add(
            LearningEvent(
                person_id=rng.choice(people), document_id=rng.choice(modules), did=Did.DONE, basis=Basis.DECLARED,
                revision=1, at=_moment(rng),
            )
        )  # fmt: skip


def _offer(session: Session, rng: random.Random, modules: Sequence[int], people: Sequence[int], count: int) -> None:
    pairs = {(rng.choice(people), rng.choice(modules)) for _ in range(count if modules else 0)}
    session.add_all(HelpOffer(person_id=who, document_id=what, words="Ask me.") for who, what in sorted(pairs))


def _run(session: Session, rng: random.Random, playbooks: Sequence[int], people: Sequence[int], count: int) -> None:
    """Runs that have ended, all but one."""
    for number in range(count if playbooks else 0):
        at = _moment(rng)
        session.add(
            Run(
                document_id=rng.choice(playbooks), revision=1, steps=[], occasion=Occasion.LIVE, started_at=at,
                started_by_id=rng.choice(people), ended_at=at + timedelta(hours=3) if number else None,
            )
        )  # fmt: skip


def _use(session: Session, rng: random.Random, lessons: Sequence[int], people: Sequence[int], count: int) -> None:
    for _ in range(count if lessons else 0):
        session.add(
            LessonUse(document_id=rng.choice(lessons), person_id=rng.choice(people), sort="used", at=_moment(rng))
        )


def _readable(session: Session, tracks: Sequence[int]) -> list[int]:
    """Tracks for everybody."""
    found = session.execute(select(Document.id, Document.audience).where(Document.id.in_(tracks)).order_by(Document.id))
    return [number for number, audience in found if audience == ["service"]]
