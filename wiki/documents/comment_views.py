"""Talking about a document: threads under its text, and the page that says what waits for an answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, flash, render_template, request, url_for
from flask_babel import gettext as _, lazy_gettext as _l
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import HiddenField, TextAreaField
from wtforms.validators import InputRequired, ValidationError

from wiki import db, markdown
from wiki.access import guard, policy
from wiki.access.guard import needs
from wiki.access.policy import Action
from wiki.documents import comments, passages_shown, repeating_views, talk, web
from wiki.documents.comments import AlreadySaid, Outdated, Withdrawn, Words
from wiki.documents.forms import blame, readable
from wiki.documents.models import Comment, Document, Revision
from wiki.documents.shown import Heading
from wiki.documents.talk import PAGE

blueprint = Blueprint("comments", __name__)

# How long an answer is shown as new.
RECENT = timedelta(days=60)
# Deeper headings are no places to talk about, as they stand in no table of contents.
DEEPEST_HEADING = 3


class CommentForm(FlaskForm):
    """The words of a comment, and where they belong."""

    class Meta:
        # The guard of all forms asks for the token; fields of its own would keep the page around it from being kept.
        csrf = False

    body = TextAreaField(
        _l("Your words"),
        [
            InputRequired(_l("Write something first.")),
            readable,
        ],
    )
    thread = HiddenField()
    anchor = HiddenField()
    key = HiddenField()

    def validate_body(self, field: Any) -> None:
        # Browsers send two characters for the end of a line, which nobody would count.
        if len((field.data or "").replace("\r\n", "\n")) > comments.LONGEST:
            raise ValidationError(_("Keep this to 4,000 characters. What needs more is a page."))

    def words(self) -> Words | None:
        """The text rendered, or None with the reason beside its field."""
        valid = self.validate_on_submit()
        try:
            words = comments.prepare(self.body.data or "")
        except markdown.TextRefused as refused:
            blame(self.body, _(refused.message))
            return None
        if valid and not words.body:
            blame(self.body, _("Write something first."))
        return None if self.errors else words


@needs(Action.DOCUMENT_READ)
def listing(slug: str) -> Any:
    """All threads under a document, fifty at a time."""
    document, viewer = web.load(slug), guard.viewer()
    offset = web.place_in_list()
    found = talk.under(db.session(), viewer, _place(document), offset=offset)
    return render_template(
        "wiki/documents/comments.html",
        document=document,
        kind=web.this_kind(),
        talk=found,
        offset=offset,
        page_size=PAGE,
        sections=_sections(document),
        may=lambda name: bool(policy.may(viewer, Action(name), document.item)),
    )


def _place(document: Document) -> talk.Place:
    return talk.place(document, [(each.anchor, each.title) for each in _sections(document)], document.item.authors)


def _sections(document: Document) -> list[Heading]:
    """The sections that can be talked about."""
    number = document.published or document.working
    of_readers = (Revision.document_id == document.id, Revision.number == number)
    session = db.session()
    toc = session.scalar(select(Revision.toc).where(*of_readers)) or []
    headings = [Heading(each["level"], each["title"], each["anchor"]) for each in toc]
    if document.passages:
        html = session.scalar(select(Revision.html).where(*of_readers)) or ""
        held = passages_shown.of_text(session, guard.viewer(), document.id, number, html)
        headings = list(passages_shown.contents(html, headings, held))
    return [heading for heading in headings if heading.level <= DEEPEST_HEADING]


@needs(Action.COMMENT_WRITE)
def add(slug: str) -> Any:
    """Begin a thread, or answer in one."""
    document, form = web.load(slug, Action.COMMENT_WRITE), CommentForm()
    thread = _find(document, form.thread.data) if form.thread.data else None
    words = form.words()
    if words is None or repeating_views.unanswered_words(words.body, document.audience, document.id):
        return _form_page(document, form, _answer_words(thread), url_for(f"{document.kind}.comments", slug=slug)), 422
    try:
        with db.write():
            document = web.load(slug, Action.COMMENT_WRITE)
            comment = _say(document, form, words)
            repeating_views.note(db.session(), document)
    except AlreadySaid as repeat:
        return _go_to(web.load(slug), repeat.public_id)
    flash(_("Your words stand here now."), "success")
    return _go_to(document, comment.public_id)


def _find(document: Document, public_id: str, *, to_change: bool = False) -> Comment:
    found = comments.find(db.session(), document, public_id, to_change=to_change)
    if found is None:
        abort(404)
    return found


def _say(document: Document, form: CommentForm, words: Words) -> Comment:
    thread = _find(document, form.thread.data) if form.thread.data else None
    # A section that went while somebody wrote about the text does not keep them from being heard.
    known = {heading.anchor for heading in _sections(document)}
    anchor, key = form.anchor.data if form.anchor.data in known else "", form.key.data or ""
    return comments.say(db.session(), document, words, by=guard.viewer(), thread=thread, anchor=anchor, key=key)


def _answer_words(thread: Comment | None) -> str:
    return _("Comment") if thread is None else _("Answer")


def _form_page(document: Document, form: CommentForm, title: str, action: str, theirs: str | None = None) -> str:
    return render_template(
        "wiki/documents/comment.html",
        document=document,
        kind=web.this_kind(),
        form=form,
        title=title,
        action=action,
        theirs=theirs,
    )


def _go_to(document: Document, public_id: str) -> Any:
    """Lead to where a comment stands: on the page itself, or far down in the list of all."""
    comment = _find(document, public_id)
    before = comments.newer_threads(db.session(), comment)
    mark = f"c-{public_id}"
    if before < PAGE:
        return web.go_to(document, _anchor=mark)
    return web.go_to(document, "comments", after=before // PAGE * PAGE or None, _anchor=mark)


@needs(Action.DOCUMENT_READ)
def show(slug: str, comment: str) -> Any:
    """The address of one comment, which stays when others are added."""
    document = web.load(slug)
    return _go_to(document, comment)


@needs(Action.COMMENT_WRITE)
def edit(slug: str, comment: str) -> Any:
    """The form for changing one's own words."""
    document = web.load(slug, Action.COMMENT_WRITE)
    try:
        found = _own(document, comment)
    except Withdrawn:
        abort(404)
    form = CommentForm(formdata=None, body=found.body, key=comments.base_of(found))
    return _form_page(document, form, _("Edit your comment"), request.path.removesuffix("/edit"))


def _own(document: Document, public_id: str) -> Comment:
    found = _find(document, public_id, to_change=True)
    comments.require_own(document, found, guard.viewer())
    return found


@needs(Action.COMMENT_WRITE)
def change(slug: str, comment: str) -> Any:
    """Put other words in place of one's own."""
    document, form = web.load(slug, Action.COMMENT_WRITE), CommentForm()
    try:
        _own(document, comment)
        words = form.words()
        if words is None or repeating_views.unanswered_words(words.body, document.audience, document.id):
            return _form_page(document, form, _("Edit your comment"), request.path), 422
        with db.write() as session:
            document = web.load(slug, Action.COMMENT_WRITE)
            found = _own(document, comment)
            comments.change(session, document, found, words, base=form.key.data or "", by=guard.viewer())
            repeating_views.note(session, document)
    except Outdated as newer:
        return _changed_meanwhile(web.load(slug), form, newer.body), 409
    except Withdrawn:
        return _gone_meanwhile(web.load(slug), form), 409
    flash(_("Saved."), "success")
    return _go_to(document, comment)


def _changed_meanwhile(document: Document, form: CommentForm, theirs: str) -> str:
    blame(form.body, _("You changed these words in another window. Save once more if the text below is right."))
    form.key.data = comments.base_of(Comment(body=theirs))
    form.key.raw_data = None
    return _form_page(document, form, _("Edit your comment"), request.path, theirs)


def _gone_meanwhile(document: Document, form: CommentForm) -> str:
    """The words can be sent as a comment of their own."""
    blame(form.body, _("Your comment was withdrawn meanwhile. You can send these words as a new one."))
    form.key.data, form.key.raw_data = "", None
    return _form_page(document, form, _("Comment"), url_for(f"{document.kind}.comments", slug=document.slug))


@needs(Action.COMMENT_WRITE)
def withdraw(slug: str, comment: str) -> Any:
    """Take the words of a comment away."""
    with db.write() as session:
        document = web.load(slug, Action.COMMENT_WRITE)
        found = _find(document, comment, to_change=True)
        comments.withdraw(session, document, found, by=guard.viewer())
    flash(_("Withdrawn. The words are gone."), "success")
    return web.go_to(document, _anchor="comments")


@needs(Action.COMMENT_WRITE)
def resolve(slug: str, comment: str) -> Any:
    """Mark a thread as settled."""
    with db.write() as session:
        document = web.load(slug, Action.COMMENT_WRITE)
        comments.resolve(session, document, _find(document, comment, to_change=True), by=guard.viewer())
    flash(_("Settled. The thread is folded and can be opened again."), "success")
    return _go_to(document, comment)


@needs(Action.COMMENT_WRITE)
def reopen(slug: str, comment: str) -> Any:
    """Open a settled thread again."""
    with db.write() as session:
        document = web.load(slug, Action.COMMENT_WRITE)
        comments.reopen(session, document, _find(document, comment, to_change=True), by=guard.viewer())
    flash(_("Open again."), "success")
    return _go_to(document, comment)


@blueprint.get("/comments")
@needs(Action.DOCUMENT_LIST)
def mine() -> Any:
    """Questions and answers for the viewer."""
    session, viewer = db.session(), guard.viewer()
    return render_template(
        "wiki/documents/my_comments.html",
        questions=comments.open_questions(session, viewer),
        answers=comments.answers_to_me(session, viewer, db.now() - RECENT),
    )
