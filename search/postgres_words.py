"""Plans as PostgreSQL text queries, and BM25 from what PostgreSQL can tell of a row."""

from bisect import bisect
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate, pairwise

from search.plan import Alternative, Group, Plan, Term
from search.postgres_table import MOST_PLACES, lexeme
from search.ranking import NEAR_DISTANCE, bm25

# ts_rank of one word is the sum of 1/n^2 over its places times this: a number that tells how often the word is there.
_RANK_OF_ONE = 1 / 1.64493406685
_SUMS = list(accumulate(1.0 / (n * n) for n in range(1, MOST_PLACES + 1)))
_HALFWAY = [(low + high) / 2 for low, high in pairwise(_SUMS)]

# (column, word) -> how often a row holds it, or its weight
Numbers = Mapping[tuple[str, str], float]


def frequency(rank: float | None) -> int:
    """How often a word occurs, from its ts_rank with all weights at 1."""
    return 1 + bisect(_HALFWAY, rank / _RANK_OF_ONE) if rank else 0


def question(plans: Iterable[Plan], in_titles: bool, relaxed: bool) -> str:
    """One tsquery for all languages; empty where no plan looks into this column."""
    made = (_of_plan(plan, relaxed) for plan in plans if plan.in_titles is in_titles and plan.groups)
    return " | ".join(f"({text})" for text in made)


def unwanted(plans: Iterable[Plan]) -> str:
    """A tsquery for what must not be there."""
    return " | ".join(f"({_of_group(plan.excluded, plan.lang)})" for plan in plans if plan.excluded)


def single(word: str) -> str:
    """The tsquery of one word; of a beginning where it ends in a star."""
    return f"{lexeme(word[:-1])}:*" if word.endswith("*") else lexeme(word)


def close_by(left: str, right: str) -> str:
    """A tsquery for two words within three places of each other."""
    steps = range(1, NEAR_DISTANCE + 1)
    both = [(left, right), (right, left)]
    return " | ".join(f"({lexeme(a)} <{step}> {lexeme(b)})" for a, b in both for step in steps)


def weighed_words(plan: Plan) -> list[str]:
    """Every word whose frequency counts for the score, once; beginnings end in a star."""
    alternatives = (alternative for group in plan.groups for alternative in group)
    words = (w for alternative in alternatives for term in alternative.terms for w in _spellings(term, plan.lang))
    return list(dict.fromkeys(words))


def score(
    plan: Plan,
    often: Numbers,
    weight: Numbers,
    lengths: Mapping[str, int],
    norms: Mapping[str, tuple[float, float]],
) -> float:
    """The BM25 of one row: in each group the best alternative that is there."""

    def of_word(word: str) -> float:
        columns = ("titles",) if plan.in_titles else ("words", "titles")
        parts = ((column, often[column, word]) for column in columns)
        return sum(bm25(weight[c, word], tf, lengths[c], norms[c]) for c, tf in parts if tf)

    def of_alternative(alternative: Alternative) -> float:
        scores = [sum(of_word(word) for word in _spellings(term, plan.lang)) for term in alternative.terms]
        return sum(scores) * alternative.weight if all(scores) else 0.0

    return sum(max(of_alternative(alternative) for alternative in group) for group in plan.groups)


def _of_plan(plan: Plan, relaxed: bool) -> str:
    return (" | " if relaxed else " & ").join(f"({_of_group(group, plan.lang)})" for group in plan.groups)


def _of_group(group: Group, lang: str) -> str:
    return " | ".join(f"({_words_of(alternative, lang)})" for alternative in group)


def _words_of(alternative: Alternative, lang: str) -> str:
    return " & ".join(f"({_of_term(term, lang)})" for term in alternative.terms)


def _of_term(term: Term, lang: str) -> str:
    if term.prefix or len(term.words) == 1:
        return " | ".join(single(word) for word in _spellings(term, lang))
    steps = [term.words[at + 1][1] - offset for at, (_word, offset) in enumerate(term.words[:-1])]
    words = [lexeme(f"{lang}:{word}") for word, _offset in term.words]
    return words[0] + "".join(f" <{step}> {word}" for step, word in zip(steps, words[1:], strict=True))


def _spellings(term: Term, lang: str) -> Iterator[str]:
    """The words a term is counted by; a beginning ends in a star."""
    if term.prefix:
        yield f"{lang}:{term.prefix}*"
    for word, _offset in term.words:
        if not (term.prefix and word.startswith(term.prefix)):
            yield f"{lang}:{word}"
