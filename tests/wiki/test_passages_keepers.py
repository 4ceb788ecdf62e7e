"""Who decides about a held passage: nobody for whom it was not meant, and nobody who was only let in to read."""

from __future__ import annotations

import re
from datetime import timedelta

from sqlalchemy import select

from tests.people import World
from tests.wiki.holding_fixtures import give_role, held
from tests.wiki.test_passages_pages import BODY, OPENING, SECRET, _fields, _passage, _save
from wiki import db
from wiki.documents import leave
from wiki.documents.models import PassageLabel
from wiki.people.viewer import today


def _let_in(world: World, who: str, target: str, sort: str = leave.Sort.LEAVE) -> None:
    person = world.viewer(who).person
    with world.app.app_context(), db.system_session(writing=True) as session:
        leave.give(session, target, person, db.now() + timedelta(days=1), by=None, owner="lisbon", sort=sort)


def _open(world: World, who: str, address: str) -> int:
    passage = _passage(world, address)
    return world.post(who, f"/held/{passage.public_id}/open", {"version": str(passage.version)}).status_code


def _labels(world: World) -> set[str]:
    with world.app.app_context(), db.system_session() as session:
        return set(session.scalars(select(PassageLabel.label)))


def _wrapped_by_bruno(world: World, audience: str = "group:lisbon") -> str:
    """A page of Amina in which Bruno, who keeps nothing there, holds some of his own words back."""
    address = world.write("The quay", "What is known.", by="amina")
    fields = _fields(world, "bruno", address)
    words = f"{OPENING.replace('group:consular', audience)}\nSpeak to quetzalcoatl.\n:::\n"
    assert _save(world, "bruno", address, fields, body=f"{fields['body']}\n\n{words}").status_code == 303
    return address


def test_a_steward_who_was_let_in_to_read_is_no_owner(world: World) -> None:
    give_role(world, "ines", "duty-officer")
    address = world.write("The tunnel", sharing=held(60))
    document = world.document(address)
    for sort in (leave.Sort.GLASS, leave.Sort.LEAVE):
        _let_in(world, "ines", document.public_id, sort)
        assert world.get("ines", address).status_code == 200
        for path in ("/sharing", "/grants", "/bin"):
            answer = world.post("ines", address + path, {"audience": "service", "email": "ines@example.org"})
            assert answer.status_code == 403, path
        version = {"version": str(document.version)}
        assert world.post("ines", f"/held/{document.public_id}/open", version).status_code == 403
    assert world.document(address).audience == document.audience
    assert world.get("oskar", address).status_code != 200


def test_nobody_gives_leave_to_themselves(world: World) -> None:
    address = world.write("The tunnel", sharing=held(60))
    form = {"email": "okello@example.org", "grant_until": today().isoformat()}
    answer = world.post("okello", f"{address}/grants", form)
    assert answer.status_code == 422
    assert "Somebody else who keeps it has to give leave to you." in answer.text
    assert world.post("okello", f"{address}/grants", {**form, "email": "oskar@example.org"}).status_code == 303


def test_a_steward_decides_only_about_passages_that_are_shared_with_them(world: World) -> None:
    give_role(world, "ines", "duty-officer")
    address = world.write("The bridge", BODY, by="amina")
    passage = _passage(world, address)
    for let_in in (False, True):
        if let_in:
            _let_in(world, "ines", passage.public_id, leave.Sort.GLASS)
        path, version = f"/held/{passage.public_id}", {"version": str(passage.version)}
        assert world.get("ines", path).status_code == 403
        assert world.post("ines", f"{path}/open", version).status_code == 403
        longer = {**version, "until": (passage.held_until + timedelta(days=1)).isoformat()}
        assert world.post("ines", f"{path}/renew", longer).status_code == 403
    assert "quetzalcoatl" not in world.get("oskar", address).text
    fields = _fields(world, "amina", address)
    also = fields["body"].replace('audience="group:consular"', 'audience="group:consular group:digital"')
    assert _save(world, "amina", address, fields, body=also).status_code == 303
    assert _open(world, "ines", address) == 303
    assert "quetzalcoatl" in world.get("oskar", address).text


def test_an_author_does_not_open_what_somebody_else_holds_back_from_them(world: World) -> None:
    address = _wrapped_by_bruno(world, "group:bridge")
    assert "quetzalcoatl" not in world.get("amina", address).text
    assert _open(world, "amina", address) == 403
    assert _open(world, "okello", address) == 303, "nobody is shut out of the papers of their own unit"


def test_whoever_wraps_a_passage_stands_among_its_readers(world: World) -> None:
    address = _wrapped_by_bruno(world)
    bruno = f"person:{world.viewer('bruno').public_id}"
    assert _passage(world, address).audience == ["group:lisbon", bruno]
    page = world.get("tomas", address).text
    assert "Held: only Bruno Keller, Embassy Lisbon and those who keep it read this, until" in page
    fields = _fields(world, "okello", address)
    assert "person:bruno@example.org" in fields["body"]
    without = fields["body"].replace(" person:bruno@example.org", "").replace("person:bruno@example.org ", "")
    assert _save(world, "okello", address, fields, body=without).status_code == 303
    assert bruno not in _labels(world)
    assert "quetzalcoatl" not in world.get("bruno", address).text


def test_an_author_or_a_reader_is_not_named_twice(world: World) -> None:
    address = world.write("The bridge", BODY, by="amina")
    assert _passage(world, address).audience == ["group:consular"]
    assert f"person:{world.viewer('amina').public_id}" in _labels(world)
    other = _wrapped_by_bruno(world, "group:consular")
    assert _passage(world, other).audience == ["group:consular"]


def test_whoever_wrapped_a_passage_decides_about_it_while_its_words_are_theirs(world: World) -> None:
    address = _wrapped_by_bruno(world)
    assert _open(world, "bruno", address) == 303
    other = world.write("The pier", "What is known.", by="amina")
    fields = _fields(world, "bruno", other)
    words = f"{OPENING.replace('group:consular', 'group:lisbon')}\nPlaceholder.\n:::\n"
    assert _save(world, "bruno", other, fields, body=f"Known.\n\n{words}").status_code == 303
    fields = _fields(world, "okello", other)
    filled = fields["body"].replace("Placeholder", "Xochipilli")
    assert _save(world, "okello", other, fields, body=filled).status_code == 303
    assert _open(world, "bruno", other) == 403
    fields = _fields(world, "bruno", other)
    out = re.sub(r"::: held.*?:::\n?", "", fields["body"], flags=re.S)
    wider = fields["body"].replace("group:lisbon", "group:lisbon group:jakarta")
    for body in (out, wider):
        assert _save(world, "bruno", other, fields, body=body).status_code == 422
    assert "Xochipilli" not in world.get("oskar", other).text


def test_the_line_above_a_passage_says_that_somebody_was_let_in(world: World) -> None:
    address = world.write("The bridge", BODY, by="amina")
    before = "Held: only Consular Directorate and those who keep it read this"
    after = "Held: only Consular Directorate, those who keep it and whoever was given leave read this"
    assert before in world.get("bruno", address).text
    _let_in(world, "oskar", _passage(world, address).public_id)
    for who in ("bruno", "oskar"):
        assert after in world.get(who, address).text
    page = world.get("tomas", address).text
    assert before not in page
    assert after not in page


def test_leave_to_read_a_passage_is_none_to_change_its_words(world: World) -> None:
    address = world.write("The bridge", BODY, by="amina")
    public_id = _passage(world, address).public_id
    _let_in(world, "oskar", public_id)
    page = world.get("oskar", address).text
    assert all(word in page for word in SECRET)
    fields = _fields(world, "oskar", address)
    token = f"[[held:{public_id}]]"
    assert token in fields["body"]
    assert "quetzalcoatl" not in fields["body"]
    typed = fields["body"].replace(token, f"::: held {public_id}\nNot so.\n:::")
    for body in (typed, fields["body"].replace(token, "")):
        answer = _save(world, "oskar", address, fields, body=body)
        assert answer.status_code == 422
        assert token in answer.text
    assert _save(world, "oskar", address, fields, body=f"{fields['body']}\nMore.\n").status_code == 303
    assert "quetzalcoatl" in world.get("bruno", address).text
