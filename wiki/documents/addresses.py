"""Addresses: which slug a document gets, and how an old one leads on.

An address that is taken by something the writer cannot see must look free, or the collision would tell of it
(03-sharing 3.10). So the unseen document yields: it moves to an address of its own and keeps everything else.
"""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from wiki.access.policy import LIVE, Viewer, readable
from wiki.documents.models import Document, Redirect, Stub
from wiki.documents.texts import SLUG_LENGTH, slug_of

RESERVED = frozenset({"new", "preview", "bin", "import"})


class AddressTaken(ValueError):
    """Something this writer can see lives there already."""

    def __init__(self, slug: str) -> None:
        super().__init__(slug)
        self.slug = slug


def claim(session: Session, viewer: Viewer | None, kind: str, wish: str, *, exact: bool, own: int | None = None) -> str:
    """A free address for a document of this kind.

    `wish` is a title or a slug. When it is taken by something the viewer (None: the system) can see, `exact` raises
    AddressTaken, and otherwise a number is added. What the viewer cannot see yields without a trace. `own` is the id of
    the document that asks, whose old addresses do not stand in its way.
    """
    base = slug_of(wish)
    slug, number = base, 1
    while slug in RESERVED or not _free_for(session, viewer, kind, slug, own):
        if exact:
            raise AddressTaken(slug)
        number += 1
        slug = f"{base[: SLUG_LENGTH - 6]}-{number}"
    return slug


def _free_for(session: Session, viewer: Viewer | None, kind: str, slug: str, own: int | None) -> bool:
    there = _document_at(session, kind, slug)
    if there is not None and there.id != own:
        if viewer is None or _is_seen(viewer, there):
            return False
        _yield_address(session, there)
    session.execute(delete(Redirect).where(Redirect.kind == kind, Redirect.slug == slug))
    return True


def _document_at(session: Session, kind: str, slug: str) -> Document | None:
    # The one place that must look past the viewer's rights: it tells nobody what it finds.
    statement = select(Document).where(Document.kind == kind, Document.slug == slug)
    return session.scalar(statement.execution_options(filtered_for_the_viewer=True))


def _is_seen(viewer: Viewer, document: Document) -> bool:
    if readable(viewer.keys, document.item.labels):
        return True
    return document.discovery == "stub" and viewer.is_staff and document.status in LIVE


def _yield_address(session: Session, document: Document) -> None:
    move(session, document, f"{document.slug[: SLUG_LENGTH - 13]}-{document.public_id}", leave_redirect=False)


def move(session: Session, document: Document, slug: str, *, leave_redirect: bool = True) -> None:
    """Give a document another address; the old one leads on for those who may read it."""
    old = document.slug
    if old == slug:
        return
    document.slug = slug
    if leave_redirect:
        session.merge(Redirect(kind=document.kind, slug=old, document_id=document.id))
    if stub := session.get(Stub, document.id, execution_options={"filtered_for_the_viewer": True}):
        stub.slug = slug
    session.flush()
