"""The paste check: whoever repeats held-back words to more people is told; to everybody else it is not there."""

from __future__ import annotations

import random
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import url_for
from sqlalchemy import select

from tests.conftest import AppMaker
from tests.people import World
from wiki import db
from wiki.access.models import AuditEvent
from wiki.documents import operations, passages, repeating, shingles
from wiki.documents.models import Discovery, Document, HeldShingle, Passage, PassageLabel, PassageText, Revision
from wiki.documents.repeating import Writing
from wiki.documents.sharing import Sharing

HELD = (
    "The minister will tell the press on the ninth of May that the consulate in Porto closes for good, and nobody at"
    " the post knows of it before the families have been spoken to by somebody they trust."
)
OTHER = (
    "Our contact at the harbour authority, who asked never to be named, counts the ships at dawn and writes to us on"
    " Sundays by a way that we do not describe anywhere in this paper."
)
LISBON = Sharing(("group:lisbon",), "hidden", reason="negotiation", until=date(2100, 1, 1))
TICK = "Save it anyway; I checked that this may be told"


def _new(title: str, body: str, **more: Any) -> dict[str, Any]:
    return {"title": title, "body": body, "owner": "lisbon", "audience": "service", "key": title * 3, **more}


def wrapped(world: World, address: str, words: str, audience: str = "group:lisbon") -> str:
    """Put a held passage into a document as rows; returns its public id."""
    document = world.document(address)
    with world.app.app_context(), db.system_session(writing=True) as session:
        passage = Passage(document_id=document.id, audience=[audience], reason="source", held_until=date(2100, 1, 1))
        session.add(passage)
        session.flush()
        session.add(PassageLabel(passage_id=passage.id, label=audience))
        section = {"anchor": None, "title": "", "level": 0, "text": words}
        session.add(PassageText(passage_id=passage.id, revision=1, body=words, html=words, sections=[section]))
        shown = session.scalars(select(Revision).where(Revision.document_id == document.id)).one()
        shown.body = f"{shown.body}\n\n[[held:{passage.public_id}]]"
        found = session.get_one(Document, document.id)
        found.passages = 1
        operations.relabel(session, found)
        # Relabelling gives it the labels of its audience, with the leads of the keeper and its own id.
        public_id = passage.public_id
    world.settle()
    return public_id


def _shingles(world: World) -> int:
    with world.app.app_context(), db.system_session() as session:
        return len(session.scalars(select(HeldShingle.shingle)).all())


@pytest.fixture
def world(make_app: AppMaker) -> World:
    return World(make_app())


def test_a_writer_is_told_what_their_text_repeats_and_goes_on_if_they_say_so(world: World) -> None:
    world.write("Porto", HELD, sharing=LISBON)
    asked = world.post("amina", "/wiki/new", _new("News", f"As agreed.\n\n{HELD.upper()}\n\nThat is all."))
    assert asked.status_code == 422
    assert TICK in asked.text
    assert 'href="/wiki/porto"' in asked.text
    assert "<mark>THE MINISTER WILL TELL" in asked.text
    assert "That is all." in asked.text, "what was typed is kept"
    assert "summary-title" not in asked.text, "it is no mistake"
    assert world.get("amina", "/wiki/news").status_code == 404
    tick = re.search(r'name="repeat_ok" type="checkbox" value="([^"]+)"', asked.text)
    assert tick
    told = _new("News", f"As agreed.\n\n{HELD.upper()}\n\nThat is all.", repeat_ok=tick[1])
    assert world.post("amina", "/wiki/new", told).status_code == 303
    with world.app.app_context(), db.system_session() as session:
        row = session.scalars(select(AuditEvent).where(AuditEvent.what == "passage:repeated-anyway")).one()
        assert (row.about, row.owner) == (world.document("/wiki/porto").public_id, "lisbon")
        assert row.details == {"into": world.document("/wiki/news").public_id}


def test_the_tick_counts_only_for_what_was_shown(world: World) -> None:
    first = world.write("Porto", HELD, sharing=LISBON)
    world.write("Harbour", OTHER, sharing=LISBON)
    both = _new("News", f"{HELD}\n\n{OTHER}", repeat_ok=world.document(first).public_id)
    assert world.post("amina", "/wiki/new", both).status_code == 422
    assert world.post("amina", "/wiki/new", _new("Others", HELD, repeat_ok="anything")).status_code == 422


def test_to_whoever_cannot_read_it_the_answer_is_as_if_it_did_not_exist(make_app: AppMaker) -> None:
    without, holding = World(make_app("without")), World(make_app("holding"))
    for world in (without, holding):
        world.write("Open paper", "Something for all.")
    holding.write("Porto", HELD, sharing=LISBON)
    wrapped(holding, "/wiki/open-paper", OTHER)
    for who in ("oskar", "bruno", "ada"):
        pages = [_everything_said(world, who) for world in (without, holding)]
        assert pages[0] == pages[1]
    assert holding.post("amina", "/wiki/new", _new("Told", HELD)).status_code == 422, "control"


def _everything_said(world: World, who: str) -> list[tuple[int, str | None, str]]:
    owner = {"oskar": "jakarta", "bruno": "consular"}.get(who, "digital")
    answers = [
        world.post(who, "/wiki/new", _new(f"By {who}", f"{HELD}\n\n{OTHER}", owner=owner)),
        world.post(who, "/wiki/open-paper/comments", {"body": f"{HELD} {OTHER}", "key": who}),
        world.get(who, f"/wiki/by-{who}/edit"),
    ]
    return [(each.status_code, (each.location or "").split("#")[0], _plain(each.text)) for each in answers]


def _plain(page: str) -> str:
    changing = r'(name="(?:csrf_token|key|document)"[^>]*value=")[^"]*|c-[a-z0-9]{12}|[a-z0-9]{12}|\d\d:\d\d(?::\d\d)?'
    return re.sub(changing, "", page)


def test_words_of_a_passage_count_even_in_its_own_document(world: World) -> None:
    address = world.write("Open paper", "Something for all.")
    wrapped(world, address, OTHER)
    document = world.document(address)
    edit = {"title": "Open paper", "body": f"Now open: {OTHER}", "base_revision": "1", "key": "k" * 20}
    edit["document"] = document.public_id
    answer = world.post("amina", f"{address}/edit", edit)
    assert answer.status_code == 422


def repeats(world: World, who: str, text: str, audience: set[str], **more: Any) -> list[str]:
    with world.app.app_context(), db.system_session() as session:
        writing = Writing(text, frozenset(audience), **more)
        return [found.title for found in repeating.repeats(session, world.viewer(who), [writing])]


def test_a_passage_is_compared_under_both_rights(world: World) -> None:
    address = world.write("Open paper", "Something for all.")
    wrapped(world, address, OTHER)
    held = world.write("Held paper", HELD, sharing=LISBON)
    wrapped(
        world,
        held,
        "A passage of its own that only the people on the bridge were meant to read and repeat.",
        "group:bridge",
    )
    words = "a passage of its own that only the people on the bridge were meant to read and repeat"
    for who, told in (("amina", ["Open paper"]), ("tomas", ["Open paper"]), ("oskar", []), ("gita", [])):
        assert repeats(world, who, OTHER, {"service"}) == told, who
    # Gita has the key to the passage and none to its document; Amina has it the other way round.
    for who, told in (("tomas", ["Held paper"]), ("amina", []), ("gita", []), ("oskar", [])):
        assert repeats(world, who, words, {"service"}) == told, who


def test_only_a_wider_audience_counts(world: World) -> None:
    world.write("Porto", HELD, sharing=Sharing(("group:lisbon", "group:bridge"), "hidden", reason="source"))
    assert repeats(world, "amina", HELD, {"service"}) == ["Porto"]
    assert repeats(world, "amina", HELD, {"group:jakarta", "group:lisbon"}) == ["Porto"]
    assert repeats(world, "amina", HELD, {"group:lisbon"}) == []
    assert repeats(world, "amina", HELD, {"group:lisbon", "group:bridge"}) == []


def test_the_words_of_the_same_document_do_not_count(world: World) -> None:
    address = world.write("Porto", HELD, sharing=LISBON)
    assert repeats(world, "amina", HELD, {"service"}, own=world.document(address).id) == []


def test_what_stood_there_before_is_not_told_anew(world: World) -> None:
    world.write("Porto", HELD, sharing=LISBON)
    before = repeating.runs_of([{"title": "", "text": HELD}])
    assert repeats(world, "amina", f"{HELD} And more.", {"service"}, before=before) == []
    assert repeats(world, "amina", f"{HELD} And more.", {"service"}) == ["Porto"]


def test_fifteen_words_in_a_row_are_found_and_scattered_ones_are_not(world: World) -> None:
    chance = random.Random(1)
    words = [f"word{n}" for n in range(900)]
    held = [chance.choice(words) for _ in range(600)]
    world.write("Long", " ".join(held), sharing=LISBON)
    for start in chance.sample(range(580), 40):
        typed = [chance.choice(words) for _ in range(50)] + held[start : start + shingles.LEAST] + ["end"] * 20
        assert repeats(world, "amina", " ".join(typed), {"service"}) == ["Long"], start
    assert repeats(world, "amina", " ".join([*held[:10], "other", *held[10:20]]), {"service"}) == []


@pytest.mark.parametrize(
    ("held", "typed"),
    [
        (HELD, HELD.replace(" ", "  ").replace(",", " –").upper()),
        ("Café crème à la carte déjà vu où l’été naïf finit très tôt près de la forêt brûlée",
         "cafe creme a la carte deja vu ou l'ete naif finit tres tot pres de la foret brulee"),
        ("大使馆将于五月九日宣布关闭领事馆并通知所有家属", "他说大使馆将于五月九日宣布关闭领事馆并通知所有家属了"),
        ("Посольство объявит о закрытии консульства девятого мая после разговора с семьями сотрудников и их близкими"
         " людьми", "посольство ОБЪЯВИТ о закрытии консульства девятого мая после разговора с семьями сотрудников и их"
         " близкими людьми"),
        ("Two of our people met him at dawn", "they say two of our people met him at dawn today"),
    ],
)  # fmt: skip
def test_a_copy_is_found_whatever_was_made_of_its_letters(world: World, held: str, typed: str) -> None:
    world.write("Porto", held, sharing=LISBON)
    assert repeats(world, "amina", typed, {"service"}) == ["Porto"]


def test_fingerprints_go_when_it_is_opened_binned_or_put_under_quarantine(world: World) -> None:
    address = world.write("Porto", HELD, sharing=LISBON)
    passage = wrapped(world, address, OTHER)
    assert _shingles(world) > 8
    _change(world, address, lambda session, document: setattr(document, "quarantined_at", db.now()))
    assert _shingles(world) == 0
    _change(world, address, lambda session, document: setattr(document, "quarantined_at", None))
    there = _shingles(world)
    _change(world, address, lambda session, document: operations.share(session, document, Sharing(), by=None))
    assert 0 < _shingles(world) < there, "the passage is still held"
    with world.app.app_context(), db.system_session(writing=True) as session:
        found = session.scalars(select(Passage).where(Passage.public_id == passage)).one()
        passages.open_to_readers(session, found, by=None)
    world.settle()
    assert _shingles(world) == 0
    _change(world, address, lambda session, document: operations.share(session, document, LISBON, by=None))
    assert repeats(world, "amina", OTHER, {"service"}) == ["Porto"], "an opened passage belongs to its document"
    assert world.post("amina", f"{address}/bin").status_code == 303
    world.settle()
    assert _shingles(world) == 0


def _change(world: World, address: str, what: Any) -> None:
    with world.app.app_context(), db.system_session(writing=True) as session:
        document = session.scalars(select(Document).where(Document.slug == address.split("/")[-1])).one()
        what(session, document)
        operations.relabel(session, document)
    world.settle()


def test_what_waits_in_the_outbox_is_judged_by_the_rows_as_they_are(world: World) -> None:
    """Between a change and its handler, fingerprints may be of something that is open or gone by now."""
    address = world.write("Porto", HELD, sharing=LISBON)
    with world.app.app_context(), db.system_session(writing=True) as session:
        document = session.scalars(select(Document).where(Document.slug == "porto")).one()
        operations.share(session, document, Sharing(), by=None)
    assert world.document(address).audience == ["service"]
    assert _shingles(world) > 0
    assert repeats(world, "amina", HELD, {"service"}) == []


def test_comments_and_wider_sharing_are_asked_about_too(world: World) -> None:
    world.write("Porto", HELD, sharing=LISBON)
    open_paper = world.write("Open paper", "Something for all.")
    said = world.post("amina", f"{open_paper}/comments", {"body": f"You know: {HELD}", "key": "one"})
    assert (said.status_code, TICK in said.text) == (422, True)
    tick = world.document("/wiki/porto").public_id
    sent = {"body": f"You know: {HELD}", "key": "one", "repeat_ok": tick}
    assert world.post("amina", f"{open_paper}/comments", sent).status_code == 303
    copy = world.write("Copy", f"For us: {HELD}", sharing=LISBON)
    wider = {"audience": "service", "version": str(world.document(copy).version)}
    shared = world.post("amina", f"{copy}/sharing", wider)
    assert (shared.status_code, TICK in shared.text) == (422, True)
    assert world.post("amina", f"{copy}/sharing", {**wider, "repeat_ok": tick}).status_code == 303
    assert world.document(copy).discovery == Discovery.OPEN


def test_an_old_text_that_is_brought_back_is_asked_about_too(world: World) -> None:
    open_paper = world.write("Open paper", f"First. {HELD}", by="amina")
    edit = {"title": "Open paper", "body": "Gone.", "base_revision": "1", "key": "k" * 20}
    edit["document"] = world.document(open_paper).public_id
    assert world.post("amina", f"{open_paper}/edit", edit).status_code == 303
    world.write("Porto", HELD, sharing=LISBON)
    place = f"{open_paper}/history/1/restoration"
    asked = world.post("amina", place)
    assert (asked.status_code, TICK in asked.text) == (422, True)
    assert world.document(open_paper).working == 2
    assert TICK not in world.get("amina", f"{open_paper}/history/1").text
    tick = world.document("/wiki/porto").public_id
    assert world.post("amina", place, {"repeat_ok": tick}).status_code == 303
    assert world.document(open_paper).working == 3
    with world.app.app_context(), db.system_session() as session:
        assert session.scalars(select(AuditEvent).where(AuditEvent.what == "passage:repeated-anyway")).one()


def test_an_old_text_is_brought_back_without_a_word_by_those_who_cannot_read_what_itrepeats(world: World) -> None:
    open_paper = world.write("Open paper", f"First. {HELD}", by="amina")
    edit = {"title": "Open paper", "body": "Gone.", "base_revision": "1", "key": "k" * 20}
    edit["document"] = world.document(open_paper).public_id
    assert world.post("oskar", f"{open_paper}/edit", edit).status_code == 303
    world.write("Porto", HELD, sharing=LISBON)
    assert world.post("oskar", f"{open_paper}/history/1/restoration").status_code == 303


def test_what_everybody_reads_in_a_notice_is_asked_about_too(world: World) -> None:
    line = {"discovery": "stub", "release_title": "A project", "share_line": HELD[:150]}
    until = (date.today() + timedelta(days=60)).isoformat()
    held = {**line, "audience": "groups", "groups": ["lisbon"], "reason": "negotiation", "until": until}
    porto = world.write("Porto", HELD, sharing=LISBON)
    tick = world.document(porto).public_id
    asked = world.post("amina", "/wiki/new", _new("News", "Nothing of it.", **held))
    assert (asked.status_code, TICK in asked.text) == (422, True)
    assert world.post("amina", "/wiki/new", _new("News", "Nothing of it.", **held, repeat_ok=tick)).status_code == 303
    # Words of its own are as new to the others.
    sent = {**held, "version": str(world.document(porto).version)}
    asked = world.post("okello", f"{porto}/sharing", sent)
    assert (asked.status_code, TICK in asked.text) == (422, True)
    shared = world.post("okello", f"{porto}/sharing", {**sent, "repeat_ok": tick})
    assert shared.status_code == 303
    porto = str(shared.location)
    again = {**sent, "version": str(world.document(porto).version)}
    assert world.post("okello", f"{porto}/sharing", again).status_code == 303, "it is told already"


def test_a_lesson_is_asked_about_too(world: World) -> None:
    world.write("Porto", HELD, sharing=LISBON)
    lesson = {"title": "What we learnt", "happened": HELD, "intended": "x", "why": "y", "recommend": "z",
              "owner": "lisbon", "audience": "service", "key": "k" * 20}  # fmt: skip
    answer = world.post("amina", "/lessons/new", lesson)
    assert (answer.status_code, TICK in answer.text) == (422, True)
    quiet = world.post("oskar", "/lessons/new", {**lesson, "owner": "jakarta"})
    assert TICK not in quiet.text


def test_a_folder_or_table_that_is_imported_is_told_of_by_file_and_row(world: World, tmp_path: Path) -> None:
    world.write("Porto", HELD, sharing=LISBON)
    folder, table, report = tmp_path / "folder", tmp_path / "lessons.csv", tmp_path / "report.csv"
    folder.mkdir()
    (folder / "news.md").write_text(f"---\ntitle: News\n---\n\n{HELD}\n")
    (folder / "other.md").write_text("---\ntitle: Other\n---\n\nNothing of it.\n")
    table.write_text(f'id,Title,What happened,Recommendation\n1,Told,"{HELD}",Ask\n2,Quiet,Nothing of it.,Ask\n')
    runner = world.app.test_cli_runner()
    told = runner.invoke(args=["import", "markdown", str(folder), "--owner", "lisbon"])
    assert told.exit_code == 0, told.output
    said = [line for line in told.output.splitlines() if "held back elsewhere" in line]
    assert len(said) == 1
    assert "news.md" in said[0]
    assert "lisbon" in said[0]
    assert "Porto" not in told.output.replace("in Porto", ""), "it names no title"
    told = runner.invoke(args=["import", "lessons", str(table), "--owner", "lisbon", "--report", str(report)])
    assert told.exit_code == 0, told.output
    rows = [line for line in report.read_text().splitlines() if "held back elsewhere" in line]
    assert len(rows) == 1
    assert rows[0].startswith("2,1,")
    assert world.get("oskar", "/lessons/told").status_code == 200, "it is told, not refused"


def test_notes_and_ends_of_a_run_are_asked_about_too(world: World) -> None:
    world.write("Porto", HELD, sharing=LISBON)
    book = world.write("First hour", "## Now\n\n- [ ] Call home", kind="playbook")
    tick = world.document("/wiki/porto").public_id
    place = str(world.post("amina", f"{book}/runs/new", {"occasion": "live", "words": "x", "key": "one"}).location)
    for path, field in (("notes", "words"), ("end", "outcome")):
        told = world.get("oskar", place).text.count(HELD)
        sent = {field: HELD, "key": path}
        asked = world.post("amina", f"{place}/{path}", sent)
        assert (asked.status_code, asked.text.count(TICK)) == (422, 1), path
        assert world.get("oskar", place).text.count(HELD) == told
        assert world.post("amina", f"{place}/{path}", {**sent, "repeat_ok": tick}).status_code == 303
        assert world.get("oskar", place).text.count(HELD) > told
    other = str(world.post("oskar", f"{book}/runs/new", {"occasion": "live", "words": "x", "key": "two"}).location)
    assert world.post("oskar", f"{other}/notes", {"words": HELD, "key": "three"}).status_code == 303


@pytest.mark.parametrize("what", ["use", "occurrence"])
def test_what_came_of_a_lesson_is_asked_about_too(world: World, what: str) -> None:
    world.write("Porto", HELD, sharing=LISBON)
    lesson = world.write("What we learnt", "## What happened\n\nIt broke.", kind="lesson")
    with world.app.test_request_context():
        place = url_for("lesson.use" if what == "use" else "lesson.occur", slug=lesson.split("/")[-1])
    sent = {"words": HELD, "key": "one", "post": "lisbon", "happened_on": date.today().isoformat()}
    asked = world.post("amina", place, sent)
    assert (asked.status_code, TICK in asked.text) == (422, True)
    tick = world.document("/wiki/porto").public_id
    assert world.post("amina", place, {**sent, "repeat_ok": tick}).status_code == 303
    assert TICK not in world.post("oskar", place, {**sent, "key": "two", "post": "jakarta"}).text


def test_the_first_start_of_a_release_catches_up(world: World) -> None:
    world.write("Porto", HELD, sharing=LISBON)
    with world.app.app_context():
        with db.system_session(writing=True) as session:
            session.query(HeldShingle).delete()
        assert repeating.catch_up() == 1
        assert repeating.catch_up() == 0
    world.settle()
    assert _shingles(world) > 0
