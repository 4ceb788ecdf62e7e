"""Random audiences: every answer of every engine compared with one worked out by plain looking."""

import random
from collections import Counter
from collections.abc import Iterable

import pytest

from search.engine import Engine, Segment
from search.query import parse
from search.ranking import ENOUGH_HITS
from tests.search.makers import make_segment

WORDS = [f"w{n}" for n in range(8)]
GROUPS = [f"group:{n}" for n in range(6)]
ORDER = {"body": 0, "passage": 1, "stub": 2}


def _documents(chance: random.Random) -> list[Segment]:
    return [segment for document in range(1, 61) for segment in _parts(chance, document)]


def _parts(chance: random.Random, document: int) -> Iterable[Segment]:
    open_to_all = chance.random() < 0.5
    labels = {"service"} if open_to_all else set(chance.sample(GROUPS, chance.randint(1, 2)))
    yield _part(chance, document, "body", labels)
    if not open_to_all and chance.random() < 0.5:
        yield _part(chance, document, "stub", {"service"})
    if chance.random() < 0.3:
        yield _part(chance, document, "passage:1", {chance.choice(GROUPS)})


def _part(chance: random.Random, document: int, part: str, labels: set[str]) -> Segment:
    text, title = " ".join(chance.choices(WORDS, k=4)), " ".join(chance.choices(WORDS, k=2))
    kind = chance.choice(["lesson", "guideline"])
    return make_segment(document, text, part=part, labels=labels, title=title, kind=kind, topics={chance.choice("ab")})


def _readable(segments: list[Segment], keys: frozenset[str], exclude: set[int]) -> list[Segment]:
    return [segment for segment in segments if segment.labels & keys and segment.document not in exclude]


def _expected(segments: list[Segment], words: list[str], kind: str | None) -> tuple[set[tuple[int, str]], Counter[str]]:
    """The parts to be shown, and how many documents of each kind, among segments already known to be readable."""
    fitting = [s for s in segments if kind in (None, s.kind)]
    every = _shown([s for s in fitting if set(words) <= _words(s)])
    some = _shown([s for s in fitting if set(words) & _words(s)])
    shown = some if len(every) < ENOUGH_HITS and len(words) > 1 and len(some) > len(every) else every
    return {(s.document, s.part) for s in shown}, Counter(s.kind for s in shown)


def _words(segment: Segment) -> set[str]:
    return set(f"{segment.title} {segment.text}".split())


def _shown(segments: list[Segment]) -> list[Segment]:
    best: dict[int, Segment] = {}
    for segment in sorted(segments, key=lambda s: ORDER[s.part.partition(":")[0]], reverse=True):
        best[segment.document] = segment
    return list(best.values())


@pytest.mark.parametrize("seed", range(3))
def test_results_counts_facets_and_suggestions_equal_a_plain_look(engine: Engine, seed: int) -> None:
    chance = random.Random(seed)
    segments = _documents(chance)
    for start in range(1, 61, 20):
        engine.index([s for s in segments if start <= s.document < start + 20])
    for _question in range(40):
        _compare(engine, segments, chance)


def _compare(engine: Engine, segments: list[Segment], chance: random.Random) -> None:
    keys = frozenset(chance.sample([*GROUPS, "service", "doc:3", "doc:17"], chance.randint(0, 4)))
    exclude = set(chance.sample(range(1, 61), chance.randint(0, 9)))
    words, kind = chance.sample(WORDS, chance.randint(1, 3)), chance.choice([None, "lesson"])
    asked = parse(" ".join(words) + (f" kind:{kind}" if kind else ""))
    found = engine.search(asked, keys, limit=200, exclude=exclude)
    readable = _readable(segments, keys, exclude)
    shown, kinds = _expected(readable, words, kind)
    assert {(hit.document, hit.part) for hit in found.hits} == shown
    assert found.total == len(shown)
    assert found.facets.get("kind", {}) == kinds
    suggested = {(s.document, s.title) for s in engine.suggest(words[0], keys, limit=200, exclude=exclude)}
    titles = {(s.document, s.title) for s in readable if words[0] in s.title.split()}
    assert suggested <= titles
    assert {document for document, _title in suggested} == {document for document, _title in titles}
    similar = engine.similar(" ".join(words), keys, limit=200, exclude=exclude)
    assert {hit.document for hit in similar} <= {s.document for s in readable}
