"""Leave to read, requests for it, and the log of what was done to sharing, people and roles."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from wiki import db


class AccessGrant(db.Base):
    """Leave to read one document or passage until a moment: till then the person holds `doc:<public id>` (3.1).

    `document` is the public id of either.
    """

    __tablename__ = "access_grant"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(12), unique=True, default=db.new_public_id)
    document: Mapped[str] = mapped_column(String(12), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    # A grant ends with the membership under which it was given (3.6); none when it was given to a guest by hand.
    membership_id: Mapped[int | None] = mapped_column(ForeignKey("membership.id", ondelete="CASCADE"))
    given_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    given_at: Mapped[datetime] = mapped_column(db.Moment, default=db.now)
    until: Mapped[datetime] = mapped_column(db.Moment)
    withdrawn_at: Mapped[datetime | None] = mapped_column(db.Moment)
    why: Mapped[str] = mapped_column(Text, default="")
    # How it came about: given by hand or on request, to decide a dispute, or by breaking the glass.
    sort: Mapped[str] = mapped_column(String(12), default="leave", server_default="leave")
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class RequestState(StrEnum):
    """Where a request for access stands (03-sharing 3.6)."""

    ASKED = "asked"
    GRANTED = "granted"
    REFUSED = "refused"
    # Nobody answered in time, and the reason was one that gives way then.
    LAPSED = "lapsed"
    # Nobody answered in time, and the reason was one that does not: a steward has it, then the arbiter.
    ESCALATED = "escalated"
    APPEALED = "appealed"
    # What the arbiter said to an appeal.
    ALLOWED = "allowed"
    UPHELD = "upheld"
    # Taken back by whoever asked, or no longer needed because the text was opened or is gone.
    WITHDRAWN = "withdrawn"
    SETTLED = "settled"


OPEN_REQUESTS = (RequestState.ASKED, RequestState.ESCALATED, RequestState.APPEALED)


class AccessRequest(db.Base):
    """Somebody asks to read a document of which they found a stub, or a passage that is held from them.

    `target` is the public id of the document or passage. All moments are stored, so that a clock may fire late and
    never twice: a step is taken by a conditional UPDATE on `state` and `version`.
    """

    __tablename__ = "access_request"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(12), unique=True, default=db.new_public_id)
    target: Mapped[str] = mapped_column(String(12))
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    # The unit that was asked, as it was then; and why the text was held back, by its code.
    owner_id: Mapped[str] = mapped_column(ForeignKey("group.id"))
    reason: Mapped[str] = mapped_column(String(30), default="")
    urgent: Mapped[bool] = mapped_column(default=False)
    words: Mapped[str] = mapped_column(String(400), default="")
    state: Mapped[str] = mapped_column(String(12), default=RequestState.ASKED)
    asked_at: Mapped[datetime] = mapped_column(db.Moment, default=db.now)
    remind_at: Mapped[datetime | None] = mapped_column(db.Moment)
    # None: it waits for the day on which the text opens, and no clock runs.
    due_at: Mapped[datetime | None] = mapped_column(db.Moment)
    reminded_at: Mapped[datetime | None] = mapped_column(db.Moment)
    # When it went to the stewards, and when from them to the arbiter.
    escalated_at: Mapped[datetime | None] = mapped_column(db.Moment)
    arbiter_at: Mapped[datetime | None] = mapped_column(db.Moment)
    answered_at: Mapped[datetime | None] = mapped_column(db.Moment)
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    # Why it was refused, by its code in the closed list, and what can be shared instead.
    refusal: Mapped[str | None] = mapped_column(String(30))
    instead: Mapped[str] = mapped_column(String(400), default="")
    grant_id: Mapped[int | None] = mapped_column(ForeignKey("access_grant.id", ondelete="SET NULL"))
    appealed_at: Mapped[datetime | None] = mapped_column(db.Moment)
    appeal: Mapped[str] = mapped_column(String(400), default="")
    decided_at: Mapped[datetime | None] = mapped_column(db.Moment)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    decision: Mapped[str] = mapped_column(String(400), default="")
    # The key of the form that asked: posted twice it asks once.
    idempotency_key: Mapped[str | None] = mapped_column(String(40))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        UniqueConstraint("person_id", "idempotency_key"),
        Index("ix_access_request_state_due_at", "state", "due_at"),
        Index("ix_access_request_owner_id_state", "owner_id", "state"),
        Index("ix_access_request_target_person_id", "target", "person_id"),
        CheckConstraint("state in ({})".format(", ".join(f"'{state}'" for state in RequestState)), name="state"),
    )


class Holiday(db.Base):
    """A day on which a post or unit does not work. Where it has none of its own, its parent's count."""

    __tablename__ = "holiday"

    group_id: Mapped[str] = mapped_column(ForeignKey("group.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    name: Mapped[str] = mapped_column(String(120), default="")


class Quarantine(db.Base):
    """A spill that was shut away: from `set_at` until `lifted_at` security officers alone can read the document."""

    __tablename__ = "quarantine"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(12), unique=True, default=db.new_public_id)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"), index=True)
    set_at: Mapped[datetime] = mapped_column(db.Moment, default=db.now)
    set_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    why: Mapped[str] = mapped_column(String(400))
    lifted_at: Mapped[datetime | None] = mapped_column(db.Moment)
    lifted_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    outcome: Mapped[str] = mapped_column(String(400), default="")
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class SpillReport(db.Base):
    """Somebody says that a document holds what does not belong here. Security officers alone read their sentence."""

    __tablename__ = "spill_report"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(12), unique=True, default=db.new_public_id)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    at: Mapped[datetime] = mapped_column(db.Moment, default=db.now)
    words: Mapped[str] = mapped_column(String(400))
    settled_at: Mapped[datetime | None] = mapped_column(db.Moment, index=True)
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))


class Alarm(db.Base):
    """Something in the log that a security officer should look at. `details` are counts and codes, never texts."""

    __tablename__ = "alarm"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(12), unique=True, default=db.new_public_id)
    code: Mapped[str] = mapped_column(String(40))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"), index=True)
    # What the alarm is about beside the person, and the stretch of time: one alarm each.
    window: Mapped[str] = mapped_column(String(80))
    raised_at: Mapped[datetime] = mapped_column(db.Moment, default=db.now, index=True)
    details: Mapped[dict[str, Any]] = mapped_column(db.Json, default=dict)
    settled_at: Mapped[datetime | None] = mapped_column(db.Moment)
    settled_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    words: Mapped[str] = mapped_column(String(400), default="")

    __table_args__ = (UniqueConstraint("code", "person_id", "window"),)


class AuditEvent(db.Base):
    """Something that was done to sharing, people or roles; rows are only ever added (03-sharing 3.8)."""

    __tablename__ = "audit_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(db.Moment)
    actor_id: Mapped[int | None]
    what: Mapped[str] = mapped_column(String(60), index=True)
    # The public id of the document, person or group concerned; never a title or a text.
    about: Mapped[str] = mapped_column(String(60), default="", index=True)
    # The group that kept what it was about, so that a unit can see who opened its papers.
    owner: Mapped[str] = mapped_column(String(60), default="", server_default="", index=True)
    details: Mapped[dict[str, Any]] = mapped_column(db.Json, default=dict)
    # SHA-256 of the row before and of this one together with it, in hex: the chain that `chancery audit verify` walks.
    previous: Mapped[str] = mapped_column(String(64), default="", server_default="")
    digest: Mapped[str] = mapped_column(String(64), default="", server_default="")

    __table_args__ = (Index("ix_audit_event_actor_id_what_at", "actor_id", "what", "at"),)


class AuditHead(db.Base):
    """The end of the chain, one row. Whoever adds to the log locks it first: no two rows follow the same one."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), default="")
    count: Mapped[int] = mapped_column(default=0)
