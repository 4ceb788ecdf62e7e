"""Telling people that somebody began to talk about what they wrote, or answered them.

A notice keeps only which comment it is about: its words are found when it is read, under the rights its reader has
then. Mail tells neither what was said nor where.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext

from flask import Flask, has_app_context
from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session

from wiki import db, kinds, outbox
from wiki.access import policy
from wiki.access.policy import BINNED, Viewer
from wiki.documents.comments import TOPIC
from wiki.documents.models import Comment, Document
from wiki.documents.visibility import visible_to
from wiki.notices.models import Notice
from wiki.notices.telling import Told, tell, words_for
from wiki.people import viewer as viewers

QUESTION, ANSWER = "comment:question", "comment:answer"


def init_app(app: Flask) -> None:
    """Let new threads and answers be told of, after they were saved."""

    def tell_of(comments: Sequence[int], _upto: int) -> None:
        with nullcontext() if has_app_context() else app.app_context():
            _tell(comments)

    outbox.handle(app.extensions["chancery_db"], TOPIC, tell_of)
    words_for(app, QUESTION, subject=_l("Somebody asks about something you wrote"), find=_words, page="/comments")
    words_for(app, ANSWER, subject=_l("Somebody answered you"), find=_words, page="/comments")


def _tell(comments: Sequence[int]) -> None:
    with db.system_session() as session:
        found = [(code, comment.public_id, list(people)) for code, comment, people in _readers(session, comments)]
    with db.system_session(writing=True) as session:
        for code, public_id, people in found:
            tell(session, people, code, about=public_id)


def _readers(session: Session, comments: Sequence[int]) -> Iterator[tuple[str, Comment, Iterator[int]]]:
    """Who is told of each of these: the authors of the page, or whoever began the thread."""
    for comment in session.scalars(select(Comment).where(Comment.id.in_(comments), Comment.withdrawn_at.is_(None))):
        document = session.scalars(select(Document).where(Document.id == comment.document_id)).one()
        if comment.thread_id is None:
            wrote = [author.id for author in document.authors]
            yield QUESTION, comment, _allowed(session, document, comment, wrote)
        else:
            began = session.scalar(select(Comment.author_id).where(Comment.id == comment.thread_id))
            yield ANSWER, comment, _allowed(session, document, comment, [began] if began else [])


def _allowed(session: Session, document: Document, comment: Comment, people: Sequence[int]) -> Iterator[int]:
    """Those who may read the page today, without whoever spoke."""
    for person in people:
        viewer = viewers.load_viewer(session, person)
        if viewer and person != comment.author_id and policy.may(viewer, policy.Action.COMMENT_WRITE, document.item):
            yield person


def _words(session: Session, viewer: Viewer, notices: list[Notice]) -> dict[int, Told]:
    """The words of these notices for a reader, as far as they may still read what was said."""
    wanted = {notice.about for notice in notices}
    there = session.execute(
        select(Comment.public_id, Document.kind, Document.slug, Document.title)
        .join(Document, Document.id == Comment.document_id)
        .where(
            Comment.public_id.in_(wanted), Comment.withdrawn_at.is_(None), visible_to(viewer), Document.status != BINNED
        )
    )
    places = {public_id: (f"{kinds.kind(kind).prefix}/{slug}/comments/{public_id}", title)
              for public_id, kind, slug, title in there}  # fmt: skip
    return {
        notice.id: Told(_sentence(notice.code, places[notice.about][1]), places[notice.about][0])
        for notice in notices
        if notice.about in places
    }


def _sentence(code: str, title: str) -> str:
    if code == ANSWER:
        return _("Somebody answered you about “%(title)s”", title=title)
    return _("Somebody asks about “%(title)s”", title=title)
