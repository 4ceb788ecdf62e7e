"""The loop: a lesson proposes a change, the version that takes it up closes the action, and somebody looks again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from guidelines import loop
from guidelines.lessons.acting import life, telling
from guidelines.lessons.models import LessonUse
from tests.guidelines import acting_world as acting
from tests.guidelines.acting_world import (
    actions,
    identified,
    learned,
    notices,
    proposals,
    rechecks,
    rows,
    run_clocks,
    task,
    told,
)
from tests.guidelines.lessons_at_work import appoint
from tests.journeys.reader import Reader
from tests.people import World
from wiki import db
from wiki.documents.models import Document

# How long a task waits, and how long a lesson rests before somebody looks again.
MONTH, HALF_A_YEAR, A_YEAR = 30.5, 185, 367


def rule_of(world: World, title: str = "Handles", **more: object) -> str:
    return world.write(title, "## Reading\n\nLook.", kind="guideline", by="ines", owner="digital", status="in-force",
                       **more)  # type: ignore[arg-type]  # fmt: skip


def propose(world: World, address: str, rule: str, who: str = "amina", **more: str) -> Reader:
    page = Reader(world, who).open(f"{address}/proposals")
    return page.press("Propose it", target=f"{rule}#reading", words="Read the handle twice.", **more)


def put_in_force(world: World, rule: str, version: str, by: str = "marek", takes_up: bool = True) -> None:
    """As guidelines do it when a version of theirs comes in force, with all that is proposed or with none of it."""
    viewer = world.viewer(by)
    number = world.document(rule).id
    with world.app.app_context(), db.database().writing(viewer=viewer, writing=True) as session:
        guideline = session.scalars(select(Document).where(Document.id == number)).one()
        asked = (loop.Proposal.document_id == number, loop.Proposal.outcome == loop.Outcome.OPEN)
        for proposal in session.scalars(select(loop.Proposal).where(*asked)).all() if takes_up else ():
            proposal.outcome, proposal.settled_at, proposal.settled_words = loop.Outcome.TAKEN, db.now(), version
        session.flush()
        loop.came_in_force(session, guideline, version, viewer)


def test_a_change_that_was_proposed_and_taken_up_closes_the_action_with_that_version(world: World) -> None:
    address, rule = identified(world), rule_of(world)
    amina = propose(world, address, rule)
    assert "Waits for those who keep it." in amina.words
    assert notices(world, "ines") == ["lesson:task", "lesson:proposed"]
    [proposal] = proposals(world)
    assert (proposal.anchor, proposal.outcome) == ("reading", "open")
    ines = Reader(world, "ines").open(f"{address}/proposals/{proposal.public_id}")
    assert "tick it when you ask for the next version" in ines.words
    put_in_force(world, rule, "2.0")
    [action] = actions(world)
    number = world.document(rule).id
    assert (action.state, action.evidence_id, action.evidence_version) == ("done", number, "2.0")
    assert "lesson:proposal-settled" in notices(world, "amina")
    assert "lesson:proposal-settled" in notices(world, "bruno")
    oskar = Reader(world, "oskar").open(address)
    assert "Taken up in version 2.0." in oskar.words
    Reader(world, "bruno").open(f"{address}/learning").press("It is learned")
    line = oskar.open(f"{address}/timeline").words
    steps = ("Recorded", "Identified", "was asked to act", "A change was proposed to Handles", "Done by Digital",
             "Taken up in version 2.0", "Learned")  # fmt: skip
    assert [step for step in steps if step not in line] == []
    assert line.index("Recorded") < line.index("A change was proposed") < line.index("Taken up") < line.index("Learned")


def test_only_what_was_taken_up_is_settled_by_a_version_and_only_once(world: World) -> None:
    address, rule = identified(world), rule_of(world)
    propose(world, address, rule, action="")
    put_in_force(world, rule, "2.0", takes_up=False)
    assert [proposal.outcome for proposal in proposals(world)] == ["open"]
    page = f"{address}/proposals/{proposals(world)[0].public_id}"
    world.post("ines", f"{page}/taking")
    assert [proposal.outcome for proposal in proposals(world)] == ["open"], "a guideline changes with a version"
    for version in ("3.0", "3.0", "4.0"):
        put_in_force(world, rule, version)
    assert proposals(world)[0].settled_words == "3.0"
    asked, made = actions(world)
    assert (asked.state, made.state, made.evidence_version) == ("asked", "done", "3.0")
    assert world.post("ines", f"{page}/refusal", {"words": "No."}).status_code == 422


def test_the_approver_of_a_version_need_not_be_able_to_read_the_lesson(world: World) -> None:
    address = told(world, sharing=acting.held_for("lisbon", "digital"), by="ines", owner="digital")
    rule = rule_of(world)
    propose(world, address, rule, who="ines")
    assert world.get("ada", address).status_code == 403, "the control: a notice is all that she finds"
    put_in_force(world, rule, "2.0", by="ada")
    assert proposals(world)[0].settled_words == "2.0"
    assert notices(world, "ada") == []
    assert "proposal-settled" not in " ".join(notices(world, "bruno")), "an officer who cannot read it is not told"


def test_a_keeper_declines_with_a_reason_that_the_proposer_hears(world: World) -> None:
    address, rule = told(world), rule_of(world)
    propose(world, address, rule)
    page = f"{address}/proposals/{proposals(world)[0].public_id}"
    for who in ("amina", "oskar"):
        assert world.post(who, f"{page}/refusal", {"words": "No."}).status_code == 403
        assert world.post(who, f"{page}/taking").status_code == 403
        assert world.get(who, f"{page}/refusal").status_code == 403
    ines = Reader(world, "ines").open(page).follow("We do not take it up").press("Tell them why")
    assert "Say in a sentence why" in ines.beside("words")
    ines.press("Tell them why", words="It stands there already.")
    assert notices(world, "amina") == ["lesson:proposal-declined"]
    assert "It stands there already." in Reader(world, "amina").open(address).words


def test_a_playbook_has_no_versions_so_a_change_of_it_counts_at_once(world: World) -> None:
    address = identified(world)
    playbook = world.write("First hour", "- [ ] Look", kind="playbook", by="ines", owner="digital")
    Reader(world, "amina").open(f"{address}/proposals").press("Propose it", target=playbook, words="Call first.")
    page = f"{address}/proposals/{proposals(world)[0].public_id}"
    Reader(world, "ines").open(page).press("We changed it")
    assert [action.state for action in actions(world)] == ["done"]


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"target": "/guidelines/none", "words": "x"}, "target", "Choose a guideline or playbook"),
        ({"target": "/wiki/plain", "words": "x"}, "target", "Choose a guideline or playbook"),
        ({"target": "/guidelines/held-rule", "words": "x"}, "target", "Choose a guideline or playbook"),
        ({"target": "/guidelines/handles", "words": " "}, "words", "Say in a sentence or two"),
        ({"target": "/guidelines/handles", "words": "x" * 401}, "words", "Keep this to 400 characters."),
    ],
)
def test_a_proposal_that_makes_no_sense_is_refused(
    world: World, fields: dict[str, str], field: str, words: str
) -> None:
    address = told(world)
    rule_of(world)
    rule_of(world, "Held rule", sharing=acting.held_for("digital"))
    world.write("Plain", "x")
    page = Reader(world, "amina").open(f"{address}/proposals").press("Propose it", **fields)
    assert page.status == 422
    assert words in page.beside(field)
    assert page.field("target") == fields["target"]
    assert proposals(world) == []


def test_a_proposal_is_shown_to_those_alone_who_read_both(world: World) -> None:
    address = told(world)
    rule = rule_of(world, "Held rule", sharing=acting.held_for("digital", "consular"))
    propose(world, address, rule, who="ines")
    page = f"{address}/proposals/{proposals(world)[0].public_id}"
    assert "Held rule" in Reader(world, "bruno").open(address).words
    for path in (address, f"{address}/timeline"):
        seen = Reader(world, "oskar").open(path).answer.text
        assert "Held rule" not in seen
        assert "Read the handle twice" not in seen
    assert world.get("oskar", page).status_code == 404
    assert world.post("oskar", f"{page}/taking").status_code == 404


def test_the_keepers_who_cannot_read_a_lesson_are_not_asked_by_it(world: World) -> None:
    address, rule = told(world, sharing=acting.held_for("lisbon")), rule_of(world)
    page = propose(world, address, rule)
    assert "Nobody who keeps it can read this lesson" in page.beside("target")
    assert notices(world, "ines") == []


def test_the_same_words_are_proposed_once(world: World) -> None:
    address, rule = told(world), rule_of(world)
    for _ in range(2):
        propose(world, address, rule)
    assert len(proposals(world)) == 1
    assert notices(world, "ines") == ["lesson:proposed"]


def test_notices_name_nothing_of_a_lesson_that_was_held_back_since(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = learned(world)
    acting.later(world, monkeypatch, HALF_A_YEAR)
    run_clocks(world)
    before = Reader(world, "ines").open("/notices").words
    assert "Show the handle in bold." in before, "the control"
    assert "has it happened since? Look twice" in before
    acting.hold_back(world, address, "lisbon")
    after = Reader(world, "ines").open("/notices").words
    assert "A task from a lesson" in after
    assert "Show the handle" not in after
    assert "Look twice" not in after


# The clock.


def test_a_task_that_nobody_answers_goes_up_after_thirty_days_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    acting.lead(world, "okello", "hq")
    identified(world)
    acting.later(world, monkeypatch, 29)
    assert run_clocks(world) == 0
    acting.later(world, monkeypatch, 2)
    assert [run_clocks(world), run_clocks(world)] == [1, 0]
    assert notices(world, "okello") == ["lesson:task-above"]
    assert "Show the handle in bold." in Reader(world, "okello").open("/lesson-tasks").words
    acting.later(world, monkeypatch, MONTH)
    assert [run_clocks(world), run_clocks(world)] == [1, 0]
    assert notices(world, "bruno") == ["lesson:task-officers"]
    acting.later(world, monkeypatch, 90)
    assert run_clocks(world) == 0, "lessons officers are the last"
    Reader(world, "ines").open(task(world)).press("We do it")
    assert actions(world)[0].state == "accepted"


def test_where_nobody_is_above_a_task_goes_to_the_officers(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    identified(world)
    acting.later(world, monkeypatch, MONTH)
    assert run_clocks(world) == 1
    assert actions(world)[0].stage == "officers"
    assert notices(world, "bruno") == ["lesson:task-officers"]


def test_those_above_who_cannot_read_the_lesson_are_passed_over(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    acting.lead(world, "okello", "hq")
    appoint(world, "marek")
    address = told(world, sharing=acting.held_for("digital"), by="ines", owner="digital")
    Reader(world, "marek").open(f"{address}/validation").press("Identify it", **acting.AGREED)
    acting.later(world, monkeypatch, MONTH)
    assert run_clocks(world) == 1
    assert (notices(world, "okello"), notices(world, "bruno")) == ([], [])
    assert notices(world, "marek") == ["lesson:task-officers"]


def test_an_answered_task_goes_nowhere(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    acting.in_action(world)
    acting.later(world, monkeypatch, 90)
    assert run_clocks(world) == 0


def test_it_is_confirmed_when_it_did_not_happen_for_a_year(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    address = learned(world)
    first, second = rechecks(world)
    page = f"{address}/rechecks/{first.public_id}"
    early = Reader(world, "bruno").open(page).press("Note it", again="no")
    assert "too early" in early.beside("again")
    acting.later(world, monkeypatch, HALF_A_YEAR)
    assert [run_clocks(world), run_clocks(world)] == [1, 0]
    for who in ("bruno", "ines"):
        assert notices(world, who)[-1] == "lesson:recheck"
    assert world.get("oskar", page).status_code == 403
    assert world.post("oskar", page, {"again": "no"}).status_code == 403
    ines = Reader(world, "ines").open(page).press("Note it")
    assert "Say whether it happened again" in ines.beside("again")
    ines.press("Note it", again="no")
    assert world.document(address).status == "learned", "one look is not enough"
    acting.later(world, monkeypatch, HALF_A_YEAR)
    assert run_clocks(world) == 1
    Reader(world, "bruno").open(f"{address}/rechecks/{second.public_id}").press("Note it", again="no")
    assert world.document(address).status == "confirmed"
    assert "Confirmed" in Reader(world, "oskar").open(f"{address}/timeline").words
    assert notices(world, "amina")[-1] == "lesson:confirmed"


def test_an_officer_may_find_one_look_enough(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    address = learned(world)
    page = f"{address}/rechecks/{rechecks(world)[0].public_id}"
    acting.later(world, monkeypatch, HALF_A_YEAR)
    assert "One look is enough" not in Reader(world, "ines").open(page).words
    refused = world.post("ines", page, {"again": "no", "enough": "y"})
    assert refused.status_code == 422
    assert world.document(address).status == "learned"
    Reader(world, "bruno").open(page).press("Note it", again="no", enough="y")
    assert world.document(address).status == "confirmed"
    assert [each.turn for each in rechecks(world)] == [1], "nobody is asked once more"


def test_what_happened_again_is_in_action_again_and_needs_another_action(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = learned(world)
    page = f"{address}/rechecks/{rechecks(world)[0].public_id}"
    Reader(world, "oskar").open(f"{address}/occurrences").press("Note it", words="Here in Jakarta.")
    acting.later(world, monkeypatch, HALF_A_YEAR)
    bruno = Reader(world, "bruno").open(page)
    assert "Here in Jakarta." in bruno.words, "what was reported meanwhile stands there"
    bruno.press("Note it", again="yes")
    assert "Say in a sentence what happened" in bruno.beside("words")
    bruno.press("Note it", again="yes", words="A post in Jakarta.")
    assert world.document(address).status == "in-action"
    assert [use.sort for use in rows(world, LessonUse)] == ["occurred", "occurred"]
    learning = bruno.open(f"{address}/learning").press("It is learned")
    assert "happened again after the last task" in learning.beside("words")
    acting.later(world, monkeypatch, 1)
    bruno = Reader(world, "bruno")
    bruno.open(f"{address}/actions").press("Ask them", action="Tell Jakarta.", body="digital")
    Reader(world, "ines").open(task(world)).follow("It is done").press("It is done", evidence_words="Told.")
    bruno.open(f"{address}/learning").press("It is learned")
    assert world.document(address).status == "learned"
    due, done_at = [each.due_at for each in rechecks(world) if each.answered_at is None], actions(world)[-1].done_at
    assert done_at is not None
    assert due == [life.months_after(done_at, months) for months in (6, 12)]


def test_another_action_done_moves_the_day_to_look_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    address = learned(world)
    before = [each.due_at for each in rechecks(world)]
    acting.later(world, monkeypatch, 40)
    Reader(world, "bruno").open(f"{address}/actions").press("Ask them", action="Tell all.", body="digital")
    Reader(world, "ines").open(task(world)).follow("It is done").press("It is done", evidence_words="Told.")
    assert all(after.due_at > due for after, due in zip(rechecks(world), before, strict=True))


@pytest.mark.parametrize(
    ("day", "months", "due"),
    [((2026, 8, 31), 6, (2027, 2, 28)), ((2027, 8, 31), 6, (2028, 2, 29)), ((2026, 1, 15), 12, (2027, 1, 15))],
)
def test_months_later_is_the_same_day_or_the_last_one_of_a_shorter_month(
    day: tuple[int, int, int], months: int, due: tuple[int, int, int]
) -> None:
    assert life.months_after(datetime(*day, tzinfo=UTC), months) == datetime(*due, tzinfo=UTC)


def test_a_clock_that_fails_at_one_lesson_goes_on_with_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    identified(world)
    identified(world, title="Another")
    acting.later(world, monkeypatch, MONTH)
    first, real = iter((True,)), telling.officers

    def once(session: Session) -> set[int]:
        if next(first, False):
            raise ZeroDivisionError
        return real(session)

    monkeypatch.setattr(telling, "officers", once)
    assert run_clocks(world) == 1
    assert sorted(action.stage for action in actions(world)) == ["body", "officers"]
    assert run_clocks(world) == 1
