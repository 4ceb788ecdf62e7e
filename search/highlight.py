"""The paragraph that answers: which section of a document, and which two hundred letters of it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from search.analysis import UNSPACED, WORD, fold, language, normal, word_terms
from search.plan import NO_ALIASES, Aliases, plan
from search.query import Query

WIDTH = 200
_LEAD = 40
_MOST_SPANS = 200

Span = tuple[int, int, str]
Pieces = tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with the text under it; `anchor` is None for the text before the first heading."""

    anchor: str | None
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Snippet:
    """Plain text in pieces, each marked or not. It holds no HTML, so a template escapes it as any other text."""

    anchor: str | None
    title: str
    pieces: Pieces


class _Marker:
    """Finds the words of a query in texts of one language."""

    def __init__(self, query: Query, lang: str, aliases: Aliases) -> None:
        self.lang = language(lang)
        made = plan(query, self.lang, aliases)
        self.stems = frozenset(made.words())
        self.prefixes = tuple(made.prefixes())
        self.pairs = [stem for stem in (*self.stems, *self.prefixes) if UNSPACED.search(stem)]

    def spans(self, text: str) -> list[Span]:
        """(start, end, stem) of every word that the query means."""
        meant = dict(self._meant(set(WORD.findall(text))))
        meant |= {pair: pair for pair in self.pairs if pair in text}
        if not meant:
            return []
        found = _any_of(meant).finditer(text)
        return [(m.start(), m.end(), meant[m[0]]) for m, _n in zip(found, range(_MOST_SPANS), strict=False)]

    def _meant(self, words: Iterable[str]) -> Iterator[tuple[str, str]]:
        for word in words:
            if not UNSPACED.search(word) and (stem := self._stem_of(word)):
                yield word, stem

    def _stem_of(self, word: str) -> str | None:
        terms, plain = _known(word, self.lang)
        for term in terms:
            if term in self.stems:
                return term
        return next((prefix for prefix in self.prefixes if plain.startswith(prefix)), None)


@lru_cache(maxsize=10_000)
def _known(word: str, lang: str) -> tuple[tuple[str, ...], str]:
    """The terms of a word and its plain spelling. The words of ten texts are stemmed for each page of answers, and most
    of them are the same again and again.
    """
    return word_terms(word, lang), fold(normal(word))


def highlight(
    query: Query, sections: Sequence[Section], *, lang: str, aliases: Aliases = NO_ALIASES, width: int = WIDTH
) -> Snippet:
    """The section that answers a query best, and its best passage of about `width` letters with the words marked."""
    marker = _Marker(query, lang, aliases)
    best, best_worth, best_text, best_spans = None, -1.0, "", list[Span]()
    for section in sections:
        text = " ".join(section.text.split())
        spans = marker.spans(text)
        worth = _worth(spans, marker.spans(section.title)) + (0.5 if text else 0.0)
        if worth > best_worth:
            best, best_worth, best_text, best_spans = section, worth, text, spans
    if best is None:
        return Snippet(None, "", ())
    return Snippet(best.anchor, best.title, _pieces(best_text, best_spans, width))


def _worth(spans: Sequence[Span], in_title: Sequence[Span]) -> float:
    """Different words count most, a heading that names them next, repetition least."""
    named, said = {stem for _s, _e, stem in in_title}, {stem for _s, _e, stem in spans}
    return 10.0 * len(said | named) + 4.0 * len(named) + min(len(spans), 9)


def _pieces(text: str, spans: Sequence[Span], width: int) -> Pieces:
    start, end = _window(text, spans, width)
    pieces = [("… ", False)] if start else []
    at = start
    for left, right, _stem in spans:
        if at <= left and right <= end:
            pieces += [(text[at:left], False), (text[left:right], True)]
            at = right
    pieces += [(text[at:end], False), (" …" if end < len(text) else "", False)]
    return tuple(piece for piece in pieces if piece[0])


def _window(text: str, spans: Sequence[Span], width: int) -> tuple[int, int]:
    """Where to cut: the stretch with the most different words, with a little of what comes before it."""
    if len(text) <= width:
        return 0, len(text)
    first = max(spans, key=lambda span: (_within(spans, span[0], width - _LEAD), -span[0]), default=(0, 0, ""))[0]
    start = max(0, min(first - _LEAD, len(text) - width))
    if start:
        start = text.find(" ", start, first) + 1 or start
    end = min(len(text), start + width)
    return start, end if end == len(text) else max(text.rfind(" ", first + 1, end), min(end, first + width // 2))


def _within(spans: Sequence[Span], start: int, width: int) -> int:
    return len({stem for left, right, stem in spans if start <= left and right <= start + width})


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    listed = sorted(words, key=len, reverse=True)
    spaced = "|".join(re.escape(word) for word in listed if not UNSPACED.search(word))
    unspaced = "|".join(re.escape(word) for word in listed if UNSPACED.search(word))
    return re.compile("|".join(part for part in (f"(?<!\\w)(?:{spaced})(?!\\w)" if spaced else "", unspaced) if part))
