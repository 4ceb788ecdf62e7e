"""“See it as somebody else”: choosing the person, and the page as they get it. Every look is logged."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

from flask import Flask, abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from wiki import db
from wiki.access import audit, guard
from wiki.access.guard import needs
from wiki.access.policy import Action, Viewer
from wiki.documents import routes, web
from wiki.documents.models import Document
from wiki.holding import viewing
from wiki.people import directory, finding, viewer as viewers
from wiki.people.models import Person, folded
from wiki.people.operations import plain_email

LONGEST_NAME = 200


def init_app(app: Flask) -> None:
    """Give every kind of document the addresses to be seen as somebody else."""
    routes.add(app, "/<slug>/as", "view_as", choose, ["GET", "POST"])
    routes.add(app, "/<slug>/as/<public_id>", "view_as_person", show, ["GET"])


@needs(Action.DOCUMENT_VIEW_AS)
def choose(slug: str) -> Any:
    """Choose a person, by name or e-mail address."""
    document = web.load(slug, Action.DOCUMENT_VIEW_AS)
    asked = request.form if request.method == "POST" else request.args
    words = asked.get("who", "").strip()[:LONGEST_NAME]
    found = _found(db.session(), guard.viewer(), words) if words else []
    exact = _exact(found, words)
    if request.method == "POST" and exact is not None:
        return redirect(_address(document, "view_as_person", public_id=exact.public_id), 303)
    if request.method == "POST" and found:
        return redirect(_address(document, "view_as", who=words), 303)
    problem = None
    if request.method == "POST" or (words and not found):
        problem = _("Nobody here has this name or address.") if words else _("Say whom you mean.")
    posts = finding.posts_of(db.session(), guard.viewer(), found) if found else {}
    context = {"document": document, "kind": web.this_kind(), "words": words, "found": found, "posts": posts}
    code = 422 if problem and request.method == "POST" else 200
    return render_template("holding/view_as.html", **context, problem=problem), code


@needs(Action.DOCUMENT_VIEW_AS)
def show(slug: str, public_id: str) -> Any:
    """The page as this person gets it."""
    document, session = web.load(slug, Action.DOCUMENT_VIEW_AS), db.session()
    person = directory.person(session, guard.viewer(), public_id)
    other = viewers.load_viewer(session, person.id) if person is not None else None
    if person is None or other is None:
        abort(404)
    with db.write() as writing:
        document = web.load(slug, Action.DOCUMENT_VIEW_AS)
        about = {"about": document.public_id, "owner": document.owner_id, "person": person.public_id}
        audit.record(writing, "document:view-as", by=guard.viewer().person, **about)
    document = web.load(slug, Action.DOCUMENT_VIEW_AS)
    seen = viewing.seen(db.session(), guard.viewer(), other, document)
    return render_template(
        "holding/view_as_person.html", document=document, kind=web.this_kind(), person=person, seen=seen
    )


def _found(session: Session, viewer: Viewer, words: str) -> Sequence[Person]:
    """Whoever has this address, else those whose name holds each of these words; who has just this name comes first.

    A search for people finds them by what they help with, too. Here a look is logged under a name, so only names count.
    """
    there = (Person.is_active, directory.visible_people(viewer))
    with_address = session.scalar(select(Person).where(Person.email == plain_email(words), *there))
    if with_address is not None:
        return [with_address]
    name = folded(words)
    if not name:
        return []
    listed = select(Person).where(*there).order_by(Person.name, Person.id)
    begin = session.scalars(listed.where(Person.sought.startswith(name, autoescape=True)))
    same = [person for person in begin if folded(person.name) == name]
    parts = name.split()[: finding.MOST_WORDS]
    like = session.scalars(listed.where(*(Person.sought.contains(part, autoescape=True) for part in parts)))
    others = (one for one in like if one not in same and all(part in folded(one.name) for part in parts))
    return [*same, *islice(others, finding.PAGE)]


def _exact(found: Sequence[Person], words: str) -> Person | None:
    """The one person who has just this address or this name. Nobody is picked who is only like it."""
    exact = [person for person in found if person.email == plain_email(words) or folded(person.name) == folded(words)]
    return exact[0] if len(exact) == 1 else None


def _address(document: Document, endpoint: str, **values: Any) -> str:
    return url_for(f"{document.kind}.{endpoint}", slug=document.slug, **values)
