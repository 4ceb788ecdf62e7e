"""Reading: the page of a document, its history and its changes."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template, request
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from wiki import db, markdown
from wiki.access import guard, policy
from wiki.access.guard import needs
from wiki.access.policy import Action, Viewer
from wiki.documents import (
    comparing,
    diff,
    kept,
    opened,
    passages_files,
    passages_shown,
    passages_standing,
    reading,
    shown,
    talk,
    texts,
    web,
)
from wiki.documents.models import Document, Revision
from wiki.documents.passages_shown import Held
from wiki.kinds import Kind

HISTORY_PAGE = 50


@needs(Action.DOCUMENT_READ)
def read(slug: str) -> Any:
    """The page of a document."""
    viewer, session, kind = guard.viewer(), db.session(), web.this_kind()
    found = shown.find(session, viewer, kind, slug)
    if found is None:
        web.answer_without(session, slug)
    document, text = found
    opened.note(session, viewer, document)
    around = files_for(viewer, document, shown.around(session, viewer, document.id, document.parent_id))
    item = shown.item_of(document, around)
    allowed = frozenset(action for action in Action if policy.may(viewer, action, item))
    text, held = passages_shown.of_page(session, viewer, document.id, text, f"{kind.prefix}/{document.slug}")
    page = _page(session, viewer, kind, document, text, around, allowed, held)
    return web.revalidated(page, is_held=web.is_kept_close(document) or any(one.is_kept_close for one in held))


def page_for(viewer: Viewer, document: Any, text: shown.Text, around: shown.Around, allowed: frozenset[Action]) -> str:
    """The page of a document of this request's kind as a reader gets it, made of what was found for them."""
    session, kind = db.session(), web.this_kind()
    text, held = passages_shown.of_page(session, viewer, document.id, text, f"{kind.prefix}/{document.slug}")
    return _page(session, viewer, kind, document, text, files_for(viewer, document, around), allowed, held)


def files_for(viewer: Viewer, document: Any, around: shown.Around) -> shown.Around:
    """What stands around a text, without the files that only a passage names which is held back from this reader."""
    if not around.files or not (document.passages or document.working > 1):
        return around
    return shown.without_files(around, passages_files.hidden(db.session(), viewer, document.id))


def _page(
    session: Session,
    viewer: Viewer,
    kind: Kind,
    document: Any,
    text: shown.Text,
    around: shown.Around,
    allowed: frozenset[Action],
    held: tuple[Held, ...],
) -> str:
    facts = tuple(kind.facts(document, around)) if kind.facts else ()
    beside = kind.beside(session, viewer, document, text, around, allowed) if kind.beside else None
    said, saved = _said(session, viewer, document, text, around), request.args.get("saved")
    return kept.page(
        [f"{kind.template}/read.html", "wiki/documents/read.html"],
        (kind.name, document, text, around.rows, allowed, facts, beside, said, saved, held),
        document=document,
        revision=text,
        around=around,
        kind=kind,
        html=lambda: _dressed(kind, document, text, around, beside, held),
        facts=facts,
        beside=beside,
        talk=said,
        may=lambda name: Action(name) in allowed,
        saved=saved,
        # Each passage shows its line to every reader: this tells nothing that depends on rights.
        has_held=any(not one.is_opened for one in held),
    )


def _said(session: Session, viewer: Viewer, document: Any, text: shown.Text, around: shown.Around) -> talk.Talk:
    """The comments under the text; where there are none, nothing is asked."""
    if not document.comments:
        return talk.NOTHING
    sections = ((heading.anchor, heading.title) for heading in text.toc)
    place = talk.place(document, sections, (public_id for public_id, _ in around.authors))
    return talk.under(session, viewer, place)


def _dressed(
    kind: Kind, document: Any, text: shown.Text, around: shown.Around, beside: Any, held: tuple[Held, ...]
) -> Markup:
    html = with_links(text.html, f"{kind.prefix}/{document.slug}", around.targets)
    html = kind.dress(html, document, beside) if kind.dress else html
    # Held passages come last: what a kind makes of its text must not depend on who reads them.
    return Markup(passages_shown.fill(html, held)) if held else html  # noqa: S704


def with_links(html: str, address: str, targets: reading.Targets) -> Markup:
    """The stored HTML of the document at this address, its wiki links leading where they do for this reader."""
    # It was sanitised when it was rendered, and links are escaped as they are filled in.
    filled = markdown.fill_links(texts.with_files(html, address), lambda links: reading.resolved(links, targets))
    return Markup(filled)  # noqa: S704


def body_of(viewer: Viewer, revision: Revision, address: str) -> Markup:
    """The stored HTML with its held passages and its wiki links as they are for this reader."""
    held = passages_shown.of_text(db.session(), viewer, revision.document_id, revision.number, revision.html)
    return filled(viewer, texts.with_files(passages_shown.fill(revision.html, held), address))


def filled(viewer: Viewer, html: str) -> Markup:
    """Rendered HTML with its wiki links as they are for this reader."""
    # It was sanitised when it was rendered, and links are escaped as they are filled in.
    return Markup(markdown.fill_links(html, lambda links: reading.link_states(db.session(), viewer, links)))  # noqa: S704


def newest_for(document: Document) -> int:
    """The highest revision this viewer may see: a working copy is for those who may change the text."""
    if document.published is None or policy.may(guard.viewer(), Action.DOCUMENT_REVISE, document.item):
        return document.working
    return document.published


def revision_of(document: Document, number: int) -> Revision:
    """A revision of a document with its text, if this viewer may see it."""
    found = None
    if 1 <= number <= newest_for(document):
        found = db.session().scalar(
            select(Revision)
            .where(Revision.document_id == document.id, Revision.number == number)
            .options(undefer(Revision.html), undefer(Revision.body))
        )
    if found is None:
        abort(404)
    passages_standing.require_open(db.session(), guard.viewer(), document, number, found.body)
    return found


def source_of(document: Document, revision: Revision) -> str:
    """The text of a revision as this viewer may have it: without the keys of its questions, unless they may read them.

    The held passages they may read stand in it, the others are tokens. Every page, file or answer that holds a text in
    Markdown takes it from here.
    """
    viewer = guard.viewer()
    body = passages_shown.source(db.session(), viewer, document, revision.number, revision.body)
    return body if policy.may(viewer, Action.KEYS_READ, document.item) else markdown.without_keys(body)


def base_of(document: Document, revision: Revision) -> str:
    """What a merge begins with: nothing, where this viewer may not have that text any more."""
    try:
        passages_standing.require_open(db.session(), guard.viewer(), document, revision.number, revision.body)
    except policy.NotAllowed:
        return ""
    return source_of(document, revision)


@needs(Action.DOCUMENT_READ)
def history(slug: str) -> Any:
    """The list of revisions."""
    document = web.load(slug)
    offset = web.place_in_list()
    newest = newest_for(document)
    changes = reading.history(db.session(), guard.viewer(), document, to=newest, limit=HISTORY_PAGE + 1, offset=offset)
    return render_template(
        "wiki/documents/history.html",
        document=document,
        kind=web.this_kind(),
        changes=changes[:HISTORY_PAGE],
        offset=offset,
        more=len(changes) > HISTORY_PAGE,
        page_size=HISTORY_PAGE,
    )


@needs(Action.DOCUMENT_READ)
def old_revision(slug: str, number: int) -> Any:
    """One revision as it was."""
    document = web.load(slug)
    return revision_page(document, revision_of(document, number))


def revision_page(document: Document, revision: Revision) -> str:
    """The page of a revision, which may be brought back from there."""
    return render_template(
        "wiki/documents/revision.html",
        document=document,
        kind=web.this_kind(),
        revision=revision,
        closed=reading.closed_changes(db.session(), guard.viewer(), document),
        html=body_of(guard.viewer(), revision, f"{web.this_kind().prefix}/{document.slug}"),
        may_revise=policy.may(guard.viewer(), Action.DOCUMENT_REVISE, document.item),
    )


@needs(Action.DOCUMENT_READ)
def changes(slug: str) -> Any:
    """What changed between two revisions, by word."""
    document = web.load(slug)
    newest = newest_for(document)
    to = request.args.get("to", newest, int)
    old = revision_of(document, request.args.get("from", max(to - 1, 1), int))
    new = revision_of(document, to)
    return render_template(
        "wiki/documents/diff.html",
        document=document,
        kind=web.this_kind(),
        old=old,
        new=new,
        closed=reading.closed_changes(db.session(), guard.viewer(), document),
        compared=comparing.compare(document, source_of(document, old), source_of(document, new)),
        title=diff.diff_words(old.title, new.title) if old.title != new.title else None,
    )
