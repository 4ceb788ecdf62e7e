"""Tries to sign in, counted per account, per address and overall, before anything slow is done about them."""

from __future__ import annotations

import hashlib
import ipaddress
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from flask import request
from flask_babel import ngettext
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from wiki import db
from wiki.people.models import Attempt
from wiki.settings import Settings


class Door(StrEnum):
    """What is tried. Each is counted by itself."""

    SIGN_IN = "sign-in"
    RESET = "reset"
    OLD_PASSWORD = "password"  # noqa: S105 - the name of a door


class TooManyAttempts(Exception):
    """The limit is reached; answered 429 with Retry-After in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"wait {retry_after} s")
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Taken:
    """An attempt that was let through: the rows to strike out again if it turns out to be right."""

    rows: tuple[int, ...]
    account: str


# One number for the advisory lock that makes counting and inserting one step on PostgreSQL; SQLite has its write turn.
_LOCK = 0x0A77E397


def take(door: Door, email: str, settings: Settings) -> Taken:
    """Count this attempt, or raise TooManyAttempts. An account that does not exist is counted like any other.

    What is refused is not counted, so that nobody is kept out for longer by somebody who goes on trying.
    """
    limits = _limits(door, email, settings)
    with db.write() as session:
        moment = db.now()
        _stand_alone(session)
        _sweep(session, moment - timedelta(minutes=settings.attempts_window_minutes))
        wait = max(_wait(session, scope, limit, moment, settings) for scope, limit in limits)
        rows = [] if wait else [Attempt(scope=scope, at=moment) for scope, _ in limits]
        session.add_all(rows)
        session.flush()
        taken = Taken(tuple(row.id for row in rows), limits[0][0])
    if wait:
        raise TooManyAttempts(wait)
    return taken


def strike_out(session: Session, taken: Taken) -> None:
    """It was right: forget the attempt, so that a whole post behind one address can sign in on Monday morning.

    The account starts afresh; other tries from the same address stay counted, or one known password would hide them.
    """
    session.execute(delete(Attempt).where(Attempt.id.in_(taken.rows) | (Attempt.scope == taken.account)))


def words(error: TooManyAttempts) -> str:
    """What to tell somebody who has to wait."""
    minutes = math.ceil(error.retry_after / 60)
    return ngettext(
        "There were too many tries. Wait a minute, then try again.",
        "There were too many tries. Wait %(num)d minutes, then try again.",
        minutes,
    )


def address() -> str:
    """The address this request came from; a forwarded one only behind the proxies named in the settings."""
    return request.remote_addr or ""


def _limits(door: Door, email: str, settings: Settings) -> Sequence[tuple[str, int]]:
    # An address that nobody here has is personal data as well: only its hash is kept, and for minutes.
    account = hashlib.sha256(email.strip().casefold().encode()).hexdigest()[:40]
    return (
        (f"{door}:account:{account}", settings.attempts_per_account),
        (f"{door}:from:{_network(address())}", settings.attempts_per_address),
        (f"{door}:all", settings.attempts_overall),
    )


def _network(raw: str) -> str:
    """The address, or of IPv6 the /64 that is handed to one household."""
    try:
        parsed = ipaddress.ip_address(raw)
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False)) if parsed.version == 6 else str(parsed)


def _stand_alone(session: Session) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(_LOCK)))


def _sweep(session: Session, before: datetime) -> None:
    session.execute(delete(Attempt).where(Attempt.at <= before))


def _wait(session: Session, scope: str, limit: int, moment: datetime, settings: Settings) -> int:
    """Seconds until this scope has room again; 0 when it has now. What is too old was swept before."""
    if limit < 1:
        return 60 * settings.attempts_window_minutes
    newest_first = select(Attempt.at).where(Attempt.scope == scope).order_by(Attempt.at.desc())
    blocking = session.scalar(newest_first.offset(limit - 1).limit(1))
    if blocking is None:
        return 0
    frees = blocking + timedelta(minutes=settings.attempts_window_minutes)
    return max(1, math.ceil((frees - moment).total_seconds()))
