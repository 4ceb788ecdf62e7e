"""A document's page as somebody else gets it, without telling what else that person can see (03-sharing 3.2).

What opens the document itself is asked of that person's keys, as far as whoever looks may know of them: that somebody
belongs to a closed group, or wrote a text that names no authors, is left out. All around the text is what both of them
can see, and nothing that is the other one's own: no drafts, no progress, no answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from flask import g, render_template
from flask_babel import format_date, gettext as _, to_user_timezone
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session

from wiki import db
from wiki.access import policy, reasons
from wiki.access.models import AccessGrant
from wiki.access.policy import SERVICE, Action, Viewer
from wiki.documents import leave, reading, shown, views, web
from wiki.documents.models import OPENED, Document, Passage
from wiki.people.directory import visible_groups
from wiki.people.models import Group


@dataclass(frozen=True, slots=True)
class Seen:
    """What the other one gets: the page, and in a sentence why. Without a page it cannot be told."""

    why: Any
    page: Markup | None


def seen(session: Session, viewer: Viewer, other: Viewer, document: Document) -> Seen:
    """The page of a document that `viewer` keeps, as `other` gets it."""
    labels = document.item.labels
    known = _known_groups(session, viewer, other, labels)
    told = _as_known(viewer, other, known, by_name=_may_name(viewer, other, document, document.audience))
    opening = sorted(told.keys & labels, key=lambda label: (label != SERVICE, label))
    if opening:
        why = _by_glass(session, other, document, opening[0]) or reasons.why_somebody_reads(opening[0], known)
        return Seen(why, _open(session, viewer, told, document))
    if _is_closed(viewer, document, known, labels):
        return Seen(reasons.CANNOT_TELL, None)
    return Seen(reasons.NOT_SHARED, _shut(session, viewer, told, document))


def _by_glass(session: Session, other: Viewer, document: Document, label: str) -> Any:
    """When they broke the glass for it, in words; nothing where something else opens it to them."""
    if label != f"doc:{document.public_id}":
        return None
    mine = (AccessGrant.document == document.public_id, AccessGrant.person_id == other.person)
    newest = select(AccessGrant.given_at).where(*mine, AccessGrant.sort == leave.Sort.GLASS, *leave.counts())
    at = session.scalar(newest.order_by(AccessGrant.given_at.desc()).limit(1))
    return None if at is None else reasons.opened_by_glass(other.name, format_date(to_user_timezone(at), _("d MMM y")))


def _known_groups(session: Session, viewer: Viewer, other: Viewer, labels: frozenset[str]) -> dict[str, str]:
    """The groups of the other one and those among the labels whose names the viewer may know."""
    ids = {label.partition(":")[2] for label in labels | other.keys if label.startswith(("group:", "lead:"))}
    known = select(Group.id, Group.name).where(Group.id.in_(sorted(ids)), visible_groups(viewer))
    return dict(session.execute(known).all())


def _may_name(viewer: Viewer, other: Viewer, document: Document, audience: list[str]) -> bool:
    """Whether that somebody can read for being one of the authors or named may be told."""
    is_chosen = f"person:{other.public_id}" in audience
    return document.names_authors or is_chosen or other.public_id == viewer.public_id


def _as_known(viewer: Viewer, other: Viewer, known: dict[str, str], *, by_name: bool) -> Viewer:
    """The other one with the keys that the viewer may know of, in the viewer's language and by the viewer's clock."""

    def told(key: str) -> bool:
        sort, _colon, rest = key.partition(":")
        if sort in ("group", "lead"):
            return rest in known
        return by_name or sort != "person"

    keys = frozenset(key for key in other.keys if told(key))
    return replace(other, keys=keys, lang=viewer.lang, timezone=viewer.timezone)


def _is_closed(viewer: Viewer, document: Document, known: dict[str, str], labels: frozenset[str]) -> bool:
    """Whether there are readers of whom the viewer may not be told. The answer is the same whoever is asked about."""
    authors = frozenset() if document.names_authors else document.item.authors - {viewer.public_id}
    unnamed = {f"person:{author}" for author in authors} - set(document.audience)
    if not unnamed.isdisjoint(labels):
        return True
    return any(label.partition(":")[2] not in known for label in labels if label.startswith(("group:", "lead:")))


def _open(session: Session, viewer: Viewer, told: Viewer, document: Document) -> Markup | None:
    kind = web.this_kind()
    found = shown.find(session, told, kind, document.slug)
    if found is None:
        return None
    row, text = found
    here = (session, document.id, document.parent_id)
    around = shown.both(_around(viewer, *here), _around(told, *here))
    item = shown.item_of(row, around)
    if not document.names_authors:
        item = replace(item, authors=item.authors & {viewer.public_id})
    allowed = frozenset(action for action in Action if policy.may(told, action, item))
    shared = _both(session, viewer, told, document)
    with _standing_in(shared):
        return _without_deeds(views.page_for(shared, row, text, around, allowed))


def _around(viewer: Viewer, session: Session, document: int, parent: int | None) -> shown.Around:
    return shown.around(session, viewer, document, parent)


def _both(session: Session, viewer: Viewer, told: Viewer, document: Document) -> Viewer:
    """A reader who is nobody, with the keys that both have. Both read this document, and these passages of it."""
    opened = {f"doc:{document.public_id}"}
    passages = select(Passage).where(Passage.document_id == document.id) if document.passages else None
    for passage in session.scalars(passages) if passages is not None else ():
        labels = {row.label for row in passage.labels}
        if OPENED in labels or (not viewer.keys.isdisjoint(labels) and not told.keys.isdisjoint(labels)):
            opened.add(f"doc:{passage.public_id}")
    return replace(told, person=0, public_id="", keys=(viewer.keys & told.keys) | opened)


def _shut(session: Session, viewer: Viewer, told: Viewer, document: Document) -> Markup:
    """What somebody gets who cannot read it: the notice where there is one for them, else that nothing is here."""
    nobody = replace(told, person=0, public_id="", keys=viewer.keys & told.keys)
    with _standing_in(nobody):
        stub = reading.find_stub(session, nobody, document.kind, document.slug)
        if stub is not None:
            return _without_deeds(web.stub_page(session, stub))
        return _without_deeds(render_template("errors/404.html", message=None, code=404))


@contextmanager
def _standing_in(reader: Viewer) -> Iterator[None]:
    """Let everything within be asked and rendered for this reader, by whatever name they are looked up."""
    session, before = db.session(), g.viewer
    session.info["viewer"] = g.viewer = reader
    try:
        yield
    finally:
        session.info["viewer"] = g.viewer = before


# What the viewer is told of their own deeds stands above, once.
_FLASHES = re.compile(r'<div class="flashes".*?</div>', re.DOTALL)
_BODY = re.compile(r'<div class="wrap body">(.*)</div>\s*</main>', re.DOTALL)
_TAG = re.compile(r"<[a-zA-Z/][^>]*>")
# What a browser would act upon by itself, and where a form would go.
_DEEDS = re.compile(
    r"""\s(?:hx-[a-z-]+|data-(?:guard|save[a-z-]*|focus|draft[a-z-]*)|action|formaction|method|name)=(?:"[^"]*"|'[^']*')"""
)
_LABEL = re.compile(r"""\saria-label(?:ledby)?=(?:"[^"]*"|'[^']*')""")
_CONTROLS = ("button", "input", "select", "textarea")


def _without_deeds(page: str) -> Markup:
    """The middle of a page, to look at only: forms lead nowhere, and nothing can be pressed."""
    found = _BODY.search(page)
    assert found is not None, "every page has a middle"
    # All of it was rendered by our own templates.
    return Markup(_TAG.sub(_tame, _FLASHES.sub("", found[1], count=1)))  # noqa: S704


def _tame(found: re.Match[str]) -> str:
    tag = found[0]
    name = re.split(r"[\s>/]", tag[1:].lstrip("/"), maxsplit=1)[0]
    if name == "form":
        return "</div>" if tag.startswith("</") else '<div class="was-form">'
    if name == "input" and 'type="hidden"' in tag:
        return ""
    if name == "nav":
        # The page around it has landmarks of these names already.
        return "</div>" if tag.startswith("</") else f"<div{_LABEL.sub('', tag[4:])}"
    bare = _DEEDS.sub("", tag)
    if name in _CONTROLS and not tag.startswith("</"):
        return f"{bare[: len(name) + 1]} disabled{bare[len(name) + 1 :]}"
    return bare
