"""A backup is restored whole or not at all, never over something unasked; the restored site answers like the first."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text

from search import indexer
from tests.conftest import AppMaker
from tests.people import World
from tests.site.restoring import (
    Again,
    changed,
    data_of,
    furnished,
    kept,
    made_from,
    number_of,
    on_a_folder,
    only_sqlite,
    run,
    standing_in_for_a_server,
    state_of,
    titles,
)
from wiki import backup, db, health, migrate, occupancy, restore
from wiki.access.models import AuditEvent
from wiki.people.models import OneTimeLink, Person, SignIn
from wiki.settings import Settings

pytestmark = only_sqlite


@pytest.fixture
def first(make_app: AppMaker) -> World:
    """A site with one page and one file, from which backups are made."""
    return furnished(World(make_app("first")), "Treaty")


@pytest.fixture(scope="module")
def whole(make_shared_app: AppMaker, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of such a site, to be copied."""
    app = furnished(World(make_shared_app("whole")), "Treaty").app
    return made_from(app, tmp_path_factory.mktemp("backups"))


@pytest.fixture
def saved(whole: Path, tmp_path: Path) -> Path:
    """A backup of such a site, to do with as one likes."""
    return Path(shutil.copytree(whole, tmp_path / "backups" / whole.name))


@pytest.fixture
def fresh(make_app: AppMaker, tmp_path: Path) -> Flask:
    """An application on a data folder that was just made."""
    return on_a_folder(make_app, tmp_path / "fresh")


@pytest.fixture
def other(make_app: AppMaker) -> World:
    """A site with another page and another file, in the place where the backup shall go."""
    return furnished(World(make_app("other")), "Armistice")


@pytest.fixture(scope="module")
def untouched(make_shared_app: AppMaker) -> World:
    """Such a site, for tests in which nothing must change."""
    return furnished(World(make_shared_app("untouched")), "Armistice")


def test_a_backup_is_restored_into_an_empty_folder(saved: Path, fresh: Flask) -> None:
    result = run(fresh, saved)
    assert result.exit_code == 0, result.output
    assert titles(fresh) == ["Treaty"]
    assert kept(fresh) == [b"the Treaty"]
    assert "documents 1" in result.output
    assert "chancery check" in result.output
    assert (data_of(fresh) / "secret").exists() == (saved / "secret").exists()
    with fresh.app_context():
        assert [finding.words for finding in health.look(fresh) if not finding.fine] == []


def test_the_secret_of_the_installation_comes_back(make_app: AppMaker, saved: Path, tmp_path: Path) -> None:
    (saved / "secret").write_text("a secret of the first installation")
    app = on_a_folder(make_app, tmp_path / "fresh")
    assert run(app, saved).exit_code == 0
    place = data_of(app) / "secret"
    assert place.read_text() == "a secret of the first installation"
    assert place.stat().st_mode & 0o077 == 0
    assert (data_of(app) / backup.DATABASE).stat().st_mode & 0o077 == 0


def test_search_finds_what_was_restored_and_nothing_of_before(saved: Path, other: World) -> None:
    assert run(other.app, saved, "--replace").exit_code == 0
    restored = Again(other.app)
    assert "/wiki/treaty" in restored.get("oskar", "/search?q=words").text
    assert "Armistice" not in restored.get("oskar", "/search?q=armistice+words").text
    with other.app.app_context():
        assert indexer.differences(other.app.extensions["chancery_search"]) == set()


def test_nobody_is_signed_in_by_a_session_or_a_link_of_that_time(first: World, fresh: Flask, tmp_path: Path) -> None:
    browser = first.client("amina")
    cookie = browser.get_cookie("sid")
    assert cookie
    with first.app.app_context(), db.system_session(writing=True) as session:
        person = session.scalars(select(Person.id).limit(1)).one()
        session.add(
            OneTimeLink(token_hash="x", person_id=person, purpose="reset", created_at=db.now(), expires_at=db.now())
        )
    assert number_of(first.app, SignIn) == 1
    assert run(fresh, made_from(first.app, tmp_path / "b")).exit_code == 0
    assert number_of(fresh, SignIn) == number_of(fresh, OneTimeLink) == 0
    stranger = fresh.test_client()
    stranger.set_cookie("sid", cookie.value)
    assert browser.get("/me").status_code == 200, "control: the first site knows the session"
    assert stranger.get("/me").status_code == fresh.test_client().get("/me").status_code != 200
    assert Again(fresh).get("amina", "/me").status_code == 200, "a new session is fine"


def test_the_log_says_that_it_was_restored(saved: Path, fresh: Flask) -> None:
    assert run(fresh, saved).exit_code == 0
    with fresh.app_context(), db.system_session() as session:
        (event,) = session.scalars(select(AuditEvent).where(AuditEvent.what == "backup.restored"))
    assert event.details["backup"] == saved.name


def test_an_older_backup_gets_the_shape_of_this_release(tmp_path: Path, fresh: Flask) -> None:
    older = Settings(data_dir=tmp_path / "older")
    database = db.connect(older)
    migrate.upgrade(database, migrate.revisions()[0])
    made = backup.make(database, older, tmp_path / "backups")
    database.engine.dispose()
    if migrate.revisions()[0] != migrate.head():
        assert f"to {migrate.head()}" in run(fresh, made, "--dry-run").output
    assert run(fresh, made).exit_code == 0
    assert migrate.is_current(fresh.extensions["chancery_db"])


def test_a_backup_from_before_manifests_is_restored(saved: Path, fresh: Flask) -> None:
    (saved / backup.MANIFEST).unlink()
    result = run(fresh, saved)
    assert result.exit_code == 0
    assert "does not say when it was made" in result.output


def test_a_database_that_nobody_filled_is_no_obstacle(saved: Path, fresh: Flask) -> None:
    with fresh.extensions["chancery_db"].engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM sqlite_master")).scalar() == 0
    assert (data_of(fresh) / backup.DATABASE).exists()
    assert run(fresh, saved).exit_code == 0
    assert titles(fresh) == ["Treaty"]


# What can be wrong with a backup: how it comes about, and what the message must say.


def _interrupted(made: Path) -> Path:
    return made.rename(f"{made}.part")


def _of_many(made: Path) -> Path:
    return made.parent


def _of_nothing(made: Path) -> Path:
    return made / "nowhere"


def _without_a_file(made: Path) -> None:
    next((made / "files").glob("??/*")).unlink()


def _with_a_changed_file(made: Path) -> None:
    next((made / "files").glob("??/*")).write_bytes(b"another treaty")


def _cut_short(made: Path) -> None:
    whole = (made / backup.DATABASE).read_bytes()
    (made / backup.DATABASE).write_bytes(whole[: len(whole) // 2])


def _cut_short_without_a_manifest(made: Path) -> None:
    _cut_short(made)
    (made / backup.MANIFEST).unlink()


def _no_database_at_all(made: Path) -> None:
    (made / backup.DATABASE).write_text("This is a letter, not a database. " * 50)
    (made / backup.MANIFEST).unlink()


def _spelt_by_somebody(made: Path) -> None:
    (made / backup.MANIFEST).write_text('{"made_at": ')


def _still_open(made: Path) -> None:
    (made / f"{backup.DATABASE}-wal").write_bytes(b"newer changes")


HARM: dict[str, tuple[Callable[[Path], Path | None], str]] = {
    "interrupted": (_interrupted, "interrupted while it was made"),
    "a folder of backups": (_of_many, "the newest is"),
    "nowhere": (_of_nothing, "is no backup"),
    "a file is missing": (_without_a_file, "1 of 1 attached files"),
    "a file was changed": (_with_a_changed_file, "1 of 1 attached files"),
    "cut short": (_cut_short, "not copied whole"),
    "cut short, no manifest": (_cut_short_without_a_manifest, "Take another"),
    "no database": (_no_database_at_all, "Take another"),
    "manifest": (_spelt_by_somebody, "backup.json cannot be read"),
    "log beside it": (_still_open, "copied from a running Chancery"),
    "broken references": (changed("DELETE FROM document"), "refer to nothing"),
    "newer release": (changed("UPDATE alembic_version SET version_num = '9999'"), "made by a newer release"),
    "of nothing": (changed("DELETE FROM alembic_version"), "is empty"),
}


@pytest.mark.parametrize("harm", HARM)
def test_what_is_no_whole_backup_is_refused_before_anything_is_touched(
    saved: Path, untouched: World, harm: str
) -> None:
    do, words = HARM[harm]
    given = do(saved) or saved
    before = state_of(data_of(untouched.app))
    for arguments in (["--dry-run", "--replace"], ["--replace"]):
        result = run(untouched.app, given, *arguments)
        assert result.exit_code == 1
        assert words in result.output
        assert "what was there is as it was" in result.output
    assert state_of(data_of(untouched.app)) == before
    assert titles(untouched.app) == ["Armistice"]


def test_the_data_folder_itself_is_no_backup(first: World) -> None:
    result = run(first.app, data_of(first.app), "--replace")
    assert result.exit_code == 1
    assert "the data folder itself" in result.output


def test_what_is_there_is_not_overwritten_unasked(saved: Path, untouched: World) -> None:
    before = state_of(data_of(untouched.app))
    for arguments in ([], ["--dry-run"]):
        result = run(untouched.app, saved, *arguments)
        assert result.exit_code == 1
        assert "There is a database already" in result.output
        assert "--replace" in result.output
    assert state_of(data_of(untouched.app)) == before


def test_a_dry_run_says_what_would_happen_and_changes_nothing(saved: Path, untouched: World, fresh: Flask) -> None:
    for app, arguments, words in ((untouched.app, ["--replace"], "would be kept in"), (fresh, [], "would be put into")):
        before = state_of(data_of(app))
        result = run(app, saved, "--dry-run", *arguments)
        assert result.exit_code == 0
        assert words in result.output
        assert state_of(data_of(app)) == before


def test_what_was_there_is_kept_aside_and_can_be_restored_again(saved: Path, other: World) -> None:
    result = run(other.app, saved, "--replace")
    assert result.exit_code == 0, result.output
    (aside,) = data_of(other.app).glob("set-aside-*")
    assert str(aside) in result.output
    assert (titles(other.app), kept(other.app)) == (["Treaty"], [b"the Treaty"])
    assert aside.stat().st_mode & 0o077 == 0

    again = run(other.app, aside, "--replace")
    assert again.exit_code == 0, again.output
    assert (titles(other.app), kept(other.app)) == (["Armistice"], [b"the Armistice"])
    assert len(list(data_of(other.app).glob("set-aside-*"))) == 2


def test_a_damaged_database_is_replaced_and_kept_to_the_byte(saved: Path, other: World) -> None:
    other.app.extensions["chancery_db"].engine.dispose()
    place = data_of(other.app) / backup.DATABASE
    place.write_bytes(b"x" * 5000)
    log = Path(f"{place}-wal")
    log.write_bytes(b"the last changes")
    result = run(other.app, saved, "--replace")
    assert result.exit_code == 0, result.output
    (aside,) = data_of(other.app).glob("set-aside-*")
    assert (aside / backup.DATABASE).read_bytes() == b"x" * 5000
    assert (aside / log.name).read_bytes() == b"the last changes"
    assert titles(other.app) == ["Treaty"]


def test_a_damaged_file_that_the_backup_has_is_made_good(first: World, saved: Path) -> None:
    assert kept(first.app) == [b"the Treaty"]
    next((data_of(first.app) / "files").glob("??/*")).write_bytes(b"not the treaty")
    assert run(first.app, saved, "--replace").exit_code == 0
    assert kept(first.app) == [b"the Treaty"]


def test_nothing_is_restored_under_a_running_server(saved: Path, other: World) -> None:
    with standing_in_for_a_server(data_of(other.app)):
        result = run(other.app, saved, "--replace")
    assert result.exit_code == 1
    assert "Chancery is running" in result.output
    assert titles(other.app) == ["Armistice"]
    assert run(other.app, saved, "--replace").exit_code == 0, "control: it was the server"


def test_nothing_is_restored_while_another_process_has_the_database_open(saved: Path, other: World) -> None:
    place = data_of(other.app) / backup.DATABASE
    opened = f"import sqlite3\nopened = sqlite3.connect({str(place)!r})"
    code = f"{opened}\nopened.execute('SELECT * FROM document').fetchall()\ninput('on')"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", code], **pipes) as process:  # type: ignore[call-overload]
        assert process.stdout.read(2) == b"on"
        result = run(other.app, saved, "--replace")
        process.kill()
    assert result.exit_code == 1
    assert "has" in result.output
    assert "open" in result.output
    assert titles(other.app) == ["Armistice"]


def test_servers_share_the_folder_and_none_starts_during_a_restore(tmp_path: Path) -> None:
    with occupancy.alone(tmp_path), pytest.raises(occupancy.Occupied, match="being restored"):
        occupancy.share(tmp_path)
    one, another = standing_in_for_a_server(tmp_path), standing_in_for_a_server(tmp_path)
    with one, another, pytest.raises(occupancy.Occupied, match="Chancery is running"), occupancy.alone(tmp_path):
        pass
    with occupancy.alone(tmp_path):
        pass


def test_no_work_begins_during_a_restore(untouched: World) -> None:
    with occupancy.alone(data_of(untouched.app)):
        refused = untouched.app.test_cli_runner().invoke(args=["work", "--once"])
    assert isinstance(refused.exception, occupancy.Occupied)
    assert untouched.app.test_cli_runner().invoke(args=["work", "--once"]).exit_code == 0


def test_root_is_told_to_become_the_owner(saved: Path, fresh: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid() == 0:
        os.chown(data_of(fresh), 12345, 12345)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    result = run(fresh, saved)
    assert result.exit_code == 1
    assert "belongs to another user" in result.output


@pytest.mark.parametrize("step", ["_set_aside", "_stage", "_bring_files", "_bring_secret", "_empty", "_swap"])
def test_when_a_step_fails_the_old_state_is_in_use(
    saved: Path, other: World, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(restore, step, full)
    result = run(other.app, saved, "--replace")
    assert result.exit_code == 1
    assert "No space left on device" in result.output
    assert titles(other.app) == ["Armistice"]
    assert b"the Armistice" in kept(other.app)
    assert list(data_of(other.app).rglob("*.part*")) == []
    assert list(data_of(other.app).glob("set-aside-*")) == [] or step == "_swap"
    monkeypatch.undo()
    assert run(other.app, saved, "--replace").exit_code == 0
    assert titles(other.app) == ["Treaty"]


def test_a_backup_that_is_in_place_without_its_index_says_so(
    saved: Path, fresh: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexer, "rebuild", lambda *_: (_ for _ in ()).throw(OSError("the disk is full")))
    result = run(fresh, saved)
    assert result.exit_code == 1
    assert "The backup is in place, but search is not ready yet" in result.output
    assert titles(fresh) == ["Treaty"]


def test_postgresql_is_left_to_its_own_tools(saved: Path, tmp_path: Path) -> None:
    elsewhere = db.Database("postgresql+psycopg://nobody@127.0.0.1/nothing")
    with pytest.raises(restore.RestoreRefused, match="pg_restore"):
        restore.look(elsewhere, Settings(data_dir=tmp_path), saved)
    elsewhere.engine.dispose()
