"""How notices about requests are told. The words are found when they are read, under the rights the reader has then."""

from __future__ import annotations

from typing import Any

from flask import Flask, url_for
from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from wiki import db
from wiki.access.models import AccessRequest
from wiki.access.policy import Viewer
from wiki.asking import desk, scope, words
from wiki.asking.desk import Row
from wiki.documents.reading import name_for
from wiki.notices.models import Notice
from wiki.notices.telling import Told, words_for
from wiki.people.models import Group

TO_ANSWER: dict[str, Any] = {
    "request-asked": _l("%(who)s asks to read: %(what)s"),
    "request-urgent": _l("Urgent: %(who)s asks to read: %(what)s"),
    "request-reminder": _l("Half of the time to answer is over. %(who)s asks to read: %(what)s"),
    "request-escalated": _l("Nobody answered in time, so it came to you. %(who)s asks to read: %(what)s"),
    "request-arbiter": _l("Nobody answered in time, so an arbiter decides. %(who)s asks to read: %(what)s"),
    "request-appealed": _l("%(who)s was refused and asks an arbiter to look at it: %(what)s"),
    "request-overdue": _l("A decision is overdue. %(who)s asks to read: %(what)s"),
    "request-lapsed-owner": _l("Nobody answered in time, so %(who)s got leave to read: %(what)s"),
    "request-decided": _l("An arbiter decided what %(who)s may read: %(what)s"),
    "request-group": _l("Several people of %(group)s have leave to read this. Add the group instead? %(what)s"),
}
TO_ASKERS: dict[str, Any] = {
    "request-granted": _l("You can read what you asked for: %(what)s"),
    "request-lapsed": _l("Nobody answered in time, so you can read what you asked for: %(what)s"),
    "request-allowed": _l("An arbiter let you read what you asked for: %(what)s"),
    "request-refused": _l("You were refused, with a reason and what can be shared instead: %(what)s"),
    "request-upheld": _l("An arbiter upheld the refusal: %(what)s"),
    "request-waits": _l("Nobody answered in time. It opens by itself: %(what)s"),
    "request-passed-on": _l("Nobody answered in time, so your request was passed on: %(what)s"),
    "request-settled": _l("Your request needs no answer any more: %(what)s"),
}


def init_app(app: Flask) -> None:
    """Say how each sort of notice is told."""
    answering = _l("A request for access waits for you")
    words_for(app, *TO_ANSWER, subject=answering, find=_to_answer)
    words_for(app, *TO_ASKERS, subject=_l("News about what you asked for"), find=_to_askers)


def _to_answer(session: Session, viewer: Viewer, notices: list[Notice]) -> dict[int, Told]:
    found = _rows(session, viewer, notices, scope.seen_by(viewer, db.now()))
    groups = {notice.details["group"] for notice in notices if "group" in notice.details}
    known: dict[str, str] = {}
    if groups:
        known = dict(session.execute(select(Group.id, name_for(viewer)).where(Group.id.in_(groups))).all())
    told = {}
    for notice in notices:
        row = found.get(notice.about)
        if row is not None:
            values = {
                "who": row.asker.name,
                "what": words.title_of(row.about),
                "group": known.get(notice.details.get("group", "")) or _("a closed group"),
            }
            url = url_for("asking.request", request_id=row.request.public_id)
            told[notice.id] = Told(str(TO_ANSWER[notice.code]) % values, url)
    return told


def _to_askers(session: Session, viewer: Viewer, notices: list[Notice]) -> dict[int, Told]:
    found = _rows(session, viewer, notices, AccessRequest.person_id == viewer.person)
    told = {}
    for notice in notices:
        row = found.get(notice.about)
        if row is not None:
            url = url_for("asking.my_request", request_id=row.request.public_id)
            told[notice.id] = Told(str(TO_ASKERS[notice.code]) % {"what": words.title_of(row.about)}, url)
    return told


def _rows(session: Session, viewer: Viewer, notices: list[Notice], condition: Any) -> dict[str, Row]:
    ids = {notice.about for notice in notices}
    requests = session.scalars(select(AccessRequest).where(AccessRequest.public_id.in_(ids), condition)).all()
    return {row.request.public_id: row for row in desk.rows(session, viewer, requests)}
