"""A file that only a held passage names is held with it, whatever others link or upload."""

from __future__ import annotations

import io
from typing import Any

from tests.people import World
from tests.wiki.test_passages_bounds import _boxed, _change
from tests.wiki.test_passages_pages import _fields

NAME = "bandersnatch.txt"
HELD = f"See [this](files/{NAME})."


def _upload(world: World, who: str, address: str, name: str = NAME, content: bytes = b"held words") -> None:
    data = {"file": (io.BytesIO(content), name)}
    assert world.post(who, f"{address}/files", data, content_type="multipart/form-data").status_code == 303


def _page(world: World, **more: Any) -> str:
    address = world.write("The bridge", "Words.", by="amina", **more)
    assert _change(world, "amina", address, f"Words.\n\n{_boxed(HELD)}").status_code == 303
    _upload(world, "amina", address)
    return address


def _gets(world: World, who: str, address: str) -> bytes | None:
    answer = world.get(who, f"{address}/files/{NAME}")
    return answer.data if answer.status_code == 200 else None


def _add(world: World, who: str, address: str, more: str) -> None:
    body = _fields(world, who, address)["body"]
    assert _change(world, who, address, f"{body}\n\n{more}").status_code == 303


def test_whoever_guesses_the_name_of_a_held_file_and_links_it_is_shown_nothing(world: World) -> None:
    address = _page(world)
    mine = _boxed(f"Mine: [x](files/{NAME}).", audience="person:oskar@example.org")
    for guess in (f"Here: [x](files/{NAME}).", mine):
        _add(world, "oskar", address, guess)
        assert _gets(world, "oskar", address) is None
        assert NAME not in world.get("oskar", f"{address}/files").text
    # Neither do the people who read the passage open it by saving something else.
    _add(world, "amina", address, "One word more.")
    assert _gets(world, "oskar", address) is None
    assert _gets(world, "tomas", address) == b"held words"


def test_whoever_reads_the_passage_opens_the_file_by_linking_it_and_closes_it_again(world: World) -> None:
    address = _page(world)
    before = _fields(world, "amina", address)["body"]
    _add(world, "amina", address, f"Here: [x](files/{NAME}).")
    assert _gets(world, "oskar", address) == b"held words"
    assert NAME in world.get("oskar", f"{address}/files").text
    assert _change(world, "amina", address, before).status_code == 303
    assert _gets(world, "oskar", address) is None


def test_a_file_that_is_held_stays_held_when_its_passage_is_taken_out_and_opens_with_it(world: World) -> None:
    address = _page(world)
    assert _change(world, "amina", address, "Words.").status_code == 303
    assert _gets(world, "oskar", address) is None
    assert _change(world, "amina", address, f"Words. {HELD}").status_code == 303
    assert _gets(world, "oskar", address) == b"held words"


def test_an_upload_of_the_same_name_tells_nothing_and_takes_no_place(world: World) -> None:
    address, control = _page(world), world.write("The tunnel", "Words.", by="amina")
    for place in (address, control):
        _upload(world, "oskar", place, content=b"mine")
        assert _gets(world, "oskar", place) == b"mine"
        assert world.get("oskar", f"{place}/files").text.count(f"Take away {NAME}") == 1
        _upload(world, "oskar", place, content=b"mine again")
        assert _gets(world, "oskar", place) == b"mine again"
        assert world.get("oskar", place).text.count(f"files/{NAME}") == 1
        assert world.get("marek", f"{place}/files/{NAME}").data == b"mine again"
    assert _gets(world, "tomas", address) == b"held words", "those who read the passage have the file of the passage"
    _upload(world, "amina", address, content=b"held anew")
    assert (_gets(world, "oskar", address), _gets(world, "tomas", address)) == (b"mine again", b"held anew")
    _add(world, "amina", address, "One word more.")
    assert _gets(world, "oskar", address) == b"mine again"
    assert world.post("oskar", f"{address}/files/{NAME}/removal").status_code == 303
    assert (_gets(world, "oskar", address), _gets(world, "tomas", address)) == (None, b"held anew")


def test_a_name_that_only_a_passage_has_so_far_is_free_for_everybody(world: World) -> None:
    address = world.write("The bridge", f"Words.\n\n{_boxed(HELD)}", by="amina")
    _upload(world, "oskar", address, content=b"mine")
    assert _gets(world, "oskar", address) == b"mine"
    _upload(world, "amina", address)
    assert (_gets(world, "oskar", address), _gets(world, "amina", address)) == (b"mine", b"held words")


def test_a_new_file_in_place_of_a_held_one_is_held_like_it(world: World) -> None:
    address = _page(world)
    _add(world, "oskar", address, f"Here: [x](files/{NAME}).")
    _upload(world, "tomas", address, content=b"newer")
    assert (_gets(world, "oskar", address), _gets(world, "amina", address)) == (None, b"newer")


def test_held_files_are_not_counted_for_those_who_do_not_see_them(world: World) -> None:
    address = _page(world)
    limit = world.app.extensions["chancery_settings"].max_attachments
    for number in range(limit - 1):
        _upload(world, "oskar", address, name=f"{number}.txt")
    _upload(world, "oskar", address, name="last.txt")
    data = {"file": (io.BytesIO(b"x"), "too-many.txt")}
    assert world.post("oskar", f"{address}/files", data, content_type="multipart/form-data").status_code == 422


def test_a_file_opens_with_its_passage(world: World) -> None:
    from tests.wiki.test_passages_pages import _passage

    address = _page(world)
    assert world.post("okello", f"/held/{_passage(world, address).public_id}/open", {"version": "1"}).status_code == 303
    assert _gets(world, "oskar", address) == b"held words"
