"""Writing: a new document, a change, a preview, and what happens when two people write at once."""

from __future__ import annotations

import secrets
from typing import Any

from flask import abort, current_app, flash, render_template, request
from flask_babel import gettext as _
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from wiki import db, markdown
from wiki.access import guard, policy
from wiki.access.guard import needs
from wiki.access.policy import Action
from wiki.documents import (
    addresses,
    diff,
    holds,
    merge,
    operations,
    passages_saved,
    passages_shown,
    reading,
    repeating_views,
    sharing,
    texts,
    views,
    web,
)
from wiki.documents.forms import EditForm, EmptyForm, Form, NewForm, TextForm, blame, for_kind
from wiki.documents.models import Document, Revision
from wiki.documents.operations import AlreadySaved, Facts, Outdated
from wiki.documents.passages_saved import PassagesRefused


@needs(Action.DOCUMENT_CREATE)
def new() -> Any:
    """Begin a document."""
    viewer, session = guard.viewer(), db.session()
    form = for_kind(NewForm, web.this_kind())()
    form.offer_all(session, viewer, web.settings().handling_marks)
    if request.method == "GET":
        _start(form)
        return _new_page(form)
    if request.form.get("reach"):
        chosen = form.chosen(session, viewer)
        return _reach(form, chosen) if request.headers.get("HX-Request") else _new_page(form, chosen=chosen)
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
    if repeating_views.unanswered(text, chosen.audience, notice=chosen):
        return _new_page(form, text, chosen, code=422)
    try:
        with db.write() as session:
            document = operations.draft(session, kind.name, text, facts, chosen, by=viewer, slug=slug, key=key)
            repeating_views.note(session, document)
            odd = _unready(session, document)
            if kind.publishes_at_once and not request.form.get("draft") and not odd:
                operations.publish(session, document, by=viewer)
    except addresses.AddressTaken:
        blame(form.address, _("This address is taken. Choose another one."))
        return _new_page(form, text, chosen, code=422)
    except PassagesRefused as refused:
        return _new_page(blamed(form, refused), text, chosen, code=422)
    except AlreadySaved as repeat:
        return web.go_to_address(repeat.kind, repeat.slug)
    flash(*((_("Saved as a draft: %(why)s", why=odd), "warning") if odd else (_("Saved."), "success")))
    web.say_if_hidden(document)
    return web.go_to(document, saved=form.key.data)


def _unready(session: Session, document: Document) -> str | None:
    check = web.this_kind().unready
    return check(session, document) if check else None


def _start(form: NewForm) -> None:
    form.key.data = secrets.token_urlsafe(16)
    form.address.data = request.args.get("address", "")
    form.title.data = request.args.get("address", "").replace("-", " ").capitalize()
    above = _at(request.args.get("parent", ""))
    if above is not None:
        form.parent.data = above.slug
        # A new child begins with its parent's audience; afterwards the two are independent.
        chosen = sharing.of(above)
        if not policy.may(guard.viewer(), Action.DOCUMENT_SHARE, above.item):
            chosen = sharing.without_names(chosen, form.groups.choices)
        form.show(db.session(), chosen)


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


def _checked_text(form: TextForm, document: Document | None = None) -> texts.PreparedText | None:
    """The text rendered, or None with the reason beside its field. `document` is the one it belongs to."""
    valid = form.validate_on_submit()
    try:
        text = texts.prepare(form.title.data or "", form.body.data or "", lang=form.lang.data or "en")
    except markdown.TextRefused as refused:
        blame(form.body, _(refused.message, **refused.values))
        return None
    if document is None or form.base_revision.data == document.working:
        # Where somebody saved meanwhile, the two texts are shown first.
        for problem in passages_saved.problems(db.session(), text, document, guard.viewer()):
            blame(form.body, problem)
    return text if valid and not form.body.errors else None


def _new_page(form: NewForm, text: Any = None, chosen: sharing.Sharing | None = None, code: int = 200) -> Any:
    labels = _labels(chosen) if chosen else frozenset({"service"})
    context = {
        "form": form,
        "kind": web.this_kind(),
        "problems": _problems(text),
        "reach": sharing.reach(db.session(), labels | _leads(form)),
        "preview": preview_html(text),
    }
    return _whole_or_part("new.html", context, code)


def _leads(form: NewForm) -> set[str]:
    return {f"lead:{form.keeper}"} if form.keeper else set()


def _labels(chosen: sharing.Sharing) -> frozenset[str]:
    own = set() if not chosen.is_held else {f"person:{guard.viewer().public_id}"}
    return frozenset(chosen.audience) | own


def preview_html(text: texts.PreparedText | None, document: Document | None = None) -> Markup | None:
    """What a text that is not saved yet would look like to its writer, if that was asked for."""
    if text is None or not request.form.get("preview"):
        return None
    viewer = guard.viewer()
    html = passages_shown.preview(db.session(), viewer, document, text)
    return views.filled(viewer, texts.with_files(html, request.path.removesuffix("/edit")))


def _problems(text: texts.PreparedText | None) -> list[tuple[int, str]]:
    """What is wrong with the questions of a text: lines and sentences. It is told, and stops nobody."""
    return [(one.line, _(one.message)) for question in (text.questions if text else ()) for one in question.problems]


def _reach(form: NewForm, chosen: sharing.Sharing) -> Any:
    """How many people the audience chosen so far means, while the rest is still being written."""
    reach = sharing.reach(db.session(), _labels(chosen) | _leads(form))
    return render_template("wiki/documents/_reach.html", form=form, reach=reach)


def _whole_or_part(template: str, context: dict[str, Any], code: int) -> Any:
    if request.headers.get("HX-Request") and request.form.get("preview"):
        return render_template("wiki/documents/_preview.html", **context), 200
    return render_template([f"{web.this_kind().template}/{template}", f"wiki/documents/{template}"], **context), code


@needs(Action.DOCUMENT_REVISE)
def edit(slug: str) -> Any:
    """Change a text."""
    document = web.load(slug, Action.DOCUMENT_REVISE)
    form = for_kind(EditForm, web.this_kind())()
    form.offer_terms(db.session())
    if request.method == "GET":
        newest = _revision(document, document.working)
        form.show(document, views.source_of(document, newest), _address_of(document.parent_id))
        form.title.data, form.key.data = newest.title, secrets.token_urlsafe(16)
        return _edit_page(document, form)
    text = _checked_text(form, document)
    parent = _parent(form, document)
    _check_address(form, document)
    if text is None or form.errors or request.form.get("preview"):
        return _edit_page(document, form, text, code=200 if text is not None and not form.errors else 422)
    return _save(document, form, text, parent)


def _check_address(form: EditForm, document: Document) -> None:
    address = texts.slug_of(form.address.data or document.slug)
    if address != document.slug and not holds.may_tell(guard.viewer(), document):
        blame(form.address, _("Everybody sees this address in the notice. Ask those who keep it to change it."))


def _save(document: Document, form: EditForm, text: texts.PreparedText, parent: int | None) -> Any:
    viewer, base, slug = guard.viewer(), form.base_revision.data or 0, document.slug
    if repeating_views.unanswered(text, document.audience, document):
        return _edit_page(document, form, text, code=422)
    try:
        with db.write():
            document = web.load(slug, Action.DOCUMENT_REVISE)
            operations.revise(
                db.session(), document, text, base=base, by=viewer, note=form.note.data or "", key=form.key.data
            )
            repeating_views.note(db.session(), document)
            facts = Facts(document.owner_id, form.lang.data, parent, form.terms, form.columns)
            operations.describe(db.session(), document, facts, by=viewer)
            if form.address.data and form.address.data != document.slug:
                operations.rename(db.session(), document, form.address.data, by=viewer)
    except Outdated:
        return _conflict(web.load(slug, Action.DOCUMENT_REVISE), form, text)
    except addresses.AddressTaken:
        blame(form.address, _("This address is taken. Choose another one."))
        return _edit_page(web.load(slug, Action.DOCUMENT_REVISE), form, text, code=422)
    except PassagesRefused as refused:
        document = web.load(slug, Action.DOCUMENT_REVISE)
        return _edit_page(document, blamed(form, refused), text, code=422)
    except AlreadySaved as repeat:
        return web.go_to_address(repeat.kind, repeat.slug)
    flash(_saved_words(document), "success")
    return web.go_to(document, saved=form.key.data)


def blamed(form: Form, refused: PassagesRefused) -> Form:
    """The form with what is wrong with its held passages beside the text."""
    for problem in refused.problems:
        blame(form.body, problem)
    return form


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
    context = {
        "document": document,
        "form": form,
        "kind": web.this_kind(),
        "problems": _problems(text),
        "preview": preview_html(text, document),
    }
    return _whole_or_part("edit.html", context, code)


def _conflict(document: Document, form: EditForm, mine: texts.PreparedText) -> Any:
    """Two people saved: show both texts and what differs, keep what was typed, propose a merge where there is one."""
    theirs = _revision(document, document.working)
    base_number = min(max(form.base_revision.data or 1, 1), document.working)
    base = _revision(document, base_number)
    # The three texts as this writer has them: what is held back from them is a token in each.
    their_text, my_text = views.source_of(document, theirs), passages_shown.typed_source(mine)
    merged = merge.merge3(views.base_of(document, base), my_text, their_text)
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
        closed=reading.closed_changes(db.session(), guard.viewer(), document),
        their_text=their_text,
        typed=typed,
        merged=merged.clean,
        rows=diff.diff_words(their_text, merged.text if merged.clean else my_text),
    )
    return page, 409


@needs(Action.DOCUMENT_REVISE)
def restore(slug: str, number: int) -> Any:
    """Make an old revision the newest one."""
    document = web.load(slug, Action.DOCUMENT_REVISE)
    old = views.revision_of(document, number)
    body = views.source_of(document, old)
    text = texts.prepare(old.title, body, lang=document.lang)
    EmptyForm().validate_on_submit()
    if repeating_views.unanswered(text, document.audience, document):
        return views.revision_page(document, old), 422
    note = _("Revision %(n)s brought back", n=number)
    try:
        with db.write() as session:
            document = web.load(slug, Action.DOCUMENT_REVISE)
            operations.revise(session, document, text, base=document.working, by=guard.viewer(), note=note)
            repeating_views.note(session, document)
    except PassagesRefused as refused:
        return _not_restored(web.load(slug, Action.DOCUMENT_REVISE), old.title, body, refused)
    flash(_("Revision %(n)s is the newest text again.", n=number), "success")
    return web.go_to(document)


def _not_restored(document: Document, title: str, body: str, refused: PassagesRefused) -> Any:
    """An old text that lacks a passage which is not this writer's to take out: they can put its line in and save."""
    if current_app.view_functions[f"{document.kind}.edit"] is not edit:
        # A form of its own kind tells where the line belongs.
        flash(str(refused.problems[0]), "warning")
        return web.go_to(document, "edit")
    form = for_kind(EditForm, web.this_kind())(formdata=None)
    form.offer_terms(db.session())
    form.show(document, body, _address_of(document.parent_id))
    form.title.data, form.key.data = title, secrets.token_urlsafe(16)
    form.body.errors = ()
    return _edit_page(document, blamed(form, refused), code=422)


@needs(Action.DOCUMENT_PUBLISH)
def publish(slug: str) -> Any:
    """Publish a draft."""
    if not web.this_kind().publishes_at_once:
        abort(404)
    with db.write() as session:
        document = web.load(slug, Action.DOCUMENT_PUBLISH)
        odd = _unready(session, document)
        if not odd:
            operations.publish(session, document, by=guard.viewer())
    if odd:
        flash(_("Still a draft: %(why)s", why=odd), "warning")
        return web.go_to(document)
    flash(_("Published. Its audience can read it now."), "success")
    web.say_if_hidden(document)
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
