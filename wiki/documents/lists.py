"""Lists across all kinds: recent changes, tags, one's own drafts, and what a group keeps."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, render_template, request
from flask_babel import gettext as _
from sqlalchemy import func, select, true
from sqlalchemy.orm import Session

from wiki import db
from wiki.access import guard
from wiki.access.guard import needs
from wiki.access.policy import BINNED, DRAFT, LIVE, Action, Viewer
from wiki.documents import reading, web
from wiki.documents.models import Document, DocumentAuthor, DocumentTerm, Term
from wiki.documents.visibility import among_visible
from wiki.people.models import Group, Person

PAGE = 30
blueprint = Blueprint("documents", __name__)


def page_of(*conditions: Any, title: Any, order: tuple[Any, ...] = (), **context: Any) -> str:
    """A page of a list of documents, thirty at a time, without a total: those of big lists are dear and rarely read."""
    offset = web.place_in_list()
    found = reading.entries(db.session(), guard.viewer(), *conditions, limit=PAGE + 1, offset=offset, order=order)
    return render_template(
        context.pop("template", "wiki/documents/list.html"),
        title=title,
        entries=found[:PAGE],
        offset=offset,
        previous=_turned(max(offset - PAGE, 0)) if offset else None,
        following=_turned(offset + PAGE) if len(found) > PAGE else None,
        **context,
    )


def _turned(offset: int) -> str:
    values = {key: value for key, value in request.args.items() if key != "after"} | (
        {"after": offset} if offset else {}
    )
    return f"{request.path}?{urlencode(values)}" if values else request.path


@blueprint.get("/recent")
@needs(Action.DOCUMENT_LIST)
def recent() -> Any:
    """What changed lately."""
    return page_of(Document.status.in_(LIVE), title=_("Recent changes"))


@blueprint.get("/drafts")
@needs(Action.DOCUMENT_LIST)
def drafts() -> Any:
    """Drafts this person can see: their own, and those of the units they act for."""
    return page_of(Document.status == DRAFT, title=_("Drafts"), empty=_("There is no draft of yours or of your unit."))


@blueprint.get("/bin")
@needs(Action.DOCUMENT_LIST)
def binned() -> Any:
    """What lies in the bin."""
    return page_of(Document.status == BINNED, title=_("Bin"), empty=_("The bin is empty."))


@blueprint.get("/tags")
@needs(Action.DOCUMENT_LIST)
def tags() -> Any:
    """The tags in use, counted over what this person may read."""
    found = counted_terms(db.session(), guard.viewer(), "tag")
    return render_template("wiki/documents/tags.html", tags=found)


def counted_terms(session: Session, viewer: Viewer, vocabulary: str, *conditions: Any) -> list[tuple[str, str, int]]:
    """The terms of a vocabulary with names and how many readable documents carry them, the most used first."""
    number = func.count(DocumentTerm.document_id)
    statement = (
        select(DocumentTerm.term, func.coalesce(Term.name, DocumentTerm.term), number)
        .join(Document, Document.id == DocumentTerm.document_id)
        .outerjoin(Term, (Term.vocabulary == DocumentTerm.vocabulary) & (Term.slug == DocumentTerm.term))
        .where(DocumentTerm.vocabulary == vocabulary, among_visible(viewer), Document.status.in_(LIVE), *conditions)
        .group_by(DocumentTerm.term, Term.name)
        .order_by(number.desc(), DocumentTerm.term)
    )
    return [
        (slug, name, count) for slug, name, count in session.execute(statement.execution_options(**reading.FILTERED))
    ]


@blueprint.get("/tags/<term>")
@needs(Action.DOCUMENT_LIST)
def tag(term: str) -> Any:
    """Documents with a tag. An unknown tag has the same page as one that nobody here may see."""
    return page_of(
        reading.with_term("tag", term),
        Document.status.in_(LIVE),
        title=_("Tag: %(tag)s", tag=term),
        empty=_("Nothing with this tag."),
    )


@blueprint.get("/<any(topic, platform):vocabulary>/<term>")
@needs(Action.DOCUMENT_LIST)
def term(vocabulary: str, term: str) -> Any:
    """Documents of every kind on a topic or platform."""
    [(_slug, name)] = reading.term_names(db.session(), vocabulary, [term])
    return page_of(
        reading.with_term(vocabulary, term), Document.status.in_(LIVE), title=name, empty=_("Nothing on this yet.")
    )


def kept_by_group(session: Session, viewer: Viewer, group: Group) -> tuple[str, dict[str, Any]]:
    """The section of a group's page that lists what it keeps."""
    found = reading.entries(session, viewer, Document.owner_id == group.id, Document.status.in_(LIVE), limit=PAGE)
    return "wiki/documents/_kept.html", {"entries": found, "title": _("Kept here")}


def written_by_person(session: Session, viewer: Viewer, person: Person) -> tuple[str, dict[str, Any]]:
    """The section of a person's page that lists what they began."""
    mine = select(DocumentAuthor.document_id).where(DocumentAuthor.person_id == person.id)
    # What does not name its authors must not be found by them either, except by themselves.
    named = true() if person.id == viewer.person else Document.names_authors
    found = reading.entries(session, viewer, Document.id.in_(mine), named, Document.status.in_(LIVE), limit=PAGE)
    return "wiki/documents/_kept.html", {"entries": found, "title": _("Written by them")}
