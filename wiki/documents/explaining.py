"""Why somebody can read a document, and who else can: names for those who keep it, numbers for everybody."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template, request
from flask_babel import format_datetime, gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from wiki import db
from wiki.access import guard, policy, reasons
from wiki.access.guard import needs
from wiki.access.models import AccessGrant
from wiki.access.policy import Action, Viewer
from wiki.documents import leave, passages_standing, readers, reading, sharing, web
from wiki.documents.models import Document, Passage
from wiki.people.models import Group


@needs(Action.DOCUMENT_READ)
def why(slug: str) -> Any:
    """Why the viewer can read this, and who else can. `?passage=` asks it of a held passage."""
    document, viewer, session = web.load(slug), guard.viewer(), db.session()
    passages = _passages(session, document)
    passage = _asked_for(passages)
    keeps = bool(policy.may(viewer, Action.DOCUMENT_SHARE, document.item)) and viewer.is_staff
    asked = readers.of_passage(document, passage, viewer) if passage else readers.of_document(document, viewer)
    offset = web.place_in_list()
    return render_template(
        "wiki/documents/why.html",
        document=document,
        kind=web.this_kind(),
        passages=passages,
        passage=passage,
        reasons=_reasons(session, viewer, _labels(passage or document)),
        reach=None if passage else sharing.reach(session, readers.known(session, viewer, asked.labels)),
        held_because=sharing.reason_in_words(document.reason),
        short=sharing.REASONS,
        may_share=keeps,
        may_view_as=policy.may(viewer, Action.DOCUMENT_VIEW_AS, document.item),
        who=readers.circles(session, viewer, asked, offset=offset) if keeps else None,
        offset=offset,
        page_size=readers.PAGE,
    )


def _passages(session: Session, document: Document) -> list[Passage]:
    """The passages that are held in the text this viewer gets; where there are none, nothing is asked."""
    working = bool(policy.may(guard.viewer(), Action.DOCUMENT_REVISE, document.item))
    if not document.passages and not (working and document.working != document.published):
        return []
    there = (Passage.opened_at.is_(None), passages_standing.stands(also_working=working))
    mine = select(Passage).where(Passage.document_id == document.id, *there)
    return list(session.scalars(mine.order_by(Passage.id)))


def _asked_for(passages: list[Passage]) -> Passage | None:
    wanted = request.args.get("passage")
    if not wanted:
        return None
    found = next((one for one in passages if one.public_id == wanted), None)
    if found is None:
        abort(404)
    return found


def _labels(held: Document | Passage) -> frozenset[str]:
    return frozenset(row.label for row in held.labels)


def _reasons(session: Session, viewer: Viewer, labels: frozenset[str]) -> list[Any]:
    opening = sorted(viewer.keys & labels, key=lambda label: (label != "service", label))
    groups = select(Group.id, reading.name_for(viewer)).where(
        Group.id.in_([label.partition(":")[2] for label in opening])
    )
    names: dict[str, str] = dict(session.execute(groups).all())
    glass, found = _glass_of(session, viewer, opening), []
    for label in opening:
        found += glass.get(label) or [reasons.why_readable(label, names)]
    return found


def _glass_of(session: Session, viewer: Viewer, labels: list[str]) -> dict[str, list[Any]]:
    """What to say of labels that open because the viewer broke the glass, and of leave given beside that."""
    targets = [label.removeprefix("doc:") for label in labels if label.startswith("doc:")]
    if not targets:
        return {}
    mine = (AccessGrant.person_id == viewer.person, AccessGrant.document.in_(targets), *leave.counts())
    rows = session.execute(select(AccessGrant.document, AccessGrant.sort, AccessGrant.until).where(*mine))
    found: dict[str, list[Any]] = {}
    for target, sort, until in rows:
        words = reasons.why_readable(f"doc:{target}", {})
        if sort == leave.Sort.GLASS:
            words = reasons.broke_glass(format_datetime(until, _("d MMM y, HH:mm")))
        found.setdefault(f"doc:{target}", []).append(words)
    return found


def who_is_that(reach: sharing.Reach) -> readers.Circles | None:
    """The people an audience means that was chosen but not saved yet, when the form asks who they are."""
    if request.form.get("reach") != "who":
        return None
    viewer = guard.viewer()
    asked = readers.Asked(reach.labels, reach.labels - {f"person:{viewer.public_id}"})
    return readers.circles(db.session(), viewer, asked, limit=readers.MOST_BEFORE_SAVING)
