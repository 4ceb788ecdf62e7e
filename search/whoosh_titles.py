"""Titles: suggestions while typing, and likelier spellings; both only from titles the reader may open."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from search.analysis import plain_words
from search.engine import Suggestion
from search.spelling import within_one_edit
from search.titles import fits, gram, order, typed_words
from search.whoosh_leaf import Leaf
from search.whoosh_scoring import View

_SAME_START = 2
_LOOKED_AT = 64


def suggestions(prefix: str, views: Sequence[View], limit: int) -> tuple[Suggestion, ...]:
    """Titles with words that begin like those typed; titles that begin so come first, then the shorter ones."""
    words = typed_words(prefix)
    if not words:
        return ()
    found = {card[0]: card for view in views for card in _candidates(words, view)}
    ordered = sorted(found.values(), key=lambda card: order(card[3], card[0], words))
    return tuple(Suggestion(document, part, title) for document, part, _revision, title in ordered[:limit])


def corrected_word(word: str, views: Sequence[View]) -> str | None:
    """The word one edit away, with the same first two letters, that most readable titles and headings hold."""
    spelled = "".join(plain_words(word))
    if len(spelled) <= _SAME_START:
        return None
    counts: dict[str, int] = {}
    for view in views:
        for other in view.leaf.beginning("spell", spelled[:_SAME_START]):
            if within_one_edit(spelled, other) and (readable := _readable(view, "spell", other)):
                counts[other] = counts.get(other, 0) + len(readable)
    return max(counts, key=lambda other: (counts[other], other), default=None)


def _candidates(words: list[str], view: View) -> Iterator[tuple[int, str, int, str]]:
    grams = [gram(word) for word in words]
    holding = set.intersection(*(set(_readable(view, "start", gram)) for gram in grams))
    first = holding.intersection(view.leaf.postings("start", f"^{grams[0]}")[0])
    for entries in (first, holding - first):
        fitting = (card for card in _cards(view.leaf, sorted(entries, reverse=True)) if fits(card[3], words))
        yield from islice(fitting, _LOOKED_AT)


def _cards(leaf: Leaf, entries: Iterable[int]) -> Iterator[tuple[int, str, int, str]]:
    return (leaf.card(entry) for entry in entries)


def _readable(view: View, name: str, word: str) -> list[int]:
    return [entry for entry in view.leaf.postings(name, word)[0] if view.flags[entry]]
