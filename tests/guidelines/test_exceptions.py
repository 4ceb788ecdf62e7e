"""The register of exceptions: for a group, with an end, and seen by those it concerns alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from guidelines.guides.keeping.models import Exemption
from tests.guidelines.keeping_world import BODY, a_rule, closed_group, held_rule, in_days, new_text
from tests.journeys.reader import Reader
from tests.people import World
from tests.site.test_queries import cost
from tests.site.twins import masked
from tests.wiki.people_fixtures import Clock, clock
from wiki import db
from wiki.people.viewer import today

__all__ = ["clock"]
WORDS = "May answer in Tetum zqxword."


def grant(world: World, rule: str, group: str = "lisbon", who: str = "marek", **more: str) -> int:
    form = {"group": group, "words": WORDS, "until": in_days(30), "anchor": "s-later", **more}
    return world.post(who, f"{rule}/exceptions", form).status_code


def rows(world: World) -> list[Exemption]:
    with world.app.app_context(), db.system_session() as session:
        return list(session.scalars(select(Exemption)))


def test_an_approver_grants_one_and_its_members_see_it_on_the_guideline(world: World) -> None:
    rule = a_rule(world)
    page = Reader(world, "marek").open(rule).follow("Exceptions")
    page.press("Grant it", group="lisbon", words=WORDS, until=in_days(30), anchor="s-later")
    assert WORDS in page.words
    amina = Reader(world, "amina").open(rule)
    assert "There is 1 exception from this guideline that concerns you." in amina.words
    amina.follow("Read the exceptions")
    assert WORDS in amina.words
    assert "Embassy Lisbon" in amina.words
    assert "Later" in amina.words
    amina.follow("All exceptions of my groups")
    assert WORDS in amina.words
    assert "Posting in a crisis" in amina.words


def test_those_who_keep_the_guideline_and_approvers_see_every_one(world: World) -> None:
    rule = a_rule(world)
    grant(world, rule)
    for who in ("ines", "marek"):
        assert WORDS in world.get(who, f"{rule}/exceptions").text
        assert "exception from this guideline" in world.get(who, rule).text


@pytest.mark.parametrize("who", ["oskar", "leila", "ada", "bruno"])
def test_others_are_told_of_none_by_any_way(world: World, who: str) -> None:
    rule = a_rule(world)
    before = {path: masked(world.get(who, path).text) for path in _ways(rule)}
    assert grant(world, rule) == 303
    world.settle()
    assert {path: masked(world.get(who, path).text) for path in _ways(rule)} == before
    assert WORDS in world.get("amina", f"{rule}/exceptions").text, "the control"


def _ways(rule: str) -> tuple[str, ...]:
    return (rule, f"{rule}/exceptions", "/keeping/exceptions", f"{rule}/history", "/search?q=zqxword", "/recent",
            "/notices", "/", "/guidelines/", f"{rule}/comments")  # fmt: skip


def test_a_guest_in_the_group_sees_it_as_far_as_a_guest_reads(world: World) -> None:
    rule = a_rule(world)
    grant(world, rule, "bridge")
    assert world.get("gita", f"{rule}/exceptions").status_code == 404, "guests do not read what is for the service"
    assert WORDS not in world.get("gita", "/keeping/exceptions").text
    assert WORDS in world.get("tomas", f"{rule}/exceptions").text


@pytest.mark.parametrize("until", ["", "never", "2026-02-31", "9999-12-31", "2001-01-01"])
def test_an_exception_without_a_sensible_end_is_refused(world: World, until: str) -> None:
    rule = a_rule(world)
    page = Reader(world, "marek").open(f"{rule}/exceptions")
    page.press("Grant it", group="lisbon", words=WORDS, until=until)
    assert page.status == 422
    assert page.beside("until") != ""
    assert page.field("words") == WORDS
    assert rows(world) == []


@pytest.mark.parametrize(
    "odd", [{"group": ""}, {"group": "nobody"}, {"words": ""}, {"words": "x" * 401}, {"words": "\ufffd"}]
)
def test_what_cannot_be_granted_changes_nothing(world: World, odd: dict[str, str]) -> None:
    rule = a_rule(world)
    assert grant(world, rule, **odd) == 422
    assert rows(world) == []


@pytest.mark.parametrize("who", ["amina", "ines", "okello", "ada"])
def test_only_approvers_grant_and_end(world: World, who: str) -> None:
    rule = a_rule(world)
    assert grant(world, rule, who=who) == 403
    grant(world, rule)
    key = rows(world)[0].public_id
    assert world.post(who, f"{rule}/exceptions/{key}/end").status_code == 403
    assert rows(world)[0].ended_at is None


def test_it_ends_by_itself_after_its_last_day(world: World, clock: Clock) -> None:
    rule = a_rule(world)
    grant(world, rule, until=in_days(1))
    clock.forward(days=1)
    assert "exception from this guideline" in world.get("amina", rule).text
    clock.forward(days=1)
    # Somebody who signs in only now: a session does not last so long.
    assert "exception from this guideline" not in world.get("tomas", rule).text
    assert "Ended" in Reader(world, "tomas").open(f"{rule}/exceptions").words, "the register keeps it"


def test_an_approver_ends_it_before_and_only_once(world: World) -> None:
    rule = a_rule(world)
    grant(world, rule)
    Reader(world, "marek").open(f"{rule}/exceptions").press("End it")
    assert "exception from this guideline" not in world.get("amina", rule).text
    assert world.post("marek", f"{rule}/exceptions/{rows(world)[0].public_id}/end").status_code == 422


def test_a_closed_group_is_named_to_its_members_alone_and_offered_to_nobody_else(world: World) -> None:
    closed_group(world, "Zqxclosed", "tomas", "amina")
    rule = a_rule(world)
    assert "Zqxclosed" not in world.get("marek", f"{rule}/exceptions").text
    assert grant(world, rule, "closed") == 422
    about = {"document_id": world.document(rule).id, "group_id": "closed", "words": WORDS}
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.add(Exemption(**about, until=today() + timedelta(days=3)))
    assert "Zqxclosed" in world.get("tomas", f"{rule}/exceptions").text
    page = world.get("ines", f"{rule}/exceptions").text
    assert WORDS in page
    assert "Zqxclosed" not in page
    assert "A closed group" in page


@pytest.mark.parametrize("who", ["oskar", "gita", "ada", "marek"])
def test_to_outsiders_of_the_guideline_it_answers_like_what_is_not_there(world: World, who: str) -> None:
    rule = held_rule(world)
    for send in (world.get, world.post):
        there, absent = send(who, f"{rule}/exceptions"), send(who, "/guidelines/never-was/exceptions")
        assert there.status_code == absent.status_code
        assert masked(there.text) == masked(absent.text)


def test_the_lists_cost_the_same_however_many_there_are(world: World) -> None:
    rule = a_rule(world)
    grant(world, rule)
    pages = (rule, f"{rule}/exceptions", "/keeping/exceptions")
    few = {path: cost(world, path) for path in pages}
    for _ in range(8):
        grant(world, rule)
    assert {path: cost(world, path) for path in pages} == few
    assert max(few.values()) <= 10


def test_an_exception_from_a_guideline_that_a_member_cannot_read_is_not_in_their_list(world: World) -> None:
    """The rule somebody lost the right to read: the exception is the group's still."""
    rule = held_rule(world)
    about = {"document_id": world.document(rule).id, "group_id": "jakarta", "words": WORDS}
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.add(Exemption(**about, until=today() + timedelta(days=3)))
    page = world.get("oskar", "/keeping/exceptions").text
    assert WORDS not in page
    assert "Secret rule" not in page
    assert WORDS in world.get("okello", f"{rule}/exceptions").text, "the control"


@pytest.mark.parametrize("place", ["exceptions", "mine"])
def test_it_names_its_section_only_as_far_as_its_reader_gets_the_heading_now(world: World, place: str) -> None:
    rule = a_rule(world, body=BODY.replace("Later", "Zqxvolkov helps"))
    grant(world, rule, anchor="s-zqxvolkov-helps")
    path = "/keeping/exceptions" if place == "mine" else f"{rule}/exceptions"
    assert "Zqxvolkov helps" in world.get("amina", path).text, "the control"
    held = '::: held audience="group:digital" reason=source until=%s\n## Zqxvolkov helps\n\nLook again.\n:::'
    new_text(world, rule, "## First hour\n\nStop the queue.\n\n" + held % in_days(60))
    assert "zqxvolkov" not in world.get("amina", path).text.lower()
    assert WORDS in world.get("amina", path).text
