"""Links that work once: an invitation to choose the first password, or to choose a new one."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from wiki import db
from wiki.people import tokens
from wiki.people.models import OneTimeLink, Person
from wiki.settings import Settings


class Purpose(StrEnum):
    INVITATION = "invitation"
    RESET = "reset"


def make(session: Session, person: Person, purpose: Purpose, settings: Settings) -> str:
    """The address of a new link for this person. It ends the ones they had for the same purpose.

    It is built from the public address in the settings: a request's Host header is whatever its sender wrote.
    """
    token, moment = tokens.new(), db.now()
    session.execute(delete(OneTimeLink).where(OneTimeLink.person_id == person.id, OneTimeLink.purpose == purpose))
    session.add(
        OneTimeLink(
            token_hash=tokens.fingerprint(token),
            person_id=person.id,
            purpose=purpose,
            created_at=moment,
            expires_at=moment + life(purpose, settings),
        )
    )
    return f"{settings.public_url.rstrip('/')}/welcome/{token}"


def life(purpose: Purpose, settings: Settings) -> timedelta:
    """How long such a link works."""
    if purpose is Purpose.INVITATION:
        return timedelta(hours=settings.invitation_hours)
    return timedelta(minutes=settings.reset_minutes)


def look(session: Session, token: str) -> tuple[Person, Purpose] | None:
    """Whom a link is for and why, if it still works. Looking does not use it up: mail scanners open every link."""
    found = session.execute(
        select(Person, OneTimeLink.purpose)
        .join(OneTimeLink, OneTimeLink.person_id == Person.id)
        .where(
            OneTimeLink.token_hash == tokens.fingerprint(token),
            OneTimeLink.used_at.is_(None),
            OneTimeLink.expires_at > db.now(),
            Person.is_active,
        )
    ).first()
    return (found[0], Purpose(found[1])) if found else None


def use(session: Session, token: str) -> Person | None:
    """Use a link up and return whom it was for; None when it no longer works.

    The condition stands inside the UPDATE: of two who press the button at once, one gets it.
    """
    moment = db.now()
    person_id = session.scalar(
        update(OneTimeLink)
        .where(
            OneTimeLink.token_hash == tokens.fingerprint(token),
            OneTimeLink.used_at.is_(None),
            OneTimeLink.expires_at > moment,
            OneTimeLink.person_id.in_(select(Person.id).where(Person.is_active)),
        )
        .values(used_at=moment)
        .returning(OneTimeLink.person_id)
        .execution_options(synchronize_session=False)
    )
    return session.get(Person, person_id) if person_id is not None else None


def void(session: Session, person_id: int) -> None:
    """End every link of this person that was not used."""
    session.execute(delete(OneTimeLink).where(OneTimeLink.person_id == person_id, OneTimeLink.used_at.is_(None)))


def sweep(session: Session, before: datetime) -> None:
    """Forget links that ended before this moment."""
    session.execute(delete(OneTimeLink).where(OneTimeLink.expires_at < before))
