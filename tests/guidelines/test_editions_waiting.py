"""What waits for approvers and for those who look after guidelines, on the home page and in lists."""

from __future__ import annotations

import pytest

from tests.guidelines.keeping_world import give, held_rule
from tests.guidelines.rules_at_work import allow_own_versions, edit, found, in_days, rule
from tests.journeys.reader import Reader
from tests.people import World
from tests.site.test_queries import cost
from wiki import db
from wiki.access.policy import Role
from wiki.documents.sharing import Sharing

ONE = "1 version of a guideline waits for your approval."
LIST = "/keeping/approvals"


def asked(
    world: World, title: str, *, who: str = "ines", sharing: Sharing | None = None, owner: str = "digital"
) -> str:
    """A guideline in force whose next version waits."""
    address = rule(world, title, sharing=sharing, owner=owner)
    edit(world, address, "Other.", by=who)
    reader = Reader(world, who).open(f"{address}/approval").press("Ask for approval", note=f"News of {title}.")
    assert "Asked." in reader.words
    return address


def closed() -> Sharing:
    return Sharing(("group:lisbon",), "hidden", reason="source", until=in_days(30))


def test_the_home_page_tells_an_approver_what_waits_and_leads_there(world: World) -> None:
    assert "waits for your approval" not in Reader(world, "marek").open("/").words
    address = asked(world, "Posting in a crisis")
    marek = Reader(world, "marek").open("/")
    assert ONE in marek.words
    marek.follow(ONE)
    assert "News of Posting in a crisis." in marek.words
    marek.follow("Posting in a crisis").press("Put it in force")
    assert "Nothing waits for you" in marek.open(LIST).words
    assert "waits for your approval" not in marek.open("/").words
    assert address in marek.open("/guidelines/").links().values()
    assert LIST in marek.links().values()


def test_what_an_approver_may_not_read_is_neither_counted_nor_named(world: World) -> None:
    give(world, "tomas", Role.APPROVER)
    asked(world, "Secret rule", who="okello", sharing=closed(), owner="lisbon")
    marek = Reader(world, "marek")
    assert "waits for your approval" not in marek.open("/").words
    assert "Secret rule" not in marek.open(LIST).words
    assert "Secret rule" in Reader(world, "tomas").open("/").follow(ONE).words, "the control"
    asked(world, "Open rule")
    assert ONE in marek.open("/").words, "the control"


def test_nobody_is_told_to_decide_about_what_they_wrote_unless_they_may(world: World) -> None:
    give(world, "oskar", Role.APPROVER)
    asked(world, "His own words", who="marek")
    assert ONE in Reader(world, "oskar").open("/").words, "the control"
    marek = Reader(world, "marek")
    assert "waits for your approval" not in marek.open("/").words
    assert "His own words" not in marek.open(LIST).words
    allow_own_versions(world)
    assert ONE in marek.open("/").words
    assert "His own words" in marek.open(LIST).words


@pytest.mark.parametrize("who", ["ines", "ada", "gita"])
def test_the_list_is_for_approvers(world: World, who: str) -> None:
    asked(world, "Posting in a crisis")
    assert world.get(who, LIST).status_code == 403
    assert LIST not in world.get(who, "/guidelines/").text
    assert "waits for your approval" not in world.get(who, "/").text


def test_stewards_and_leads_are_told_how_many_guidelines_are_late(world: World) -> None:
    addresses = [rule(world), held_rule(world)]
    with world.app.app_context(), db.system_session(writing=True) as session:
        for address in addresses:
            found(session, address).review_on = in_days(-1)
    ines, okello = Reader(world, "ines"), Reader(world, "okello")
    assert "1 guideline should have been looked at again by now." in ines.open("/").words
    assert "Secret rule" not in ines.follow("1 guideline should have been looked at again by now.").words
    assert "1 guideline should have been looked at again by now." in okello.open("/").words
    assert "/keeping/overdue" in okello.open("/guidelines/").links().values()
    assert "should have been looked at" not in Reader(world, "amina").open("/").words
    assert "/keeping/overdue" not in Reader(world, "amina").open("/guidelines/").links().values()


def test_the_list_asks_as_often_for_many_as_for_one(world: World) -> None:
    asked(world, "Rule 0")
    few = cost(world, LIST, "marek")
    for number in range(1, 4):
        asked(world, f"Rule {number}")
    assert cost(world, LIST, "marek") == few
    assert "Rule 3" in Reader(world, "marek").open(LIST).words, "the control"
