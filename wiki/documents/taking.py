"""Texts that a reader takes away: exports are put together for one reader, after the filter (03-sharing 3.5).

What is marked RED stays here: it is neither printed nor exported (3.2). Whoever takes a text that is held back has
opened it, and that is written down first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask_babel import format_date, gettext as _
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload, undefer

from wiki import markdown
from wiki.access.policy import Viewer
from wiki.documents import opened, passages, passages_shown, reading
from wiki.documents.models import Document, Revision
from wiki.documents.passages_shown import Held
from wiki.documents.sharing import NAMED_PEOPLE_ONLY
from wiki.documents.visibility import visible_to
from wiki.people.models import Group

# As many at once as one answer carries.
MOST = 5000


@dataclass(frozen=True, slots=True)
class Taken:
    """A document with the text that readers get, as one reader has it. `owner` is empty for a group hidden from them.

    `html` still has the markers of its links; `body` is Markdown.
    """

    document: Any
    owner: str
    number: int
    body: str
    html: str


def take(
    session: Session, viewer: Viewer, model: type[Document], *conditions: Any, order: Iterable[Any], limit: int = MOST
) -> tuple[Taken, ...]:
    """The documents of a kind, by its model, that this viewer may read and that fit the conditions, with their texts.

    Raises what `opened.note` raises when it cannot be written down that something held back was opened.
    """
    shown = Revision.number == func.coalesce(Document.published, Document.working)
    statement = (
        select(model, Revision, reading.name_for(viewer))
        .join(Revision, (Revision.document_id == Document.id) & shown)
        .join(Group, Group.id == Document.owner_id)
        .where(visible_to(viewer), *conditions)
        .options(undefer(Revision.body), undefer(Revision.html), joinedload(Document.terms))
        .order_by(*order)
        .limit(limit)
    )
    may_leave = or_(Document.handling.is_(None), Document.handling != NAMED_PEOPLE_ONLY)
    rows = session.execute(statement.where(may_leave)).unique().all()
    for document, _revision, _owner in rows:
        if document.is_held or document.passages:
            opened.note(session, viewer, document)
    return tuple(put_together(session, viewer, document, revision, owner or "") for document, revision, owner in rows)


def put_together(session: Session, viewer: Viewer, document: Document, revision: Revision, owner: str) -> Taken:
    """A text of a document as this viewer has it. It was found under their rights, and its opening was noted.

    Of an older text the caller has asked whether it is open to them (see `passages_standing`).
    """
    body, html, number = revision.body, revision.html, revision.number
    if markdown.passages_in(html):
        held = passages_shown.of_text(session, viewer, document.id, number, html)
        words = passages.readable(session, viewer, document.id, number)
        told = {one.public_id: _told(one, words[one.public_id].body) if one.html else _line(one) for one in held}
        body, html = markdown.put_together(body, told), passages_shown.fill(html, held)
    return Taken(document, owner, number, markdown.without_keys(body), html)


def _told(held: Held, body: str) -> str:
    """A passage that this reader may read: whoever passes the file on has to see where it begins and ends."""
    if held.is_opened:
        return body
    reason = _("Held back from others: %(reason)s, until %(day)s.", **_why(held))
    return f"*{reason}*\n\n{body}\n\n*" + _("The held passage ends here.") + "*"


def _why(held: Held) -> dict[str, str]:
    return {"reason": held.short_reason, "day": format_date(held.until)}


def _line(held: Held) -> str:
    """What stands in place of a passage that this reader may not read. It tells nothing of its length."""
    told = _why(held)
    if held.owner:
        return "*" + _("Passage held by %(unit)s: %(reason)s, until %(day)s.", unit=held.owner, **told) + "*"
    return "*" + _("Passage held: %(reason)s, until %(day)s.", **told) + "*"
