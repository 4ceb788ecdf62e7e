"""Addresses: which slug a document gets, and how an old one leads on.

An address that is taken by something the writer cannot see must look free, or the collision would tell of it
(03-sharing 3.10). So the unseen document yields: it moves to an address of its own and keeps everything else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import ColumnElement, and_, delete, or_, select
from sqlalchemy.orm import Session

from wiki.access.policy import BINNED, LIVE, SERVICE, Viewer, readable
from wiki.documents.models import Discovery, Document, DocumentLabel, Redirect, Stub
from wiki.documents.texts import SLUG_LENGTH, slug_of

RESERVED = frozenset({"new", "preview", "bin", "import", "book", "platforms", "before-you-start", "posting-pack"})
# What the whole service can see, for addresses that nobody in person asks for.
ANYBODY = Viewer(person=0, public_id="", name="", keys=frozenset({SERVICE}))


class AddressTaken(ValueError):
    """Something this writer can see lives there already."""

    def __init__(self, slug: str) -> None:
        super().__init__(slug)
        self.slug = slug


def claim(session: Session, viewer: Viewer | None, kind: str, wish: str, *, exact: bool, own: int | None = None) -> str:
    """A free address for a document of this kind.

    `wish` is a title or a slug. When it is taken by something the viewer (None: the system) can see, `exact` raises
    AddressTaken, and otherwise a number is added. What the viewer cannot see yields without a trace. `own` is the id of
    the document that asks, whose old addresses do not stand in its way. Whatever is written for others without anybody
    who writes, such as by an import, asks as `readers_of` what it writes.
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
    told = document.discovery == "stub" and document.quarantined_at is None
    return told and viewer.is_staff and document.status in LIVE


def readers_of(audience: Iterable[str]) -> Viewer:
    """What everybody sees who will read something with this audience: for addresses of what nobody in person writes."""
    return Viewer(person=0, public_id="", name="", keys=frozenset({SERVICE, *audience}))


def taken(session: Session, viewer: Viewer, kind: str, *, among: Collection[str] | None = None) -> set[str]:
    """The addresses of a kind that this member of staff knows to be taken. All others are free: see `claim`."""
    here = select(Document.slug).where(Document.kind == kind, seen_by_staff(viewer))
    moved = select(Redirect.slug).join(Document, Document.id == Redirect.document_id)
    moved = moved.where(Redirect.kind == kind, seen_by_staff(viewer))
    if among is not None:
        here, moved = here.where(Document.slug.in_(among)), moved.where(Redirect.slug.in_(among))
    return {*session.scalars(here), *session.scalars(moved), *RESERVED}


def seen_by_staff(viewer: Viewer) -> ColumnElement[bool]:
    """The condition that a member of staff can see what lives at an address, by reading it or by its notice."""
    labelled = select(DocumentLabel.document_id).where(DocumentLabel.label.in_(viewer.keys))
    told = and_(Document.discovery == "stub", Document.quarantined_at.is_(None), Document.status.in_(LIVE))
    return or_(Document.id.in_(labelled), told)


def _yield_address(session: Session, document: Document) -> None:
    move(session, document, f"{document.slug[: SLUG_LENGTH - 13]}-{document.public_id}", leave_redirect=False)


def is_told(document: Document) -> bool:
    """Whether everybody could find the address it has: it is open or has a notice, or had until it was shut away."""
    status = document.status_before if document.status == BINNED else document.status
    return status in LIVE and (SERVICE in document.audience or document.discovery == Discovery.STUB)


def release(session: Session, document: Document, viewer: Viewer | None, was: str | None) -> None:
    """Give what becomes a notice an address made of the words written for release; its readers are led on to it.

    `was`: the title it had for release before, None if it was no notice. An address chosen by hand for one stays.
    """
    if was is not None and not document.slug.startswith(slug_of(was)[: SLUG_LENGTH - 6]):
        return
    wish = document.release_title.strip() or document.public_id
    # For the system, what not everybody sees yields: a number at its end would tell of it.
    slug = claim(session, viewer or ANYBODY, document.kind, wish, exact=False, own=document.id)
    move(session, document, slug)


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
