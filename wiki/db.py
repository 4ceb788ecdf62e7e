"""The database: one recipe for SQLite, one for PostgreSQL, and the session of the work in hand.

Everything that writes goes through `write()`, which on SQLite takes the write turn first. Why each pragma and lock is
there is told in docs/operations.md.
"""

from __future__ import annotations

import contextvars
import fcntl
import os
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, DateTime, Engine, MetaData, create_engine, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect, make_url
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.types import TypeDecorator

from wiki.settings import Settings

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

Json = JSON().with_variant(JSONB(), "postgresql")


class Base(DeclarativeBase):
    """The base of every table."""

    metadata = MetaData(naming_convention=NAMING)


class Moment(TypeDecorator[datetime]):
    """A moment in UTC. SQLite forgets time zones, so they are dropped on the way in and put back on the way out."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(DateTime(timezone=dialect.name != "sqlite"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def now() -> datetime:
    """This moment, in UTC. The one clock of the application, so that tests can stop it."""
    return datetime.now(UTC)


# No vowels and no look-alikes: an id read over the telephone stays the same, and never spells a word.
_ALPHABET = "23456789bcdfghjkmnpqrstvwxz"


def new_public_id() -> str:
    """A random id of 12 letters and digits, about 57 bits: it tells nothing of when or after what it was made."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(12))


class WriteBusy(RuntimeError):
    """The write turn was not obtained in time: answer 503 with Retry-After."""


class WriteTurn:
    """One writer at a time on this machine, first come first served.

    flock queues processes fairly where SQLite's own busy handler sleeps and polls, and it keeps checkpoints from ever
    running beside a commit, which is the condition of the WAL-reset bug in SQLite before 3.51.3. The kernel drops the
    lock when a process is killed.
    """

    def __init__(self, path: Path, timeout: float = 15.0) -> None:
        self.path, self.timeout, self.threads = path, timeout, threading.Lock()

    @contextmanager
    def __call__(self) -> Iterator[None]:
        if not self.threads.acquire(timeout=self.timeout):
            raise WriteBusy
        try:
            descriptor = self._queue()
            try:
                yield
            finally:
                os.close(descriptor)
        finally:
            self.threads.release()

    def _queue(self) -> int:
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._wait(descriptor)
        return descriptor

    def _wait(self, descriptor: int) -> None:
        # A blocking flock keeps our place in the kernel's queue but knows no timeout: it waits in a thread of its own.
        # If we give up, that thread closes the descriptor, and with it the lock, as soon as its turn comes.
        given_up, got_it, guard = threading.Event(), threading.Event(), threading.Lock()

        def wait() -> None:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            with guard:
                got_it.set()
                if given_up.is_set():
                    os.close(descriptor)

        threading.Thread(target=wait, daemon=True).start()
        if got_it.wait(self.timeout):
            return
        with guard:
            if got_it.is_set():
                return
            given_up.set()
        raise WriteBusy


class Database:
    """An engine with its ways to read and to write."""

    def __init__(self, url: str, *, write_timeout: float = 15.0) -> None:
        self.url = make_url(url)
        # What belongs to this database beside the engine, such as the handlers of its outbox: it goes when this goes.
        self.info: dict[str, Any] = {}
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(self.url, write_timeout) if self.is_sqlite else _postgres_engine(url)
        writer = self.engine.execution_options(sqlite_begin="IMMEDIATE") if self.is_sqlite else self.engine
        self._reader = sessionmaker(self.engine, expire_on_commit=False)
        self._writer = sessionmaker(writer, expire_on_commit=False)
        self._turn: Callable[[], Any] | None = None
        if self.is_sqlite:
            self._turn = WriteTurn(Path(f"{self.url.database}.writelock"), write_timeout)

    def open(self, **info: Any) -> Session:
        """A reading session. `info` tells for whom: `viewer=…` or `system=True`."""
        return self._reader(info=info)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """The write turn of SQLite; nothing on PostgreSQL, which has row locks. Only SQL may happen inside."""
        if self._turn is None:
            yield
        else:
            with self._turn():
                yield

    @contextmanager
    def writing(self, **info: Any) -> Iterator[Session]:
        """A session in a write turn: committed at the end of the block, rolled back when it raises."""
        with self.turn(), self._writer(info=info) as session, session.begin():
            yield session

    def after_fork(self) -> None:
        """Forget connections that belong to the parent process, without closing them."""
        self.engine.dispose(close=False)


def _sqlite_engine(url: Any, timeout: float) -> Engine:
    engine = create_engine(url, pool_size=8, max_overflow=8, pool_timeout=10, connect_args={"timeout": timeout})
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _set_up_sqlite(connection: Any, record: object) -> None:
    # The driver must never open or close a transaction by itself: see _begin_sqlite.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        # For each connection of each thread of each worker; what is read often stays in the system's memory anyway.
        "cache_size=-2000",
        "temp_store=MEMORY",
        "journal_size_limit=67108864",
        "trusted_schema=OFF",
        "cell_size_check=ON",
    ):
        cursor.execute("PRAGMA " + pragma)
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN " + connection.get_execution_options().get("sqlite_begin", "DEFERRED"))


def _postgres_engine(url: str) -> Engine:
    limits = "-c statement_timeout=15000 -c lock_timeout=5000 -c idle_in_transaction_session_timeout=30000 -c jit=off"
    return create_engine(
        url, pool_size=5, max_overflow=5, pool_pre_ping=True, pool_recycle=1800, connect_args={"options": limits}
    )


def wal_reset_fixed(version: str) -> bool:
    """True for SQLite releases without the WAL-reset corruption bug (3.7.0 to 3.51.2 have it, except two backports)."""
    parts = tuple(int(part) for part in version.split("."))
    return (
        parts >= (3, 51, 3)
        or (parts[:2] == (3, 50) and parts >= (3, 50, 7))
        or (parts[:2] == (3, 44) and parts >= (3, 44, 6))
    )


# The work in hand (a request, a command, a job) has one session. It reads until write() replaces it for a while.
_database: contextvars.ContextVar[Database] = contextvars.ContextVar("chancery_database")
_session: contextvars.ContextVar[Session | None] = contextvars.ContextVar("chancery_session", default=None)


def connect(settings: Settings) -> Database:
    """Open the database of these settings, making its folder if need be."""
    if settings.is_sqlite:
        Path(make_url(settings.sqlalchemy_url).database or "").parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return Database(settings.sqlalchemy_url)


def database() -> Database:
    """The database of the work in hand."""
    return _database.get()


def use(chosen: Database) -> contextvars.Token[Database]:
    """Make this the database of the work in hand."""
    return _database.set(chosen)


def session() -> Session:
    """The session of the work in hand; it reads as nobody until somebody is known."""
    current = _session.get()
    if current is None:
        current = database().open(viewer=None)
        _session.set(current)
    return current


def close() -> None:
    """End the session of the work in hand, if there is one."""
    current = _session.get()
    if current is not None:
        current.close()
        _session.set(None)


@contextmanager
def write() -> Iterator[Session]:
    """Change something: within the block `session()` is a writing session, for the same viewer; at its end it commits.

    The reading session is ended first: what it had loaded may be outdated by the time the turn comes, so load again
    inside the block. Nothing slow belongs inside: no rendering, no hashing, no network.
    """
    reading = session()
    info = dict(reading.info)
    reading.close()
    try:
        with database().writing(**info, writing=True) as writing:
            _session.set(writing)
            yield writing
    finally:
        _session.set(database().open(**info))


@contextmanager
def system_session(*, writing: bool = False) -> Iterator[Session]:
    """A session without a viewer, for work that serves no single reader: indexing, import, checks."""
    before = _session.get()
    opener = database().writing(system=True) if writing else _reading_for_the_system()
    with opener as current:
        _session.set(current)
        try:
            yield current
        finally:
            _session.set(before)


@contextmanager
def _reading_for_the_system() -> Iterator[Session]:
    with database().open(system=True) as current:
        yield current
