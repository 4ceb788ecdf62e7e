"""What people are told about ends and hiding, in words that name only what their reader may read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from flask import Flask, url_for
from flask_babel import format_date, gettext as _, lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from wiki import kinds
from wiki.access.policy import Viewer
from wiki.documents.models import Document, Passage
from wiki.documents.visibility import visible_to
from wiki.notices.models import Notice
from wiki.notices.telling import Told, words_for

# With the name of what it is about, for its keepers and for those who asked for it.
_NAMED = {
    "hold:opens": _l("“%(title)s” opens to its readers by itself on %(day)s. You can stop that."),
    "hold:review-soon": _l("The reason for holding back “%(title)s” ends on %(day)s. Look at it before."),
    "hold:review": _l("The reason for holding back “%(title)s” has ended. Open it, or hold it back anew."),
    "hold:reviewed": _l("Nobody looked at “%(title)s” in time, so a steward holds it back until %(day)s."),
    "hold:stopped": _l("The opening of “%(title)s” was stopped. At its end it waits to be looked at."),
    "hold:opened": _l("“%(title)s” was opened. You can read it."),
    "hold:renewal-allowed": _l("A steward agreed: “%(title)s” is held back longer."),
    "hold:renewal-refused": _l("A steward did not agree to hold “%(title)s” back longer."),
    "hidden:approved": _l("A steward agreed that “%(title)s” is hidden until %(day)s."),
    "hidden:ends": _l("“%(title)s” is hidden until %(day)s. After that everybody finds a short notice of it."),
    "hidden:refused": _l("A steward did not agree to hide “%(title)s”. Everybody finds a short notice of it now."),
    "hidden:refused-longer": _l("A steward did not agree to hide “%(title)s” for longer."),
    "hidden:not-approved": _l("No steward agreed in time to hide “%(title)s”. Everybody finds a short notice now."),
    "hidden:ended": _l("“%(title)s” is not hidden any more. Everybody finds a short notice of it now."),
}
# For stewards and arbiters: roles give no readership, so these name nothing.
_UNNAMED = {
    "hold:overdue": _l("Something held back has waited for its keepers for a month or more."),
    "hold:renewal-asked": _l("Somebody asks a steward to hold something back a third time."),
    "hidden:asked": _l("Somebody asks that something be hidden. It needs a second person."),
    "hidden:late": _l("Something that is to be hidden has waited too long for a second person."),
}
_QUEUES = {"hold:renewal-asked": "held.renewal", "hidden:asked": "held.hidden", "hidden:late": "held.hidden"}


def init_app(app: Flask) -> None:
    """Say how these notices are told."""
    words_for(app, *_NAMED, subject=_l("Something about what is held back"), find=_named)
    words_for(app, *_UNNAMED, subject=_l("Something waits for a steward"), find=_unnamed)


def _named(session: Session, viewer: Viewer, notices: list[Notice]) -> dict[int, Told]:
    found = _readable(session, viewer, {notice.about for notice in notices})
    return {notice.id: _told(notice, *found[notice.about]) for notice in notices if notice.about in found}


def _readable(session: Session, viewer: Viewer, about: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Titles and addresses by public id: of documents, and of those that passages were cut out of."""
    columns, wanted = (Document.title, Document.kind, Document.slug), list(about)
    of_documents = select(Document.public_id, *columns).where(Document.public_id.in_(wanted), visible_to(viewer))
    of_passages = (
        select(Passage.public_id, *columns)
        .join(Document, Document.id == Passage.document_id)
        .where(Passage.public_id.in_(wanted), visible_to(viewer))
    )
    rows = [*session.execute(of_documents), *session.execute(of_passages)]
    return {about: (title, f"{kinds.kind(kind).prefix}/{slug}") for about, title, kind, slug in rows}


def _told(notice: Notice, title: str, address: str) -> Told:
    until = (notice.details or {}).get("until")
    day = format_date(date.fromisoformat(until), _("d MMM y")) if until else ""
    words = _NAMED[notice.code] % {"title": title, "day": day}
    url = address if notice.code == "hold:opened" else url_for("held.one", target=notice.about)
    return Told(words, url)


def _unnamed(session: Session, viewer: Viewer, notices: list[Notice]) -> dict[int, Told]:
    return {notice.id: Told(_UNNAMED[notice.code], _place(notice)) for notice in notices}


def _place(notice: Notice) -> Any:
    endpoint = _QUEUES.get(notice.code)
    return url_for(endpoint, target=notice.about) if endpoint else url_for("held.index")
