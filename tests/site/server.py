"""A real gunicorn on a data folder of its own, and people who talk to it over HTTP."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from html import unescape
from http.client import HTTPException
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, HTTPRedirectHandler, ProxyHandler, build_opener

from tests.people import PASSWORD, email, hidden
from wiki.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
# What a client meets when a server dies under it.
BROKEN = (URLError, HTTPException, ConnectionError, TimeoutError)


def free_port() -> int:
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


class Server:
    """gunicorn as `chancery serve` starts it."""

    def __init__(self, settings: Settings) -> None:
        self.url, self.said = f"http://127.0.0.1:{settings.port}", settings.data_dir / "said.txt"
        clean = {name: value for name, value in os.environ.items() if not name.startswith("CHANCERY_")}
        self.environment = clean | {
            "CHANCERY_DATA_DIR": str(settings.data_dir),
            "CHANCERY_DATABASE_URL": settings.database_url,
            "CHANCERY_SECRET_KEY": settings.secret_key,
            "CHANCERY_PORT": str(settings.port),
        }
        self.running: subprocess.Popen[bytes]

    def start(self) -> None:
        command = [sys.executable, "-m", "gunicorn", "--config", "python:wiki.server", "wsgi:app"]
        with self.said.open("ab") as log:
            self.running = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        end = time.monotonic() + 30
        while time.monotonic() < end:
            try:
                with build_opener(ProxyHandler({})).open(f"{self.url}/readyz", timeout=5):
                    return
            except BROKEN:
                assert self.running.poll() is None, self.said.read_text()
                time.sleep(0.1)
        raise AssertionError(f"no answer: {self.said.read_text()}")

    def workers(self) -> list[int]:
        master = self.running.pid
        return [int(pid) for pid in Path(f"/proc/{master}/task/{master}/children").read_text().split()]

    def kill(self) -> None:
        """Everything at once, as when the power fails."""
        os.killpg(self.running.pid, signal.SIGKILL)
        self.running.wait(10)


@contextmanager
def served(settings: Settings) -> Iterator[Server]:
    server = Server(settings)
    server.start()
    try:
        yield server
    finally:
        if server.running.poll() is None:
            server.kill()


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *anything: Any) -> None:
        """Let the caller see the redirect: it is how a save is confirmed."""


class Client:
    """One person's connection."""

    def __init__(self, server: Server, who: str) -> None:
        self.server = server
        self.opener = build_opener(ProxyHandler({}), HTTPCookieProcessor(CookieJar()), _Stay())
        page = self.get("/sign-in")
        form = {"email": email(who), "password": PASSWORD, "csrf_token": hidden(page, "csrf_token")}
        assert self.post("/sign-in", form) == 303

    def get(self, path: str) -> str:
        with self.opener.open(self.server.url + path, timeout=30) as answer:
            return str(answer.read().decode())

    def post(self, path: str, form: dict[str, str]) -> int:
        try:
            with self.opener.open(self.server.url + path, urlencode(form).encode(), timeout=30) as answer:
                return int(answer.status)
        except HTTPError as error:
            error.close()
            return error.code

    def form(self, path: str) -> dict[str, str]:
        """The hidden fields of the page at an address, and its title."""
        page = self.get(path)
        names = ("csrf_token", "key", "base_revision", "title")
        return {name: unescape(hidden(page, name)) for name in names}

    def found(self, words: str) -> bool:
        page = self.get("/search?" + urlencode({"q": f'"{words}"'}))
        return re.search(r"\b1 answer\b", page) is not None
