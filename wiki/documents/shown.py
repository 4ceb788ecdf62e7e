"""All that the page of a document is made of, in two statements under the reader's rights.

The statements name tables and take their values when asked, so they are built once and not in every request. They step
past the net of `visibility` and carry its rule themselves. What they find is plain values, equal as long as nothing has
changed that a page could show.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    bindparam,
    cast,
    func,
    inspect,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from wiki import kinds
from wiki.access.policy import LIVE, SERVICE, Item, Viewer
from wiki.documents.models import (
    Attachment,
    Document,
    DocumentAuthor,
    DocumentLabel,
    DocumentTerm,
    Link,
    Redirect,
    Revision,
    Stub,
    Term,
)
from wiki.documents.reading import FILTERED, Entry, File, Targets, state_of_target
from wiki.documents.visibility import opened_by_keys, stubs_by_keys, values_of
from wiki.kinds import Kind
from wiki.people.models import Group, Person


class Owner(NamedTuple):
    """The group that keeps a document. One that is hidden from the viewer has no name here."""

    id: str
    name: str
    is_hidden: bool


class Heading(NamedTuple):
    """An entry of the table of contents."""

    level: int
    title: str
    anchor: str


class Text(NamedTuple):
    """The revision that readers get, its stored HTML with markers for links."""

    number: int
    created_at: Any
    toc: tuple[Heading, ...]
    html: str


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around a text: people, terms, files, and the documents above, below, linked to and linking here.

    `rows` is all of it as it was found, to be compared.
    """

    labels: frozenset[str]
    authors: tuple[tuple[str, str], ...]
    terms: Mapping[str, tuple[tuple[str, str], ...]]
    files: tuple[File, ...]
    children: tuple[Entry, ...]
    backlinks: tuple[Entry, ...]
    parent: Entry | None
    names: Mapping[str, str]
    targets: Targets
    rows: tuple[tuple[Any, ...], ...]


def find(session: Session, viewer: Viewer, kind: Kind, slug: str) -> tuple[Any, Text] | None:
    """The document at an address and the text that readers get, if this viewer may read it.

    The document has what its model has as columns, and `owner` and `is_held` beside them.
    """
    statement, record = _of_kind(kind.name)
    row = session.execute(statement, {"slug": slug, "kind": kind.name, **values_of(viewer)}).first()
    if row is None:
        return None
    *columns, group, name, is_hidden, number, created_at, toc, html = row
    closed = is_hidden and group not in viewer.groups
    headings = tuple(Heading(each["level"], each["title"], each["anchor"]) for each in toc)
    return record(columns, Owner(group, "" if closed else name, closed)), Text(number, created_at, headings, html)


@cache
def _of_kind(name: str) -> tuple[Select[Any], Callable[[list[Any], Owner], Any]]:
    document, revision, group = Document.__table__.c, Revision.__table__.c, Group.__table__
    model = kinds.kind(name).model
    mapper = inspect(model)
    columns = {name: each.columns[0] for name, each in mapper.column_attrs.items() if not each.deferred}
    numbers = (revision.number == document.published) | (
        document.published.is_(None) & (revision.number == document.working)
    )
    keeper = (group.c.id, group.c.name, group.c.is_hidden)
    text = (revision.number, revision.created_at, revision.toc, revision.html)
    statement = (
        select(*columns.values(), *keeper, *text)
        .select_from(mapper.persist_selectable)
        .join(group, group.c.id == document.owner_id)
        .join(Revision.__table__, revision.document_id == document.id)
        .where(
            document.kind == bindparam("kind"),
            document.slug == bindparam("slug"),
            numbers,
            opened_by_keys(document.id),
        )
    )
    return statement.execution_options(**FILTERED), _record(model.__name__, list(columns))


def _record(name: str, names: list[str]) -> Callable[[list[Any], Owner], Any]:
    made = type(name, (namedtuple(name, [*names, "owner", "is_held"]),), {"__slots__": ()})
    audience = names.index("audience")

    def record(columns: list[Any], owner: Owner) -> Any:
        values = [tuple(value) if isinstance(value, list) else value for value in columns]
        return made(*values, owner, SERVICE not in values[audience])

    return record


def around(session: Session, viewer: Viewer, document: int, parent: int | None) -> Around:
    """Everything around a text."""
    values = {"document": document, "parent": parent, "groups": list(viewer.groups), "kinds": list(kinds.all_kinds())}
    values |= values_of(viewer)
    return _put_together(tuple(map(tuple, session.execute(_AROUND, values))))


def both(one: Around, other: Around) -> Around:
    """What stands around a text for one reader and for another one, too: nothing that only one of them may know."""
    known = set(other.rows)
    return _put_together(tuple(row for row in one.rows if row in known))


def without_files(around: Around, ids: frozenset[int]) -> Around:
    """The same without these files."""
    if not ids:
        return around
    return _put_together(tuple(row for row in around.rows if row[0] != "file" or int(row[3]) not in ids))


def _put_together(rows: tuple[tuple[Any, ...], ...]) -> Around:
    found: dict[str, list[tuple[Any, ...]]] = {}
    for what, *row in rows:
        found.setdefault(what, []).append(tuple(row))
    terms: dict[str, list[tuple[str, str]]] = {}
    for vocabulary, slug, name, *_ in found.get("term", ()):
        terms.setdefault(vocabulary, []).append((slug, name or slug))
    parents = _entries(found.get("parent", ()))
    return Around(
        labels=frozenset(row[0] for row in found["label"]),
        authors=tuple((row[0], row[1]) for row in found.get("author", ())),
        terms={name: tuple(sorted(words, key=lambda word: word[1])) for name, words in terms.items()},
        files=tuple(sorted((File(a, b, n) for a, b, _, _, n in found.get("file", ())), key=lambda file: file.name)),
        children=_entries(found.get("child", ())),
        backlinks=_entries(found.get("backlink", ())),
        parent=parents[0] if parents else None,
        names={row[0]: row[1] for row in found.get("group", ())},
        targets=_targets(found),
        rows=rows,
    )


def item_of(document: Any, surroundings: Around) -> Item:
    """The document as the rules see it, out of what was loaded for its page anyway."""
    return Item(
        kind=document.kind,
        status=document.status,
        labels=surroundings.labels,
        owner=document.owner_id,
        authors=frozenset(public_id for public_id, _ in surroundings.authors),
    )


def _entries(rows: Iterable[tuple[Any, ...]]) -> tuple[Entry, ...]:
    made = (Entry(kind=kind, slug=slug, title=title) for kind, slug, title, *_ in rows)
    return tuple(sorted(made, key=lambda entry: entry.title.casefold()))


def _targets(found: Mapping[str, list[tuple[Any, ...]]]) -> Targets:
    """Where links lead: what is there now goes before an old address, and that before a notice."""
    targets: Targets = {}
    for what in ("link", "moved", "stub"):
        for kind, slug, title, asked, _ in found.get(what, ()):
            targets.setdefault((kind, asked), state_of_target(kind, slug, title, is_stub=what == "stub"))
    return targets


def _part(what: str, a: Any, b: Any = None, c: Any = None, d: Any = None, n: Any = None) -> Select[Any]:
    words = [a, *(cast(null(), String) if column is None else column for column in (b, c, d))]
    return select(literal(what), *words, cast(null(), Integer) if n is None else n)


def _people_and_things() -> list[Select[Any]]:
    label, author, person = DocumentLabel.__table__.c, DocumentAuthor.__table__, Person.__table__
    term, name, file, group = DocumentTerm.__table__, Term.__table__, Attachment.__table__.c, Group.__table__.c
    named = term.outerjoin(name, (name.c.vocabulary == term.c.vocabulary) & (name.c.slug == term.c.term))
    return [
        _part("label", label.label).where(label.document_id == _HERE),
        _part("author", person.c.public_id, person.c.name)
        .select_from(author.join(person, person.c.id == author.c.person_id))
        .where(author.c.document_id == _HERE),
        _part("term", term.c.vocabulary, term.c.term, name.c.name)
        .select_from(named)
        .where(term.c.document_id == _HERE),
        _part("file", file.name, file.media_type, cast(file.id, String), n=file.size).where(
            file.document_id == _HERE, file.removed_at.is_(None)
        ),
        # The name of a hidden group is for its members only.
        _part("group", group.id, group.name).where(
            group.id.in_(
                select(func.substr(label.label, 7)).where(label.document_id == _HERE, label.label.like("group:%"))
            ),
            ~group.is_hidden | group.id.in_(bindparam("groups", expanding=True)),
        ),
    ]


def _neighbours() -> list[Select[Any]]:
    document, link, here = Document.__table__.c, Link.__table__.c, Document.__table__.alias().c
    listed = (opened_by_keys(document.id), document.status.in_(sorted(LIVE)))
    return [
        _part("child", document.kind, document.slug, document.title).where(document.parent_id == _HERE, *listed),
        _part("backlink", document.kind, document.slug, document.title)
        .where(
            here.id == _HERE,
            link.target_slug == here.slug,
            link.target_kind.in_(["", here.kind]),
            document.id == link.document_id,
            document.id != _HERE,
            *listed,
        )
        .distinct(),
        _part("parent", document.kind, document.slug, document.title).where(
            document.id == bindparam("parent", type_=Integer), opened_by_keys(document.id)
        ),
    ]


def _links() -> list[Select[Any]]:
    document, link, moved, stub = (table.__table__.c for table in (Document, Link, Redirect, Stub))

    def of_this_text(kind: Any, slug: Any) -> tuple[ColumnElement[bool], ...]:
        # A link need not name a kind, but addresses are indexed by kind first, so all kinds are named here.
        known = kind.in_(bindparam("kinds", expanding=True))
        return link.document_id == _HERE, known, slug == link.target_slug, link.target_kind.in_(["", kind])

    return [
        _part("link", document.kind, document.slug, document.title, document.slug).where(
            *of_this_text(document.kind, document.slug), opened_by_keys(document.id)
        ),
        _part("moved", document.kind, document.slug, document.title, moved.slug).where(
            *of_this_text(moved.kind, moved.slug), document.id == moved.document_id, opened_by_keys(document.id)
        ),
        _part("stub", stub.kind, stub.slug, stub.title, stub.slug).where(
            *of_this_text(stub.kind, stub.slug), stubs_by_keys()
        ),
    ]


_HERE: Any = bindparam("document", type_=Integer)
_AROUND = union_all(*_people_and_things(), *_neighbours(), *_links()).execution_options(**FILTERED)
