"""What lessons propose is told to those alone who may read both the lesson and what it would change."""

from __future__ import annotations

import re
from datetime import timedelta

from sqlalchemy import select

from tests.guidelines import acting_world as acting
from tests.guidelines.acting_world import actions, identified, proposals, task, told
from tests.guidelines.lessons_at_work import appoint
from tests.guidelines.test_lessons_loop import propose, put_in_force, rule_of
from tests.journeys.reader import Reader
from tests.people import World
from wiki import db
from wiki.documents import operations, texts
from wiki.documents.models import Document
from wiki.people.viewer import today


def test_words_of_a_proposal_that_was_taken_up_stay_with_those_who_read_both(world: World) -> None:
    address = identified(world)
    rule = rule_of(world, "Held rule", sharing=acting.held_for("digital", "consular"))
    before = {path: world.get("oskar", path).text for path in (address, f"{address}/timeline")}
    propose(world, address, rule, who="ines", action="")
    put_in_force(world, rule, "2.0")
    playbook = world.write("Held hour", "- [ ] Look", kind="playbook", by="ines", owner="digital",
                           sharing=acting.held_for("digital", "consular"))  # fmt: skip
    Reader(world, "ines").open(f"{address}/proposals").press(
        "Propose it", target=playbook, words="Read the handle twice, too.", action=""
    )
    Reader(world, "ines").open(f"{address}/proposals/{proposals(world)[1].public_id}").press("We changed it")
    assert [action.what for action in actions(world)[1:]] == ["", ""]
    pages = {path: world.get("oskar", path).text for path in before}
    for path, seen in pages.items():
        assert "Read the handle twice" not in seen
        assert seen.count("Digital") == before[path].count("Digital"), "nor is told that somebody acted"
    for number in (1, 2):
        page = task(world, number)
        assert "Read the handle twice" in Reader(world, "bruno").open(page).words, "who reads both"
        assert world.get("oskar", page).status_code == 404
        assert world.post("oskar", f"{page}/acceptance").status_code == 404
    assert "Read the handle twice" in Reader(world, "bruno").open(f"{address}/timeline").words


def test_an_officer_who_is_told_of_no_action_cannot_say_that_a_lesson_is_learned_from_it(world: World) -> None:
    address = identified(world)
    appoint(world, "oskar")
    rule = rule_of(world, "Held rule", sharing=acting.held_for("digital", "consular"))
    propose(world, address, rule, who="ines", action="")
    put_in_force(world, rule, "2.0")
    page = Reader(world, "oskar").open(f"{address}/learning").press("It is learned", words="It is better now.")
    assert "No task is done yet" in page.beside("words")
    Reader(world, "bruno").open(f"{address}/learning").press("It is learned", words="It is better now.")
    assert world.document(address).status == "learned"


def test_a_proposal_names_its_section_to_those_alone_whose_contents_have_it(world: World) -> None:
    address, rule, ines = told(world), rule_of(world), world.viewer("ines")
    Reader(world, "amina").open(f"{address}/proposals").press(
        "Propose it", target=f"{rule}#s-reading", words="Read the handle twice."
    )
    page = f"{address}/proposals/{proposals(world)[0].public_id}"
    assert f'<a href="{rule}#s-reading" dir="auto">Reading</a>' in world.get("oskar", page).text, "the control"
    until = (today() + timedelta(days=60)).isoformat()
    held = f'Now.\n\n::: held audience="group:digital" reason=source until={until}\n## Reading\n\nLook.\n:::\n'
    with world.app.app_context(), db.database().writing(viewer=ines, writing=True) as session:
        guideline = session.scalars(select(Document).where(Document.slug == "handles")).one()
        operations.revise(session, guideline, texts.prepare("Handles", held), base=guideline.working, by=ines)
        operations.publish(session, guideline, by=None, status="in-force")
    [anchor] = re.findall(r'href="#(s-[^"]*reading[^"]*)"', world.get("ines", rule).text)[:1]
    Reader(world, "ines").open(f"{address}/proposals").press("Propose it", target=f"{rule}#{anchor}", words="Twice.")
    hers = f"{address}/proposals/{proposals(world)[1].public_id}"
    assert f'<a href="{rule}#{anchor}" dir="auto">Reading</a>' in world.get("ines", hers).text, "who reads the section"
    for path in (page, hers, address, f"{address}/timeline"):
        after = world.get("oskar", path).text
        assert "#s-reading" not in after, path
        assert f"#{anchor}" not in after, path


def test_what_to_change_is_found_by_words_of_its_title_and_its_section_is_chosen(world: World) -> None:
    address, rule = told(world), rule_of(world)
    rule_of(world, "Handles and hooks")
    rule_of(world, "Held handles", sharing=acting.held_for("consular"))
    page = Reader(world, "amina").open(f"{address}/proposals").press("Find", target="handles", words="Twice.")
    assert page.status == 200
    assert "Handles and hooks" in page.words
    assert "Held handles" not in page.words, "she cannot read it"
    assert page.field("words") == "Twice."
    page.press("Propose it", target="hooks and handles, or so", near="")
    assert "Choose a guideline or playbook" in page.beside("target")
    page.press("Find", target="handles").press("Find", near=rule)
    assert 'value="s-reading"' in page.answer.text
    page.press("Propose it", anchor="s-elsewhere")
    assert "in another text" in page.beside("anchor")
    page.press("Propose it", anchor="s-reading")
    [made] = proposals(world)
    assert (made.document_id, made.anchor, made.words) == (world.document(rule).id, "s-reading", "Twice.")


def test_a_title_does_for_an_address(world: World) -> None:
    address, rule = told(world), rule_of(world)
    rule_of(world, "Handles and hooks")
    Reader(world, "amina").open(f"{address}/proposals").press("Propose it", target="handles", words="Twice.")
    assert [made.document_id for made in proposals(world)] == [world.document(rule).id]


SECRET = "The minister will tell the port authority in person on Thursday that the quay stays closed all winter"


def test_words_that_are_held_back_elsewhere_are_asked_about_before_readers_of_the_lesson_get_them(world: World) -> None:
    address = identified(world)
    paper = world.write("Quay", SECRET, by="ines", owner="digital", sharing=acting.held_for("digital"))
    rule = rule_of(world)
    world.settle()
    ines = Reader(world, "ines").open(f"{address}/proposals").press("Propose it", target=rule, words=SECRET)
    assert (ines.status, "held back elsewhere" in ines.words) == (422, True)
    refused = Reader(world, "ines").open(f"{task(world)}/refusal").press("Tell them", answer=SECRET)
    assert (refused.status, "held back elsewhere" in refused.words) == (422, True)
    done = Reader(world, "ines").open(f"{task(world)}/completion").press("It is done", evidence_words=SECRET)
    assert (done.status, "held back elsewhere" in done.words) == (422, True)
    assert ([action.state for action in actions(world)], proposals(world)) == (["asked"], [])
    ines.press("Propose it", repeat_ok=world.document(paper).public_id)
    assert [made.words for made in proposals(world)] == [SECRET]


def test_words_of_what_it_would_change_may_be_repeated_in_a_proposal(world: World) -> None:
    address = told(world)
    rule = world.write("Quay", SECRET, kind="guideline", by="ines", owner="digital", status="in-force",
                       sharing=acting.held_for("digital"))  # fmt: skip
    world.settle()
    Reader(world, "ines").open(f"{address}/proposals").press("Propose it", target=rule, words=SECRET)
    assert [made.words for made in proposals(world)] == [SECRET]


def test_a_lesson_is_not_learned_while_nothing_that_its_officer_sees_shows_it(world: World) -> None:
    address = identified(world)
    proof = world.write("Proof", "It is bold.", by="ines", owner="digital", sharing=acting.held_for("digital"))
    Reader(world, "ines").open(f"{task(world)}/completion").press("It is done", evidence=proof)
    page = Reader(world, "bruno").open(f"{address}/learning").press("It is learned")
    assert "Say in a sentence what changed" in page.beside("words")
    page.press("It is learned", words="The handle stands in bold.")
    assert world.document(address).status == "learned"
