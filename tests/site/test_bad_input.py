"""Whatever arrives: the reason stands beside its field, what was typed is kept, and nothing is half written."""

from __future__ import annotations

import io
import time
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.conftest import AppMaker
from tests.journeys.reader import Reader
from tests.people import PASSWORD, World, email
from tests.site.ledger import everything
from wiki import db
from wiki.documents.models import Term
from wiki.documents.sharing import Sharing
from wiki.people.models import SignIn
from wiki.people.viewer import today

TYPED = {"title": "A bridge", "body": "Words that *matter*.", "tags": "steel"}
HELD = {"audience": "groups", "groups": ["lisbon"], "discovery": "stub", "release_title": "A project",
        "share_line": "Ask us.", "reason": "negotiation"}  # fmt: skip


def day(days: int) -> str:
    return (today() + timedelta(days=days)).isoformat()


# What is sent for a new page, the field beside which the reason must stand, and words of the reason.
WRONG = (
    ({"title": ""}, "title", "Give it a title."),
    ({"title": "   "}, "title", "Give it a title."),
    ({"title": "x" * 201}, "title", "200 characters"),
    ({"body": ""}, "body", "Write the text."),
    ({"body": " \n\t\n "}, "body", "Write the text."),
    ({"body": "word " * 40_001}, "body", "longer than 200 kB"),
    ({"purpose": "x" * 201}, "purpose", "200 characters"),
    ({"tags": ", ".join(f"t{n}" for n in range(13))}, "tags", "at most 12"),
    ({"tags": "x" * 401}, "tags", "400 characters"),
    ({"parent": "no-such-page"}, "parent", "no page with this address"),
    ({"parent": "x" * 121}, "parent", ""),
    ({"address": "two words"}, "address", "letters, digits and hyphens"),
    ({"address": "x" * 101}, "address", "100 characters"),
    ({"address": "taken"}, "address", "This address is taken"),
    ({"address": "new"}, "address", "This address is taken"),
    ({"lang": "klingon"}, "lang", ""),
    ({"topics": ["no-such-topic"]}, "topics", ""),
    ({"owner": "nowhere"}, "owner", ""),
    ({"owner": "jakarta"}, "owner", ""),
    ({"audience": "everybody"}, "audience", ""),
    ({"audience": "group:nowhere"}, "audience", ""),
    ({"audience": "groups"}, "audience", "Choose who may read this."),
    (HELD | {"until": day(9), "groups": ["nowhere"]}, "groups", ""),
    (HELD | {"until": day(9), "groups": ["jakarta"]}, "audience", "shut out the unit that keeps it, Embassy Lisbon"),
    (HELD | {"until": day(9), "audience": "people", "people": "ghost@example.org"}, "people", "ghost@example.org"),
    (HELD | {"until": ""}, "until", "Give the day"),
    (HELD | {"until": day(0)}, "until", "Choose a day after today."),
    (HELD | {"until": day(-9)}, "until", "Choose a day after today."),
    (HELD | {"until": "tomorrow"}, "until", "year-month-day"),
    (HELD | {"until": "31/12/2026"}, "until", "year-month-day"),
    (HELD | {"until": day(2000)}, "until", "within the next three years"),
    (HELD | {"until": day(9), "discovery": "open"}, "discovery", ""),
    (HELD | {"until": day(9), "reason": ""}, "reason", "Say why"),
    (HELD | {"until": day(9), "reason": "because"}, "reason", ""),
    (HELD | {"until": day(9), "release_title": " "}, "release_title", "Give a title that everyone may see."),
    (HELD | {"until": day(9), "release_title": "x" * 201}, "release_title", "200 characters"),
    (HELD | {"until": day(9), "share_line": "x" * 401}, "share_line", "400 characters"),
    ({"handling": "COSMIC"}, "handling", ""),
    ({"handling": "RED"}, "handling", "goes up to AMBER"),
    ({"handling": "GREEN"}, "released", "Tick that the owner releases it."),
)  # fmt: skip


@pytest.fixture(scope="module")
def careful(make_shared_app: AppMaker) -> World:
    """A service that holds nothing above AMBER; the tests that use it change nothing, which they prove."""
    world = World(make_shared_app(handling_ceiling="AMBER"))
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.add(Term(vocabulary="topic", slug="crisis", name="Crisis"))
    world.write("Taken", "Words.")
    world.client("amina")
    return world


@pytest.mark.parametrize(("sent", "field", "words"), WRONG)
def test_what_is_wrong_is_told_beside_its_field_and_nothing_is_saved(
    careful: World, sent: dict[str, Any], field: str, words: str
) -> None:
    before, typed = everything(careful), TYPED | sent
    amina = Reader(careful, "amina").open("/wiki/new").press("Publish", **typed)
    assert amina.status == 422
    assert words in amina.beside(field)
    assert amina.beside(field), f"nothing is said beside {field}"
    assert {name: amina.field(name) for name in TYPED} == {name: typed[name] for name in TYPED}
    assert everything(careful) == before


def test_the_same_form_without_a_mistake_is_saved(world: World) -> None:
    """The control of the test above."""
    amina = Reader(world, "amina").open("/wiki/new").press("Publish", **TYPED, **HELD, until=day(9))
    assert amina.status == 200
    # The address is made of the notice, which everybody is told.
    assert world.document(amina.path.partition("?")[0]).is_held


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"address": "taken"}, "address"),
        ({"parent": "bridge"}, "parent"),
        ({"parent": "rivets"}, "parent"),
        ({"note": "x" * 241}, "note"),
        ({"title": "\u2003"}, "title"),
    ],
)
def test_a_change_that_cannot_be_is_told_beside_its_field(world: World, sent: dict[str, str], field: str) -> None:
    for title in ("Taken", "Bridge", "Rivets"):
        world.write(title, "Words.")
    Reader(world, "amina").open("/wiki/rivets/edit").press("Save", parent="bridge")
    before = everything(world)
    amina = Reader(world, "amina").open("/wiki/bridge/edit").press("Save", **{"body": "Other words.", **sent})
    assert amina.status == 422
    assert amina.beside(field)
    assert amina.field("body") == "Other words."
    assert everything(world) == before


@pytest.mark.parametrize("base", ["", "x", "0", "-1", "99", "9" * 30])
def test_a_save_that_names_no_revision_we_know_meets_the_newest_text_and_loses_nothing(world: World, base: str) -> None:
    address = world.write("Bridge", "Words.")
    answer = world.post("amina", f"{address}/edit", {"title": "Bridge", "body": "My words.", "base_revision": base})
    assert answer.status_code in (409, 422)
    assert "My words." in answer.text
    assert world.document(address).working == 1


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"email": "ghost@example.org", "grant_until": day(3)}, "email"),
        ({"email": "", "grant_until": day(3)}, "email"),
        ({"email": email("oskar"), "grant_until": ""}, "grant_until"),
        ({"email": email("oskar"), "grant_until": "soon"}, "grant_until"),
        ({"email": email("oskar"), "grant_until": day(-1)}, "grant_until"),
        ({"email": email("oskar"), "grant_until": day(366)}, "grant_until"),
        ({"email": email("oskar"), "grant_until": day(3), "why": "x" * 241}, "why"),
    ],
)
def test_leave_that_cannot_be_given_is_told_beside_its_field(careful: World, sent: dict[str, str], field: str) -> None:
    before = everything(careful)
    amina = Reader(careful, "amina").open("/wiki/taken/sharing").press("Let them read", **sent)
    assert amina.status == 422
    assert amina.beside(field)
    assert amina.field("email") == sent["email"]
    assert everything(careful) == before


@pytest.mark.parametrize("field", ["title", "body", "purpose", "tags", "note", "address", "key", "people"])
def test_what_no_database_keeps_is_refused_before_anything_is_written(careful: World, field: str) -> None:
    before = everything(careful)
    form = {"title": "Bridge", "body": "Words.", "base_revision": "1"} | {field: "a\x00b"}
    for path in ("/wiki/new", "/wiki/taken/edit", "/wiki/taken/sharing"):
        assert careful.post("amina", path, form).status_code == 400
    assert everything(careful) == before


@pytest.mark.parametrize("field", ["title", "body"])
def test_bytes_that_are_no_characters_are_told_beside_their_field(careful: World, field: str) -> None:
    reader = Reader(careful, "amina").open("/wiki/new")
    form = {name: reader.field(name) for name in ("csrf_token", "key", "owner", "lang", "audience")}
    before = everything(careful)
    answer = multipart(careful, {**form, "title": "Bridge", "body": "Words.", field: "caf\xe9 au lait"})
    reader.answer = answer
    assert reader.status == 422
    assert "could not be read" in reader.beside(field)
    assert reader.field(field).strip() == "caf\ufffd au lait"
    assert everything(careful) == before


def multipart(world: World, fields: dict[str, str]) -> TestResponse:
    """Send a new page as forms with files are sent, in bytes of the old West European code."""
    parts = (
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{words}\r\n' for name, words in fields.items()
    )
    data, kind = f"{''.join(parts)}--x--".encode("latin-1"), "multipart/form-data; boundary=x"
    return world.client("amina").post("/wiki/new", data=data, content_type=kind)


def test_a_form_that_is_no_text_at_all_is_refused_with_a_plain_page(careful: World) -> None:
    before, kind = everything(careful), "application/x-www-form-urlencoded"
    answer = careful.client("amina").post("/wiki/new", data=b"title=caf\xe9", content_type=kind)
    assert answer.status_code == 400
    assert "What you can do now" in answer.text
    assert everything(careful) == before


def test_200_kb_with_20_000_brackets_are_answered_in_time_and_kept(careful: World) -> None:
    for bracket in ("[", "![", "*_", "> "):
        text = (bracket * 20_000 + "words " * 40_000)[:199_000]
        begun = time.monotonic()
        amina = Reader(careful, "amina").open("/wiki/new").press("Preview", title="Brackets", body=text)
        assert time.monotonic() - begun < 20
        assert amina.status in (200, 422)
        assert amina.field("body").strip() == text.strip(), "what was typed is there still"


def test_a_body_too_big_for_any_form_is_refused_with_a_plain_page(careful: World) -> None:
    before = everything(careful)
    answer = multipart(careful, {"title": "Big", "body": "x" * 1_200_000})
    assert answer.status_code == 413
    assert "divide a long text" in answer.text
    assert everything(careful) == before


def picture(form: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (4, 4)).save(out, form)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("plan.txt", b"x" * 20_001, "too big"),
        ("run.exe", b"MZ", "Files of this type"),
        ("plan", b"x", "Files of this type"),
        (".htaccess", b"x", "Files of this type"),
        ("plan.php.", b"x", "Files of this type"),
        ("plan.txt", b"", "empty"),
        ("plan.pdf", b"<script>", "not what its name says"),
        ("plan.docx", b"<script>", "not what its name says"),
        ("plan.png", b"<svg onload=alert(1)>", "cannot be read"),
        ("plan.png", picture("JPEG"), "not what its name says"),
        ("plan.jpg", picture("JPEG")[:200], "cannot be read"),
        ("", b"x", "Choose a file first"),
    ],
)
def test_a_file_that_cannot_be_kept_is_refused_with_the_reason(
    make_app: AppMaker, name: str, content: bytes, words: str
) -> None:
    world = World(make_app(max_upload_bytes=20_000))
    address = world.write("Bridge", "Words.")
    world.client("amina")
    before = everything(world)
    answer = world.post("amina", f"{address}/files", {"file": (io.BytesIO(content), name)})
    assert answer.status_code == 422
    assert words in Reader(world, "amina")._arrive(answer).words
    assert everything(world) == before
    assert list(world.app.extensions["chancery_files"].every()) == []


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("..\\..\\plan.txt", "plan.txt"),
        ("pl*an;$<>|.txt", "plan.txt"),
        ("x" * 300 + ".txt", "x" * 116 + ".txt"),
        ("مخطط.txt", "مخطط.txt"),
    ],
)
def test_the_name_of_a_file_can_lead_nowhere(world: World, sent: str, kept: str) -> None:
    address = world.write("Bridge", "Words.")
    assert world.post("amina", f"{address}/files", {"file": (io.BytesIO(b"words"), sent)}).status_code == 303
    answer = world.get("oskar", f"{address}/files/{kept}")
    assert answer.data == b"words"
    assert "\n" not in answer.headers["Content-Disposition"]


def test_more_files_than_a_page_may_have_are_refused(make_app: AppMaker) -> None:
    world = World(make_app(max_attachments=1))
    address = world.write("Bridge", "Words.")
    codes = [
        world.post("amina", f"{address}/files", {"file": (io.BytesIO(b"words"), f"{n}.txt")}).status_code
        for n in range(2)
    ]
    assert codes == [303, 422]


def test_the_text_comes_back_after_a_session_that_ended_while_writing(world: World) -> None:
    address = world.write("Bridge", "Words.")
    amina = Reader(world, "amina").open(f"{address}/edit")
    with world.app.app_context(), db.system_session(writing=True) as session:
        for row in session.scalars(select(SignIn)):
            session.delete(row)
    amina.press("Save", body="An hour of work.", note="Long")
    assert amina.status == 403
    assert "What you wrote is kept on this page" in amina.words
    assert world.document(address).working == 1

    amina.press("Sign in", email=email("amina"), password=PASSWORD)
    assert "An hour of work." in amina.words
    amina.press("Save what you wrote")
    assert "An hour of work." in Reader(world, "oskar").open(address).words


def test_an_address_is_refused_only_where_the_writer_can_see_who_has_it(world: World) -> None:
    until = today() + timedelta(days=9)
    hidden = Sharing(("group:consular",), "hidden", reason="source", until=until)
    world.write("Wrong bridge", "Hidden words.", by="leila", owner="consular", sharing=hidden)
    amina = Reader(world, "amina").open("/wiki/new").press("Publish", title="Mine", body="x", address="wrong-bridge")
    assert amina.path.startswith("/wiki/wrong-bridge")
    assert "Hidden words" not in amina.answer.text
    found = Reader(world, "leila").open("/search?q=hidden+words")
    assert "Wrong bridge" in found.words, "nothing was lost by it"
