"""Administrators set on which days a group works."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from tests.people import World
from wiki import db
from wiki.people import calendar
from wiki.people.models import Group

PAGE = "/admin/groups/lisbon"


def save(world: World, who: str = "ada", **said: Any) -> Any:
    with world.app.app_context(), db.system_session() as session:
        version = session.get_one(Group, "lisbon").version
    return world.post(who, f"{PAGE}/working-days", {"version": version, **said})


def set_now(world: World) -> calendar.Calendar:
    with world.app.app_context(), db.system_session() as session:
        return calendar.of(session, "lisbon")


def test_weekend_and_holidays_are_set_and_shown(world: World) -> None:
    said = {"working-weekend": ["5", "6"], "working-holidays": "2027-01-06 Epiphany\r\n\r\n2027-04-25 Liberty Day"}
    assert save(world, **said).status_code == 303
    assert set_now(world).weekend == {5, 6}
    assert set_now(world).holidays == {date(2027, 1, 6), date(2027, 4, 25)}
    page = world.get("ada", PAGE).text
    assert "2027-01-06 Epiphany\n2027-04-25 Liberty Day" in page
    assert page.count(" checked") == 2

    assert save(world).status_code == 303
    assert set_now(world) == calendar.Calendar(), "without any, those of the unit above count again"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"working-holidays": "2027-01-06 Fine\nChristmas"}, "Line 2 does not begin with a day."),
        ({"working-holidays": "2027-13-01"}, "Line 1 does not begin with a day."),
        ({"working-weekend": [str(day) for day in range(1, 8)]}, "Leave at least one day."),
        ({"working-weekend": ["9"]}, "Error"),
    ],
)
def test_what_makes_no_sense_is_said_beside_the_field_and_changes_nothing(
    world: World, said: dict[str, Any], words: str
) -> None:
    answer = save(world, **said)
    assert answer.status_code == 422
    assert words in answer.text
    assert set_now(world) == calendar.Calendar()


def test_who_had_it_open_while_it_changed_is_told(world: World) -> None:
    assert save(world, **{"working-weekend": ["5"]}).status_code == 303
    answer = world.post("ada", f"{PAGE}/working-days", {"version": "1", "working-weekend": ["7"]})
    assert answer.status_code == 409
    assert set_now(world).weekend == {5}


def test_only_administrators_set_them(world: World) -> None:
    for who in ("okello", "ines", "gita"):
        assert save(world, who, **{"working-weekend": ["5"]}).status_code == 403
    assert set_now(world) == calendar.Calendar()
