"""What the tests of the restore share: small sites, their backups, and ways to look at what came of them."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

from tests.conftest import BACKEND, AppMaker, build
from tests.people import World
from wiki import backup, db
from wiki.documents import file_views, files
from wiki.documents.files import LocalFiles
from wiki.documents.models import Document
from wiki.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
only_sqlite = pytest.mark.skipif(BACKEND != "sqlite", reason="PostgreSQL is backed up and restored by its own tools")


class Again(World):
    """The cast in an application that was restored: they are there already."""

    def __post_init__(self) -> None:
        pass


def furnished(world: World, title: str) -> World:
    address = world.write(title, f"Words of the {title}.")
    content = f"the {title}".encode()
    sha256 = world.app.extensions["chancery_files"].put(content)
    with world.app.app_context(), db.system_session(writing=True) as session:
        document = session.scalars(select(Document).where(Document.slug == address.split("/")[2])).one()
        checked = files.CheckedFile(f"{title}.txt", "text/plain; charset=utf-8", content)
        file_views.attach(session, document, checked, sha256, by=None)
    world.settle()
    return world


def made_from(app: Flask, folder: Path) -> Path:
    return backup.make(app.extensions["chancery_db"], app.extensions["chancery_settings"], folder)


def on_a_folder(maker: AppMaker, folder: Path, **changes: Any) -> Flask:
    app = build(Settings(data_dir=folder, secret_key="a secret for tests", **changes))
    maker.made.append((app, ""))
    return app


def run(app: Flask, *arguments: object) -> Result:
    return app.test_cli_runner().invoke(args=["restore", *map(str, arguments)])


def data_of(app: Flask) -> Path:
    folder: Path = app.extensions["chancery_settings"].data_dir
    return folder


def titles(app: Flask) -> list[str]:
    with app.app_context(), db.system_session() as session:
        return list(session.scalars(select(Document.title)))


def number_of(app: Flask, table: type[db.Base]) -> int:
    with app.app_context(), db.system_session() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def kept(app: Flask) -> list[bytes]:
    store = LocalFiles(app.extensions["chancery_settings"].files_dir)
    found = []
    for name in store.every():
        with store.open(name) as file:
            found.append(file.read())
    return found


def state_of(folder: Path) -> dict[str, bytes]:
    """Every file of a data folder but locks and what SQLite keeps in memory of a log."""
    passing = ("writelock", "-shm", "write.lock", "serving")
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith(passing)
    }


def changed(statement: str) -> Callable[[Path], None]:
    """A hand that changes the database of a backup, and takes away the manifest that would tell."""

    def change(made: Path) -> None:
        with closing(sqlite3.connect(made / backup.DATABASE)) as connection:
            connection.execute(statement)
            connection.commit()
        (made / backup.MANIFEST).unlink()

    return change


@contextmanager
def standing_in_for_a_server(folder: Path) -> Iterator[None]:
    """Another process that does what a server and `chancery work` do when they start."""
    code = f"from wiki import occupancy\nfrom pathlib import Path\noccupancy.share(Path({str(folder)!r}))\ninput('on')"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, **pipes) as process:  # type: ignore[call-overload]
        assert process.stdout.read(2) == b"on"
        try:
            yield
        finally:
            process.kill()
