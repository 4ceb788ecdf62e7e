"""Telling somebody something, and the words for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from wiki import db, outbox
from wiki.access.policy import Viewer
from wiki.notices.models import Notice

TOPIC = "notice"


@dataclass(frozen=True, slots=True)
class Told:
    """A notice as its reader sees it: a sentence, and where it leads."""

    words: Any
    url: str


# The words of several notices of one code at once, `find(session, viewer, notices)`, by their ids. A notice that is
# missing from the answer is told in words that name nothing: the reader may not see what it is about any more.
Finder = Callable[[Session, Viewer, list[Notice]], dict[int, Told]]


@dataclass(frozen=True, slots=True)
class Sort:
    """How notices of a code are told: see `words_for`."""

    subject: Any
    find: Finder
    page: str = ""


def words_for(app: Flask, *codes: str, subject: Any, find: Finder, page: str = "") -> None:
    """Say how notices of these codes are told. `subject` is a lazy sentence that names nothing: the mail says it.

    `page` is the path of a page of one's own that tells more. Its address stands in mail, so it names nothing either.
    """
    found: dict[str, Sort] = app.extensions.setdefault("chancery_notices", {})
    found.update(dict.fromkeys(codes, Sort(subject, find, page)))


def sort_of(app: Flask, code: str) -> Sort:
    """How notices of this code are told. Those of a code that nobody knows any more say no more than that."""
    found: dict[str, Sort] = app.extensions.get("chancery_notices", {})
    return found.get(code, _UNKNOWN)


_UNKNOWN = Sort(_l("There is something new for you"), lambda session, viewer, notices: {})


def tell(
    session: Session,
    people: Iterable[int],
    code: str,
    *,
    about: str = "",
    once: str = "",
    urgent: bool = False,
    **details: str,
) -> None:
    """Tell these people (database ids), in the transaction of what happened. Told twice under one `once`, it is one.

    `once` is made of the code and what it is about unless given.
    """
    key = (once or f"{code}:{about}")[:80]
    wanted = sorted(set(people))
    there = set(session.scalars(select(Notice.person_id).where(Notice.once == key, Notice.person_id.in_(wanted))))
    moment = db.now()
    fresh = [
        Notice(
            person_id=person,
            code=code,
            about=about,
            details=details,
            urgent=urgent,
            once=key,
            created_at=moment,
        )
        for person in wanted
        if person not in there
    ]
    session.add_all(fresh)
    session.flush()
    for notice in fresh:
        outbox.add(session, TOPIC, notice.id)
