"""A query analysed for one language: what an engine has to look up, the same for every engine."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from search.analysis import LONGEST_TERM, UNSPACED, WORD, Terms, fold, normal, query_terms, stem
from search.query import Clause, Query, Sort

ALIAS_WEIGHT = 0.8
MOST_TERMS = 40
_LONGEST_ALIAS = 5


@dataclass(frozen=True, slots=True)
class Term:
    """One word, or several at fixed distances. A prefix stands for every word that begins with it."""

    words: Terms
    prefix: str = ""

    @property
    def single(self) -> str | None:
        return self.words[0][0] if len(self.words) == 1 and not self.prefix else None


@dataclass(frozen=True, slots=True)
class Alternative:
    """Terms that must all be there, and how much a match this way is worth."""

    terms: tuple[Term, ...]
    weight: float = 1.0


Group = tuple[Alternative, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Groups are joined by AND, their alternatives by OR. `in_titles`: only common words, looked for in titles."""

    lang: str
    groups: tuple[Group, ...]
    excluded: Group = ()
    in_titles: bool = False

    def words(self) -> Iterator[str]:
        """Every single word this plan would mark in a text; prefixes are given by `prefixes`."""
        for term in self._terms():
            yield from (word for word, _offset in term.words)

    def prefixes(self) -> Iterator[str]:
        yield from (term.prefix for term in self._terms() if term.prefix)

    def neighbours(self) -> Iterator[tuple[str, str]]:
        """Pairs of words that stood side by side in a question of two to four words."""
        if 2 <= len(self.groups) <= 4:
            for left, right in zip(self.groups, self.groups[1:], strict=False):
                first, second = _only_word(left), _only_word(right)
                if first and second and first != second:
                    yield first, second

    def _terms(self) -> Iterator[Term]:
        yield from (term for group in self.groups for alternative in group for term in alternative.terms)


class Aliases:
    """Names for the same thing, kept by the staff: X and Twitter, HoM and head of mission."""

    def __init__(self, names: Iterable[Iterable[str]] = ()) -> None:
        self._others: dict[tuple[str, ...], list[str]] = {}
        for same in names:
            self._learn([name for name in same if WORD.search(name)])

    def find(self, clauses: Sequence[Clause]) -> tuple[int, tuple[str, ...]]:
        """How many of the first clauses make up a known name, and its other names; (0, ()) where they do not."""
        words = [_spelled(clause.text) for clause in clauses[:_LONGEST_ALIAS]]
        for size in range(len(words), 0, -1):
            if others := self._others.get(sum(words[:size], ())):
                return size, tuple(others)
        return 0, ()

    def _learn(self, names: list[str]) -> None:
        for name in names:
            others = self._others.setdefault(_spelled(name), [])
            others += [other for other in names if _spelled(other) != _spelled(name) and other not in others]


NO_ALIASES = Aliases()


def plan(query: Query, lang: str, aliases: Aliases = NO_ALIASES) -> Plan:
    """Analyse a query for the texts of one language."""
    groups = tuple(_groups(query, lang, aliases))[:MOST_TERMS]
    excluded = tuple(a for clause in query.excluded for a in _alternatives(clause, lang, True))
    if groups or not query.groups:
        return Plan(lang, groups, excluded)
    return Plan(lang, tuple(_groups(query, lang, NO_ALIASES, keep_stops=True)), excluded, in_titles=True)


def used_aliases(query: Query, aliases: Aliases) -> tuple[str, ...]:
    """The other names a query is also looked up by, as the staff wrote them."""
    return tuple(dict.fromkeys(other for _groups, others in _stretches(query, aliases) for other in others))


def _groups(query: Query, lang: str, aliases: Aliases, keep_stops: bool = False) -> Iterator[Group]:
    for stretch, others in _stretches(query, aliases):
        if others:
            yield from _with_aliases(stretch, others, lang)
        else:
            yield from _plain_groups(stretch, lang, keep_stops)


def _stretches(query: Query, aliases: Aliases) -> Iterator[tuple[Sequence[tuple[Clause, ...]], tuple[str, ...]]]:
    """Cut the groups of a query into stretches that are a known name and groups that are not."""
    at = 0
    while at < len(query.groups):
        size, others = aliases.find(_words_from(query.groups[at:]))
        yield query.groups[at : at + max(size, 1)], others
        at += max(size, 1)


def _words_from(groups: Sequence[tuple[Clause, ...]]) -> list[Clause]:
    words: list[Clause] = []
    for group in groups:
        if len(group) > 1 or group[0].sort is not Sort.WORD:
            break
        words.append(group[0])
    return words


def _with_aliases(stretch: Sequence[tuple[Clause, ...]], others: tuple[str, ...], lang: str) -> Iterator[Group]:
    own = tuple(term for group in stretch for a in _alternatives(group[0], lang, False) for term in a.terms)
    named = (query_terms(other, lang) for other in others)
    alternatives = tuple(Alternative((Term(words),), ALIAS_WEIGHT) for words in named if words)
    if own:
        yield (Alternative(own), *alternatives)
    elif alternatives:
        yield alternatives


def _plain_groups(stretch: Sequence[tuple[Clause, ...]], lang: str, keep_stops: bool) -> Iterator[Group]:
    for group in stretch:
        if len(group) == 1 and group[0].sort is Sort.WORD and UNSPACED.search(group[0].text):
            yield from ((Alternative((term,)),) for term in _pairs(group[0].text, lang))
        elif alternatives := tuple(a for clause in group for a in _alternatives(clause, lang, keep_stops)):
            yield alternatives


def _pairs(text: str, lang: str) -> Iterator[Term]:
    """A run of Chinese is a sentence more often than a word, so its pairs are looked for one by one."""
    for word in dict.fromkeys(word for word, _offset in query_terms(text, lang)):
        alone = len(word) == 1 and UNSPACED.match(word)
        yield Term((), prefix=word) if alone else Term(((word, 0),))


def _alternatives(clause: Clause, lang: str, keep_stops: bool) -> Iterator[Alternative]:
    if clause.sort is Sort.PREFIX and not UNSPACED.search(clause.text):
        yield Alternative((_prefix(clause.text, lang),))
    elif UNSPACED.fullmatch(clause.text) and len(clause.text) == 1:
        yield Alternative((Term((), prefix=clause.text),))
    elif words := query_terms(clause.text, lang, keep_stops):
        yield Alternative((Term(words),))


def _prefix(text: str, lang: str) -> Term:
    spelled = fold(normal(text))[:LONGEST_TERM]
    return Term(((stem(normal(text), lang), 0),), prefix=spelled)


def _only_word(group: Group) -> str | None:
    return group[0].terms[0].single if len(group[0].terms) == 1 else None


def _spelled(name: str) -> tuple[str, ...]:
    return tuple(fold(normal(word)) for word in WORD.findall(name))
