"""What the filter of rights costs a search: the same answers from an index with rights and from one without.

In the one, a fifth of the documents is held back for one to three of 300 groups, and the reader belongs to a hundred of
them. The other holds only what that reader may read, open to everybody, and is asked with one key. Both are asked the
same questions in turns, and both find the same documents; what differs is the filter, the texts of others it has to
pass over, and the second index for what is held back. `python -m benchmarks.rights --size 2000` measures this alone;
with `--server postgresql+psycopg://…` it does so on two databases that are made there for the while.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from statistics import median

from sqlalchemy import URL, create_engine, make_url, text

from benchmarks import corpus
from search.engine import OPEN, Engine, Segment
from search.query import Query, parse

HELD_SHARE, READER_GROUPS = 0.2, 100
QUESTIONS, ROUNDS = 100, 3
PAGE = 10


@dataclass(frozen=True, slots=True)
class Rights:
    """Milliseconds at the 95th percentile over all questions, with rights and without; the median of some rounds."""

    size: int
    with_rights: float
    without: float
    # How many documents both found for all questions; it is the same number, or nothing would be compared.
    hits: int

    @property
    def ratio(self) -> float:
        return self.with_rights / self.without


def measured(size: int, folder: Path, rounds: int = ROUNDS) -> Rights:
    """Make both indexes in this folder and ask them in turns, in processor time."""
    # Processor time: busy neighbours on the machine hardly touch it.
    return _compared(size, rounds, lambda name: _whoosh(folder / name), time.process_time)


def measured_on(server: str, size: int, rounds: int = ROUNDS) -> Rights:
    """The same on two databases of this server, in time that passes: the work is done in other processes."""
    with _databases(server) as addresses:
        return _compared(size, rounds, lambda name: _postgres(addresses[name]), time.perf_counter)


def _compared(size: int, rounds: int, empty: Callable[[str], Engine], clock: Callable[[], float]) -> Rights:
    keys = _keys()
    shared, plain = empty("shared"), empty("plain")
    shared.rebuild(segments(size), upto=1)
    readable = (replace(each, labels=frozenset({OPEN})) for each in segments(size) if each.labels & keys)
    plain.rebuild(readable, upto=1)
    asked = [parse(words) for count in (1, 2, 6) for words in corpus.questions(count, QUESTIONS, size)]
    hits = _same_answers(shared, plain, keys, asked)
    both = [_round(shared, plain, keys, asked, clock) for _ in range(rounds)]
    for engine in (shared, plain):
        engine.close()
    return Rights(size, median(one for one, _other in both), median(other for _one, other in both), hits)


def segments(size: int) -> Iterator[Segment]:
    """The documents of the corpus as they are indexed, a fifth of them held back."""
    for made in corpus.documents(size, "page"):
        chance = random.Random(f"rights {made.number}")
        groups = chance.sample(range(corpus.GROUPS), chance.randint(1, 3))
        held = {f"group:{corpus.group(each)}" for each in groups} if chance.random() < HELD_SHARE else {OPEN}
        yield Segment(
            document=made.number + 1,
            part="body",
            labels=frozenset({*held, f"doc:{made.number}", f"lead:{made.owner}"}),
            kind=corpus.kind_of(made.number),
            status="published",
            owner=made.owner,
            lang="en",
            title=made.title,
            headings="\n".join(line[3:] for line in made.body.splitlines() if line.startswith("## ")),
            text=made.body,
            tags=frozenset(made.terms["tag"]),
            platforms=frozenset(made.terms["platform"]),
            topics=frozenset(made.terms["topic"]),
            dated=date(2026, 1, 1),
            revision=1,
        )


def _keys() -> frozenset[str]:
    groups = random.Random("reader").sample(range(corpus.GROUPS), READER_GROUPS)
    return frozenset({OPEN, "person:reader", *(f"group:{corpus.group(each)}" for each in groups)})


def _whoosh(folder: Path) -> Engine:
    from search.whoosh_engine import WhooshEngine

    folder.mkdir(parents=True)
    return WhooshEngine(folder)


def _postgres(address: URL) -> Engine:
    from search.postgres_engine import PostgresEngine

    engine = PostgresEngine(create_engine(address))
    engine.prepare()
    return engine


@contextmanager
def _databases(server: str) -> Iterator[dict[str, URL]]:
    at = create_engine(server, isolation_level="AUTOCOMMIT")
    names = {name: f"chancery_rights_{name}_{uuid.uuid4().hex[:8]}" for name in ("shared", "plain")}
    try:
        with at.connect() as connection:
            for name in names.values():
                connection.execute(text(f"create database {name}"))
        yield {name: make_url(server).set(database=database) for name, database in names.items()}
    finally:
        with at.connect() as connection:
            for name in names.values():
                connection.execute(text(f"drop database if exists {name} with (force)"))
        at.dispose()


def _same_answers(shared: Engine, plain: Engine, keys: frozenset[str], asked: list[Query]) -> int:
    """How many documents both found for all questions; this warms both, too."""
    found = 0
    for query in asked:
        one, other = (_ask(engine, query, held) for engine, held in ((shared, keys), (plain, frozenset({OPEN}))))
        if one != other:
            raise RuntimeError(f"“{query}” finds {one} documents with rights and {other} without")
        found += one
    return found


def _ask(engine: Engine, query: Query, keys: frozenset[str]) -> int:
    return engine.search(query, keys, limit=PAGE).total


def _round(
    shared: Engine, plain: Engine, keys: frozenset[str], asked: list[Query], clock: Callable[[], float]
) -> tuple[float, float]:
    with_rights, without = list[float](), list[float]()
    for query in asked:
        with_rights.append(_took(lambda query=query: _ask(shared, query, keys), clock))  # type: ignore[misc]
        without.append(_took(lambda query=query: _ask(plain, query, frozenset({OPEN})), clock))  # type: ignore[misc]
    return _p95(with_rights), _p95(without)


def _took(work: Callable[[], int], clock: Callable[[], float]) -> float:
    begun = clock()
    work()
    return 1000 * (clock() - begun)


def _p95(took: list[float]) -> float:
    return sorted(took)[int(0.95 * (len(took) - 1))]


def main() -> None:
    """Measure this alone and print it."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.rights", description=__doc__)
    parser.add_argument("--size", type=int, default=10_000, help="how many documents")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="how often everything is asked")
    parser.add_argument("--server", help="a PostgreSQL server to measure on; otherwise Whoosh is")
    chosen = parser.parse_args()
    if chosen.server:
        found = measured_on(chosen.server, chosen.size, chosen.rounds)
    else:
        with tempfile.TemporaryDirectory() as scratch:
            found = measured(chosen.size, Path(scratch), chosen.rounds)
    print(f"load {os.getloadavg()[0]:.1f}; {found.size:,} documents, {found.hits:,} found by both")
    print(f"search p95 with rights {found.with_rights:.2f} ms, without {found.without:.2f} ms: {found.ratio:.2f} times")


if __name__ == "__main__":
    main()
