"""What tests of the training share: writing modules and tracks, and saying what somebody did."""

from __future__ import annotations

from sqlalchemy import select

from tests.people import World
from training.tracks import progress
from training.tracks.models import Did, LearningEvent
from training.tracks.progress import TrackProgress
from wiki import db
from wiki.documents import operations, texts
from wiki.documents.models import Document
from wiki.people.models import Person


def module(world: World, title: str, **more: object) -> str:
    """Write a module; returns its slug."""
    return world.write(title, "Read this.", kind="module", **more).split("/")[-1]  # type: ignore[arg-type]


def track(world: World, body: str, title: str = "One day", **more: object) -> str:
    """Write a track; returns its address."""
    return world.write(title, body, kind="track", **more)  # type: ignore[arg-type]


def rewrite(world: World, address: str, body: str) -> None:
    """Save another text of a track."""
    kind, slug = address.split("/")[-2].removesuffix("s"), address.split("/")[-1]
    with world.app.app_context():
        text = texts.prepare("One day", body)
        with db.system_session(writing=True) as session:
            document = session.scalars(select(Document).where(Document.kind == kind, Document.slug == slug)).one()
            operations.revise(session, document, text, base=document.working, by=None)
    world.settle()


def did(world: World, who: str, what: Did, kind: str, slug: str, *, key: str = "", basis: str = "acts") -> None:
    """Write down that somebody did something with a module or a track."""
    person = world.viewer(who).person
    with world.app.app_context(), db.system_session(writing=True) as session:
        document = session.scalars(select(Document).where(Document.kind == kind, Document.slug == slug)).one()
        session.add(
            LearningEvent(
                person_id=person, document_id=document.id, revision=document.working, did=what, key=key, basis=basis
            )
        )


def seen_by(world: World, who: str, address: str) -> TrackProgress:
    """A track as this person sees it."""
    viewer = world.viewer(who)
    with world.app.app_context(), db.database().open(viewer=viewer) as session:
        return next(one for one in progress.all_tracks(session, viewer) if one.url == address)


def events(world: World, who: str) -> list[tuple[str, str]]:
    """Everything that is written down of somebody, in its order, as what and key."""
    with world.app.app_context(), db.system_session() as session:
        rows = session.execute(
            select(LearningEvent.did, LearningEvent.key)
            .join(Person, Person.id == LearningEvent.person_id)
            .where(Person.id == world.viewer(who).person)
            .order_by(LearningEvent.id)
        )
        return [(did, key) for did, key in rows]
