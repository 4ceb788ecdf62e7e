"""Hiding: at once, with a second person, for a time, and without a trace for anybody outside."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from tests.journeys.reader import Reader
from tests.people import World
from tests.wiki.holding_fixtures import give_role, held, id_of, in_days, logged, set_on, stub, tick, told
from tests.wiki.people_fixtures import Clock
from wiki import db
from wiki.access.models import AuditEvent
from wiki.documents import operations, sharing
from wiki.documents.models import Document
from wiki.holding import hiding
from wiki.people.models import Group

pytestmark = pytest.mark.usefixtures("clock")
SECRET = "Xylophone affair"
NEUTRAL = "/wiki/a-paper-held-back-by-embassy-lisbon"


@pytest.fixture
def hidden(world: World) -> str:
    """A hidden paper that waits for a second person; Ines and Marek are stewards, Leila is arbiter."""
    give_role(world, "marek", "steward")
    give_role(world, "leila", "arbiter")
    clean = held(200, discovery="hidden", reason="source", release_title="", share_line="")
    return world.write(SECRET, "Zylphrase.", sharing=clean, terms={"tag": ["quobble"], "topic": ["quarrel"]})


def page(world: World, address: str) -> str:
    return f"/held/hidden/{id_of(world, address)}"


def approved(world: World, address: str, by: str = "ines") -> None:
    assert world.post(by, f"{page(world, address)}/approve").status_code == 303


def test_it_is_hidden_at_once_and_the_stewards_are_asked_once(world: World, hidden: str, clock: Clock) -> None:
    assert world.get("oskar", hidden).status_code == 404
    document = world.document(hidden)
    assert document.hidden_until is None
    assert document.hidden_asked_by_id == world.viewer("amina").person
    tick(world)
    tick(world)
    assert told(world) == [("ines", "hidden:asked"), ("marek", "hidden:asked")]


def test_a_steward_decides_without_seeing_title_or_text(world: World, hidden: str) -> None:
    tick(world)
    ines = Reader(world, "ines").open("/held")
    assert "waits for a second person" in ines.words
    assert "Embassy Lisbon" in ines.words
    ines.follow("Look at it")
    for words in ("Embassy Lisbon", "Protection of a source or contact", "Amina Farouk", "3 people at 1 post"):
        assert words in ines.words
    for path in ("/held", page(world, hidden), "/"):
        text = world.get("ines", path).text
        assert not any(word in text for word in (SECRET, "Xylophone", "xylophone", "Zylphrase", "quobble")), path
    ines.press("Yes, keep it hidden")
    document = world.document(hidden)
    assert document.hidden_until == in_days(90)
    assert document.hidden_approved_by_id == world.viewer("ines").person
    assert ("amina", "hidden:approved") in told(world)
    assert len(logged(world, "hidden:approve")) == 1
    assert world.get("ines", page(world, hidden)).status_code == 404, "it is settled"


def test_a_steward_is_told_at_which_post_whoever_asks_serves_unless_it_is_hidden(world: World, hidden: str) -> None:
    assert "Amina Farouk · Embassy Lisbon" in world.get("ines", page(world, hidden)).text
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.get_one(Group, "lisbon").is_hidden = True
    text = world.get("ines", page(world, hidden)).text
    assert "Amina Farouk" in text
    assert "Embassy Lisbon" not in text


def test_nobody_approves_what_they_asked_for_themselves(world: World, hidden: str) -> None:
    own = world.write(
        "Mine", by="ines", owner="digital", sharing=replace(held(50, discovery="hidden"), audience=("group:digital",))
    )
    answer = world.post("ines", f"{page(world, own)}/approve")
    assert answer.status_code == 403
    assert "A second person has to look at it" in answer.text
    assert "A second person" in world.get("ines", page(world, own)).text
    assert world.document(own).hidden_until is None
    approved(world, own, by="marek")
    assert world.document(own).hidden_until == in_days(50), "not longer than its reason"


@pytest.mark.parametrize("who", ["amina", "okello", "oskar", "gita", "leila", "ada"])
def test_only_stewards_answer_and_others_learn_nothing(world: World, hidden: str, who: str) -> None:
    there, nothing = page(world, hidden), "/held/hidden/nothing"
    assert world.get(who, there).status_code == world.get(who, nothing).status_code == 403
    for verb in ("approve", "refuse"):
        assert world.post(who, f"{there}/{verb}", {"words": "x"}).status_code == 403
    assert world.document(hidden).hidden_until is None


def test_a_forged_id_is_not_there(world: World, hidden: str) -> None:
    open_one = world.write("Open")
    for target in ("nothing", id_of(world, open_one)):
        for verb in ("approve", "refuse"):
            assert world.post("ines", f"/held/hidden/{target}/{verb}", {"words": "no"}).status_code == 404


def test_a_refusal_needs_words_and_leaves_a_notice_that_gives_nothing_away(world: World, hidden: str) -> None:
    tick(world)
    ines = Reader(world, "ines").open(page(world, hidden)).press("No, a short notice is enough")
    assert ines.status == 422
    assert "Say in a line why not" in ines.beside("words")
    assert world.get("oskar", hidden).status_code == 404
    ines.press("No, a short notice is enough", words="A notice does no harm here.")
    document = world.document(NEUTRAL)
    assert document.discovery == "stub"
    assert document.title == SECRET
    told_now = stub(world, NEUTRAL)
    assert told_now is not None
    assert told_now.title == "A paper held back by Embassy Lisbon"
    assert told_now.topics == []
    notice = world.get("oskar", NEUTRAL)
    assert notice.status_code == 403
    assert "A paper held back by Embassy Lisbon" in notice.text
    assert "ylophone" not in notice.text
    assert world.get("oskar", hidden).status_code == 404, "its old address would tell its title"
    assert world.get("amina", hidden).status_code == 301
    assert ("amina", "hidden:refused") in told(world)
    assert "A notice does no harm here." in world.get("amina", f"/held/{document.public_id}").text


def test_a_closed_unit_is_not_named_by_its_notice(world: World, hidden: str) -> None:
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.get_one(Group, "lisbon").is_hidden = True
    world.post("ines", f"{page(world, hidden)}/refuse", {"words": "No."})
    with world.app.app_context(), db.system_session() as session:
        document = session.scalars(select(Document).where(Document.title == SECRET)).one()
        assert document.release_title == "A paper that is held back"
        assert document.slug == "a-paper-that-is-held-back"


def test_what_the_keepers_released_stays_as_they_wrote_it(world: World, clock: Clock) -> None:
    address = world.write(SECRET, sharing=held(200, discovery="hidden", reason="source"))
    world.post("ines", f"{page(world, address)}/refuse", {"words": "No."})
    document = world.document("a-project")
    assert (document.release_title, document.share_line) == ("A project", "Ask us.")


def test_without_an_answer_it_becomes_a_notice_and_nobody_is_surprised(world: World, hidden: str, clock: Clock) -> None:
    """The house's wall clock stands at a Saturday: three working days from then are over on Wednesday at nine."""
    steps: dict[int, list[str]] = {}
    for day in range(20):
        before = len(told(world))
        tick(world)
        if new := sorted({f"{who} {code}" for who, code in told(world)[before:]}):
            steps[day] = new
        clock.forward(days=1)
    late = ["ines hidden:late", "leila hidden:late", "marek hidden:late"]
    first, second, third = sorted(steps)
    assert (steps[first], steps[second]) == (["ines hidden:asked", "marek hidden:asked"], late)
    assert steps[third] == ["amina hidden:not-approved", "okello hidden:not-approved"]
    assert third - second == 10
    assert second in (4, 5)


def test_an_approval_ends_with_warnings_and_then_there_is_a_notice(world: World, hidden: str, clock: Clock) -> None:
    approved(world, hidden)
    steps: dict[int, list[str]] = {}
    for day in range(95):
        before = len(told(world))
        tick(world)
        assert tick(world) == 0
        if new := sorted({code for who, code in told(world)[before:] if who == "amina"}):
            steps[day] = new
        clock.forward(days=1)
    assert steps == {76: ["hidden:ends"], 87: ["hidden:ends"], 90: ["hidden:ended"]}


def test_its_keepers_ask_again_and_a_steward_gives_it_more_time(world: World, hidden: str, clock: Clock) -> None:
    approved(world, hidden)
    clock.forward(days=80)
    tick(world)
    amina = Reader(world, "amina").open(f"/held/{id_of(world, hidden)}").press("Ask a steward to hide it longer")
    assert "A steward is asked for longer" in amina.words
    assert ("marek", "hidden:asked") in told(world)
    approved(world, hidden, by="marek")
    assert world.document(hidden).hidden_until == in_days(90)
    clock.forward(days=40)
    tick(world)
    assert world.get("oskar", hidden).status_code == 404


def test_refused_a_second_time_it_stays_hidden_until_the_first_approval_ends(
    world: World, hidden: str, clock: Clock
) -> None:
    approved(world, hidden)
    clock.forward(days=80)
    tick(world)
    world.post("amina", f"/held/{id_of(world, hidden)}/hide-longer", {"version": world.document(hidden).version})
    world.post("ines", f"{page(world, hidden)}/refuse", {"words": "Enough."})
    assert world.document(hidden).discovery == "hidden"
    assert ("amina", "hidden:refused-longer") in told(world)
    clock.forward(days=10)
    tick(world)
    assert world.document(NEUTRAL).discovery == "stub"


def test_two_nodes_take_each_step_of_hiding_once(world: World, hidden: str, clock: Clock) -> None:
    for days, expected in ((0, ["hidden:asked"] * 2), (6, ["hidden:late"] * 3), (12, ["hidden:not-approved"] * 2)):
        clock.forward(days=days)
        before, taken, barrier = len(told(world)), [], threading.Barrier(3)

        def node(taken: list[int] = taken, barrier: threading.Barrier = barrier) -> None:
            with world.app.app_context():
                barrier.wait()
                taken.append(hiding.clock())

        nodes = [threading.Thread(target=node) for _ in range(3)]
        for thread in nodes:
            thread.start()
        for thread in nodes:
            thread.join()
        assert sum(taken) == 1
        assert [code for _, code in told(world)[before:]] == expected
    assert world.document(NEUTRAL).discovery == "stub"


def share(world: World, address: str, **changes: Any) -> None:
    okello = world.viewer("okello")
    with world.app.app_context(), db.system_session(writing=True) as session:
        slug = address.split("/")[-1]
        document = session.scalars(select(Document).where(Document.slug == slug)).one()
        operations.share(session, document, replace(sharing.of(document), **changes), by=okello)


def test_a_change_of_readers_needs_no_new_approval_but_a_later_end_does(world: World, hidden: str) -> None:
    approved(world, hidden)
    share(world, hidden, audience=("group:lisbon", "group:consular"))
    document = world.document(hidden)
    assert document.hidden_until == in_days(90)
    assert document.hidden_asked_at is None
    share(world, hidden, until=in_days(30))
    assert world.document(hidden).hidden_until == in_days(30)
    share(world, hidden, until=in_days(300))
    document = world.document(hidden)
    assert document.hidden_asked_by_id == world.viewer("okello").person
    assert document.hidden_until == in_days(30)


def test_saving_the_form_again_does_not_wind_back_the_time_a_steward_has(
    world: World, hidden: str, clock: Clock
) -> None:
    tick(world)
    since = world.document(hidden).hidden_asked_at
    clock.forward(days=2)
    share(world, hidden, audience=("group:lisbon", "group:consular"))
    assert world.document(hidden).hidden_asked_at == since


def test_a_notice_and_an_opening_forget_the_approval(world: World, hidden: str) -> None:
    approved(world, hidden)
    share(world, hidden, discovery="stub", release_title="t", share_line="l")
    document = world.document("/wiki/t")
    assert document.hidden_until is document.hidden_approved_by_id is document.hidden_asked_by_id is None


@pytest.mark.parametrize("who", ["oskar", "gita", "bruno"])
def test_an_outsider_finds_no_trace_on_any_page(world: World, hidden: str, clock: Clock, who: str) -> None:
    public_id = id_of(world, hidden)
    paths = ("/held", f"/held/{public_id}", "/handover", "/", "/recent")
    for _ in range(3):
        for path in paths:
            text = world.get(who, path).text
            assert not any(word in text for word in ("ylophone", "Zylphrase")), path
            assert public_id not in text or public_id in path
        assert world.get(who, f"/held/{public_id}").status_code == world.get(who, "/held/nothing").status_code
        for verb in ("renew", "open", "stop", "hide-longer"):
            data = {"because": "x"}
            answers = {world.post(who, f"/held/{one}/{verb}", data).status_code for one in (public_id, "nothing")}
            assert len(answers) == 1
        tick(world)
        clock.forward(days=2)
    assert who not in {person for person, _ in told(world)}
    assert world.document(hidden).discovery == "hidden"


def test_the_log_holds_no_title_and_no_text(world: World, hidden: str) -> None:
    world.post("ines", f"{page(world, hidden)}/refuse", {"words": "Not needed, said the steward."})
    with world.app.app_context(), db.system_session() as session:
        rows = session.scalars(select(AuditEvent)).all()
        assert not any("ylophone" in str(row.details) or "said the steward" in str(row.details) for row in rows)


def test_the_second_person_sees_the_title_when_they_may_read_it(world: World, hidden: str) -> None:
    share(world, hidden, audience=("group:lisbon", "group:digital"))
    assert SECRET in world.get("ines", page(world, hidden)).text


def test_whoever_was_promised_not_to_be_named_is_not_named_to_a_steward(world: World, hidden: str) -> None:
    set_on(world, hidden, names_authors=False)
    text = world.get("ines", page(world, hidden)).text
    assert "Amina" not in text
    assert "Somebody who is not named" in text


def test_a_published_draft_gives_the_stewards_their_whole_time(world: World, clock: Clock) -> None:
    address = world.write("Draft", sharing=held(200, discovery="hidden", reason="source"), status="draft")
    clock.forward(days=60)
    tick(world)
    assert told(world) == []
    with world.app.app_context(), db.system_session(writing=True) as session:
        operations.publish(session, session.scalars(select(Document)).one(), by=None)
    tick(world)
    tick(world)
    assert [code for _, code in told(world)] == ["hidden:asked"]
    assert world.document(address).hidden_asked_at == clock.moment
