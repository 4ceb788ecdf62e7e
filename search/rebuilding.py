"""Building the index anew while people go on searching."""

from __future__ import annotations

import logging
import threading

from flask import Flask, current_app

from search import indexer
from search.engine import Engine

log = logging.getLogger(__name__)
_rebuilding = threading.Lock()


def rebuild_soon(engine: Engine) -> None:
    """Build the index anew in a thread of its own, once at a time."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]

    def build() -> None:
        if not _rebuilding.acquire(blocking=False):
            return
        try:
            with app.app_context():
                indexer.rebuild(engine)
        except Exception:
            log.exception("search: the index could not be built anew; “chancery search rebuild” tries again")
        finally:
            _rebuilding.release()

    threading.Thread(target=build, daemon=True).start()
