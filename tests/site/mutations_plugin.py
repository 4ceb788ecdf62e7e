"""For pytest: run each test named in docs/sharing-tests.md while the filter it stands beside is taken away.

A test that stands beside several filters runs once for each of them.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.site import mutations, mutations_list


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give each test the places it is named for."""
    here = metafunc.definition.nodeid.partition("[")[0]
    named = [place for place, row in mutations_list.read().items() if row.noticed == here]
    metafunc.parametrize("_taken_away", named, indirect=True, ids=named)


@pytest.fixture(autouse=True)
def _taken_away(request: pytest.FixtureRequest) -> Iterator[None]:
    with mutations.without(mutations.by_name(request.param)):
        yield


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Say which places were noticed: whoever started this reads it."""
    if report.when == "call" and report.failed:
        print(f"\nNOTICED {report.nodeid}")
