"""One question to PostgreSQL: the same matches, counts and order as the embedded engine gives."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import (
    REAL,
    ColumnElement,
    Connection,
    Row,
    Text,
    and_,
    case,
    cast,
    distinct,
    func,
    literal,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY, distinct_on

from search.analysis import plain_words
from search.engine import FACETS, MOST_HITS, Hit, Results
from search.plan import Aliases, Plan, plan, used_aliases
from search.postgres_statistics import Statistics
from search.postgres_table import lexeme, segment as s
from search.postgres_words import close_by, frequency, question, score, single, unwanted, weighed_words
from search.query import Query, Sort
from search.ranking import ENOUGH_HITS, LATE, NEAR_WEIGHT, RERANKED, bm25, rerank, standing
from search.spelling import within_one_edit
from search.titles import gram

MOST_SCORED = 1000
_PARTS = {"body": 0, "stub": 2}
_COLUMNS = {"kind": s.c.kind, "lang": s.c.lang, "owner": s.c.owner, "status": s.c.status}
_ARRAYS = {"platform": s.c.platforms, "topic": s.c.topics, "tag": s.c.tags}
_SAME_START = 2

Where = ColumnElement[bool]
Weights = Mapping[tuple[str, str], float]


class Matched(NamedTuple):
    """Rows and the number of their documents. `wider`: any word was enough; `lacking`: no document holds them all."""

    where: Where
    total: int
    wider: bool = False
    lacking: bool = False


class Search:
    """What one reader sees, inside one transaction."""

    def __init__(self, connection: Connection, statistics: Statistics, aliases: Aliases) -> None:
        self.connection = connection
        self.statistics = statistics
        self.aliases = aliases

    def results(
        self, query: Query, keys: frozenset[str], wanted: slice, exclude: Collection[int], late: Collection[int] = ()
    ) -> Results:
        if query.blank:
            return Results()
        allowed = readable(keys, exclude) & _filtered(query)
        query, found, corrected = self._with_help(query, allowed)
        hits = self._ranked(query, found, late)[wanted] if found.total else []
        also = used_aliases(query, self.aliases)
        return Results(tuple(hits), found.total, self._facets(found), also, corrected, found.lacking)

    def scored(self, plans: Sequence[Plan], where: Where, relaxed: bool, total: int | None = None) -> list[Hit]:
        """Matches with their BM25, the best first; beyond a thousand PostgreSQL's own rank chooses which."""
        words = {made.lang: weighed_words(made) for made in plans}
        rows = self._candidates(plans, words, where, relaxed, total)
        weights = self.statistics.weights(
            self.connection, {w for lang in {row.lang for row in rows} for w in words[lang]}
        )
        by_lang = {made.lang: made for made in plans}
        best: dict[int, tuple[int, Hit]] = {}
        for row in rows:
            _take(best, row, self._score(by_lang[row.lang], words[row.lang], row, weights))
        hits = (hit for _place, hit in best.values())
        return sorted(hits, key=lambda hit: (-hit.score, -hit.document))[:MOST_HITS]

    def plans(self, query: Query) -> list[Plan]:
        return [plan(query, lang, self.aliases) for lang in self.statistics.languages(self.connection)]

    def _with_help(self, query: Query, allowed: Where) -> tuple[Query, Matched, str | None]:
        """All words; if hardly anything has them all, a likelier spelling of unknown words, then any of the words."""
        found = self._matching(query, allowed)
        if found.total or not query.groups:
            return query, self._relaxed(query, allowed, found), None
        better = self._respelled(query, allowed)
        if better is None:
            return query, self._relaxed(query, allowed, found), None
        return better, self._relaxed(better, allowed, self._matching(better, allowed)), str(better)

    def _relaxed(self, query: Query, allowed: Where, found: Matched) -> Matched:
        if found.total >= ENOUGH_HITS or not any(len(p.groups) > 1 for p in self.plans(query)):
            return found
        more = self._matching(query, allowed, wider=True)
        return more._replace(lacking=not found.total) if more.total > found.total else found

    def _matching(self, query: Query, allowed: Where, wider: bool = False) -> Matched:
        where = allowed & matching(self.plans(query), wider, whole=not query.groups)
        total = self.connection.scalar(select(func.count(distinct(s.c.document))).where(where)) or 0
        return Matched(where, total, wider)

    def _respelled(self, query: Query, allowed: Where) -> Query | None:
        groups = list(query.groups)
        for at, group in enumerate(query.groups):
            lonely = replace(query, groups=(group,), excluded=())
            if len(group) > 1 or group[0].sort is not Sort.WORD or self._matching(lonely, allowed).total:
                continue
            if better := self._corrected(group[0].text, allowed):
                groups[at] = (replace(group[0], text=better),)
        return replace(query, groups=tuple(groups)) if groups != list(query.groups) else None

    def _corrected(self, word: str, allowed: Where) -> str | None:
        """The word one edit away, with the same first two letters, that most readable titles and headings hold."""
        spelled = "".join(plain_words(word))
        if len(spelled) <= _SAME_START:
            return None
        begun = allowed & s.c.starts.bool_op("@@")(_tsquery(single(spelled[:_SAME_START] + "*")))
        held = select(func.unnest(s.c.spell).label("word")).where(begun).subquery()
        counted = select(held.c.word, func.count().label("times")).group_by(held.c.word)
        near = [(row.times, row.word) for row in self.connection.execute(counted) if _likely(spelled, row.word)]
        return max(near)[1] if near else None

    def _ranked(self, query: Query, found: Matched, late: Collection[int]) -> list[Hit]:
        if not query.groups:
            return self._newest(found.where)
        plans = self.plans(query)
        hits = self.scored(plans, found.where, found.wider, found.total)
        documents = [hit.document for hit in hits[:RERANKED]]
        earned, statuses = self._bonus(plans, documents, found.where), self._statuses(documents)
        closer = [replace(hit, score=hit.score + earned.get(hit.document, 0.0)) for hit in hits[:RERANKED]]
        return rerank(closer, lambda hit: _worth(hit, statuses, late)) + hits[RERANKED:]

    def _statuses(self, documents: Sequence[int]) -> dict[tuple[int, str], str]:
        found = select(s.c.document, s.c.part, s.c.status).where(s.c.document.in_(documents))
        return {(document, part): status for document, part, status in self.connection.execute(found)}

    def _newest(self, where: Where) -> list[Hit]:
        """Filters alone find everything they leave, the newest first."""
        newest = select(s).where(where).order_by(s.c.dated.desc(), s.c.document.desc()).limit(2 * MOST_HITS)
        best: dict[int, tuple[int, Hit]] = {}
        for row in self.connection.execute(newest):
            _take(best, row, float(row.dated.toordinal()))
        return [hit for _place, hit in best.values()][:MOST_HITS]

    def _candidates(
        self, plans: Sequence[Plan], words: Mapping[str, list[str]], where: Where, relaxed: bool, total: int | None
    ) -> Sequence[Row[Any]]:
        slots = range(max((len(asked) for asked in words.values()), default=0))
        ranks = [_rank(column, _slot(words, n)).label(f"{column} {n}") for n in slots for column in ("words", "titles")]
        columns = (s.c.document, s.c.part, s.c.revision, s.c.lang, s.c.length, s.c.title_length)
        chosen = select(*columns, *ranks).where(where)
        if total is None or total > MOST_SCORED:
            text = question(plans, False, relaxed) or question(plans, True, relaxed)
            chosen = chosen.order_by(func.ts_rank(s.c.words, _tsquery(text)).desc(), s.c.id).limit(MOST_SCORED)
        return self.connection.execute(chosen).all()

    def _score(self, made: Plan, words: list[str], row: Row[Any], weights: Weights) -> float:
        lengths = {"words": row.length, "titles": row.title_length}
        often = {
            (column, word): frequency(row._mapping[f"{column} {n}"])
            for n, word in enumerate(words)
            for column in ("words", "titles")
        }
        return score(made, often, weights, lengths, self.statistics.norms(made.lang))

    def _bonus(self, plans: Sequence[Plan], documents: Sequence[int], where: Where) -> dict[int, float]:
        """What documents earn for holding words of the question close together."""
        earned: dict[int, float] = {}
        for made in plans:
            for left, right in (tuple(f"{made.lang}:{word}" for word in pair) for pair in made.neighbours()):
                for document, points in self._near(made, left, right, documents, where):
                    earned[document] = earned.get(document, 0.0) + NEAR_WEIGHT * points
        return earned

    def _near(
        self, made: Plan, left: str, right: str, documents: Sequence[int], where: Where
    ) -> Iterable[tuple[int, float]]:
        column = "titles" if made.in_titles else "words"
        close = s.c[column].bool_op("@@")(_tsquery(close_by(left, right)))
        found = select(
            s.c.document,
            s.c.length,
            _rank(column, _tsquery(single(left))).label("l"),
            _rank(column, _tsquery(single(right))).label("r"),
        )
        weights, norm = (
            self.statistics.weights(self.connection, {left, right}),
            self.statistics.norms(made.lang)[column],
        )
        for row in self.connection.execute(found.where(where, s.c.document.in_(documents), close)):
            yield (
                row.document,
                bm25(weights[column, left], frequency(row.l), row.length, norm)
                + bm25(weights[column, right], frequency(row.r), row.length, norm),
            )

    def _facets(self, found: Matched) -> dict[str, dict[str, int]]:
        counted: dict[str, dict[str, int]] = {facet: {} for facet in FACETS}
        if not found.total:
            return counted
        for facet, value, times in self.connection.execute(_counts(found.where)):
            if value:
                counted[facet][value] = times
        return {facet: dict(sorted(c.items(), key=lambda pair: -pair[1])) for facet, c in counted.items()}


def readable(keys: Iterable[str], exclude: Collection[int]) -> Where:
    """Rows whose labels meet the keys, those of passages twice over, but for documents with pending changes."""
    held = cast(sorted(keys), ARRAY(Text))
    mine: Where = s.c.labels.overlap(held) & (s.c.within.is_(None) | s.c.within.overlap(held))
    return mine & s.c.document.not_in(exclude) if exclude else mine


def matching(plans: Sequence[Plan], relaxed: bool, whole: bool = False) -> Where:
    """Rows that match; `whole` for a question of filters alone, which every row matches."""
    texts = ((column, question(plans, column == "titles", relaxed)) for column in ("words", "titles"))
    found = [s.c[column].bool_op("@@")(_tsquery(text)) for column, text in texts if text]
    where: Where = or_(*found) if found else literal(whole)
    if avoided := unwanted(plans):
        where = and_(where, ~s.c.words.bool_op("@@")(_tsquery(avoided)))
    return where


def _filtered(query: Query) -> Where:
    where: list[Where] = [_has(name, query.values(name)) for name in {name for name, _value in query.filters}]
    where += [~_has(name, {value}) for name, value in query.without]
    if query.after:
        where.append(s.c.dated >= query.after)
    if query.before:
        where.append(s.c.dated < query.before)
    return and_(literal(True), *where)


def _has(name: str, values: Collection[str]) -> Where:
    if name in _COLUMNS:
        return _COLUMNS[name].in_(values)
    found: Where = _ARRAYS[name].overlap(cast(sorted(values), ARRAY(Text)))
    return found


def _counts(where: Where) -> Any:
    """One row for each value of each facet, counting each document once by the part it is shown by."""
    place = func.array_position(cast(["body", "passage", "stub"], ARRAY(Text)), func.split_part(s.c.part, ":", 1))
    columns = (*_COLUMNS.values(), s.c.platforms, s.c.topics)
    found = (
        select(s.c.document, *columns)
        .where(where)
        .ext(distinct_on(s.c.document))
        .order_by(s.c.document, place)
        .cte("found")
    )
    single_values = [
        select(literal(name).label("facet"), found.c[name].label("value"), func.count()).group_by(found.c[name])
        for name in _COLUMNS
    ]
    several = []
    for name, column in (("platform", found.c.platforms), ("topic", found.c.topics)):
        each = select(func.unnest(column).label("value")).subquery()
        several.append(select(literal(name), each.c.value, func.count()).group_by(each.c.value))
    return union_all(*single_values, *several)


def _take(best: dict[int, tuple[int, Hit]], row: Row[Any], points: float) -> None:
    """One hit for each document: a body goes before a passage, a passage before a stub; the best score counts."""
    place, hit = _PARTS.get(row.part, 1), Hit(row.document, row.part, points, row.revision)
    if known := best.get(row.document):
        shown = hit if place < known[0] else known[1]
        hit = replace(shown, score=max(points, known[1].score))
        place = min(place, known[0])
    best[row.document] = (place, hit)


def _worth(hit: Hit, statuses: Mapping[tuple[int, str], str], late: Collection[int]) -> float:
    return standing(statuses[hit.document, hit.part]) * (LATE if hit.document in late else 1.0)


def _rank(column: str, word: ColumnElement[Any]) -> ColumnElement[float]:
    every_weight_one = cast([1.0, 1.0, 1.0, 1.0], ARRAY(REAL))
    return func.ts_rank(every_weight_one, s.c[column], word)


def _slot(words: Mapping[str, list[str]], n: int) -> ColumnElement[Any]:
    """The nth word of the question in the language of the row."""
    return case({lang: _tsquery(single(asked[n])) for lang, asked in words.items() if n < len(asked)}, value=s.c.lang)


def _tsquery(text: str) -> ColumnElement[Any]:
    return cast(text, TSQUERY)


def _likely(spelled: str, other: str) -> bool:
    return other.startswith(spelled[:_SAME_START]) and within_one_edit(spelled, other)


def suggested(words: Sequence[str], allowed: Where, most: int) -> Any:
    """Rows whose titles have words that begin like these; those that begin so and the short ones first."""
    sought = " & ".join(f"{lexeme(gram(word))}:*A" for word in words)
    found = allowed & s.c.starts.bool_op("@@")(_tsquery(sought))
    begins = func.lower(s.c.title).startswith(words[0], autoescape=True)
    place = case({"body": 0, "stub": 2}, value=s.c.part, else_=1)
    columns = (s.c.document, s.c.part, s.c.title)
    return (
        select(*columns).where(found).order_by(begins.desc(), func.length(s.c.title), place, s.c.id.desc()).limit(most)
    )
