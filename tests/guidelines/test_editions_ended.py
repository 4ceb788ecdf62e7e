"""Who is told when a guideline is withdrawn, superseded or merged, and what a notice never names."""

from __future__ import annotations

import pytest

from guidelines.guides.editions_models import ReadingMark
from guidelines.guides.keeping.models import Attested
from tests.guidelines.rules_at_work import in_days, rule, told
from tests.journeys.reader import Reader
from tests.people import World
from wiki import db
from wiki.documents.sharing import Sharing

ENDS = {
    "withdrawn": ("withdrawal", {"why": "Out of date."}),
    "superseded": ("supersession", {"successor": "secret-successor"}),
    "merged": ("merger", {"into": "secret-successor"}),
}


def closed(group: str) -> Sharing:
    return Sharing((f"group:{group}",), "hidden", reason="source", until=in_days(30))


def mark(world: World, address: str, *people: str) -> None:
    """They marked it as read."""
    number, persons = world.document(address).id, [world.viewer(who).person for who in people]
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.add_all(ReadingMark(person_id=person, document_id=number, major=1, minor=0) for person in persons)


@pytest.mark.parametrize("status", ENDS)
def test_those_concerned_are_told_and_what_takes_its_place_is_not_named(world: World, status: str) -> None:
    address = rule(world)
    rule(world, "Secret successor", owner="digital", sharing=closed("digital"))
    mark(world, address, "oskar")
    about = {"document_id": world.document(address).id, "turn": 1}
    bruno, tomas = (world.viewer(who).person for who in ("bruno", "tomas"))
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.add(Attested(**about, person_id=bruno, done=True))
        session.add(Attested(**about, person_id=tomas, done=False))
    world.write("A plan", "- [ ] See [[guideline:posting-in-a-crisis]]", kind="playbook", by="okello")
    world.write("A page", "See [[guideline:posting-in-a-crisis]]", by="leila", owner="consular")
    place, fields = ENDS[status]
    assert world.post("marek", f"{address}/{place}", fields).status_code == 303
    code = f"guideline-{status}"
    assert [told(world, who, code) for who in ("oskar", "bruno", "okello", "ines")] == [1, 1, 1, 1]
    assert [told(world, who, code) for who in ("tomas", "leila", "amina", "marek", "ada")] == [0, 0, 0, 0, 0]
    oskar, okello = Reader(world, "oskar").open("/notices"), Reader(world, "okello").open("/notices")
    assert "Posting in a crisis" in oskar.words
    assert "Something that you keep links to it." not in oskar.words
    assert "Something that you keep links to it." in okello.words
    for reader in (oskar, okello):
        assert "Secret successor" not in reader.words
    world.settle()
    assert told(world, "oskar", code) == 1


def test_whoever_may_not_read_it_is_not_told_that_it_ended(world: World) -> None:
    address = rule(world, "Secret rule", sharing=closed("digital"))
    mark(world, address, "oskar", "marek")
    world.write("A plan", "- [ ] See [[guideline:secret-rule]]", kind="playbook", by="okello")
    assert world.post("marek", f"{address}/withdrawal", {"why": "Out of date."}).status_code == 303
    assert [told(world, who, "guideline-withdrawn") for who in ("oskar", "okello")] == [0, 0]
    assert told(world, "ines", "guideline-withdrawn") == 1, "the control"
