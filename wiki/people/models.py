"""Persons, groups, memberships and roles, all of them dated."""

from __future__ import annotations

import unicodedata
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, String, UniqueConstraint, event, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from wiki import db
from wiki.access.policy import Role

new_public_id = db.new_public_id


def folded(words: str) -> str:
    """Words as they are compared in a search for people: without accents, and in small letters."""
    bare = (sign for sign in unicodedata.normalize("NFKD", words) if unicodedata.category(sign) != "Mn")
    return " ".join("".join(bare).casefold().split())


class GroupType(StrEnum):
    POST = "post"
    UNIT = "unit"
    COMMUNITY = "community"
    STAFF_CATEGORY = "staff-category"
    TASK_FORCE = "task-force"


class Rank(StrEnum):
    MEMBER = "member"
    LEAD = "lead"


class Person(db.Base):
    """Somebody who may sign in. A guest is a person who is not staff."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(12), unique=True, default=new_public_id)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    is_staff: Mapped[bool] = mapped_column(default=True)
    is_active: Mapped[bool] = mapped_column(default=True)
    lang: Mapped[str] = mapped_column(String(12), default="en")
    timezone: Mapped[str] = mapped_column(String(60), default="UTC")
    # Codes of the languages they speak, and in their own words what others may ask them about.
    languages: Mapped[list[str]] = mapped_column(db.Json, default=list, server_default="[]")
    can_help: Mapped[str] = mapped_column(String(400), default="", server_default="")
    # Name and help without accents and capitals, so that both databases find “Tomás” by “tomas”.
    sought: Mapped[str] = mapped_column(String(1200), default="", server_default="")
    # When mail about notices is sent: at once, once a day, or never; and the hours of their own clock in which none is.
    notices_by_mail: Mapped[str] = mapped_column(String(10), default="at-once", server_default="at-once")
    quiet_from: Mapped[int | None]
    quiet_until: Mapped[int | None]
    digest_at: Mapped[datetime | None] = mapped_column(db.Moment)
    # Whether they are told once a month what others learnt.
    monthly: Mapped[bool] = mapped_column(default=True, server_default=true())
    created_at: Mapped[datetime] = mapped_column(db.Moment, default=db.now)
    version: Mapped[int] = mapped_column(default=1)

    memberships: Mapped[list[Membership]] = relationship(back_populates="person", cascade="all, delete-orphan")

    __mapper_args__ = {"version_id_col": version}


@event.listens_for(Person, "before_insert")
@event.listens_for(Person, "before_update")
def _keep_what_is_sought(mapper: object, connection: object, person: Person) -> None:
    person.sought = folded(f"{person.name} {person.can_help or ''}")[:1200]


class Group(db.Base):
    """A post, unit, community, staff category or task force. Its id is a short word, part of labels and addresses."""

    __tablename__ = "group"

    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    type: Mapped[str] = mapped_column(String(20))
    parent_id: Mapped[str | None] = mapped_column(ForeignKey("group.id"), index=True)
    # A hidden group's name is shown to its members only (03-sharing 3.10).
    is_hidden: Mapped[bool] = mapped_column(default=False)
    timezone: Mapped[str | None] = mapped_column(String(60))
    # The days on which it does not work, 1 (Monday) to 7 (Sunday, ISO 8601); None: as its parent, else 6 and 7.
    weekend: Mapped[list[int] | None] = mapped_column(db.Json)
    version: Mapped[int] = mapped_column(default=1)

    parent: Mapped[Group | None] = relationship(remote_side=[id])

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        CheckConstraint("type in ('post', 'unit', 'community', 'staff-category', 'task-force')", name="type"),
    )


class Membership(db.Base):
    """A person in a group, from one day to another, both included; no end means until further notice."""

    __tablename__ = "membership"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"))
    group_id: Mapped[str] = mapped_column(ForeignKey("group.id", ondelete="CASCADE"))
    rank: Mapped[str] = mapped_column(String(10), default=Rank.MEMBER)
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    version: Mapped[int] = mapped_column(default=1)

    person: Mapped[Person] = relationship(back_populates="memberships")
    group: Mapped[Group] = relationship()

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        CheckConstraint("rank in ('member', 'lead')", name="rank"),
        CheckConstraint("ends_on is null or ends_on >= starts_on", name="dates"),
        UniqueConstraint("person_id", "group_id", "starts_on"),
        Index("ix_membership_group_id_rank", "group_id", "rank"),
    )


class RoleAssignment(db.Base):
    """A role given to a person, from one day to another, both included."""

    __tablename__ = "role_assignment"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    role: Mapped[str] = mapped_column(String(30))
    starts_on: Mapped[date] = mapped_column(Date)
    ends_on: Mapped[date | None] = mapped_column(Date)
    given_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        CheckConstraint("role in ({})".format(", ".join(f"'{role}'" for role in Role)), name="role"),
        CheckConstraint("ends_on is null or ends_on >= starts_on", name="dates"),
        UniqueConstraint("person_id", "role", "starts_on"),
    )


class SignIn(db.Base):
    """A session: somebody signed in on one device. The browser holds the token, we hold only its SHA-256."""

    __tablename__ = "sign_in"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    public_id: Mapped[str] = mapped_column(String(12), unique=True, default=new_public_id)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(db.Moment)
    seen_at: Mapped[datetime] = mapped_column(db.Moment)
    expires_at: Mapped[datetime] = mapped_column(db.Moment)
    device: Mapped[str] = mapped_column(String(200), default="")
    address: Mapped[str] = mapped_column(String(60), default="")


class OneTimeLink(db.Base):
    """An invitation or a reset: a link that works once. Only its SHA-256 is kept."""

    __tablename__ = "one_time_link"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str] = mapped_column(String(12))
    created_at: Mapped[datetime] = mapped_column(db.Moment)
    expires_at: Mapped[datetime] = mapped_column(db.Moment)
    used_at: Mapped[datetime | None] = mapped_column(db.Moment)


class Attempt(db.Base):
    """One try to sign in or to ask for a reset, counted per account, per address and overall."""

    __tablename__ = "attempt"
    __table_args__ = (Index("ix_attempt_scope_at", "scope", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(db.Moment)
