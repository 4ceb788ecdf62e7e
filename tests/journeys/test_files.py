"""Files under the rights of their page, and so that they can do no harm."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta

import pytest
from PIL import Image
from werkzeug.test import TestResponse

from tests.journeys.reader import Reader
from tests.people import World
from wiki.documents.sharing import Sharing
from wiki.people.viewer import today

At = Callable[[str | None], Reader]
SECRET_IN_EXIF = b"Rua das Flores 4"


def attach(world: World, address: str, name: str, content: bytes, who: str = "amina") -> TestResponse:
    return world.post(who, f"{address}/files", {"file": (io.BytesIO(content), name)})


def photograph() -> bytes:
    exif = Image.Exif()
    exif[0x010E] = SECRET_IN_EXIF.decode()
    out = io.BytesIO()
    Image.new("RGB", (40, 20), "teal").save(out, "JPEG", exif=exif)
    return out.getvalue() + b"<script>hidden behind the picture</script>"


def test_an_outsider_finds_no_file_by_its_direct_address(world: World) -> None:
    until = today() + timedelta(days=60)
    sharing = Sharing(("group:lisbon",), "hidden", reason="source", until=until)
    address = world.write("Bridge", "Words.", sharing=sharing)
    assert attach(world, address, "plan.txt", b"Where it will break.").status_code == 303
    inside, outside = world.get("tomas", f"{address}/files/plan.txt"), world.get("oskar", f"{address}/files/plan.txt")
    assert inside.data == b"Where it will break."
    assert outside.status_code == 404
    assert b"break" not in outside.data
    assert inside.headers["Cache-Control"] == "private, no-store"
    assert world.get(None, f"{address}/files/plan.txt").status_code == 303, "nobody signed in"
    assert attach(world, address, "mine.txt", b"x", who="oskar").status_code == 404


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("drawing.svg", b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
        ("letter.html", b"<script>alert(1)</script>"),
        ("data.xml", b"<?xml version='1.0'?><a/>"),
        ("list.csv", b"=cmd,1"),
    ],
)
def test_what_could_run_in_a_browser_is_handed_over_as_a_download(world: World, name: str, content: bytes) -> None:
    address = world.write("Bridge", "Words.")
    attach(world, address, name, content)
    answer = world.get("oskar", f"{address}/files/{name}")
    assert answer.data == content
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.mimetype not in ("image/svg+xml", "text/html", "text/xml", "application/xml")


def test_a_picture_is_drawn_again_and_what_hides_in_it_is_gone(world: World, at: At) -> None:
    address = world.write("Bridge", "![The bridge](files/bridge.jpg)")
    sent = photograph()
    assert SECRET_IN_EXIF in sent, "the control"
    attach(world, address, "bridge.jpg", sent)
    answer = world.get("oskar", f"{address}/files/bridge.jpg")
    assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
    assert SECRET_IN_EXIF not in answer.data
    assert b"<script>" not in answer.data
    assert Image.open(io.BytesIO(answer.data)).size == (40, 20)
    assert f'src="{address}/files/bridge.jpg"' in at("oskar").open(address).answer.text


def test_a_file_of_the_same_name_takes_the_place_of_the_old_one(world: World, at: At) -> None:
    address = world.write("Bridge", "Words.")
    for content in (b"first", b"second"):
        attach(world, address, "plan.txt", content)
    assert world.get("oskar", f"{address}/files/plan.txt").data == b"second"
    amina = at("amina").open(f"{address}/files")
    assert amina.words.count("Take away plan.txt") == 1
    amina.press("Take away plan.txt")
    assert world.get("oskar", f"{address}/files/plan.txt").status_code == 404
