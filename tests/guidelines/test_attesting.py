"""Asking readers of a guideline: once, and again after a major version; numbers for keepers, names for few."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from guidelines import loop
from guidelines.guides.keeping import attesting
from guidelines.guides.keeping.models import Attestation, Attested
from tests.guidelines.keeping_world import BODY, a_rule, closed_group, held_rule, in_days, new_text
from tests.journeys.reader import Reader
from tests.people import LONG_AGO, World
from tests.site.test_queries import cost
from tests.site.twins import masked
from wiki import db
from wiki.access.policy import Viewer
from wiki.documents.models import Document
from wiki.documents.sharing import Sharing
from wiki.people.models import Membership, Person

QUESTION = {
    "way": "question", "groups": ["lisbon", "jakarta"], "question": "A comment threatens you. What first?",
    "option_1": "Answer it", "why_1": "That feeds it.", "option_2": "Tell the desk zqxright", "why_2": "Yes, at once.",
    "right": "2",
}  # fmt: skip

OUTSIDE = Viewer(0, "", "", frozenset(), is_staff=False)


def ask(world: World, rule: str, who: str = "ines", **more: Any) -> int:
    return world.post(who, f"{rule}/asking", {**QUESTION, **more}).status_code


def answer(world: World, rule: str, who: str, choice: int = 1, turn: int = 1) -> int:
    return world.post(who, f"{rule}/attestation", {"turn": turn, "choice": choice}).status_code


def answers(world: World) -> list[Attested]:
    with world.app.app_context(), db.system_session() as session:
        return list(session.scalars(select(Attested).order_by(Attested.id)))


def crowd(world: World, number: int, group: str = "lisbon") -> list[int]:
    """So many more people in a group."""
    with world.app.app_context(), db.system_session(writing=True) as session:
        people = [Person(email=f"p{n}@example.org", name=f"Person {n}") for n in range(number)]
        session.add_all(people)
        session.flush()
        session.add_all(Membership(person_id=one.id, group_id=group, starts_on=LONG_AGO) for one in people)
        return [one.id for one in people]


def all_answer(world: World, rule: str, people: list[int]) -> None:
    about = world.document(rule).id
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.add_all(Attested(document_id=about, turn=1, person_id=one, choice=1, done=True) for one in people)


def test_a_reader_answers_a_question_is_told_why_and_tries_again(world: World) -> None:
    rule = a_rule(world)
    page = Reader(world, "ines").open(rule).follow("Ask its readers")
    page.press("Ask them", **QUESTION, due=in_days(9))
    assert page.status == 200, page.words
    amina = Reader(world, "amina").open("/notices")
    assert "asks for your answer" in amina.words
    amina.open("/keeping/questions").follow("Posting in a crisis")
    assert "A comment threatens you. What first?" in amina.words
    assert "Please answer by" in amina.words
    assert "That feeds it." not in amina.answer.text, "what is said to a choice is not told before"
    amina.press("Answer", choice="0")
    assert "Not quite. Try again: That feeds it." in amina.words
    assert "Yes, at once." not in amina.answer.text
    amina.press("Answer", choice="1")
    assert "Thank you. You have answered." in amina.words
    assert "Yes, at once." in amina.words
    assert "Nothing waits for your answer" in amina.open("/keeping/questions").words
    assert [(row.choice, row.done) for row in answers(world)] == [(1, True)]


def test_what_is_right_stays_right(world: World) -> None:
    rule = a_rule(world)
    ask(world, rule)
    assert [answer(world, rule, "amina", 1), answer(world, rule, "amina", 0)] == [303, 303]
    assert [(row.choice, row.done) for row in answers(world)] == [(1, True)]


def test_to_confirm_takes_a_button_and_to_be_told_takes_nothing(world: World) -> None:
    rule, other = a_rule(world), a_rule(world, "Other rule")
    ask(world, rule, way="confirm")
    ask(world, other, way="notify")
    Reader(world, "amina").open(rule).press("I know it and work by it")
    assert [row.done for row in answers(world)] == [True]
    assert "You need do nothing." in Reader(world, "amina").open(other).words
    assert answer(world, other, "amina") == 422
    assert "Other rule" not in Reader(world, "amina").open("/keeping/questions").words


def test_only_the_members_of_the_groups_are_asked(world: World) -> None:
    rule = a_rule(world)
    ask(world, rule, groups=["lisbon"])
    for who in ("oskar", "leila", "ada"):
        assert "You are asked" not in world.get(who, rule).text
        assert "asks for your answer" not in world.get(who, "/notices").text
        assert answer(world, rule, who) == 422
    assert answers(world) == []


@pytest.mark.parametrize("form", [{}, {"turn": "1"}, {"turn": "9", "choice": "1"}, {"turn": "1", "choice": "7"},
                                  {"turn": "1", "choice": "-1"}, {"turn": "x", "choice": "9" * 30}])  # fmt: skip
def test_an_answer_that_is_none_is_asked_for_again(world: World, form: dict[str, str]) -> None:
    rule = a_rule(world)
    ask(world, rule)
    page = world.post("amina", f"{rule}/attestation", form)
    assert page.status_code == 422
    assert "A comment threatens you." in page.text
    assert answers(world) == []


@pytest.mark.parametrize(
    "odd",
    [{"groups": []}, {"groups": ["nowhere"]}, {"question": ""}, {"option_2": ""}, {"why_1": ""}, {"right": "3"},
     {"right": "7"}, {"way": "torture"}, {"due": "2001-01-01"}, {"due": "soon"}, {"question": "x" * 401},
     {"option_1": "\ufffd"}],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_with_the_words_kept(world: World, odd: dict[str, Any]) -> None:
    rule = a_rule(world)
    page = world.post("ines", f"{rule}/asking", {**QUESTION, **odd})
    assert page.status_code == 422
    assert "Yes, at once." in page.text
    with world.app.app_context(), db.system_session() as session:
        assert session.scalars(select(Attestation)).all() == []


def test_a_major_version_asks_again_and_shows_the_difference_and_a_minor_one_does_not(world: World) -> None:
    rule = a_rule(world)
    ask(world, rule)
    answer(world, rule, "amina")
    new_text(world, rule, BODY + " Word.", "1.1")
    assert "Thank you. You have answered." in Reader(world, "amina").open(rule).words
    new_text(world, rule, BODY + " An obligation.", "2.0")
    amina = Reader(world, "amina").open(rule)
    assert "What changed since you were asked before" in amina.words
    assert answer(world, rule, "amina", turn=1) == 422, "the form was made for the older version"
    amina.open(rule).press("Answer", choice="1")
    assert [row.turn for row in answers(world)] == [1, 2]
    assert "An obligation." in amina.open(rule).open(f"{rule}/diff?from=1&to=3").words


def test_keepers_see_numbers_and_none_below_five(world: World) -> None:
    rule = a_rule(world)
    people = crowd(world, 12)
    ask(world, rule, groups=["lisbon"])
    all_answer(world, rule, people[:4])
    page = Reader(world, "ines").open(f"{rule}/asking").words
    assert "Answeredfewer than five" in page
    all_answer(world, rule, people[4:7])
    page = Reader(world, "ines").open(f"{rule}/asking").words
    assert "Answered7" in page
    assert "Asked15" in page
    assert "Person" not in page
    all_answer(world, rule, people[7:])
    page = Reader(world, "ines").open(f"{rule}/asking").words
    assert "Answerednearly all" in page
    assert "15" not in page, "three are left: the number of all would tell"


def test_a_lead_sees_names_of_their_own_group_where_a_duty_depends_on_it(world: World) -> None:
    rule = a_rule(world)
    ask(world, rule, groups=["lisbon", "jakarta"])
    answer(world, rule, "amina")
    assert "Amina Farouk" not in world.get("okello", f"{rule}/attestation").text
    ask(world, rule, groups=["lisbon", "jakarta"], gated="y")
    page = Reader(world, "okello").open(f"{rule}/attestation").words
    assert "Amina FaroukAnswered" in page
    assert "Tomás MedinaNot yet" in page
    assert "Oskar" not in page
    for who in ("ines", "oskar", "amina", "leila"):
        assert "Tomás" not in world.get(who, f"{rule}/attestation").text, who


@pytest.mark.parametrize("who", ["amina", "okello", "marek", "ada"])
def test_only_keepers_ask(world: World, who: str) -> None:
    rule = a_rule(world)
    assert ask(world, rule, who) == 403
    assert world.get(who, f"{rule}/asking").status_code == 403
    assert world.post(who, f"{rule}/asking/end").status_code == 403


def test_asking_ends_and_what_was_answered_is_forgotten(world: World) -> None:
    rule = a_rule(world)
    ask(world, rule)
    answer(world, rule, "amina")
    Reader(world, "ines").open(f"{rule}/asking").press("Ask nobody any more")
    assert "You are asked" not in world.get("amina", rule).text
    assert answers(world) == []


def test_a_closed_group_is_offered_to_its_members_alone_and_stays_asked(world: World) -> None:
    closed_group(world, "Zqxclosed", "tomas")
    rule = a_rule(world)
    assert "Zqxclosed" not in world.get("ines", f"{rule}/asking").text
    assert ask(world, rule, groups=["closed", "lisbon"]) == 422, "nobody asks a group they may not know of"
    ask(world, rule, groups=["lisbon"])
    with world.app.app_context(), db.system_session(writing=True) as session:
        plan = session.scalars(select(Attestation)).one()
        plan.groups = ["closed", "lisbon"]
    ask(world, rule, groups=["jakarta"])
    with world.app.app_context(), db.system_session() as session:
        assert session.scalars(select(Attestation)).one().groups == ["closed", "jakarta"]


def test_on_the_timeline_of_a_lesson_stands_how_many_answered(world: World) -> None:
    rule = a_rule(world)
    people = crowd(world, 12)
    lesson = world.write("It broke", "x", kind="lesson", status="observed")
    ids = {"lesson_id": world.document(lesson).id, "document_id": world.document(rule).id}
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.add(loop.Proposal(**ids, outcome=loop.Outcome.TAKEN, settled_at=db.now()))
    ask(world, rule, groups=["lisbon"])
    all_answer(world, rule, people[:6])
    oskar, viewer = world.document(lesson).id, world.viewer("oskar")
    with world.app.test_request_context(), db.system_session() as session:
        found = attesting.happenings(session, viewer, session.get_one(Document, oskar))
        assert [str(one.words) for one in found] == ["6 people answered the question of the guideline."]
        # Whoever cannot read the guideline is told nothing of it.
        nobody = attesting.happenings(session, OUTSIDE, session.get_one(Document, oskar))
        assert nobody == []


@pytest.mark.parametrize("who", ["oskar", "ada", "marek"])
def test_to_outsiders_of_the_guideline_it_answers_like_what_is_not_there(world: World, who: str) -> None:
    rule = held_rule(world)
    ask(world, rule, "okello", groups=["lisbon", "jakarta"])
    assert "Secret rule" not in world.get(who, "/keeping/questions").text
    assert "Secret rule" not in world.get(who, "/notices").text
    for part in ("asking", "attestation"):
        for send in (world.get, world.post):
            there, absent = send(who, f"{rule}/{part}"), send(who, f"/guidelines/never-was/{part}")
            assert there.status_code == absent.status_code == 404
            assert masked(there.text) == masked(absent.text)
    assert "Secret rule" in world.get("amina", "/keeping/questions").text, "the control"


def test_the_page_keeps_to_its_budget_when_somebody_is_asked(world: World) -> None:
    rule = a_rule(world)
    ask(world, rule)
    assert cost(world, rule, "amina") <= 10
    held = Sharing(("group:lisbon",), "hidden", reason="source")
    for number in range(4):
        other = a_rule(world, f"Rule {number}", by="okello", owner="lisbon", sharing=held)
        ask(world, other, "okello")
    assert cost(world, "/keeping/questions", "amina") <= 10


def test_another_choice_of_groups_begins_a_new_turn_so_that_nothing_is_told_by_difference(world: World) -> None:
    rule = a_rule(world)
    people = crowd(world, 12)
    ask(world, rule, groups=["lisbon", "jakarta"])
    all_answer(world, rule, people[:6])
    assert answer(world, rule, "oskar") == 303
    assert "Answered7" in Reader(world, "ines").open(f"{rule}/asking").words
    ask(world, rule, groups=["lisbon", "jakarta"])
    assert "Answered7" in Reader(world, "ines").open(f"{rule}/asking").words, "the same groups"
    ask(world, rule, groups=["lisbon"])
    page = Reader(world, "ines").open(f"{rule}/asking").words
    assert "Answeredfewer than five" in page, "not six: Oskar would have been the seventh"
    ask(world, rule, groups=["lisbon", "jakarta"])
    assert "Answeredfewer than five" in Reader(world, "ines").open(f"{rule}/asking").words
    assert answer(world, rule, "oskar", turn=1) == 422


def test_groups_with_fewer_than_five_people_together_are_not_counted(world: World) -> None:
    rule = a_rule(world)
    ask(world, rule, groups=["jakarta"])
    assert answer(world, rule, "oskar") == 303
    page = Reader(world, "ines").open(f"{rule}/asking").words
    assert "Answeredfewer than five" in page
    assert "Asked1" not in page
