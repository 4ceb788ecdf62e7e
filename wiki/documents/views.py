"""Reading: the page of a document, its history and its changes."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template, request
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import undefer

from wiki import db, markdown
from wiki.access import guard, policy, reasons
from wiki.access.guard import needs
from wiki.access.policy import Action, Viewer
from wiki.documents import diff, kept, reading, sharing, shown, texts, web
from wiki.documents.models import Document, Revision
from wiki.people.models import Group

HISTORY_PAGE = 50


@needs(Action.DOCUMENT_READ)
def read(slug: str) -> Any:
    """The page of a document."""
    viewer, session, kind = guard.viewer(), db.session(), web.this_kind()
    found = shown.find(session, viewer, kind, slug)
    if found is None:
        web.answer_without(session, slug)
    document, text = found
    around = shown.around(session, viewer, document.id, document.parent_id)
    item = shown.item_of(document, around)
    allowed = frozenset(action for action in Action if policy.may(viewer, action, item))
    facts = tuple(kind.facts(document, around)) if kind.facts else ()
    saved = request.args.get("saved")
    page = kept.page(
        [f"{kind.template}/read.html", "wiki/documents/read.html"],
        (kind.name, document, text, around.rows, allowed, facts, saved),
        document=document,
        revision=text,
        around=around,
        kind=kind,
        html=lambda: with_links(text.html, f"{kind.prefix}/{document.slug}", around.targets),
        facts=facts,
        may=lambda name: Action(name) in allowed,
        saved=saved,
    )
    return web.revalidated(page, is_held=document.is_held or document.status not in policy.LIVE)


def with_links(html: str, address: str, targets: reading.Targets) -> Markup:
    """The stored HTML of the document at this address, its wiki links leading where they do for this reader."""
    # It was sanitised when it was rendered, and links are escaped as they are filled in.
    filled = markdown.fill_links(texts.with_files(html, address), lambda links: reading.resolved(links, targets))
    return Markup(filled)  # noqa: S704


def body_of(viewer: Viewer, revision: Revision, address: str) -> Markup:
    """The stored HTML with its wiki links as they are for this reader."""
    return filled(viewer, texts.with_files(revision.html, address))


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
    return found


@needs(Action.DOCUMENT_READ)
def history(slug: str) -> Any:
    """The list of revisions."""
    document = web.load(slug)
    offset = web.place_in_list()
    newest = newest_for(document)
    changes = reading.history(db.session(), document, to=newest, limit=HISTORY_PAGE + 1, offset=offset)
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
    revision = revision_of(document, number)
    return render_template(
        "wiki/documents/revision.html",
        document=document,
        kind=web.this_kind(),
        revision=revision,
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
        rows=diff.diff_words(old.body, new.body),
        title=diff.diff_words(old.title, new.title) if old.title != new.title else None,
    )


@needs(Action.DOCUMENT_READ)
def why(slug: str) -> Any:
    """Why the viewer can read this, and how many others can."""
    document, viewer, session = web.load(slug), guard.viewer(), db.session()
    labels = document.item.labels
    opening = sorted(viewer.keys & labels, key=lambda label: (label != "service", label))
    names = dict(
        session.execute(
            select(Group.id, Group.name).where(Group.id.in_([label.partition(":")[2] for label in opening]))
        ).all()
    )
    return render_template(
        "wiki/documents/why.html",
        document=document,
        kind=web.this_kind(),
        reasons=[reasons.why_readable(label, names) for label in opening],
        reach=sharing.reach(session, labels),
        held_because=sharing.reason_in_words(document.reason),
        may_share=policy.may(viewer, Action.DOCUMENT_SHARE, document.item),
    )
