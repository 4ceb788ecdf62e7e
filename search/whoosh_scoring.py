"""Matching and scoring one plan in Whoosh segments, word by word."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from search.plan import Alternative, Group, Plan, Term
from search.ranking import K1, NEAR_WEIGHT, bm25, idf, length_norm, near
from search.whoosh_leaf import Leaf, Postings

Scores = dict[int, float]


@dataclass(frozen=True, slots=True)
class View:
    """One segment and the entries in it that this reader may find; `flags` has one byte for each entry."""

    leaf: Leaf
    flags: bytes


class Statistics:
    """What weighs words, taken from the open index alone, so that no score depends on a text one may not read."""

    def __init__(self, leaves: Sequence[Leaf]) -> None:
        self._leaves = leaves
        self._sums: dict[str, tuple[int, int, int]] = {}
        self._weights: dict[tuple[str, str], float] = {}

    def languages(self) -> set[str]:
        return {lang for leaf in self._leaves for lang in leaf.values("lang")}

    def weight(self, name: str, lang: str, word: str) -> float:
        """The idf of a word; of a beginning where the word ends in a star."""
        if (name, word) not in self._weights:
            holding = sum(self._holding(leaf, name, word) for leaf in self._leaves)
            self._weights[name, word] = idf(self.sums(lang)[0], holding)
        return self._weights[name, word]

    def known(self, name: str, word: str) -> bool:
        """Whether any open text holds a word."""
        return any(leaf.frequency(name, word) for leaf in self._leaves)

    def norm(self, name: str, lang: str) -> tuple[float, float]:
        documents, texts, titles = self.sums(lang)
        return length_norm((titles if name == "title" else texts) / max(documents, 1))

    def sums(self, lang: str) -> tuple[int, int, int]:
        if lang not in self._sums:
            counted = [leaf.sums(lang) for leaf in self._leaves]
            self._sums[lang] = (sum(c[0] for c in counted), sum(c[1] for c in counted), sum(c[2] for c in counted))
        return self._sums[lang]

    @staticmethod
    def _holding(leaf: Leaf, name: str, word: str) -> int:
        return len(leaf.beginning_postings(name, word[:-1])[0]) if word[-1] == "*" else leaf.frequency(name, word)


class Scorer:
    """Scores what a plan matches in one view."""

    def __init__(self, plan: Plan, view: View, statistics: Statistics) -> None:
        self.plan = plan
        self.view = view
        self.leaf = view.leaf
        self.statistics = statistics
        self.field = "title" if plan.in_titles else "text"

    def scores(self, relaxed: bool) -> Scores:
        """Entries that match every group, or any of them if relaxed, with their scores."""
        matched = self._matched(relaxed)
        scores = dict.fromkeys((entry for entry in matched if self.view.flags[entry]), 0.0)
        for group in self.plan.groups if scores else ():
            self._add_group(group, scores)
        return scores

    def bonus(self, entries: Iterable[int]) -> Scores:
        """What entries earn for holding words of the question close together."""
        wanted, earned = set(entries), dict.fromkeys(entries, 0.0)
        for left, right in self.plan.neighbours():
            ours = self.leaf.positions(self.field, self._key(left), wanted)
            theirs = self.leaf.positions(self.field, self._key(right), ours)
            for entry, places in theirs.items():
                if near(ours[entry], places):
                    pair = self._text_score(left, entry, len(ours[entry])) + self._text_score(right, entry, len(places))
                    earned[entry] += NEAR_WEIGHT * pair
        return earned

    def matches_group(self, group: Group) -> bool:
        """Whether any entry of the view holds what one group asks for."""
        return any(self.view.flags[entry] for entry in self._of_group(group))

    def _matched(self, relaxed: bool) -> set[int]:
        found = [self._of_group(group) for group in self.plan.groups]
        matched = set.union(*found) if relaxed else set.intersection(*found)
        return matched - self.excluded() if matched else matched

    def excluded(self) -> set[int]:
        return self._of_group(self.plan.excluded) if self.plan.excluded else set()

    def _of_group(self, group: Group) -> set[int]:
        return set().union(*(self._of_alternative(alternative) for alternative in group))

    def _of_alternative(self, alternative: Alternative) -> set[int]:
        return set.intersection(*(self._of_term(term) for term in alternative.terms))

    def _of_term(self, term: Term) -> set[int]:
        if term.prefix or len(term.words) == 1:
            return set().union(*(postings[0] for _word, postings in self._postings(term, self.field)))
        return self._of_phrase(term)

    def _of_phrase(self, term: Term) -> set[int]:
        held = [set(self.leaf.postings(self.field, self._key(word))[0]) for word, _offset in term.words]
        candidates = {entry for entry in set.intersection(*held) if self.view.flags[entry]}
        starts: dict[int, set[int]] = {}
        for word, offset in term.words:
            places = self.leaf.positions(self.field, self._key(word), candidates)
            here = {entry: {place - offset for place in found} for entry, found in places.items()}
            starts = {entry: found & starts.get(entry, found) for entry, found in here.items()}
            candidates = {entry for entry, found in starts.items() if found}
        return candidates

    def _add_group(self, group: Group, scores: Scores) -> None:
        if len(group) == 1 and len(group[0].terms) == 1 and group[0].terms[0].single:
            self._add_term(group[0].terms[0], scores)
            return
        best: Scores = {}
        for alternative in group:
            part = dict.fromkeys(self._of_alternative(alternative) & scores.keys(), 0.0)
            for term in alternative.terms:
                self._add_term(term, part)
            for entry, score in part.items():
                best[entry] = max(best.get(entry, 0.0), score * alternative.weight)
        for entry, score in best.items():
            scores[entry] += score

    def _add_term(self, term: Term, scores: Scores) -> None:
        for name in (self.field,) if self.plan.in_titles else ("text", "title"):
            lengths = self.leaf.facts.title_lengths if name == "title" else self.leaf.facts.lengths
            a, b = self.statistics.norm(name, self.plan.lang)
            for word, (entries, weights) in self._postings(term, name):
                factor = self.statistics.weight(name, self.plan.lang, word) * (K1 + 1.0)
                for entry, often in zip(entries, weights, strict=True):
                    if entry in scores:
                        scores[entry] += factor * often / (often + a + b * lengths[entry])

    def _postings(self, term: Term, name: str) -> Iterator[tuple[str, Postings]]:
        """The posting lists of a term under the names by which the statistics know them."""
        if term.prefix:
            prefix = self._key(term.prefix)
            yield f"{prefix}*", self.leaf.beginning_postings(name, prefix)
        for word, _offset in term.words:
            if not (term.prefix and word.startswith(term.prefix)):
                yield self._key(word), self.leaf.postings(name, self._key(word))

    def _text_score(self, word: str, entry: int, often: int) -> float:
        lang, key = self.plan.lang, self._key(word)
        norm = self.statistics.norm(self.field, lang)
        return bm25(self.statistics.weight(self.field, lang, key), often, self.leaf.facts.lengths[entry], norm)

    def _key(self, word: str) -> str:
        return f"{self.plan.lang}:{word}"
