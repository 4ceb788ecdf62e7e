"""No confirmed save is lost when workers and the whole server are killed, and search finds its way back by itself."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import undefer

from search import indexer
from tests.conftest import AppMaker
from tests.people import World
from tests.site.server import BROKEN, Client, Server, free_port, served
from wiki import db, outbox
from wiki.documents.models import Document, Revision

pytestmark = pytest.mark.slow

WRITERS = ("amina", "okello", "tomas", "leila", "bruno")
SAVES, WORKER_KILLS = 500, (60, 120, 180, 240, 300, 360, 420)
PATIENCE = 10.0


@dataclass
class Ledger:
    """What the server confirmed: for each address the words saved there, in order."""

    confirmed: dict[str, list[str]] = field(default_factory=dict)
    enough: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def total(self) -> int:
        with self.lock:
            return sum(map(len, self.confirmed.values()))

    def note(self, address: str, words: str) -> None:
        with self.lock:
            self.confirmed.setdefault(address, []).append(words)


def write_on(server: Server, who: str, address: str, ledger: Ledger) -> None:
    """Save again and again. A save counts only when the server said so; after trouble, look what is there."""
    client, number = Client(server, who), 0
    while not ledger.enough.is_set():
        number += 1
        words = f"{who}word{number}"
        with suppress(*BROKEN):
            form = client.form(f"{address}/edit") | {"body": f"The newest is {words}.", "lang": "en"}
            if client.post(f"{address}/edit", form) == 303:
                ledger.note(address, words)


def test_no_confirmed_save_is_lost_and_search_agrees_after_the_restart(make_app: AppMaker) -> None:
    app = make_app(port=free_port())
    world = World(app)
    places = {who: world.write(f"Notes of {who}", "Nothing yet.", by=who, owner="lisbon") for who in WRITERS}
    ledger = Ledger()
    with served(app.extensions["chancery_settings"]) as server:
        writers = [threading.Thread(target=write_on, args=(server, who, places[who], ledger)) for who in WRITERS]
        for writer in writers:
            writer.start()
        kill_workers(server, ledger)
        server.kill()
        ledger.enough.set()
        for writer in writers:
            writer.join(60)
        assert ledger.total >= SAVES
        assert_kept(app, ledger)

        server.start()
        begun = time.monotonic()
        while trouble := disagreements(app):
            assert time.monotonic() - begun < PATIENCE, trouble
            time.sleep(0.2)
        assert_found(server, app)


def kill_workers(server: Server, ledger: Ledger) -> None:
    """SIGKILL a worker at each mark, and return while everybody is still writing."""
    end = time.monotonic() + 300
    for mark in (*WORKER_KILLS, SAVES):
        while ledger.total < mark:
            assert time.monotonic() < end, f"only {ledger.total} saves"
            time.sleep(0.02)
        if mark != SAVES:
            os.kill(random.choice(server.workers()), signal.SIGKILL)


def assert_kept(app: Flask, ledger: Ledger) -> None:
    with app.app_context(), db.system_session() as session:
        rows = session.execute(
            select(Document.slug, Revision).join(Document, Document.id == Revision.document_id)
            .order_by(Revision.document_id, Revision.number).options(undefer(Revision.body))
        ).all()  # fmt: skip
        if db.database().is_sqlite:
            assert session.scalar(text("PRAGMA integrity_check")) == "ok"
    for address, words in ledger.confirmed.items():
        revisions = [revision for slug, revision in rows if address == f"/wiki/{slug}"]
        bodies = [revision.body.removeprefix("The newest is ").rstrip(".\n") for revision in revisions]
        assert [revision.number for revision in revisions] == list(range(1, len(revisions) + 1))
        assert [body for body in bodies if body in set(words)] == words, "every confirmed save, once and in order"


def disagreements(app: Flask) -> str:
    """What search does not know yet; empty when it agrees with the database."""
    with app.app_context(), db.system_session() as session:
        waiting = outbox.pending(session, indexer.TOPIC)
        wrong = indexer.differences(app.extensions["chancery_search"])
    return f"{len(waiting)} wait, {len(wrong)} differ" if waiting or wrong else ""


def assert_found(server: Server, app: Flask) -> None:
    with app.app_context(), db.system_session() as session:
        newest = session.scalars(
            select(Revision.body).join(Document, Document.id == Revision.document_id)
            .where(Revision.number == Document.published)
        ).all()  # fmt: skip
    reader = Client(server, "oskar")
    words = [body.removeprefix("The newest is ").rstrip(".\n") for body in newest]
    assert [word for word in words if not reader.found(word)] == []
