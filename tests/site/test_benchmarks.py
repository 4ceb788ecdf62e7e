"""The benchmark runs from end to end in a small world and prints everything it promises."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import corpus, load, world
from benchmarks.table import REFERENCE, Found, judged

ROOT = Path(__file__).resolve().parents[2]
ROWS = (REFERENCE, "page view", "guideline view", "page view, all anew", "module view", "home", "list of guidelines",
        "list of lessons", "search, 1 word", "search, 2 words", "search, 6 words", "suggest", "quiz answer",
        "save")  # fmt: skip
FACTS = ("save until the search finds it", "memory of a worker", "memory a worker gains", "cold start", "first visit",
         "next page", "import of Markdown")  # fmt: skip


@pytest.mark.slow
def test_one_command_measures_everything_and_prints_every_row(tmp_path: Path) -> None:
    written = tmp_path / "results.json"
    options = ["--sizes", "50", "--seconds", "0.2", "--rounds", "1", "--saves", "3", "--files", "5", "--no-browser"]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.run", *options, "--json", str(written)],
        cwd=ROOT, capture_output=True, text=True, timeout=400,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr[-2000:]
    for words in ROWS + FACTS:
        assert any(line.startswith(words) for line in done.stdout.splitlines()), words
    (found,) = json.loads(written.read_text())
    assert {row["what"] for row in found["rows"]} == set(ROWS)
    assert all(row["per_second"] > 0 and 0 < row["p50"] <= row["p95"] for row in found["rows"])
    assert found["searchable"]["requests"] == 3


def test_the_corpus_is_the_same_every_time_and_six_in_ten_are_open() -> None:
    made = list(corpus.documents(300))

    assert made == list(corpus.documents(300))
    assert 0.5 < sum(not each.groups for each in made) / len(made) < 0.7
    assert all(len(each.groups) <= 3 for each in made)
    assert 2_000 < sum(len(each.body) for each in made) / len(made) < 6_000


def test_the_reader_is_only_asked_for_what_they_may_read() -> None:
    slugs = set(world.readable_slugs("page", 1_000, 300))
    readable = {each.slug for each in corpus.documents(300) if not each.groups and each.kind == "page"}

    assert readable < slugs < {each.slug for each in corpus.documents(300) if each.kind == "page"}


def test_a_missed_promise_is_called_missed() -> None:
    found = Found(10_000, shares={"page view": [0.4, 0.3]}, gained=31e6, weights=(59_000, 5_000, 10_001))

    assert [line.split()[0] for line in judged(found)] == ["MISSED", "MISSED", "kept", "MISSED"]


def test_percentiles_are_of_all_pieces() -> None:
    pace = load.pace([float(number) for number in range(1, 102)], 2.0)

    assert (pace.p50, pace.p95, pace.per_second) == (51.0, 96.0, 50.5)
