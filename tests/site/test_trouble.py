"""When the ground shakes: a broken or older index, a process that died at work, a disk without room."""

from __future__ import annotations

import gc
import io
import resource
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text, update

from search import indexer
from tests.conftest import BACKEND, AppMaker
from tests.journeys.reader import Reader
from tests.people import World
from tests.site.ledger import everything
from tests.site.server import Client, free_port, served
from wiki import db, health, outbox
from wiki.outbox import OutboxRow

# Whoosh forgets to close files it cannot make sense of.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
on_disk = pytest.mark.skipif(BACKEND != "sqlite", reason="PostgreSQL keeps index and database in files of its own")


@pytest.fixture(autouse=True)
def swept() -> Iterator[None]:
    """Nothing that is left open here shall trouble the tests of another module."""
    yield
    gc.collect()


def index_of(app: Flask) -> Path:
    folder: Path = app.extensions["chancery_settings"].index_dir
    return folder


def damage(folder: Path) -> None:
    for file in folder.rglob("*"):
        if file.is_file() and file.suffix in (".seg", ".toc"):
            file.write_bytes(b"nothing that anybody could read")


@on_disk
def test_a_broken_index_is_answered_for_by_the_database_and_built_anew(world: World) -> None:
    world.write("The bridge", "The girder is cracked.")
    amina = Reader(world, "amina")
    damage(index_of(world.app))
    amina.open("/search?q=bridge")
    assert amina.status == 200
    assert "The index is being built anew" in amina.words
    assert amina.links()["The bridge"] == "/wiki/the-bridge"
    assert amina.open("/search/suggest?q=bri").status == 200

    end = time.monotonic() + 60
    # The database answers too while the index is built, so the answer alone does not tell that it is over.
    while "being built anew" in amina.open("/search?q=girder").words:
        assert time.monotonic() < end, amina.words
        time.sleep(0.1)
    assert "1 answer" in amina.words


@on_disk
def test_saving_goes_on_while_the_index_is_broken(world: World) -> None:
    world.write("The bridge", "The girder is cracked.")
    damage(index_of(world.app))
    Reader(world, "amina").open("/wiki/the-bridge/edit").press("Save", body="The girder is mended.")
    assert "mended" in Reader(world, "oskar").open("/wiki/the-bridge").words
    with world.app.app_context():
        health.mend(world.app)
        outbox.give_back(db.now())
    world.settle()
    assert "1 answer" in Reader(world, "oskar").open("/search?q=mended").words


@on_disk
def test_an_older_index_from_a_copy_heals_when_the_server_starts(world: World, tmp_path: Path) -> None:
    world.write("The bridge", "The girder is cracked.")
    shutil.copytree(index_of(world.app), tmp_path / "copy")
    world.write("The tunnel", "The lamps are out.")
    shutil.rmtree(index_of(world.app))
    shutil.copytree(tmp_path / "copy", index_of(world.app))
    oskar = Reader(world, "oskar")
    assert "No answer yet" in oskar.open("/search?q=lamps").words, "the control: the copy is older"
    with world.app.app_context():
        health.mend(world.app)
        assert indexer.differences(world.app.extensions["chancery_search"]) == set()
    assert "1 answer" in oskar.open("/search?q=lamps").words
    assert "1 answer" in oskar.open("/search?q=girder").words


@on_disk
@pytest.mark.slow
def test_a_server_heals_an_index_that_somebody_put_back_without_a_word_from_anybody(make_app: AppMaker) -> None:
    world = World(make_app(port=free_port()))
    settings = world.app.extensions["chancery_settings"]
    with served(settings) as server:
        shutil.copytree(settings.index_dir, settings.data_dir / "copy")
        world.write("The tunnel", "The lamps are out.")
        server.kill()
        shutil.rmtree(settings.index_dir)
        shutil.copytree(settings.data_dir / "copy", settings.index_dir)
        server.start()
        begun, oskar = time.monotonic(), Client(server, "oskar")
        while not oskar.found("lamps"):
            assert time.monotonic() - begun < 10
            time.sleep(0.2)


def test_work_that_a_dead_process_had_claimed_is_done_by_the_next(world: World) -> None:
    address = world.write("The bridge", "The girder is cracked.")
    with world.app.app_context():
        document = world.document(address)
        with db.system_session(writing=True) as session:
            outbox.add(session, indexer.TOPIC, document.id)
            session.flush()
            session.execute(update(OutboxRow).values(claimed_at=db.now(), attempts=1))
        assert outbox.drain(wait=True) == 0, "the control: somebody else has it"
        outbox.give_back(db.now())
        assert outbox.drain(wait=True) == 1


def test_work_that_was_given_up_is_tried_again_after_a_start(world: World) -> None:
    address = world.write("The bridge", "The girder is cracked.")
    with world.app.app_context():
        document = world.document(address)
        with db.system_session(writing=True) as session:
            outbox.add(session, indexer.TOPIC, document.id)
            session.flush()
            session.execute(update(OutboxRow).values(attempts=outbox.GIVE_UP_AFTER))
        assert outbox.drain(wait=True) == 0
        assert not next(found for found in health.look(world.app) if found.about == "outbox").fine
        outbox.give_back(db.now())
        assert outbox.drain(wait=True) == 1


@contextmanager
def no_room_beyond(size: int) -> Iterator[None]:
    """No file may grow beyond this size, which is how a full disk feels to whoever writes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@on_disk
def test_a_full_disk_is_told_in_plain_words_and_leaves_nothing_half_written(world: World) -> None:
    address = world.write("The bridge", "The girder is cracked.")
    amina = Reader(world, "amina").open(f"{address}/edit")
    oskar = Reader(world, "oskar").open(address)
    before = everything(world)
    settings = world.app.extensions["chancery_settings"]
    with no_room_beyond(settings.database_file.with_name("chancery.sqlite3-wal").stat().st_size + 4000):
        amina.press("Save", body="No room. " * 10_000)
        assert amina.status == 503
        assert "Everything saved is safe." in amina.words
        assert amina.answer.headers["Retry-After"]
        assert "cracked" in oskar.open(address).words, "reading goes on"
    assert everything(world) == before
    with world.app.app_context(), db.system_session() as session:
        assert session.scalar(text("PRAGMA integrity_check")) == "ok"

    amina.open(f"{address}/edit").press("Save", body="Room again.")
    assert "Room again." in oskar.open(address).words


@on_disk
def test_a_file_for_which_there_is_no_room_leaves_no_trace(world: World) -> None:
    address = world.write("The bridge", "Words.")
    world.client("amina")
    before = everything(world)
    files = world.app.extensions["chancery_settings"].files_dir
    with no_room_beyond(300_000):
        answer = world.post("amina", f"{address}/files", {"file": (io.BytesIO(b"x" * 400_000), "plan.txt")})
    assert answer.status_code == 503
    assert "Everything saved is safe." in answer.text
    assert everything(world) == before
    assert [file for file in files.rglob("*") if file.is_file()] == []
    assert world.post("amina", f"{address}/files", {"file": (io.BytesIO(b"x"), "plan.txt")}).status_code == 303
