"""A backup is whole, is made while others write, and can be restored; half a backup never looks like one."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from wiki import backup, db, migrate
from wiki.documents.files import LocalFiles
from wiki.documents.models import Attachment, Page
from wiki.people.models import Group
from wiki.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


@pytest.fixture
def database(settings: Settings) -> Iterator[db.Database]:
    """A database with one document and one attached file."""
    made = db.connect(settings)
    migrate.upgrade(made)
    sha256 = LocalFiles(settings.files_dir).put(b"the treaty")
    with made.writing(system=True) as session:
        session.add(Group(id="hq", name="Ministry", type="unit"))
        session.flush()
        treaty = Page(slug="treaty", title="Treaty", status="published", owner_id="hq")
        session.add(treaty)
        session.flush()
        about = {"name": "treaty.txt", "media_type": "text/plain", "size": 10, "sha256": sha256}
        session.add(Attachment(document_id=treaty.id, **about))
    yield made
    made.engine.dispose()


def titles(database: db.Database) -> list[str]:
    with database.engine.connect() as connection:
        return list(connection.execute(text("SELECT title FROM document")).scalars())


def test_what_is_restored_is_what_was_there(database: db.Database, settings: Settings, tmp_path: Path) -> None:
    made = backup.make(database, settings, tmp_path / "backups")
    restored = Settings(data_dir=made)
    again = db.connect(restored)
    assert migrate.is_current(again)
    assert titles(again) == ["Treaty"]
    (name,) = LocalFiles(restored.files_dir).every()
    with LocalFiles(restored.files_dir).open(name) as file:
        assert file.read() == b"the treaty"
    again.engine.dispose()


def test_a_backup_holds_what_was_committed_and_not_yet_in_the_main_file(
    database: db.Database, settings: Settings, tmp_path: Path
) -> None:
    with database.engine.connect():  # An open reader keeps the write-ahead log from being emptied.
        with database.writing(system=True) as session:
            session.execute(text("UPDATE document SET title = 'Signed'"))
        again = db.Database(f"sqlite:///{backup.make(database, settings, tmp_path / 'b')}/{backup.DATABASE}")
    assert titles(again) == ["Signed"]
    again.engine.dispose()


def test_a_backup_succeeds_while_others_write(database: db.Database, settings: Settings, tmp_path: Path) -> None:
    stop, written = threading.Event(), []

    def keep_writing() -> None:
        while not stop.is_set():
            with database.writing(system=True) as session:
                session.execute(text("UPDATE document SET working = working + 1"))
            written.append(1)

    writer = threading.Thread(target=keep_writing)
    writer.start()
    try:
        made = [backup.make(database, settings, tmp_path / "backups") for _ in range(3)]
    finally:
        stop.set()
        writer.join()
    assert written
    assert backup.backups(tmp_path / "backups") == made[::-1]


@pytest.mark.parametrize("harm", ["missing", "damaged"])
def test_a_file_that_is_not_what_it_was_stops_the_backup(
    database: db.Database, settings: Settings, tmp_path: Path, harm: str
) -> None:
    (kept,) = settings.files_dir.glob("??/*")
    kept.unlink() if harm == "missing" else kept.write_bytes(b"the other treaty")
    with pytest.raises(backup.BackupFailed, match="1 of 1 attached files"):
        backup.make(database, settings, tmp_path / "backups")
    assert list((tmp_path / "backups").iterdir()) == []


def test_a_damaged_database_is_not_a_backup(database: db.Database, settings: Settings, tmp_path: Path) -> None:
    with database.engine.connect() as connection:
        connection.connection.dbapi_connection.execute("PRAGMA foreign_keys=OFF")
        connection.execute(text("DELETE FROM document"))
        connection.commit()
    with pytest.raises(backup.BackupFailed, match="refer to nothing"):
        backup.make(database, settings, tmp_path / "backups")
    assert backup.backups(tmp_path / "backups") == []


def test_only_its_owner_can_read_a_backup(database: db.Database, settings: Settings, tmp_path: Path) -> None:
    made = backup.make(database, settings, tmp_path / "backups")
    assert made.stat().st_mode & 0o077 == 0
    assert (made / backup.DATABASE).stat().st_mode & 0o077 == 0


def test_a_backup_says_what_it_holds_and_who_made_it(database: db.Database, settings: Settings, tmp_path: Path) -> None:
    made = backup.make(database, settings, tmp_path / "backups")
    written = json.loads((made / backup.MANIFEST).read_text())
    assert written["holds"] == {"documents": 1, "revisions": 0, "people": 0, "files": 1}
    assert (written["schema"], written["release"]) == (migrate.head(), backup.release())
    found = backup.inspect(made)
    assert (found.schema, dict(found.counts)) == (written["schema"], written["holds"])
    assert (found.made_at, found.release) == (written["made_at"], written["release"])


def test_a_backup_that_was_changed_afterwards_is_noticed(
    database: db.Database, settings: Settings, tmp_path: Path
) -> None:
    made = backup.make(database, settings, tmp_path / "backups")
    with closing(sqlite3.connect(made / backup.DATABASE)) as connection:
        connection.execute("UPDATE document SET title = 'Another treaty'")
        connection.commit()
    with pytest.raises(backup.BackupFailed, match="is not the one that was backed up"):
        backup.inspect(made)


def test_the_index_and_what_is_being_uploaded_stay_behind(
    database: db.Database, settings: Settings, tmp_path: Path
) -> None:
    (settings.index_dir / "g1").mkdir(parents=True)
    (settings.index_dir / "g1" / "words").write_bytes(b"restricted words")
    (kept,) = settings.files_dir.glob("??/*")
    (kept.parent / "tmp12345").write_bytes(b"half a treaty")
    (settings.data_dir / "secret").write_text("a secret")
    made = backup.make(database, settings, tmp_path / "backups")
    there = {str(path.relative_to(made)) for path in made.rglob("*") if path.is_file()}
    assert there == {backup.DATABASE, backup.MANIFEST, "secret", f"files/{kept.parent.name}/{kept.name}"}


def test_postgresql_is_left_to_its_own_tools(settings: Settings, tmp_path: Path) -> None:
    elsewhere = db.Database("postgresql+psycopg://nobody@127.0.0.1/nothing")
    with pytest.raises(backup.BackupFailed, match="pg_dump"):
        backup.make(elsewhere, settings, tmp_path)
    elsewhere.engine.dispose()
