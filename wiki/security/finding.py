"""Finding the one document that is meant, whoever may read it.

This steps past the net of reading: a spill is shut away, and glass is broken, by people who may not read what it is
about. Nothing found here is shown to them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from wiki import kinds
from wiki.documents.models import Document, Passage, PassageLabel, Redirect
from wiki.documents.texts import slug_of

PAST_THE_NET = {"filtered_for_the_viewer": True}


class Identity(NamedTuple):
    """What may be said of a document to somebody who keeps the log: no title, no address."""

    public_id: str
    owner: str


def behind(session: Session, typed: str) -> Document | None:
    """The document behind an address or a public id, its own or that of a passage in it, as somebody typed it."""
    words = typed.strip()
    if "/" not in words:
        ident = words.lower()
        held = select(Document).join(Passage, Passage.document_id == Document.id).where(Passage.public_id == ident)
        return _one(session, select(Document).where(Document.public_id == ident)) or _one(session, held)
    try:
        path = urlsplit(words).path
    except ValueError:
        return None
    for kind in kinds.all_kinds().values():
        if path.startswith(f"{kind.prefix}/"):
            slug = slug_of(path.removeprefix(f"{kind.prefix}/").split("/")[0])
            return _at(session, kind.name, slug)
    return None


def _at(session: Session, kind: str, slug: str) -> Document | None:
    here = select(Document).where(Document.kind == kind, Document.slug == slug)
    moved = select(Document).join(Redirect, Redirect.document_id == Document.id)
    return _one(session, here) or _one(session, moved.where(Redirect.kind == kind, Redirect.slug == slug))


def _one(session: Session, statement: Select[Any]) -> Document | None:
    found: Document | None = session.scalar(statement.execution_options(**PAST_THE_NET))
    return found


def of(session: Session, document_id: int) -> Document:
    """The document of a quarantine, to lift it."""
    statement = select(Document).where(Document.id == document_id)
    return session.scalars(statement.execution_options(**PAST_THE_NET)).one()


def passages_of(session: Session, document_id: int) -> list[int]:
    """The held passages of a document, by their numbers in the database."""
    statement = select(Passage.id).where(Passage.document_id == document_id)
    return list(session.scalars(statement.execution_options(**PAST_THE_NET)))


def held_in(session: Session, document_id: int) -> dict[str, frozenset[str]]:
    """The labels of the passages that are held in a document today, by their public ids."""
    held = (Passage.document_id == document_id, Passage.opened_at.is_(None))
    statement = select(Passage.public_id, PassageLabel.label).join(PassageLabel).where(*held).order_by(Passage.id)
    found: dict[str, frozenset[str]] = {}
    for public_id, label in session.execute(statement.execution_options(**PAST_THE_NET)):
        found[public_id] = found.get(public_id, frozenset()) | {label}
    return found


def around(session: Session, passages: Iterable[str]) -> dict[str, int]:
    """The documents, by their numbers, in which these passages are held, by the public ids of the passages."""
    statement = select(Passage.public_id, Passage.document_id).where(Passage.public_id.in_(sorted(set(passages))))
    return dict(session.execute(statement.execution_options(**PAST_THE_NET)).all())


def identities(session: Session, keys: Iterable[int | str]) -> dict[int, Identity]:
    """The public ids of documents and who keeps them, by their numbers; asked for by number or by public id."""
    wanted = set(keys)
    numbers = sorted(key for key in wanted if isinstance(key, int))
    public_ids = sorted(key for key in wanted if isinstance(key, str))
    asked = or_(Document.id.in_(numbers), Document.public_id.in_(public_ids))
    statement = select(Document.id, Document.public_id, Document.owner_id).where(asked)
    rows = session.execute(statement.execution_options(**PAST_THE_NET))
    return {number: Identity(public_id, owner) for number, public_id, owner in rows}
