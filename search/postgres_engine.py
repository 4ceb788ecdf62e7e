"""The engine on PostgreSQL: one table beside the application's own, written in the page's own transaction."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice

from sqlalchemy import Connection, Engine, Integer, cast, delete, func, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import SQLAlchemyError

from search.analysis import terms
from search.engine import EngineBroken, EngineError, Hit, Results, Segment, Suggestion
from search.plan import NO_ALIASES, Aliases, Alternative, Plan, Term
from search.postgres_search import Search, matching, readable, suggested
from search.postgres_statistics import Statistics
from search.postgres_table import create, row, segment, state
from search.query import Query
from search.ranking import enough, telling
from search.titles import fits, order, typed_words

_LOCK_SPACE = 20_260
_BATCH = 200
_LOOKED_AT = 256


class PostgresEngine:
    """Holds no index of its own: readers see a change in the moment its transaction is committed."""

    def __init__(self, engine: Engine, aliases: Aliases = NO_ALIASES) -> None:
        self.aliases = aliases
        self._engine = engine
        self._statistics = Statistics()

    def prepare(self) -> None:
        """Create the tables where they are missing."""
        with self._writing(None) as connection:
            create(connection)

    def search(
        self,
        query: Query,
        keys: frozenset[str],
        *,
        limit: int,
        offset: int = 0,
        exclude: Collection[int] = (),
        late: Collection[int] = (),
    ) -> Results:
        with self._reading() as search:
            return search.results(query, keys, slice(offset, offset + limit), exclude, late)

    def suggest(
        self, prefix: str, keys: frozenset[str], *, limit: int = 8, exclude: Collection[int] = ()
    ) -> tuple[Suggestion, ...]:
        if not (words := typed_words(prefix)):
            return ()
        with self._reading() as search:
            rows = search.connection.execute(suggested(words, readable(keys, exclude), _LOOKED_AT)).all()
        fitting = {found.document: found for found in reversed(rows) if fits(found.title, words)}
        ordered = sorted(fitting.values(), key=lambda found: order(found.title, found.document, words))
        return tuple(Suggestion(found.document, found.part, found.title) for found in ordered[:limit])

    def similar(
        self,
        text: str,
        keys: frozenset[str],
        *,
        limit: int = 5,
        kinds: Collection[str] | None = None,
        exclude: Collection[int] = (),
    ) -> tuple[Hit, ...]:
        with self._reading() as search:
            langs = search.statistics.languages(search.connection)
            asked = [self._telling(text, lang, search) for lang in langs]
            plans = [made for made, _least in asked]
            least = min((least for made, least in asked if made.groups), default=0.0)
            where = readable(keys, exclude) & matching(plans, relaxed=True)
            where = where & segment.c.kind.in_(kinds) if kinds else where
            hits = search.scored(plans, where, relaxed=True)
            return tuple(hit for hit in hits[:limit] if hit.score >= least)

    def revisions(self) -> Mapping[int, int]:
        with self._reading() as search:
            rows = search.connection.execute(select(segment.c.document, segment.c.revision))
            return {found.document: found.revision for found in rows}

    def applied(self) -> int:
        with self._reading() as search:
            return search.connection.scalar(select(state.c.value).where(state.c.name == "applied")) or 0

    def healthy(self) -> bool:
        try:
            self.applied()
        except EngineError:
            return False
        return True

    def close(self) -> None:
        self._statistics.forget()

    def index(
        self, segments: Iterable[Segment], *, upto: int | None = None, connection: Connection | None = None
    ) -> None:
        """As the protocol says; with a connection, inside the transaction the caller has open on it."""
        rows = [row(each) for each in segments]
        with self._writing(connection) as writing:
            _replace(writing, {each["document"] for each in rows}, rows)
            _note(writing, upto)

    def remove(
        self, documents: Iterable[int], *, upto: int | None = None, connection: Connection | None = None
    ) -> None:
        with self._writing(connection) as writing:
            _replace(writing, set(documents), [])
            _note(writing, upto)

    def tidy(self) -> None:
        """Nothing to do: autovacuum looks after the table."""

    def rebuild(self, segments: Iterable[Segment], *, upto: int, progress: Callable[[int], None] | None = None) -> None:
        """Replace batch by batch, so that nobody who saves a page has to wait; then drop what was not given again."""
        last = self._last()
        seen: set[int] = set()
        for batch in _batches(segments):
            self.index(batch)
            seen |= {each.document for each in batch}
            if progress:
                progress(len(seen))
        with self._writing(None) as connection:
            gone = select(segment.c.document).where(segment.c.id <= last).distinct()
            _replace(connection, set(connection.scalars(gone)) - seen, [])
            _note(connection, upto)

    def _last(self) -> int:
        with self._reading() as search:
            return search.connection.scalar(select(func.max(segment.c.id))) or 0

    def _telling(self, text: str, lang: str, search: Search) -> tuple[Plan, float]:
        """The most telling words, and the score from which a text is alike."""
        words = [f"{lang}:{word}" for word, _position in terms(text, lang)]
        weights = search.statistics.known(search.connection, set(words))
        chosen = telling(words, lambda word: weights.get(word, 0.0))
        made = Plan(lang, tuple((Alternative((Term(((word.partition(":")[2], 0),)),)),) for word in chosen))
        rarest, documents = search.statistics.unknown(lang)
        return made, enough(words, lambda word: weights.get(word, rarest), documents)

    @contextmanager
    def _reading(self) -> Iterator[Search]:
        with _broken_if_failing(), self._engine.connect() as connection:
            yield Search(connection, self._statistics, self.aliases)

    @contextmanager
    def _writing(self, connection: Connection | None) -> Iterator[Connection]:
        with _broken_if_failing():
            if connection is not None:
                yield connection
            else:
                with self._engine.begin() as own:
                    yield own
        self._statistics.forget()


@contextmanager
def _broken_if_failing() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        raise EngineBroken(f"{type(error).__name__}: {error}") from error


def _replace(connection: Connection, documents: set[int], rows: list[dict[str, object]]) -> None:
    for document in sorted(documents):
        # Two transactions on one document take turns, in the order of ids so that they cannot block each other.
        turn = func.pg_advisory_xact_lock(_LOCK_SPACE, cast(document % 2**31, Integer))
        connection.execute(select(turn))
    if documents:
        connection.execute(delete(segment).where(segment.c.document.in_(documents)))
    if rows:
        connection.execute(insert(segment), rows)


def _note(connection: Connection, upto: int | None) -> None:
    if upto is not None:
        noted = upsert(state).values(name="applied", value=upto)
        connection.execute(noted.on_conflict_do_update(index_elements=["name"], set_={"value": upto}))


def _batches(segments: Iterable[Segment]) -> Iterator[list[Segment]]:
    source = iter(segments)
    while batch := list(islice(source, _BATCH)):
        yield batch
