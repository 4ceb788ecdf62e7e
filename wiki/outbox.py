"""The outbox: work that follows a change, written in the transaction of the change itself.

A handler may run twice and fires late rather than never; a row is only a topic and an id, never text.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, Index, Select, String, delete, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from wiki import db

log = logging.getLogger(__name__)

# Enough for an import to fill few index files, and few enough to hold in memory.
BATCH = 1000
# A claim that is this old belonged to a process that died.
CLAIM_LIFE = timedelta(seconds=60)
GIVE_UP_AFTER = 20


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
# Each database has handlers of its own: several applications may live in one process.
_handlers: WeakKeyDictionary[db.Database, dict[str, Handler]] = WeakKeyDictionary()
_draining = threading.Lock()


def handle(database: db.Database, topic: str, handler: Handler) -> None:
    """Let this handler do the work of a topic in a database."""
    _handlers.setdefault(database, {})[topic] = handler


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
    if not _draining.acquire(blocking=wait):
        return 0
    try:
        return sum(_drain_topic(topic, handler) for topic, handler in list(_handlers.get(db.database(), {}).items()))
    finally:
        _draining.release()


def _drain_topic(topic: str, handler: Handler) -> int:
    done = 0
    while rows := _claim(topic):
        ids = [row_id for row_id, _ in rows]
        try:
            handler(list(dict.fromkeys(ref for _, ref in rows)), max(ids))
        except Exception:
            # The claim grows old and another drain tries again; the change itself is safe in the database.
            log.exception("outbox: work on “%s” failed and will be tried again", topic)
            return done
        _finish(topic, ids)
        done += len(ids)
    return done


def _claim(topic: str) -> list[tuple[int, int]]:
    with db.system_session() as session:
        if session.scalar(_waiting(topic).limit(1)) is None:
            return []
    moment = db.now()
    with db.system_session(writing=True) as session:
        ids = list(session.scalars(_waiting(topic).order_by(OutboxRow.id).limit(BATCH)))
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


def _finish(topic: str, ids: Sequence[int]) -> None:
    with db.system_session(writing=True) as session:
        session.execute(delete(OutboxRow).where(OutboxRow.id.in_(ids)).execution_options(synchronize_session=False))
        mark = session.get(OutboxMark, topic)
        if mark is None:
            session.add(OutboxMark(topic=topic, upto=max(ids)))
        else:
            mark.upto = max(mark.upto, *ids)
