"""A playbook is prepared, run by two people at once, and its log stays."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from guidelines.playbooks.models import Run, RunEntry
from guidelines.playbooks.steps import steps_of
from tests.journeys.reader import Reader
from tests.people import World
from wiki import db
from wiki.documents import operations
from wiki.documents.models import Document
from wiki.documents.sharing import Sharing
from wiki.people.viewer import today

BODY = """::: sixty-seconds
Stop, look, call.
:::

## First five minutes

- [ ] Stop the **queue**. See [[welcome]]
- [ ] Call the head of mission
  and say what you know

```
- [ ] not a step
```

## Afterwards

1. [ ] Record a lesson
- an ordinary line
"""


def test_the_task_items_of_the_text_are_the_steps_in_their_phases() -> None:
    steps = steps_of(BODY)

    assert [(step["key"], step["phase"], step["words"]) for step in steps] == [
        ("s1", "First five minutes", "Stop the queue. See welcome"),
        ("s2", "First five minutes", "Call the head of mission and say what you know"),
        ("s3", "Afterwards", "Record a lesson"),
    ]
    assert "<strong>queue</strong>" in steps[0]["text"]


@pytest.mark.parametrize("text", ["", "- [ ]", "- [ ] ", "-[ ] x", "> - [ ] quoted", "    - [ ] code"])
def test_what_is_no_task_item_is_no_step(text: str) -> None:
    assert steps_of(text) == []


def playbook(world: World, **more: Any) -> str:
    world.write("Welcome", "Hello.")
    path = world.write("First hour", BODY, kind="playbook", **more)
    world.settle()
    return path


def run_of(world: World, who: str, path: str, **fields: Any) -> str:
    """Start a run as a person would, without scripts; returns its address."""
    reader = Reader(world, who).open(path).follow("Start a run")
    reader.press("Start now", **({"occasion": "live", "words": "Fire at the port"} | fields))
    assert reader.status == 200
    return reader.path


def test_two_people_run_it_together_and_the_log_says_who_did_what(world: World) -> None:
    path = playbook(world)
    place = run_of(world, "amina", path)
    tomas = Reader(world, "tomas").open("/playbooks/").follow("First hour")
    tomas.follow("Fire at the port")

    tomas.press("Done")
    amina = Reader(world, "amina").open(place)
    assert "1 of 3 steps" in amina.words
    assert "Tomás Medina" in amina.words

    amina.press("Add the note", words="The port is closed until six.", step="s2")
    amina.press("Done").press("Done")
    assert "3 of 3 steps" in amina.words
    tomas.open(place).press("End it and keep the log", outcome="All safe.")
    assert "This run has ended" in tomas.words
    for words in ("All safe.", "The port is closed until six.", "Done: Stop the queue", "Ended the run"):
        assert words in tomas.words
    assert "Record what you learnt" in tomas.words
    assert "1 run" in Reader(world, "bruno").open(path).words


def test_a_step_ticked_by_two_at_once_is_ticked_once_and_can_be_taken_back(world: World) -> None:
    place = run_of(world, "amina", playbook(world))
    for who in ("amina", "tomas", "amina"):
        assert world.post(who, f"{place}/steps/s1/tick").status_code == 303
    assert lines(world) == [("ticked", "s1")]

    Reader(world, "tomas").open(place).press("Undo")
    assert lines(world) == [("ticked", "s1"), ("unticked", "s1")]
    assert "0 of 3 steps" in Reader(world, "amina").open(place).words


def lines(world: World) -> list[tuple[str, str]]:
    with world.app.app_context(), db.system_session() as session:
        return [(line.entered, line.step) for line in session.scalars(select(RunEntry).order_by(RunEntry.id))]


def test_forms_posted_twice_start_one_run_and_write_one_note(world: World) -> None:
    path = playbook(world)
    form = {"occasion": "exercise", "words": "x", "key": "the-very-same"}
    first, second = (world.post("amina", f"{path}/runs/new", form) for _ in range(2))
    assert first.location == second.location
    place = str(first.location)
    for _ in range(2):
        world.post("amina", f"{place}/notes", {"words": "Once.", "key": "a-note"})
    # The same key from somebody else is another form.
    world.post("tomas", f"{place}/notes", {"words": "Twice.", "key": "a-note"})
    assert lines(world) == [("noted", ""), ("noted", "")]


def test_an_ended_run_takes_notes_and_no_ticks(world: World) -> None:
    place = run_of(world, "amina", playbook(world))
    world.post("amina", f"{place}/end", {"outcome": ""})
    world.post("amina", f"{place}/end", {"outcome": "Again."})
    late = Reader(world, "tomas").open(place)
    late.press("Add the note", words="Thank the night shift.")
    world.post("tomas", f"{place}/steps/s1/tick")
    assert lines(world) == [("ended", ""), ("noted", "")]
    assert "its steps stay as they are" in Reader(world, "tomas").open(place).words
    with world.app.app_context(), db.system_session() as session:
        assert session.scalars(select(Run)).one().outcome == ""


def test_a_run_keeps_the_steps_it_began_with(world: World) -> None:
    path = playbook(world)
    place = run_of(world, "amina", path)
    editor = Reader(world, "amina").open(path).follow("Edit")
    editor.press("Save", body="## Now\n\n- [ ] Something else")
    assert "Something else" in Reader(world, "amina").open(path).words
    assert "Call the head of mission" in Reader(world, "amina").open(place).words


SECRET = "Call the harbour master, zyzzyva, at home"
UNTIL = today().replace(month=6, day=1, year=today().year + 1)
HELD = f"""::: held audience="group:consular" reason=source until={UNTIL}
- {SECRET}
:::"""


def test_steps_that_were_held_back_later_are_told_to_those_alone_who_may_read_them(world: World) -> None:
    path = world.write("First hour", f"## Zyzzyva phase\n\n- [ ] {SECRET}\n- [ ] Stop the queue", kind="playbook")
    place = run_of(world, "amina", path)
    assert world.post("oskar", f"{place}/steps/s1/tick").status_code == 303
    assert "zyzzyva" in world.get("oskar", place).text
    wrapped = f"## First\n\n{HELD}\n\n- [ ] Stop the queue"
    editor = Reader(world, "amina").open(path).follow("Edit").press("Save", body=wrapped)
    assert editor.status == 200
    for who, told in (("bruno", True), ("amina", True), ("oskar", False), ("tomas", False)):
        for more in ({}, {"headers": {"HX-Request": "true"}}):
            page = world.get(who, place, **more).text
            assert ("zyzzyva" in page.lower()) is told, (who, more)
            assert ("A step whose words are held back" in page) is not told, (who, more)
            assert "Stop the queue" in page
    refused = world.post("oskar", f"{place}/notes", {"words": ""})
    ticked = world.post("oskar", f"{place}/steps/s2/tick", headers={"HX-Request": "true"})
    assert (refused.status_code, ticked.status_code) == (422, 200)
    assert "zyzzyva" not in (refused.text + ticked.text).lower()
    assert "Stop the queue" in ticked.text


def test_what_is_wrong_is_said_beside_the_field_and_nothing_is_kept(world: World) -> None:
    path = playbook(world)
    start = Reader(world, "amina").open(f"{path}/runs/new").press("Start now", words="Fire at the port")
    assert start.status == 422
    assert start.beside("occasion") == "Say whether this is real or an exercise."
    assert start.field("words") == "Fire at the port"
    place = run_of(world, "amina", path)
    empty = Reader(world, "amina").open(place).press("Add the note")
    assert (empty.status, empty.beside("words")) == (422, "Write what you want to note.")
    world.write("Only words", "No steps here.", kind="playbook")
    none = Reader(world, "amina").open("/playbooks/only-words/runs/new").press("Start now", occasion="live")
    assert "There is no step in this text" in none.beside("occasion")


def test_runs_are_as_closed_as_their_playbook(world: World) -> None:
    held = Sharing(("group:lisbon",), "hidden", reason="source", until=today().replace(year=today().year + 1))
    path = playbook(world, sharing=held)
    place = run_of(world, "amina", path)
    nothing = world.get("oskar", "/playbooks/nothing-here")
    for address in (place, f"{path}/runs", f"{path}/runs/new"):
        answer = world.get("oskar", address)
        assert (answer.status_code, answer.data) == (404, nothing.data)
    assert world.post("oskar", f"{place}/steps/s1/tick").status_code == 404
    assert "Fire at the port" not in world.get("oskar", "/playbooks/").text
    # A run is not found under another playbook either.
    world.write("Open one", BODY, kind="playbook")
    assert world.get("amina", place.replace("first-hour", "open-one")).status_code == 404


def test_guests_read_and_do_not_run(world: World) -> None:
    path = playbook(world, sharing=Sharing(("group:bridge",), "stub", "x", "y", "source", today().replace(year=2099)))
    place = run_of(world, "tomas", path)
    assert world.get("gita", place).status_code == 200
    assert "Done:" not in world.get("gita", place).text
    assert world.post("gita", f"{place}/steps/s1/tick").status_code == 403
    assert lines(world) == []


def test_a_draft_is_not_run(world: World) -> None:
    path = playbook(world, status="draft")
    assert world.get("amina", f"{path}/runs/new").status_code == 403


def test_looking_again_costs_nothing_while_nothing_happens(world: World) -> None:
    place = run_of(world, "amina", playbook(world))
    first = world.get("amina", place, headers={"HX-Request": "true"})
    again = world.get("amina", place, headers={"HX-Request": "true", "If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    world.post("tomas", f"{place}/steps/s1/tick")
    assert world.get("amina", place, headers={"HX-Request": "true", "If-None-Match": first.headers["ETag"]}).data


def test_a_playbook_in_the_bin_takes_its_runs_along(world: World) -> None:
    path = playbook(world)
    place, viewer = run_of(world, "amina", path), world.viewer("amina")
    with world.app.app_context(), db.system_session(writing=True) as session:
        found = session.scalars(select(Document).where(Document.slug == "first-hour")).one()
        operations.bin_document(session, found, by=viewer)
    assert world.get("oskar", place).status_code == 404
    assert "Fire at the port" not in world.get("oskar", "/playbooks/").text


def test_a_run_that_was_ended_too_early_goes_on_and_the_log_says_so(world: World) -> None:
    path = playbook(world)
    place = run_of(world, "amina", path)
    Reader(world, "amina").open(place).press("End it and keep the log", outcome="All safe.")
    watching = world.get("tomas", place, headers={"HX-Request": "true"}).text
    assert "This run has ended" in watching, "whoever looks on is told"
    desk = Reader(world, "bruno").open("/playbooks/")
    assert "Ended lately" in desk.words
    tomas = desk.follow("First hour") and Reader(world, "tomas").open(place)
    tomas.press("Open it again").press("Done")
    assert "1 of 3 steps" in tomas.words
    assert "Opened the run again All safe." in tomas.words
    world.post("amina", f"{place}/end/removal")
    assert lines(world) == [("ended", ""), ("reopened", ""), ("ticked", "s1")]


def test_the_words_to_use_stand_beside_the_steps(world: World) -> None:
    place = run_of(world, "amina", playbook(world))
    page = Reader(world, "tomas").open(place)
    assert "Stop, look, call." in page.words
    assert "Hello" not in page.words


def test_home_tells_of_the_newest_run_and_how_many_more(world: World) -> None:
    path = playbook(world)
    for words in ("First", "Second"):
        run_of(world, "amina", path, words=words)
    run_of(world, "amina", path, words="Only trying", occasion="exercise")
    home = Reader(world, "oskar").open("/")
    assert "Second" in home.words
    assert "and 1 more" in home.words
    assert "Only trying" not in home.words
