"""The lessons beside a guideline, a playbook and its steps."""

from __future__ import annotations

from guidelines import nearby
from tests.guidelines.acting_world import held_for, proposals, told
from tests.guidelines.runs import playbook, run_of
from tests.guidelines.test_lessons_loop import propose, put_in_force, rule_of
from tests.journeys.reader import Reader
from tests.people import World
from wiki import db

TAKEN = "Taken up in version 2.0"


def beside(world: World, who: str, address: str) -> str:
    """What the panel of lessons says."""
    parts = world.get(who, address).text.split('<h2 id="lessons">', 1)
    return parts[1].split("</section>")[0] if len(parts) > 1 else ""


def test_a_lesson_that_changed_a_guideline_stands_beside_it_once(world: World) -> None:
    address, rule = told(world, "Look twice"), rule_of(world)
    propose(world, address, rule)
    assert beside(world, "oskar", rule) == "", "nobody took it up yet"
    put_in_force(world, rule, "2.0")
    panel = beside(world, "oskar", rule)
    assert panel.count("Look twice") == 1
    assert TAKEN in panel
    world.write("Another one", "See [[guideline:handles]].", kind="lesson", status="observed")
    panel = beside(world, "oskar", rule)
    assert panel.index("Look twice") < panel.index("Another one"), "what changed it goes first"


def test_a_lesson_that_both_names_and_changed_it_is_told_once(world: World) -> None:
    rule = rule_of(world)
    told(world)
    address = world.write("Named", "See [[guideline:handles]].", kind="lesson", status="observed")
    propose(world, address, rule)
    put_in_force(world, rule, "2.0")
    assert beside(world, "oskar", rule).count("Named") == 1


def test_a_lesson_that_is_held_back_stands_beside_nothing(world: World) -> None:
    rule = rule_of(world)
    address = told(world, "Secret lesson", sharing=held_for("lisbon", "digital", "consular"))
    propose(world, address, rule)
    put_in_force(world, rule, "2.0")
    assert "Secret lesson" in beside(world, "amina", rule), "the control"
    assert beside(world, "oskar", rule) == ""
    with world.app.app_context(), db.system_session() as session:
        assert nearby.taken_up(session, world.viewer("oskar"), world.document(rule).id) == ()


def test_the_three_that_matter_most_stand_beside_the_steps(world: World) -> None:
    book = playbook(world)
    changed = told(world, "It changed")
    Reader(world, "amina").open(f"{changed}/proposals").press("Propose it", target=book, words="Say it sooner.")
    Reader(world, "amina").open(f"{changed}/proposals/{proposals(world)[0].public_id}")
    Reader(world, "okello").open(f"{changed}/proposals/{proposals(world)[0].public_id}").press("We changed it")
    for name in ("One", "Two", "Three"):
        world.write(f"{name} names it", "See [[playbook:first-hour]].", kind="lesson", status="observed")
    world.write("Secret", "See [[playbook:first-hour]].", kind="lesson", status="observed",
                sharing=held_for("lisbon"))  # fmt: skip
    run = run_of(world, book)
    panel = beside(world, "amina", run)
    assert panel.count("<li>") == 3
    assert panel.index("It changed") < panel.index("names it")
    assert "Taken up in version" in panel
    assert "Secret" not in beside(world, "oskar", run)
    assert "It changed" in beside(world, "oskar", book)


def test_lessons_that_are_alike_help_where_none_names_it(world: World) -> None:
    book = playbook(world)
    world.write("Thank everybody in the first words", "## What happened\n\nWe did not look again.", kind="lesson",
                status="observed")  # fmt: skip
    world.write("Thank nobody", "## What happened\n\nFirst words, look again.", kind="lesson", status="obsolete")
    world.settle()
    run = run_of(world, book)
    assert "Thank everybody" in beside(world, "oskar", run)
    assert "Thank nobody" not in beside(world, "oskar", run)
