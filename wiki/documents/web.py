"""What the views of documents share: finding the document of an address, and the request's settings and store."""

from __future__ import annotations

import hashlib
from typing import Any, NoReturn

from flask import Response, abort, current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException

from wiki import db, kinds
from wiki.access import guard, policy
from wiki.access.policy import Action
from wiki.documents import opened, reading
from wiki.documents.files import FileStore
from wiki.documents.models import Document, Stub
from wiki.documents.sharing import reason_in_words
from wiki.kinds import Kind
from wiki.settings import Settings

LONGEST_LIST = 1_000_000


def settings() -> Settings:
    """The settings of this application."""
    found: Settings = current_app.extensions["chancery_settings"]
    return found


def file_store() -> FileStore:
    """The store of attachments."""
    found: FileStore = current_app.extensions["chancery_files"]
    return found


def this_kind() -> Kind:
    """The kind whose address was asked for: each kind is a blueprint of its own name."""
    return kinds.kind(str(request.blueprint))


def load(slug: str, action: Action = Action.DOCUMENT_READ) -> Document:
    """The document at this address for the viewer to do this with. 404 hides, 403 explains, an old address leads on."""
    session, viewer, kind = db.session(), guard.viewer(), this_kind()
    # A form names the document it was made for: by now its address may belong to another one.
    meant = request.form.get("document") if request.method == "POST" else None
    if meant:
        document = reading.find_meant(session, viewer, kind.name, meant)
    else:
        document = reading.find(session, viewer, kind.name, slug)
    if document is None:
        answer_without(session, slug)
    if action is not Action.DOCUMENT_READ:
        policy.require(viewer, action, document.item)
    opened.note(session, viewer, document, older_texts=_shows_older_texts())
    return document


def _shows_older_texts() -> bool:
    return str(request.endpoint).endswith(
        (".revision", ".diff", ".edit", ".restore", ".difference", ".working", ".put_in_force")
    )


def answer_without(session: Session, slug: str) -> NoReturn:
    """Answer for an address under which the viewer may read nothing: lead on, show the stub, or say it is not there."""
    viewer, kind = guard.viewer(), this_kind()
    if request.method in ("GET", "HEAD"):
        place = reading.moved_to(session, viewer, kind.name, slug)
        if place is not None and request.endpoint:
            values = {**(request.view_args or {}), "slug": place}
            question = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
            abort(redirect(url_for(request.endpoint, **values) + question, 301))
        stub = reading.find_stub(session, viewer, kind.name, slug)
        if stub is not None and request.endpoint == f"{kind.name}.read":
            page = stub_page(session, stub)
            raise _Answer(Response(page, 403, mimetype="text/html"))
    abort(404)


def stub_page(session: Session, stub: Stub) -> str:
    """The page that tells of something without showing it, for whoever asks."""
    topics, reason = reading.term_names(session, "topic", stub.topics), reason_in_words(stub.reason)
    return render_template("wiki/documents/stub.html", stub=stub, kind=this_kind(), topics=topics, reason=reason)


class _Answer(HTTPException):
    """An answer that ends the view."""

    code = 403

    def __init__(self, response: Response) -> None:
        super().__init__(response=response)


def go_to(document: Document, endpoint: str = "read", **values: Any) -> Any:
    """Lead on to a page of a document after a change."""
    return go_to_address(document.kind, document.slug, endpoint, **values)


def go_to_address(kind: str, slug: str, endpoint: str = "read", **values: Any) -> Any:
    """Lead on to a page of the document of this kind at this address."""
    return redirect(url_for(f"{kind}.{endpoint}", slug=slug, **values), 303)


def say_if_hidden(document: Document) -> None:
    """Tell whoever published something hidden that it counts at once and still needs a second person."""
    if document.discovery == "hidden" and document.status in policy.LIVE and document.hidden_until is None:
        flash(_("Hidden. A steward has to agree; until then it is hidden already."), "info")
    elif document.discovery == "stub" and document.hidden_asked_at:
        flash(_("It was hidden before. Until a steward agrees, everybody finds the notice."), "info")


def place_in_list() -> int:
    """How many entries of a list come before the page asked for."""
    return min(max(request.args.get("after", 0, int), 0), LONGEST_LIST)


def is_kept_close(document: Any) -> bool:
    """Whether no browser may keep a copy: it is held back, not published, or under quarantine."""
    return bool(document.is_held) or document.status not in policy.LIVE or document.quarantined_at is not None


def revalidated(page: str, *, is_held: bool) -> Response:
    """A page a browser may keep and ask about again; a held-back one is never kept."""
    response = Response(page, mimetype="text/html")
    if is_held:
        return response
    token = str(g.get("csrf_token", ""))
    response.headers["Cache-Control"] = "private, no-cache"
    response.set_etag(hashlib.sha256((page.replace(token, "") if token else page).encode()).hexdigest()[:32])
    response.make_conditional(request)
    return response
