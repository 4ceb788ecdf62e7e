"""Texts put together for one reader: the held passages they may read, and for the others a line that says so.

Nothing here depends on the words, or on their length, of a passage that the reader may not read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from flask import current_app, get_template_attribute, url_for
from flask_babel import get_locale
from markupsafe import Markup
from sqlalchemy import String, case, literal, select, union_all
from sqlalchemy.orm import Session

from wiki import db, markdown
from wiki.access import guard
from wiki.access.models import AccessGrant
from wiki.access.policy import SERVICE, Viewer
from wiki.documents import leave, passages, passages_saved, reading, texts
from wiki.documents.models import Document, DocumentAuthor, Passage
from wiki.documents.sharing import REASONS
from wiki.documents.shown import Heading, Text
from wiki.documents.texts import PreparedPassage, PreparedText
from wiki.people.directory import visible_groups
from wiki.people.models import Group, GroupType, Person
from wiki.people.viewer import today

_DRAWN = "wiki/documents/_held.html"
ASK = "asking.ask"
# So many short names the help of the editor lists.
MOST_GROUPS = 30
_LIKELY = (GroupType.UNIT, GroupType.POST, GroupType.TASK_FORCE)
# It stands in no text: neither can it be typed nor does a renderer make it.
_BETWEEN = "\ue004"


class Held(NamedTuple):
    """A passage as one reader has it. `html` is None when it is held back from them; links in it have markers.

    `readers` are the names of the groups and people that read it, as far as the reader may know them, and `others`
    whether there are more readers than these; `has_leave` says that somebody was given leave for a time, `is_given`
    that the reader was.
    """

    public_id: str
    owner: str
    reason: str
    until: date
    is_opened: bool
    html: str | None
    toc: tuple[Heading, ...]
    readers: tuple[str, ...]
    others: bool
    ask: str | None
    is_given: bool = False
    has_leave: bool = False

    @property
    def is_kept_close(self) -> bool:
        """Whether no browser may keep a copy of a page with these words."""
        return self.html is not None and not self.is_opened

    @property
    def short_reason(self) -> str:
        return str(REASONS[self.reason].short) if self.reason in REASONS else self.reason


def of_text(session: Session, viewer: Viewer, document_id: int, number: int, html: str) -> tuple[Held, ...]:
    """The passages whose markers stand in the stored HTML of a revision, as this viewer has them.

    The document was found under the viewer's rights. Where no marker stands, nothing is asked.
    """
    wanted = markdown.passages_in(html)
    if not wanted:
        return ()
    found = passages.of_document(session, document_id, wanted)
    words = passages.readable(session, viewer, document_id, number)
    readable = [passage for passage in found.values() if passage.public_id in words and passage.opened_at is None]
    names = _names(session, viewer, document_id, readable)
    owner = _owner(session, viewer, document_id)
    return tuple(_held(found[each], words.get(each), names, owner, viewer) for each in wanted if each in found)


def _held(passage: Passage, words: passages.Words | None, names: dict[str, str], owner: str, viewer: Viewer) -> Held:
    readers = tuple(sorted(names[label] for label in passage.audience if label in names)) if words else ()
    return Held(
        public_id=passage.public_id,
        owner=owner,
        reason=passage.reason,
        until=passage.held_until,
        is_opened=passage.opened_at is not None,
        html=words.html if words else None,
        toc=tuple(Heading(*each) for each in words.toc) if words else (),
        readers=readers,
        others=words is not None and len(readers) < len(passage.audience),
        ask=None if words else _ask(viewer, passage.public_id),
        # Nobody is told so who only looks through the eyes of somebody else.
        is_given=bool(words and viewer.person) and f"doc:{passage.public_id}" in viewer.keys,
        has_leave=words is not None and f"doc:{passage.public_id}" in names,
    )


def _ask(viewer: Viewer, public_id: str) -> str | None:
    """Where to ask for access. Guests do not ask; they are let in."""
    if SERVICE not in viewer.keys or ASK not in current_app.view_functions:
        return None
    return url_for(ASK, target=public_id)


def _names(session: Session, viewer: Viewer, document_id: int, found: Iterable[Passage]) -> dict[str, str]:
    """What may be told of the labels of these passages: names, and nothing but that there is leave in force."""
    there = list(found)
    if not there:
        return {}
    labels = sorted({label for passage in there for label in passage.audience})
    group, person, leave_for = (literal(sort, String) for sort in ("group:", "person:", "doc:"))
    unnamed = select(DocumentAuthor.person_id).join(Document, Document.id == DocumentAuthor.document_id)
    unnamed = unnamed.where(Document.id == document_id, ~Document.names_authors)
    groups = select(group + Group.id, reading.name_for(viewer)).where((group + Group.id).in_(labels))
    people = select(person + Person.public_id, Person.name).where(
        (person + Person.public_id).in_(labels), Person.is_active, Person.id.not_in(unnamed)
    )
    given = select(leave_for + AccessGrant.document, literal("given", String)).where(
        AccessGrant.document.in_([passage.public_id for passage in there]), *leave.counts()
    )
    return {label: name for label, name in session.execute(union_all(groups, people, given)) if name}


def _owner(session: Session, viewer: Viewer, document_id: int) -> str:
    keeper = select(reading.name_for(viewer)).join(Document, Document.owner_id == Group.id)
    return session.scalar(keeper.where(Document.id == document_id)) or ""


def of_page(
    session: Session, viewer: Viewer, document_id: int, text: Text, address: str
) -> tuple[Text, tuple[Held, ...]]:
    """The text of a page with the contents of this reader, and its passages with links as they are for them."""
    held = of_text(session, viewer, document_id, text.number, text.html)
    if not any(one.html for one in held):
        return text, held
    whole = _BETWEEN.join(texts.with_files(one.html or "", address) for one in held)
    filled = markdown.fill_links(whole, lambda links: reading.link_states(session, viewer, links)).split(_BETWEEN)
    linked = tuple(one._replace(html=html) if one.html else one for one, html in zip(held, filled, strict=True))
    return text._replace(toc=contents(text.html, text.toc, held)), linked


def fill(html: str, held: Iterable[Held]) -> str:
    """Stored HTML with the passages of one reader in place of their markers."""
    drawn = _draw(held)
    return markdown.fill_passages(html, drawn) if drawn else html


def _draw(held: Iterable[Held]) -> dict[str, str]:
    """The HTML of each passage: its words in a box, or the line that says it is held."""
    box, lang = get_template_attribute(_DRAWN, "passage"), str(get_locale() or "en").replace("_", "-")
    # The words were sanitised when they were rendered.
    return {one.public_id: str(box(one, lang, Markup(one.html) if one.html is not None else None)) for one in held}  # noqa: S704


def contents(html: str, toc: Sequence[Heading], held: Iterable[Held]) -> tuple[Heading, ...]:
    """The table of contents of one reader: headings of the text and of the passages they read, as they stand."""
    more = {one.public_id: one.toc for one in held if one.toc}
    if not more:
        return tuple(toc)
    places: list[tuple[int, tuple[Heading, ...]]]
    places = [(html.find(f'id="{heading.anchor}"'), (heading,)) for heading in toc]
    places += [(html.find(markdown.marker_of(public_id)), headings) for public_id, headings in more.items()]
    return tuple(heading for _, headings in sorted(places, key=lambda place: place[0]) for heading in headings)


def source(session: Session, viewer: Viewer, document: Document, number: int, body: str) -> str:
    """The text of a revision as this viewer may type it: the passages they may change put in, the others as tokens."""
    wanted = markdown.tokens_in(body)
    if not wanted:
        return body
    found = passages.of_document(session, document.id, wanted)
    words = passages.changeable(session, viewer, document.id, number)
    typed = {
        public_id: markdown.written(_opening(session, viewer, passage), words[public_id].body)
        for public_id, passage in found.items()
        if public_id in words
    }
    return markdown.put_together(body, typed)


def _opening(session: Session, viewer: Viewer, passage: Passage) -> str:
    if passage.opened_at is not None:
        return markdown.held_opening(passage.public_id, is_opened=True)
    told = passages_saved.told_audience(session, passage, viewer)
    return markdown.held_opening(
        passage.public_id,
        audience=[told[label] for label in sorted(told)],
        reason=passage.reason,
        until=passage.held_until.isoformat(),
    )


def typed_source(text: PreparedText) -> str:
    """A text that is being saved as it was typed, with the ids that its boxes were given."""
    typed = {each.public_id: markdown.written(each.opening, each.body) for each in text.passages}
    return markdown.put_together(text.body, typed)


def preview(session: Session, viewer: Viewer, document: Document | None, text: PreparedText) -> str:
    """The HTML of a text that is not saved yet: with the words that came with it, and lines for what is held."""
    there = of_text(session, viewer, document.id, document.working, text.html) if document is not None else ()
    stored = {one.public_id: one for one in there}
    coming = {each.public_id: _over(_coming(each), stored.get(each.public_id)) for each in text.passages}
    return fill(text.html, {**stored, **coming}.values())


def _coming(typed: PreparedPassage) -> Held:
    toc = tuple(Heading(each["level"], each["title"], each["anchor"]) for each in typed.toc)
    until, reason = typed.until or date.max, typed.reason or ""
    return Held(typed.public_id, "", reason, until, typed.is_opened, typed.html, toc, (), True, None)


def _over(typed: Held, stored: Held | None) -> Held:
    """What stands in the text now, told of as it was so far where nothing else was said."""
    if stored is None or stored.html is None:
        return typed
    until = stored.until if typed.until == date.max else typed.until
    return stored._replace(html=typed.html, toc=typed.toc, until=until, reason=typed.reason or stored.reason)


def known_groups() -> list[tuple[str, str, str]]:
    """Short name, name and type of groups this writer may know: their own first, and one more than are to be listed."""
    viewer = guard.viewer()
    own = case((Group.id.in_(sorted(viewer.groups)), 0), else_=1)
    there = select(Group.id, Group.name, Group.type).where(visible_groups(viewer))
    rows = db.session().execute(there.order_by(own, Group.name, Group.id).limit(MOST_GROUPS + 1))
    return [(group, name, sort) for group, name, sort in rows]


def example(groups: Iterable[tuple[str, str, str]]) -> str:
    """The first line of a held passage for the group this writer would most likely name, for the help of the editor."""
    mine = sorted((group, sort) for group, _, sort in groups if group in guard.viewer().groups)
    first = next((group for wanted in _LIKELY for group, sort in mine if sort == wanted), "consular")
    until = today() + timedelta(days=180)
    return f'::: held audience="group:{first}" reason=negotiation until={until.isoformat()}'


def reasons() -> str:
    """The words for reasons that a writer may type."""
    return ", ".join(REASONS)
