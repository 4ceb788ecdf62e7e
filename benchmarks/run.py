"""`python -m benchmarks.run`: measure everything in one run and print the table."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sqlite3
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from benchmarks import alone, load, measures, network, reference, rights, servers, world
from benchmarks.measures import Row
from benchmarks.reader import Reader
from benchmarks.servers import Server
from benchmarks.table import REFERENCE, Found, show


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the options, measure, print."""
    chosen = _options().parse_args(arguments)
    _head()
    results = []
    for size in chosen.sizes:
        found = _measured(size, chosen)
        show(found)
        results.append(found)
    if chosen.json:
        chosen.json.write_text(json.dumps([asdict(found) for found in results], indent=1))
        print(f"\nThe same as JSON: {chosen.json}")


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    parser.add_argument("--sizes", type=_numbers, default=[1000, 10000], help="numbers of documents: 1000,10000")
    parser.add_argument("--seconds", type=float, default=4.0, help="how long each row is asked for")
    parser.add_argument("--rounds", type=int, default=2, help="how often all is asked, the reference each time")
    parser.add_argument("--saves", type=int, default=40, help="how many saves are followed until they are found")
    parser.add_argument("--files", type=int, default=200, help="how many Markdown files are imported")
    parser.add_argument("--no-browser", action="store_true", help="leave out what Chromium measures")
    parser.add_argument("--json", type=Path, help="write the results to this file too")
    parser.add_argument("--keep", type=Path, help="make the worlds in this folder and use them again the next time")
    return parser


def _numbers(words: str) -> list[int]:
    return [int(word) for word in words.split(",")]


def _head() -> None:
    kernel, cores = platform.release(), os.cpu_count()
    print(f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, Linux {kernel}, {cores} cores, "
          f"load {os.getloadavg()[0]:.1f}; {servers.WORKERS} workers of gunicorn; asked by {load.tool()}")  # fmt: skip


def _measured(size: int, chosen: argparse.Namespace) -> Found:
    found = Found(size)
    with tempfile.TemporaryDirectory() as scratch, _world(size, chosen.keep, Path(scratch), found) as folder:
        database = Path(scratch) / "reference.sqlite3"
        reference.prepare(str(database), size)
        with servers.reference(database) as bare, servers.product(folder) as ours:
            found.cold = ours.cold
            _ask_everything(found, bare, ours, chosen)
        found.cpu = alone.cpu(folder, database, measures.paths(size), REFERENCE)
        _measure_lessons(found, database, chosen, Path(scratch))
        found.rights = rights.measured(size, Path(scratch) / "rights")
        found.import_files = chosen.files
        found.import_seconds = measures.imported(folder, chosen.files)
    return found


def _measure_lessons(found: Found, database: Path, chosen: argparse.Namespace, scratch: Path) -> None:
    """In a world of lessons alone: finding the like of one, and the list with its filters."""
    asked = {"list of lessons": measures.lists_of_lessons()}
    with _world(found.size, chosen.keep, scratch, found, only="lesson") as folder:
        with servers.product(folder) as ours:
            cookie = Reader(ours.port).sign_in()
            found.lesson_rows.append(measures.similar(ours, cookie, found.size, chosen.seconds))
            for what, addresses in asked.items():
                found.lesson_rows.append(measures.answers(what, ours, cookie, addresses, chosen.seconds))
        found.lesson_cpu = alone.cpu(folder, database, asked, REFERENCE, measures.told(100, found.size))


@contextmanager
def _world(size: int, keep: Path | None, scratch: Path, found: Found, only: str | None = None) -> Iterator[Path]:
    folder = (keep or scratch) / (f"world-{size}" + (f"-{only}" if only else ""))
    if not folder.exists():
        begun = time.monotonic()
        unfinished = folder.with_suffix(".part")
        unfinished.mkdir(parents=True)
        world.make(unfinished, size, only)
        unfinished.rename(folder)
        found.made_seconds += time.monotonic() - begun
    yield folder


def _ask_everything(found: Found, bare: Server, ours: Server, chosen: argparse.Namespace) -> None:
    cookie, asked = Reader(ours.port).sign_in(), measures.paths(found.size)
    found.memory, found.gained = measures.memory(ours, cookie, asked)
    found.weights = measures.weights(ours, cookie, asked["guideline view"][0], asked["page view"][0])
    found.module_bytes = max(measures.weights(ours, cookie, path, path)[2] for path in asked["module view"][:20])
    if network.can_measure() and not chosen.no_browser:
        found.inputs = network.first_inputs(ours)
    writable = world.open_slugs("page", 20, found.size)
    rounds: dict[str, list[Row]] = {}
    for _ in range(chosen.rounds):
        for row in _round(found, bare, ours, cookie, asked, chosen.seconds):
            rounds.setdefault(row.what, []).append(row)
        answered = measures.quiz_answers(ours, cookie, asked["module view"], chosen.seconds)
        rounds.setdefault("quiz answer", []).append(answered)
        rounds.setdefault("save", []).append(measures.saves(ours, cookie, writable, chosen.seconds))
    found.rows = [measures.together(rows) for rows in rounds.values()]
    found.searchable = measures.searchable(ours, cookie, writable, chosen.saves)


def _round(
    found: Found, bare: Server, ours: Server, cookie: str, asked: dict[str, list[str]], seconds: float
) -> Iterator[Row]:
    """Each row once. The reference is asked right before each view, so that both have the same neighbours."""
    for what, addresses in asked.items():
        if "view" not in what:
            yield measures.answers(what, ours, cookie, addresses, seconds)
            continue
        plain = _bare(bare, found.size, seconds)
        row = measures.answers(what, ours, cookie, addresses, seconds)
        found.shares.setdefault(what, []).append(row.per_second / plain.per_second)
        yield from (plain, row)


def _bare(server: Server, size: int, seconds: float) -> Row:
    addresses = [f"/page/{number}" for number in range(1, min(size, 300) + 1)]
    return measures.answers(REFERENCE, server, "", addresses, seconds)


if __name__ == "__main__":
    main()
