"""The home page, the tree of pages, and the answers for machines."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import Blueprint, Response, render_template
from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from wiki import db, kinds, languages, migrate
from wiki.access import guard
from wiki.access.guard import needs, open_to_all
from wiki.access.policy import DRAFT, LIVE, Action, Viewer
from wiki.documents import lists, reading
from wiki.documents.models import Document
from wiki.documents.visibility import visible_to

home = Blueprint("home", __name__)

QUICK_WAYS = {
    "posting-in-a-crisis": _l("There is a crisis"),
    "disinformation-triage": _l("A rumour is spreading"),
    "impersonation": _l("Somebody pretends to be us"),
    "account-security-and-take-over": _l("Our account was taken over"),
    "trolls-and-hostile-comments": _l("People are hostile"),
}


@home.get("/")
@needs(Action.HOME_READ)
def index_page() -> Any:
    """What do you need to do?"""
    viewer, session = guard.viewer(), db.session()
    newest = reading.entries(session, viewer, Document.status == "published", Document.kind == "page", limit=5)
    guidelines = reading.entries(session, viewer, Document.status == "in-force", limit=6)
    return render_template(
        "wiki/pages/home.html",
        greeting=greeting(viewer, db.now()),
        newest=newest,
        guidelines=guidelines,
        drafts=reading.entries(session, viewer, Document.status == DRAFT, limit=5),
        quick=quick_ways(session, viewer),
        tags=lists.counted_terms(session, viewer, "topic")[:12],
        kinds=kinds.all_kinds(),
    )


def quick_ways(session: Session, viewer: Viewer) -> list[tuple[Any, str]]:
    """What somebody in a hurry would say, with the address of the advice; only advice in force that they may read."""
    there = reading.entries(session, viewer, Document.status == "in-force", Document.slug.in_(QUICK_WAYS))
    urls = {entry.slug: entry.url for entry in there}
    return [(words, urls[slug]) for slug, words in QUICK_WAYS.items() if slug in urls]


def greeting(viewer: Viewer, moment: datetime) -> tuple[str, datetime, str]:
    """Words, the reader's local time, and the name of the place whose time it is."""
    try:
        local = moment.astimezone(ZoneInfo(viewer.timezone))
    except (ZoneInfoNotFoundError, ValueError):
        local = moment.astimezone(UTC)
    first = viewer.name.split()[0] if viewer.name.split() else viewer.name
    if 4 <= local.hour < 12:
        words = _("Good morning, %(name)s.", name=first)
    elif 12 <= local.hour < 18:
        words = _("Good afternoon, %(name)s.", name=first)
    else:
        words = _("Good evening, %(name)s.", name=first)
    return words, local, languages.place_of(str(local.tzinfo))


@needs(Action.DOCUMENT_LIST)
def index() -> Any:
    """The pages at the top of the tree."""
    return lists.page_of(
        Document.kind == "page",
        Document.status.in_(LIVE),
        # A page below one that this reader cannot see would be lost to them, so it counts as a top page too.
        Document.parent_id.is_(None) | Document.parent_id.not_in(_readable_ids(guard.viewer())),
        title=_("Pages"),
        order=(Document.title, Document.id),
        kind=kinds.kind("page"),
        template="wiki/pages/index.html",
    )


def _readable_ids(viewer: Viewer) -> Any:
    return select(Document.id).where(visible_to(viewer))


@home.get("/healthz")
@open_to_all
def healthz() -> Any:
    """The process answers."""
    return Response("ok\n", mimetype="text/plain")


@home.get("/readyz")
@open_to_all
def readyz() -> Any:
    """The process can do its work: the database reads and is of the right shape."""
    with db.system_session() as session:
        session.execute(text("select 1"))
        current = migrate.is_current(db.database())
    return Response(
        "ready\n" if current else "the database is not up to date\n", 200 if current else 503, mimetype="text/plain"
    )
