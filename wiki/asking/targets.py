"""What a request is about: a document of which there is a notice, or a held passage.

`find` starts from the viewer. The others serve those who answer and the clocks, who may not read it: they step past the
net, and what they find are ids, dates and codes, never a title or a text.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from wiki.access import policy
from wiki.access.models import AccessRequest
from wiki.access.policy import LIVE, Action, Viewer
from wiki.documents import passages_standing
from wiki.documents.models import OPENED, Document, DocumentLabel, Passage, PassageLabel, Stub
from wiki.documents.sharing import REASONS, OnSilence
from wiki.documents.visibility import stubs_for, visible_to

FILTERED = {"filtered_for_the_viewer": True}


@dataclass(frozen=True, slots=True)
class Target:
    """Something that can be asked for. `document` is the public id of the document, `passage` a database id."""

    public_id: str
    document_id: int
    document: str
    owner: str
    reason: str
    until: date
    passage: int | None = None

    @property
    def on_silence(self) -> OnSilence:
        # What is held back for no reason that we know is never given away by a clock.
        return REASONS[self.reason].on_silence if self.reason in REASONS else OnSilence.ESCALATES


def find(session: Session, viewer: Viewer, public_id: str) -> Target | None:
    """What this viewer may ask for under this id: they found its notice, or read the document around the passage."""
    stub = session.scalar(select(Stub).where(Stub.public_id == public_id, stubs_for(viewer)))
    if stub is not None:
        return _of_stub(stub)
    around = (
        select(Passage, Document.public_id, Document.owner_id)
        .join(Document, Document.id == Passage.document_id)
        .where(
            Passage.public_id == public_id,
            Passage.opened_at.is_(None),
            Document.status.in_(LIVE),
            visible_to(viewer),
            passages_standing.stands(also_working=True),
        )
    )
    row = session.execute(around).first()
    if row is None or not _is_told_of(session, viewer, row[0]):
        return None
    return _of_passage(*row)


def _is_told_of(session: Session, viewer: Viewer, passage: Passage) -> bool:
    """Whether the passage stands in the text this viewer gets: a working copy is for those who may change it."""
    if policy.may(viewer, Action.DOCUMENT_REVISE, passage.document.item):
        return True
    shown = select(Passage.id).where(Passage.id == passage.id, passages_standing.stands(also_working=False))
    return session.scalar(shown) is not None


def standing(session: Session, request: AccessRequest) -> Target | None:
    """What a request is about, as it stands now, for whoever answers it; None when there is nothing to ask for."""
    stub = session.scalar(select(Stub).where(Stub.public_id == request.target).execution_options(**FILTERED))
    if stub is not None:
        return _of_stub(stub)
    around = (
        select(Passage, Document.public_id, Document.owner_id)
        .join(Document, Document.id == Passage.document_id)
        .where(
            Passage.public_id == request.target,
            Passage.opened_at.is_(None),
            Document.status.in_(LIVE),
            Document.quarantined_at.is_(None),
            passages_standing.stands(also_working=True),
        )
    )
    row = session.execute(around.execution_options(**FILTERED)).first()
    return _of_passage(*row) if row is not None else None


def _of_stub(stub: Stub) -> Target:
    return Target(stub.public_id, stub.document_id, stub.public_id, stub.owner_id, stub.reason, stub.until)


def _of_passage(passage: Passage, document: str, owner: str) -> Target:
    return Target(
        passage.public_id, passage.document_id, document, owner, passage.reason, passage.held_until, passage.id
    )


def document_of(session: Session, request: AccessRequest) -> str:
    """The public id of the document that a request is about, or in which the passage is."""
    statement = select(Document.public_id).where(Document.id == request.document_id)
    return session.scalar(statement.execution_options(**FILTERED)) or request.target


def opens(session: Session, viewer: Viewer, target: Target) -> bool:
    """Whether the keys of this viewer open it: a passage together with its document."""
    needed = [_document_opens(viewer, target.document_id)]
    if target.passage is not None:
        keys = sorted(viewer.keys | {OPENED})
        needed.append(exists().where(PassageLabel.passage_id == target.passage, PassageLabel.label.in_(keys)))
    return session.scalar(select(and_(*needed))) or False


def may_still_ask(session: Session, viewer: Viewer, target: Target) -> bool:
    """Whether this viewer finds what they would ask for: notices are for staff, passages for who reads the document."""
    if target.passage is None:
        return viewer.is_staff
    return session.scalar(select(_document_opens(viewer, target.document_id))) or False


def _document_opens(viewer: Viewer, document_id: int) -> ColumnElement[bool]:
    keys = sorted(viewer.keys)
    return exists().where(DocumentLabel.document_id == document_id, DocumentLabel.label.in_(keys))


def readable_by_now(session: Session, viewer: Viewer, public_id: str) -> Document | None:
    """The document of this id, or around the passage of this id, for a viewer who can read all of it already."""
    passage = select(Passage.document_id).where(
        Passage.public_id == public_id,
        passages_standing.stands(also_working=True),
        exists().where(PassageLabel.passage_id == Passage.id, PassageLabel.label.in_(sorted(viewer.keys | {OPENED}))),
    )
    wanted = or_(Document.public_id == public_id, Document.id.in_(passage))
    return session.scalar(select(Document).where(wanted, visible_to(viewer)))
