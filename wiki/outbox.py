"""The outbox: work that follows a change, written in the transaction of the change itself.

A handler may run twice and fires late rather than never; a row is only a topic and an id, never text.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Index, Select, String, delete, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from wiki import db

log = logging.getLogger(__name__)

# Enough for an import to fill few index files, and few enough to hold in memory.
BATCH = 1000
# Few enough that another machine is done with them before their claim grows old.
SLOW_BATCH = 20
# A claim that is this old belonged to a process that died.
CLAIM_LIFE = timedelta(seconds=60)
GIVE_UP_AFTER = 20
# What waits for another machine is tried after a minute, then after two, four, and so on up to this: two days in all.
LONGEST_PAUSE = timedelta(hours=4)


class Later(Exception):
    """A handler has done all but these ids of its topic's table: they are tried again, later each time."""

    def __init__(self, refs: Iterable[int]) -> None:
        self.refs = frozenset(refs)
        super().__init__(len(self.refs))


class OutboxRow(db.Base):
    """Something still to be done about `ref`, the id of a row of the topic's table."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_topic_id", "topic", "id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(String(40))
    ref: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(db.Moment)
    claimed_at: Mapped[datetime | None] = mapped_column(db.Moment)
    attempts: Mapped[int] = mapped_column(default=0)


class OutboxMark(db.Base):
    """How far the work of a topic has come: the highest row that was ever finished.

    An index that knows less than this was restored from an old copy or lost its last writes, and is built anew.
    """

    __tablename__ = "outbox_mark"

    topic: Mapped[str] = mapped_column(String(40), primary_key=True)
    upto: Mapped[int] = mapped_column(default=0)


# A handler takes the rows' ids of its topic's table and the highest outbox id among them. It must be safe to repeat.
Handler = Callable[[Sequence[int], int], None]
_draining = threading.Lock()
_draining_slowly = threading.Lock()
_draining_at_length = threading.Lock()


def handle(database: db.Database, topic: str, handler: Handler, *, slow: bool = False, long: bool = False) -> None:
    """Let this handler do the work of a topic in a database.

    Each database has handlers of its own, as several applications may live in one process. A slow one asks another
    machine: it works after the others and in a turn of its own, so that a mail server never keeps the index waiting. A
    long one takes minutes for each piece: of it a drain does one piece, in a third turn, or whoever asks for much of it
    would keep mail and clocks waiting.
    """
    _handlers(database)[topic] = handler
    if slow:
        _slow(database).add(topic)
    if long:
        _long(database).add(topic)


def _handlers(database: db.Database) -> dict[str, Handler]:
    # They lead to the application, which leads to the database: kept anywhere else, none of the three would ever go.
    found: dict[str, Handler] = database.info.setdefault("outbox", {})
    return found


def _slow(database: db.Database) -> set[str]:
    found: set[str] = database.info.setdefault("outbox_slow", set())
    return found


def _long(database: db.Database) -> set[str]:
    found: set[str] = database.info.setdefault("outbox_long", set())
    return found


def add(session: Session, topic: str, ref: int) -> None:
    """Ask for work after this transaction is committed."""
    session.add(OutboxRow(topic=topic, ref=ref, created_at=db.now()))


def pending(session: Session, topic: str) -> list[int]:
    """What is still to be done for a topic: the ids its handler has not finished with."""
    return list(session.scalars(select(OutboxRow.ref).where(OutboxRow.topic == topic).distinct()))


def finished(session: Session, topic: str) -> int:
    """The highest row of a topic that was ever finished."""
    return session.scalar(select(OutboxMark.upto).where(OutboxMark.topic == topic)) or 0


def give_back(before: datetime) -> None:
    """Let everything claimed before this moment be claimed again, and what was given up be tried again.

    A claim that lived through the start of a process most likely belonged to one that died.
    """
    left = or_(OutboxRow.claimed_at < before, OutboxRow.attempts >= GIVE_UP_AFTER)
    with db.system_session() as session:
        if session.scalar(select(OutboxRow.id).where(left).limit(1)) is None:
            return
    with db.system_session(writing=True) as session:
        free = update(OutboxRow).where(left).values(claimed_at=None, attempts=0)
        session.execute(free.execution_options(synchronize_session=False))


def drain(*, wait: bool = False) -> int:
    """Do what is waiting, in batches, and return how many rows were done.

    One thread of a process drains at a time: another returns at once, unless it asks to wait.
    """
    slow, long, topics = _slow(db.database()), _long(db.database()), list(_handlers(db.database()))
    quick = [topic for topic in topics if topic not in slow | long]
    done = _drain_in_turn(_draining, quick, wait) + _drain_in_turn(_draining_slowly, sorted(slow), wait)
    return done + _drain_in_turn(_draining_at_length, sorted(long), wait)


def _drain_in_turn(turn: threading.Lock, topics: Iterable[str], wait: bool) -> int:
    if not turn.acquire(blocking=wait):
        return 0
    try:
        return sum(_drain_topic(topic, _handlers(db.database())[topic]) for topic in topics)
    finally:
        turn.release()


def _drain_topic(topic: str, handler: Handler) -> int:
    done, is_long = 0, topic in _long(db.database())
    most = 1 if is_long else SLOW_BATCH if topic in _slow(db.database()) else BATCH
    while rows := _claim(topic, most):
        ids = [row_id for row_id, _ in rows]
        try:
            handler(list(dict.fromkeys(ref for _, ref in rows)), max(ids))
        except Later as later:
            log.warning("outbox: %s of “%s” will be tried again later", len(later.refs), topic)
            waiting = [row_id for row_id, ref in rows if ref in later.refs]
            _put_off(waiting)
            ids = [row_id for row_id in ids if row_id not in waiting]
        except Exception:
            # The claim grows old and another drain tries again; the change itself is safe in the database.
            log.exception("outbox: work on “%s” failed and will be tried again", topic)
            return done
        if ids:
            _finish(topic, ids)
        done += len(ids)
        if is_long:
            break
    return done


def _claim(topic: str, most: int) -> list[tuple[int, int]]:
    with db.system_session() as session:
        if session.scalar(_waiting(topic).limit(1)) is None:
            return []
    moment = db.now()
    with db.system_session(writing=True) as session:
        ids = list(session.scalars(_waiting(topic).order_by(OutboxRow.id).limit(most)))
        # The condition is asked again inside the UPDATE: on PostgreSQL another node may have been faster.
        claimed = session.execute(
            update(OutboxRow)
            .where(OutboxRow.id.in_(ids), _free())
            .values(claimed_at=moment, attempts=OutboxRow.attempts + 1)
            .returning(OutboxRow.id, OutboxRow.ref)
            .execution_options(synchronize_session=False)
        )
        return sorted((row.id, row.ref) for row in claimed)


def _waiting(topic: str) -> Select[int]:
    return select(OutboxRow.id).where(OutboxRow.topic == topic, OutboxRow.attempts < GIVE_UP_AFTER, _free())


def _free() -> ColumnElement[bool]:
    return OutboxRow.claimed_at.is_(None) | (OutboxRow.claimed_at < db.now() - CLAIM_LIFE)


def _put_off(ids: Sequence[int]) -> None:
    """Let these rows wait, the longer the more often they were tried: a claim from the future grows old later."""
    with db.system_session(writing=True) as session:
        for row in session.scalars(select(OutboxRow).where(OutboxRow.id.in_(ids))):
            pause = min(timedelta(minutes=2 ** (row.attempts - 1)), LONGEST_PAUSE)
            row.claimed_at = db.now() + pause - CLAIM_LIFE


def _finish(topic: str, ids: Sequence[int]) -> None:
    with db.system_session(writing=True) as session:
        session.execute(delete(OutboxRow).where(OutboxRow.id.in_(ids)).execution_options(synchronize_session=False))
        mark = session.get(OutboxMark, topic)
        if mark is None:
            session.add(OutboxMark(topic=topic, upto=max(ids)))
        else:
            mark.upto = max(mark.upto, *ids)
