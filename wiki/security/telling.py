"""Notices of security: of alarms, reports, quarantines and broken glass. Their words name nothing in mail."""

from __future__ import annotations

from flask import Flask, url_for
from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from wiki.access.models import Alarm, Quarantine
from wiki.access.policy import Action, Viewer, may
from wiki.documents.models import Document
from wiki.documents.visibility import visible_to
from wiki.notices.models import Notice
from wiki.notices.telling import Finder, Told, words_for
from wiki.people.models import Person
from wiki.security import words

_AWAY = _l("A paper of your unit was shut away by the security officers. It is not lost. Ask them.")


def init_app(app: Flask) -> None:
    """Say how these notices are told."""
    words_for(app, "alarm:raised", subject=_l("An alarm for security officers"), find=_for_officers(_alarms))
    words_for(app, "quarantine:set", subject=_l("Something was put under quarantine"), find=_for_officers(_quarantines))
    words_for(app, "quarantine:away", subject=_AWAY, find=_nothing_more)
    words_for(app, "spill:reported", subject=_l("Somebody reports a spill"), find=_for_officers(_spills))
    words_for(app, "glass:broken", subject=_l("The glass was broken"), find=_glass)


def _for_officers(find: Finder) -> Finder:
    """The same words as long as their reader is a security officer: whoever was one is told what names nothing."""

    def found(session: Session, viewer: Viewer, notices: list[Notice]) -> dict[int, Told]:
        return find(session, viewer, notices) if may(viewer, Action.SECURITY_READ) else {}

    return found


def _nothing_more(session: Session, viewer: Viewer, notices: list[Notice]) -> dict[int, Told]:
    """Nothing beside the subject, which names nothing and leads nowhere."""
    return {}


def _alarms(session: Session, viewer: Viewer, notices: list[Notice]) -> dict[int, Told]:
    rows = session.execute(
        select(Alarm.public_id, Alarm.code, Person.name)
        .outerjoin(Person, Person.id == Alarm.person_id)
        .where(Alarm.public_id.in_([notice.about for notice in notices]))
    )
    known = {public_id: (code, name) for public_id, code, name in rows}
    found = {}
    for notice in notices:
        if notice.about in known:
            code, name = known[notice.about]
            said = _("An alarm about %(name)s: %(what)s", name=name or _("somebody who left"), what=words.alarm(code))
            found[notice.id] = Told(said, url_for("security.overview"))
    return found


def _quarantines(session: Session, viewer: Viewer, notices: list[Notice]) -> dict[int, Told]:
    about = [notice.about for notice in notices]
    known = set(session.scalars(select(Quarantine.public_id).where(Quarantine.public_id.in_(about))))
    said = _("A document was put under quarantine")
    return {
        notice.id: Told(said, url_for("security.quarantine", quarantine=notice.about))
        for notice in notices
        if notice.about in known
    }


def _spills(session: Session, viewer: Viewer, notices: list[Notice]) -> dict[int, Told]:
    papers, place, found = _readable(session, viewer, notices), url_for("security.overview"), {}
    for notice in notices:
        if notice.about in papers:
            said = _("Somebody reports a spill in “%(title)s”", title=papers[notice.about].title)
        else:
            said = _("Somebody reports a spill in the document %(id)s", id=notice.about)
        found[notice.id] = Told(said, place)
    return found


def _glass(session: Session, viewer: Viewer, notices: list[Notice]) -> dict[int, Told]:
    papers = _readable(session, viewer, notices)
    by = [notice.details.get("by", "") for notice in notices]
    names = dict(session.execute(select(Person.public_id, Person.name).where(Person.public_id.in_(by))).all())
    found = {}
    for notice in notices:
        who = names.get(notice.details.get("by", ""), _("Somebody who left"))
        paper = papers.get(notice.about)
        if paper is not None:
            said = _("%(who)s broke the glass to read “%(title)s”", who=who, title=paper.title)
        else:
            said = _("%(who)s broke the glass to read a document that is held back", who=who)
        found[notice.id] = Told(said, _where_it_is_told(viewer, paper))
    return found


def _where_it_is_told(viewer: Viewer, paper: Document | None) -> str:
    """The page that says who broke the glass, until when and why: officers have one, and so have those who keep it."""
    if may(viewer, Action.SECURITY_READ):
        return url_for("security.overview")
    if paper is not None and may(viewer, Action.DOCUMENT_SHARE, paper.item):
        return url_for(f"{paper.kind}.share", slug=paper.slug)
    return url_for("log.opened")


def _readable(session: Session, viewer: Viewer, notices: list[Notice]) -> dict[str, Document]:
    """The documents these notices are about, as far as the viewer can read them."""
    about = [notice.about for notice in notices]
    wanted = select(Document).where(Document.public_id.in_(about), visible_to(viewer))
    whole = wanted.options(selectinload(Document.labels), selectinload(Document.authors))
    return {document.public_id: document for document in session.scalars(whole)}
