"""The master test for a guest, an administrator, a steward, an approver, and for nobody in particular."""

from __future__ import annotations

import pytest

from tests.people import World
from tests.site.twin_checks import assert_nobody_can_tell

pytestmark = pytest.mark.slow

STAFF = ("gita", "ada", "ines", "marek", None)


@pytest.mark.parametrize("who", STAFF)
def test_no_outsider_can_tell_the_worlds_apart(worlds: tuple[World, World], who: str | None) -> None:
    assert_nobody_can_tell(worlds, who)
