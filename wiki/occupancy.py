"""Who works on the data folder: servers and workers share it, a restore has it alone.

The kernel gives the lock back when a process ends, however it ends. A server's workers hold what its master took.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK = "serving"


class Occupied(RuntimeError):
    """The data folder is in use; the message says by what and what to do."""


def share(folder: Path) -> int:
    """Work on this folder for as long as this process lives; gives the descriptor that says so. Raises Occupied."""
    try:
        return _locked(folder, fcntl.LOCK_SH)
    except BlockingIOError:
        raise Occupied(f"A backup is being restored into {folder}. Start again when that is done.") from None


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Have this folder to oneself. Raises Occupied while a server or a worker runs on it."""
    try:
        descriptor = _locked(folder, fcntl.LOCK_EX)
    except BlockingIOError:
        raise Occupied(
            f"Chancery is running on {folder}. Stop it, and “chancery work” if it runs, then try again."
        ) from None
    try:
        yield
    finally:
        os.close(descriptor)


def _locked(folder: Path, how: int) -> int:
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
