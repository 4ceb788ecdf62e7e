"""An interim notice stands on top of a guideline until a day, and goes away by itself."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from guidelines.guides.keeping.models import InterimNotice
from tests.guidelines.keeping_world import a_rule, give, held_rule, in_days
from tests.journeys.reader import Reader
from tests.people import World
from tests.site.test_queries import cost
from tests.site.twins import masked
from tests.wiki.people_fixtures import Clock, clock
from wiki import db
from wiki.access.policy import Role

__all__ = ["clock"]
WORDS = "Post in Portuguese only until Monday."


def put_up(world: World, rule: str, who: str = "marek", until: str | None = None, words: str = WORDS) -> int:
    form = {"words": words, "until": in_days(5) if until is None else until}
    return world.post(who, f"{rule}/notices", form).status_code


def count(world: World) -> int:
    with world.app.app_context(), db.system_session() as session:
        return len(session.scalars(select(InterimNotice.id)).all())


def test_an_approver_puts_a_notice_on_top_and_readers_see_it(world: World) -> None:
    rule = a_rule(world)
    marek = Reader(world, "marek").open(rule).follow("Put a notice on top")
    marek.press("Put it on top", words=WORDS, until=in_days(5))
    assert marek.path == rule
    page = Reader(world, "oskar").open(rule)
    assert WORDS in page.words
    assert "For the time being" in page.words
    assert page.words.index(WORDS) < page.words.index("Stop the queue."), "it stands above the text"


@pytest.mark.parametrize("who", ["marek", "ines", "leila"])
def test_duty_officers_approvers_and_the_owners_leads_may(world: World, who: str) -> None:
    give(world, "leila", Role.DUTY_OFFICER)
    rule = a_rule(world)
    assert put_up(world, rule, who) == 303
    assert WORDS in world.get("amina", rule).text


@pytest.mark.parametrize("who", ["amina", "okello", "leila", "ada", "gita"])
def test_others_may_not_and_are_told_who_does(world: World, who: str) -> None:
    rule = a_rule(world)
    answer = world.post(who, f"{rule}/notices", {"words": WORDS, "until": in_days(5)})
    assert answer.status_code == 403
    assert "Put a notice on top" not in world.get(who, rule).text
    assert count(world) == 0


@pytest.mark.parametrize("days", [-1, 181])
def test_a_day_that_makes_no_sense_is_refused_with_the_words_kept(world: World, days: int) -> None:
    rule = a_rule(world)
    page = Reader(world, "marek").open(f"{rule}/notices").press("Put it on top", words=WORDS, until=in_days(days))
    assert page.status == 422
    assert page.beside("until") != ""
    assert page.field("words") == WORDS
    assert count(world) == 0


@pytest.mark.parametrize("until", ["", "tomorrow", "2026-02-31", "9999-12-31", "0001-01-01"])
def test_a_notice_without_an_end_is_refused(world: World, until: str) -> None:
    rule = a_rule(world)
    assert put_up(world, rule, until=until) == 422
    assert count(world) == 0


@pytest.mark.parametrize("words", ["", "   ", "x" * 601, "\ufffd"])
def test_words_that_cannot_be_shown_are_refused(world: World, words: str) -> None:
    rule = a_rule(world)
    assert put_up(world, rule, words=words) == 422
    assert count(world) == 0


def test_it_goes_away_by_itself_after_its_last_day(world: World, clock: Clock) -> None:
    rule = a_rule(world)
    assert put_up(world, rule, until=in_days(1)) == 303
    clock.forward(days=1)
    assert WORDS in world.get("amina", rule).text, "the last day is included"
    clock.forward(days=1)
    # Somebody who signs in only now: a session does not last so long.
    page = world.get("tomas", rule).text
    assert WORDS not in page
    assert "Stop the queue." in page, "the control"


def test_it_can_be_taken_down_before_and_only_once(world: World) -> None:
    rule = a_rule(world)
    put_up(world, rule)
    page = Reader(world, "ines").open(f"{rule}/notices")
    page.press("Take it down")
    assert WORDS not in page.words
    assert WORDS not in world.get("amina", rule).text
    with world.app.app_context(), db.system_session() as session:
        key = session.scalars(select(InterimNotice.public_id)).one()
    assert world.post("ines", f"{rule}/notices/{key}/end").status_code == 422


def test_a_draft_takes_no_notice(world: World) -> None:
    draft = a_rule(world, "A draft", status="draft")
    assert put_up(world, draft, "ines") == 403


def test_a_notice_of_another_guideline_cannot_be_taken_down_from_here(world: World) -> None:
    rule, other = a_rule(world), a_rule(world, "Other rule")
    put_up(world, rule)
    with world.app.app_context(), db.system_session() as session:
        key = session.scalars(select(InterimNotice.public_id)).one()
    assert world.post("marek", f"{other}/notices/{key}/end").status_code == 422
    assert WORDS in world.get("amina", rule).text


@pytest.mark.parametrize("who", ["oskar", "gita", "ada", "marek"])
def test_to_outsiders_it_answers_like_what_is_not_there(world: World, who: str) -> None:
    rule = held_rule(world)
    assert put_up(world, rule, "okello", words="Zqxnotice") == 303
    for send in (world.get, world.post):
        there, absent = send(who, f"{rule}/notices"), send(who, "/guidelines/never-was/notices")
        assert there.status_code == absent.status_code
        assert masked(there.text) == masked(absent.text)
    assert "Zqxnotice" not in world.get(who, rule).text
    assert "Zqxnotice" in world.get("amina", rule).text, "the control"


def test_notices_cost_one_statement_however_many_stand(world: World) -> None:
    rule = a_rule(world)
    few = cost(world, rule)
    for number in range(5):
        put_up(world, rule, words=f"Notice {number}")
    assert cost(world, rule) == few <= 10
