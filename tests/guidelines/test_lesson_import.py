"""Importing lessons from tables: what becomes of a row, what a second run does, and what the report tells."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import Result
from sqlalchemy import func, select

from guidelines.lessons import importing, mappings, story
from guidelines.lessons.models import Lesson
from tests.conftest import DATA
from tests.people import World
from tests.wiki.world_files import everything
from wiki import db, outbox
from wiki.documents import operations, texts
from wiki.documents.models import Document, Revision, Term

LLIS = DATA / "llis" / "lessons.jsonl"
ROWS = [
    {
        "Lesson ID": 7,
        "Driving Event": "The queue went on after the news.",
        "Lesson(s) Learned": "A queue knows no news.",
        "Recommendation(s)": "It was bad. Stop the queue from a phone. Then call.",
    },
    {
        "Lesson ID": 8,
        "Driving Event": "The number was in the comment.",
        "Lesson(s) Learned": "Answers lift a thread.",
        "Recommendation(s)": "Hide the number, then answer.",
    },
]


def _lines(folder: Path, rows: Sequence[object], name: str = "llis.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def _table(folder: Path, text: str, encoding: str = "utf-8", name: str = "table.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def _import(world: World, path: Path, *more: str) -> Result:
    arguments = ["import", "lessons", str(path), "--owner", "lisbon", *more]
    return world.app.test_cli_runner().invoke(args=arguments)


def _lesson(world: World, source: str) -> Lesson:
    with world.app.app_context(), db.system_session() as session:
        found = session.scalars(select(Lesson).where(Lesson.source == source)).one()
        assert found.terms is not None
        assert found.authors is not None
        return found


def _body(world: World, source: str) -> str:
    with world.app.app_context(), db.system_session() as session:
        rows = select(Revision.body).join(Document, Document.id == Revision.document_id)
        newest = rows.where(Document.source == source).order_by(Revision.number.desc())
        return str(session.scalars(newest).first())


def _report(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_a_row_becomes_a_lesson_of_the_post_with_a_headline_that_tells_what_to_do(world: World, tmp_path: Path) -> None:
    done = _import(world, _lines(tmp_path, ROWS))
    assert done.exit_code == 0, done.output
    assert "new: 2" in done.output
    lesson = _lesson(world, "llis:7")
    assert (lesson.title, lesson.slug) == ("Stop the queue from a phone", "stop-the-queue-from-a-phone")
    assert (lesson.status, lesson.owner_id, lesson.audience) == ("observed", "lisbon", ["service"])
    assert (lesson.names_authors, lesson.authors, lesson.attribution) == (False, [], "post")
    assert lesson.summary == "A queue knows no news."
    boxes = story.take_apart(_body(world, "llis:7"))
    assert boxes["happened"] == "The queue went on after the news."
    assert boxes["recommended"] == "It was bad. Stop the queue from a phone. Then call."
    assert "A queue knows no news." in boxes["rest"]
    page = world.get("oskar", f"/lessons/{lesson.slug}")
    assert page.status_code == 200
    assert "A queue knows no news." in page.text
    with world.app.app_context(), db.system_session() as session:
        assert session.scalar(select(func.count()).select_from(outbox.OutboxRow)) == 0, "indexed"


def test_a_second_run_changes_nothing(world: World, tmp_path: Path) -> None:
    path = _lines(tmp_path, ROWS)
    _import(world, path)
    before = everything(world.app)
    done = _import(world, path)
    assert (done.exit_code, "unchanged: 2" in done.output) == (0, True), done.output
    assert everything(world.app) == before


def test_a_dry_run_reports_and_writes_nothing(world: World, tmp_path: Path) -> None:
    before = everything(world.app)
    report = tmp_path / "report.csv"
    done = _import(world, _lines(tmp_path, ROWS), "--dry-run", "--report", str(report))
    assert "Nothing was written. It would be:\nnew: 2" in done.output
    assert everything(world.app) == before
    assert _report(report) == [["row", "id", "outcome", "message"], ["1", "7", "new", ""], ["2", "8", "new", ""]]


def test_a_change_in_the_file_becomes_a_revision_unless_somebody_edited_the_lesson_here(
    world: World, tmp_path: Path
) -> None:
    _import(world, _lines(tmp_path, ROWS))
    with world.app.app_context():
        text = texts.prepare("Ours", "## What happened\n\nOurs.")
        with db.system_session(writing=True) as session:
            ours = session.scalars(select(Lesson).where(Lesson.source == "llis:7")).one()
            operations.revise(session, ours, text, base=ours.working, by=None)
    changed = [{**row, "Recommendation(s)": f"{row['Recommendation(s)']} And tell the capital."} for row in ROWS]
    done = _import(world, _lines(tmp_path, changed))
    assert done.exit_code == 0, done.output
    assert "kept: 1" in done.output
    assert "changed: 1" in done.output
    assert "row 1 (7): kept: it was edited here" in done.output
    assert _lesson(world, "llis:7").title == "Ours"
    theirs = _lesson(world, "llis:8")
    assert (theirs.working, theirs.published) == (2, 2)
    assert _body(world, "llis:8").rstrip().endswith("And tell the capital.")
    again = _import(world, _lines(tmp_path, changed))
    assert "unchanged: 1" in again.output


def test_what_was_put_in_the_bin_or_identified_here_stays_so(world: World, tmp_path: Path) -> None:
    _import(world, _lines(tmp_path, ROWS))
    with world.app.app_context(), db.system_session(writing=True) as session:
        by_source = {one.source: one for one in session.scalars(select(Lesson))}
        by_source["llis:7"].status, by_source["llis:8"].status = "binned", "identified"
    changed = [{**row, "Driving Event": "Otherwise."} for row in ROWS]
    _import(world, _lines(tmp_path, changed))
    assert (_lesson(world, "llis:7").status, _lesson(world, "llis:7").working) == ("binned", 1)
    assert (_lesson(world, "llis:8").status, _lesson(world, "llis:8").working) == ("identified", 2)


def test_a_repeated_id_counts_once_and_other_words_under_it_are_refused(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)
    other = {**ROWS[0], "Driving Event": "Something else."}
    report = tmp_path / "report.csv"
    done = _import(world, _lines(tmp_path, [ROWS[0], ROWS[0], ROWS[1], other]), "--report", str(report))
    assert done.exit_code == 1
    assert [row[2] for row in _report(report)[1:]] == ["new", "merged", "new", "refused"]
    assert _report(report)[4][3].startswith("Row 1 has this id with other words, and the first one counts.")
    assert "The queue went on" in _body(world, "llis:7")


def test_an_import_that_broke_off_goes_on_where_it_ended(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)
    path = _lines(tmp_path, [{"id": number, "title": f"Lesson number {number}"} for number in range(7)])
    original, calls = importing.LessonImport._write, []

    def break_off(job: importing.LessonImport, ready: list[importing.Ready]) -> None:
        calls.append(len(ready))
        if len(calls) == 3:
            raise KeyboardInterrupt
        original(job, ready)

    with monkeypatch.context() as patched:
        patched.setattr(importing.LessonImport, "_write", break_off)
        assert _import(world, path).exit_code == 1
    done = _import(world, path)
    assert "new: 3\nunchanged: 4" in done.output


def test_lessons_of_one_title_have_addresses_of_their_own(world: World, tmp_path: Path) -> None:
    rows = [{"id": number, "title": "New"} for number in range(3)]
    _import(world, _lines(tmp_path, rows))
    _import(world, _lines(tmp_path, [{"id": 1, "title": "New"}]), "--source", "other")
    with world.app.app_context(), db.system_session() as session:
        slugs = list(session.scalars(select(Lesson.slug).order_by(Lesson.id)))
    assert slugs[:3] == ["new-0", "new-1", "new-2"], "“new” is where the form lives"
    assert len(set(slugs)) == 4


def test_columns_are_known_by_name_or_mapped_and_what_no_part_takes_is_kept_in_the_text(
    world: World, tmp_path: Path
) -> None:
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.add(Term(vocabulary="topic", slug="crisis", name="Crisis"))
        session.add(Term(vocabulary="platform", slug="x", name="X"))
    text = (
        "Lesson Number;Title;Abstract;Organization;Date;Topics;Kind;Doing;Colour;Harm\n"
        "A-1;Call first;In a word.;Port Alder;2020-03-01;crisis, night watch;near miss;Call them.;;4\n"
        "A-2;Ask first;;;03/04/2020;;whatever;Ask them.;red;9\n"
    )
    more = ["--map", "doing=recommended", "--platform", "x", "--topic", "crisis", "--status", "identified"]
    done = _import(world, _table(tmp_path, text), *more)
    assert done.exit_code == 0, done.output
    first, second = _lesson(world, "table:A-1"), _lesson(world, "table:A-2")
    assert (str(first.happened_on), first.nature, first.harm, first.status) == (
        "2020-03-01",
        "near-miss",
        4,
        "identified",
    )
    assert (first.vocabulary("topic"), first.vocabulary("tag")) == (["crisis"], ["night-watch"])
    assert first.vocabulary("platform") == second.vocabulary("platform") == ["x"]
    assert "**Organization:** Port Alder" in _body(world, "table:A-1")
    assert "## What we recommend\n\nCall them." in _body(world, "table:A-1")
    assert (second.happened_on, second.nature, second.harm) == (None, "failure", None)
    kept = _body(world, "table:A-2")
    assert all(
        words in kept for words in ("**Date:** 03/04/2020", "**Kind:** whatever", "**Harm:** 9", "**Colour:** red")
    )
    assert "“03/04/2020” is not a day, and stands in the text" in done.output
    assert "The column “Organization” is not known" in done.output


def test_a_mapping_may_stand_in_a_file(world: World, tmp_path: Path) -> None:
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text("Was geschah: happened\nRat: recommended\nNr: id\nIntern: skip\n", encoding="utf-8")
    done = _import(
        world,
        _table(tmp_path, "Nr,Was geschah,Rat,Intern\n1,Es brannte.,Ruhe bewahren.,geheim\n"),
        "--mapping",
        str(mapping),
        "--lang",
        "de",
    )
    assert done.exit_code == 0, done.output
    assert _lesson(world, "table:1").lang == "de"
    assert "geheim" not in _body(world, "table:1")


def _mappings(world: World, *arguments: str) -> Result:
    return world.app.test_cli_runner().invoke(args=["import", "mappings", *arguments])


def test_a_mapping_is_kept_by_name_and_used_again(world: World, tmp_path: Path) -> None:
    assert "No mapping is saved yet" in _mappings(world).output
    one = _table(tmp_path, "Nr,Was geschah\n1,Es brannte.\n")
    told = ("--map", "Nr=id", "--map", "Was geschah=happened", "--save-mapping", "port-office")
    tried = _import(world, one, *told, "--dry-run")
    assert "The mapping fits" in tried.output
    assert "No mapping is saved yet" in _mappings(world).output
    done = _import(world, one, *told)
    assert (done.exit_code, "saved as “port-office”." in done.output) == (0, True), done.output
    assert _mappings(world).output == "port-office: Nr=id, Was geschah=happened\n"
    two = _table(tmp_path, "Nr,Was geschah,Rat\n2,Es regnete.,Schirm nehmen.\n")
    done = _import(world, two, "--mapping", "port-office", "--map", "Rat=recommended", "--save-mapping", "port-office")
    assert done.exit_code == 0, done.output
    assert "in place of the older one" in done.output
    assert "Es regnete." in _body(world, "table:2")
    assert "Rat=recommended" in _mappings(world).output
    assert "is gone" in _mappings(world, "--remove", "port-office").output
    assert _mappings(world, "--remove", "port-office").exit_code == 2
    done = _import(world, two, "--mapping", "port-office")
    assert done.exit_code == 2
    assert "None is saved yet." in " ".join(done.output.split())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--mapping", "port-ofice"], "no saved mapping “port-ofice”. Did you mean “port-office”?"),
        (["--mapping", "port-office"], "There is no column “Nr”."),
        (["--save-mapping", "Port Office", "--map", "Id=id"], "is no name for a mapping."),
        (["--save-mapping", "x" * 61, "--map", "Id=id"], "is no name for a mapping."),
        (["--save-mapping", "empty"], "There is no mapping to save."),
        (["--save-mapping", "wrong", "--map", "Titel=title"], "There is no column “Titel”."),
    ],
)
def test_a_mapping_that_is_not_there_or_does_not_fit_is_refused_and_not_kept(
    world: World, tmp_path: Path, arguments: list[str], told: str
) -> None:
    with world.app.app_context(), db.system_session(writing=True) as session:
        mappings.save(session, "port-office", {"Nr": "id"})
    done = _import(world, _table(tmp_path, "Id,Title,Event\n1,One,It was.\n"), *arguments)
    assert done.exit_code == 2, done.output
    assert told in " ".join(done.output.split())
    assert _mappings(world).output == "port-office: Nr=id\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--map", "Titel=title"], "There is no column “Titel”. Did you mean “Title”?"),
        (["--map", "Title=tilte"], "“tilte” is no part of a lesson. Did you mean “title”?"),
        (["--map", "Title"], "“Title” is no mapping. Write it as"),
        (["--map", "Title=happened", "--map", "Event=happened"], "Two columns are mapped to “happened”."),
        (["--map", "Title=skip", "--map", "Event=skip"], "None of the columns (“Id”, “Title”, “Event”) is known."),
        (["--platform", "tiktok"], "“tiktok” is no platform here."),
        (["--audience", "group:lisbon"], "Say why this is held back."),
        (["--source", "::"], "give a short name"),
    ],
)
def test_the_command_refuses_what_makes_no_sense_with_two(
    world: World, tmp_path: Path, arguments: list[str], told: str
) -> None:
    done = _import(world, _table(tmp_path, "Id,Title,Event\n1,One,It was.\n"), *arguments)
    assert done.exit_code == 2, done.output
    assert told in " ".join(done.output.split())


def test_held_lessons_stay_with_their_readers(world: World, tmp_path: Path) -> None:
    held = ["--audience", "group:lisbon", "--reason", "embargo", "--until", "2027-06-01"]
    words = ["--release-title", "Lessons of a crisis", "--share-line", "Ask the post."]
    done = _import(world, _lines(tmp_path, ROWS), *held, *words)
    assert done.exit_code == 0, done.output
    address = f"/lessons/{_lesson(world, 'llis:7').slug}"
    assert world.get("amina", address).status_code == 200
    assert "A queue knows no news" not in world.get("oskar", address).text
    assert "A queue knows no news" not in world.get("oskar", "/search?q=queue+knows").text


def test_only_so_many_rows_are_taken_when_asked(world: World, tmp_path: Path) -> None:
    assert "new: 1" in _import(world, _lines(tmp_path, ROWS), "--limit", "1").output


@pytest.mark.slow
@pytest.mark.skipif(not LLIS.is_file(), reason=f"the lessons of NASA LLIS are not at {LLIS} on this machine")
def test_the_lessons_of_nasa_are_imported_whole_and_found(world: World) -> None:
    done = _import(world, LLIS)
    assert (done.exit_code, "new: 250" in done.output) == (0, True), done.output
    records = [json.loads(line) for line in LLIS.read_text(encoding="utf-8").splitlines()]
    with world.app.app_context(), db.system_session() as session:
        lessons = {one.source: one for one in session.scalars(select(Lesson))}
        assert len({one.slug for one in lessons.values()}) == len({one.title for one in lessons.values()}) == 250
    for record in records:
        source = f"lessons:{record['Lesson ID']}"
        body, title = _words(_body(world, source)), lessons[source].title
        assert 10 < len(title) <= 200
        assert not title.endswith(("…", ".", ",", " the", " and", " of"))
        for part in ("Driving Event", "Lesson(s) Learned", "Recommendation(s)"):
            assert _words(record[part]) in body, source
    assert "Ensure that any process modifications" in world.get("oskar", "/search?q=inverter+mounting+screws").text
    assert world.get("oskar", "/lessons/").status_code == 200
    assert "unchanged: 250" in _import(world, LLIS).output


def _words(text: str) -> str:
    """The words on one line; items of a list are written otherwise here."""
    return " ".join(word for word in text.split() if word not in ("-", "•"))
