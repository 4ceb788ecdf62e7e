"""What people do with documents. Each verb asks the rules, changes, records and queues; none commits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from wiki import db, kinds, markdown, outbox
from wiki.access import audit, policy
from wiki.access.policy import BINNED, DRAFT, LIVE, SERVICE, Action, Viewer
from wiki.documents import addresses, holds, passages, passages_saved, repeating
from wiki.documents.models import (
    Discovery,
    Document,
    DocumentLabel,
    DocumentTerm,
    Link,
    Passage,
    Redirect,
    Revision,
    Stub,
)
from wiki.documents.sharing import Sharing
from wiki.documents.texts import PreparedText, slug_of
from wiki.markdown import RENDERER_VERSION
from wiki.people.models import Person
from wiki.people.viewer import today

VOCABULARIES = ("tag", "platform", "topic")


class Outdated(Exception):
    """Somebody saved in between: `newest` is the number of the revision that is there now."""

    def __init__(self, newest: int) -> None:
        super().__init__(newest)
        self.newest = newest


class AlreadySaved(Exception):
    """This very form was saved before; `kind` and `slug` are where what came of it lives. Nothing was done twice."""

    def __init__(self, document: Document) -> None:
        super().__init__(document.id)
        # The words, not the document: whoever catches this has left the session it was loaded in.
        self.kind, self.slug = document.kind, document.slug


@dataclass(frozen=True, slots=True)
class Facts:
    """What is told of a document beside its text. `terms` maps a vocabulary to its words."""

    owner: str
    lang: str = "en"
    parent: int | None = None
    terms: Mapping[str, Iterable[str]] = field(default_factory=dict)
    columns: Mapping[str, object] = field(default_factory=dict)


def draft(
    session: Session,
    kind: str,
    text: PreparedText,
    facts: Facts,
    sharing: Sharing,
    *,
    by: Viewer | None,
    slug: str | None = None,
    authors: Iterable[Person] = (),
    key: str | None = None,
) -> Document:
    """Begin a document as a draft. `by` is None for the system, which may name the authors.

    Raises AddressTaken when a slug was given and something the writer can see has it, AlreadySaved on a repeated key.
    """
    if by is not None:
        policy.require(by, Action.DOCUMENT_CREATE)
    _refuse_repeat(session, key, by)
    wish = slug or _told_title(text, sharing)
    asks = by or addresses.readers_of(sharing.audience)
    document = _begin(kind, addresses.claim(session, asks, kind, wish, exact=slug is not None), text, facts)
    document.created_by_id = by.person if by else None
    document.authors = list(authors) or ([_person(session, by)] if by else [])
    session.add(document)
    session.flush()
    _choose(document, sharing, by)
    _describe(session, document, facts.terms)
    author = _first(document.authors)
    _show(session, document, _add_revision(session, document, text, by=by, author=author, note="", key=key))
    relabel(session, document)
    return document


def _told_title(text: PreparedText, sharing: Sharing) -> str:
    """The title that whoever finds it is told: a notice gives its address away to everybody."""
    is_notice = sharing.is_held and sharing.discovery == Discovery.STUB
    return sharing.release_title.strip() or text.title if is_notice else text.title


def _begin(kind: str, slug: str, text: PreparedText, facts: Facts) -> Document:
    document: Document = kinds.kind(kind).model(
        kind=kind,
        slug=slug,
        title=text.title,
        summary=text.summary,
        status=DRAFT,
        owner_id=facts.owner,
        lang=facts.lang,
    )
    document.parent_id = facts.parent
    for column, value in facts.columns.items():
        setattr(document, column, value)
    return document


def revise(
    session: Session,
    document: Document,
    text: PreparedText,
    *,
    base: int,
    by: Viewer | None,
    note: str = "",
    key: str | None = None,
    publish_now: bool = True,
    author: int | None = None,
) -> Revision:
    """Add a revision made from revision `base`. Raises Outdated when another was saved since, AlreadySaved on a repeat.

    Raises PassagesRefused where held passages cannot be saved so. `by` None is the system, which may name an author.
    """
    if by is not None:
        policy.require(by, Action.DOCUMENT_REVISE, document.item)
        author = by.person
    _refuse_repeat(session, key, by)
    if base != document.working:
        raise Outdated(document.working)
    revision = _add_revision(session, document, text, by=by, author=author, note=note, key=key)
    if publish_now and document.status in LIVE and kinds.kind(document.kind).publishes_at_once:
        _publish_working(session, document)
    elif document.published is None:
        _show(session, document, revision)
    outbox.add(session, "index", document.id)
    repeating.queue(session, document)
    return revision


def _refuse_repeat(session: Session, key: str | None, by: Viewer | None) -> None:
    if key is None or by is None:
        return
    mine = (Revision.author_id == by.person, Revision.idempotency_key == key)
    before = session.scalar(select(Document).join(Revision).where(*mine))
    if before is not None:
        raise AlreadySaved(before)


def _person(session: Session, by: Viewer) -> Person:
    return session.get_one(Person, by.person)


def _first(authors: Iterable[Person]) -> int | None:
    return next((person.id for person in authors), None)


def _add_revision(
    session: Session,
    document: Document,
    text: PreparedText,
    *,
    by: Viewer | None,
    author: int | None,
    note: str,
    key: str | None,
) -> Revision:
    passages_saved.save(session, document, text, document.working + 1, by=by, author=author)
    document.working += 1
    revision = Revision(
        document_id=document.id,
        number=document.working,
        title=text.title,
        body=text.body,
        html=text.html,
        toc=text.toc,
        sections=text.sections,
        summary=text.summary,
        links=[list(link) for link in sorted(text.links)],
        renderer=RENDERER_VERSION,
        note=note,
        author_id=author,
        idempotency_key=key,
    )
    session.add(revision)
    session.flush()
    if saved := kinds.kind(document.kind).saved:
        saved(session, document, revision.number, text)
    return revision


def publish(
    session: Session, document: Document, *, by: Viewer | None, status: str | None = None, number: int | None = None
) -> None:
    """Let its audience read the working revision, or the one of this number; the status is its kind's first one."""
    if by is not None:
        policy.require(by, Action.DOCUMENT_PUBLISH, document.item)
    document.status = status or kinds.kind(document.kind).first_status
    _publish_working(session, document, number)
    relabel(session, document)
    if document.is_held:
        # From now on its audience counts. What everybody may read needs no line in the log.
        who = by.person if by else None
        about = {"about": document.public_id, "owner": document.owner_id, "discovery": document.discovery}
        audit.record(session, "document:publish", by=who, **about, after=sorted(document.audience))


def _publish_working(session: Session, document: Document, number: int | None = None) -> None:
    document.published = number or document.working
    revision = session.scalars(
        select(Revision).where(Revision.document_id == document.id, Revision.number == document.published)
    ).one()
    _show(session, document, revision)


def _show(session: Session, document: Document, revision: Revision) -> None:
    """Let the columns that lists and links are made of follow the text that readers get."""
    document.title, document.summary = revision.title, revision.summary
    document.passages = len(markdown.tokens_in(revision.body))
    document.updated_at = db.now()
    session.execute(delete(Link).where(Link.document_id == document.id))
    session.add_all(Link(document_id=document.id, target_kind=kind, target_slug=slug) for kind, slug in revision.links)


def describe(session: Session, document: Document, facts: Facts, *, by: Viewer | None) -> None:
    """Change what is told beside the text: language, place in the tree, tags, platforms and topics."""
    if by is not None:
        policy.require(by, Action.DOCUMENT_REVISE, document.item)
    document.lang = facts.lang
    document.parent_id = facts.parent
    for column, value in facts.columns.items():
        setattr(document, column, value)
    _describe(session, document, facts.terms)
    _write_stub(session, document, topics=holds.may_tell(by, document))
    outbox.add(session, "index", document.id)


def _describe(session: Session, document: Document, terms: Mapping[str, Iterable[str]]) -> None:
    wanted = {(vocabulary, term) for vocabulary, words in terms.items() for term in words}
    kept = [row for row in document.terms if (row.vocabulary, row.term) in wanted]
    there = {(row.vocabulary, row.term) for row in kept}
    new = [DocumentTerm(vocabulary=vocabulary, term=term) for vocabulary, term in sorted(wanted - there)]
    document.terms = kept + new
    session.flush()


def share(session: Session, document: Document, sharing: Sharing, *, by: Viewer | None) -> None:
    """Choose who may read. The caller has asked `sharing.problems` first."""
    if by is not None:
        policy.require(by, Action.DOCUMENT_SHARE, document.item)
    before, was_told = sorted(document.audience), addresses.is_told(document)
    was_released = document.release_title if document.discovery == Discovery.STUB else None
    _choose(document, sharing, by)
    if document.discovery == Discovery.STUB and not was_told:
        # Its address was made of its title, which nobody outside may know.
        addresses.release(session, document, by, was_released)
    relabel(session, document)
    audit.record(
        session,
        "document:share",
        by=by.person if by else None,
        about=document.public_id,
        owner=document.owner_id,
        before=before,
        after=sorted(sharing.audience),
        discovery=document.discovery,
        reason=document.reason,
        until=document.held_until.isoformat() if document.held_until else None,
    )


def _choose(document: Document, sharing: Sharing, by: Viewer | None) -> None:
    held, was, wanted = sharing.is_held, holds.before(document), sharing
    sharing = holds.as_notice(document, wanted)
    document.audience = sorted(set(sharing.audience))
    document.handling = sharing.handling
    document.released = sharing.released
    document.discovery = sharing.discovery if held else Discovery.OPEN
    document.release_title = sharing.release_title if held else ""
    document.share_line = sharing.share_line if held else ""
    document.reason = sharing.reason if held else None
    document.held_until = sharing.until if held else None
    document.held_time = sharing.at_time if held else None
    holds.follow(document, was, by.person if by else None, waits=sharing is not wanted)


def relabel(session: Session, document: Document) -> None:
    """Bring labels and stub in line with status, audience, owner and authors, and queue the index."""
    session.flush()
    wanted = policy.effective_labels(
        public_id=document.public_id,
        status=document.status,
        audience=document.audience,
        owner=document.owner_id,
        authors=[person.public_id for person in document.authors],
        quarantined=document.quarantined_at is not None,
    )
    kept = [row for row in document.labels if row.label in wanted]
    new = wanted - {row.label for row in kept}
    document.labels = kept + [DocumentLabel(label=label) for label in sorted(new)]
    _relabel_passages(session, document)
    _write_stub(session, document)
    outbox.add(session, "index", document.id)
    repeating.queue(session, document)


def _relabel_passages(session: Session, document: Document) -> None:
    """Whoever acts for the owner reads what is held in its papers; the owner may be another one now."""
    if document.passages or document.working > 1:
        theirs = select(Passage).where(Passage.document_id == document.id)
        for passage in session.scalars(theirs.execution_options(filtered_for_the_viewer=True)):
            passages.relabel(session, passage)


def _write_stub(session: Session, document: Document, *, topics: bool = False) -> None:
    stub = session.get(Stub, document.id, execution_options={"filtered_for_the_viewer": True})
    told = document.discovery == Discovery.STUB and SERVICE not in document.audience
    if not told or document.status not in LIVE or document.quarantined_at is not None:
        if stub is not None:
            session.delete(stub)
            session.flush()
        return
    if stub is None:
        stub, topics = Stub(document_id=document.id, public_id=document.public_id, since=today()), True
        session.add(stub)
    stub.kind, stub.slug, stub.owner_id = document.kind, document.slug, document.owner_id
    stub.title, stub.share_line = document.release_title, document.share_line
    stub.reason, stub.until = document.reason or "", document.held_until or today()
    if topics:
        # What its readers write into a paper goes to everybody only by the hand of those who share it.
        stub.topics = document.vocabulary("topic")
    session.flush()


def is_within(session: Session, document_id: int, above_id: int, *, seen: bool = False) -> bool:
    """Whether a document is another one or stands somewhere below it.

    Documents that the viewer cannot see count on the way, unless only what is seen is asked about.
    """
    passed: set[int] = set()
    current: int | None = document_id
    while current is not None and current not in passed:
        if current == above_id:
            return True
        passed.add(current)
        above = select(Document.parent_id).where(Document.id == current)
        current = session.scalar(above.execution_options(filtered_for_the_viewer=not seen))
    return False


def bin_document(session: Session, document: Document, *, by: Viewer) -> None:
    """Put it in the bin: its authors and the owner's leads can still take it out."""
    policy.require(by, Action.DOCUMENT_BIN, document.item)
    if document.status == BINNED:
        return
    document.status_before, document.status, document.binned_at = document.status, BINNED, db.now()
    relabel(session, document)
    audit.record(session, "document:bin", by=by.person, about=document.public_id, owner=document.owner_id)


def take_out_of_bin(session: Session, document: Document, *, by: Viewer) -> None:
    """Put it back as it was."""
    policy.require(by, Action.DOCUMENT_RESTORE, document.item)
    if document.status != BINNED:
        return
    document.status, document.status_before, document.binned_at = document.status_before or DRAFT, None, None
    relabel(session, document)
    audit.record(session, "document:restore", by=by.person, about=document.public_id, owner=document.owner_id)


def rename(session: Session, document: Document, slug: str, *, by: Viewer) -> None:
    """Give it another address; the old one leads on. Raises AddressTaken."""
    policy.require(by, Action.DOCUMENT_REVISE, document.item)
    if slug_of(slug) == document.slug:
        return
    if by is not None and not holds.may_tell(by, document):
        policy.require(by, Action.DOCUMENT_SHARE, document.item)
    old_is_ours = session.get(Redirect, (document.kind, slug_of(slug)))
    if old_is_ours is not None and old_is_ours.document_id == document.id:
        session.delete(old_is_ours)
    addresses.move(session, document, addresses.claim(session, by, document.kind, slug, exact=True, own=document.id))
    outbox.add(session, "index", document.id)
