"""Sending what was gathered to the press: with the pictures that this reader may see, and with nothing else."""

from __future__ import annotations

import base64
import contextlib
import ctypes
import functools
import hashlib
import importlib.util
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from flask import Flask, current_app
from sqlalchemy.orm import Session

from guidelines.guides.booklet.gathering import Chapter
from wiki.access.policy import Viewer
from wiki.documents import files, passages_files, web
from wiki.health import Finding

HERE = Path(__file__).resolve().parent
PRESS, SHEET = HERE / "press.py", HERE / "paper.css"
# In seconds. Whoever waits as long had better take fewer guidelines.
MOST_SECONDS = 240.0
# Of pictures in one PDF, in bytes: what is above that is left out.
MOST_PICTURES = 40_000_000
# Headings are set in the letters of our pages.
FONTS = {"/font/latin": "serif-latin.woff2", "/font/latin-ext": "serif-latin-ext.woff2"}
# As WeasyPrint looks for them, on Linux and on a Mac.
_LIBRARIES = (
    ("libpango-1.0.so.0", "libpango-1.0.dylib"),
    ("libpangoft2-1.0.so.0", "libpangoft2-1.0.dylib"),
    ("libharfbuzz-subset.so.0", "libharfbuzz-subset.0.dylib"),
)


class PressFailed(Exception):
    """No PDF came of it; the message says why, without a word of any text."""


@dataclass(slots=True)
class Order:
    """What the press is sent: HTML, and pictures by the path under which the HTML names them, by type and hash."""

    html: str
    pictures: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Of everything in it: the same as long as nothing changed for its reader."""
        told = json.dumps([self.html, sorted(self.pictures.items())], ensure_ascii=False)
        return hashlib.sha256(told.encode()).hexdigest()


@functools.cache
def trouble() -> str:
    """What is missing for PDFs on this machine; empty when nothing is."""
    if importlib.util.find_spec("weasyprint") is None:
        return "weasyprint"
    return next((names[0] for names in _LIBRARIES if not any(map(_loads, names))), "")


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def findings(app: Flask) -> Iterator[Finding]:
    """What `chancery check` says. Without PDFs there are still pages to print, so that is no trouble."""
    missing = trouble()
    if not missing and subprocess.run([*_command(), "--try"], capture_output=True, env=_environment()).returncode:  # noqa: S603
        missing = "a library that WeasyPrint needs"
    words = f"cannot be made, {missing} is missing (docs/operations.md); pages can be printed"
    yield Finding("pdf", True, words if missing else "can be made")


def order(session: Session, viewer: Viewer, html: str, chapters: tuple[Chapter, ...], prefix: str) -> Order:
    """The order for this HTML, with those pictures in it that this viewer sees."""
    found = Order(html)
    for chapter in chapters:
        named = passages_files.named_in(chapter.html)
        if not named:
            continue
        place = f"{prefix}/{chapter.entry.slug}/files/"
        for file in passages_files.of_document(session, viewer, chapter.document):
            if file.name in named and files.is_picture(file.media_type):
                found.pictures.setdefault(place + file.name, (file.media_type, file.sha256))
    return found


def send(sent: Order, target: Path, *, tell: Callable[[int], None]) -> int:
    """Let the press make the file, and return the number of pages. `tell` is called with the number of pages so far.

    Raises PressFailed.
    """
    message = json.dumps({"html": sent.html, "css": SHEET.read_text("utf-8"), **_whole(sent)}).encode()
    pages = 0
    with subprocess.Popen(  # noqa: S603
        [*_command(), str(target)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_environment(),
    ) as press:
        assert press.stdin is not None
        assert press.stdout is not None
        clock = threading.Timer(MOST_SECONDS, press.kill)
        clock.start()
        writer = threading.Thread(target=_write, args=(press.stdin, message), daemon=True)
        writer.start()
        try:
            for line in press.stdout:
                word, _, number = line.decode().partition(" ")
                if word == "pages":
                    pages = int(number)
                elif word == "page":
                    tell(int(number))
        finally:
            clock.cancel()
            if pages == 0:
                press.kill()
    if press.returncode != 0 or not pages:
        raise PressFailed(f"the press ended with {press.returncode}")
    return pages


def _write(pipe: BinaryIO, message: bytes) -> None:
    # A press that ended early says so by its code.
    with contextlib.suppress(BrokenPipeError), pipe:
        pipe.write(message)


def _whole(sent: Order) -> dict[str, Any]:
    came, room = {}, MOST_PICTURES
    for path, (media_type, sha256) in sent.pictures.items():
        content = _content(sha256, room)
        room -= len(content)
        if content:
            came[path] = _packed(media_type, content)
    manifest = current_app.extensions["chancery_assets"]
    for path, name in FONTS.items():
        came[path] = _packed("font/woff2", manifest.file(name).read_bytes())
    house = urlsplit(web.settings().public_url)
    return {"base": f"{house.scheme}://{house.netloc}", "files": came}


def _content(sha256: str, most: int) -> bytes:
    """A picture, or nothing if it is gone or too big for the room that is left."""
    try:
        with web.file_store().open(sha256) as file:
            content: bytes = file.read(most + 1)
    except FileNotFoundError:
        return b""
    return content if len(content) <= most else b""


def _packed(media_type: str, content: bytes) -> dict[str, str]:
    return {"type": media_type, "content": base64.b64encode(content).decode()}


def _command() -> tuple[str, ...]:
    # Our own file and our own Python (S603): nothing in the command comes from anybody else.
    # Isolated: neither the folder it is started in nor the environment may give it other modules.
    return sys.executable, "-I", str(PRESS)


def _environment() -> dict[str, str]:
    """What finding fonts needs, and none of our secrets."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH") if name in os.environ}
    return {**kept, "LANG": "C.UTF-8"}
