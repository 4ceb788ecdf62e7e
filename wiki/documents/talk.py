"""The comments under a text as one reader gets them: threads of one level, in one statement."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from markupsafe import Markup
from sqlalchemy import Row, Select, func, select
from sqlalchemy.orm import Session

from wiki import markdown
from wiki.access.policy import Viewer
from wiki.documents import reading
from wiki.documents.models import Comment
from wiki.people.models import Person

PAGE = 50


class Said(NamedTuple):
    """A comment. Without a name, it is by an author of a text that does not name its authors, or by somebody gone."""

    public_id: str
    html: Markup
    name: str
    person: str
    is_by_author: bool
    is_mine: bool
    at: datetime
    is_edited: bool
    is_withdrawn: bool


class Thread(NamedTuple):
    """A comment with its answers. `section` is None when it is about a section that is no longer in the text."""

    first: Said
    answers: tuple[Said, ...]
    anchor: str
    section: str | None
    is_resolved: bool


class Talk(NamedTuple):
    """What stands under a text, the newest thread first. `key` changes with every word that is added."""

    threads: tuple[Thread, ...]
    more: bool
    key: str


NOTHING = Talk((), False, "")


class Place(NamedTuple):
    """The document that is talked about: what must be known of it to show what was said, whoever loaded it.

    `sections` maps anchors to titles. `hidden` holds the public ids of the authors where they are not named.
    """

    document: int
    sections: tuple[tuple[str, str], ...]
    hidden: frozenset[str]
    hidden_creator: int | None


def place(document: Any, toc: Iterable[tuple[str, str]], authors: Iterable[str]) -> Place:
    """The place of a document or of its record; `toc` are pairs of anchor and title, `authors` public ids."""
    if document.names_authors:
        return Place(document.id, tuple(toc), frozenset(), None)
    return Place(document.id, tuple(toc), frozenset(authors), document.created_by_id)


def under(session: Session, viewer: Viewer, where: Place, *, limit: int = PAGE, offset: int = 0) -> Talk:
    """The threads of a document that was found under the viewer's rights, the newest first."""
    rows = session.execute(_rows(where.document, limit + 1, offset)).all()
    html = _filled(session, viewer, [row.html for row in rows])
    of_thread: dict[int, list[tuple[Row[Any], Said]]] = {}
    for row, text in zip(rows, html, strict=True):
        of_thread.setdefault(row.thread_id or row.id, []).append((row, _said(row, text, viewer, where)))
    found = [_thread(said, dict(where.sections)) for _, said in sorted(of_thread.items(), reverse=True)]
    return Talk(tuple(found[:limit]), len(found) > limit, rows[-1].public_id if rows else "")


def _rows(document: int, limit: int, offset: int) -> Select[Any]:
    newest = (
        select(Comment.id)
        .where(Comment.document_id == document, Comment.thread_id.is_(None))
        .order_by(Comment.id.desc())
        .limit(limit)
        .offset(offset)
    )
    columns = (Comment.id, Comment.thread_id, Comment.public_id, Comment.anchor, Comment.html, Comment.author_id,
               Comment.created_at, Comment.edited_at, Comment.withdrawn_at, Comment.resolved_at,
               Comment.unnamed)  # fmt: skip
    return (
        select(*columns)
        .add_columns(Person.public_id.label("person"), Person.name)
        .outerjoin(Person, Person.id == Comment.author_id)
        .where(Comment.document_id == document, func.coalesce(Comment.thread_id, Comment.id).in_(newest))
        .order_by(Comment.id)
    )


def _filled(session: Session, viewer: Viewer, texts: Sequence[str]) -> list[Markup]:
    """Stored HTML with its wiki links as they are for this reader; the links of all texts are looked up together."""
    wanted: dict[markdown.WikiLink, None] = {}

    def gather(links: Sequence[markdown.WikiLink]) -> dict[markdown.WikiLink, markdown.LinkState]:
        wanted.update(dict.fromkeys(links))
        return {}

    for text in texts:
        markdown.fill_links(text, gather)
    states = reading.link_states(session, viewer, tuple(wanted)) if wanted else {}
    # It was sanitised when it was rendered, and links are escaped as they are filled in.
    return [Markup(markdown.fill_links(text, lambda _: states)) for text in texts]  # noqa: S704


def _said(row: Row[Any], html: Markup, viewer: Viewer, where: Place) -> Said:
    # Whoever answers under a text that does not name its authors must not tell by it that they wrote it.
    by_author = row.author_id is not None and (
        row.unnamed or row.person in where.hidden or row.author_id == where.hidden_creator
    )
    is_told = not by_author and row.withdrawn_at is None and row.name is not None
    return Said(
        public_id=row.public_id,
        html=html,
        name=row.name if is_told else "",
        person=row.person if is_told else "",
        is_by_author=by_author,
        is_mine=row.author_id == viewer.person,
        at=row.created_at,
        is_edited=row.edited_at is not None,
        is_withdrawn=row.withdrawn_at is not None,
    )


def _thread(said: Sequence[tuple[Row[Any], Said]], sections: dict[str, str]) -> Thread:
    (first, opening), *answers = said
    return Thread(
        first=opening,
        answers=tuple(answer for _, answer in answers),
        anchor=first.anchor if first.anchor in sections else "",
        section=sections.get(first.anchor) if first.anchor else "",
        is_resolved=first.resolved_at is not None,
    )
