"""Importing a folder of Markdown: the tree it becomes, what a second run does, and what is reported."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.people import World
from tests.wiki.world_files import everything
from wiki import db, outbox
from wiki.documents import operations, texts
from wiki.documents.files import LocalFiles
from wiki.documents.models import Attachment, Document, Link, Revision, Term
from wiki.documents.sharing import Sharing
from wiki.exchange import markdown_import
from wiki.exchange.commands import import_commands
from wiki.exchange.markdown_import import Import, Wanted
from wiki.exchange.report import Report

FILES = {
    "_index.md": "---\ntitle: Our old site\nslug: old-site\n---\nWelcome.\n",
    "news/2015/04/2015-04-24-gifs.md": (
        "---\nslug: gifs\ntitle: 'Animated &ldquo;GIFs&rdquo;'\ndate: 2015-04-24 11:00:49 -0400\n"
        "summary: How to use them.\ntopics: [mobile]\ntags: [Pictures]\nexpirydate: 2020-01-01\nauthors: [amina]\n---\n"
        '\nSee [mobile]({{< ref "/topics/mobile" >}}).\n'
    ),
    "news/2016/04/plain.md": "# A plain file\n\nIt has no front matter.\n",
    "topics/mobile/_index.md": "---\ntitle: Mobile\n---\nPhones.\n\n![A map](map.txt)\n[Form](form.txt)\n",
    "topics/mobile/form.txt": "a form",
    "topics/later.md": "---\ntitle: Later\ndraft: true\n---\nNot yet.\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "site"
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


def _import(app: Flask, folder: Path, **more: bool) -> Report:
    settings = app.extensions["chancery_settings"]
    with app.app_context():
        job = Import(
            folder,
            Wanted("page", "digital", Sharing()),
            settings=settings,
            store=LocalFiles(settings.files_dir),
            **more,
        )
        job.read()
        return job.run()


def _page(app: Flask, slug: str) -> Document:
    with app.app_context(), db.system_session() as session:
        found = session.scalars(select(Document).where(Document.slug == slug)).one()
        session.refresh(found)
        assert found.terms is not None
        assert found.extra is not None
        return found


def _body(app: Flask, slug: str) -> str:
    with app.app_context(), db.system_session() as session:
        rows = select(Revision.body).join(Document, Document.id == Revision.document_id).where(Document.slug == slug)
        return str(session.scalars(rows.order_by(Revision.number.desc())).first())


def test_folders_become_a_tree_of_pages(world: World, folder: Path) -> None:
    _import(world.app, folder)
    gifs, april, year = _page(world.app, "gifs"), _page(world.app, "news-2015-04"), _page(world.app, "news-2015")
    news, home = _page(world.app, "news"), _page(world.app, "old-site")
    assert [gifs.parent_id, april.parent_id, year.parent_id, news.parent_id] == [april.id, year.id, news.id, home.id]
    assert (home.parent_id, april.title, home.title) == (None, "News 2015 04", "Our old site")
    assert _page(world.app, "mobile").parent_id == _page(world.app, "topics").id


def test_front_matter_becomes_title_dates_terms_and_the_rest_is_kept(world: World, folder: Path) -> None:
    report = _import(world.app, folder)
    page = _page(world.app, "gifs")
    assert (page.title, page.purpose, page.summary) == ("Animated “GIFs”", "How to use them.", "How to use them.")
    assert page.created_at == page.updated_at == datetime(2015, 4, 24, 15, 0, 49, tzinfo=UTC)
    assert (page.vocabulary("topic"), page.vocabulary("tag")) == (["mobile"], ["pictures"])
    assert page.extra["front_matter"] == {"expirydate": "2020-01-01", "authors": ["amina"]}
    assert page.extra["review"] == "2020-01-01"
    assert report.counts["past the day of expiry their front matter gives"] == 1
    with world.app.app_context(), db.system_session() as session:
        assert session.get_one(Term, ("topic", "mobile")).name == "Mobile"
        assert session.scalars(select(Link.target_slug)).all() == ["mobile"]


def test_links_and_files_come_along(world: World, folder: Path) -> None:
    report = _import(world.app, folder)
    assert "[[mobile|mobile]]" in _body(world.app, "gifs")
    assert "[Form](files/form.txt)" in _body(world.app, "mobile")
    assert ("topics/mobile/_index.md", "picture that is not in the folder: map.txt") in report.lost
    with world.app.app_context(), db.system_session() as session:
        assert session.scalars(select(Attachment.name)).all() == ["form.txt"]


def test_a_draft_stays_a_draft_and_a_file_without_front_matter_has_its_heading_as_title(
    world: World, folder: Path
) -> None:
    _import(world.app, folder)
    assert _page(world.app, "later").status == "draft"
    assert _page(world.app, "plain").title == "A plain file"


def test_a_second_run_changes_nothing(world: World, folder: Path) -> None:
    _import(world.app, folder)
    before = everything(world.app)
    report = _import(world.app, folder)
    assert (report.counts["unchanged"], report.counts["new"], report.counts["changed"]) == (11, 0, 0)
    assert everything(world.app) == before


def test_a_dry_run_reports_and_writes_nothing(world: World, folder: Path) -> None:
    before = everything(world.app)
    report = _import(world.app, folder, dry_run=True)
    assert report.counts["new"] == 11
    assert everything(world.app) == before


def test_a_file_that_changed_at_the_source_becomes_a_new_revision(world: World, folder: Path) -> None:
    _import(world.app, folder)
    path = folder / "news/2015/04/2015-04-24-gifs.md"
    path.write_text(path.read_text().replace("See [mobile]", "Read [mobile]"))
    report = _import(world.app, folder)
    page = _page(world.app, "gifs")
    assert (report.counts["changed"], report.counts["unchanged"], page.working, page.published) == (1, 10, 2, 2)
    assert _body(world.app, "gifs").startswith("Read")


def test_what_was_edited_here_is_left_alone_and_reported(world: World, folder: Path) -> None:
    _import(world.app, folder)
    with world.app.app_context():
        text = texts.prepare("Mine", "Edited here")
        with db.system_session(writing=True) as session:
            page = session.scalars(select(Document).where(Document.slug == "gifs")).one()
            operations.revise(session, page, text, base=1, by=None)
    path = folder / "news/2015/04/2015-04-24-gifs.md"
    path.write_text(path.read_text() + "More.\n")
    report = _import(world.app, folder)
    assert _body(world.app, "gifs").strip() == "Edited here"
    assert ("news/2015/04/2015-04-24-gifs.md", "the change at the source: it was edited here") in report.lost


def test_an_import_that_broke_off_goes_on_where_it_ended(
    world: World, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(markdown_import, "BATCH", 3)
    original, calls = Import._write, []

    def break_off(job: Import, ready: list[object]) -> None:
        calls.append(len(ready))
        if len(calls) == 3:
            raise KeyboardInterrupt
        original(job, ready)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(Import, "_write", break_off)
        with pytest.raises(KeyboardInterrupt):
            _import(world.app, folder)
    report = _import(world.app, folder)
    assert (report.counts["unchanged"], report.counts["new"]) == (6, 5)
    assert _page(world.app, "gifs").parent_id == _page(world.app, "news-2015-04").id


def test_bytes_in_windows_1252_are_read_and_reported(world: World, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "cafe.md").write_bytes("---\ntitle: Café\n---\n\n“Quoted”\n".encode("cp1252"))
    report = _import(world.app, tmp_path / "site")
    assert _page(world.app, "cafe").title == "Café"
    assert _body(world.app, "cafe").strip() == "“Quoted”"
    assert report.lost == {("cafe.md", "not UTF-8, read as Windows-1252: letters may be wrong"): [2]}


def test_files_that_cannot_be_taken_are_reported_and_the_rest_is_imported(world: World, tmp_path: Path) -> None:
    root = tmp_path / "site"
    root.mkdir()
    (root / "huge.md").write_text("x" * 900_000)
    (root / "long.md").write_text("x" * 300_000)
    (root / "broken.md").write_text("---\ntitle: [\n---\nText\n")
    (root / "toml.md").write_text('+++\ntitle = "In TOML"\n+++\nText\n')
    (root / "title.md").write_text(f"---\ntitle: {'t' * 300}\ntags: [a, a]\ntags: [b]\n---\nText\n")
    (root / "link.md").symlink_to("/etc/hostname")
    (root / ".hidden.md").write_text("no")
    report = _import(world.app, root)
    told = {file: what for file, what in report.lost if file != "title.md"}
    assert told["huge.md"].startswith("the whole file: it is larger than 800 kB")
    assert told["long.md"] == "the whole file: This text is longer than 200 kB. Please split it into several pages."
    assert told["broken.md"].startswith("front matter is not valid YAML")
    assert told["link.md"] == "link to another file of the disk"
    assert ".hidden.md" not in told
    assert _page(world.app, "toml").title == "In TOML"
    assert "title: [" in _body(world.app, "broken")
    page = _page(world.app, "title")
    assert (len(page.title), page.vocabulary("tag")) == (200, ["b"])


def test_a_held_passage_with_spaces_before_it_is_not_imported_as_plain_text(world: World, tmp_path: Path) -> None:
    passage = '    ::: held audience="group:consular" reason=source\n    Who told us.\n    :::\n'
    (tmp_path / "held.md").write_text(f"# Held\n\nBefore.\n\n{passage}", encoding="utf-8")
    (tmp_path / "open.md").write_text("# Open\n\nFor all.\n", encoding="utf-8")
    report = _import(world.app, tmp_path)
    [told] = [what for file, what in report.lost if file == "held.md"]
    assert "Take away the spaces before ::: held" in told
    assert _page(world.app, "open").title == "Open", "the rest is imported"


def test_two_files_of_one_name_get_two_addresses_whatever_is_here_already(world: World, tmp_path: Path) -> None:
    world.write("About")
    for name in ("a/about.md", "b/about.md", "new.md"):
        (tmp_path / "site" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "site" / name).write_text(f"# {name}\n")
    _import(world.app, tmp_path / "site")
    assert _page(world.app, "a-about").title == "a/about.md"
    assert _page(world.app, "b-about").title == "b/about.md"
    assert _page(world.app, "new-2").title == "new.md"


def test_front_matter_that_no_database_can_keep_is_made_keepable(world: World, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "odd.md").write_text(
        '---\ntitle: "Odd\\0"\nnumber: .nan\nwhen: 2020-01-01\nnested: {1: ["\\0x"]}\n---\nText\0\n'
    )
    _import(world.app, tmp_path / "site")
    page = _page(world.app, "odd")
    assert page.title == "Odd"
    assert page.extra["front_matter"] == {"number": "nan", "when": "2020-01-01", "nested": {"1": ["x"]}}


def test_imported_pages_are_found_by_a_search(world: World, folder: Path) -> None:
    _import(world.app, folder)
    world.settle()
    assert "Animated" in world.get("oskar", "/search?q=animated").text
    assert world.get("oskar", "/wiki/gifs").status_code == 200


def test_the_command_imports_and_writes_its_report(world: World, folder: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.md"
    runner = world.app.test_cli_runner()
    arguments = [
        "markdown",
        str(folder),
        "--owner",
        "digital",
        "--author",
        "amina@example.org",
        "--report",
        str(report),
    ]
    result = runner.invoke(import_commands, arguments)
    assert result.exit_code == 0, result.output
    assert "new: 11" in result.output
    assert "topics/mobile/_index.md:6: picture that is not in the folder: map.txt" in report.read_text()
    with world.app.app_context(), db.system_session() as session:
        page = session.scalars(select(Document).where(Document.slug == "gifs")).one()
        assert [person.email for person in page.authors] == ["amina@example.org"]
        assert session.scalar(select(func.count()).select_from(outbox.OutboxRow)) == 0


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--owner", "digitl"], "there is no group “digitl”. Did you mean “digital”?"),
        (["--owner", "digital", "--kind", "pgae"], "“pgae” is not a kind. Did you mean “page”?"),
        (["--owner", "digital", "--author", "z@example.org"], "nobody here has the address “z@example.org”."),
        (["--owner", "digital", "--audience", "group:nobody"], "There is no group or person “group:nobody”."),
        (["--owner", "digital", "--audience", "group:digital"], "Say why this is held back."),
    ],
)
def test_the_command_refuses_what_makes_no_sense_with_two(
    world: World, folder: Path, arguments: list[str], told: str
) -> None:
    result = world.app.test_cli_runner().invoke(import_commands, ["markdown", str(folder), *arguments])
    assert result.exit_code == 2
    assert told in " ".join(result.output.split())
