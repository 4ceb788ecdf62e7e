"""The rule of reading in SQL, and the net under every query: a session sees what its viewer sees.

`visible_to(viewer)` is `policy.readable` as a condition. A request's session carries its viewer; the listener below
adds the condition to every ORM query that touches a document, so a forgotten filter shows nothing rather than too much.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BindParameter, ColumnElement, String, bindparam, event, exists, false, literal, select, true
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria

from wiki.access.policy import SERVICE, Viewer
from wiki.documents.models import (
    OPENED,
    Attachment,
    Comment,
    Document,
    DocumentLabel,
    Passage,
    PassageLabel,
    PassageText,
    Revision,
    Stub,
)


def visible_to(viewer: Viewer | None, document: Any = Document) -> ColumnElement[bool]:
    """The condition that this viewer may read a document: labels meet keys."""
    if viewer is None:
        return false()
    keys: BindParameter[str] = bindparam("viewer_keys", sorted(viewer.keys), expanding=True, unique=True)
    return exists(
        select(DocumentLabel.document_id)
        .where(DocumentLabel.document_id == document.id, DocumentLabel.label.in_(keys))
        .correlate(document)
    )


def among_visible(viewer: Viewer | None) -> ColumnElement[bool]:
    """The same condition for counting over everything: all readable ids at once, rather than a look for each row."""
    if viewer is None:
        return false()
    keys: BindParameter[str] = bindparam("viewer_keys", sorted(viewer.keys), expanding=True, unique=True)
    return Document.id.in_(select(DocumentLabel.document_id).where(DocumentLabel.label.in_(keys)))


def opened_by_keys(document_id: ColumnElement[int]) -> ColumnElement[bool]:
    """`visible_to` for a statement that is built once: ask it with `values_of(viewer)`."""
    label = DocumentLabel.__table__.alias()
    return exists().where(label.c.document_id == document_id, label.c.label.in_(_keys()))


def stubs_by_keys() -> ColumnElement[bool]:
    """`stubs_for` for a statement that is built once: ask it with `values_of(viewer)`."""
    found: ColumnElement[bool] = literal(SERVICE, String).in_(_keys())
    return found


def _keys() -> Any:
    return bindparam("viewer_keys", expanding=True, type_=String)


def values_of(viewer: Viewer) -> dict[str, Any]:
    """What a statement made with `opened_by_keys` or `stubs_by_keys` is asked with."""
    return {"viewer_keys": list(viewer.keys)}


def stubs_for(viewer: Viewer | None) -> ColumnElement[bool]:
    """The condition that this viewer may find a stub: the whole service may, guests may not."""
    return true() if viewer is not None and SERVICE in viewer.keys else false()


def init() -> None:
    """Spread the net. Safe to call again."""
    if not event.contains(Session, "do_orm_execute", _only_what_the_viewer_sees):
        event.listen(Session, "do_orm_execute", _only_what_the_viewer_sees)


def _only_what_the_viewer_sees(state: ORMExecuteState) -> None:
    # Loads of further columns or relationships inherit the conditions of the query that found their owner.
    if state.session.info.get("system") or not state.is_select or state.is_column_load or state.is_relationship_load:
        return
    if state.execution_options.get("filtered_for_the_viewer"):
        return
    viewer = state.session.info.get("viewer")
    # Plain expressions, not lambdas: their parameters are taken anew for each statement, so keys can never be cached.
    state.statement = state.statement.options(
        with_loader_criteria(Document, visible_to(viewer), include_aliases=True),
        with_loader_criteria(Revision, _belongs_to_visible(viewer, Revision), include_aliases=True),
        with_loader_criteria(Attachment, _belongs_to_visible(viewer, Attachment), include_aliases=True),
        with_loader_criteria(Comment, _belongs_to_visible(viewer, Comment), include_aliases=True),
        with_loader_criteria(Passage, _belongs_to_visible(viewer, Passage), include_aliases=True),
        with_loader_criteria(PassageText, of_readable_passage(viewer), include_aliases=True),
        with_loader_criteria(Stub, stubs_for(viewer), include_aliases=True),
    )


def _belongs_to_visible(
    viewer: Viewer | None, part: type[Revision] | type[Attachment] | type[Comment] | type[Passage]
) -> ColumnElement[bool]:
    if viewer is None:
        return false()
    keys: BindParameter[str] = bindparam("viewer_keys", sorted(viewer.keys), expanding=True, unique=True)
    return exists(
        select(DocumentLabel.document_id)
        .where(DocumentLabel.document_id == part.document_id, DocumentLabel.label.in_(keys))
        .correlate(part)
    )


def of_readable_passage(viewer: Viewer | None) -> ColumnElement[bool]:
    """The condition that the words of a passage may be read: its labels and those of its document meet the keys."""
    if viewer is None:
        return false()
    # Whoever may read the document reads a passage that was opened, so everybody's keys fit its label here.
    own: BindParameter[str] = bindparam("passage_keys", sorted(viewer.keys | {OPENED}), expanding=True, unique=True)
    keys: BindParameter[str] = bindparam("viewer_keys", sorted(viewer.keys), expanding=True, unique=True)
    return exists(
        select(Passage.__table__.c.id)
        .select_from(
            Passage.__table__.join(DocumentLabel, DocumentLabel.document_id == Passage.__table__.c.document_id).join(
                PassageLabel, PassageLabel.passage_id == Passage.__table__.c.id
            )
        )
        .where(
            Passage.__table__.c.id == PassageText.passage_id, DocumentLabel.label.in_(keys), PassageLabel.label.in_(own)
        )
        .correlate(PassageText)
    )
