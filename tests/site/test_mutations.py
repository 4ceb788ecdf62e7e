"""Whichever filter is taken away, something tells: docs/sharing-tests.md lists all places and what notices each."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import BACKEND, AppMaker
from tests.people import World
from tests.site import mutations, mutations_list, report, twins
from tests.site.mutations_list import Watch

ROOT = Path(__file__).resolve().parents[2]
# One of the two engines is not asked on the other back end.
ELSEWHERE = {"sqlite": "search.postgres_search", "postgres": "search.whoosh_search"}[BACKEND]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def watch(make_shared_app: AppMaker) -> Iterator[Watch]:
    with twins.a_stopped_clock(), twins.the_same_ids_in_both_worlds():
        found = Watch(World(make_shared_app("without")), World(make_shared_app("with")))
        twins.furnish(found.without, held=False)
        twins.furnish(found.with_it, held=True)
        yield found


def test_the_list_of_places_is_complete() -> None:
    listed = mutations_list.read()
    assert set(listed) == {str(place) for place in mutations.places()}, "run python -m tests.site.mutations_list"
    assert [place for place, row in listed.items() if not row.leaks or not row.noticed] == []


def test_pages_notice_what_is_taken_away(watch: Watch) -> None:
    rows = {place: row for place, row in mutations_list.read().items() if not row.is_test and ELSEWHERE not in place}
    unnoticed = [place for place, row in rows.items() if not watch.notices(mutations.by_name(place), *row.page)]
    assert unnoticed == []
    report.note("filters taken away, noticed by a page", places=len(rows), database=BACKEND)


def test_tests_notice_what_no_page_shows() -> None:
    rows = {place: row for place, row in mutations_list.read().items() if row.is_test and ELSEWHERE not in place}
    # A clock of its own: some of these tests stop it, and none of them knows that a filter is away.
    command = [sys.executable, "-m", "pytest", "-n", "0", "-q", "-s", "-m", "", "--tb=no", "-p", "no:cacheprovider",
               "-p", "tests.site.mutations_plugin", *sorted({row.noticed for row in rows.values()})]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, timeout=300)
    noticed = {line for line in done.stdout.splitlines() if line.startswith("NOTICED ")}
    unnoticed = {place for place, row in rows.items() if not _is_in(noticed, row.noticed, place)}
    assert unnoticed == set(), "\n".join(sorted(unnoticed)) + done.stdout[-3000:]
    report.note("filters taken away, noticed by a test", places=len(rows), database=BACKEND)


def _is_in(noticed: set[str], test: str, place: str) -> bool:
    return any(line.startswith(f"NOTICED {test}[") and place in line for line in noticed)
