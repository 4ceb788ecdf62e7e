"""What people do with comments, and what waits for somebody's answer. Each verb asks the rules; none commits.

Comments have the audience of their document, whatever it is when they are read. They change nothing about the text:
neither its date, nor its links, nor what search finds.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, case, exists, func, or_, select, update
from sqlalchemy.orm import Session, aliased, undefer

from wiki import db, kinds, markdown, outbox
from wiki.access import audit, policy
from wiki.access.policy import BINNED, Action, Decision, NotAllowed, Viewer
from wiki.documents.models import Comment, Document, DocumentAuthor
from wiki.documents.visibility import visible_to
from wiki.people.models import Person

LONGEST = 4000
TOPIC = "comment"
MOST_NOTICES = 50


class AlreadySaid(Exception):
    """This very form was sent before; `public_id` is the comment that came of it."""

    def __init__(self, comment: Comment) -> None:
        super().__init__(comment.id)
        self.public_id = comment.public_id


class Outdated(Exception):
    """The words were changed in between, from another window; `body` is what stands there now."""

    def __init__(self, body: str) -> None:
        super().__init__()
        self.body = body


class Withdrawn(Exception):
    """The comment has no words any more."""


class Words(NamedTuple):
    """The text of a comment, ready to be saved."""

    body: str
    html: str


def prepare(text: str) -> Words:
    """Check and render, before any lock is taken. Raises `markdown.TextRefused`."""
    body = markdown.normalise(text).strip()
    # Whoever reads the page reads its comments: nothing in them is held back, whatever it looks like.
    markdown.refuse_held(body)
    return Words(body, markdown.render_small(body))


def find(session: Session, document: Document, public_id: str, *, to_change: bool = False) -> Comment | None:
    """A comment under a document that was found under the viewer's rights."""
    wanted = select(Comment).where(Comment.document_id == document.id, Comment.public_id == public_id)
    if to_change:
        wanted = wanted.with_for_update().options(undefer(Comment.body))
    return session.scalar(wanted)


def say(
    session: Session,
    document: Document,
    words: Words,
    *,
    by: Viewer,
    thread: Comment | None = None,
    anchor: str = "",
    key: str = "",
) -> Comment:
    """Begin a thread, or answer in one, which opens it again. Raises AlreadySaid for the same words sent twice."""
    policy.require(by, Action.COMMENT_WRITE, document.item)
    once = _once(document, words, thread, anchor, key)
    before = session.scalar(select(Comment).where(Comment.author_id == by.person, Comment.idempotency_key == once))
    if before is not None:
        raise AlreadySaid(before)
    comment = Comment(
        document_id=document.id,
        thread_id=_first_of(thread),
        anchor="" if thread else anchor,
        revision=document.published or document.working,
        body=words.body,
        html=words.html,
        author_id=by.person,
        unnamed=not document.names_authors and _wrote(document, by),
        idempotency_key=once,
    )
    session.add(comment)
    session.flush()
    _count(session, document, 1)
    if thread is not None:
        _set_resolved(session, comment.thread_id, None, None)
    outbox.add(session, TOPIC, comment.id)
    return comment


def _wrote(document: Document, by: Viewer) -> bool:
    return by.public_id in document.item.authors or by.person == document.created_by_id


def _once(document: Document, words: Words, thread: Comment | None, anchor: str, key: str) -> str:
    """The same words in the same place, sent from a page that showed the same comments, are one comment."""
    place = (key, document.public_id, thread.public_id if thread else "", anchor, words.body)
    return hashlib.sha256("\0".join(place).encode()).hexdigest()[:40]


def _first_of(thread: Comment | None) -> int | None:
    return None if thread is None else thread.thread_id or thread.id


def _count(session: Session, document: Document, more: int) -> None:
    # Beside the mapped object: a comment is no new version of the document.
    table = Document.__table__
    counted = update(table).where(table.c.id == document.id).values(comments=table.c.comments + more)  # type: ignore[arg-type]
    session.execute(counted)


def _set_resolved(session: Session, thread: int | None, at: datetime | None, by: int | None) -> None:
    values = {"resolved_at": at, "resolved_by_id": by}
    session.execute(update(Comment).where(Comment.id == thread).values(values))


def base_of(comment: Comment) -> str:
    """What a form for changing the words was made from."""
    return hashlib.sha256(comment.body.encode()).hexdigest()[:20]


def require_own(document: Document, comment: Comment, by: Viewer) -> None:
    """Only whoever wrote a comment changes it. Raises NotAllowed, or Withdrawn when there is nothing left to change."""
    policy.require(by, Action.COMMENT_WRITE, document.item)
    if comment.author_id != by.person:
        raise NotAllowed(Decision(False, "not-your-comment"))
    if comment.withdrawn_at is not None:
        raise Withdrawn


def change(session: Session, document: Document, comment: Comment, words: Words, *, base: str, by: Viewer) -> None:
    """Put other words in place of one's own. Raises Outdated when they were changed since `base`, and Withdrawn."""
    require_own(document, comment, by)
    if words.body == comment.body:
        return
    if base != base_of(comment):
        raise Outdated(comment.body)
    comment.body, comment.html, comment.edited_at = words.body, words.html, db.now()


def withdraw(session: Session, document: Document, comment: Comment, *, by: Viewer) -> None:
    """Take the words away for good and leave the place. Whoever keeps the document may do it too, which is logged."""
    policy.require(by, Action.COMMENT_WRITE, document.item)
    if comment.author_id != by.person:
        policy.require(by, Action.COMMENT_RESOLVE, document.item)
    if comment.withdrawn_at is not None:
        return
    comment.body = comment.html = ""
    # Whoever changes their mind may say the same again.
    comment.withdrawn_at, comment.idempotency_key = db.now(), None
    _count(session, document, -1)
    if comment.author_id != by.person:
        about = {"about": document.public_id, "owner": document.owner_id}
        audit.record(session, "comment:withdraw", by=by.person, **about, comment=comment.public_id)


def resolve(session: Session, document: Document, thread: Comment, *, by: Viewer) -> None:
    """Mark a thread as settled, which folds it."""
    _require_thread(document, thread, by)
    if thread.resolved_at is None:
        _set_resolved(session, _first_of(thread), db.now(), by.person)


def reopen(session: Session, document: Document, thread: Comment, *, by: Viewer) -> None:
    """Take it back."""
    _require_thread(document, thread, by)
    _set_resolved(session, _first_of(thread), None, None)


def _require_thread(document: Document, thread: Comment, by: Viewer) -> None:
    policy.require(by, Action.COMMENT_WRITE, document.item)
    if thread.thread_id is not None or thread.author_id != by.person:
        policy.require(by, Action.COMMENT_RESOLVE, document.item)


def newer_threads(session: Session, comment: Comment) -> int:
    """How many threads of the document stand before the one of this comment."""
    newer = (Comment.document_id == comment.document_id, Comment.thread_id.is_(None))
    return session.scalar(select(func.count(Comment.id)).where(*newer, Comment.id > _first_of(comment))) or 0


class Notice(NamedTuple):
    """A thread in which somebody else had the last word. `name` is empty where it must not be told."""

    kind: str
    slug: str
    title: str
    comment: str
    words: str
    name: str | None
    at: datetime

    @property
    def url(self) -> str:
        return f"{kinds.kind(self.kind).prefix}/{self.slug}/comments/{self.comment}"


def open_questions(session: Session, viewer: Viewer, limit: int = MOST_NOTICES) -> list[Notice]:
    """Threads that wait for the viewer: under what they wrote, or what a unit keeps that they act for.

    Settled ones do not wait, nor those in which the viewer or an author had the last word.
    """
    first, last = aliased(Comment), aliased(Comment)
    mine = _is_author(viewer.person) | Document.owner_id.in_(sorted(viewer.leads))
    waiting = (first.resolved_at.is_(None), mine, ~_is_author(last.author_id))
    return _notices(session, _with_last_words(viewer, first, last).where(*waiting).limit(limit))


def answers_to_me(
    session: Session, viewer: Viewer, since: datetime, *, limit: int = MOST_NOTICES, settled: bool = True
) -> list[Notice]:
    """Threads the viewer began in which somebody else answered last, after this moment."""
    first, last = aliased(Comment), aliased(Comment)
    answered = [first.author_id == viewer.person, last.id != first.id, last.created_at > since]
    if not settled:
        answered.append(first.resolved_at.is_(None))
    return _notices(session, _with_last_words(viewer, first, last).where(*answered).limit(limit))


def _notices(session: Session, statement: Select[Any]) -> list[Notice]:
    return [Notice(*row) for row in session.execute(statement)]


def _with_last_words(viewer: Viewer, first: Any, last: Any) -> Select[Any]:
    said = aliased(Comment)
    newest = (
        select(func.max(said.id))
        .where(
            said.document_id == first.document_id,
            (said.id == first.id) | (said.thread_id == first.id),
            said.withdrawn_at.is_(None),
        )
        .correlate(first)
        .scalar_subquery()
    )
    untold = ~Document.names_authors & (_is_author(last.author_id) | (last.author_id == Document.created_by_id))
    name = case((untold | last.unnamed, ""), else_=Person.name)
    words = func.substr(last.body, 1, 200)
    return (
        select(Document.kind, Document.slug, Document.title, last.public_id, words, name, last.created_at)
        .join(first, first.document_id == Document.id)
        .join(last, last.id == newest)
        .outerjoin(Person, Person.id == last.author_id)
        .where(
            visible_to(viewer),
            Document.status != BINNED,
            first.thread_id.is_(None),
            first.withdrawn_at.is_(None),
            or_(last.author_id.is_(None), last.author_id != viewer.person),
        )
        .order_by(last.id.desc())
    )


def _is_author(person: Any) -> ColumnElement[bool]:
    mine = (DocumentAuthor.document_id == Document.id, DocumentAuthor.person_id == person)
    return exists(select(DocumentAuthor.document_id).where(*mine).correlate_except(DocumentAuthor))
