"""Signing in: count the attempt, look at the password, open a session. Strangers and colleagues cost the same."""

from __future__ import annotations

import logging

from sqlalchemy import select

from wiki import db, outbox
from wiki.access import audit
from wiki.people import attempts, links, operations, passwords, sessions
from wiki.people.attempts import Door
from wiki.people.here import settings
from wiki.people.models import Person

log = logging.getLogger(__name__)

RESET_TOPIC = "reset"


def with_password(email: str, password: str) -> str | None:
    """The token of a new session, or None when address and password do not belong together.

    Raises attempts.TooManyAttempts before anything is hashed.
    """
    taken = attempts.take(Door.SIGN_IN, email, settings())
    found = _account(email)
    person_id, kept = found if found else (None, None)
    if not passwords.matches(kept, password) or person_id is None or kept is None:
        log.warning("sign-in refused for %s", taken.account)
        return None
    renewed = passwords.hashed(password) if passwords.needs_rehash(kept) else None
    return _open(person_id, kept, renewed, taken)


def with_link(token: str, password_hash: str) -> str | None:
    """Use a one-time link up, set the password and open a session; None when the link no longer works."""
    with db.write() as session:
        person = links.use(session, token)
        if person is None:
            return None
        operations.choose_password(session, person, password_hash, by=person.id)
        audit.record(session, "person.signed-in", by=person.id, about=person.public_id, how="link")
        return sessions.begin(session, person)


def change_password(person: Person, current: str, chosen: str) -> bool:
    """Change the password of somebody signed in, who is signed out everywhere else; False when `current` is wrong.

    Somebody at an unlocked screen must not find the password by trying either: raises attempts.TooManyAttempts.
    """
    taken = attempts.take(Door.OLD_PASSWORD, person.email, settings())
    if not passwords.matches(person.password_hash, current):
        return False
    password_hash = passwords.hashed(chosen)
    with db.write() as session:
        attempts.strike_out(session, taken)
        mine = session.get_one(Person, person.id)
        operations.choose_password(session, mine, password_hash, by=person.id, keep=sessions.current_id())
    return True


def ask_for_reset(email: str) -> None:
    """Have a reset link sent if somebody here has this address.

    Whether anybody has is not to be seen from outside: a row is written either way, the mail is made after the answer.
    """
    attempts.take(Door.RESET, email, settings())
    found = _account(email)
    with db.write() as session:
        outbox.add(session, RESET_TOPIC, found[0] if found else 0)


def _account(email: str) -> tuple[int, str | None] | None:
    row = db.session().execute(
        select(Person.id, Person.password_hash).where(Person.email == operations.plain_email(email), Person.is_active)
    )
    found = row.first()
    return (found[0], found[1]) if found else None


def _open(person_id: int, kept: str, renewed: str | None, taken: attempts.Taken) -> str | None:
    with db.write() as session:
        person = session.get(Person, person_id)
        # Hashing took a while: the account may have been closed, or its password changed, in the meantime.
        if person is None or not person.is_active or person.password_hash != kept:
            return None
        if renewed:
            operations.renew_hash(session, person, kept, renewed)
        attempts.strike_out(session, taken)
        audit.record(session, "person.signed-in", by=person.id, about=person.public_id, how="password")
        return sessions.begin(session, person)
