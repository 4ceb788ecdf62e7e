"""What `chancery check` looks at. Slices add their own findings."""

from __future__ import annotations

import logging
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from flask import Flask
from sqlalchemy import func, select, text

from wiki import db, mail, migrate, outbox
from wiki.access import audit
from wiki.access.policy import Role
from wiki.documents.models import Attachment
from wiki.people.models import Person, RoleAssignment
from wiki.people.viewer import in_force, today
from wiki.settings import Settings

log = logging.getLogger(__name__)

LOW_DISK = 0.10
# How many rows of the log are looked at: as many as take no time.
NEWEST_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: is it fine, and in which words."""

    about: str
    fine: bool
    words: str


_more: list[Callable[[Flask], Iterator[Finding]]] = []


def add(look_at: Callable[[Flask], Iterator[Finding]]) -> None:
    """Let a slice be looked at too."""
    if look_at not in _more:
        _more.append(look_at)


_menders: list[Callable[[Flask], None]] = []


def mending(mend_it: Callable[[Flask], None]) -> None:
    """Let a slice put right what it can by itself whenever the server starts."""
    if mend_it not in _menders:
        _menders.append(mend_it)


def mend(app: Flask) -> None:
    """Put right what can be put right without anybody's help; trouble with one thing leaves the others alone."""
    for mend_it in _menders:
        try:
            mend_it(app)
        except Exception:
            log.exception("something could not be put right; “chancery check” tells what")


def look(app: Flask) -> list[Finding]:
    """Look at everything."""
    findings = [*_database(), *_files(app), *_disk(app.extensions["chancery_settings"]), *_outbox(), *_log(), *_roles()]
    findings += _mail(app.extensions["chancery_settings"])
    for look_at in _more:
        findings += look_at(app)
    return findings


def _database() -> Iterator[Finding]:
    current = migrate.is_current(db.database())
    yield Finding("database", current, "up to date" if current else "not up to date; run “chancery init”")
    if not db.database().is_sqlite:
        return
    with db.system_session() as session:
        answer = str(session.scalar(text("PRAGMA quick_check")))
    yield Finding("integrity", answer == "ok", answer)
    version = sqlite3.sqlite_version
    fixed = db.wal_reset_fixed(version)
    words = f"SQLite {version}" + (
        "" if fixed else "; its WAL-reset bug is kept away by the write turn (docs/operations.md)"
    )
    yield Finding("library", True, words)


def _files(app: Flask) -> Iterator[Finding]:
    with db.system_session() as session:
        wanted = set(session.scalars(select(Attachment.sha256).where(Attachment.removed_at.is_(None))))
    missing = wanted - set(app.extensions["chancery_files"].every())
    words = (
        f"{len(wanted)} kept"
        if not missing
        else f"{len(missing)} of {len(wanted)} are missing; restore them from a backup"
    )
    yield Finding("files", not missing, words)


def _disk(settings: Settings) -> Iterator[Finding]:
    usage = shutil.disk_usage(settings.data_dir)
    share = usage.free / usage.total
    words = f"{usage.free // 1_000_000_000} GB free" + ("" if share > LOW_DISK else "; make room before it is full")
    yield Finding("disk", share > LOW_DISK, words)


def _log() -> Iterator[Finding]:
    """The newest rows of the log; “chancery audit verify” walks all of it."""
    with db.system_session() as session:
        fault = next(audit.faults(session, newest=NEWEST_ROWS), None)
        count = audit.end(session)[1]
    words = f"{count} rows, the newest of them whole" if fault is None else f"row {fault.row}: {fault.what}"
    yield Finding("log", fault is None, words)


# Without these something waits that nobody can end.
_WAITED_FOR = {
    Role.STEWARD: "what is to be hidden waits for a second person",
    Role.ARBITER: "appeals wait",
    Role.SECURITY_OFFICER: "nobody is told of alarms",
    Role.APPROVER: "no guideline comes in force",
    Role.LESSONS_OFFICER: "no lesson is weighed",
}


def _roles() -> Iterator[Finding]:
    """Which roles nobody holds today, and what waits for that. A young site may well begin so."""
    given = select(RoleAssignment.role).join(Person, Person.id == RoleAssignment.person_id)
    with db.system_session() as session:
        held = set(
            session.scalars(
                given.where(in_force(RoleAssignment.starts_on, RoleAssignment.ends_on, today()), Person.is_active)
            )
        )
    missing = [f"nobody is {role.value}, so {words}" for role, words in _WAITED_FOR.items() if role not in held]
    words = "; ".join([*missing, "see “Roles” in the administration"]) if missing else "somebody holds each"
    yield Finding("roles", True, words)


def _mail(settings: Settings) -> Iterator[Finding]:
    if not settings.smtp_host:
        yield Finding("mail", True, f"no server is set; letters are laid down in {settings.data_dir / 'mail'}")
        return
    place, wrong = f"{settings.smtp_host}:{settings.smtp_port}", mail.trouble(settings)
    words = f"{place} cannot be used ({wrong}); see CHANCERY_SMTP_HOST" if wrong else f"{place} answers"
    yield Finding("mail", not wrong, words)


def _outbox() -> Iterator[Finding]:
    with db.system_session() as session:
        waiting = session.scalar(select(func.count(outbox.OutboxRow.id))) or 0
        stuck = session.scalar(
            select(func.count(outbox.OutboxRow.id)).where(outbox.OutboxRow.attempts >= outbox.GIVE_UP_AFTER)
        )
    words = f"{waiting} waiting" if not stuck else f"{stuck} rows failed again and again; see the log"
    yield Finding("outbox", not stuck, words)
