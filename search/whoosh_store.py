"""The files of the Whoosh engine: generations, the pointer to the one in use, and the turn to write."""

# Whoosh has no types, so its calls cannot be checked.
# mypy: allow-untyped-calls

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from whoosh.filedb.filestore import FileStorage
from whoosh.index import FileIndex

from search.engine import EngineBusy
from search.whoosh_schema import schema

OPEN, HELD = "open", "held"
_POLL = 0.01


class Store:
    """A directory of generations. Only its owner may enter: index files hold restricted words, and are pickles."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._pointer = root / "current"
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        root.chmod(0o700)

    def current(self) -> Path:
        """The generation in use."""
        return self.root / self._pointer.read_text().strip()

    def ensure(self, timeout: float) -> None:
        """Make an empty first generation where there is none."""
        if not self._pointer.exists():
            with self.turn(timeout):
                if not self._pointer.exists():
                    self.swap(self.new())

    def new(self) -> Path:
        """An empty generation beside the one in use."""
        taken = [int(path.name[1:]) for path in self.root.glob("g*") if path.name[1:].isdigit()]
        made = self.root / f"g{max(taken, default=0) + 1}"
        for name in (OPEN, HELD):
            (made / name).mkdir(mode=0o700, parents=True)
            storage(made / name).create_index(schema())
        return made

    def swap(self, generation: Path) -> None:
        """Put a generation in use; readers see the old one or the new one, never half of either."""
        for folder, _folders, files in os.walk(generation):
            for name in (*files, "."):
                _flush(Path(folder) / name)
        fresh = self.root / "current.new"
        fresh.write_text(generation.name)
        _flush(fresh)
        fresh.replace(self._pointer)
        _flush(self.root)

    def sweep(self) -> None:
        """Drop every generation but the one in use."""
        for path in self.root.glob("g*"):
            if path != self.current():
                shutil.rmtree(path, ignore_errors=True)

    @contextmanager
    def turn(self, timeout: float) -> Iterator[None]:
        """Wait for the turn to write, across threads and processes; the system ends it if the process dies."""
        handle = os.open(self.root / "write.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _wait_for(handle, time.monotonic() + timeout)
            yield
        finally:
            os.close(handle)


def storage(folder: Path) -> FileStorage:
    """Whoosh's storage without mmap, which would copy the whole index into every process."""
    return FileStorage(str(folder), supports_mmap=False)


def opened(folder: Path) -> FileIndex:
    index: FileIndex = storage(folder).open_index()
    return index


def _wait_for(handle: int, deadline: float) -> None:
    while True:
        try:
            return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise EngineBusy("another process is writing the search index") from None
            time.sleep(_POLL)


def _flush(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
