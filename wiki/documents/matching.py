"""What two sequences have in common, found in bounded time.

The standard library's matcher takes the square of the length on repetitive texts. Here, what occurs once on both sides
anchors the rest (patience), Myers' algorithm works between the anchors up to a limit, and whatever is still open when
the limit or the deadline is reached counts as different. A coarse answer is then late, but never wrong.
"""

import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from typing import NamedTuple

_MOST_EDITS = 300


class Run(NamedTuple):
    """`length` items from `a` on equal those from `b` on."""

    a: int
    b: int
    length: int


class _Span(NamedTuple):
    a: int
    a_end: int
    b: int
    b_end: int


def matching_runs(a: Sequence[Hashable], b: Sequence[Hashable], deadline: float) -> list[Run]:
    """The runs both share, in order and as long as possible, and last an empty one at the end of both.

    `deadline` is a moment of `time.monotonic()`; after it, no further matches are looked for.
    """
    found: list[Run] = []
    spans = [_Span(0, len(a), 0, len(b))]
    while spans:
        span = _trim(a, b, spans.pop(), found)
        if span.a == span.a_end or span.b == span.b_end or time.monotonic() > deadline:
            continue
        anchors = _anchors(a, b, span)
        if anchors:
            spans.extend(_between(span, anchors))
        else:
            found.extend(_myers(a, b, span, deadline))
    return [*_joined(sorted(found)), Run(len(a), len(b), 0)]


def _trim(a: Sequence[Hashable], b: Sequence[Hashable], span: _Span, found: list[Run]) -> _Span:
    """Take what is equal at both ends off a span."""
    i, i_end, j, j_end = span
    while i < i_end and j < j_end and a[i] == b[j]:
        i, j = i + 1, j + 1
    while i < i_end and j < j_end and a[i_end - 1] == b[j_end - 1]:
        i_end, j_end = i_end - 1, j_end - 1
    found.append(Run(span.a, span.b, i - span.a))
    found.append(Run(i_end, j_end, span.a_end - i_end))
    return _Span(i, i_end, j, j_end)


def _anchors(a: Sequence[Hashable], b: Sequence[Hashable], span: _Span) -> list[tuple[int, int]]:
    """The items that occur once on each side, as far as they keep their order."""
    in_b = _once(b, span.b, span.b_end)
    pairs = [(i, in_b[item]) for item, i in _once(a, span.a, span.a_end).items() if item in in_b]
    return _rising(sorted(pairs))


def _once(items: Sequence[Hashable], start: int, end: int) -> dict[Hashable, int]:
    counts = Counter(items[start:end])
    return {items[i]: i for i in range(start, end) if counts[items[i]] == 1}


def _rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest subsequence whose second numbers rise, by patience sorting."""
    tops: list[int] = []
    top_pairs: list[int] = []
    before: list[int] = []
    for number, (_, j) in enumerate(pairs):
        pile = bisect_left(tops, j)
        before.append(top_pairs[pile - 1] if pile else -1)
        tops[pile : pile + 1] = [j]
        top_pairs[pile : pile + 1] = [number]
    chain = []
    number = top_pairs[-1] if top_pairs else -1
    while number >= 0:
        chain.append(pairs[number])
        number = before[number]
    return chain[::-1]


def _between(span: _Span, anchors: Sequence[tuple[int, int]]) -> Iterator[_Span]:
    """Cut a span before each anchor; the next round finds the anchor itself at the start of its piece."""
    i, j = span.a, span.b
    for next_i, next_j in [*anchors, (span.a_end, span.b_end)]:
        yield _Span(i, next_i, j, next_j)
        i, j = next_i, next_j


def _myers(a: Sequence[Hashable], b: Sequence[Hashable], span: _Span, deadline: float) -> list[Run]:
    """Myers' shortest edit script; nothing if it is longer than the limit or the time is over."""
    height, width = span.a_end - span.a, span.b_end - span.b
    reach = {1: 0}
    trail: list[dict[int, int]] = []
    for edits in range(min(height + width, _MOST_EDITS) + 1):
        if time.monotonic() > deadline:
            return []
        trail.append(dict(reach))
        for k in range(-edits, edits + 1, 2):
            i = _step(reach, k, edits)
            while i < height and i - k < width and a[span.a + i] == b[span.b + i - k]:
                i += 1
            reach[k] = i
            if i >= height and i - k >= width:
                return list(_walk_back(trail, span, height, width))
    return []


def _goes_down(reach: dict[int, int], k: int, edits: int) -> bool:
    return k == -edits or (k != edits and reach[k - 1] < reach[k + 1])


def _step(reach: dict[int, int], k: int, edits: int) -> int:
    return reach[k + 1] if _goes_down(reach, k, edits) else reach[k - 1] + 1


def _walk_back(trail: Sequence[dict[int, int]], span: _Span, i: int, j: int) -> Iterator[Run]:
    for edits in range(len(trail) - 1, -1, -1):
        reach, k = trail[edits], i - j
        start = _step(reach, k, edits)
        yield Run(span.a + start, span.b + start - k, i - start)
        i, j = (start, start - k - 1) if _goes_down(reach, k, edits) else (start - 1, start - k)


def _joined(runs: Sequence[Run]) -> Iterator[Run]:
    current = Run(0, 0, 0)
    for run in runs:
        if not run.length:
            continue
        if (run.a, run.b) == (current.a + current.length, current.b + current.length):
            current = current._replace(length=current.length + run.length)
        else:
            if current.length:
                yield current
            current = run
    if current.length:
        yield current
