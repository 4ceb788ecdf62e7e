"""The table: what was measured, beside what the project promised."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median

from benchmarks.load import Pace
from benchmarks.measures import Row

REFERENCE = "bare Flask route"

# What the project promised, for 10,000 documents.
VIEW_SHARE, SEARCH_P95, LONG_SEARCH_P95, SUGGEST_P95, SEARCHABLE_P95 = 0.5, 60.0, 150.0, 15.0, 500.0
MEMORY_GAINED, FIRST_VISIT, NEXT_PAGE = 30e6, 60_000, 10_000


@dataclass(slots=True)
class Found:
    """What was measured with one number of documents. Times are in seconds, sizes in bytes."""

    size: int
    rows: list[Row] = field(default_factory=list)
    # How fast a view was beside the reference that was asked right before it, for each round.
    shares: dict[str, list[float]] = field(default_factory=dict)
    # Milliseconds of processor time of single requests.
    cpu: dict[str, Pace] = field(default_factory=dict)
    searchable: Pace | None = None
    memory: float = 0.0
    gained: float = 0.0
    cold: float = 0.0
    # A first visit with all it brings, its page alone, the next page.
    weights: tuple[int, int, int] = (0, 0, 0)
    import_seconds: float = 0.0
    import_files: int = 0
    made_seconds: float = 0.0


def show(found: Found) -> None:
    """Print everything about one size."""
    print(f"\n{found.size:,} documents")
    titles = f"{'p50 ms':>9}{'p95 ms':>9}{'p95, 8 at once':>16}{'CPU ms':>9}{'CPU p50':>9}{'CPU p95':>9}"
    print(f"{'':<20}{'per second':>11}{titles}")
    for row in sorted(found.rows, key=lambda row: row.what != REFERENCE):
        numbers = f"{row.per_second:>11.1f}{row.p50:>9.1f}{row.p95:>9.1f}{row.loaded_p95:>16.1f}{row.cpu:>9.2f}"
        single = found.cpu.get(row.what)
        print(f"{row.what:<20}{numbers}" + (f"{single.p50:>9.2f}{single.p95:>9.2f}" if single else ""))
    print()
    for what, value in _facts(found):
        print(f"{what:<44}{value}")
    for promise in judged(found):
        print(promise)


def _facts(found: Found) -> Iterator[tuple[str, str]]:
    if found.searchable:
        yield "save until the search finds it", f"p50 {found.searchable.p50:.0f} ms, p95 {found.searchable.p95:.0f} ms"
    yield "memory of a worker (PSS)", f"{found.memory / 1e6:.0f} MB"
    yield "memory a worker gains by 200 searches", f"{found.gained / 1e6:.1f} MB"
    yield "cold start until the first answer", f"{found.cold:.1f} s"
    first, page, following = found.weights
    yield "first visit, everything with Brotli", f"{first / 1e3:.1f} kB, of which the page {page / 1e3:.1f} kB"
    yield "next page", f"{following / 1e3:.1f} kB"
    if found.import_files:
        pace = found.import_files / found.import_seconds
        yield "import of Markdown", f"{found.import_files} files in {found.import_seconds:.1f} s, {pace:.0f} per second"
    if found.made_seconds:
        yield "making this world", f"{found.made_seconds:.0f} s"


def judged(found: Found) -> Iterator[str]:
    """Each promise with what came of it."""
    for what, shares in found.shares.items():
        share = median(shares)
        if what.endswith("anew"):
            continue
        yield _verdict(share >= VIEW_SHARE, f"{what}: {share:.2f} of the bare route", f"at least {VIEW_SHARE}")
        if what in found.cpu:
            by_cpu = found.cpu[REFERENCE].p50 / found.cpu[what].p50
            yield _verdict(by_cpu >= VIEW_SHARE, f"{what}: {by_cpu:.2f} of it by processor time", f"{VIEW_SHARE}")
    for row in found.rows:
        most = _limit(row.what)
        if most:
            single = found.cpu.get(row.what, Pace(0, 1.0, 0.0, 0.0)).p95
            words = f"{row.what}: p95 {row.p95:.0f} ms by the clock, {single:.0f} ms of processor time"
            yield _verdict(max(row.p95, single) < most, words, f"under {most:.0f} ms")
    if found.searchable:
        late = found.searchable.p95
        yield _verdict(late < SEARCHABLE_P95, f"save until found: p95 {late:.0f} ms", f"under {SEARCHABLE_P95:.0f} ms")
    gained, (first, _page, following) = found.gained, found.weights
    yield _verdict(gained < MEMORY_GAINED, f"memory by search: {gained / 1e6:.1f} MB", "under 30 MB")
    yield _verdict(first < FIRST_VISIT, f"first visit: {first / 1e3:.1f} kB", "under 60 kB")
    yield _verdict(following < NEXT_PAGE, f"next page: {following / 1e3:.1f} kB", "under 10 kB")


def _limit(what: str) -> float | None:
    if what in ("search, 1 word", "search, 2 words"):
        return SEARCH_P95
    return {"search, 6 words": LONG_SEARCH_P95, "suggest": SUGGEST_P95}.get(what)


def _verdict(kept: bool, words: str, promise: str) -> str:
    return f"{'kept ' if kept else 'MISSED'}  {words} ({promise})"
