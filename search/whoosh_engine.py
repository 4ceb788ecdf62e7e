"""The embedded engine on Whoosh: one index for what the whole service may read, one for everything held back."""

# Whoosh has no types, so its calls cannot be checked.
# mypy: allow-untyped-calls

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any

from whoosh.fields import Schema
from whoosh.filedb.filestore import FileStorage
from whoosh.index import EmptyIndexError
from whoosh.reading import SegmentReader
from whoosh.writing import SegmentWriter

from search.engine import EngineBroken, EngineError, Hit, Results, Segment, Suggestion
from search.plan import NO_ALIASES, Aliases
from search.query import Query
from search.whoosh_leaf import Leaf, Memory
from search.whoosh_schema import mark, row
from search.whoosh_search import Search
from search.whoosh_similar import similar
from search.whoosh_store import HELD, OPEN, Store, opened, storage
from search.whoosh_titles import suggestions

WRITE_TIMEOUT = 10.0
MOST_SEGMENTS = 10
_BATCH = 500
_MEMORY_FOR_WRITING = 48
_WORTH_REWRITING = 0.2
_OPENING_ATTEMPTS = 10
_BETWEEN_ATTEMPTS = 0.01

Row = dict[str, Any]


class WhooshEngine:
    """Safe for threads: each question opens its own readers and closes them."""

    def __init__(self, root: Path, aliases: Aliases = NO_ALIASES, write_timeout: float = WRITE_TIMEOUT) -> None:
        self.aliases = aliases
        self._timeout = write_timeout
        self._store = Store(root)
        self._memory = Memory()
        with _broken_if_failing():
            self._store.ensure(write_timeout)

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
        with self._reading() as search:
            return search.results(query, keys, slice(offset, offset + limit), exclude, late)

    def suggest(
        self, prefix: str, keys: frozenset[str], *, limit: int = 8, exclude: Collection[int] = ()
    ) -> tuple[Suggestion, ...]:
        with self._reading() as search:
            return suggestions(prefix, search.views(Query(), keys, exclude), limit)

    def similar(
        self,
        text: str,
        keys: frozenset[str],
        *,
        limit: int = 5,
        kinds: Collection[str] | None = None,
        exclude: Collection[int] = (),
    ) -> tuple[Hit, ...]:
        with self._reading() as search:
            return similar(search, text, keys, limit, kinds, exclude)

    def revisions(self) -> Mapping[int, int]:
        with self._reading() as search:
            cards = (leaf.card(entry) for leaf in search.leaves for entry in leaf.entries(leaf.alive()))
            return {document: revision for document, part, revision, _title in cards if part != "mark"}

    def applied(self) -> int:
        with self._reading() as search:
            marks = (leaf.card(entry)[2] for leaf in search.leaves for entry in _marks(leaf))
            return max(marks, default=0)

    def healthy(self) -> bool:
        try:
            self.revisions()
        except EngineError:
            return False
        return True

    def close(self) -> None:
        self._memory = Memory()

    def index(self, segments: Iterable[Segment], *, upto: int | None = None) -> None:
        batch = list(segments)
        documents = {segment.document for segment in batch}
        openly = [row(segment) for segment in batch if segment.is_open]
        held = [row(segment) for segment in batch if not segment.is_open]
        self._replace(documents, openly, held, upto)

    def remove(self, documents: Iterable[int], *, upto: int | None = None) -> None:
        self._replace(set(documents), [], [], upto)

    def tidy(self) -> None:
        """Join small files and drop deleted entries, when there are enough of them to slow questions down."""
        with _broken_if_failing(), self._store.turn(self._timeout):
            for name in (OPEN, HELD):
                _merge(self._store.current() / name)

    def rebuild(self, segments: Iterable[Segment], *, upto: int, progress: Callable[[int], None] | None = None) -> None:
        # The turn is kept to the end: rows handled meanwhile would be missing from the new generation.
        with self._store.turn(self._timeout), _broken_if_failing():
            made = self._store.new()
            with _writing(made / OPEN) as openly, _writing(made / HELD) as held:
                _fill(segments, openly, held, progress)
                openly.add_document(**mark(upto))
            self._store.swap(made)
            self._store.sweep()

    def _replace(self, documents: set[int], openly: Sequence[Row], held: Sequence[Row], upto: int | None) -> None:
        with self._store.turn(self._timeout), _broken_if_failing():
            current = self._store.current()
            # The mark lives in the open index, which is written last: it never claims more than both contain.
            _commit(current / HELD, documents, held)
            _commit(current / OPEN, documents, openly, upto)

    @contextmanager
    def _reading(self) -> Iterator[Search]:
        with _broken_if_failing(), ExitStack() as stack:
            open_leaves, held_leaves = self._leaves(stack)
            yield Search(open_leaves, held_leaves, self.aliases)

    def _leaves(self, stack: ExitStack) -> tuple[list[Leaf], list[Leaf]]:
        """Open both indexes. A commit or swap may sweep a file away between its name being read and its opening."""
        for patience in range(_OPENING_ATTEMPTS, -1, -1):
            with ExitStack() as attempt:
                try:
                    generation = self._store.current()
                    leaves = self._open(generation / OPEN, attempt), self._open(generation / HELD, attempt)
                    stack.push(attempt.pop_all())
                    return leaves
                except (OSError, EmptyIndexError):
                    if not patience:
                        raise
            time.sleep(_BETWEEN_ATTEMPTS)
        raise AssertionError("the last attempt returns or raises")

    def _open(self, folder: Path, stack: ExitStack) -> list[Leaf]:
        # Whoosh's own way to open all segments forgets to close the first ones when a later one is missing.
        files, contents = storage(folder), opened(folder)._read_toc()
        readers = [_segment_reader(files, contents.schema, each, stack) for each in contents.segments]
        return [Leaf(reader, self._memory, is_held=folder.name == HELD) for reader in readers]


def _segment_reader(files: FileStorage, schema: Schema, segment: Any, stack: ExitStack) -> SegmentReader:
    return stack.enter_context(closing(SegmentReader(files, schema, segment)))


@contextmanager
def _broken_if_failing() -> Iterator[None]:
    """Damaged files raise anything from EOFError to MemoryError, so every surprise counts as damage."""
    try:
        yield
    except EngineError:
        raise
    except Exception as error:
        raise EngineBroken(f"{type(error).__name__}: {error}") from error


@contextmanager
def _writing(folder: Path) -> Iterator[SegmentWriter]:
    writer = opened(folder).writer(limitmb=_MEMORY_FOR_WRITING)
    try:
        yield writer
        writer.commit(merge=False)
    except BaseException:
        if not writer.is_closed:
            writer.cancel()
        raise


def _commit(folder: Path, documents: set[int], rows: Sequence[Row], upto: int | None = None) -> None:
    with opened(folder).reader() as reader:
        outdated = list(_outdated(reader, {f"document:{document}" for document in documents}, upto is not None))
    if not (outdated or rows or upto is not None):
        return
    with _writing(folder) as writer:
        for number in outdated:
            writer.delete_document(number)
        for each in chain(rows, () if upto is None else (mark(upto),)):
            writer.add_document(**each)


def _outdated(reader: Any, keys: set[str], marks_too: bool) -> Iterator[int]:
    for leaf, offset in reader.leaf_readers():
        for key in (*keys, "mark") if marks_too else keys:
            if ("key", key) in leaf:
                entries = leaf.postings("key", key).all_ids()
                yield from (offset + entry for entry in entries if not leaf.is_deleted(entry))


def _fill(
    segments: Iterable[Segment], openly: SegmentWriter, held: SegmentWriter, progress: Callable[[int], None] | None
) -> None:
    source, done = iter(segments), 0
    while batch := list(islice(source, _BATCH)):
        for segment in batch:
            (openly if segment.is_open else held).add_document(**row(segment))
        done += len(batch)
        if progress:
            progress(done)


def _merge(folder: Path) -> None:
    index = opened(folder)
    if not _worth_merging(index._segments()):
        return
    writer = index.writer(limitmb=_MEMORY_FOR_WRITING)
    try:
        writer.commit(mergetype=_joined)
    except BaseException:
        if not writer.is_closed:
            writer.cancel()
        raise


def _worth_merging(segments: Sequence[Any]) -> bool:
    total = sum(segment.doc_count_all() for segment in segments)
    deleted = sum(segment.deleted_count() for segment in segments)
    return len(segments) > MOST_SEGMENTS or deleted > max(_WORTH_REWRITING * total, MOST_SEGMENTS)


def _joined(writer: SegmentWriter, segments: Sequence[Any]) -> list[Any]:
    """Write everything into one new segment, but for a big one with few deletions, which would be dear to rewrite."""
    total = sum(segment.doc_count_all() for segment in segments)
    kept = [s for s in segments if s.doc_count() > total / 2 and s.deleted_count() <= _WORTH_REWRITING * s.doc_count()]
    for segment in segments:
        if segment not in kept:
            with closing(SegmentReader(writer.storage, writer.schema, segment)) as reader:
                writer.add_reader(reader)
    return kept


def _marks(leaf: Leaf) -> Iterator[int]:
    return leaf.entries(leaf.as_set(leaf.postings("key", "mark")[0]) & leaf.alive())
