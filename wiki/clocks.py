"""Clocks: what is due by now is done, by whoever looks first. Deadlines are stored moments, so a clock that was stopped
fires late, and never twice.

A clock is a function that takes the steps due, each in a transaction of its own and by a conditional change, so that
any number of nodes may run it at once. `chancery work` runs them all the time; without it a request does, now and then,
after its answer was sent.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta

from flask import Flask, current_app

from wiki import db

log = logging.getLogger(__name__)

# A clock returns how many steps it took.
Clock = Callable[[], int]
BETWEEN_LOOKS = timedelta(seconds=60)
_running = threading.Lock()


def add(app: Flask, name: str, clock: Clock) -> None:
    """Let this clock of an application run from now on."""
    app.extensions.setdefault("chancery_clocks", {})[name] = clock


def run() -> int:
    """Take every step that is due, and return how many there were. A clock that fails does not stop the others."""
    taken = 0
    for name, clock in current_app.extensions.get("chancery_clocks", {}).items():
        try:
            taken += clock()
        except Exception:
            log.exception("clocks: “%s” failed and will be tried again", name)
    return taken


def run_now_and_then() -> int:
    """The same, at most once a minute in each process: what a request may do after it was answered."""
    if not _running.acquire(blocking=False):
        return 0
    try:
        last: datetime | None = current_app.extensions.get("chancery_clocks_ran")
        if last is not None and timedelta() <= db.now() - last < BETWEEN_LOOKS:
            return 0
        current_app.extensions["chancery_clocks_ran"] = db.now()
        return run()
    finally:
        _running.release()
