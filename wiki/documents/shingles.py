"""Fingerprints of texts: hashes of some words in a row, so that a stretch of one is found again in another.

Words count without case, accents and signs, so that a copy is found whatever was made of its letters. Of all hashes of
a text only some are kept, the least of each window (winnowing): whatever two texts share for `LEAST` words or more
leaves at least one hash kept in the one that is among all hashes of the other.

A text that is too short for that has one hash of all its words, and is found where somebody says just that, between two
signs: the same few words in the middle of a sentence are what anybody might say.
"""

from __future__ import annotations

import re
import unicodedata
from collections import deque
from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b

# Words in a hash, and words in a row that are found for certain.
WORDS = 8
LEAST = 15
# Fewer words than these say too little to be told from what anybody writes.
SHORTEST = 4
_WINDOW = LEAST - WORDS + 1
# A prime below the largest number of a signed column of 64 bits.
_PRIME = 2**61 - 1
_BASE = 1_000_003_000_017
_OUTGOING = pow(_BASE, WORDS - 1, _PRIME)

# Marks and invisible characters that stand inside a word and are dropped from it.
_MARKS = "\u00ad\u0300-\u036f\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed\u200b-\u200d\u2060"
_DROPPED = re.compile(f"[{_MARKS}]")
_UNSPACED = "\u0e00-\u0eff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
# What stands between two words of one piece of a sentence.
_SAME_PIECE = re.compile(r"[^\S\n]*[-‐-―'’*_`]?[^\S\n]*")
_HAS_UNSPACED = re.compile(f"[{_UNSPACED}]")
_WORD = re.compile(f"[\\w{_MARKS}]+")
# Where words have no spaces between them, each sign counts as one.
_WORD_OR_SIGN = re.compile(f"[{_UNSPACED}]|(?:(?![{_UNSPACED}])[\\w{_MARKS}])+")


def words(text: str) -> tuple[list[tuple[int, int]], list[int]]:
    """Where the words of a text begin and end, and the hash of each."""
    pattern = _WORD_OR_SIGN if _HAS_UNSPACED.search(text) else _WORD
    found = [(match.span(), _of_word(match[0])) for match in pattern.finditer(text)]
    return [span for span, number in found if number], [number for _span, number in found if number]


@lru_cache(maxsize=65_536)
def _of_word(word: str) -> int:
    """The hash of a word as it is compared; 0 for one of which nothing is left."""
    plain = word.casefold()
    if not plain.isascii():
        bare = unicodedata.normalize("NFKD", _DROPPED.sub("", plain))
        plain = "".join(letter for letter in bare if not unicodedata.combining(letter))
    return int.from_bytes(blake2b(plain.encode("utf-8", "replace"), digest_size=8).digest()) % _PRIME if plain else 0


def every(hashes: Sequence[int]) -> list[int]:
    """The hash of each run of `WORDS` words, by the place of its first word; none for a shorter text."""
    if len(hashes) < WORDS:
        return []
    rolling = 0
    for number in hashes[:WORDS]:
        rolling = (rolling * _BASE + number) % _PRIME
    made = [rolling]
    for gone, come in zip(hashes, hashes[WORDS:], strict=False):
        rolling = ((rolling - gone * _OUTGOING) * _BASE + come) % _PRIME
        made.append(rolling)
    return made


def whole(text: str) -> list[int]:
    """The hash of all words of a short text, if it says enough: where each sign counts as a word, it does not."""
    hashes = words(text)[1]
    fits = SHORTEST <= len(hashes) < WORDS and not _HAS_UNSPACED.search(text)
    return [_of_few(hashes)] if fits else []


def pieces(text: str, places: Sequence[tuple[int, int]], hashes: Sequence[int]) -> dict[int, tuple[int, int]]:
    """The hash of each short stretch between two signs, with its first word and the word after its last."""
    borders = {0, len(places)} | {
        number
        for number in range(1, len(places))
        if not _SAME_PIECE.fullmatch(text, places[number - 1][1], places[number][0])
    }
    return {
        _of_few(hashes[first:after]): (first, after)
        for first in borders
        for after in range(first + SHORTEST, first + WORDS)
        if after in borders
    }


def _of_few(hashes: Sequence[int]) -> int:
    """The hash of some words and their number, so that it is none of a run of `WORDS`."""
    found = len(hashes)
    for number in hashes:
        found = (found * _BASE + number) % _PRIME
    return found


def kept(runs: Sequence[int]) -> set[int]:
    """The least hash of each window; all of a text that is shorter than a window."""
    return set(_least_of_each_window(runs)) if len(runs) > _WINDOW else set(runs)


def _least_of_each_window(runs: Sequence[int]) -> Iterator[int]:
    # The places that may still be the least of a window to come, with growing hashes.
    candidates: deque[int] = deque()
    for place, number in enumerate(runs):
        while candidates and runs[candidates[-1]] >= number:
            candidates.pop()
        candidates.append(place)
        if candidates[0] <= place - _WINDOW:
            candidates.popleft()
        if place >= _WINDOW - 1:
            yield runs[candidates[0]]


def shared(typed: Sequence[int], held: Sequence[int]) -> list[tuple[int, int]]:
    """The stretches of words that a text repeats of a held one, as first word and word after the last.

    Both are given by `every`. A stretch has `LEAST` words, or all there are where the held text has fewer.
    """
    there, least = set(held), min(LEAST, len(held) + WORDS - 1)
    found, place = [], 0
    while place < len(typed):
        first = place
        while place < len(typed) and typed[place] in there:
            place += 1
        if place > first and place - first + WORDS - 1 >= least:
            found.append((first, place + WORDS - 1))
        place += 1
    return found
