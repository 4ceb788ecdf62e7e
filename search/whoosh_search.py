"""One question to the two Whoosh indexes: who may see what, matches, counts, order."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from heapq import nlargest

from search.engine import FACETS, MOST_HITS, Hit, Results
from search.plan import Aliases, Plan, plan, used_aliases
from search.query import Query, Sort, parse
from search.ranking import ENOUGH_HITS, LATE, RERANKED, STANDING
from search.whoosh_leaf import Leaf
from search.whoosh_scoring import Scorer, Scores, Statistics, View
from search.whoosh_titles import corrected_word

_PARTS = ("body", "passage", "stub")
_FIRST_DAY, _LAST_DAY = 0, 4_000_000

# A match as (score, document, number of its view, entry in that view).
Match = tuple[float, int, int, int]
Bonus = Callable[[Sequence[tuple[View, Sequence[int]]]], Iterable[Scores]]


class Search:
    """What one reader sees of the open leaves and, behind them, of the held ones."""

    def __init__(self, open_leaves: Sequence[Leaf], held_leaves: Sequence[Leaf], aliases: Aliases) -> None:
        self.leaves = [*open_leaves, *held_leaves]
        self.statistics = Statistics(open_leaves)
        self.aliases = aliases

    def results(
        self, query: Query, keys: frozenset[str], wanted: slice, exclude: Collection[int], late: Collection[int] = ()
    ) -> Results:
        if query.blank:
            return Results()
        views = self.views(query, keys, exclude)
        found, relaxed, corrected = self._with_help(query, views)
        better = parse(corrected, query.lang) if corrected else query
        hits = self.hits(found.best(lambda pairs: self._bonus(better, pairs), late)[wanted], views)
        also = used_aliases(better, self.aliases)
        return Results(tuple(hits), len(found.matches), found.facets(), also, corrected, relaxed)

    def views(self, query: Query, keys: frozenset[str], exclude: Collection[int] = ()) -> list[View]:
        """The entries of each leaf that the keys open and the filters leave."""
        return [View(leaf, leaf.flags(_allowed(leaf, query, keys, exclude))) for leaf in self.leaves]

    def ranked(self, query: Query, views: Sequence[View], relaxed: bool) -> "Found":
        return Found(views, [self._scores(query, view, relaxed) for view in views])

    def _with_help(self, query: Query, views: Sequence[View]) -> tuple["Found", bool, str | None]:
        """All words; if hardly anything has them all, a likelier spelling of unknown words, then any of the words."""
        found = self.ranked(query, views, relaxed=False)
        if found.matches or not query.groups:
            return (*self._relaxed(query, views, found), None)
        better = self._respelled(query, views)
        if better is None:
            return (*self._relaxed(query, views, found), None)
        return (*self._relaxed(better, views, self.ranked(better, views, relaxed=False)), str(better))

    def _relaxed(self, query: Query, views: Sequence[View], found: "Found") -> tuple["Found", bool]:
        """Also those that hold any of the words, where that is more; and whether no document holds all of them."""
        if len(found.matches) >= ENOUGH_HITS or not self._has_several(query, views):
            return found, False
        wider = self.ranked(query, views, relaxed=True)
        return (wider, not found.matches) if len(wider.matches) > len(found.matches) else (found, False)

    def _has_several(self, query: Query, views: Sequence[View]) -> bool:
        langs = {lang for view in views if any(view.flags) for lang in view.leaf.values("lang")}
        return any(len(p.groups) > 1 for p in self._plans(query, langs))

    def _respelled(self, query: Query, views: Sequence[View]) -> Query | None:
        groups = list(query.groups)
        for at, group in enumerate(query.groups):
            lonely = replace(query, groups=(group,), excluded=())
            if len(group) > 1 or group[0].sort is not Sort.WORD or self._anything(lonely, views):
                continue
            if better := corrected_word(group[0].text, views):
                groups[at] = (replace(group[0], text=better),)
        return replace(query, groups=tuple(groups)) if groups != list(query.groups) else None

    def _anything(self, query: Query, views: Sequence[View]) -> bool:
        scorers = (scorer for view in views for scorer in self._scorers(query, view))
        return any(scorer.matches_group(group) for scorer in scorers for group in scorer.plan.groups)

    def _scores(self, query: Query, view: View, relaxed: bool) -> Scores:
        if not any(view.flags):
            return {}
        if not query.groups:
            return self._undirected(query, view)
        scores: Scores = {}
        for scorer in self._scorers(query, view):
            scores.update(scorer.scores(relaxed))
        return scores

    def _undirected(self, query: Query, view: View) -> Scores:
        """Filters alone find everything they leave, the newest first."""
        gone = set().union(*(scorer.excluded() for scorer in self._scorers(query, view)))
        days = view.leaf.facts.dated
        return {entry: float(days[entry]) for entry in _ones(view) if entry not in gone}

    def _bonus(self, query: Query, pairs: Sequence[tuple[View, Sequence[int]]]) -> Iterator[Scores]:
        for view, entries in pairs:
            earned = dict.fromkeys(entries, 0.0)
            for scorer in self._scorers(query, view):
                for entry, bonus in scorer.bonus(entries).items():
                    earned[entry] += bonus
            yield earned

    def _scorers(self, query: Query, view: View) -> Iterator[Scorer]:
        for made in self._plans(query, view.leaf.values("lang")):
            yield Scorer(made, view, self.statistics)

    def _plans(self, query: Query, langs: Iterable[str]) -> list[Plan]:
        return [plan(query, lang, self.aliases) for lang in sorted(langs)]

    def hits(self, matches: Iterable[Match], views: Sequence[View]) -> list[Hit]:
        cards = ((score, views[number].leaf.card(entry)) for score, _document, number, entry in matches)
        return [Hit(card[0], card[1], score, card[2]) for score, card in cards]


class Found:
    """The matches in all views, one for each document: a body goes before a passage, a passage before a stub."""

    def __init__(self, views: Sequence[View], scored: Sequence[Scores]) -> None:
        self._views = views
        self.matches: dict[int, Match] = {}
        for part in _PARTS:
            for number, scores in enumerate(scored):
                self._take(part, number, scores)

    def best(self, bonus: Bonus | None = None, late: Collection[int] = ()) -> list[Match]:
        """The first two hundred, the first hundred weighed by the nearness of words, by status and by lateness."""
        ranked = nlargest(MOST_HITS, self.matches.values())
        if not bonus:
            return ranked
        return sorted(self._weighed(ranked[:RERANKED], bonus, late), reverse=True) + ranked[RERANKED:]

    def facets(self) -> dict[str, dict[str, int]]:
        counted: dict[str, Counter[str]] = {facet: Counter() for facet in FACETS}
        for number, entries in self._by_view(self.matches.values()).items():
            leaf = self._views[number].leaf
            members = leaf.as_set(entries)
            for facet, counter in counted.items():
                for value in leaf.values(facet):
                    counter[value] += (members & leaf.members(f"{facet}:{value}")).bit_count()
        return {facet: dict((+counter).most_common()) for facet, counter in counted.items()}

    def _take(self, part: str, number: int, scores: Scores) -> None:
        leaf = self._views[number].leaf
        if not scores or not (members := leaf.members(f"part:{part}")):
            return
        flags, documents, matches = leaf.flags(members), leaf.facts.documents, self.matches
        for entry, score in scores.items():
            if not flags[entry]:
                continue
            document = documents[entry]
            if (known := matches.get(document)) is None:
                matches[document] = (score, document, number, entry)
            elif score > known[0]:
                matches[document] = (score, *known[1:])

    def _weighed(self, head: Sequence[Match], bonus: Bonus, late: Collection[int]) -> list[Match]:
        grouped = self._by_view(head)
        earned = dict(zip(grouped, bonus([(self._views[n], e) for n, e in grouped.items()]), strict=True))
        worth = {number: self._standing(number) for number in grouped}
        sunk = dict.fromkeys(late, LATE)
        return [((m[0] + earned[m[2]][m[3]]) * worth[m[2]].get(m[3], 1.0) * sunk.get(m[1], 1.0), *m[1:]) for m in head]

    def _standing(self, number: int) -> dict[int, float]:
        """The entries whose status weighs them down."""
        leaf = self._views[number].leaf
        return {e: factor for status, factor in STANDING.items() for e in leaf.postings("key", f"status:{status}")[0]}

    def _by_view(self, matches: Iterable[Match]) -> dict[int, list[int]]:
        grouped: dict[int, list[int]] = {}
        for _score, _document, number, entry in matches:
            grouped.setdefault(number, []).append(entry)
        return grouped


def _allowed(leaf: Leaf, query: Query, keys: frozenset[str], exclude: Collection[int]) -> int:
    allowed = leaf.union(f"label:{key}" for key in keys) & leaf.alive()
    if passages := leaf.members("part:passage"):
        allowed &= ~passages | leaf.union(f"within:{key}" for key in keys)
    for name in {name for name, _value in query.filters}:
        allowed &= leaf.union(f"{name}:{value}" for value in query.values(name))
    allowed &= ~leaf.union(f"{name}:{value}" for name, value in query.without)
    allowed &= ~leaf.as_set(entry for gone in exclude for entry in leaf.postings("key", f"document:{gone}")[0])
    if query.after or query.before:
        first = query.after.toordinal() if query.after else _FIRST_DAY
        last = query.before.toordinal() - 1 if query.before else _LAST_DAY
        allowed &= leaf.dated_between(first, last)
    return allowed


def _ones(view: View) -> Iterator[int]:
    return view.leaf.entries(int.from_bytes(view.flags, "little"))
