"""The pack for a newcomer to a post: what its people tell of most, their local notes and lessons, and who can help."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from guidelines.guides.keeping import annexes
from guidelines.starting import reading
from guidelines.starting.reading import Fit
from wiki.access.policy import LIVE, Viewer
from wiki.documents import lists
from wiki.documents.models import Document
from wiki.documents.reading import with_term
from wiki.people import directory
from wiki.people.models import Group, Person

MOST = 5
# What a post tells of most, in each vocabulary.
TERMS = 3
HELPERS = 6


@dataclass(frozen=True, slots=True)
class Pack:
    """What a newcomer to a post should read, and whom to ask."""

    guidelines: Sequence[Fit]
    notes: Sequence[annexes.Local]
    lessons: Sequence[Fit]
    leads: Sequence[Person]
    helpers: Sequence[Person]


def pack(session: Session, viewer: Viewer, post: Group) -> Pack:
    """The pack of a post that this viewer may know of."""
    kept = Document.owner_id == post.id
    lessons = (Document.kind == "lesson", kept, Document.status.in_(reading.TELLING))
    return Pack(
        guidelines=_guidelines(session, viewer, post),
        notes=annexes.of_group(session, viewer, post.id),
        lessons=reading.fits(session, viewer, *lessons, limit=MOST),
        leads=directory.leads(session, post.id),
        helpers=directory.helpers(session, post.id, HELPERS),
    )


def _guidelines(session: Session, viewer: Viewer, post: Group) -> list[Fit]:
    """Those the post keeps itself, then those on what this reader finds it tells of most."""
    kept = Document.owner_id == post.id
    weighed = [(kept, 100)]
    for vocabulary in ("topic", "platform"):
        told = lists.counted_terms(session, viewer, vocabulary, kept, Document.status.in_(LIVE))[:TERMS]
        weighed += [(with_term(vocabulary, slug), number) for slug, _name, number in told]
    return reading.best(session, viewer, "guideline", ("in-force",), weighed, limit=MOST)


def own_post(viewer: Viewer, posts: Sequence[Group]) -> Group | None:
    """The post at which this viewer serves, if it is one of these."""
    return next((post for post in posts if post.id in viewer.groups), None)
