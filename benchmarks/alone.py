"""Processor time of single requests, inside this process: busy neighbours on the machine hardly touch it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from werkzeug.test import EnvironBuilder

from benchmarks import load, reference, world
from benchmarks.load import Pace
from benchmarks.reader import hidden

REQUESTS = 150
FORM = "application/x-www-form-urlencoded"


def cpu(
    folder: Path, database: Path, asked: dict[str, list[str]], name: str, sent: Sequence[dict[str, str]] = ()
) -> dict[str, Pace]:
    """Milliseconds of processor time by row; the bare route, under `name`, is asked in turns with everything else.

    `sent` are boxes of lessons for which similar ones are sought.
    """
    app, bare = world.application(folder), reference.create_app(str(database))
    cookie, token = _signed_in(app)
    took: dict[str, list[float]] = {name: []}
    for what, addresses in asked.items():
        _warm(app, addresses, cookie)
        for number in range(REQUESTS):
            took.setdefault(what, []).append(_one(app, addresses[number % len(addresses)], cookie))
            took[name].append(_one(bare, f"/page/{number % 50 + 1}", ""))
    for number in range(REQUESTS if sent else 0):
        body = urlencode(sent[number % len(sent)] | {"csrf_token": token})
        took.setdefault("similar lessons", []).append(_one(app, "/lessons/similar", cookie, body))
    app.extensions["chancery_search"].close()
    app.extensions["chancery_db"].engine.dispose()
    return {what: load.pace(each, sum(each) / 1000) for what, each in took.items()}


def _signed_in(app: Flask) -> tuple[str, str]:
    """The cookie of somebody signed in, and the token of their forms."""
    browser = app.test_client()
    page = browser.get("/sign-in").text
    fields = {"email": world.EMAIL, "password": world.PASSWORD, "csrf_token": hidden(page, "csrf_token")}
    answer = browser.post("/sign-in", data=fields)
    if answer.status_code != 303:
        raise RuntimeError("the reader could not sign in")
    token = hidden(browser.get("/lessons/new").text, "csrf_token")
    kept = browser.get_cookie("sid")
    return (f"sid={kept.value}" if kept else ""), token


def _warm(app: Flask, addresses: Iterable[str], cookie: str) -> None:
    for _number, address in zip(range(20), reversed(list(addresses)), strict=False):
        _one(app, address, cookie)


def _one(app: Flask, address: str, cookie: str, body: str | None = None) -> float:
    path, _, query = address.partition("?")
    headers = {"Cookie": cookie, "Accept-Encoding": "br, gzip", **({"HX-Request": "true"} if body else {})}
    sent = {"method": "POST", "data": body, "content_type": FORM} if body else {}
    environ = EnvironBuilder(path=path, query_string=query, headers=headers, **sent).get_environ()
    said: list[str] = []

    def start(status: str, _headers: Any, _error: Any = None) -> Any:
        said.append(status)

    begun = time.process_time()
    answer: Any = app.wsgi_app(environ, start)
    for _piece in answer:
        pass
    if hasattr(answer, "close"):
        answer.close()
    took = 1000 * (time.process_time() - begun)
    if not said[0].startswith("200"):
        raise RuntimeError(f"{address} was answered with {said[0]}")
    return took
