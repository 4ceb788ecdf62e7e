"""Telling those who keep a text that somebody else held back a passage in it: they answer when others ask for it."""

from __future__ import annotations

from flask import Flask
from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from wiki import kinds
from wiki.access.policy import Viewer
from wiki.documents.models import Document, Passage
from wiki.documents.visibility import visible_to
from wiki.notices.models import Notice
from wiki.notices.telling import Told, tell, words_for
from wiki.people.acting import acting_people

HELD = "passage:held-by-other"


def init_app(app: Flask) -> None:
    """Say how such a notice is told."""
    words_for(app, HELD, subject=_l("Somebody held back a passage"), find=_words)


def tell_keepers(session: Session, passage: Passage, *, by: Viewer | None) -> None:
    """Tell the people who act for the owner, unless whoever held it back leads or belongs to that unit."""
    owner = passage.document.owner_id
    if by is None or owner in by.groups | by.leads:
        return
    tell(session, acting_people(session, owner) - {by.person}, HELD, about=passage.public_id)


def _words(session: Session, viewer: Viewer, notices: list[Notice]) -> dict[int, Told]:
    """The title of the text and the way to it, for those who read the text today."""
    wanted = {notice.about for notice in notices}
    there = session.execute(
        select(Passage.public_id, Document.kind, Document.slug, Document.title)
        .join(Document, Document.id == Passage.document_id)
        .where(Passage.public_id.in_(wanted), visible_to(viewer))
    )
    found = {
        public_id: Told(
            _("Somebody from elsewhere held back a passage in “%(title)s”", title=title),
            f"{kinds.kind(kind).prefix}/{slug}",
        )
        for public_id, kind, slug, title in there
    }
    return {notice.id: found[notice.about] for notice in notices if notice.about in found}
