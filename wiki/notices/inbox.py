"""The inbox: what somebody was told, in the words of what they may see now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from wiki import db
from wiki.access.policy import Viewer
from wiki.notices.models import Notice
from wiki.notices.telling import Finder, Told, sort_of

PAGE = 30
# What was read is kept for a while, for whoever looks for it again.
KEPT = timedelta(days=90)
# Few enough that nobody waits for the write turn.
MOST_CLEARED = 500


@dataclass(frozen=True, slots=True)
class Line:
    """A notice as it stands in the inbox. Without an address it leads nowhere: its reader may not see that any more."""

    public_id: str
    words: Any
    url: str
    at: datetime
    is_read: bool
    urgent: bool


def lines(session: Session, viewer: Viewer, *, limit: int = PAGE, offset: int = 0) -> list[Line]:
    """The notices of the viewer, the newest first."""
    mine = select(Notice).where(Notice.person_id == viewer.person)
    found = session.scalars(mine.order_by(Notice.created_at.desc(), Notice.id.desc()).limit(limit).offset(offset)).all()
    told = _told(session, viewer, found)
    return [_line(notice, told.get(notice.id)) for notice in found]


def find(session: Session, viewer: Viewer, public_id: str) -> Line | None:
    """A notice of the viewer, or None when they have none of this id."""
    mine = select(Notice).where(Notice.person_id == viewer.person, Notice.public_id == public_id)
    notice = session.scalar(mine)
    return None if notice is None else _line(notice, _told(session, viewer, [notice]).get(notice.id))


def mark_read(session: Session, viewer: Viewer, public_id: str) -> None:
    """Note that the viewer opened a notice."""
    _mark(session, viewer, Notice.public_id == public_id)


def mark_all_read(session: Session, viewer: Viewer, newest: str) -> None:
    """Note that the viewer has seen all up to this one: what came while they looked stays new."""
    theirs = select(Notice.id).where(Notice.person_id == viewer.person, Notice.public_id == newest)
    _mark(session, viewer, Notice.id <= theirs.scalar_subquery())


def clear_old() -> int:
    """The clock that clears away what was read long ago."""
    with db.system_session() as session:
        old = list(session.scalars(select(Notice.id).where(_is_old()).limit(MOST_CLEARED)))
    if not old:
        return 0
    with db.system_session(writing=True) as session:
        gone = session.execute(delete(Notice).where(Notice.id.in_(old), _is_old()).returning(Notice.id))
        return len(gone.all())


def _is_old() -> Any:
    return Notice.read_at < db.now() - KEPT


def _told(session: Session, viewer: Viewer, notices: Sequence[Notice]) -> dict[int, Told]:
    """The words of all of these, by asking each finder once."""
    by_finder: dict[Finder, list[Notice]] = defaultdict(list)
    for notice in notices:
        by_finder[_sort(notice).find].append(notice)
    found: dict[int, Told] = {}
    for finder, its in by_finder.items():
        found |= finder(session, viewer, its)
    return found


def _sort(notice: Notice) -> Any:
    return sort_of(current_app._get_current_object(), notice.code)  # type: ignore[attr-defined]


def _line(notice: Notice, told: Told | None) -> Line:
    words, url = (told.words, told.url) if told else (_sort(notice).subject, "")
    return Line(notice.public_id, words, url, notice.created_at, notice.read_at is not None, notice.urgent)


def _mark(session: Session, viewer: Viewer, *which: Any) -> None:
    mine: Iterable[Any] = (Notice.person_id == viewer.person, Notice.read_at.is_(None), *which)
    session.execute(update(Notice).where(*mine).values(read_at=db.now()))
