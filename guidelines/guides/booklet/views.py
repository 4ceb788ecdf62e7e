"""The page of the book, and taking guidelines from it: printed, as Markdown, or as a PDF that is made meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from guidelines.guides import book
from guidelines.guides.booklet import choosing, gathering, making, printing, showing
from guidelines.guides.booklet.choosing import Choice
from guidelines.guides.booklet.gathering import Gathered
from guidelines.guides.booklet.making import Wish
from guidelines.guides.booklet.models import Booklet, BookletState
from guidelines.guides.booklet.showing import Cover
from guidelines.guides.models import Guideline
from wiki import db
from wiki.access import audit, guard
from wiki.access.guard import needs
from wiki.access.policy import Action
from wiki.documents import file_views, lists, web
from wiki.documents.models import Document

PAGE = 100


@needs(Action.DOCUMENT_LIST)
def book_page() -> Any:
    """What is in force, or was on a day, in the order of numbers."""
    choice = choosing.chosen()
    return _book(choice), 422 if choice.problem else 200


def _book(choice: Choice, problem: str = "") -> str:
    """The page of the book. `problem`: why what was chosen cannot be taken; what was ticked stays ticked."""
    session, viewer, offset = db.session(), guard.viewer(), web.place_in_list()
    listed = book.Among((), choice.among.platform, choice.among.topic)
    found = []
    if choice.day:
        found = book.entries(session, viewer, choice.day, listed, limit=PAGE + 1, offset=offset)
    with_number = (Document.kind == "guideline", Guideline.id == Document.id, Guideline.number.is_not(None))
    return render_template(
        "guidelines/guides/book.html",
        choice=choice,
        problem=problem,
        entries=found[:PAGE],
        offset=offset,
        page_size=PAGE,
        more=len(found) > PAGE,
        platforms=lists.counted_terms(session, viewer, "platform", *with_number),
        topics=lists.counted_terms(session, viewer, "topic", *with_number),
        booklets=making.mine(session, viewer),
        can_pdf=not printing.trouble(),
        title=_("The book of guidelines"),
    )


def _gathered(choice: Choice) -> Gathered:
    """What was chosen, with texts. A page that says what to do instead ends the view when there is nothing."""
    if choice.day is None:
        abort(Response(_book(choice), 422, mimetype="text/html"))
    prefix = web.this_kind().prefix
    found = gathering.gather(db.session(), guard.viewer(), choice.day, choice.among, prefix=prefix)
    if not found.chapters:
        words = _("Nothing of this can be taken along. Tick other guidelines; what is marked RED stays here.")
        _stop(choice, words)
    return found


def _stop(choice: Choice, problem: str) -> NoReturn:
    abort(Response(_book(choice, problem), 422, mimetype="text/html"))


def _cover(choice: Choice, found: Gathered) -> Cover:
    assert choice.day is not None
    told = {"is_as_of": choice.as_of is not None, "is_whole": choice.among.is_whole}
    return showing.cover_of(found, guard.viewer(), choice.day, **told, made_at=db.now())


@needs(Action.DOCUMENT_LIST)
def take() -> Any:
    """All that was chosen: on a page to print, as Markdown, or as a PDF. That it was taken is written down before."""
    choice, how = choosing.chosen(), request.form.get("how", "")
    if how == "pdf" and printing.trouble():
        _stop(choice, _("PDFs cannot be made on this server. Open the page to print, and print it into a file."))
    found = _gathered(choice)
    return _HOW.get(how, _print_out)(choice, found)


def _print_out(choice: Choice, found: Gathered) -> Any:
    page = showing.page(_cover(choice, found), found)
    with db.write() as session:
        _note(session, found, "print")
    return page


def _markdown(choice: Choice, found: Gathered) -> Any:
    settings = web.settings()
    text = showing.markdown_of(_cover(choice, found), found, house=settings.site_name, root=settings.public_url)
    with db.write() as session:
        _note(session, found, "md")
    answer = Response(text, mimetype="text/markdown")
    answer.headers["Content-Disposition"] = "attachment; filename=guidelines.md"
    return answer


def _pdf(choice: Choice, found: Gathered) -> Any:
    """It is made after the answer; its page says when it is ready."""
    assert choice.day is not None
    # What stays here is asked again when the PDF is made: its cover says so.
    numbers = sorted([*found.closed, *(chapter.entry.number for chapter in found.chapters)])
    wish = Wish(numbers, choice.among.is_whole, choice.day, choice.as_of is not None)
    try:
        with db.write() as session:
            booklet, old = making.ask(session, guard.viewer(), wish)
            _note(session, found, "pdf")
            public_id = booklet.public_id
    except making.Refused as refused:
        _stop(choice, str(refused))
    making.remove_files(old)
    return redirect(url_for("guideline.booklet", booklet=public_id), 303)


_HOW: dict[str, Callable[[Choice, Gathered], Any]] = {"print": _print_out, "md": _markdown, "pdf": _pdf}


def _note(session: Session, found: Gathered, how: str) -> None:
    """Write down which guidelines were taken, before they are handed out: one may turn out to be a spill."""
    numbers = [chapter.entry.number for chapter in found.chapters]
    by = guard.viewer().person
    audit.record(session, "guideline:export", by=by, rows=len(numbers), how=how, numbers=numbers)


def _mine(public_id: str) -> Booklet:
    """A booklet of the reader's own; another person's answers like none."""
    found = making.find(db.session(), guard.viewer(), public_id)
    if found is None:
        abort(404)
    return found


@needs(Action.DOCUMENT_LIST)
def booklet_page(booklet: str) -> Any:
    """How far a PDF is, and where to fetch it."""
    found = _mine(booklet)
    part = "_state" if request.headers.get("HX-Request") else "state"
    return render_template(
        f"guidelines/guides/booklet/{part}.html", booklet=found, until=found.created_at + making.KEPT
    )


@needs(Action.DOCUMENT_LIST)
def booklet_file(booklet: str) -> Any:
    """The PDF itself, if nothing that it holds was changed for its reader, or closed to them, since it was made."""
    found, session, viewer = _mine(booklet), db.session(), guard.viewer()
    page = url_for("guideline.booklet", booklet=booklet)
    if found.state != BookletState.MADE:
        return redirect(page, 303)
    place = making.fetch(session, viewer, found)
    if place is None:
        making.throw_away(found)
        flash(_("It was thrown away: something in it changed. Have it made anew."), "warning")
        return redirect(page, 303)
    answer = Response(place.open("rb"), mimetype="application/pdf", direct_passthrough=True)
    answer.headers["Content-Length"] = str(place.stat().st_size)
    answer.headers["Content-Security-Policy"] = file_views.SANDBOX
    answer.headers["Content-Disposition"] = f"attachment; filename=guidelines-{found.day.isoformat()}.pdf"
    return answer
