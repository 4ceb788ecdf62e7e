"""Ranking shared by all engines: BM25 with the ordinary idf, and what status and age do to the best hits."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from heapq import nlargest
from math import log

from search.engine import Hit

K1 = 1.2
B = 0.75
NEAR_WEIGHT = 0.3
NEAR_DISTANCE = 3
RERANKED = 100
ENOUGH_HITS = 5
TELLING_WORDS = 15
# A text is like another when it earns this share of what it would earn by holding each telling word of it once.
ALIKE = 0.55
# Of fewer texts than these nobody can tell which words are rare.
FEWEST_WEIGHED = 20

# Only the first hundred hits are weighed by status, as by nearness: what is in force goes before what it replaced.
STANDING = {
    "superseded": 0.3,
    "withdrawn": 0.3,
    "merged": 0.3,
    "obsolete": 0.3,
    "declined": 0.6,
    "suspended": 0.6,
    "consultation": 0.8,
    "under-review": 0.9,
}
# What should have been looked at again by now goes below what says the same and is not late, as a consultation does.
LATE = 0.8


def idf(documents: int, holding: int) -> float:
    """How telling a word is that `holding` of `documents` texts hold."""
    return log(1.0 + (max(documents, holding) - holding + 0.5) / (holding + 0.5))


def length_norm(average: float) -> tuple[float, float]:
    """The two numbers (a, b) with which BM25 becomes `idf * tf * (K1 + 1) / (tf + a + b * length)`."""
    return K1 * (1.0 - B), K1 * B / max(average, 1.0)


def bm25(weight: float, frequency: float, length: float, norm: tuple[float, float]) -> float:
    """The score of one word in one text; `weight` is its idf and `norm` comes from `length_norm`."""
    return weight * frequency * (K1 + 1.0) / (frequency + norm[0] + norm[1] * length)


def near(left: Iterable[int], right: Iterable[int]) -> bool:
    """Whether two words stand within three places of each other, in either order."""
    places = set(right)
    return any(place + step in places for place in left for step in range(-NEAR_DISTANCE, NEAR_DISTANCE + 1) if step)


def telling(words: Iterable[str], weight: Callable[[str], float]) -> list[str]:
    """The words of a text that tell it from others: often here, rare elsewhere. `weight` is 0 for unknown words."""
    counted = Counter(words)
    weighed = {word: often * weight(word) for word, often in counted.items()}
    return nlargest(TELLING_WORDS, (word for word in weighed if weighed[word]), key=lambda word: (weighed[word], word))


def enough(words: Iterable[str], weight: Callable[[str], float], documents: int) -> float:
    """The score from which a text is like one with these words. `weight` counts words that nobody used before, too."""
    if documents < FEWEST_WEIGHED:
        return 0.0
    return ALIKE * sum(nlargest(TELLING_WORDS, (weight(word) for word in set(words))))


def standing(status: str) -> float:
    """What the status of a document does to its score."""
    return STANDING.get(status, 1.0)


def rerank(hits: Iterable[Hit], factor: Callable[[Hit], float]) -> list[Hit]:
    """Order the first hundred hits anew, for instance by age; the rest keep their places behind them."""
    listed = list(hits)
    head = [replace(hit, score=hit.score * factor(hit)) for hit in listed[:RERANKED]]
    head.sort(key=lambda hit: (-hit.score, -hit.document))
    return head + listed[RERANKED:]
