"""Documents like a text: a search for its most telling words."""

from collections.abc import Collection, Iterable

from search.analysis import terms
from search.engine import Hit
from search.plan import Alternative, Plan, Term
from search.query import Query
from search.ranking import enough, telling
from search.whoosh_scoring import Scorer, Scores, Statistics, View
from search.whoosh_search import Found, Search


def similar(
    search: Search,
    text: str,
    keys: frozenset[str],
    limit: int,
    kinds: Collection[str] | None,
    exclude: Collection[int],
) -> tuple[Hit, ...]:
    """The documents that share enough telling words; words are weighed by the open index alone."""
    views = search.views(Query(filters=tuple(("kind", kind) for kind in kinds or ())), keys, exclude)
    plans = [_asked(text, lang, search.statistics) for lang in sorted(search.statistics.languages())]
    found = Found(views, [_scores(plans, view, search.statistics) for view in views])
    return tuple(search.hits(found.best()[:limit], views))


def _asked(text: str, lang: str, statistics: Statistics) -> tuple[Plan, float]:
    """The most telling words, and the score from which a text is alike: less is chance."""
    words = [word for word, _position in terms(text, lang)]
    least = enough(words, lambda word: statistics.weight("text", lang, f"{lang}:{word}"), statistics.sums(lang)[0])
    return _plan(words, lang, statistics), least


def _plan(held: Iterable[str], lang: str, statistics: Statistics) -> Plan:
    def weight(word: str) -> float:
        key = f"{lang}:{word}"
        return statistics.weight("text", lang, key) if statistics.known("text", key) else 0.0

    words = telling(held, weight)
    return Plan(lang, tuple((Alternative((Term(((word, 0),)),)),) for word in words))


def _scores(plans: Iterable[tuple[Plan, float]], view: View, statistics: Statistics) -> Scores:
    scores: Scores = {}
    for plan, least in plans:
        if plan.groups:
            found = Scorer(plan, view, statistics).scores(relaxed=True)
            scores.update((entry, score) for entry, score in found.items() if score >= least)
    return scores
