"""The home page, the tree of pages, and the answers for machines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from flask import Blueprint, Response, render_template, url_for
from flask_babel import gettext as _, lazy_gettext as _l
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from wiki import db, kinds, languages, migrate
from wiki.access import guard, policy
from wiki.access.guard import needs, open_to_all
from wiki.access.policy import DRAFT, LIVE, Action, Viewer
from wiki.asking import scope
from wiki.documents import comments, lists, reading
from wiki.documents.models import Document, Term
from wiki.documents.visibility import visible_to
from wiki.pages import parts

home = Blueprint("home", __name__)

# Nobody writes down which answers were opened, so the home page tells of one for so long and then lets it be.
ANSWER_IS_NEW = timedelta(days=3)

ADVICE = ("published", "in-force")

# What somebody in a hurry would say, and the documents that answer it, the best first.
QUICK_WAYS = (
    (_l("There is a crisis"), (("playbook", "crisis-first-hour"), ("guideline", "posting-in-a-crisis"))),
    (_l("A post of ours went wrong"), (("playbook", "wrong-post-published"), ("guideline", "before-you-post"))),
    (_l("A rumour is spreading"), (("playbook", "rumour-spreading"), ("guideline", "disinformation-triage"))),
    (_l("Our account was taken over"), (("playbook", "account-taken-over"),)),
    (_l("Should we go quiet?"), (("guideline", "posting-in-a-crisis"),)),
)


@home.get("/")
@needs(Action.HOME_READ)
def index_page() -> Any:
    """What do you need to do?"""
    viewer, session = guard.viewer(), db.session()
    return render_template(
        "wiki/pages/home.html",
        greeting=greeting(viewer, db.now()),
        newest=reading.entries(session, viewer, Document.status == "published", Document.kind == "page", limit=3),
        drafts=reading.entries(session, viewer, Document.status == DRAFT, limit=5),
        quick=quick_ways(session, viewer),
        topics=_topics(session),
        to_write=_to_write(),
        now=parts.rendered("now", session, viewer, most=1),
        due=parts.rendered("due", session, viewer, most=1),
        main=parts.rendered("main", session, viewer),
        side=parts.rendered("side", session, viewer),
    )


def _topics(session: Session) -> list[tuple[str, str]]:
    """The first topics of the vocabulary. They are not counted here: that would cost more than all the rest."""
    first = select(Term.slug, Term.name).where(Term.vocabulary == "topic").order_by(Term.position, Term.name)
    return [(slug, name) for slug, name in session.execute(first.limit(12))]


def _to_write() -> list[tuple[Any, str]]:
    """What a member of staff can begin to write, with where."""
    ways = (("lesson", _("Record a lesson")), ("module", _("Teach something")), ("page", _("Write a page")))
    return [(words, url_for(f"{kind}.new")) for kind, words in ways if kind in kinds.all_kinds()]


def waiting_requests(viewer: Viewer) -> dict[str, Any]:
    """How many requests for access wait for this person's answer, if they answer any."""
    may_answer = policy.may(viewer, Action.ACCESS_ANSWER)
    return {"requests": scope.waiting(viewer).scalar_subquery()} if may_answer else {}


def requests(session: Session, viewer: Viewer) -> tuple[str, dict[str, Any]] | None:
    """The requests for access that wait for this person's answer."""
    waiting = parts.counted(session, viewer).get("requests")
    return ("wiki/pages/_requests.html", {"waiting": waiting}) if waiting else None


def questions(session: Session, viewer: Viewer) -> tuple[str, dict[str, Any]] | None:
    """Threads that wait for this person's word."""
    waiting = comments.open_questions(session, viewer, limit=2)
    return ("wiki/pages/_questions.html", {"waiting": waiting}) if waiting else None


def answers(session: Session, viewer: Viewer) -> tuple[str, dict[str, Any]] | None:
    """What somebody answered this person in the last days, until they say more or settle it."""
    found = comments.answers_to_me(session, viewer, db.now() - ANSWER_IS_NEW, limit=2, settled=False)
    return ("wiki/pages/_answers.html", {"answers": found}) if found else None


def quick_ways(session: Session, viewer: Viewer) -> list[tuple[Any, str]]:
    """The ways that lead to something live which this viewer may read, each once."""
    slugs = {slug for _words, places in QUICK_WAYS for _kind, slug in places}
    there = reading.entries(session, viewer, Document.status.in_(ADVICE), Document.slug.in_(slugs))
    urls = {(entry.kind, entry.slug): entry.url for entry in there}
    found = ((words, next((urls[place] for place in places if place in urls), None)) for words, places in QUICK_WAYS)
    return [(words, url) for words, url in found if url]


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
