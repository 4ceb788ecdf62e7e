"""The twin worlds, for every test of sharing that asks for them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conftest import AppMaker
from tests.site import twin_checks, twins
from tests.site.twin_checks import Worlds


@pytest.fixture(scope="module")
def worlds(make_shared_app: AppMaker) -> Iterator[Worlds]:
    """A pair for the tests of one module: they only look, or change both worlds in the same way."""
    with twins.a_stopped_clock(), twins.the_same_ids_in_both_worlds():
        yield twin_checks.pair(make_shared_app)


@pytest.fixture
def own_worlds(make_app: AppMaker) -> Iterator[Worlds]:
    """A pair for one test that writes."""
    with twins.a_stopped_clock(), twins.the_same_ids_in_both_worlds():
        yield twin_checks.pair(make_app)
