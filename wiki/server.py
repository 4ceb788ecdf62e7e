"""The configuration of gunicorn. `chancery serve` uses it; so does `gunicorn --config python:wiki.server wsgi:app`."""

from __future__ import annotations

import gc
import logging
import os
import threading
import time
from collections.abc import Callable
from itertools import count
from typing import Any

from wiki import db, health, occupancy, outbox, settings

_chosen = settings.read()

bind = f"{_chosen.host}:{_chosen.port}"
workers = _chosen.workers
threads = _chosen.threads
worker_class = "gthread"
preload_app = True
timeout = 30
graceful_timeout = 20
keepalive = 5
max_requests = 20000
max_requests_jitter = 2000
# The heartbeat file belongs in memory: on a slow disk it would block the worker.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108
forwarded_allow_ips = "127.0.0.1"
accesslog = None
errorlog = "-"
loglevel = "warning"

# How often a worker looks for work that another process left undone, in seconds.
LOOK_EVERY = 2.0
# At which look a new worker takes over what a dead one had claimed: living ones have finished theirs by then.
TAKE_OVER_AT = 2


def on_starting(server: Any) -> None:
    """Let nobody restore a backup under a running server. The workers hold on to it even when the master is killed."""
    if _chosen.is_sqlite:
        occupancy.share(_chosen.data_dir)


def when_ready(server: Any) -> None:
    """Load every template before the workers split off, so that an upgrade under a running server changes none of them.

    What is loaded by now never becomes garbage: looking through it would only copy it.
    """
    from wsgi import app

    for name in app.jinja_env.list_templates(extensions=["html", "txt"]):
        app.jinja_env.get_template(name)
    gc.collect()
    gc.freeze()


def post_fork(server: Any, worker: Any) -> None:
    """Nothing of the parent's connections may be used here; then keep an eye on the outbox."""
    from wsgi import app

    app.extensions["chancery_db"].after_fork()
    if _chosen.drain == "web":
        # The first worker of a server mends, once; those that take the place of others need not.
        threading.Thread(target=_keep_an_eye, args=(app, worker.age == 1), daemon=True).start()


def _keep_an_eye(app: Any, is_first: bool) -> None:
    begun = db.now()
    if is_first:
        _safely(app, lambda: health.mend(app))
    for look in count(1):
        time.sleep(LOOK_EVERY)
        if look == TAKE_OVER_AT:
            _safely(app, lambda: outbox.give_back(begun))
        _safely(app, outbox.drain)


def _safely(app: Any, work: Callable[[], object]) -> None:
    try:
        with app.app_context():
            work()
    except Exception:
        logging.getLogger(__name__).exception("the outbox could not be drained; trying again soon")
