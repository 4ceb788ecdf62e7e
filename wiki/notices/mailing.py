"""Notices by mail, as each person wishes: at once, once a day, or never, and not in their quiet hours.

A letter says in sentences that name nothing what sort of thing is new, and leads to the inbox. Everything else is
behind the sign-in: mail is read on devices and in countries of its own.

A notice is marked as mailed before its letter goes out, and unmarked when the server says “later”. A process that dies
in between leaves a letter unsent rather than sending it twice; the notice itself stands in the inbox in any case.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Flask, current_app, has_app_context
from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from wiki import clocks, db, mail, outbox
from wiki.notices import times
from wiki.notices.models import Notice
from wiki.notices.telling import TOPIC, sort_of
from wiki.people.models import Person
from wiki.settings import Settings

AT_ONCE, DAILY, NEVER = "at-once", "daily", "never"


@dataclass(frozen=True, slots=True)
class Line:
    """Notices of one sort in a letter: what the sort is, how many there are, and a page that tells more."""

    words: Any
    number: int
    link: str


def init_app(app: Flask) -> None:
    """Send what was told after it was saved, and what waits when its time has come."""

    def send(ids: Sequence[int], _upto: int) -> None:
        with nullcontext() if has_app_context() else app.app_context():
            left = _send(ids)
        if left:
            raise outbox.Later(left)

    outbox.handle(app.extensions["chancery_db"], TOPIC, send, slow=True)
    clocks.add(app, "mail about notices", release)


def release() -> int:
    """The clock of what waits: it hands over to the outbox what quiet hours or the letter of the day held up.

    Two nodes may hand over the same; it is sent once all the same.
    """
    moment = db.now()
    with db.system_session() as session:
        waiting = _waiting(session, ~_in_outbox())
    steps = _settle(waiting)
    for person, notices in waiting:
        if not _may_reach(person, moment):
            continue
        begins = _begins_digest(person, notices, moment)
        if begins or any(_is_due(person, notice, moment) for notice in notices):
            steps += _hand_over(person, moment, begins)
    return steps


def _hand_over(person: Person, moment: datetime, begins_digest: bool) -> int:
    with db.system_session(writing=True) as session:
        if begins_digest:
            last = times.last_digest(moment, person.timezone)
            mine = (Person.id == person.id, or_(Person.digest_at.is_(None), Person.digest_at < last))
            # Beside the mapped object: a letter is no new version of the person.
            table = Person.__table__
            begun = update(table).where(*mine).values(digest_at=moment).returning(table.c.id)  # type: ignore[arg-type]
            if session.execute(begun).first() is None:
                return 0
        waiting = _waiting(session, ~_in_outbox(), Notice.person_id == person.id)
        due = [notice for who, notices in waiting for notice in notices if _is_due(who, notice, moment)]
        for notice in due:
            outbox.add(session, TOPIC, notice.id)
        return len(due)


def _send(ids: Sequence[int]) -> list[int]:
    """Send one letter to each person of these notices, with all that is due for them; returns what has to wait."""
    moment = db.now()
    with db.system_session() as session:
        meant = select(Notice.person_id).where(Notice.id.in_(ids))
        found = {person.id: (person, notices) for person, notices in _waiting(session, Notice.person_id.in_(meant))}
    _settle(found.values())

    def send_one(person_id: int) -> None:
        person, notices = found[person_id]
        _write_to(person, [notice for notice in notices if _is_due(person, notice, moment)])

    late = set(mail.send_each(list(found), send_one))
    return [notice.id for person, notices in found.values() if person.id in late for notice in notices]


def _write_to(person: Person, notices: Sequence[Notice]) -> None:
    """Send the letter about these. Raises as `mail.send` does."""
    claimed = _claim([notice.id for notice in notices])
    told = [notice for notice in notices if notice.id in claimed]
    if not told:
        return
    settings: Settings = current_app.extensions["chancery_settings"]
    home = settings.public_url.rstrip("/")
    try:
        mail.send(
            person.email,
            "notice",
            lang=person.lang,
            once="notice " + " ".join(sorted(notice.public_id for notice in told)),
            can_stop=True,
            name=person.name,
            number=len(told),
            lines=_lines(told, home),
            link=f"{home}/notices",
            choice=f"{home}/me#notices",
        )
    except mail.Refused:
        raise
    except Exception:
        _set_mailed(claimed, None)
        raise


def _lines(notices: Sequence[Notice], home: str) -> list[Line]:
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    sorts = Counter(notice.code for notice in notices)
    pages = {code: sort_of(app, code) for code in sorts}
    return [
        Line(pages[code].subject, number, f"{home}{pages[code].page}" if pages[code].page else "")
        for code, number in sorts.items()
    ]


def _waiting(session: Session, *which: Any) -> list[tuple[Person, list[Notice]]]:
    """The notices no mail was sent about, by person, the oldest first."""
    rows = session.execute(
        select(Person, Notice)
        .join(Notice, Notice.person_id == Person.id)
        .where(Notice.mailed_at.is_(None), *which)
        .order_by(Notice.id)
    )
    found: dict[int, tuple[Person, list[Notice]]] = {}
    for person, notice in rows:
        found.setdefault(person.id, (person, []))[1].append(notice)
    return list(found.values())


def _in_outbox() -> Any:
    return (
        select(outbox.OutboxRow.id).where(outbox.OutboxRow.topic == TOPIC, outbox.OutboxRow.ref == Notice.id).exists()
    )


def _is_wanted(person: Person, notice: Notice) -> bool:
    """Whether mail about it is still wanted: not by whoever left or has read it, nor by whoever wants none."""
    return person.is_active and person.notices_by_mail != NEVER and notice.read_at is None


def _is_due(person: Person, notice: Notice, moment: datetime) -> bool:
    if not _is_wanted(person, notice):
        return False
    if notice.urgent:
        return True
    if not _may_reach(person, moment):
        return False
    # The letter of the day carries what was told before it began.
    return person.notices_by_mail == AT_ONCE or (person.digest_at is not None and notice.created_at < person.digest_at)


def _may_reach(person: Person, moment: datetime) -> bool:
    return not times.is_quiet(moment, person.timezone, person.quiet_from, person.quiet_until)


def _begins_digest(person: Person, notices: Iterable[Notice], moment: datetime) -> bool:
    """Whether it is time for the letter of the day: something was told before it was last seven in the morning."""
    last = times.last_digest(moment, person.timezone)
    told = any(notice.created_at < last and _is_wanted(person, notice) for notice in notices)
    return person.notices_by_mail == DAILY and told and (person.digest_at is None or person.digest_at < last)


def _claim(ids: Sequence[int]) -> set[int]:
    """Mark these as mailed, and return those that were not yet: another process may be at them too."""
    if not ids:
        return set()
    with db.system_session(writing=True) as session:
        unsent = update(Notice).where(Notice.id.in_(ids), Notice.mailed_at.is_(None), Notice.read_at.is_(None))
        return set(session.scalars(unsent.values(mailed_at=db.now()).returning(Notice.id)))


def _settle(waiting: Iterable[tuple[Person, list[Notice]]]) -> int:
    """Let go of what nobody wants mail about any more, and return how many those were."""
    over = {notice.id for person, notices in waiting for notice in notices if not _is_wanted(person, notice)}
    _set_mailed(over, db.now())
    return len(over)


def _set_mailed(ids: set[int], at: datetime | None) -> None:
    if ids:
        with db.system_session(writing=True) as session:
            session.execute(update(Notice).where(Notice.id.in_(ids)).values(mailed_at=at))
