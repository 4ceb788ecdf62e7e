"""What the demo world shows of versions: a second one, read by some in its first, and one that waits for approval."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from guidelines.guides import editions
from guidelines.guides.editions_models import Edition, EditionState, ReadingMark
from guidelines.guides.models import Guideline
from wiki import db
from wiki.documents import operations as documents, texts
from wiki.exchange.starter import FOLDER
from wiki.people.models import Person
from wiki.people.viewer import today

CHANGED = ("guideline", "pictures-of-people-at-events")
NOTE = "A picture comes down on the same day, not within two. For a child you need the yes of a parent in writing."
WAITS = ("guideline", "a-calendar-for-every-post")
ASKED = "One calendar for each post, looked at by two people every Friday."
WRITES, APPROVES = "ngozi.ferreira@example.org", "rosalind.tembo@example.org"
# They marked the first version as read, so the page leads them to what changed since.
READ_IT = ("teodora.achterberg", "samir.okwuosa", "linh.dao", "oskar.rangihau", "paulo.quispe", "ayesha.lindholm")
FIRST, SECOND = timedelta(days=200), timedelta(days=6)


def show(session: Session, new: Collection[tuple[str, str]]) -> None:
    """Show each once, when this load made the guideline."""
    people = dict(session.execute(select(Person.email, Person.id)).all())
    if CHANGED in new:
        _change(session, _guideline(session, CHANGED[1]), people)
    if WAITS in new:
        waits = _guideline(session, WAITS[1])
        asked = {"asked_by_id": people.get(WRITES), "asked_at": db.now() - timedelta(hours=20), "note": ASKED}
        session.add(Edition(document_id=waits.id, revision=waits.working, state=EditionState.ASKED, **asked))


def _guideline(session: Session, slug: str) -> Guideline:
    return session.scalars(select(Guideline).where(Guideline.slug == slug)).one()


def _change(session: Session, guideline: Guideline, people: dict[str, int]) -> None:
    """Let a second version have come in force some days ago."""
    first = editions.current(session, guideline)
    assert first is not None
    first.in_force_from, first.approved_by_id = today() - FIRST, people.get(APPROVES)
    body = (FOLDER / "demo" / "later" / f"{guideline.slug}.md").read_text(encoding="utf-8")
    text = texts.prepare(guideline.title, body, lang=guideline.lang)
    documents.revise(session, guideline, text, base=guideline.working, by=None, author=people.get(WRITES))
    day, who = today() - SECOND, people.get(APPROVES)
    second = Edition(document_id=guideline.id, revision=guideline.working, note=NOTE, in_force_from=day)
    second.asked_by_id, second.approved_by_id, second.approved_at = people.get(WRITES), who, db.now() - SECOND
    editions.come(session, guideline, second, by=None, quietly=True)
    second.came_at = db.now() - SECOND
    for name in READ_IT:
        person = people.get(f"{name}@example.org")
        if person is not None:
            session.add(ReadingMark(person_id=person, document_id=guideline.id, major=1, minor=0))
