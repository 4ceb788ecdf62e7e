"""What held passages may not do to others, and where their words must not be found besides the text."""

from __future__ import annotations

import io
from datetime import date, timedelta

from sqlalchemy import select

from tests.people import World
from tests.wiki.test_passages_pages import _fields, _passage, _save
from wiki import db
from wiki.documents import operations, texts
from wiki.documents.models import Document, Passage

WARNING = "An important open warning, jabberwock, for everybody."
TITLE = "The bridge"


def _opening(audience: str = "group:lisbon", days: int = 60, reason: str = "negotiation") -> str:
    return f'::: held audience="{audience}" reason={reason} until={date.today() + timedelta(days=days)}'


def _boxed(words: str, **more: object) -> str:
    return f"{_opening(**more)}\n{words}\n:::"  # type: ignore[arg-type]


def _change(world: World, who: str, address: str, body: str):  # type: ignore[no-untyped-def]
    return _save(world, who, address, _fields(world, who, address), body=body)


def test_nobody_holds_back_the_open_words_of_others(world: World) -> None:
    address = world.write(TITLE, f"First.\n\n- {WARNING}", by="amina")
    wrapped = f"First.\n\n{_boxed(WARNING, audience='person:oskar@example.org')}"
    answer = _change(world, "oskar", address, wrapped)
    assert answer.status_code == 422
    assert "These words were open to everybody." in answer.text
    assert WARNING in world.get("tomas", address).text
    mine = f"First.\n\n- {WARNING}\n\n{_boxed('Only I know of this gryphon here.')}"
    assert _change(world, "oskar", address, mine).status_code == 303
    assert "gryphon" not in world.get("marek", address).text
    assert _change(world, "amina", world.write("Other", WARNING), _boxed(WARNING)).status_code == 303


def test_open_words_are_known_again_however_they_are_put_on_lines(world: World) -> None:
    wrapped_there = WARNING.replace(", ", ",\n  > ")
    address = world.write(TITLE, f"First. {WARNING} And more.\n\n> {wrapped_there}", by="amina")
    for held in (
        WARNING.replace(" ", "\n"),
        f"Only I know of this. {WARNING}",
        "Only I know of\nthis. An important  open\nwarning, jabberwock,\nfor everybody.",
        "> " + WARNING.replace(" ", "\n> "),
    ):
        answer = _change(world, "oskar", address, f"First.\n\n{_boxed(held)}")
        assert answer.status_code == 422, held
        assert "These words were open to everybody." in answer.text
    mine = f"First. {WARNING}\n\n{_boxed('Only I know of this. Ask me.')}"
    assert _change(world, "oskar", address, mine).status_code == 303


def test_words_of_a_passage_may_be_put_on_other_lines_by_whoever_may_change_them(world: World) -> None:
    address = world.write(TITLE, f"First.\n\n{WARNING}", by="amina")
    assert _change(world, "amina", address, f"First.\n\n{_boxed(WARNING)}").status_code == 303
    # Tomás serves there and reads the passage, but does not keep the page.
    body = _fields(world, "tomas", address)["body"]
    again = body.replace("jabberwock, for", "jabberwock,\nfor")
    assert again != body
    assert _change(world, "tomas", address, again).status_code == 303


def test_an_older_text_is_closed_however_its_words_are_put_on_lines_now(world: World) -> None:
    address = world.write(TITLE, f"First. {WARNING} Last.", by="amina")
    held = _boxed(WARNING.replace(" ", "\n"))
    assert _change(world, "amina", address, f"First.\n\n{held}\n\nLast.").status_code == 303
    assert world.get("oskar", f"{address}/history/1").status_code == 403
    assert "jabberwock" in world.get("tomas", f"{address}/history/1").text


def test_words_that_were_taken_out_before_are_not_wrapped_afterwards_either(world: World) -> None:
    address = world.write(TITLE, f"First.\n\n{WARNING}", by="amina")
    assert _change(world, "oskar", address, "First.").status_code == 303
    assert _change(world, "oskar", address, f"First.\n\n{_boxed(WARNING)}").status_code == 422


def test_older_texts_with_words_that_are_held_now_are_closed_to_those_who_cannot_read_them(world: World) -> None:
    address = world.write(TITLE, f"First.\n\n{WARNING}", by="amina")
    assert _change(world, "amina", address, f"First.\n\n{_boxed(WARNING)}").status_code == 303
    for path in ("history/1", "diff?from=1&to=2", "diff"):
        closed = world.get("oskar", f"{address}/{path}")
        assert closed.status_code == 403, path
        assert "words that are held back now" in closed.text
        assert "jabberwock" not in closed.text
        for who in ("amina", "okello", "tomas"):
            assert "jabberwock" in world.get(who, f"{address}/{path}").text, (who, path)
    assert world.get("oskar", f"{address}/history/2").status_code == 200
    fields = {**_fields(world, "oskar", address), "base_revision": "1"}
    assert "jabberwock" not in _save(world, "oskar", address, fields, body="Gone.").text


def test_a_restoration_of_a_closed_text_is_refused_and_changes_nothing(world: World) -> None:
    address = world.write(TITLE, f"First.\n\n{WARNING}", by="amina")
    assert _change(world, "amina", address, f"First.\n\n{_boxed(WARNING)}").status_code == 303
    with world.app.test_request_context():
        from flask import url_for

        place = url_for("page.restore", slug="the-bridge", number=1)
    assert world.post("oskar", place).status_code == 403
    assert world.document(address).working == 2


def test_an_older_text_opens_again_with_its_passage(world: World) -> None:
    address = world.write(TITLE, f"First.\n\n{WARNING}", by="amina")
    assert _change(world, "amina", address, f"First.\n\n{_boxed(WARNING)}").status_code == 303
    public_id = _passage(world, address).public_id
    assert world.post("okello", f"/held/{public_id}/open", {"version": "1"}).status_code == 303
    assert "jabberwock" in world.get("oskar", f"{address}/history/1").text


def test_a_passage_that_was_taken_out_is_told_of_nowhere(world: World) -> None:
    address = world.write(TITLE, f"First.\n\n{_boxed('Kept words.')}", by="amina")
    public_id = _passage(world, address).public_id
    assert world.get("oskar", f"/requests/new/{public_id}").status_code == 200
    assert public_id in world.get("amina", "/held").text
    more = _fields(world, "amina", address)["body"] + f"\n{_boxed('Other words.', reason='legal')}"
    assert _change(world, "amina", address, more).status_code == 303
    both = _fields(world, "amina", address)["body"]
    rest = both[: both.index("::: held")] + both[both.index("::: held", both.index("::: held") + 5) :]
    assert _change(world, "amina", address, rest).status_code == 303
    assert public_id not in world.get("oskar", f"{address}/why").text
    assert world.get("oskar", f"{address}/why?passage={public_id}").status_code == 404
    gone, absent = (world.get("oskar", f"/requests/new/{each}") for each in (public_id, "zzzzzzzzzzzz"))
    assert gone.status_code == absent.status_code == 404
    assert world.get("tomas", f"/requests/new/{public_id}").status_code == 404
    assert public_id not in world.get("amina", "/held").text


def test_a_passage_of_a_working_copy_is_told_to_those_alone_who_may_change_the_text(world: World) -> None:
    address = world.write(TITLE, "In force.", by="amina", kind="guideline")
    document, viewer = world.document(address), world.viewer("amina")
    with world.app.app_context(), db.system_session(writing=True) as session:
        text = texts.prepare(TITLE, f"In force.\n\n{_boxed('Not yet.', reason='legal')}")
        found = session.get_one(Document, document.id)
        found.published = found.working
        operations.revise(session, found, text, base=found.working, by=viewer)
        public_id = session.scalars(select(Passage.public_id)).one()
        assert found.published < found.working
    assert "legal" not in world.get("oskar", f"{address}/why").text
    assert world.get("oskar", f"{address}/why?passage={public_id}").status_code == 404
    assert world.get("oskar", f"/requests/new/{public_id}").status_code == 404
    assert world.get("okello", f"{address}/why?passage={public_id}").status_code == 200


def _upload(world: World, who: str, address: str, name: str) -> None:
    data = {"file": (io.BytesIO(b"plain words"), name)}
    assert world.post(who, f"{address}/files", data, content_type="multipart/form-data").status_code == 303


def test_a_file_that_only_a_passage_names_is_held_with_it(world: World) -> None:
    address = world.write(TITLE, "Words.", by="amina")
    for name in ("bandersnatch.txt", "open.txt", "both.txt"):
        _upload(world, "amina", address, name)
    inside = "See [this](files/bandersnatch.txt) and [that](files/both.txt)."
    body = f"See [this](files/both.txt).\n\n{_boxed(inside)}"
    assert _change(world, "amina", address, body).status_code == 303
    for who, there in (("oskar", False), ("marek", False), ("amina", True), ("tomas", True), ("okello", True)):
        for path in ("", "/files"):
            page = world.get(who, address + path).text
            assert ("bandersnatch.txt" in page) is there, (who, path)
            assert "open.txt" in page
            assert "both.txt" in page
        assert world.get(who, f"{address}/files/bandersnatch.txt").status_code == (200 if there else 404)
        assert world.get(who, f"{address}/files/both.txt").status_code == 200
    absent = world.get("oskar", f"{address}/files/nothing-at-all.txt")
    assert world.get("oskar", f"{address}/files/bandersnatch.txt").status_code == absent.status_code == 404


def test_a_later_end_in_a_text_is_a_renewal_and_has_its_bounds(world: World) -> None:
    address = world.write(TITLE, f"First.\n\n{_boxed('Kept words.', days=20)}", by="amina")

    def until(days: int):  # type: ignore[no-untyped-def]
        body = _fields(world, "amina", address)["body"]
        end = str(_passage(world, address).held_until)
        return _change(world, "amina", address, body.replace(end, str(date.today() + timedelta(days=days))))

    late = until(400)
    assert late.status_code == 422
    assert "within the next 180 days" in late.text
    assert until(100).status_code == until(170).status_code == 303
    assert _passage(world, address).renewals == 2
    again = until(175)
    assert again.status_code == 422
    assert "held back anew twice" in again.text
    assert until(90).status_code == 303
    assert _passage(world, address).renewals == 2
