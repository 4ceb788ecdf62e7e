"""Held passages (03-sharing 3.5): finding one, reading its words, and what is done with it outside of a text.

Whoever reads the words of a passage reads its document, too; the net of `visibility` sees to both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import Session, object_session

from wiki import db, outbox
from wiki.access import audit, policy
from wiki.access.policy import Action, Decision, NotAllowed, Viewer
from wiki.documents.models import OPENED, Document, Passage, PassageLabel, PassageText
from wiki.documents.visibility import of_readable_passage, visible_to

# What is asked about a passage in the outbox when its end was changed in the text.
END_MOVED = "passage-end"


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a passage as they are in one revision; `links` are pairs of kind (or "") and slug."""

    public_id: str
    body: str
    html: str
    toc: tuple[tuple[int, str, str], ...]
    sections: tuple[dict[str, Any], ...]
    links: tuple[tuple[str, str], ...]


def readable(session: Session, viewer: Viewer | None, document_id: int, revision: int) -> dict[str, Words]:
    """The words of the passages of a document that this viewer may read, by public id, as they are in a revision.

    It holds those that were cut out of other revisions, too: which of them stand in a text, its tokens say.
    """
    return _found(session, document_id, revision, of_readable_passage(viewer))


def changeable(session: Session, viewer: Viewer | None, document_id: int, revision: int) -> dict[str, Words]:
    """The same for whoever changes the text: leave to read a passage is none to change it. None is the system."""
    if viewer is None:
        return _found(session, document_id, revision, true())
    shared = replace(viewer, keys=frozenset(key for key in viewer.keys if not key.startswith("doc:")))
    return _found(session, document_id, revision, of_readable_passage(shared))


def _found(session: Session, document_id: int, revision: int, condition: ColumnElement[bool]) -> dict[str, Words]:
    statement = (
        select(Passage.public_id, PassageText)
        .join(Passage, Passage.id == PassageText.passage_id)
        .where(Passage.document_id == document_id, PassageText.revision <= revision, condition)
        .order_by(PassageText.revision)
    )
    return {public_id: _words(public_id, text) for public_id, text in session.execute(statement)}


def _words(public_id: str, text: PassageText) -> Words:
    return Words(
        public_id=public_id,
        body=text.body,
        html=text.html,
        toc=tuple((each["level"], each["title"], each["anchor"]) for each in text.toc),
        sections=tuple(text.sections),
        links=tuple((kind, slug) for kind, slug in text.links),
    )


def of_document(session: Session, document_id: int, public_ids: Iterable[str]) -> dict[str, Passage]:
    """Those of these passages that were cut out of this document, by public id."""
    wanted = list(public_ids)
    if not wanted:
        return {}
    statement = select(Passage).where(Passage.document_id == document_id, Passage.public_id.in_(wanted))
    return {passage.public_id: passage for passage in session.scalars(statement)}


def find(session: Session, viewer: Viewer | None, public_id: str) -> Passage | None:
    """The passage of this public id, if this viewer may read its document; the words are another question."""
    return session.scalar(
        select(Passage)
        .join(Document, Document.id == Passage.document_id)
        .where(Passage.public_id == public_id, visible_to(viewer))
    )


def may_read(viewer: Viewer, passage: Passage) -> bool:
    """Whether this viewer, who reads the document, reads the words of the passage, too."""
    return policy.readable(viewer.keys | {OPENED}, (row.label for row in passage.labels))


def may_manage(viewer: Viewer, passage: Passage) -> Decision:
    """Whether this viewer may widen, open or remove a passage, or change why and until when it is held.

    That belongs to the leads of the unit that keeps the document, and to those of its authors and of the stewards with
    whom the passage is shared, too. Whoever wrapped it may as long as all its words are theirs.
    """
    item = passage.document.item
    found = policy.may(viewer, Action.DOCUMENT_SHARE, item)
    if found and passage.opened_at is None:
        labels = frozenset(row.label for row in passage.labels)
        found = policy.may(viewer, Action.DOCUMENT_SHARE, replace(item, labels=labels))
        found = Decision(False, "passage-not-shared") if found.reason == "absent" else found
    if not found and found.reason != "absent" and passage.created_by_id == viewer.person and _is_all_theirs(passage):
        return Decision(True, "author")
    return found


def _is_all_theirs(passage: Passage) -> bool:
    """Whether whoever wrapped the passage wrote every word that it ever had."""
    # The table, not the class: words that its writer may not read count, too.
    text, session = PassageText.__table__.c, object_session(passage)
    of_others = or_(text.author_id.is_(None), text.author_id != passage.created_by_id)
    found = select(text.id).where(text.passage_id == passage.id, of_others).limit(1)
    return session is not None and session.execute(found).first() is None


def with_writer(document: Document, audience: Iterable[str], by: Viewer | None) -> tuple[str, ...]:
    """The audience of a new passage. Its writer is in it by name if nothing else lets them read it."""
    chosen = set(audience)
    keepers = {f"lead:{document.owner_id}"} | {f"person:{person.public_id}" for person in document.authors}
    if by is not None and not policy.readable(by.keys, chosen | keepers):
        chosen.add(f"person:{by.public_id}")
    return tuple(sorted(chosen))


def require_managing(viewer: Viewer | None, passage: Passage) -> None:
    """Do nothing when this viewer may; raise NotAllowed otherwise. None is the system."""
    if viewer is not None and not (decision := may_manage(viewer, passage)):
        raise NotAllowed(decision)


def open_to_readers(session: Session, passage: Passage, *, by: Viewer | None) -> None:
    """Let everybody who reads the document read the passage from now on. `by` None is the system."""
    require_managing(by, passage)
    if passage.opened_at is not None:
        return
    passage.opened_at, passage.review_since = db.now(), None
    relabel(session, passage)
    note(session, "passage:open", passage, by=by)


def renew(session: Session, passage: Passage, until: date, *, by: Viewer | None) -> None:
    """Hold it until another day. Whether it may be renewed once more, the caller has asked."""
    require_managing(by, passage)
    before, passage.held_until = passage.held_until, until
    passage.renewals, passage.reminded, passage.review_since, passage.stopped_because = (
        (passage.renewals or 0) + 1,
        None,
        None,
        "",
    )
    session.flush()
    note(session, "passage:renew", passage, by=by, before=before.isoformat(), until=until.isoformat())


def taken_out(session: Session, passage: Passage, *, by: Viewer | None) -> None:
    """Write down that a text stands without this passage from now on."""
    note(session, "passage:remove", passage, by=by)
    end_moved(session, passage)


def end_moved(session: Session, passage: Passage) -> None:
    """Let those who count on its end know that it was renewed in the text, or that the passage was taken out."""
    outbox.add(session, END_MOVED, passage.id)


def relabel(session: Session, passage: Passage) -> None:
    """Bring the labels in line with its audience, its author and the owner of its document, and queue the index."""
    session.flush()
    wanted = {OPENED} if passage.opened_at is not None else _labels_of(passage)
    kept = [row for row in passage.labels if row.label in wanted]
    new = wanted - {row.label for row in kept}
    passage.labels = kept + [PassageLabel(label=label) for label in sorted(new)]
    session.flush()
    outbox.add(session, "index", passage.document_id)
    outbox.add(session, "held", passage.document_id)


def _labels_of(passage: Passage) -> set[str]:
    # Whoever wrapped it reads it without being in its audience only as an author of the document.
    authors = passage.document.authors
    author = next((person.public_id for person in authors if person.id == passage.created_by_id), None)
    return set(
        policy.passage_labels(
            public_id=passage.public_id, audience=passage.audience, owner=passage.document.owner_id, author=author
        )
    )


def note(session: Session, what: str, passage: Passage, *, by: Viewer | None, **details: Any) -> None:
    """Write into the log what was done with a passage: about its document, for those who keep it."""
    document = passage.document
    audit.record(
        session,
        what,
        by=by.person if by else None,
        about=document.public_id,
        owner=document.owner_id,
        passage=passage.public_id,
        **details,
    )
