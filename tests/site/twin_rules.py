"""What the twin worlds hold of the life of guidelines: versions, notes, steps, marks, mergers and what lessons ask."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from unittest.mock import patch

from sqlalchemy import select
from sqlalchemy.orm import Session

from guidelines.guides import editions, numbers, operations
from guidelines.guides.booklet import making, printing
from guidelines.guides.booklet.models import Booklet
from guidelines.guides.editions_models import Edition, EditionState, ReadingMark
from guidelines.guides.models import Guideline, GuidelineStatus
from tests.people import World
from tests.site.canaries import CANARY, id_of
from wiki import db
from wiki.access.policy import Viewer
from wiki.people.viewer import today

HELD = ("guidenote", "guideasked", "guidebecause", "guidesuspended")
HELD_CANARIES = {name: f"{CANARY}{name}" for name in HELD}
# A PDF of Leila's with what is hidden, one of Oskar's own, and one that nobody asked for.
BOOKLETS = (id_of(Booklet, "leila"), id_of(Booklet, "oskar"), "nothing")
OPEN, MERGED, SENT_BACK = "posting-in-a-crisis", "merged-rule", "hidden-rule"


def drawn(guideline: Guideline, among: range) -> int:
    """The number that a guideline gets in both worlds: it follows from its address, as chance would not."""
    return among[int(sha256(guideline.slug.encode()).hexdigest(), 16) % len(among)]


def number_of(slug: str) -> int:
    """The number of the guideline at this address."""
    return numbers.SHORT[int(sha256(slug.encode()).hexdigest(), 16) % len(numbers.SHORT)]


def furnish(world: World, hidden: str | None) -> None:
    """Give the open guideline and, where it is there, the hidden one a life. One open one is merged into the hidden."""
    merged = {"kind": "guideline", "by": "ines", "owner": "digital", "status": "in-force"}
    world.write("Merged rule", "An old rule of the bridge.", **merged)
    leila = world.viewer("leila")
    with world.app.app_context(), db.system_session(writing=True) as session:
        for slug in (OPEN, MERGED):
            editions.come(session, _of(session, slug), _version(_of(session, slug), "Said in the open."), by=None)
        into = _of(session, hidden) if hidden is not None else None
        if into is not None:
            _hold_back(session, into, leila)
        operations.record_ended(session, _of(session, MERGED), GuidelineStatus.MERGED, into)


def _of(session: Session, slug: str) -> Guideline:
    return session.scalars(select(Guideline).where(Guideline.slug == slug)).one()


def _version(guideline: Guideline, note: str) -> Edition:
    return Edition(document_id=guideline.id, revision=guideline.working, note=note)


def _hold_back(session: Session, guideline: Guideline, leila: Viewer) -> None:
    for canary in ("guidenote", "guidenote"):
        editions.come(session, guideline, _version(guideline, HELD_CANARIES[canary]), by=leila)
    operations.suspend(session, guideline, HELD_CANARIES["guidesuspended"], by=None)
    # Of one and the same guideline the page would tell only the later of the two.
    back = {"state": EditionState.SENT_BACK, "because": HELD_CANARIES["guidebecause"]}
    session.add(Edition(document_id=_of(session, SENT_BACK).id, revision=1, asked_by_id=leila.person, **back))
    later = {"state": EditionState.ASKED, "note": HELD_CANARIES["guideasked"], "asked_at": db.now()}
    session.add(Edition(document_id=guideline.id, revision=1, asked_by_id=leila.person, **later))
    session.add(ReadingMark(person_id=leila.person, document_id=guideline.id, major=1, minor=0))


def print_booklets(world: World, hidden: str | None) -> None:
    """Have PDFs made, as the last thing of all: what changes later throws them away. Nothing goes to the press."""
    wanted = {"leila": [OPEN, hidden], "oskar": [OPEN]} if hidden is not None else {"oskar": [OPEN]}
    for who, slugs in wanted.items():
        person, picked = world.viewer(who).person, [number_of(slug) for slug in slugs if slug]
        with world.app.app_context(), db.system_session(writing=True) as session:
            made = Booklet(public_id=id_of(Booklet, who), person_id=person, numbers=sorted(picked), day=today())
            session.add(made)
            session.flush()
            number = made.id
        with patch.object(printing, "send", _press):
            making.make_all(world.app, [number], 0)


def _press(order: printing.Order, target: Path, *, tell: object) -> int:
    target.write_bytes(b"%PDF-1.7")
    return 3


def questions(slugs: tuple[str, ...]) -> list[str]:
    """Addresses with questions about versions, by the addresses of guidelines."""
    days = (today().isoformat(), "2020-01-01", "2999-01-01", "x")
    books = [f"/guidelines/book?as-of={day}" for day in days]
    pages = [f"/guidelines/{slug}?as-of={day}" for slug in slugs for day in days[:2]]
    cited = [f"/search{each}?q=G-{number_of(slug)}" for slug in slugs for each in ("", "/suggest")]
    books += [f"/guidelines/book?platform={word}" for word in ("x", "flickr")]
    books += [f"/guidelines/book?pick={number_of(slug)}" for slug in slugs]
    return [*books, *pages, *cited, *(f"/guidelines/{slug}/difference?from=1.0&to=2.0" for slug in slugs)]
