"""Local notes of a post or unit to a guideline: a page of theirs that is linked to it.

The page is a page like any other, with its own readers, history and place in search. What is kept here is which
guideline it belongs to, and with which text of that it was compared last: when the guideline moves on, whoever keeps
the notes is told and sees which sections changed, until they say that the notes are still right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, select
from sqlalchemy.orm import Session, aliased, undefer

from guidelines.guides.keeping.models import Annex
from guidelines.guides.keeping.refusals import Refused
from guidelines.guides.models import Guideline, GuidelineStatus
from wiki import db
from wiki.access import audit, policy
from wiki.access.policy import LIVE, Action, Viewer
from wiki.documents import reading
from wiki.documents.models import Document, Revision
from wiki.documents.visibility import visible_to
from wiki.notices import telling
from wiki.people.acting import acting_people
from wiki.people.models import Group

CHANGED = "guideline:annex-drift"
ENDED = (GuidelineStatus.WITHDRAWN, GuidelineStatus.SUPERSEDED, GuidelineStatus.MERGED)
MOST = 200


@dataclass(frozen=True, slots=True)
class Notes:
    """Local notes in a list; `changed` are the titles of the sections that changed since they were compared."""

    key: str
    title: str
    slug: str
    keeper: str
    is_mine: bool
    seen: int
    is_behind: bool
    changed: tuple[str, ...] = ()
    removed: int = 0


@dataclass(frozen=True, slots=True)
class Local:
    """A page of local notes and the guideline to which it belongs."""

    title: str
    slug: str
    handling: str | None
    guideline: str
    guideline_slug: str


def add(session: Session, guideline: Guideline, slug: str, *, by: Viewer) -> Annex:
    """Make a page the local notes to a guideline. It is a page of a group of one's own."""
    policy.require(by, Action.GUIDELINE_ANNEX, guideline.item)
    if guideline.status in ENDED:
        raise Refused(_l("This guideline does not hold any more, so it takes no local notes."))
    page = reading.find(session, by, "page", slug)
    if page is None or page.status not in LIVE or page.owner_id not in _of_mine(by):
        raise Refused(_l("Choose a page of your post or unit from the list."))
    if session.scalar(_known(by).where(Annex.page_id == page.id)) is not None:
        raise Refused(_l("This page is the local notes to a guideline already."))
    # Of a guideline that this person may not read nothing is told: they take the page over.
    annex = session.get(Annex, page.id) or Annex(page_id=page.id)
    annex.document_id, annex.seen = guideline.id, _newest(guideline)
    annex.seen_at, annex.seen_by_id = db.now(), by.person
    session.add(annex)
    audit.record(session, "guideline:annex", by=by.person, about=page.public_id, owner=page.owner_id)
    return annex


def still_right(session: Session, guideline: Guideline, key: str, *, by: Viewer) -> None:
    """Say that notes fit the guideline as readers have it now."""
    annex, page = _own(session, guideline, key, by)
    annex.seen, annex.seen_at, annex.seen_by_id = _newest(guideline), db.now(), by.person
    audit.record(session, "guideline:annex-compared", by=by.person, about=page.public_id, owner=page.owner_id)


def remove(session: Session, guideline: Guideline, key: str, *, by: Viewer) -> None:
    """Take notes off a guideline; their page stays."""
    annex, page = _own(session, guideline, key, by)
    session.delete(annex)
    audit.record(session, "guideline:annex-removed", by=by.person, about=page.public_id, owner=page.owner_id)


def _own(session: Session, guideline: Guideline, key: str, by: Viewer) -> tuple[Annex, Document]:
    policy.require(by, Action.DOCUMENT_READ, guideline.item)
    page = reading.find_meant(session, by, "page", key)
    annex = session.get(Annex, page.id) if page is not None else None
    if page is None or annex is None or annex.document_id != guideline.id or page.owner_id not in _of_mine(by):
        raise Refused(_l("These notes are not there any more, or they are not of your post or unit."))
    return annex, page


def _newest(guideline: Guideline) -> int:
    return guideline.published or guideline.working


def _of_mine(viewer: Viewer) -> frozenset[str]:
    return viewer.groups | viewer.leads


def of_guideline(session: Session, viewer: Viewer, guideline: Guideline) -> list[Notes]:
    """The local notes to a guideline that this viewer may read; of their own, with what changed since."""
    found = (
        select(Annex, Document.public_id, Document.title, Document.slug, Document.owner_id, reading.name_for(viewer))
        .join(Document, Document.id == Annex.page_id)
        .join(Group, Group.id == Document.owner_id)
        .where(Annex.document_id == guideline.id, visible_to(viewer), Document.status.in_(LIVE))
        .order_by(Document.title, Document.id)
        .limit(MOST)
    )
    rows = session.execute(found).all()
    mine, newest = _of_mine(viewer), _newest(guideline)
    behind = {row[0].seen for row in rows if row[4] in mine and row[0].seen < newest}
    drifts = drift(session, guideline, behind, newest) if behind else {}
    return [
        Notes(key, title, slug, keeper, owner in mine, annex.seen, annex.seen < newest,
              *(drifts.get(annex.seen, ((), 0)) if owner in mine else ((), 0)))
        for annex, key, title, slug, owner, keeper in rows
    ]  # fmt: skip


def of_group(session: Session, viewer: Viewer, group_id: str) -> list[Local]:
    """The local notes that a group keeps, where this viewer may read both the notes and the guideline."""
    guideline = aliased(Document)
    found = (
        select(Document.title, Document.slug, Document.handling, guideline.title, guideline.slug)
        .join(Annex, Annex.page_id == Document.id)
        .join(guideline, guideline.id == Annex.document_id)
        .where(Document.owner_id == group_id, visible_to(viewer), Document.status.in_(LIVE))
        .where(visible_to(viewer, guideline), guideline.status.in_(("in-force", "suspended")))
        .order_by(guideline.title, Document.title, Document.id)
        .limit(MOST)
    )
    return [Local(*row) for row in session.execute(found)]


def drift(session: Session, document: Document, since: set[int], newest: int) -> dict[int, tuple[tuple[str, ...], int]]:
    """Which sections of the newest text are new or changed since each revision, and how many of it are gone.

    Only titles of the newest text are told: an older one may hold words that are held back by now.
    """
    wanted = (Revision.document_id == document.id, Revision.number.in_(since | {newest}))
    found = session.scalars(select(Revision).where(*wanted).options(undefer(Revision.sections)))
    texts = {revision.number: _sections(revision.sections) for revision in found}
    now = texts.get(newest, {})
    return {
        number: (
            tuple(title for anchor, (title, text) in now.items() if then.get(anchor, ("", ""))[1] != text),
            len(then.keys() - now.keys()),
        )
        for number, then in texts.items()
        if number != newest
    }


def _sections(sections: list[dict[str, Any]]) -> dict[str, tuple[str, str]]:
    return {one["anchor"] or "": (one["title"] or "", one["text"]) for one in sections}


def _known(viewer: Viewer) -> Select[int]:
    """The pages that are local notes to a guideline this viewer reads."""
    guideline = aliased(Document)
    notes = select(Annex.page_id).join(guideline, guideline.id == Annex.document_id)
    return notes.where(visible_to(viewer, guideline))


def pages_to_choose(session: Session, viewer: Viewer) -> dict[str, str]:
    """The pages of one's own groups that are not local notes yet, by address."""
    of_groups = (Document.kind == "page", Document.status.in_(LIVE), Document.owner_id.in_(sorted(_of_mine(viewer))))
    free = Document.id.not_in(_known(viewer))
    found = reading.entries(session, viewer, *of_groups, free, limit=500, order=(Document.title, Document.id))
    return {entry.slug: entry.title for entry in found}


def tell_keepers(session: Session, guideline: Document, version: str, by: Viewer | None) -> None:
    """A version came in force: tell those who keep local notes to it that they should look."""
    found = select(Document.owner_id, Document.public_id).join(Annex, Annex.page_id == Document.id)
    for owner, public_id in session.execute(found.where(Annex.document_id == guideline.id)).all():
        people = acting_people(session, owner) - ({by.person} if by else set())
        telling.tell(session, people, CHANGED, about=public_id, once=f"{CHANGED}:{public_id}:{version}")
