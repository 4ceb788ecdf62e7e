"""The master test for those who hold a role: none of the roles opens anything."""

from __future__ import annotations

import pytest

from tests.people import World
from tests.site.test_twin_worlds_staff import STAFF
from tests.site.twin_checks import assert_nobody_can_tell
from tests.site.twin_pairs import OFFICERS
from tests.site.twins import OUTSIDERS

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("who", OFFICERS)
def test_no_outsider_can_tell_the_worlds_apart(worlds: tuple[World, World], who: str) -> None:
    assert_nobody_can_tell(worlds, who)


def test_nobody_who_is_outside_is_left_out() -> None:
    assert {"oskar", *STAFF, *OFFICERS} == set(OUTSIDERS)
