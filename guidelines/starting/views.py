"""Before you start, and the pack for a newcomer, in the browser. Both are asked for by GET and made for paper, too."""

from __future__ import annotations

from typing import Any

from flask import render_template, request
from sqlalchemy.orm import Session

from guidelines.lessons.words import ACTIVITIES
from guidelines.platforms import reading as platforms, words
from guidelines.starting import packs, reading
from guidelines.starting.reading import Task
from wiki import db
from wiki.access import guard
from wiki.access.guard import needs
from wiki.access.policy import Action, Viewer
from wiki.documents import lists
from wiki.documents.models import Document
from wiki.people import finding

ON_CARD = ("guideline", "lesson", "playbook")


@needs(Action.DOCUMENT_LIST)
def card() -> Any:
    """The few guidelines and lessons and the playbook for a task."""
    session, viewer = db.session(), guard.viewer()
    topics, channels = _terms(session, viewer, "topic"), _terms(session, viewer, "platform")
    task = Task(
        topic=_one_of("topic", topics),
        activity=_one_of("activity", ACTIVITIES),
        platform=_one_of("platform", channels),
        country=_one_of("country", words.countries()),
    )
    found = reading.card(session, viewer, task, words.spoken_names(task.country)) if task.is_told else None
    # Facts about platforms are for the whole service, to which guests do not belong.
    fact = platforms.find(session, task.platform) if task.platform and viewer.is_staff else None
    return render_template(
        "guidelines/starting/card.html",
        task=task,
        card=found,
        fact=platforms.Row(task.platform, channels[task.platform], fact) if fact else None,
        topics=topics,
        channels=channels,
        activities=ACTIVITIES,
        words=words,
    )


@needs(Action.DOCUMENT_LIST)
def pack() -> Any:
    """What a newcomer to a post should read, and whom to ask."""
    session, viewer = db.session(), guard.viewer()
    posts = finding.posts(session, viewer)
    asked = request.args.get("post")
    # A post that is hidden from this viewer is as good as none.
    chosen = {post.id: post for post in posts}.get(asked or "") if asked else packs.own_post(viewer, posts)
    return render_template(
        "guidelines/starting/pack.html",
        posts=posts,
        post=chosen,
        pack=packs.pack(session, viewer, chosen) if chosen else None,
    )


def _terms(session: Session, viewer: Viewer, vocabulary: str) -> dict[str, str]:
    """The terms that lead this reader to something, by name."""
    found = lists.counted_terms(session, viewer, vocabulary, Document.kind.in_(ON_CARD))
    return dict(sorted(((slug, name) for slug, name, _number in found), key=lambda one: one[1]))


def _one_of(name: str, known: Any) -> str:
    """What was asked, if it is an answer to the question."""
    asked = request.args.get(name, "")
    return asked if asked in known else ""
