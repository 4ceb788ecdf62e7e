"""The reader at a browser: signs in, saves a text, waits until it is found."""

from __future__ import annotations

import html
import http.client
import re
import secrets
import time
from collections.abc import Mapping
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from benchmarks.world import EMAIL, PASSWORD

PATIENCE = 20.0


class Reader:
    """One connection of a signed-in person. `cookie` may be used by others beside it."""

    def __init__(self, port: int, cookie: str = "") -> None:
        self.port, self.cookie = port, cookie
        self._line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._token = ""

    def sign_in(self) -> str:
        """Sign in with the form as anybody does; returns the cookie."""
        page = self.get("/sign-in")
        fields = {"email": EMAIL, "password": PASSWORD, "csrf_token": hidden(page, "csrf_token")}
        if self.post("/sign-in", fields) != 303:
            raise RuntimeError("the reader could not sign in")
        return self.cookie

    def get(self, path: str) -> str:
        status, body = self._ask("GET", path)
        if status != 200:
            raise RuntimeError(f"{path} was answered with {status}")
        return body

    def post(self, path: str, fields: dict[str, str]) -> int:
        return self._ask("POST", path, urlencode(fields))[0]

    def part(self, path: str, fields: Mapping[str, str]) -> str:
        """Send a form as a script on the page does, which is answered with a part of it."""
        status, body = self._ask("POST", path, urlencode(fields), {"HX-Request": "true"})
        if status != 200:
            raise RuntimeError(f"{path} was answered with {status}")
        return body

    def questions(self, path: str) -> list[tuple[str, dict[str, str]]]:
        """The questions of a module: where each is answered, and the fields with its first choice ticked."""
        names = ("csrf_token", "document", "revision", "turn")
        return [
            (form[1], {name: hidden(form[0], name) for name in names} | {"answer": "0"})
            for form in re.finditer(
                r'<form method="post" action="([^"]+/answers/[^"]+)".*?</form>', self.get(path), re.S
            )
        ]

    def begin(self, path: str) -> dict[str, str]:
        """Open the form to change a text: its fields as they stand."""
        page = self.get(f"{path}/edit")
        fields = {name: hidden(page, name) for name in ("csrf_token", "base_revision")}
        body = re.search(r"<textarea[^>]*name=\"body\"[^>]*>\n?(.*?)</textarea>", page, re.S)
        title = re.search(r"<input[^>]*name=\"title\"[^>]*>", page)
        if not (body and title):
            raise RuntimeError(f"{path} has no form to change it")
        return fields | {"body": html.unescape(body[1]), "title": _value(title[0]), "lang": "en"}

    def save(self, path: str, fields: dict[str, str], words: str) -> None:
        """Save the text with some words added, and remember that the next change builds on this one."""
        changed = fields | {"body": f"{fields['body']}\n\n{words}", "key": secrets.token_urlsafe(16)}
        status = self.post(f"{path}/edit", changed)
        if status != 303:
            raise RuntimeError(f"saving {path} was answered with {status}")
        fields["base_revision"] = str(int(fields["base_revision"]) + 1)

    def save_until_found(self, path: str, fields: dict[str, str], word: str) -> float:
        """Save a word nobody used before, and ask the search until it shows this text; in milliseconds."""
        begun = time.perf_counter()
        self.save(path, fields, word)
        while f'href="{path}' not in self.get(f"/search?q={word}"):
            if time.perf_counter() - begun > PATIENCE:
                raise RuntimeError(f"{path} was not found by {word} within {PATIENCE:.0f} seconds")
        return 1000 * (time.perf_counter() - begun)

    def _ask(
        self, method: str, path: str, body: str | None = None, more: Mapping[str, str] | None = None
    ) -> tuple[int, str]:
        headers = {"Cookie": self.cookie, **(more or {})}
        if body is not None:
            headers |= {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"http://127.0.0.1:{self.port}"}
        self._line.request(method, path, body, headers)
        answer = self._line.getresponse()
        for line in answer.headers.get_all("Set-Cookie") or ():
            self.cookie = "; ".join(f"{name}={each.value}" for name, each in SimpleCookie(line).items())
        return answer.status, answer.read().decode()


def hidden(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
    if not found:
        raise RuntimeError(f"the page has no field {name}")
    return _value(found[0])


def _value(tag: str) -> str:
    found = re.search(r'value="([^"]*)"', tag)
    return html.unescape(found[1]) if found else ""
