"""Work that waits for another machine: tried again later and later, and never in the way of other work."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from flask import Flask

from wiki import db, outbox
from wiki.outbox import Later

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def ask(app: Flask, topic: str, *refs: int) -> None:
    with app.app_context(), db.system_session(writing=True) as session:
        for ref in refs:
            outbox.add(session, topic, ref)


def drain(app: Flask) -> None:
    with app.app_context():
        outbox.drain(wait=True)


def test_what_waits_is_tried_again_later_and_later_and_the_rest_is_done(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment, tried = [NOON], []

    def handler(refs: Sequence[int], upto: int) -> None:
        tried.append((int((moment[0] - NOON).total_seconds() // 60), list(refs)))
        raise Later([2])

    monkeypatch.setattr(db, "now", lambda: moment[0])
    outbox.handle(app.extensions["chancery_db"], "test", handler, slow=True)
    ask(app, "test", 1, 2, 3)
    for _ in range(4 * 60):
        drain(app)
        moment[0] += timedelta(minutes=1, seconds=1)
    assert tried[0] == (0, [1, 2, 3])
    assert [refs for _, refs in tried[1:]] == [[2]] * (len(tried) - 1)
    minutes = [at for at, _ in tried]
    gaps = [later - earlier for earlier, later in pairwise(minutes)]
    assert gaps == sorted(gaps)
    assert 2 * gaps[-2] <= gaps[-1] + 8, "about twice as long each time"
    with app.app_context(), db.system_session() as session:
        assert outbox.pending(session, "test") == [2]


def test_after_two_days_it_is_left_alone(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    moment, tried = [NOON], []

    def handler(refs: Sequence[int], upto: int) -> None:
        tried.append(moment[0])
        raise Later(refs)

    monkeypatch.setattr(db, "now", lambda: moment[0])
    outbox.handle(app.extensions["chancery_db"], "test", handler, slow=True)
    ask(app, "test", 1)
    for _ in range(24 * 5):
        drain(app)
        moment[0] += timedelta(hours=1)
    assert len(tried) == outbox.GIVE_UP_AFTER
    assert timedelta(days=1, hours=20) < tried[-1] - tried[0] < timedelta(days=3)
    with app.app_context():
        outbox.give_back(moment[0])
        outbox.drain()
    assert len(tried) == outbox.GIVE_UP_AFTER + 1, "a start tries it again"


def test_a_slow_server_keeps_no_other_work_waiting(app: Flask) -> None:
    busy, go_on, done = threading.Event(), threading.Event(), []

    def slow(refs: Sequence[int], upto: int) -> None:
        busy.set()
        assert go_on.wait(10)

    outbox.handle(app.extensions["chancery_db"], "slow", slow, slow=True)
    outbox.handle(app.extensions["chancery_db"], "quick", lambda refs, upto: done.extend(refs))
    ask(app, "slow", 1)
    sender = threading.Thread(target=drain, args=(app,))
    sender.start()
    try:
        assert busy.wait(10)
        ask(app, "quick", 7)
        with app.app_context():
            outbox.drain()
        assert done == [7]
    finally:
        go_on.set()
        sender.join()


def test_what_takes_long_keeps_neither_mail_nor_clocks_waiting(app: Flask) -> None:
    done: list[str] = []

    def press(refs: Sequence[int], upto: int) -> None:
        done.append(f"long {len(refs)}")
        # Whoever asks for it asks for more of it meanwhile.
        ask(app, "long", 1)

    outbox.handle(app.extensions["chancery_db"], "long", press, long=True)
    outbox.handle(app.extensions["chancery_db"], "post", lambda refs, upto: done.append("mail"), slow=True)
    ask(app, "long", 1, 2)
    ask(app, "post", 1)
    drain(app)
    assert done == ["mail", "long 1"], "and the drain comes to an end"
