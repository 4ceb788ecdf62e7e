"""Making PDFs after the answer, and handing them out: to whoever asked, for a day, while nothing changed for them."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from flask import Flask, g
from flask_babel import force_locale, get_locale, gettext as _
from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from guidelines.guides.book import Among
from guidelines.guides.booklet import gathering, printing, shelf, showing
from guidelines.guides.booklet.models import UNFINISHED, Booklet, BookletState
from guidelines.guides.booklet.printing import Order, PressFailed
from guidelines.guides.models import Guideline
from wiki import db, kinds, outbox
from wiki.access.policy import Viewer
from wiki.documents import web
from wiki.documents.models import Document
from wiki.people.viewer import load_viewer

log = logging.getLogger(__name__)

TOPIC = "booklet"
KEPT = timedelta(days=1)
# One reader has so many under way, and so many in all; the oldest goes for a new one.
MOST_UNDER_WAY, MOST_KEPT = 2, 10
# A PDF of more takes longer than anybody waits, and more memory than a small machine has.
MOST_GUIDELINES = 200
# Whatever was begun so long ago was left by a process that died. The press never takes as long.
LEFT_AFTER = timedelta(seconds=printing.MOST_SECONDS + 60)
MOST_TRIES = 2
# How many letters of HTML fill a page, about: it is only for telling how far it is.
LETTERS_A_PAGE = 3000


class Refused(ValueError):
    """No PDF can be made now; the message says why and what to do."""


class Wish(NamedTuple):
    """What a reader asks for: the numbers of guidelines, whether they are the whole book, and the day."""

    numbers: list[int]
    whole: bool
    day: date
    as_of: bool


def ask(session: Session, viewer: Viewer, wish: Wish) -> tuple[Booklet, list[str]]:
    """Ask for a PDF after this transaction, or find the one under way. Also: the public ids of files to throw away.

    Raises Refused.
    """
    mine = list(session.scalars(_of(viewer).order_by(Booklet.id)))
    under_way = [each for each in mine if each.is_unfinished]
    same = next((each for each in under_way if _wish_of(each) == wish), None)
    if same is not None:
        return same, []
    if len(wish.numbers) > MOST_GUIDELINES:
        raise Refused(_("A PDF takes up to %(most)s guidelines. Tick fewer, or print the page.", most=MOST_GUIDELINES))
    if len(under_way) >= MOST_UNDER_WAY:
        raise Refused(_("Two PDFs of yours are being made. Wait until one is ready, then ask again."))
    old = [each for each in mine if not each.is_unfinished][: max(len(mine) - MOST_KEPT + 1, 0)]
    for each in old:
        session.delete(each)
    made = Booklet(person_id=viewer.person, lang=str(get_locale() or "en"), **wish._asdict())
    session.add(made)
    session.flush()
    outbox.add(session, TOPIC, made.id)
    return made, [each.public_id for each in old]


def _wish_of(booklet: Booklet) -> Wish:
    return Wish(booklet.numbers, booklet.whole, booklet.day, booklet.as_of)


def _of(viewer: Viewer) -> Select[Booklet]:
    """A reader's own ones, of the last day."""
    return select(Booklet).where(Booklet.person_id == viewer.person, Booklet.created_at > db.now() - KEPT)


def mine(session: Session, viewer: Viewer) -> list[Booklet]:
    """What this reader had made within a day, the newest first."""
    there = _of(viewer).where(Booklet.state.not_in((BookletState.FAILED, BookletState.GONE)))
    return list(session.scalars(there.order_by(Booklet.id.desc()).limit(MOST_KEPT)))


def find(session: Session, viewer: Viewer, public_id: str) -> Booklet | None:
    """One of the reader's own."""
    return session.scalar(_of(viewer).where(Booklet.public_id == public_id))


def fetch(session: Session, viewer: Viewer, booklet: Booklet) -> Path | None:
    """The file, if all that it was made of is still the same for its reader; they open it again by this.

    Rights that narrowed change what it would be made of, and so does a new version. None: it has to be made anew.
    """
    place = shelf.place(booklet.public_id)
    with force_locale(booklet.lang):
        same = place.exists() and _order(session, viewer, booklet).digest == booklet.digest
    return place if same else None


def throw_away(booklet: Booklet) -> None:
    """Keep the file no longer, and say that it is gone."""
    shelf.remove(booklet.public_id)
    with db.write() as session:
        session.execute(update(Booklet).where(Booklet.id == booklet.id).values(state=BookletState.GONE))


def remove_files(public_ids: Iterable[str]) -> None:
    """Throw away the files of booklets whose rows are gone."""
    for public_id in public_ids:
        shelf.remove(public_id)


def _order(session: Session, viewer: Viewer, booklet: Booklet) -> Order:
    prefix = kinds.kind("guideline").prefix
    among = Among(tuple(booklet.numbers))
    gathered = gathering.gather(session, viewer, booklet.day, among, prefix=prefix)
    cover = showing.cover_of(
        gathered, viewer, booklet.day, is_as_of=booklet.as_of, is_whole=booklet.whole, made_at=booklet.created_at
    )
    html = showing.paper(cover, gathered)
    return printing.order(session, viewer, html, gathered.chapters, prefix)


def make_all(app: Flask, refs: Sequence[int], upto: int) -> None:
    """Make these, one after the other. What somebody else is making is looked at again later."""
    with app.app_context():
        left = [ref for ref in refs if not _make(app, ref)]
    if left:
        raise outbox.Later(left)


def _make(app: Flask, number: int) -> bool:
    """Make one, and return whether nothing remains to be done about it."""
    begun = _begin(number)
    if begun is None:
        with db.system_session() as session:
            state = session.scalar(select(Booklet.state).where(Booklet.id == number))
        return state not in UNFINISHED
    done: dict[str, object] = {"state": BookletState.GONE}
    try:
        with _as_its_reader(app, begun) as viewer:
            if viewer is not None:
                done = _press(viewer, begun)
    except PressFailed as failed:
        log.error("booklets: no PDF came of one of %s guidelines: %s", len(begun.numbers), failed)
        done = {"state": BookletState.FAILED}
    except Exception:
        # The outbox tries again in a minute.
        _settle(begun, {"state": BookletState.WAITING})
        raise
    _settle(begun, done)
    return True


def _settle(begun: Booklet, done: dict[str, object]) -> None:
    with db.system_session(writing=True) as session:
        session.execute(update(Booklet).where(*_still(begun)).values(**done))


def _begin(number: int) -> Booklet | None:
    """Take one that nobody else is making. One that was left too often has failed."""
    moment = db.now()
    left = and_(Booklet.state == BookletState.MAKING, Booklet.started_at < moment - LEFT_AFTER)
    free = (Booklet.id == number, or_(Booklet.state == BookletState.WAITING, left))
    with db.system_session(writing=True) as session:
        given_up = update(Booklet).where(*free, Booklet.tries >= MOST_TRIES)
        session.execute(given_up.values(state=BookletState.FAILED).execution_options(synchronize_session=False))
        taken = (
            update(Booklet)
            .where(*free)
            .values(state=BookletState.MAKING, started_at=moment, tries=Booklet.tries + 1, pages=0, expected=0)
        )
        found = session.scalar(taken.returning(Booklet.id).execution_options(synchronize_session=False))
        return session.get(Booklet, number, populate_existing=True) if found else None


def _still(begun: Booklet) -> tuple[ColumnElement[bool], ...]:
    """The condition that nobody else has begun it anew, or thrown it away."""
    return Booklet.id == begun.id, Booklet.started_at == begun.started_at, Booklet.state == BookletState.MAKING


@contextmanager
def _as_its_reader(app: Flask, begun: Booklet) -> Iterator[Viewer | None]:
    """Work as the reader would: under their rights of this moment, in their language and their time zone."""
    settings = web.settings()
    with app.test_request_context("/", base_url=settings.public_url):
        db.close()
        with db.system_session() as system:
            viewer = load_viewer(system, begun.person_id)
        g.viewer, g.languages = viewer, settings.languages
        db.session().info["viewer"] = viewer
        with force_locale(begun.lang):
            yield viewer


def _press(viewer: Viewer, begun: Booklet) -> dict[str, object]:
    order = _order(db.session(), viewer, begun)
    db.session().rollback()
    target = shelf.growing(begun.public_id)
    try:
        pages = printing.send(order, target, tell=_Telling(begun, len(order.html) // LETTERS_A_PAGE + 2))
        size = target.stat().st_size
        target.replace(shelf.place(begun.public_id))
    finally:
        target.unlink(missing_ok=True)
    made = {"state": BookletState.MADE, "made_at": db.now(), "digest": order.digest}
    return {**made, "pages": pages, "size": size}


class _Telling:
    """Writes down how many pages there are, now and then: each time takes a turn to write."""

    def __init__(self, begun: Booklet, expected: int) -> None:
        self.begun, self.expected, self.most = begun, expected, 0
        self.last: datetime = db.now()

    def __call__(self, pages: int) -> None:
        self.most = max(self.most, pages)
        if db.now() - self.last < timedelta(seconds=1):
            return
        self.last = db.now()
        told = {"pages": self.most, "expected": max(self.expected, self.most + 1)}
        with db.system_session(writing=True) as session:
            session.execute(update(Booklet).where(*_still(self.begun)).values(**told))


def leave_nothing_of(session: Session, document: Document) -> None:
    """Throw away every PDF that a guideline is in: it is a spill, and nothing made of it may lie about."""
    if not isinstance(document, Guideline):
        return
    for booklet in session.scalars(select(Booklet).where(Booklet.state != BookletState.GONE)):
        if document.number in booklet.numbers:
            booklet.state = BookletState.GONE
            shelf.remove(booklet.public_id)


def sweep() -> int:
    """Throw away what is older than a day, rows and files."""
    old = db.now() - KEPT
    with db.system_session() as session:
        count = session.scalar(select(func.count(Booklet.id)).where(Booklet.created_at <= old)) or 0
    if count:
        with db.system_session(writing=True) as session:
            session.execute(delete(Booklet).where(Booklet.created_at <= old))
    return count + shelf.clear(KEPT.total_seconds())
