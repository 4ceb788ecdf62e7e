"""The paste check where people write: what they are told before a text is saved, and what they answer."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from flask import Flask, g, request
from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from wiki import db, outbox
from wiki.access import audit, guard
from wiki.access.policy import SERVICE
from wiki.documents import passages, passages_saved, repeating
from wiki.documents.models import Discovery, Document, Passage, Revision
from wiki.documents.repeating import Repeat, Writing
from wiki.documents.sharing import Sharing
from wiki.documents.texts import PreparedPassage, PreparedText


def init_app(app: Flask) -> None:
    """Let fingerprints follow every change, and forms show what a text repeats."""
    outbox.handle(app.extensions["chancery_db"], repeating.TOPIC, repeating.update)
    app.jinja_env.globals["repeats"] = found


def found() -> list[Repeat]:
    """What the words of this request repeat."""
    asked: list[Repeat] = g.get("repeats", [])
    return asked


def unanswered(
    text: PreparedText, audience: Collection[str], document: Document | None = None, *, notice: Sharing | None = None
) -> bool:
    """Whether a text repeats held-back words, and its writer has not said yet that they may be told.

    The page that is shown then takes what is repeated from `repeats()`, where `_repeats.html` stands in its form.
    `notice`: how it is to be shared, if the words of its notice were written just now, too.
    """
    told = [_notice(notice)] if notice is not None else []
    return _asked([*_writings(text, frozenset(audience), document), *told])


def unanswered_words(words: str, audience: Collection[str], own: int | None = None) -> bool:
    """The same for words on their way to an audience. `own` is the document they stand under, if they are of it."""
    return _asked([Writing(words, _without_self(audience), own)])


def unanswered_sharing(document: Document, chosen: Sharing) -> bool:
    """The same for a document as it is, when people are to read it who could not, and for what its notice says anew."""
    writings = [_notice(chosen, document)]
    if not set(chosen.audience) <= set(document.audience):
        text = repeating.text_of(_shown(document).sections)
        writings.append(Writing(text, _without_self(chosen.audience), document.id))
    return _asked(writings)


def _notice(chosen: Sharing, document: Document | None = None) -> Writing:
    """What the whole service reads of something that is held back, be it words of its own."""
    said = f"{chosen.release_title}\n{chosen.share_line}" if chosen.discovery == Discovery.STUB else ""
    there = [{"title": document.release_title, "text": document.share_line}] if document is not None else []
    return Writing(said, frozenset({SERVICE}), before=repeating.runs_of(there))


def _asked(writings: list[Writing]) -> bool:
    g.repeats = repeating.repeats(db.session(), guard.viewer(), writings)
    # The answer names what it is about, so that words added afterwards are asked about, too.
    answered = request.form.get("repeat_ok", "").split()
    return not {repeat.public_id for repeat in g.repeats} <= set(answered)


def _writings(text: PreparedText, audience: frozenset[str], document: Document | None) -> Iterator[Writing]:
    own, before = None, frozenset[int]()
    if document is not None:
        own, before = document.id, repeating.runs_of(_newest(document).sections)
    yield Writing(repeating.text_of(text.sections), _without_self(audience), own, before=before)
    for passage in text.passages:
        going_to = audience if passage.is_opened else _audience_of(passage, document)
        words = repeating.text_of(passage.sections)
        yield Writing(words, _without_self(going_to), own, passage.public_id)


def _without_self(audience: Collection[str]) -> frozenset[str]:
    """What people write for themselves tells them nothing new."""
    return frozenset(audience) - {f"person:{guard.viewer().public_id}"}


def _audience_of(typed: PreparedPassage, document: Document | None) -> Collection[str]:
    """Whom a passage goes to, as its first line says or as it was. What is wrong with that is told elsewhere."""
    session, known = db.session(), dict[str, Passage]()
    if document is not None and not typed.is_new:
        known = passages.of_document(session, document.id, [typed.public_id])
    chosen = passages_saved.choose(session, typed, known.get(typed.public_id), guard.viewer())
    return chosen.audience if isinstance(chosen, passages_saved.Chosen) else ()


def _newest(document: Document) -> Revision:
    return _revision(document, document.working)


def _shown(document: Document) -> Revision:
    return _revision(document, document.published if document.published is not None else document.working)


def _revision(document: Document, number: int) -> Revision:
    wanted = select(Revision).where(Revision.document_id == document.id, Revision.number == number)
    return db.session().scalars(wanted.options(undefer(Revision.sections))).one()


def note(session: Session, document: Document) -> None:
    """Write into the log, for those who keep it, that held-back words were repeated in this document knowingly."""
    for repeat in found():
        audit.record(
            session,
            "passage:repeated-anyway",
            by=guard.viewer().person,
            about=repeat.public_id,
            owner=repeat.owner,
            into=document.public_id,
        )
