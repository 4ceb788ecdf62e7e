"""What the demo world shows of playbooks, and what playbooks tell of a lesson."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import select

from guidelines import loop
from guidelines.loop import Proposal
from guidelines.playbooks import exercising
from guidelines.playbooks.models import Occasion, Playbook, Run, RunEntry
from tests.guidelines.runs import held, playbook, run_of
from tests.people import World
from wiki import db
from wiki.exchange.starter import load_demo, load_starter
from wiki.people.viewer import today


def test_the_demo_world_has_an_exercise_that_goes_on_and_a_run_with_decisions(app: Flask) -> None:
    with app.app_context():
        load_starter()
        for _ in range(2):
            load_demo()
        with db.system_session() as session:
            runs = {run.occasion: run for run in session.scalars(select(Run))}
            entered = {line.entered for line in session.scalars(select(RunEntry))}
            old = session.scalars(select(Playbook).where(Playbook.slug == "lost-duty-telephone")).one()
            used = session.scalars(select(Playbook).where(Playbook.slug == "storm-over-marenza")).one()
            assert len(session.scalars(select(Run)).all()) == 2, "a second load runs nothing again"
    assert runs[Occasion.EXERCISE].ended_at is None
    assert runs[Occasion.LIVE].ended_at is not None
    assert {"decided", "role", "handed", "contact", "chose", "noted", "joined"} <= entered
    assert (exercising.is_old(old.exercised_on), exercising.is_old(used.exercised_on)) == (True, False)
    assert used.exercised_on == today()


def told_of(world: World, who: str, address: str) -> list[str]:
    lesson, viewer = world.document(address), world.viewer(who)
    with world.app.test_request_context(), db.system_session() as session:
        found = loop.happenings(session, viewer, lesson)
        return [f"{each.words} {each.url}" for each in found if "/playbooks/" in (each.url or "")]


def test_a_lesson_is_told_of_runs_of_playbooks_that_name_it_or_were_asked_to_change(world: World) -> None:
    lesson = world.write("Call the port first", "Words.", kind="lesson", status="observed")
    named = playbook(world, "Named", "- [ ] One, see [[lesson:call-the-port-first]]")
    asked = playbook(world, "Asked", "- [ ] One")
    closed = playbook(world, "Closed", "- [ ] See [[lesson:call-the-port-first]]", held("group:lisbon"))
    other = playbook(world, "Other", "- [ ] One")
    about = {"lesson_id": world.document(lesson).id, "document_id": world.document(asked).id}
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.add(Proposal(**about))
    places = {}
    for path, occasion in ((named, "exercise"), (asked, "live"), (closed, "live"), (other, "live")):
        places[path] = run_of(world, path, occasion=occasion)
        assert told_of(world, "amina", lesson) == [] or path != named, "a run that goes on has not happened yet"
        world.post("amina", f"{places[path]}/end", {"outcome": "", "all_the_same": "y"})
    assert told_of(world, "oskar", lesson) == [
        f"“Named” was exercised {places[named]}", f"“Asked” was used {places[asked]}"]  # fmt: skip
    assert [line.rsplit(" ", 1)[1] for line in told_of(world, "amina", lesson)] == [
        places[named], places[asked], places[closed]]  # fmt: skip


def test_when_a_closed_playbook_was_exercised_is_told_to_its_readers_alone(world: World) -> None:
    path = playbook(world, "Closed", "- [ ] One", held("group:lisbon"))
    world.post("amina", f"{run_of(world, path)}/end", {"outcome": "", "all_the_same": "y"})
    viewers = {who: world.viewer(who) for who in ("amina", "oskar")}
    with world.app.app_context(), db.system_session() as session:
        found = {who: exercising.days(session, viewer) for who, viewer in viewers.items()}
    assert found == {"amina": {"closed": today()}, "oskar": {}}
