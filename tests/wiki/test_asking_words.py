"""What requests say: links for who may follow them, one last day for both sides, and by when an appeal is decided."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.wiki.asking import TUESDAY, Clock, Desk, plain
from tests.wiki.holding_fixtures import held
from wiki import db
from wiki.access.policy import Viewer
from wiki.asking import instead
from wiki.people.models import Group


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    stopped = Clock()
    monkeypatch.setattr(db, "now", stopped)
    return stopped


@pytest.fixture
def desk(world, clock: Clock) -> Desk:  # type: ignore[no-untyped-def]
    return Desk(world, clock)


def test_an_address_is_a_link_for_whoever_may_read_what_stands_there(desk: Desk) -> None:
    desk.world.write("Steel", "How it is made.")
    address = desk.world.write("Quarrel", "Sealed.", sharing=held(60, release_title="Something"))
    slug = address.split("/")[-1]
    request = desk.ask(desk.hold("source"))
    desk.refuse(request, instead=f"See [[steel]], [[page:steel]], /wiki/steel. Or [[{slug}]] and [[nothing]] <b>.")
    theirs = desk.get("oskar", f"/requests/mine/{request}").text
    assert theirs.count('<a href="/wiki/steel" dir="auto">Steel</a>') == 3
    assert f"Or [[{slug}]] and [[nothing]] &lt;b&gt;." in theirs
    assert f'href="{address}"' not in theirs
    assert "Quarrel" not in theirs
    keeper = desk.get("okello", f"/requests/{request}").text
    assert f'<a href="{address}" dir="auto">Quarrel</a>' in keeper


@pytest.mark.parametrize("typed", ["//evil.example/x", "https://evil.example/x", "/wiki/", "[[]]", "[[ ]]", "Ask us"])
def test_what_leads_to_no_paper_stays_as_it_was_typed(desk: Desk, typed: str) -> None:
    viewer: Viewer = desk.world.viewer("oskar")
    with desk.world.app.test_request_context(), db.system_session() as session:
        assert instead.with_links(session, viewer, typed) == typed


def test_both_sides_are_told_the_same_last_day_in_every_zone(desk: Desk) -> None:
    request = desk.ask(desk.hold("source"))
    desk.grant(request, days=33)
    session_zone = desk.get("oskar", f"/requests/mine/{request}")
    assert "You can read it until 22 December 2026." in plain(session_zone.text)
    assert "They can read it until 22 Dec 2026" in plain(desk.get("okello", f"/requests/{request}").text)
    east = replace(desk.world.viewer("oskar"), timezone="Asia/Tokyo")
    from flask import g

    from wiki.asking import desk as desks, words

    with desk.world.app.test_request_context(), db.system_session() as session:
        g.viewer = east
        row = desks.rows(session, east, [desk.request(request)])[0]
        assert "22 December 2026" in words._while_granted(row)


def test_an_appeal_says_within_how_long_it_is_decided_and_is_not_urgent(desk: Desk) -> None:
    request = desk.ask(desk.hold("source"), urgent="y")
    assert "Urgent" in plain(desk.get("oskar", f"/requests/mine/{request}").text)
    desk.refuse(request)
    assert "It is decided within 5 working days." in plain(desk.get("oskar", f"/requests/mine/{request}").text)
    desk.appeal(request)
    for who, path in (
        ("oskar", f"/requests/mine/{request}"),
        ("marek", f"/requests/{request}"),
        ("marek", "/requests"),
    ):
        page = plain(desk.get(who, path).text)
        assert "due in 5 working days" in page
        assert "Urgent" not in page, path


def test_leave_to_decide_ends_with_the_decision_and_says_so(desk: Desk) -> None:
    target = desk.hold("source")
    request = desk.ask(target)
    desk.refuse(request)
    desk.appeal(request)
    assert desk.reads("marek", target)
    shared = plain(desk.get("okello", "/wiki/about-talks/sharing").text)
    assert "until it is decided · to decide a dispute about it" in shared
    assert "2027" not in shared.partition("Let one more person read")[2].partition("·")[0], "no year in words"
    desk.decide(request, "uphold")
    assert not desk.reads("marek", target)
    assert desk.get("marek", "/wiki/about-talks").status_code == 403


def test_a_steward_who_gets_what_nobody_answered_is_told_who_asks_and_where_they_serve(desk: Desk) -> None:
    target = desk.hold("source")
    request, passage = desk.ask(target), desk.ask(desk.hold_passage())
    desk.clock.moment = TUESDAY
    desk.run()
    for one in (request, passage):
        for who in ("okello", "ines"):
            for path in ("/requests", f"/requests/{one}"):
                page = plain(desk.get(who, path).text)
                assert "Oskar Berg" in page, (who, path)
                assert "Embassy Jakarta" in page, (who, path)
    assert "it came to you. Oskar Berg asks to read" in plain(desk.get("ines", "/notices").text)
    with desk.world.app.app_context(), db.system_session(writing=True) as session:
        session.get_one(Group, "jakarta").is_hidden = True
    for path in ("/requests", f"/requests/{request}"):
        page = plain(desk.get("ines", path).text)
        assert "Oskar Berg" in page
        assert "Embassy Jakarta" not in page, "a hidden post stays hidden"


def test_who_has_nothing_to_answer_is_led_to_their_own_requests(desk: Desk) -> None:
    answer = desk.get("oskar", "/requests")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/requests/mine")
    assert desk.get("gita", "/requests").status_code == 403, "guests do not ask"
    for who in ("oskar", "okello"):
        assert desk.get(who, "/requests/new").status_code == 404
    request = desk.ask(desk.hold("source"))
    assert desk.get("tomas", f"/requests/{request}").data == desk.get("tomas", "/requests/zzzzzzzzzzzz").data
