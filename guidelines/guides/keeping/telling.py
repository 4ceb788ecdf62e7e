"""The words of notices about what keeps guidelines true, found when they are read, as far as their reader may read."""

from __future__ import annotations

from typing import Any

from flask import Flask, url_for
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from guidelines.guides.keeping import annexes, attesting
from guidelines.guides.keeping.models import Annex
from wiki.access.policy import Viewer
from wiki.documents.models import Document
from wiki.documents.visibility import visible_to
from wiki.notices.models import Notice
from wiki.notices.telling import Told, words_for


def init_app(app: Flask) -> None:
    """Say how these notices are told."""
    words_for(app, annexes.CHANGED, subject=_l("A guideline changed to which you keep local notes"), find=_of_annexes)
    asks = _l("A guideline asks for your answer")
    words_for(app, attesting.ASKED, subject=asks, find=_of_questions, page="/keeping/questions")


def _of_annexes(session: Session, viewer: Viewer, notices: list[Notice]) -> dict[int, Told]:
    ids = {notice.about for notice in notices}
    pages = select(Document.public_id, Annex.document_id).join(Annex, Annex.page_id == Document.id)
    places = dict(session.execute(pages.where(Document.public_id.in_(ids))).all())
    titles = _titles(session, viewer, Document.id.in_(set(places.values())))
    told = {}
    for notice in notices:
        found = titles.get(places.get(notice.about, 0))
        if found is not None:
            words = _l("“%(title)s” has changed. See whether your local notes are still right.", title=found[1])
            told[notice.id] = Told(words, url_for("guideline.annexes", slug=found[2]))
    return told


def _of_questions(session: Session, viewer: Viewer, notices: list[Notice]) -> dict[int, Told]:
    ids = {notice.about for notice in notices}
    titles = {row[0]: row for row in _titles(session, viewer, Document.public_id.in_(ids)).values()}
    told = {}
    for notice in notices:
        found = titles.get(notice.about)
        if found is not None:
            words = _l("“%(title)s” asks for your answer.", title=found[1])
            if notice.details.get("way") == "notify":
                words = _l("“%(title)s” has something new that concerns you.", title=found[1])
            told[notice.id] = Told(words, url_for("guideline.read", slug=found[2], _anchor="asked"))
    return told


def _titles(session: Session, viewer: Viewer, condition: Any) -> dict[int, tuple[str, str, str]]:
    found = select(Document.id, Document.public_id, Document.title, Document.slug)
    rows = session.execute(found.where(condition, visible_to(viewer), Document.kind == "guideline"))
    return {number: (public_id, title, slug) for number, public_id, title, slug in rows}
