"""`make serve` on a fresh clone installs, serves and lets the administrator in; the next start changes nothing."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, ProxyHandler, build_opener

import pytest

ROOT = Path(__file__).resolve().parents[2]
FIRST_START, NEXT_START = 300.0, 30.0
PASSWORD = "heron velvet ladder"

pytestmark = pytest.mark.slow


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What git keeps, as it stands now, in a folder of its own: no environment, nothing built, no data."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode:
        pytest.skip("this is not a git checkout, so there is nothing to clone")
    target = tmp_path / "clone"
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            (target / name).write_bytes((ROOT / name).read_bytes())
    return target


def free_port() -> int:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@contextmanager
def served(clone: Path, port: int, patience: float) -> Iterator[Path]:
    """Run `make serve` until the block ends; gives the file with what it said."""
    said = clone.parent / f"said-{time.monotonic_ns()}"
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("CHANCERY_", "VIRTUAL_ENV", "MAKE"))
    }
    with said.open("wb") as log:
        running = subprocess.Popen(
            ["make", "serve", f"CHANCERY_PORT={port}"],
            cwd=clone, env=clean, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        wait_until_it_answers(running, port, patience, said)
        yield said
    finally:
        with suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGTERM)
        running.wait(60)


def wait_until_it_answers(running: subprocess.Popen[bytes], port: int, patience: float, said: Path) -> None:
    end = time.monotonic() + patience
    while time.monotonic() < end:
        assert running.poll() is None, said.read_text()
        try:
            with browser().open(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
                assert answer.read() == b"ready\n"
                return
        except URLError:
            time.sleep(0.2)
    pytest.fail(f"no answer within {patience:.0f} s:\n{said.read_text()}")


def browser() -> OpenerDirector:
    return build_opener(ProxyHandler({}), HTTPCookieProcessor(CookieJar()))


def content(clone: Path) -> list[str]:
    with closing(sqlite3.connect(clone / "instance/chancery.sqlite3")) as connection:
        return list(connection.iterdump())


def test_one_command_serves_a_fresh_clone_and_changes_nothing_the_next_time(clone: Path) -> None:
    port = free_port()
    with served(clone, port, FIRST_START) as said:
        link = re.search(rf"http://127\.0\.0\.1:{port}/welcome/\S+", said.read_text())
        assert link, said.read_text()
        assert "Chancery" in choose_password(link[0])
    before = content(clone)
    assert any(line.startswith('INSERT INTO "guideline"') for line in before)
    begun = time.monotonic()
    with served(clone, port, NEXT_START) as said:
        assert time.monotonic() - begun < NEXT_START
        assert "/welcome/" not in said.read_text()
    assert content(clone) == before


def choose_password(link: str) -> str:
    """Use the invitation as a browser would; gives the page one lands on."""
    opened = browser()
    with opened.open(link, timeout=10) as page:
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.read().decode())
    assert token
    form = {"csrf_token": token[1], "password": PASSWORD}
    with opened.open(link, urlencode(form).encode(), timeout=10) as page:
        assert page.url.endswith("/")
        return str(page.read().decode())
