"""Every path of a request through its states, with the clock stopped and moved by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from tests.people import World
from tests.wiki.asking import THURSDAY, TUESDAY, Clock, Desk, at_the_arbiter
from wiki import db
from wiki.access.models import AccessRequest, RequestState
from wiki.asking import states
from wiki.asking.states import NotNow, Step
from wiki.documents import operations as documents
from wiki.documents.models import Document
from wiki.documents.sharing import REASONS, OnSilence, Sharing
from wiki.people import operations as people
from wiki.people.models import Group


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    stopped = Clock()
    monkeypatch.setattr(db, "now", stopped)
    return stopped


@pytest.fixture
def desk(world: World, clock: Clock) -> Desk:
    return Desk(world, clock)


def test_the_machine_knows_no_way_out_of_what_is_closed() -> None:
    closed = set(RequestState) - {*states.OPEN_REQUESTS, RequestState.REFUSED}
    for state in closed:
        for step in Step:
            with pytest.raises(NotNow):
                states.after(state, step)
    assert states.after("refused", Step.APPEAL) == "appealed"


@pytest.mark.parametrize("reason", REASONS)
def test_silence_never_gives_away_what_is_of_the_class_that_escalates(reason: str) -> None:
    silence = REASONS[reason].on_silence
    step = states.at_the_deadline("asked", silence, with_arbiter=False)
    assert (step == Step.LAPSE) == (silence == OnSilence.GRANTED)
    for with_arbiter in (False, True):
        assert states.at_the_deadline("escalated", silence, with_arbiter=with_arbiter) != Step.LAPSE
        assert states.at_the_deadline("appealed", silence, with_arbiter=with_arbiter) is None


def test_asked_and_granted(desk: Desk) -> None:
    target = desk.hold()
    request = desk.ask(target, words="For the visit.")
    asked = desk.request(request)
    assert (asked.state, asked.owner_id, asked.reason, asked.words) == (
        "asked",
        "lisbon",
        "negotiation",
        "For the visit.",
    )
    assert asked.due_at == TUESDAY
    assert desk.told("okello") == ["request-asked"]
    assert desk.told("bruno") == [], "a duty officer hears of what is urgent"
    assert desk.get("oskar", "/wiki/about-talks").status_code == 403

    assert desk.grant(request).status_code == 303
    assert desk.state(request) == "granted"
    assert "girder" in desk.get("oskar", "/wiki/about-talks").text
    assert desk.told("oskar") == ["request-granted"]
    assert desk.log() == ["access:ask", "document:grant", "access:grant"]
    desk.clock.by(days=31)
    assert desk.get("oskar", "/wiki/about-talks").status_code == 403


def test_asked_and_refused_with_a_reason_and_what_can_be_shared_instead(desk: Desk) -> None:
    request = desk.ask(desk.hold())
    for lacking in ({"refusal": ""}, {"refusal": "because"}, {"instead": "  "}, {"instead": "x" * 401}):
        answer = desk.refuse(request, **lacking)
        assert answer.status_code == 422, lacking
        assert desk.state(request) == "asked"
    assert desk.refuse(request).status_code == 303
    assert desk.state(request) == "refused"
    page = desk.get("oskar", f"/requests/mine/{request}").text
    assert "Ask again in May." in page
    assert "It is not decided yet" in page
    assert desk.told("oskar") == ["request-refused"]
    assert not desk.reads("oskar", desk.request(request).target)


def test_whoever_answers_is_reminded_once_at_half_time(desk: Desk) -> None:
    request = desk.ask(desk.hold())
    remind_at = desk.request(request).remind_at
    assert remind_at == datetime(2026, 11, 23, 0, tzinfo=UTC)
    assert desk.run() == 0
    desk.clock.moment = remind_at
    assert desk.run() == 1
    assert desk.run() == 0
    assert desk.told("okello") == ["request-asked", "request-reminder"]
    assert desk.grant(request).status_code == 303, "a reminder does not spoil the answer that is being written"


def test_silence_grants_for_a_time_where_the_reason_gives_way(desk: Desk) -> None:
    target = desk.hold("negotiation")
    request = desk.ask(target)
    desk.clock.moment = TUESDAY - timedelta(seconds=1)
    desk.run()
    assert desk.state(request) == "asked"
    desk.clock.moment = TUESDAY
    assert desk.run() == 1
    assert desk.state(request) == "lapsed"
    assert desk.run() == 0
    assert desk.told("oskar") == ["request-lapsed"]
    assert desk.told("okello")[-1] == "request-lapsed-owner"
    grant = desk.grants()[0]
    assert (grant.until, grant.given_by_id) == (TUESDAY + timedelta(days=30), None)
    assert desk.reads("oskar", target)


def test_silence_waits_where_an_embargo_opens_by_itself(desk: Desk) -> None:
    request = desk.ask(desk.hold("embargo"))
    desk.clock.moment = TUESDAY
    assert desk.run() == 1
    waiting = desk.request(request)
    assert (waiting.state, waiting.due_at, waiting.remind_at) == ("asked", None, None)
    assert desk.told("oskar") == ["request-waits"]
    assert "18 January 2027" in desk.get("oskar", f"/requests/mine/{request}").text
    desk.clock.by(days=30)
    assert desk.run() == 0
    assert desk.grant(request).status_code == 303, "they may still answer before"


@pytest.mark.parametrize("reason", ["source", "personal", "third-party", "legal"])
def test_silence_escalates_to_the_stewards_then_to_the_arbiter_and_is_never_granted_by_a_clock(
    desk: Desk, reason: str
) -> None:
    target = desk.hold(reason)
    request = desk.ask(target)
    desk.clock.moment = TUESDAY
    desk.run()
    passed_on = desk.request(request)
    assert (passed_on.state, passed_on.escalated_at, passed_on.arbiter_at) == ("escalated", TUESDAY, None)
    assert passed_on.due_at == datetime(2026, 11, 27, 12, tzinfo=UTC)
    assert desk.told("ines") == ["request-escalated"]
    assert desk.told("oskar") == ["request-passed-on"]
    assert not desk.reads("marek", target)

    desk.clock.moment = passed_on.due_at
    desk.run()
    disputed = desk.request(request)
    assert (disputed.state, disputed.arbiter_at) == ("escalated", desk.clock.moment)
    assert desk.told("marek") == ["request-arbiter"]
    assert desk.reads("marek", target), "an arbiter reads what is disputed"
    assert desk.told("oskar") == ["request-passed-on", "request-passed-on"]

    desk.clock.by(days=100)
    assert desk.run() == 1
    assert desk.run() == 0
    assert desk.state(request) == "escalated"
    assert desk.told("marek") == ["request-arbiter", "request-overdue"]
    assert desk.told("ines")[-1] == "request-overdue"
    assert not desk.reads("oskar", target)


@pytest.mark.parametrize("who", ["okello", "ines"])
def test_what_was_escalated_is_answered_by_the_owner_or_a_steward(desk: Desk, who: str) -> None:
    target = desk.hold("source")
    request = desk.ask(target)
    assert desk.grant(request, "ines").status_code == 404, "it is not before the steward yet"
    desk.clock.moment = TUESDAY
    desk.run()
    assert desk.grant(request, "marek").status_code == 404, "nor before the arbiter"
    assert desk.grant(request, who).status_code == 303
    assert desk.state(request) == "granted"


def test_an_arbiter_grants_what_nobody_answered_and_reads_it_no_more(desk: Desk) -> None:
    target, request = at_the_arbiter(desk)
    assert desk.reads("marek", target)
    assert desk.grant(request, "marek").status_code == 303
    assert desk.state(request) == "granted"
    assert desk.reads("oskar", target)
    assert not desk.reads("marek", target)


def test_what_an_arbiter_refuses_is_the_last_word(desk: Desk) -> None:
    target, request = at_the_arbiter(desk)
    assert desk.refuse(request, "marek").status_code == 303
    assert not desk.reads("marek", target)
    assert desk.appeal(request).status_code == 409
    assert desk.state(request) == "refused"


def test_a_refusal_is_appealed_once_and_allowed(desk: Desk) -> None:
    target = desk.hold("source")
    request = desk.ask(target)
    desk.refuse(request)
    desk.clock.by(days=9)
    assert desk.appeal(request, appeal=" ").status_code == 422
    assert desk.appeal(request).status_code == 303
    appealed = desk.request(request)
    assert appealed.state == "appealed"
    assert appealed.due_at == datetime(2026, 12, 4, 23, 59, tzinfo=UTC), "five working days, the first is Monday"
    assert desk.told("marek") == ["request-appealed"]
    assert desk.reads("marek", target)
    assert desk.appeal(request).status_code == 409, "twice"
    assert desk.grant(request).status_code == 409, "the owner does not answer an appeal"

    assert desk.decide(request, "allow").status_code == 303
    assert desk.state(request) == "allowed"
    assert desk.reads("oskar", target)
    assert not desk.reads("marek", target)
    assert desk.told("oskar")[-1] == "request-allowed"
    assert desk.told("okello")[-1] == "request-decided"
    assert desk.decide(request, "uphold").status_code == 409, "an answer that is played again"
    assert desk.state(request) == "allowed"


def test_a_refusal_is_upheld_and_that_is_the_end(desk: Desk) -> None:
    request = desk.ask(desk.hold("source"))
    desk.refuse(request)
    desk.appeal(request)
    for lacking in ({"words": ""}, {"outcome": ""}, {"outcome": "perhaps"}):
        assert desk.decide(request, **{"outcome": "uphold", **lacking}).status_code == 422
    assert desk.decide(request, "uphold").status_code == 303
    assert desk.state(request) == "upheld"
    assert desk.told("oskar")[-1] == "request-upheld"
    assert desk.appeal(request).status_code == 409
    assert "I read it." in desk.get("oskar", f"/requests/mine/{request}").text


def test_an_appeal_comes_within_ten_days_or_not_at_all(desk: Desk) -> None:
    request = desk.ask(desk.hold())
    desk.refuse(request)
    desk.clock.by(days=10, seconds=1)
    answer = desk.appeal(request)
    assert answer.status_code == 409
    assert "cannot be appealed any more" in answer.text
    assert desk.state(request) == "refused"


def test_an_overdue_appeal_is_told_again_and_never_decided_by_a_clock(desk: Desk) -> None:
    request = desk.ask(desk.hold("negotiation"))
    desk.refuse(request)
    desk.appeal(request)
    desk.clock.by(days=60)
    assert desk.run() == 1
    assert desk.run() == 0
    assert desk.state(request) == "appealed"
    assert desk.told("marek") == ["request-appealed", "request-overdue"]
    assert desk.told("ines") == ["request-overdue"]


def test_what_is_urgent_runs_round_the_clock_and_is_told_to_the_duty_officer(desk: Desk) -> None:
    desk.clock.to(2026, 11, 21, 23)
    target = desk.hold("source")
    request = desk.ask(target, urgent="y")
    asked = desk.request(request)
    assert asked.due_at == datetime(2026, 11, 22, 3, tzinfo=UTC), "on a Saturday night"
    assert desk.told("okello") == desk.told("bruno") == ["request-urgent"]
    desk.clock.by(hours=2)
    assert desk.run() == 1
    assert desk.told("bruno")[-1] == "request-reminder"
    assert desk.grant(request, "bruno").status_code == 303
    assert desk.reads("oskar", target)


def test_asking_again_shows_the_request_there_is_and_urgent_shortens_its_deadline(desk: Desk) -> None:
    target = desk.hold()
    request = desk.ask(target)
    assert desk.ask(target) == request
    desk.clock.by(hours=1)
    assert desk.ask(target, urgent="y") == request
    asked = desk.request(request)
    assert asked.urgent
    assert asked.due_at == THURSDAY + timedelta(hours=5)
    assert desk.count(AccessRequest) == 1
    assert desk.told("bruno") == ["request-urgent"]
    assert desk.ask(target, urgent="y") == request
    assert desk.told("bruno") == ["request-urgent"], "told once"
    assert desk.ask(target, "leila") != request, "each asks for themselves"


def test_a_form_that_is_sent_twice_asks_once(desk: Desk) -> None:
    target = desk.hold()
    request = desk.ask(target, key="one")
    desk.refuse(request)
    assert desk.ask(target, key="one") == request
    assert desk.ask(target, key="two") != request, "after a refusal one may ask anew"
    assert desk.appeal(request).status_code == 409, "but not in two ways at once"


def test_withdrawn_by_whoever_asked(desk: Desk) -> None:
    request = desk.ask(desk.hold())
    assert desk.withdraw(request, "leila").status_code == 404
    assert desk.withdraw(request).status_code == 303
    assert desk.state(request) == "withdrawn"
    for late in (desk.withdraw(request), desk.grant(request), desk.refuse(request)):
        assert late.status_code == 409
        assert "withdrawn" in late.text
    desk.clock.by(days=30)
    assert desk.run() == 0


@pytest.mark.parametrize("how", ["opened", "binned", "hidden", "leave", "suspended"])
def test_settled_when_there_is_nothing_left_to_answer(desk: Desk, how: str) -> None:
    target = desk.hold("source")
    request = desk.ask(target)
    number, okello = desk.request(request).document_id, desk.world.viewer("okello")
    with desk.world.app.app_context(), db.system_session(writing=True) as session:
        document = session.get_one(Document, number)
        if how == "opened":
            documents.share(session, document, Sharing(), by=None)
        elif how == "hidden":
            until = date(2027, 1, 9)
            hidden = Sharing(("group:lisbon",), "hidden", reason="source", until=until)
            documents.share(session, document, hidden, by=None)
        elif how == "binned":
            documents.bin_document(session, document, by=okello)
        elif how == "suspended":
            people.disable(session, desk.person(session, "oskar"), by=None)
        else:
            people.join(session, desk.person(session, "oskar"), session.get_one(Group, "lisbon"), by=None)
    assert desk.run() >= 1
    assert desk.state(request) == "settled"
    assert desk.run() == 0
    assert how == "suspended" or "request-settled" in desk.told("oskar")
    assert desk.grant(request).status_code == 409
