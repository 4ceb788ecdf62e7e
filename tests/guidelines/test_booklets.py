"""Guidelines taken along: printed together, as Markdown, as a PDF; each as its reader may have it, and no other one."""

from __future__ import annotations

import base64
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from PIL import Image
from sqlalchemy import delete, select
from werkzeug.test import TestResponse

from guidelines.guides.booklet import making, printing, shelf, showing
from guidelines.guides.booklet.gathering import beside_others
from guidelines.guides.booklet.models import Booklet
from tests.guidelines.rules_at_work import found, in_days, next_version, number_of, rule
from tests.journeys.reader import Reader
from tests.people import World
from wiki import clocks, db, outbox
from wiki.access.models import AuditEvent
from wiki.access.policy import Role
from wiki.documents.models import DocumentTerm, PassageLabel
from wiki.documents.sharing import Sharing
from wiki.security import quarantine

TAKEN, SECRET = "/guidelines/book/taken", "Call the harbour master on the second line."
HELD = f'Open words.\n\n::: held audience="group:digital" reason=negotiation until={in_days(90)}\n{SECRET}\n:::\n'
needs_pango = pytest.mark.skipif(bool(printing.trouble()), reason=f"PDFs need {printing.trouble()}")


def take(world: World, who: str | None, how: str, *addresses: str, **more: str) -> TestResponse:
    """Take these guidelines along, or all of them."""
    picked = [str(number_of(world, address)) for address in addresses]
    return world.post(who, TAKEN, {"how": how, "pick": picked, **more})


@contextmanager
def orders() -> Iterator[list[printing.Order]]:
    """What the press is sent, and nothing is pressed."""
    sent: list[printing.Order] = []

    def send(order: printing.Order, target: Path, *, tell: object) -> int:
        sent.append(order)
        target.write_bytes(b"%PDF-1.7 " + str(len(sent)).encode())
        return 7

    with patch.object(printing, "send", send), patch.object(printing, "trouble", lambda: ""):
        yield sent


def held_for(*groups: str, handling: str | None = None) -> Sharing:
    audience = tuple(f"group:{group}" for group in groups)
    return Sharing(audience, "hidden", reason="negotiation", until=in_days(60), handling=handling)


def close(world: World, address: str) -> None:
    """Keep it from everybody but those who keep it, as if its readers had lost their keys."""
    with world.app.app_context(), db.system_session(writing=True) as session:
        guideline = found(session, address)
        guideline.labels = [row for row in guideline.labels if row.label != "service"]


def pdf(world: World, who: str, *addresses: str, **more: str) -> str:
    """Have a PDF made; its address."""
    answer = take(world, who, "pdf", *addresses, **more)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def test_a_chosen_set_is_printed_with_a_cover_and_nothing_else_is(world: World) -> None:
    amber = Sharing(handling="AMBER")
    one, two = rule(world, "Rule one", "## First\n\nOne."), rule(world, "Rule two", "Two.", sharing=amber)
    rule(world, "Rule three", "Three.")
    oskar = Reader(world, "oskar").open("/guidelines/book")
    page = oskar.press("Page to print", pick=[str(number_of(world, each)) for each in (one, two)])
    assert page.status == 200
    for words in ("Guidelines from the book", "2 guidelines", "Highest handling mark: AMBER", "Made for Oskar Berg"):
        assert words in page.words
    assert f"G-{number_of(world, two)} · Version 1.0" in page.words
    assert "Three." not in page.words
    everything = Reader(world, "oskar").open("/guidelines/book").press("Page to print")
    assert "The book of guidelines" in everything.words
    assert "3 guidelines" in everything.words


def test_the_list_that_is_filtered_is_the_list_that_is_taken(world: World) -> None:
    for name in ("x", "flickr"):
        address = rule(world, f"On {name}", f"About {name}.")
        with world.app.app_context(), db.system_session(writing=True) as session:
            session.add(DocumentTerm(document_id=found(session, address).id, vocabulary="platform", term=name))
    page = Reader(world, "oskar").open("/guidelines/book?platform=flickr")
    assert "On x" not in page.words
    taken = page.press("Markdown").answer.text
    assert "About flickr." in taken
    assert "About x." not in taken


def test_markdown_holds_the_texts_below_their_titles(world: World) -> None:
    address = rule(world, "Rule one", "## First\n\nOne.\n\n```\n# no heading\n```\n")
    text = take(world, "oskar", "md", address).text
    assert text.startswith("# Rule one\n\nChancery\n")
    number = number_of(world, address)
    assert f"## G-{number} Rule one\n\nVersion 1.0" in text
    assert "\n### First\n" in text
    assert "\n# no heading\n" in text
    answer = take(world, "oskar", "md", address)
    assert answer.headers["Content-Disposition"] == "attachment; filename=guidelines.md"


@pytest.mark.parametrize("how", ["print", "md"])
def test_each_reader_takes_what_they_may_read_and_that_is_written_down(world: World, how: str) -> None:
    passage = rule(world, "With a passage", HELD)
    hidden = rule(world, "Closed rule", "Closed words.", sharing=held_for("digital"))
    outside = take(world, "oskar", how).text
    assert "Open words." in outside
    assert SECRET not in outside
    assert "negotiation" in outside, "a line says that something is held"
    assert "Closed" not in outside
    inside = take(world, "marek", how).text
    assert SECRET in inside
    assert "Closed words." in inside
    if how == "md":
        assert (
            inside.index("Held back from others") < inside.index(SECRET) < inside.index("The held passage ends here.")
        )
    with world.app.app_context(), db.system_session() as session:
        logged = session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc()).limit(4)).all()
        about = {event.about for event in logged if event.what == "document:read"}
        assert about == {found(session, each).public_id for each in (passage, hidden)}
        export = next(event for event in logged if event.what == "guideline:export")
        numbers = sorted(found(session, each).number for each in (passage, hidden))
        assert export.details == {"rows": 2, "how": how, "numbers": numbers}


def test_a_number_that_one_may_not_read_is_a_number_that_is_not_there(world: World) -> None:
    hidden, number = rule(world, "Closed rule", sharing=held_for("digital")), 2
    answers = [take(world, "oskar", how, hidden) for how in ("print", "md", "pdf")]
    nothing = [world.post("oskar", TAKEN, {"how": how, "pick": str(number)}) for how in ("print", "md", "pdf")]
    assert {answer.status_code for answer in (*answers, *nothing)} == {422}
    assert all("Closed" not in answer.text for answer in answers)
    assert "Nothing of this can be taken along." in answers[0].text


def test_what_is_marked_red_stays_here(world: World) -> None:
    person = f"person:{world.viewer('oskar').public_id}"
    red = Sharing((person,), "hidden", reason="negotiation", until=in_days(60), handling="RED")
    closed, open_one = rule(world, "Red rule", "Red words.", sharing=red), rule(world, "Open rule")
    book = Reader(world, "oskar").open("/guidelines/book")
    assert "Red rule" in book.words
    assert f'value="{number_of(world, closed)}"' not in book.answer.text
    for how in ("print", "md"):
        assert "Red words." not in take(world, "oskar", how).text
        assert take(world, "oskar", how, closed).status_code == 422
    assert "Page to print" not in world.get("oskar", closed).text
    assert "Page to print" in world.get("oskar", open_one).text


def test_the_book_of_a_day_holds_the_texts_of_that_day_but_no_words_that_are_held_by_now(world: World) -> None:
    then = {"as-of": in_days(-20).isoformat()}
    plain = rule(world, "Plain rule", "Old plain words.", since=in_days(-40))
    closed = rule(world, "Closed later", f"Open words.\n\n{SECRET}", since=in_days(-40))
    next_version(world, plain, "New plain words.", since=in_days(-10))
    next_version(world, closed, HELD, since=in_days(-10))
    text = take(world, "oskar", "md", **then).text
    assert "Old plain words." in text
    assert "New plain words." not in text
    assert "As of" in text
    assert SECRET not in text
    assert f"Not in here: G-{number_of(world, closed)}." in text
    assert SECRET in take(world, "marek", "md", **then).text
    assert take(world, "oskar", "md", **{"as-of": "soon"}).status_code == 422


def test_a_pdf_is_made_after_the_answer_for_its_reader_alone(world: World) -> None:
    address = rule(world, "With a passage", HELD)
    with orders() as sent:
        place = pdf(world, "oskar", address)
        assert SECRET not in sent[0].html
        page = Reader(world, "oskar").open(place)
        assert "Your PDF is ready" in page.words
        assert "7 pages" in page.words
        got = world.get("oskar", f"{place}/file")
        assert got.data == b"%PDF-1.7 1"
        assert got.headers["Cache-Control"] == "private, no-store"
        for other in ("amina", "ada", "ines"):
            missing = world.get(other, "/guidelines/book/pdf/bcdfghjkmnpq")
            for there in (place, f"{place}/file"):
                answer = world.get(other, there)
                assert answer.status_code == missing.status_code == 404
                assert answer.text == missing.text
        pdf(world, "marek", address)
        assert SECRET in sent[1].html
        assert "PDFs you asked for" not in world.get("ines", "/guidelines/book").text


def test_a_pdf_is_gone_as_soon_as_its_reader_may_read_less_of_it(world: World) -> None:
    first, second = rule(world, "Rule one"), rule(world, "Rule two")
    with orders():
        place = pdf(world, "oskar", first, second)
        assert world.get("oskar", f"{place}/file").status_code == 200
        close(world, second)
        page = Reader(world, "oskar").open(f"{place}/file")
        assert "This PDF is gone" in page.words
        assert not list(world.app.extensions["chancery_settings"].booklets_dir.iterdir())
        again = page.press("Make it anew")
        assert "Your PDF is ready" in again.words
        assert "1 guideline " in again.words


def test_a_pdf_is_gone_when_a_passage_in_it_is_closed_to_its_reader(world: World) -> None:
    address = rule(world, "With a passage", HELD)
    with orders():
        place = pdf(world, "marek", address)
        with world.app.app_context(), db.system_session(writing=True) as session:
            session.execute(delete(PassageLabel).where(PassageLabel.label == "group:digital"))
        assert "This PDF is gone" in Reader(world, "marek").open(f"{place}/file").words


def test_a_spill_leaves_no_pdf_behind_and_the_log_says_who_took_it(world: World) -> None:
    spilt, other = rule(world, "Spilt", "Words."), rule(world, "Another", "Words.")
    with orders():
        pages = [pdf(world, "oskar", spilt, other), pdf(world, "oskar", other)]
        for _ in pages:
            world.settle()
    officer = replace(world.viewer("marek"), roles=frozenset({Role.SECURITY_OFFICER}))
    with world.app.app_context(), db.system_session(writing=True) as session:
        quarantine.set_on(session, found(session, spilt), "A name stands in it.", by=officer)
    assert [world.get("oskar", f"{page}/file").status_code for page in pages] == [303, 200]
    with world.app.app_context(), db.system_session() as session:
        kept = {each.state: shelf.place(each.public_id).exists() for each in session.scalars(select(Booklet))}
        taken = [row.details["numbers"] for row in session.scalars(select(AuditEvent)) if "export" in row.what]
    assert kept == {"gone": False, "made": True}
    assert taken[0] == sorted(number_of(world, address) for address in (spilt, other))


def test_the_page_of_a_pdf_under_way_asks_again_by_itself(world: World) -> None:
    address = rule(world)
    with orders(), patch.object(outbox, "drain", lambda **_: 0):
        place = pdf(world, "oskar", address)
        page = world.get("oskar", place).text
        assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in page
        assert f'hx-get="{place}" hx-trigger="every 2s"' in page
        part = world.get("oskar", place, headers={"HX-Request": "true"}).text
        assert part.lstrip().startswith('<div id="state"')
        assert pdf(world, "oskar", address) == place, "asked twice, made once"
        other = pdf(world, "oskar")
        assert other != place
        third = take(world, "oskar", "pdf", rule(world, "Rule three"))
        assert third.status_code == 422
        assert "Two PDFs of yours are being made." in third.text
    with orders():
        world.settle()
        assert "Your PDF is ready" in Reader(world, "oskar").open(place).words


def test_too_many_at_once_are_refused_before_anything_is_begun(world: World) -> None:
    one, two = rule(world, "Rule one"), rule(world, "Rule two")
    with orders() as sent, patch.object(making, "MOST_GUIDELINES", 1):
        answer = take(world, "oskar", "pdf", one, two)
        assert answer.status_code == 422
        assert "A PDF takes up to 1 guidelines." in answer.text
        assert answer.text.count(" checked") == 2, "what was ticked stays ticked"
        assert sent == []


def test_a_press_that_fails_is_told_of_and_tried_no_more(world: World) -> None:
    address = rule(world)

    def broken(*_: object, **__: object) -> int:
        raise printing.PressFailed("the press ended with 1")

    with patch.object(printing, "trouble", lambda: ""), patch.object(printing, "send", broken):
        page = Reader(world, "oskar").open(pdf(world, "oskar", address))
        assert "The PDF could not be made" in page.words
    with world.app.app_context(), db.system_session() as session:
        assert outbox.pending(session, making.TOPIC) == []


def test_without_the_library_the_book_says_so_and_offers_the_page(world: World) -> None:
    address = rule(world)
    with patch.object(printing, "trouble", lambda: "weasyprint"):
        page = Reader(world, "oskar").open("/guidelines/book")
        assert "PDFs cannot be made on this server." in page.words
        assert ">PDF<" not in page.answer.text
        assert take(world, "oskar", "pdf", address).status_code == 422
        assert next(iter(printing.findings(world.app))).words.startswith("cannot be made, weasyprint is missing")


def test_after_a_day_rows_and_files_are_thrown_away(world: World) -> None:
    address = rule(world)
    with orders():
        place = pdf(world, "oskar", address)
    folder = world.app.extensions["chancery_settings"].booklets_dir
    stray = folder / "bcdfghjkmnpq.growing"
    stray.write_bytes(b"half")
    assert len(list(folder.iterdir())) == 2
    later = db.now() + timedelta(hours=25)
    with patch.object(db, "now", lambda: later), patch.object(shelf, "time") as clock:
        clock.time.return_value = later.timestamp()
        with world.app.app_context():
            clocks.run()
        with world.app.app_context(), db.system_session() as session:
            assert session.scalars(select(Booklet)).all() == []
    assert list(folder.iterdir()) == []
    assert world.get("oskar", place).status_code == 404


def test_pictures_come_with_the_order_only_if_the_reader_sees_them(world: World) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(picture, "PNG")
    address = rule(
        world, "With pictures", f"![Open](files/open.png)\n\n{HELD.replace(SECRET, '![Held](files/held.png)')}"
    )
    for name in ("open.png", "held.png", "unused.png"):
        picture.seek(0)
        world.post("ines", f"{address}/files", {"file": (io.BytesIO(picture.getvalue()), name)})
    with orders() as sent:
        pdf(world, "oskar", address)
        pdf(world, "marek", address)
    assert set(sent[0].pictures) == {f"{address}/files/open.png"}
    assert set(sent[1].pictures) == {f"{address}/files/open.png", f"{address}/files/held.png"}


@needs_pango
def test_the_press_makes_a_pdf_and_fetches_nothing(world: World, tmp_path: Path) -> None:
    came = {"/came.png": {"type": "image/png", "content": base64.b64encode(b"x").decode()}}
    html = (
        '<html lang="ar" dir="rtl"><title>t</title><p>توقف عن النشر</p><img src="file:///etc/hostname">'
        '<img src="http://127.0.0.1:9/x.png"><img src="/came.png"><a rel="attachment" href="file:///etc/passwd">x</a>'
    )
    order = {"html": html, "css": "", "base": "https://wiki.example", "files": came}
    done = subprocess.run(
        [sys.executable, "-I", str(printing.PRESS), str(tmp_path / "out.pdf")],
        input=json.dumps(order).encode(),
        capture_output=True,
        check=True,
    )
    assert done.stdout.endswith(b"pages 1\n")
    made = (tmp_path / "out.pdf").read_bytes()
    assert made.startswith(b"%PDF-")
    assert b"EmbeddedFile" not in made


@needs_pango
def test_a_real_pdf_of_a_guideline_in_arabic_comes_through_all_of_it(world: World) -> None:
    address = rule(world, "النشر في الأزمات", "## أول ساعة\n\nتوقف عن النشر.")
    place = pdf(world, "oskar", address)
    got = world.get("oskar", f"{place}/file")
    assert got.data.startswith(b"%PDF-")
    assert "2 pages" in Reader(world, "oskar").open(place).words


def test_texts_stand_beside_each_other_without_sharing_names() -> None:
    html = '<h2 id="a">A</h2><p>id="a" <a href="#a" aria-label="b">x</a> <a href="/wiki/x">y</a></p>'
    assert beside_others(html, 7) == (
        '<h3 id="g7-a">A</h3><p>id="a" <a href="#g7-a" aria-label="b">x</a> <a href="/wiki/x">y</a></p>'
    )


def test_the_highest_mark_is_the_strictest_one_of_the_settings() -> None:
    order = ("CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED")
    assert showing.highest(["GREEN", "AMBER+STRICT", "AMBER"], order) == "AMBER+STRICT"
    assert showing.highest(["GREEN", "OLD"], order) == "OLD"
    assert showing.highest([], order) == ""
