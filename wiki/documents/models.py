"""Documents and what belongs to them: revisions, labels, terms, links, attachments and stubs."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Date, ForeignKey, Index, String, Text, UniqueConstraint, false, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from wiki import db
from wiki.access.policy import Item
from wiki.people.models import Group, Person, new_public_id

# The label of a passage that was opened: whoever reads the document reads it.
OPENED = "document"


class Discovery(StrEnum):
    """What somebody outside the audience finds (03-sharing 3.2)."""

    OPEN = "open"
    STUB = "stub"
    HIDDEN = "hidden"


class Document(db.Base):
    """Something the service knows. Each kind is a subclass with few columns of its own."""

    __tablename__ = "document"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(12), unique=True, default=new_public_id)
    kind: Mapped[str] = mapped_column(String(20))
    slug: Mapped[str] = mapped_column(String(120))
    title: Mapped[str] = mapped_column(String(200))
    # One line on what it is for, as its keepers put it; the summary is taken from the text.
    purpose: Mapped[str] = mapped_column(String(200), default="")
    summary: Mapped[str] = mapped_column(String(400), default="")
    lang: Mapped[str] = mapped_column(String(12), default="en")
    status: Mapped[str] = mapped_column(String(20))
    # The status to return to when it is taken out of the bin.
    status_before: Mapped[str | None] = mapped_column(String(20))
    owner_id: Mapped[str] = mapped_column(ForeignKey("group.id"), index=True)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("document.id", ondelete="SET NULL"), index=True)

    # The number of the newest revision, and of the one that readers get.
    working: Mapped[int] = mapped_column(default=0)
    published: Mapped[int | None]

    # What the owner chose: labels for the time it is live. The labels in force are rows of DocumentLabel.
    audience: Mapped[list[str]] = mapped_column(db.Json, default=lambda: ["service"])
    discovery: Mapped[str] = mapped_column(String(10), default=Discovery.OPEN)
    handling: Mapped[str | None] = mapped_column(String(20))
    released: Mapped[bool] = mapped_column(default=False)
    # Whether readers are told who wrote it. If not, no page, list, history or search may name its authors.
    names_authors: Mapped[bool] = mapped_column(default=True, server_default=true())
    # The first revision since they are; None when they always were. Who saved an earlier one was promised no name.
    named_since: Mapped[int | None]
    # How many comments stand under it, so that a page without any asks for none.
    comments: Mapped[int] = mapped_column(default=0, server_default="0")
    release_title: Mapped[str] = mapped_column(String(200), default="")
    share_line: Mapped[str] = mapped_column(String(400), default="")
    reason: Mapped[str | None] = mapped_column(String(30))
    held_until: Mapped[date | None] = mapped_column(Date)
    hidden_approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    hidden_until: Mapped[date | None] = mapped_column(Date)
    # Who asked that it be hidden and when: a second person has to approve (03-sharing 3.2).
    hidden_asked_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    hidden_asked_at: Mapped[datetime | None] = mapped_column(db.Moment)
    # The last step of its hiding that somebody was told of, and the hour of its end on the owner's clock, as HH:MM.
    hidden_reminded: Mapped[int | None]
    held_time: Mapped[str | None] = mapped_column(String(5))
    # How often it was held back anew, the fewest days before the end at which its keepers were reminded, since when it
    # waits to be reviewed, and why its opening was stopped (03-sharing 3.3).
    renewals: Mapped[int] = mapped_column(default=0, server_default="0")
    reminded: Mapped[int | None]
    review_since: Mapped[datetime | None] = mapped_column(db.Moment)
    stopped_because: Mapped[str] = mapped_column(String(400), default="", server_default="")
    # How many passages of the text readers get are held, so that a page without any asks for none.
    passages: Mapped[int] = mapped_column(default=0, server_default="0")
    quarantined_at: Mapped[datetime | None] = mapped_column(db.Moment)

    # What took its place when it was superseded.
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("document.id", ondelete="SET NULL"))

    created_at: Mapped[datetime] = mapped_column(db.Moment, default=db.now)
    # When the text readers see last changed; a change of metadata never moves it.
    updated_at: Mapped[datetime] = mapped_column(db.Moment, default=db.now)
    binned_at: Mapped[datetime | None] = mapped_column(db.Moment)
    # Where an imported document came from, so that a second import finds it again.
    source: Mapped[str | None] = mapped_column(String(300), index=True)
    extra: Mapped[dict[str, Any]] = mapped_column(db.Json, default=dict, deferred=True)
    version: Mapped[int] = mapped_column(default=1)

    owner: Mapped[Group] = relationship()
    labels: Mapped[list[DocumentLabel]] = relationship(cascade="all, delete-orphan", passive_deletes=True)
    authors: Mapped[list[Person]] = relationship(secondary="document_author", order_by="Person.id")
    terms: Mapped[list[DocumentTerm]] = relationship(cascade="all, delete-orphan", passive_deletes=True)

    __mapper_args__ = {"polymorphic_on": "kind", "version_id_col": version}
    __table_args__ = (
        UniqueConstraint("kind", "slug"),
        CheckConstraint("discovery in ('open', 'stub', 'hidden')", name="discovery"),
        Index("ix_document_status_updated_at", "status", "updated_at"),
        Index("ix_document_kind_status_updated_at", "kind", "status", "updated_at"),
        # The newest of a kind, whatever their status: a list of thirty need not look at the others.
        Index("ix_document_kind_updated_at", "kind", "updated_at"),
    )

    @property
    def item(self) -> Item:
        """This document as the rules see it."""
        return Item(
            kind=self.kind,
            status=self.status,
            labels=frozenset(row.label for row in self.labels),
            owner=self.owner_id,
            authors=frozenset(person.public_id for person in self.authors),
        )

    @property
    def is_held(self) -> bool:
        """Whether its audience is narrower than the service."""
        return "service" not in self.audience

    def name_authors(self, named: bool, *, since: int) -> None:
        """Tell readers who wrote it, or not; when they were not told so far, only of what is saved from `since` on."""
        if named and not self.names_authors:
            self.named_since = since
        self.names_authors = named

    def names_author_of(self, revision: int) -> bool:
        """Whether readers are told who saved the revision of this number."""
        return self.names_authors and revision >= (self.named_since or 0)

    def vocabulary(self, name: str) -> list[str]:
        """The terms of one vocabulary: tag, platform or topic."""
        return sorted(row.term for row in self.terms if row.vocabulary == name)


class Page(Document):
    """A plain wiki page."""

    __mapper_args__ = {"polymorphic_identity": "page"}


class DocumentLabel(db.Base):
    """One label in force on a document: whoever holds a key of this name may read it."""

    __tablename__ = "document_label"
    __table_args__ = (Index("ix_document_label_label", "label", "document_id"), {"sqlite_with_rowid": False})

    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"), primary_key=True)
    label: Mapped[str] = mapped_column(String(90), primary_key=True)


class DocumentAuthor(db.Base):
    """Somebody who began or co-writes a document."""

    __tablename__ = "document_author"

    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id", ondelete="CASCADE"), primary_key=True, index=True)


class Term(db.Base):
    """A word of a controlled vocabulary, with its name for people."""

    __tablename__ = "term"

    vocabulary: Mapped[str] = mapped_column(String(20), primary_key=True)
    slug: Mapped[str] = mapped_column(String(60), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    description: Mapped[str] = mapped_column(String(400), default="")
    position: Mapped[int] = mapped_column(default=0)


class DocumentTerm(db.Base):
    """A tag, platform or topic of a document."""

    __tablename__ = "document_term"
    __table_args__ = (Index("ix_document_term_term", "vocabulary", "term", "document_id"),)

    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"), primary_key=True)
    vocabulary: Mapped[str] = mapped_column(String(20), primary_key=True)
    term: Mapped[str] = mapped_column(String(60), primary_key=True)


class Revision(db.Base):
    """One state of the text. Rows are only ever added; the HTML was rendered when it was saved."""

    __tablename__ = "revision"

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    summary: Mapped[str] = mapped_column(String(400), default="")
    body: Mapped[str] = mapped_column(Text, deferred=True)
    html: Mapped[str] = mapped_column(Text, deferred=True)
    # [{"level", "title", "anchor"}] and [{"anchor", "title", "level", "text"}], for the page and for search.
    toc: Mapped[list[dict[str, Any]]] = mapped_column(db.Json, default=list)
    sections: Mapped[list[dict[str, Any]]] = mapped_column(db.Json, default=list, deferred=True)
    # [[kind or "", slug]]: where its wiki links point.
    links: Mapped[list[list[str]]] = mapped_column(db.Json, default=list, deferred=True)
    renderer: Mapped[int] = mapped_column(default=0)
    note: Mapped[str] = mapped_column(String(240), default="")
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(db.Moment, default=db.now)
    # The key of the form that saved it: the same form posted twice saves once.
    idempotency_key: Mapped[str | None] = mapped_column(String(40))

    author: Mapped[Person | None] = relationship()

    __table_args__ = (
        UniqueConstraint("document_id", "number"),
        # A key counts for whoever used it: to others it tells nothing.
        UniqueConstraint("author_id", "idempotency_key"),
    )


class Passage(db.Base):
    """A passage that is cut out of a text and held back by itself (03-sharing 3.5). In the text stands a token.

    This row is what every reader of the document may know: that a passage is held, by whom, why and until when. The
    words are in `PassageText`, for those whose keys meet a `PassageLabel` and who may read the document, too.
    """

    __tablename__ = "passage"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(12), unique=True, default=new_public_id)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"), index=True)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(db.Moment, default=db.now)
    # What was chosen; the labels in force are rows of PassageLabel.
    audience: Mapped[list[str]] = mapped_column(db.Json, default=list)
    reason: Mapped[str] = mapped_column(String(30))
    held_until: Mapped[date] = mapped_column(Date)
    # The ends that come by themselves, as those of a document.
    renewals: Mapped[int] = mapped_column(default=0)
    reminded: Mapped[int | None]
    review_since: Mapped[datetime | None] = mapped_column(db.Moment)
    stopped_because: Mapped[str] = mapped_column(String(400), default="")
    # When it was opened to every reader of the document; its words stay where they are.
    opened_at: Mapped[datetime | None] = mapped_column(db.Moment)
    version: Mapped[int] = mapped_column(default=1)

    document: Mapped[Document] = relationship()
    labels: Mapped[list[PassageLabel]] = relationship(cascade="all, delete-orphan", passive_deletes=True)

    __mapper_args__ = {"version_id_col": version}


class PassageLabel(db.Base):
    """One label in force on a passage. One that was opened carries `OPENED`, which stands for the document's own."""

    __tablename__ = "passage_label"
    __table_args__ = (Index("ix_passage_label_label", "label", "passage_id"), {"sqlite_with_rowid": False})

    passage_id: Mapped[int] = mapped_column(ForeignKey("passage.id", ondelete="CASCADE"), primary_key=True)
    label: Mapped[str] = mapped_column(String(90), primary_key=True)


class PassageText(db.Base):
    """The words of a passage from a revision of its document on, until a row with a later one. Rows are only added."""

    __tablename__ = "passage_text"
    __table_args__ = (UniqueConstraint("passage_id", "revision"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    passage_id: Mapped[int] = mapped_column(ForeignKey("passage.id", ondelete="CASCADE"))
    revision: Mapped[int]
    body: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    toc: Mapped[list[dict[str, Any]]] = mapped_column(db.Json, default=list)
    sections: Mapped[list[dict[str, Any]]] = mapped_column(db.Json, default=list)
    links: Mapped[list[list[str]]] = mapped_column(db.Json, default=list)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(db.Moment, default=db.now)


class HeldShingle(db.Base):
    """A fingerprint of a stretch of held-back words, to warn a writer who repeats them to a wider audience.

    `passage_id` is None where the whole document is held back. Shingles are hashes of some words in a row, thinned out.
    """

    __tablename__ = "held_shingle"
    __table_args__ = (Index("ix_held_shingle_shingle", "shingle"), Index("ix_held_shingle_document_id", "document_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    shingle: Mapped[int] = mapped_column(BigInteger)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"))
    passage_id: Mapped[int | None] = mapped_column(ForeignKey("passage.id", ondelete="CASCADE"))


class Link(db.Base):
    """A [[wiki link]] in the text that readers get, by the words of its address; the target may not exist yet."""

    __tablename__ = "link"
    __table_args__ = (Index("ix_link_target", "target_slug", "target_kind"),)

    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"), primary_key=True)
    target_kind: Mapped[str] = mapped_column(String(20), primary_key=True, default="")
    target_slug: Mapped[str] = mapped_column(String(120), primary_key=True)


class Redirect(db.Base):
    """An address a document had before. It answers only to those who may read the document."""

    __tablename__ = "redirect"

    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    slug: Mapped[str] = mapped_column(String(120), primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"), index=True)


class Attachment(db.Base):
    """A file of a document, under the document's rights. Its content lies in the file store under its SHA-256."""

    __tablename__ = "attachment"

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(120))
    media_type: Mapped[str] = mapped_column(String(80))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    added_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    added_at: Mapped[datetime] = mapped_column(db.Moment, default=db.now)
    removed_at: Mapped[datetime | None] = mapped_column(db.Moment)

    __table_args__ = (Index("ix_attachment_document_id_name", "document_id", "name"),)


class Stub(db.Base):
    """What the service may know of a held-back document: written for release, kept apart from the document itself.

    It is a table of its own so that no query for stubs can ever touch a column that is held back.
    """

    __tablename__ = "stub"

    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"), primary_key=True)
    public_id: Mapped[str] = mapped_column(String(12), unique=True)
    kind: Mapped[str] = mapped_column(String(20))
    slug: Mapped[str] = mapped_column(String(120))
    title: Mapped[str] = mapped_column(String(200))
    share_line: Mapped[str] = mapped_column(String(400))
    owner_id: Mapped[str] = mapped_column(ForeignKey("group.id"))
    reason: Mapped[str] = mapped_column(String(30))
    until: Mapped[date] = mapped_column(Date)
    topics: Mapped[list[str]] = mapped_column(db.Json, default=list)
    since: Mapped[date] = mapped_column(Date)

    owner: Mapped[Group] = relationship()

    __table_args__ = (UniqueConstraint("kind", "slug"),)


class Comment(db.Base):
    """A remark or question under a document, or an answer to one. It is read by those who read the document."""

    __tablename__ = "comment"
    __table_args__ = (
        UniqueConstraint("author_id", "idempotency_key"),
        Index("ix_comment_document_id_id", "document_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(12), unique=True, default=new_public_id)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id", ondelete="CASCADE"))
    # The comment that began the thread; None for that one itself. Threads have no further levels.
    thread_id: Mapped[int | None] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"))
    # The section it is about, by its anchor, and the revision that was read.
    anchor: Mapped[str] = mapped_column(String(130), default="")
    revision: Mapped[int] = mapped_column(default=0)
    body: Mapped[str] = mapped_column(Text, deferred=True)
    html: Mapped[str] = mapped_column(Text)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    created_at: Mapped[datetime] = mapped_column(db.Moment, default=db.now)
    edited_at: Mapped[datetime | None] = mapped_column(db.Moment)
    # A withdrawn comment keeps its place, without its words.
    withdrawn_at: Mapped[datetime | None] = mapped_column(db.Moment)
    resolved_at: Mapped[datetime | None] = mapped_column(db.Moment)
    resolved_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id", ondelete="SET NULL"))
    # Said by an author of a text that named none. It stays so, whoever counts as its author later.
    unnamed: Mapped[bool] = mapped_column(default=False, server_default=false())
    idempotency_key: Mapped[str | None] = mapped_column(String(40))
