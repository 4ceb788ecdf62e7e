"""Who sees which request, what forged and repeated answers come to, and that a hidden thing looks like none."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.people import LONG_AGO, World
from tests.site.test_queries import counted
from tests.wiki.asking import Clock, Desk, plain
from wiki import db
from wiki.access import audit
from wiki.access.models import AccessGrant, AccessRequest
from wiki.access.policy import Role
from wiki.asking import desk as desks, scope
from wiki.notices.models import Notice
from wiki.people.models import Membership, Person

NOBODY = "zzzzzzzzzzzz"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    stopped = Clock()
    monkeypatch.setattr(db, "now", stopped)
    return stopped


@pytest.fixture
def desk(world: World, clock: Clock) -> Desk:
    return Desk(world, clock)


def same(desk: Desk, who: str, one: str, other: str, **form: Any) -> None:
    """Two addresses answer this person with the same bytes, to a visit and to a form."""
    for ask in (desk.get, lambda who, path: desk.post(who, path, **form)):
        first, second = ask(who, one), ask(who, other)
        assert first.status_code == second.status_code == 404
        assert first.data.replace(one.encode(), b"") == second.data.replace(other.encode(), b"")


def test_what_is_hidden_answers_like_an_id_of_nothing(desk: Desk) -> None:
    hidden = desk.hold("source", discovery="hidden")
    inside = desk.hold_passage(sharing=_hidden_sharing(desk), title="Inner")
    draft = desk.world.document(desk.world.write("Draft", status="draft")).public_id
    for target in (hidden, inside, draft):
        same(desk, "oskar", f"/requests/new/{target}", f"/requests/new/{NOBODY}", urgent="y")
    assert desk.count(AccessRequest) == 0
    # A guest finds no notices either: they are told what guests are told of every address.
    stub = desk.hold("source", title="Told")
    answers = [desk.get("gita", f"/requests/new/{one}") for one in (stub, hidden, NOBODY)]
    assert {answer.status_code for answer in answers} == {403}
    assert len({answer.data for answer in answers}) == 1


def _hidden_sharing(desk: Desk) -> Any:
    from wiki.documents.sharing import Sharing

    until = (desk.clock.moment + timedelta(days=60)).date()
    return Sharing(("group:lisbon",), "hidden", reason="source", until=until)


def test_forged_and_foreign_requests_are_not_there(desk: Desk) -> None:
    request = desk.ask(desk.hold("source"))
    for where in ("/requests/{}", "/requests/mine/{}"):
        first, second = (desk.get("leila", where.format(one)) for one in (request, NOBODY))
        assert first.status_code == 404
        assert first.data == second.data
    verbs = ("/requests/{}/grant", "/requests/{}/refusal", "/requests/mine/{}/appeal", "/requests/mine/{}/withdrawal")
    for where in verbs:
        first, second = (desk.post("leila", where.format(one), version=1) for one in (request, NOBODY))
        assert first.status_code == 404, where
        assert first.data == second.data
    for verb in ("grant", "refusal"):
        data = {"until": "2026-12-01", "refusal": "legal", "instead": "No.", "version": 1}
        assert desk.post("leila", f"/requests/{request}/{verb}", **data).status_code == 404
    assert desk.post("marek", f"/requests/{request}/decision", words="x", outcome="allow").status_code == 404
    assert desk.post("leila", f"/requests/{request}/decision").status_code == 403, "no arbiter"
    assert desk.post("tomas", f"/requests/{request}/grant").status_code == 403, "a member is no lead"
    assert desk.state(request) == "asked"


def test_nobody_answers_their_own_request(desk: Desk) -> None:
    desk.give_role("oskar", Role.STEWARD)
    desk.give_role("oskar", Role.DUTY_OFFICER)
    desk.give_role("oskar", Role.ARBITER)
    request = desk.ask(desk.hold("source"), urgent="y")
    desk.clock.by(hours=4)
    desk.run()
    desk.clock.by(hours=4)
    desk.run()
    assert desk.request(request).arbiter_at is not None
    answers = [desk.grant(request, "oskar"), desk.refuse(request, "oskar"), desk.decide(request, "allow", "oskar")]
    for answer in answers:
        assert answer.status_code == 403
        assert "Somebody else has to answer your own request." in plain(answer.text)
    assert desk.state(request) == "escalated"
    assert not desk.reads("oskar", desk.request(request).target), "an arbiter gets no leave for what they ask"
    assert request not in desk.get("oskar", "/requests").text
    assert "request-arbiter" not in desk.told("oskar")


def test_whoever_refused_does_not_decide_the_appeal(desk: Desk) -> None:
    desk.give_role("okello", Role.ARBITER)
    request = desk.ask(desk.hold("source"))
    desk.refuse(request, "okello")
    desk.appeal(request)
    answer = desk.decide(request, "uphold", "okello")
    assert answer.status_code == 403
    assert "Another arbiter has to decide" in plain(answer.text)
    assert desk.decide(request, "uphold", "marek").status_code == 303


def test_an_answer_that_is_played_again_changes_nothing_and_says_so(desk: Desk) -> None:
    request = desk.ask(desk.hold("source"))
    version = desk.version(request)
    assert desk.grant(request).status_code == 303
    again = desk.grant(request, version=version)
    assert again.status_code == 409
    assert "This was granted already. Nothing was changed." in plain(again.text)
    assert desk.refuse(request, version=version).status_code == 409
    assert len(desk.grants()) == 1
    assert desk.told("oskar") == ["request-granted"]


def test_an_answer_to_an_older_state_changes_nothing_and_says_so(desk: Desk) -> None:
    target = desk.hold("source")
    request = desk.ask(target)
    version = desk.version(request)
    desk.ask(target, urgent="y")
    answer = desk.refuse(request, version=version)
    assert answer.status_code == 409
    assert "changed while you had it open" in answer.text
    assert desk.state(request) == "asked"
    assert desk.grant(request, version="x").status_code in (409, 422)


@pytest.mark.parametrize("until", ["", "2026-11-18", "2027-11-20", "soon"])
def test_leave_is_given_for_a_year_at_most_and_from_today(desk: Desk, until: str) -> None:
    request = desk.ask(desk.hold())
    answer = desk.grant(request, until=until)
    assert answer.status_code == 422
    assert desk.state(request) == "asked"


def test_what_was_typed_is_kept_and_too_much_is_refused(desk: Desk) -> None:
    target = desk.hold()
    answer = desk.post("oskar", f"/requests/new/{target}", words="a" * 401, urgent="y")
    assert answer.status_code == 422
    assert "Keep this to 400 characters." in answer.text
    assert "a" * 401 in answer.text
    assert desk.count(AccessRequest) == 0


def test_a_passage_is_asked_for_and_read_by_itself(desk: Desk) -> None:
    target = desk.hold_passage()
    page = desk.get("oskar", f"/requests/new/{target}")
    assert "one passage of it" in page.text
    request = desk.ask(target)
    assert "A passage of “Open paper”" in desk.get("okello", "/requests").text
    answer = desk.get("okello", f"/requests/{request}")
    assert "source protection" in answer.text
    assert desk.grant(request).status_code == 303
    assert desk.reads("oskar", target)
    assert not desk.reads("oskar", desk.world.document("/wiki/open-paper").public_id)
    led = desk.get("oskar", f"/requests/new/{target}")
    assert (led.status_code, led.headers["Location"]) == (303, "/wiki/open-paper")


def test_an_arbiter_gets_the_passage_with_its_document(desk: Desk) -> None:
    target = desk.hold_passage(sharing=_hidden_sharing(desk), title="Inner")
    document = desk.world.document("/wiki/inner").public_id
    with desk.world.app.app_context(), db.system_session(writing=True) as session:
        oskar = desk.person(session, "oskar")
        until = desk.clock.moment + timedelta(days=90)
        session.add(AccessGrant(document=document, person_id=oskar.id, until=until))
    request = desk.ask(target)
    desk.refuse(request)
    desk.appeal(request)
    assert desk.reads("marek", target)
    assert desk.reads("marek", document)
    assert "Inner" in desk.get("marek", f"/requests/{request}").text
    desk.decide(request, "uphold")
    assert not desk.reads("marek", target)
    assert not desk.reads("marek", document)


def test_the_words_of_the_asker_and_titles_are_for_those_who_answer(desk: Desk) -> None:
    target = desk.hold("source", title="Zanzibar")
    request = desk.ask(target, words="Quokka visit.", urgent="y")
    for who in ("okello", "bruno"):
        assert "Quokka visit." in desk.get(who, f"/requests/{request}").text
    # The lead reads it, so its title is told; the duty officer is told the title of the notice.
    assert "Zanzibar" in desk.get("okello", "/requests").text
    page = desk.get("bruno", "/requests").text
    assert "About Zanzibar" in page
    assert "Zanzibar" not in page.replace("About Zanzibar", "")
    for who in ("leila", "tomas", "ines", "marek", "ada"):
        for path in ("/requests", "/requests/mine", f"/requests/{request}", f"/requests/mine/{request}"):
            assert "Quokka" not in desk.get(who, path).text, (who, path)


def test_a_request_for_a_passage_of_a_hidden_page_names_nothing_to_who_cannot_read_it(desk: Desk) -> None:
    target = desk.hold_passage(sharing=_hidden_sharing(desk), title="Xylophone")
    document = desk.world.document("/wiki/xylophone").public_id
    with desk.world.app.app_context(), db.system_session(writing=True) as session:
        oskar = desk.person(session, "oskar")
        session.add(AccessGrant(document=document, person_id=oskar.id, until=desk.clock.moment + timedelta(days=90)))
    request = desk.ask(target, urgent="y")
    for path in ("/requests", f"/requests/{request}"):
        page = desk.get("bruno", path)
        assert page.status_code == 200
        assert "Xylophone" not in page.text
        assert "Something that is held back" in page.text


def test_notices_are_told_under_the_rights_of_who_reads_them(desk: Desk) -> None:
    target = desk.hold("source", title="Zanzibar")
    desk.ask(target, urgent="y")
    from wiki.asking.telling import _to_answer

    words = {}
    for who in ("okello", "bruno", "leila"):
        viewer = desk.world.viewer(who)
        with desk.world.app.test_request_context(), desk.world.app.app_context():
            db.session().info["viewer"] = viewer
            notices = db.session().scalars(select(Notice)).all()
            words[who] = [told.words for told in _to_answer(db.session(), viewer, list(notices)).values()]
    assert words["okello"] == ["Urgent: Oskar Berg asks to read: Zanzibar"] * 2
    assert words["bruno"] == ["Urgent: Oskar Berg asks to read: About Zanzibar"] * 2
    assert words["leila"] == []


def test_five_of_a_group_suggest_to_add_the_group(desk: Desk) -> None:
    target = desk.hold("source")
    with desk.world.app.app_context(), db.system_session(writing=True) as session:
        for number in range(5):
            person = Person(email=f"p{number}@example.org", name=f"P {number}")
            session.add(person)
            session.flush()
            session.add(Membership(person_id=person.id, group_id="jakarta", starts_on=LONG_AGO))
            if number < 4:
                until = desk.clock.moment + timedelta(days=9)
                session.add(AccessGrant(document=target, person_id=person.id, until=until))
    request = desk.ask(target)
    assert "Add the group instead?" not in desk.get("okello", f"/requests/{request}").text
    desk.grant(request)
    assert desk.told("okello")[-1] == "request-group"
    page = desk.get("okello", "/wiki/about-talks/sharing").text
    assert "5 people of Embassy Jakarta have leave to read this." in page


def test_the_rule_of_who_sees_a_request_is_the_same_in_python_and_in_sql(desk: Desk) -> None:
    first, second = desk.ask(desk.hold("source")), desk.ask(desk.hold("source", title="Two"), urgent="y")
    third = desk.ask(desk.hold("legal", title="Three"), "leila")
    desk.refuse(third)
    desk.appeal(third, "leila")
    desk.clock.by(days=7)
    desk.run()
    for who in ("okello", "bruno", "ines", "marek", "leila", "oskar"):
        viewer = desk.world.viewer(who)
        for request in (first, second, third):
            with desk.world.app.app_context():
                db.session().info["viewer"] = viewer
                found = desks.find_to_answer(db.session(), viewer, request)
            row = desk.request(request)
            may = bool(scope.may_answer(viewer, row, desk.clock.moment)) or (
                row.appealed_at is not None and viewer.has(Role.ARBITER) and row.person_id != viewer.person
            )
            assert (found is not None) == may, (who, row.state)


@pytest.mark.parametrize(("who", "path"), [("okello", "/requests"), ("oskar", "/requests/mine")])
def test_lists_ask_as_often_for_many_as_for_few(desk: Desk, who: str, path: str) -> None:
    def fill(first: int, last: int) -> None:
        for number in range(first, last):
            target = desk.hold("source", title=f"Paper {number}")
            desk.ask(target)
            if number % 2:
                desk.ask(desk.hold_passage(title=f"Open {number}"))

    def cost() -> int:
        desk.get(who, path)
        with counted(desk.world) as asked:
            assert desk.get(who, path).status_code == 200
        return len(asked)

    fill(0, 2)
    few = cost()
    fill(2, 9)
    assert cost() == few
    assert few <= 16


def test_the_home_page_says_how_many_wait(desk: Desk) -> None:
    desk.ask(desk.hold("source"))
    assert "1 request for access waits for your answer." in desk.get("okello", "/").text
    for who in ("oskar", "leila", "gita"):
        assert "request for access" not in desk.get(who, "/").text


def test_the_inbox_is_sorted_by_deadline_and_says_how_long(desk: Desk) -> None:
    desk.ask(desk.hold("source", title="Later"))
    desk.clock.by(minutes=5)
    desk.ask(desk.hold("source", title="Sooner"), urgent="y")
    page = plain(desk.get("okello", "/requests").text)
    assert page.index("Sooner") < page.index("Later")
    assert "due in 4 hours (Thursday 19 November, 16:05, your time)" in page
    assert "due in 3 working days (Tuesday 24 November, 12:00, your time)" in page


def test_two_nodes_at_once_take_a_step_once(desk: Desk) -> None:
    targets = [desk.hold("negotiation"), desk.hold("source", title="Sources")]
    requests = [desk.ask(target) for target in targets]
    desk.clock.to(2026, 11, 25)
    ready, taken = threading.Barrier(4), []

    def node() -> None:
        ready.wait()
        taken.append(desk.run())

    nodes = [threading.Thread(target=node) for _ in range(4)]
    for each in nodes:
        each.start()
    for each in nodes:
        each.join()
    assert sum(taken) == 2
    assert [desk.state(request) for request in requests] == ["lapsed", "escalated"]
    assert len(desk.grants()) == 1
    assert desk.told("oskar") == ["request-lapsed", "request-passed-on"]
    with desk.world.app.app_context(), db.system_session() as session:
        assert list(audit.faults(session)) == []


def test_two_windows_at_once_ask_once(desk: Desk) -> None:
    target = desk.hold("source")
    oskar = desk.world.viewer("oskar")
    ready = threading.Barrier(4)

    def window(number: int) -> None:
        from wiki.asking import operations, targets

        with desk.world.app.app_context():
            db.session().info["viewer"] = oskar
            ready.wait()
            with db.write() as session:
                found = targets.find(session, oskar, target)
                assert found is not None
                settings = desk.world.app.extensions["chancery_settings"]
                operations.ask(session, found, by=oskar, settings=settings, key=str(number))

    windows = [threading.Thread(target=window, args=(number,)) for number in range(4)]
    for each in windows:
        each.start()
    for each in windows:
        each.join()
    assert desk.count(AccessRequest) == 1
