"""Being signed in: a row for each device, so that signing out, disabling or a new password counts at the next request.

The browser's cookie holds a random token, the row its SHA-256. Flask-Login only carries the token in and out of the
signed cookie; who somebody is and whether the session still runs is asked of the database every time.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, g, request, session as cookie
from flask_login import LoginManager, current_user, login_user, logout_user
from sqlalchemy import (
    CompoundSelect,
    Integer,
    String,
    bindparam,
    cast,
    column,
    delete,
    func,
    literal,
    null,
    select,
    table,
    union_all,
    update,
)
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from wiki import db
from wiki.access.policy import Viewer
from wiki.people import tokens
from wiki.people.attempts import address
from wiki.people.here import settings
from wiki.people.models import Person, SignIn
from wiki.people.viewer import clock, viewer_with, what_counts

log = logging.getLogger(__name__)

SEEN_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session in force: what Flask-Login takes for its user."""

    token: str
    public_id: str
    viewer: Viewer
    # How many notices wait to be read.
    unread: int = 0

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        return self.token


def init_app(app: Flask) -> None:
    """Let Flask-Login find the session of a request in our table."""
    chosen = app.extensions["chancery_settings"]
    app.config.update(
        PERMANENT_SESSION_LIFETIME=timedelta(days=chosen.session_days),
        # The row decides how long a session lasts; sending the cookie again with every answer would change nothing.
        SESSION_REFRESH_EACH_REQUEST=False,
        SESSION_COOKIE_PATH="/",
    )
    manager = LoginManager()
    # Posts abroad change their address in the middle of the day, so a session is not tied to one.
    manager.session_protection = None  # type: ignore[assignment]
    manager.user_loader(_load)
    manager.init_app(app, add_context_processor=False)


def load_viewer_for_request() -> Viewer | None:
    """Who asks, by the cookie of this request: one query for session, person and keys, one more for leads."""
    found = current()
    # Kept for the frame of the page, which must never have to ask again.
    g.unread = found.unread if found else 0
    return found.viewer if found else None


def current() -> SignedIn | None:
    """The session of this request, if it still runs."""
    user = current_user._get_current_object()
    return user if isinstance(user, SignedIn) else None


def current_id() -> str | None:
    """The public id of the session of this request."""
    found = current()
    return found.public_id if found else None


def begin(session: Session, person: Person) -> str:
    """Open a session for this person on the device that asks, and return its token for `remember`.

    It takes the place of the one this device had.
    """
    token, moment = tokens.new(), db.now()
    before = current()
    if before is not None:
        session.execute(delete(SignIn).where(SignIn.public_id == before.public_id))
    session.add(
        SignIn(
            token_hash=tokens.fingerprint(token),
            person_id=person.id,
            created_at=moment,
            seen_at=moment,
            expires_at=moment + timedelta(days=settings().session_days),
            device=(request.user_agent.string or "")[:200],
            address=address()[:60],
        )
    )
    _sweep(session, person.id, moment)
    return token


def remember(token: str) -> SignedIn:
    """Put the token of a committed session into the cookie, with nothing that was in it before."""
    _empty_the_cookie()
    found = _load(token)
    if found is None:
        raise LookupError("the session ended before it began")
    login_user(found)
    cookie.permanent = True
    g.unread = found.unread
    g.viewer = db.session().info["viewer"] = found.viewer
    return found


def forget() -> None:
    """Take the session out of the cookie. Ending its row is the caller's."""
    logout_user()
    _empty_the_cookie()
    g.viewer = db.session().info["viewer"] = None


def running(session: Session, person_id: int) -> Sequence[SignIn]:
    """The sessions of this person that still run, the one used last first."""
    moment = db.now()
    mine = select(SignIn).where(
        SignIn.person_id == person_id, SignIn.expires_at > moment, SignIn.seen_at > _idle(moment)
    )
    return session.scalars(mine.order_by(SignIn.seen_at.desc(), SignIn.public_id)).all()


def end_one(session: Session, person_id: int, public_id: str) -> bool:
    """End one session of this person; False when there is none of that id."""
    gone = session.execute(
        delete(SignIn).where(SignIn.person_id == person_id, SignIn.public_id == public_id).returning(SignIn.public_id)
    )
    return gone.first() is not None


def end_all(session: Session, person_id: int, *, but: str | None = None) -> None:
    """End every session of this person, except the one with the public id `but`."""
    mine = delete(SignIn).where(SignIn.person_id == person_id)
    session.execute(mine if but is None else mine.where(SignIn.public_id != but))


def _empty_the_cookie() -> None:
    # A token against forged posts that somebody planted before must not outlive the sign-in, nor the one already
    # worked out for this answer.
    cookie.clear()
    g.pop("csrf_token", None)


def _load(token: str) -> SignedIn | None:
    asked = clock()
    moment = asked["moment"]
    session = db.session()
    values = {"token": tokens.fingerprint(token), "idle": _idle(moment), **asked}
    # Asked of the connection: the net under the session has nothing to add, but would build the statement anew.
    rows = session.connection().execute(_SIGNED_IN, values).all()
    row = next((row for row in rows if row.what == "person"), None)
    if row is None:
        return None
    _what, _value, sign_in, seen_at, *person = row
    counting = [(each.what, each.value) for each in rows if each.what not in ("person", "unread")]
    unread = next(int(each.value) for each in rows if each.what == "unread")
    found = SignedIn(token, sign_in, viewer_with(session, counting, *person), unread)
    if moment - seen_at >= _seen_every():
        _note_seen(token, moment)
    return found


def _signed_in() -> CompoundSelect[Any]:
    """The session of a token with its person in the row “person”, and what counts for that person in the others.

    The row “unread” says how many notices they have not read. The table is named by its columns: notices know people.
    """
    sign_in, person = SignIn.__table__.c, Person.__table__.c
    told = [sign_in.public_id.label("sign_in"), sign_in.seen_at, person.id, person.public_id, person.name]
    told += [person.is_staff, person.lang, person.timezone]
    who = (
        select(*told)
        .join_from(SignIn.__table__, Person.__table__, person.id == sign_in.person_id)
        .where(
            sign_in.token_hash == bindparam("token"),
            sign_in.expires_at > bindparam("moment", type_=db.Moment),
            sign_in.seen_at > bindparam("idle", type_=db.Moment),
            person.is_active,
        )
        .cte("who")
    )
    the_person = select(who.c.id).scalar_subquery()
    nothing = [cast(null(), column.type) for column in who.c]
    first = select(literal("person").label("what"), literal("").label("value"), *who.c)
    notice = table("notice", column("person_id", Integer), column("read_at", db.Moment)).c
    unread = select(literal("unread"), cast(func.count(), String)).where(
        notice.person_id == the_person, notice.read_at.is_(None)
    )
    return union_all(first, *(part.add_columns(*nothing) for part in (*what_counts(the_person), unread)))


_SIGNED_IN = _signed_in()


def _idle(moment: datetime) -> datetime:
    return moment - timedelta(minutes=settings().session_idle_minutes)


def _seen_every() -> timedelta:
    return min(SEEN_EVERY, timedelta(minutes=settings().session_idle_minutes) / 4)


def _note_seen(token: str, moment: datetime) -> None:
    """Reading goes on when the disk is full or the write turn is taken: then the session ages a little early."""
    mine = update(SignIn).where(SignIn.token_hash == tokens.fingerprint(token), SignIn.seen_at < moment)
    try:
        with db.write() as session:
            session.execute(mine.values(seen_at=moment))
    except (db.WriteBusy, OperationalError) as error:
        log.warning("could not note that a session was used: %s", type(error).__name__)


def _sweep(session: Session, person_id: int, moment: datetime) -> None:
    over = (SignIn.expires_at <= moment) | (SignIn.seen_at <= _idle(moment))
    session.execute(delete(SignIn).where(SignIn.person_id == person_id, over))
