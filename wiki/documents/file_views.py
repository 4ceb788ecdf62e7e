"""Files: adding them, handing them out so that they can do no harm, and taking them away."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, flash, render_template, request
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.http import dump_options_header

from wiki import db, outbox
from wiki.access import guard, policy
from wiki.access.guard import needs
from wiki.access.policy import Action, Viewer
from wiki.documents import files, passages_files, web
from wiki.documents.forms import EmptyForm
from wiki.documents.models import Attachment, Document

SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'none'"


@needs(Action.DOCUMENT_READ)
def listing(slug: str) -> Any:
    """The files of a document, and the form to add one."""
    return _page(web.load(slug))


def _page(document: Document, problem: Any = None, code: int = 200) -> Any:
    page = render_template(
        "wiki/documents/files.html",
        document=document,
        kind=web.this_kind(),
        files=_seen(document),
        form=EmptyForm(),
        problem=problem,
        limit=web.settings().max_upload_bytes,
        may_revise=policy.may(guard.viewer(), Action.DOCUMENT_REVISE, document.item),
    )
    return page, code


@needs(Action.DOCUMENT_REVISE)
def add(slug: str) -> Any:
    """Keep a file with a document. A file of the same name takes the place of the old one."""
    document = web.load(slug, Action.DOCUMENT_REVISE)
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        return _page(document, _("Choose a file first."), 422)
    try:
        checked = files.check(upload.filename, upload.stream, limit=web.settings().max_upload_bytes)
    except files.FileRefused as refused:
        return _page(document, str(refused), 422)
    if len(_seen(document)) >= web.settings().max_attachments:
        return _page(document, _("There are too many files here. Take one away first."), 422)
    sha256 = web.file_store().put(checked.content)
    with db.write() as session:
        document = web.load(slug, Action.DOCUMENT_REVISE)
        attach(session, document, checked, sha256, by=guard.viewer().person, viewer=guard.viewer())
    flash(_("%(name)s is kept with this page.", name=checked.name), "success")
    return web.go_to(document, "files")


def _seen(document: Document) -> list[Attachment]:
    """Its files, without those that are held with passages which are held back from the viewer."""
    return passages_files.of_document(db.session(), guard.viewer(), document.id)


def attach(
    session: Session,
    document: Document,
    file: files.CheckedFile,
    sha256: str,
    *,
    by: int | None,
    viewer: Viewer | None = None,
) -> None:
    """Write down that a stored file belongs to a document, in place of any other of its name that `viewer` sees."""
    before = passages_files.in_place_of(session, viewer, document.id, file.name)
    for old in before:
        old.removed_at = db.now()
    new = Attachment(
        document_id=document.id,
        name=file.name,
        media_type=file.media_type,
        size=len(file.content),
        sha256=sha256,
        added_by_id=by,
    )
    session.add(new)
    session.flush()
    passages_files.came(session, viewer, new, before)
    outbox.add(session, "index", document.id)


def _named(document: Document, name: str) -> list[Attachment]:
    return [file for file in _seen(document) if file.name == name]


@needs(Action.DOCUMENT_READ)
def fetch(slug: str, name: str) -> Any:
    """Hand out a file: pictures in place, everything else as a download that may not run."""
    document = web.load(slug)
    found = _named(document, name)
    if not found:
        abort(404)
    return _served(document, found[0])


def _served(document: Document, file: Attachment) -> Response:
    shown = files.is_picture(file.media_type)
    try:
        content = web.file_store().open(file.sha256)
    except FileNotFoundError:
        abort(404)
    response = Response(content, mimetype=None, content_type=file.media_type, direct_passthrough=True)
    response.headers["Content-Length"] = str(file.size)
    response.headers["Content-Security-Policy"] = SANDBOX
    how = "inline" if shown else "attachment"
    response.headers["Content-Disposition"] = dump_options_header(how, {"filename": file.name})
    if not web.is_kept_close(document):
        response.headers["Cache-Control"] = "private, no-cache"
        response.set_etag(file.sha256[:32])
        response.make_conditional(request)
    return response


@needs(Action.DOCUMENT_REVISE)
def remove(slug: str, name: str) -> Any:
    """Take a file away from a document."""
    with db.write() as session:
        document = web.load(slug, Action.DOCUMENT_REVISE)
        found = _named(document, name)
        if not found:
            abort(404)
        for file in found:
            file.removed_at = db.now()
        outbox.add(session, "index", document.id)
    flash(_("%(name)s is taken away.", name=name), "success")
    return web.go_to(document, "files")
