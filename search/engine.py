"""What the rest of the application knows of a search engine."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from search.query import Query

FACETS = ("kind", "platform", "topic", "lang", "owner", "status")
OPEN = "service"
# How the part of a passage begins; its public id follows.
PASSAGE = "passage:"
MOST_HITS = 200


class EngineError(Exception):
    """The engine could not do what was asked."""


class EngineBroken(EngineError):
    """The index cannot be read. Answer from the database, and rebuild."""


class EngineBusy(EngineError):
    """Another process is writing. Leave the outbox rows; that process or the next try will take them."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One piece of a document with its own labels: its body, its stub, or one held passage ("passage:<id>")."""

    document: int
    part: str
    labels: frozenset[str]
    kind: str
    status: str
    owner: str
    lang: str
    title: str
    headings: str
    text: str
    tags: frozenset[str]
    platforms: frozenset[str]
    topics: frozenset[str]
    dated: date
    revision: int
    # The labels of its document, where the segment is a passage: whoever reads a passage reads both.
    within: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.is_passage and not self.within:
            raise ValueError("a passage needs the labels of its document")

    @property
    def is_passage(self) -> bool:
        return self.part.startswith(PASSAGE)

    @property
    def is_open(self) -> bool:
        """Whether the whole service may read it; only such segments shape statistics."""
        return OPEN in self.labels and (not self.is_passage or OPEN in self.within)

    def facets(self) -> Mapping[str, frozenset[str]]:
        """The values it is filtered and counted by; the same names as in a query."""
        one = {"kind": self.kind, "lang": self.lang, "owner": self.owner, "status": self.status}
        several = {"platform": self.platforms, "topic": self.topics, "tag": self.tags}
        return {**{name: frozenset({value} - {""}) for name, value in one.items()}, **several}


@dataclass(frozen=True, slots=True)
class Hit:
    """A document that matches, by its best readable part. Scores compare within one answer only."""

    document: int
    part: str
    score: float
    revision: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A title that begins like what is being typed."""

    document: int
    part: str
    title: str


@dataclass(frozen=True, slots=True)
class Results:
    """`total` and `facets` count documents, never parts. `relaxed`: nothing holds all words, so these hold some."""

    hits: tuple[Hit, ...] = ()
    total: int = 0
    facets: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    also: tuple[str, ...] = ()
    corrected: str | None = None
    relaxed: bool = False


class Engine(Protocol):
    """A search engine. Every method that reads takes the viewer's keys and tells of nothing those do not open.

    Keys open a segment when they meet its labels; a passage only when they meet `within`, too.
    """

    def index(self, segments: Iterable[Segment], *, upto: int | None = None) -> None:
        """Replace everything known of the documents concerned, in one commit; `upto` is the last outbox id covered."""

    def remove(self, documents: Iterable[int], *, upto: int | None = None) -> None:
        """Forget documents, in one commit."""

    def search(
        self,
        query: Query,
        keys: frozenset[str],
        *,
        limit: int,
        offset: int = 0,
        exclude: Collection[int] = (),
        late: Collection[int] = (),
    ) -> Results:
        """Hits in order, at most 200 deep. `exclude` names documents with pending changes: they are not counted.

        `late` names documents that should have been looked at again by now: they go below what is not.
        """

    def suggest(
        self, prefix: str, keys: frozenset[str], *, limit: int = 8, exclude: Collection[int] = ()
    ) -> tuple[Suggestion, ...]:
        """Titles with words that begin like those typed."""

    def similar(
        self,
        text: str,
        keys: frozenset[str],
        *,
        limit: int = 5,
        kinds: Collection[str] | None = None,
        exclude: Collection[int] = (),
    ) -> tuple[Hit, ...]:
        """Documents that share the most telling words of a text."""

    def revisions(self) -> Mapping[int, int]:
        """The revision indexed of every document, to compare with the database."""

    def applied(self) -> int:
        """The last outbox id recorded in the index itself; 0 for a new index."""

    def rebuild(self, segments: Iterable[Segment], *, upto: int, progress: Callable[[int], None] | None = None) -> None:
        """Index everything anew beside the old index, then swap. Other writers wait; readers do not."""

    def tidy(self) -> None:
        """Housekeeping that does not belong in a request."""

    def healthy(self) -> bool:
        """Whether the index can be opened and read."""

    def close(self) -> None:
        """Let go of files and connections."""
