"""What people learn without looking for it: a bell, an inbox, a letter, and the page it was about."""

from __future__ import annotations

from collections.abc import Callable

from tests.journeys.reader import Reader
from tests.people import World

At = Callable[[str | None], Reader]


def test_a_question_rings_the_bell_of_whoever_wrote_the_page(world: World, at: At) -> None:
    address = world.write("Visa days", "Tuesdays.")
    amina, tomas = at("amina").open("/"), at("tomas")
    assert "Notices" in amina.links()
    amina.open("/me").press("Save this choice", notices_by_mail="daily", quiet_from="22", quiet_until="7")

    tomas.open(f"{address}/comments").press("Send", body="And in August?")
    world.settle()

    amina.open("/").follow("11 new notice")
    assert "Today" in amina.words
    amina.press("Somebody asks about “Visa days”")
    assert amina.path.startswith(address)
    assert "And in August?" in amina.words
    assert "Notices" in amina.links(), "the bell is silent again"

    thread = amina.press("Send the answer", body="In August by appointment.")
    assert "In August by appointment." in thread.words
    world.settle()
    tomas.open("/notices").press("Somebody answered you about “Visa days”")
    assert "In August by appointment." in tomas.words
    tomas.open("/notices")
    assert "Mark all as read" not in tomas.words
    letters = (world.app.extensions["chancery_settings"].data_dir / "mail").glob("*")
    assert [path for path in letters if "To: amina" in path.read_text()] == [], "it is not yet seven"
