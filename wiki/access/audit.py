"""The log: one line for each thing done to sharing, people and roles, in the transaction that does it.

Each row holds the digest of the row before it, so that a row that was changed, removed or put elsewhere is found
(03-sharing 3.8). Rows are only ever added.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Select, select, text
from sqlalchemy.orm import Session

from wiki import db
from wiki.access.models import AuditEvent, AuditHead

HEAD = 1
# How many rows are looked at in one go.
AT_ONCE = 1000


def record(session: Session, what: str, *, by: int | None, about: str = "", owner: str = "", **details: Any) -> None:
    """Write down that `by` (a person's database id, or None for the system) did `what` about a public id.

    `owner` is the group that keeps what it is about. Details are ids, labels, dates and codes; never titles, texts or
    tokens.
    """
    head = _end_of_the_chain(session)
    row = AuditEvent(at=db.now(), actor_id=by, what=what, about=about, owner=owner, details=details)
    row.previous = head.digest or ""
    row.digest = digest_of(row)
    head.digest, head.count = row.digest, (head.count or 0) + 1
    session.add(row)
    session.flush()


def record_once(
    session: Session, what: str, *, by: int | None, about: str, since: datetime, owner: str = "", **details: Any
) -> bool:
    """The same, unless such a row was written since then. Two who do it at once write one row. True: it is new."""
    _end_of_the_chain(session)
    if is_there(session, what, by=by, about=about, since=since):
        return False
    record(session, what, by=by, about=about, owner=owner, **details)
    return True


def is_there(session: Session, what: str, *, by: int | None, about: str, since: datetime) -> bool:
    """Whether somebody did this about a public id since then, as far as the log knows."""
    rows = select(AuditEvent.id).where(
        AuditEvent.actor_id == by, AuditEvent.what == what, AuditEvent.at >= since, AuditEvent.about == about
    )
    return session.scalar(rows.limit(1)) is not None


def _end_of_the_chain(session: Session) -> AuditHead:
    """The row that holds the last digest, locked till the end of the transaction."""
    end = select(AuditHead).where(AuditHead.id == HEAD).with_for_update().execution_options(populate_existing=True)
    head = session.scalar(end)
    if head is None:
        # Two nodes may write the first row of all at once: one makes the end, the other waits for it here.
        first = text("insert into audit_head (id, digest, count) values (:id, '', 0) on conflict do nothing")
        session.execute(first, {"id": HEAD})
        head = session.scalars(end).one()
    return head


def digest_of(row: AuditEvent) -> str:
    """SHA-256, in hex, of the digest before and of everything the row says, as JSON with sorted keys."""
    told = [row.previous, row.at.astimezone(UTC).isoformat(), row.actor_id, row.what, row.about, row.owner, row.details]
    words = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(words.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Fault:
    """Where the chain is broken: the id of the row, and in what way."""

    row: int
    what: str


def faults(session: Session, *, newest: int | None = None) -> Iterator[Fault]:
    """Walk the chain from its beginning, or only its newest rows. Nothing comes out when every row is there, unchanged
    and in its place. Others may go on writing meanwhile.
    """
    last, count, first = "", 0, _before_the(session, newest)
    position, told = first, end(session)
    # The end is read before the rows: a row that is written in between is found by looking for further rows again.
    while rows := session.scalars(_after(position)).all():
        for row in rows:
            count += 1
            # What stands before the first of the newest rows was not read, so that one has nothing to follow.
            if row.previous != last and not (first and count == 1):
                yield Fault(row.id, "does not follow the row before it: one was removed, added or moved")
            if row.digest != digest_of(row):
                yield Fault(row.id, "was changed after it was written")
            last, position = row.digest, row.id
        session.expunge_all()
        told = end(session)
    if told[0] != last or (not first and told[1] != count):
        yield Fault(
            0, f"the end is missing: {told[1]} rows were written, and the last of them is not the last one there"
        )


def _after(position: int) -> Select[AuditEvent]:
    return select(AuditEvent).where(AuditEvent.id > position).order_by(AuditEvent.id).limit(AT_ONCE)


def end(session: Session) -> tuple[str, int]:
    """The digest of the last row and how many were ever written: what is worth noting down elsewhere."""
    head = session.get(AuditHead, HEAD, populate_existing=True)
    return (head.digest, head.count) if head else ("", 0)


def _before_the(session: Session, newest: int | None) -> int:
    """The id of the row before the newest so many; 0 when there are not more."""
    if newest is None:
        return 0
    return session.scalar(select(AuditEvent.id).order_by(AuditEvent.id.desc()).offset(newest).limit(1)) or 0
