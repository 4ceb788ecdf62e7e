"""The table: what was measured, beside what the project promised."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from statistics import median

from benchmarks import network
from benchmarks.load import Pace
from benchmarks.measures import Row
from benchmarks.network import FirstInput
from benchmarks.rights import Rights

REFERENCE = "bare Flask route"

PROMISED_VIEWS = ("page view", "guideline view")

# What the project promised, for 10,000 documents.
VIEW_SHARE, SEARCH_P95, LONG_SEARCH_P95, SUGGEST_P95, SEARCHABLE_P95 = 0.5, 60.0, 150.0, 15.0, 500.0
MEMORY_GAINED, FIRST_VISIT, NEXT_PAGE = 30e6, 60_000, 10_000
SIMILAR_P95, ANSWER_P95, MODULE, FIRST_INPUT, HOME = 150.0, 100.0, 40_000, 1000.0, 40.0
# How much dearer than its like something may be: a module than a page, a list than another.
SAME = 1.3
# With 300 groups, a hundred of them the reader's, and a fifth of the documents held back.
RIGHTS = 1.2


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
    # The largest of the first modules, compressed, without what it brings along.
    module_bytes: int = 0
    inputs: list[FirstInput] = field(default_factory=list)
    # In a world of lessons alone.
    lesson_rows: list[Row] = field(default_factory=list)
    lesson_cpu: dict[str, Pace] = field(default_factory=dict)
    # What the filter of rights costs a search.
    rights: Rights | None = None
    import_seconds: float = 0.0
    import_files: int = 0
    made_seconds: float = 0.0


def show(found: Found) -> None:
    """Print everything about one size."""
    print(f"\n{found.size:,} documents")
    titles = f"{'p50 ms':>9}{'p95 ms':>9}{'p95, 8 at once':>16}{'CPU ms':>9}{'CPU p50':>9}{'CPU p95':>9}"
    print(f"{'':<20}{'per second':>11}{titles}")
    for row in sorted(found.rows, key=lambda row: row.what != REFERENCE):
        print(_line(row, found.cpu))
    if found.lesson_rows:
        print(f"in a world of {found.size:,} lessons")
    for row in found.lesson_rows:
        print(_line(row, found.lesson_cpu))
    print()
    for each in found.inputs:
        print(f"{_input(each)}: first byte {each.first:.0f}, first paint {each.paint:.0f}, usable {each.usable:.0f}, "
              f"a key taken {each.typed:.0f} ms (slowest {each.worst:.0f}), {each.bytes / 1e3:.1f} kB; "
              f"fetched before: {', '.join(each.fetched) or 'the page alone'}")  # fmt: skip
    for what, value in _facts(found):
        print(f"{what:<44}{value}")
    for promise in judged(found):
        print(promise)


def _line(row: Row, cpu: Mapping[str, Pace]) -> str:
    numbers = f"{row.per_second:>11.1f}{row.p50:>9.1f}{row.p95:>9.1f}{row.loaded_p95:>16.1f}{row.cpu:>9.2f}"
    single = cpu.get(row.what)
    return f"{row.what:<20}{numbers}" + (f"{single.p50:>9.2f}{single.p95:>9.2f}" if single else "")


def _input(each: FirstInput) -> str:
    return f"lesson form over {each.line}, {'files in the cache' if each.cached else 'nothing in the cache'}"


def _facts(found: Found) -> Iterator[tuple[str, str]]:
    if found.searchable:
        yield "save until the search finds it", f"p50 {found.searchable.p50:.0f} ms, p95 {found.searchable.p95:.0f} ms"
    yield "memory of a worker (PSS)", f"{found.memory / 1e6:.0f} MB"
    yield "memory a worker gains by 200 searches", f"{found.gained / 1e6:.1f} MB"
    yield "cold start until the first answer", f"{found.cold:.1f} s"
    first, page, following = found.weights
    yield "first visit, everything with Brotli", f"{first / 1e3:.1f} kB, of which the page {page / 1e3:.1f} kB"
    yield "module, compressed, the largest", f"{found.module_bytes / 1e3:.1f} kB"
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
        if what not in PROMISED_VIEWS:
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
    yield from _judged_newer(found)
    if found.rights:
        words = f"search p95 with the filter of rights: {found.rights.ratio:.2f} of that without"
        yield _verdict(found.rights.ratio < RIGHTS, words, f"under {RIGHTS}")
    if found.searchable:
        late = found.searchable.p95
        yield _verdict(late < SEARCHABLE_P95, f"save until found: p95 {late:.0f} ms", f"under {SEARCHABLE_P95:.0f} ms")
    gained, (first, _page, following) = found.gained, found.weights
    yield _verdict(gained < MEMORY_GAINED, f"memory by search: {gained / 1e6:.1f} MB", "under 30 MB")
    yield _verdict(first < FIRST_VISIT, f"first visit: {first / 1e3:.1f} kB", "under 60 kB")
    yield _verdict(following < NEXT_PAGE, f"next page: {following / 1e3:.1f} kB", "under 10 kB")


def _judged_newer(found: Found) -> Iterator[str]:
    """The promises for lessons, training and the home page."""
    p95 = {row.what: row.p95 for row in (*found.rows, *found.lesson_rows)}
    for what, most in (("similar lessons", SIMILAR_P95), ("quiz answer", ANSWER_P95)):
        if what in p95:
            yield _verdict(p95[what] < most, f"{what}: p95 {p95[what]:.0f} ms by the clock", f"under {most:.0f} ms")
    if found.module_bytes:
        yield _verdict(found.module_bytes <= MODULE, f"module: {found.module_bytes / 1e3:.1f} kB", "at most 40 kB")
    if found.cpu:
        yield from _judged_by_cpu(found.cpu)
    for each in found.inputs:
        if each.line == network.SLOW.name:
            yield _verdict(each.typed < FIRST_INPUT, f"{_input(each)}: {each.typed:.0f} ms", "under 1 s")


def _judged_by_cpu(cpu: Mapping[str, Pace]) -> Iterator[str]:
    module = cpu["module view"].p95 / cpu["page view, all anew"].p95
    yield _verdict(module <= SAME, f"module view: p95 {module:.2f} of that of a page, by processor time", f"{SAME}")
    lists = cpu["list of lessons"].p95 / cpu["list of guidelines"].p95
    yield _verdict(lists <= SAME, f"list of lessons: p95 {lists:.2f} of that of guidelines", f"at most {SAME}")
    home = cpu["home"].p50
    yield _verdict(home <= HOME, f"home: {home:.0f} ms of processor time", f"at most {HOME:.0f} ms")


def _limit(what: str) -> float | None:
    if what in ("search, 1 word", "search, 2 words"):
        return SEARCH_P95
    return {"search, 6 words": LONG_SEARCH_P95, "suggest": SUGGEST_P95}.get(what)


def _verdict(kept: bool, words: str, promise: str) -> str:
    return f"{'kept ' if kept else 'MISSED'}  {words} ({promise})"
