"""Writing: a new document, a change, a preview, and what happens when two people write at once."""

from __future__ import annotations

import secrets
from typing import Any

from flask import abort, flash, render_template, request
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import undefer

from wiki import db, markdown
from wiki.access import guard
from wiki.access.guard import needs
from wiki.access.policy import Action
from wiki.documents import addresses, diff, merge, operations, reading, sharing, texts, views, web
from wiki.documents.forms import EditForm, EmptyForm, NewForm, TextForm, blame
from wiki.documents.models import Document, Revision
from wiki.documents.operations import AlreadySaved, Facts, Outdated


@needs(Action.DOCUMENT_CREATE)
def new() -> Any:
    """Begin a document."""
    viewer, session = guard.viewer(), db.session()
    form = NewForm()
    form.offer_all(session, viewer, web.settings().handling_marks)
    if request.method == "GET":
        _start(form)
        return _new_page(form)
    if request.form.get("reach"):
        return _reach(form, form.chosen(session, viewer))
    text, parent = _checked_text(form), _parent(form)
    chosen = form.chosen(session, viewer)
    problems = sharing.problems(session, chosen, owner=form.keeper, settings=web.settings()) if form.keeper else []
    fine = form.accept(problems) and form.keeper is not None
    if text is None or not fine or request.form.get("preview"):
        return _new_page(form, text, chosen, code=200 if text is not None and fine else 422)
    return _begin(form, text, chosen, parent)


def _begin(form: NewForm, text: texts.PreparedText, chosen: sharing.Sharing, parent: int | None) -> Any:
    viewer, kind = guard.viewer(), web.this_kind()
    facts = Facts(form.keeper or "", form.lang.data, parent, form.terms, form.columns)
    slug, key = form.address.data or None, form.key.data or None
    try:
        with db.write() as session:
            document = operations.draft(session, kind.name, text, facts, chosen, by=viewer, slug=slug, key=key)
            if kind.publishes_at_once and not request.form.get("draft"):
                operations.publish(session, document, by=viewer)
    except addresses.AddressTaken:
        blame(form.address, _("This address is taken. Choose another one."))
        return _new_page(form, text, chosen, code=422)
    except AlreadySaved as repeat:
        return web.go_to_address(repeat.kind, repeat.slug)
    flash(_("Saved."), "success")
    return web.go_to(document, saved=form.key.data)


def _start(form: NewForm) -> None:
    form.key.data = secrets.token_urlsafe(16)
    form.address.data = request.args.get("address", "")
    form.title.data = request.args.get("address", "").replace("-", " ").capitalize()
    above = _at(request.args.get("parent", ""))
    if above is not None:
        form.parent.data = above.slug
        # A new child begins with its parent's audience; afterwards the two are independent.
        form.show(db.session(), sharing.of(above))


def _at(slug: str) -> Document | None:
    if not slug:
        return None
    return reading.find(db.session(), guard.viewer(), web.this_kind().name, texts.slug_of(slug))


def _parent(form: TextForm, own: Document | None = None) -> int | None:
    """The id of the document above. An unknown one is a mistake beside the field; one's own child cannot be above."""
    if not (form.parent.data or "").strip():
        # A page above that this writer cannot see does not stand in the form, and stays where it is.
        return own.parent_id if own is not None and not _address_of(own.parent_id) else None
    session, above = db.session(), _at(form.parent.data)
    if above is not None and own is not None and operations.is_within(session, above.id, own.id):
        if operations.is_within(session, above.id, own.id, seen=True):
            blame(form.parent, _("A page cannot stand below itself."))
            return None
        # The way leads over a page they cannot see: the answer must not tell of it.
        above = None
    if above is None:
        blame(form.parent, _("There is no page with this address."))
        return None
    return above.id


def _checked_text(form: TextForm) -> texts.PreparedText | None:
    """The text rendered, or None with the reason beside its field."""
    valid = form.validate_on_submit()
    try:
        text = texts.prepare(form.title.data or "", form.body.data or "", lang=form.lang.data or "en")
    except markdown.TextRefused as refused:
        blame(form.body, _(refused.message))
        return None
    return text if valid else None


def _new_page(form: NewForm, text: Any = None, chosen: sharing.Sharing | None = None, code: int = 200) -> Any:
    labels = _labels(chosen) if chosen else frozenset({"service"})
    context = {
        "form": form,
        "kind": web.this_kind(),
        "reach": sharing.reach(db.session(), labels | _leads(form)),
        "preview": _preview_html(text),
    }
    return _whole_or_part("wiki/documents/new.html", context, code)


def _leads(form: NewForm) -> set[str]:
    return {f"lead:{form.keeper}"} if form.keeper else set()


def _labels(chosen: sharing.Sharing) -> frozenset[str]:
    own = set() if not chosen.is_held else {f"person:{guard.viewer().public_id}"}
    return frozenset(chosen.audience) | own


def _preview_html(text: texts.PreparedText | None) -> Markup | None:
    if text is None or not request.form.get("preview"):
        return None
    return views.filled(guard.viewer(), texts.with_files(text.html, request.path.removesuffix("/edit")))


def _reach(form: NewForm, chosen: sharing.Sharing) -> Any:
    """How many people the audience chosen so far means, while the rest is still being written."""
    reach = sharing.reach(db.session(), _labels(chosen) | _leads(form))
    return render_template("wiki/documents/_reach.html", form=form, reach=reach)


def _whole_or_part(template: str, context: dict[str, Any], code: int) -> Any:
    if request.headers.get("HX-Request") and request.form.get("preview"):
        return render_template("wiki/documents/_preview.html", **context), 200
    return render_template(template, **context), code


@needs(Action.DOCUMENT_REVISE)
def edit(slug: str) -> Any:
    """Change a text."""
    document = web.load(slug, Action.DOCUMENT_REVISE)
    form = EditForm()
    form.offer_terms(db.session())
    if request.method == "GET":
        newest = _revision(document, document.working)
        form.show(document, newest.body, _address_of(document.parent_id))
        form.title.data, form.key.data = newest.title, secrets.token_urlsafe(16)
        return _edit_page(document, form)
    text = _checked_text(form)
    parent = _parent(form, document)
    if text is None or form.errors or request.form.get("preview"):
        return _edit_page(document, form, text, code=200 if text is not None and not form.errors else 422)
    return _save(document, form, text, parent)


def _save(document: Document, form: EditForm, text: texts.PreparedText, parent: int | None) -> Any:
    viewer, base, slug = guard.viewer(), form.base_revision.data or 0, document.slug
    try:
        with db.write():
            document = web.load(slug, Action.DOCUMENT_REVISE)
            operations.revise(
                db.session(), document, text, base=base, by=viewer, note=form.note.data or "", key=form.key.data
            )
            facts = Facts(document.owner_id, form.lang.data, parent, form.terms, form.columns)
            operations.describe(db.session(), document, facts, by=viewer)
            if form.address.data and form.address.data != document.slug:
                operations.rename(db.session(), document, form.address.data, by=viewer)
    except Outdated:
        return _conflict(web.load(slug, Action.DOCUMENT_REVISE), form, text)
    except addresses.AddressTaken:
        blame(form.address, _("This address is taken. Choose another one."))
        return _edit_page(web.load(slug, Action.DOCUMENT_REVISE), form, text, code=422)
    except AlreadySaved as repeat:
        return web.go_to_address(repeat.kind, repeat.slug)
    flash(_saved_words(document), "success")
    return web.go_to(document, saved=form.key.data)


def _saved_words(document: Document) -> str:
    if document.published is not None and document.working > document.published:
        return _("Saved as a working copy. Readers see the version in force until an approver puts this one in force.")
    return _("Saved.")


def _revision(document: Document, number: int) -> Revision:
    return (
        db.session()
        .scalars(
            select(Revision)
            .where(Revision.document_id == document.id, Revision.number == number)
            .options(undefer(Revision.body))
        )
        .one()
    )


def _address_of(document_id: int | None) -> str:
    if document_id is None:
        return ""
    above = db.session().scalar(select(Document).where(Document.id == document_id))
    return above.slug if above else ""


def _edit_page(document: Document, form: EditForm, text: Any = None, code: int = 200) -> Any:
    context = {"document": document, "form": form, "kind": web.this_kind(), "preview": _preview_html(text)}
    return _whole_or_part("wiki/documents/edit.html", context, code)


def _conflict(document: Document, form: EditForm, mine: texts.PreparedText) -> Any:
    """Two people saved: show both texts and what differs, keep what was typed, propose a merge where there is one."""
    theirs = _revision(document, document.working)
    base_number = min(max(form.base_revision.data or 1, 1), document.working)
    base = _revision(document, base_number)
    merged = merge.merge3(base.body, mine.body, theirs.body)
    form.base_revision.data, form.key.data = document.working, secrets.token_urlsafe(16)
    typed = form.body.data
    if merged.clean:
        form.body.data = merged.text
    form.base_revision.raw_data = form.key.raw_data = None
    page = render_template(
        "wiki/documents/conflict.html",
        document=document,
        form=form,
        kind=web.this_kind(),
        theirs=theirs,
        typed=typed,
        merged=merged.clean,
        rows=diff.diff_words(theirs.body, merged.text if merged.clean else mine.body),
    )
    return page, 409


@needs(Action.DOCUMENT_REVISE)
def restore(slug: str, number: int) -> Any:
    """Make an old revision the newest one."""
    document = web.load(slug, Action.DOCUMENT_REVISE)
    old = views.revision_of(document, number)
    text = texts.prepare(old.title, old.body, lang=document.lang)
    EmptyForm().validate_on_submit()
    with db.write() as session:
        document = web.load(slug, Action.DOCUMENT_REVISE)
        note = _("Revision %(n)s brought back", n=number)
        operations.revise(session, document, text, base=document.working, by=guard.viewer(), note=note)
    flash(_("Revision %(n)s is the newest text again.", n=number), "success")
    return web.go_to(document)


@needs(Action.DOCUMENT_PUBLISH)
def publish(slug: str) -> Any:
    """Publish a draft."""
    if not web.this_kind().publishes_at_once:
        abort(404)
    with db.write() as session:
        document = web.load(slug, Action.DOCUMENT_PUBLISH)
        operations.publish(session, document, by=guard.viewer())
    flash(_("Published. Its audience can read it now."), "success")
    return web.go_to(document)


@needs(Action.DOCUMENT_BIN)
def put_in_bin(slug: str) -> Any:
    """Put a document in the bin."""
    with db.write() as session:
        document = web.load(slug, Action.DOCUMENT_BIN)
        operations.bin_document(session, document, by=guard.viewer())
    flash(_("It is in the bin. You can take it out again."), "success")
    return web.go_to(document)


@needs(Action.DOCUMENT_RESTORE)
def take_out(slug: str) -> Any:
    """Take a document out of the bin."""
    with db.write() as session:
        document = web.load(slug, Action.DOCUMENT_RESTORE)
        operations.take_out_of_bin(session, document, by=guard.viewer())
    flash(_("It is back as it was."), "success")
    return web.go_to(document)
