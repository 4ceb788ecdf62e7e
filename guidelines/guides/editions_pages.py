"""Reading versions: the change list, what differs, what applied on a day, links by number, and a mark of one's own."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select

from guidelines.guides import contents, editions, editions_reading
from guidelines.guides.editions_forms import MarkForm
from guidelines.guides.editions_models import Edition, ReadingMark
from guidelines.guides.editions_views import load, page
from guidelines.guides.models import Guideline
from wiki import db
from wiki.access import guard, policy
from wiki.access.guard import needs
from wiki.access.policy import Action
from wiki.documents import comparing, diff, opened, views as documents, web
from wiki.documents.visibility import visible_to
from wiki.people.viewer import today

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@needs(Action.DOCUMENT_READ)
def read(slug: str) -> Any:
    """The page of a guideline, as it is now or as of a day."""
    asked = request.args.get("as-of")
    return documents.read(slug) if asked is None else _as_of(slug, asked)


def _as_of(slug: str, asked: str) -> Any:
    guideline, session, viewer = load(slug), db.session(), guard.viewer()
    day, problem = day_of(asked)
    if day is None:
        return render_template(
            "guidelines/guides/as_of.html", document=guideline, kind=web.this_kind(), problem=problem, asked=asked
        ), 422
    edition = editions_reading.at(session, guideline, day)
    revision = html = None
    if edition is not None:
        opened.note(session, viewer, guideline, older_texts=True)
        revision = editions_reading.text(session, viewer, guideline, edition.revision)
        html = documents.body_of(viewer, revision, f"{web.this_kind().prefix}/{guideline.slug}")
    return render_template(
        "guidelines/guides/as_of.html",
        document=guideline,
        kind=web.this_kind(),
        day=day,
        asked=asked,
        edition=edition,
        revision=revision,
        html=html,
        suspended=edition is not None and editions_reading.was_suspended(session, guideline, day),
        may_revise=policy.may(viewer, Action.DOCUMENT_REVISE, guideline.item),
    )


def day_of(asked: str) -> tuple[date | None, str]:
    """The day that was asked for, or None with the sentence that says why not."""
    try:
        day = date.fromisoformat(asked) if _DAY.fullmatch(asked) else None
    except ValueError:
        day = None
    if day is None:
        return None, _("This is not a day. Write it as year, month and day, such as 2026-03-01.")
    if day > today():
        return None, _("This day is still to come. What will apply then is not known yet.")
    return day, ""


@needs(Action.DOCUMENT_READ)
def versions(slug: str) -> Any:
    """The change list: every version that is or was in force, and what else happened."""
    guideline, session, viewer = load(slug), db.session(), guard.viewer()
    may_revise = bool(policy.may(viewer, Action.DOCUMENT_REVISE, guideline.item))
    return page(
        "versions",
        guideline,
        lines=editions_reading.line(session, guideline),
        steps=editions_reading.steps(session, guideline),
        waiting=editions.pending(session, guideline) if may_revise else None,
        mark=editions_reading.mark_of(session, guideline, viewer),
        citable=_sections(guideline),
        newest=documents.newest_for(guideline),
        may_revise=may_revise,
    )


def _sections(guideline: Guideline) -> list[tuple[int, str]]:
    """The numbers and titles of the sections that stand in the text now."""
    if not guideline.published:
        return []
    titles = dict(editions_reading.sections(db.session(), guideline))
    return [(number, titles[anchor]) for number, anchor in enumerate(guideline.numbered, 1) if anchor in titles]


@needs(Action.DOCUMENT_READ)
def difference(slug: str) -> Any:
    """What differs between two versions, by word: what changed since a reader read it last, or since the one before."""
    guideline, session, viewer = load(slug), db.session(), guard.viewer()
    new = _version(guideline, request.args.get("to", ""), editions.current(session, guideline))
    old = _version(guideline, request.args.get("from", ""), editions_reading.before(session, guideline, new))
    texts = [editions_reading.text(session, viewer, guideline, each.revision) for each in (old, new)]
    bodies = [editions_reading.to_compare(documents.source_of(guideline, text)) for text in texts]
    titles = [text.title for text in texts]
    return page(
        "difference",
        guideline,
        old=old,
        new=new,
        between=editions_reading.between(session, guideline, old, new),
        compared=comparing.compare(guideline, *bodies),
        title=diff.diff_words(*titles) if titles[0] != titles[1] else None,
        mark=editions_reading.mark_of(session, guideline, viewer),
    )


def _version(guideline: Guideline, name: str, otherwise: Edition | None) -> Edition:
    found = editions_reading.named(db.session(), guideline, name) if name else otherwise
    if found is None:
        abort(404)
    return found


@needs(Action.DOCUMENT_READ)
def mark(slug: str) -> Any:
    """Mark a version as read, for one's own eyes, or forget the mark."""
    guideline, form = load(slug), MarkForm()
    form.validate_on_submit()
    with db.write() as session:
        guideline = load(slug)
        there = editions_reading.mark_of(session, guideline, guard.viewer())
        edition = editions_reading.named(session, guideline, form.version.data or "")
        if edition is None:
            if there is not None:
                session.delete(there)
        else:
            there = there or ReadingMark(person_id=guard.viewer().person, document_id=guideline.id)
            there.major, there.minor, there.at = edition.major or 0, edition.minor or 0, db.now()
            session.add(there)
    flash(_("Noted, for your eyes only.") if edition else _("The mark is gone."), "success")
    return web.go_to(guideline)


@needs(Action.DOCUMENT_READ)
def numbered(number: int) -> Any:
    """A guideline by the number people cite."""
    return _go_to_number(number, None)


@needs(Action.DOCUMENT_READ)
def section(number: int, section: int) -> Any:
    """A section of a guideline by the numbers people cite. One that is no longer there leads to the guideline."""
    return _go_to_number(number, section)


def _go_to_number(number: int, section: int | None) -> Any:
    session, viewer = db.session(), guard.viewer()
    guideline = session.scalar(select(Guideline).where(Guideline.number == number, visible_to(viewer)))
    if guideline is None:
        abort(404)
    anchor = None
    if section:
        if section > len(guideline.numbered):
            abort(404)
        # An anchor is made of the words of its heading, which may be held back by now.
        numbered = guideline.numbered[section - 1]
        anchor = numbered if numbered in contents.of_reader(session, viewer, guideline) else None
    return redirect(url_for("guideline.read", slug=guideline.slug, _anchor=anchor), 302)
