"""The shelf of finished PDFs: files in the data directory, by public id, for the machine's user alone."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

from wiki.documents import web

_NAME = re.compile(r"[a-z0-9]{12}")


def place(public_id: str) -> Path:
    """Where the file of a booklet lies, whether it is there or not; the folder is made."""
    if not _NAME.fullmatch(public_id):
        raise ValueError("not a public id")
    folder = web.settings().booklets_dir
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder / f"{public_id}.pdf"


def growing(public_id: str) -> Path:
    """A new, empty place for a file that is being made: nobody is served half of it."""
    at = place(public_id).with_suffix(".growing")
    at.unlink(missing_ok=True)
    os.close(os.open(at, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    return at


def remove(public_id: str) -> None:
    """Throw a file away, if it is there."""
    place(public_id).unlink(missing_ok=True)


def clear(older_than: float) -> int:
    """Throw away what has lain there for so many seconds, finished or not, and return how much it was."""
    folder, gone = web.settings().booklets_dir, 0
    if not folder.is_dir():
        return 0
    for path in folder.iterdir():
        if path.stat().st_mtime < time.time() - older_than:
            path.unlink(missing_ok=True)
            gone += 1
    return gone
