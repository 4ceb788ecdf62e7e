"""Reading one Whoosh segment: posting lists, and the sets and columns that are kept between requests."""

# Whoosh has no types, so its calls cannot be checked.
# mypy: allow-untyped-calls

import threading
from array import array
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from heapq import nlargest
from itertools import compress, islice
from typing import Any

from whoosh.codec.whoosh3 import W3LeafMatcher
from whoosh.reading import SegmentReader, TermNotFound

_ROOM_FOR_SETS = 6_000_000
_KEPT_LEAVES = 32
_READ_BEGINNINGS = 2000
_USED_BEGINNINGS = 100

Postings = tuple[list[int], list[float]]
NOTHING: Postings = ([], [])


@dataclass(slots=True)
class Facts:
    """What stays true of a segment as long as it exists, whatever is deleted from it."""

    size: int
    documents: "array[int]"
    dated: "array[int]"
    lengths: "array[int]"
    title_lengths: "array[int]"
    # A set of entries is a number with one byte for each, 1 for a member: joins and cuts are single operations.
    sets: "OrderedDict[str, int]" = field(default_factory=OrderedDict)
    values: dict[str, tuple[str, ...]] = field(default_factory=dict)
    sums: dict[str, tuple[int, int, int]] = field(default_factory=dict)


class Memory:
    """The facts of the segments in use, shared by the threads of one process."""

    def __init__(self) -> None:
        self._facts: OrderedDict[str, Facts] = OrderedDict()
        self._turn = threading.Lock()

    def facts(self, reader: SegmentReader) -> Facts:
        """The facts of a segment, read once. Two threads may both read them; the later answer is kept."""
        name = reader.segment().segment_id()
        with self._turn:
            if name in self._facts:
                self._facts.move_to_end(name)
                return self._facts[name]
        facts = _read_facts(reader)
        with self._turn:
            self._facts[name] = facts
            while len(self._facts) > _KEPT_LEAVES:
                self._facts.popitem(last=False)
        return facts

    def keep(self, facts: Facts, key: str, members: int) -> None:
        """Remember one set, and forget the longest unused ones beyond a fixed room."""
        with self._turn:
            facts.sets[key] = members
            while len(facts.sets) > max(64, _ROOM_FOR_SETS // max(facts.size, 1)):
                facts.sets.popitem(last=False)


class Leaf:
    """One segment during one request. `is_held`: it holds texts of others, which must not shape any answer."""

    def __init__(self, reader: SegmentReader, memory: Memory, *, is_held: bool = False) -> None:
        self.reader = reader
        self.is_held = is_held
        self.facts = memory.facts(reader)
        self._memory = memory
        self._postings: dict[tuple[str, str], Postings] = {}

    def postings(self, name: str, word: str) -> Postings:
        """The entries that hold a word, and how often."""
        if (name, word) not in self._postings:
            self._postings[name, word] = self._read(name, word)
        return self._postings[name, word]

    def beginning_postings(self, name: str, prefix: str) -> Postings:
        """The same for every word that begins so, taken as one word."""
        if (name, f"{prefix}*") not in self._postings:
            together: dict[int, float] = {}
            for word in self._likely(name, prefix):
                for entry, weight in zip(*self.postings(name, word), strict=True):
                    together[entry] = together.get(entry, 0.0) + weight
            self._postings[name, f"{prefix}*"] = (list(together), list(together.values()))
        return self._postings[name, f"{prefix}*"]

    def _likely(self, name: str, prefix: str) -> list[str]:
        """The most frequent words that begin so; a short beginning has hundreds that hardly matter.

        Of held texts all are taken: which words are frequent there depends on texts that the reader may not read.
        """
        if self.is_held:
            return list(self.beginning(name, prefix))
        words = list(islice(self.beginning(name, prefix), _READ_BEGINNINGS))
        return nlargest(_USED_BEGINNINGS, words, key=lambda word: self.frequency(name, word))

    def frequency(self, name: str, word: str) -> int:
        """How many entries hold a word, deleted ones included."""
        try:
            return int(self.reader.doc_frequency(name, word))
        except (TermNotFound, KeyError):
            return 0

    def members(self, key: str) -> int:
        """The set of entries that carry a label or facet value."""
        if (known := self.facts.sets.get(key)) is not None:
            return known
        made = self.as_set(self.postings("key", key)[0])
        self._memory.keep(self.facts, key, made)
        return made

    def union(self, keys: Iterable[str]) -> int:
        joined = 0
        for key in keys:
            joined |= self.members(key)
        return joined

    def alive(self) -> int:
        """Every entry that is not deleted."""
        flags = bytearray(b"\1" * self.facts.size)
        for gone in self.reader.segment().deleted_docs():
            flags[gone] = 0
        return int.from_bytes(flags, "little")

    def dated_between(self, first: int, last: int) -> int:
        return int.from_bytes(bytes(first <= day <= last for day in self.facts.dated), "little")

    def as_set(self, entries: Iterable[int]) -> int:
        flags = bytearray(self.facts.size)
        for entry in entries:
            flags[entry] = 1
        return int.from_bytes(flags, "little")

    def flags(self, members: int) -> bytes:
        return members.to_bytes(self.facts.size, "little")

    def entries(self, members: int) -> Iterator[int]:
        return compress(range(self.facts.size), self.flags(members))

    def values(self, facet: str) -> tuple[str, ...]:
        """Every value of a facet that occurs here."""
        if facet not in self.facts.values:
            self.facts.values[facet] = tuple(key[len(facet) + 1 :] for key in self.beginning("key", f"{facet}:"))
        return self.facts.values[facet]

    def beginning(self, name: str, prefix: str) -> Iterator[str]:
        """The words of a field that begin so."""
        return (word.decode() for word in self.reader.expand_prefix(name, prefix))

    def sums(self, lang: str) -> tuple[int, int, int]:
        """How many entries a language has, and the lengths of their texts and titles together."""
        if lang not in self.facts.sums:
            entries = list(self.entries(self.members(f"lang:{lang}")))
            facts = self.facts
            texts, titles = sum(facts.lengths[e] for e in entries), sum(facts.title_lengths[e] for e in entries)
            facts.sums[lang] = (len(entries), texts, titles)
        return self.facts.sums[lang]

    def positions(self, name: str, word: str, wanted: Collection[int]) -> dict[int, "array[int]"]:
        """Where a word stands in each of the wanted entries that hold it."""
        if not (matcher := self._matcher(name, word)):
            return {}
        found: dict[int, array[int]] = {}
        for entry in sorted(wanted):
            if matcher.is_active():
                matcher.skip_to(entry)
            if not matcher.is_active():
                break
            if matcher.id() == entry:
                found[entry] = array("H", matcher.value())
        return found

    def card(self, entry: int) -> tuple[int, str, int, str]:
        """(document, part, revision, title) as stored."""
        document, part, revision, title = self.reader.stored_fields(entry)["card"]
        return document, part, revision, title

    def _read(self, name: str, word: str) -> Postings:
        matcher = self._matcher(name, word)
        return _drain(matcher) if matcher else NOTHING

    def _matcher(self, name: str, word: str) -> Any:
        # The public way puts a filter for deleted entries around the list, which makes every posting ten times dearer
        # once a single entry is deleted; alive() leaves deleted entries out of everything that is shown.
        try:
            return self.reader._terms.matcher(name, word.encode(), self.reader.schema[name].format)
        except TermNotFound:
            return None


def _drain(matcher: Any) -> Postings:
    ids: list[int] = []
    weights: list[float] = []
    if isinstance(matcher, W3LeafMatcher):
        _drain_blocks(matcher, ids, weights)
        return ids, weights
    while matcher.is_active():
        ids.append(matcher.id())
        weights.append(matcher.weight())
        matcher.next()
    return ids, weights


def _drain_blocks(matcher: Any, ids: list[int], weights: list[float]) -> None:
    # The public interface hands out one posting a call, which is ten times dearer than the blocks it reads anyway.
    while matcher.is_active():
        matcher._read_ids()
        matcher._read_weights()
        ids.extend(matcher._ids)
        weights.extend(matcher._weights)
        matcher._next_block()


def _read_facts(reader: SegmentReader) -> Facts:
    size = reader.doc_count_all()
    documents, dated = _column(reader, "document", size), _column(reader, "dated", size)
    return Facts(size, documents, dated, _column(reader, "length", size), _column(reader, "title_length", size))


def _column(reader: SegmentReader, name: str, size: int) -> "array[int]":
    column: Callable[[int], int] = reader.column_reader(name).__getitem__
    return array("q" if name == "document" else "i", map(column, range(size)))
