"""The front door: which addresses there are, that each says who may call it, and what every answer carries."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from tests.conftest import AppMaker
from tests.people import PASSWORD, World, email, hidden, sign_in
from wiki import db
from wiki.access.guard import needs
from wiki.access.policy import Action
from wiki.documents.sharing import Sharing
from wiki.people.viewer import today
from wiki.web import HEADERS

# Every address we promise, one a line. When a line goes, links of other people break: let the old address lead on.
PROMISED = Path(__file__).with_name("routes.txt")
OPEN_TO_ALL = {
    "home.healthz", "home.readyz", "people.ask_for_link", "people.choose_password", "people.forgot",
    "people.sign_in", "people.sign_in_now", "people.sign_out", "people.welcome",
}  # fmt: skip


def line(rule: Rule) -> str:
    methods = ",".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
    return f"{rule.rule}  {methods}  {rule.endpoint}"


def test_the_addresses_are_those_we_promised(app: Flask) -> None:
    there = sorted(line(rule) for rule in app.url_map.iter_rules())
    promised = PROMISED.read_text(encoding="utf-8").splitlines()
    assert there == promised, "write new addresses into tests/site/routes.txt, and let old ones lead on"


def test_every_view_says_what_it_is_for(app: Flask) -> None:
    views = app.view_functions
    assert {name for name, view in views.items() if getattr(view, "open_to_all", False)} == OPEN_TO_ALL
    silent = {name for name, view in views.items() if name not in OPEN_TO_ALL and not hasattr(view, "action")}
    assert silent == set()
    assert all(isinstance(view.action, Action) for name, view in views.items() if name not in OPEN_TO_ALL)  # type: ignore[attr-defined]


@pytest.mark.parametrize("who", [None, "ada"])
def test_a_view_that_says_nothing_is_refused_to_everybody(app: Flask, who: str | None) -> None:
    app.add_url_rule("/silent", "silent", lambda: "a secret", methods=["GET", "POST"])
    app.add_url_rule("/spoken", "spoken", needs(Action.HOME_READ)(lambda: "a word"))
    world = World(app)
    answer = world.get(who, "/silent")
    assert answer.status_code == 500
    assert "a secret" not in answer.text
    assert world.get("ada", "/spoken").text == "a word", "the control"


def raising(error: Exception) -> Callable[[], Any]:
    @needs(Action.DOCUMENT_LIST)
    def view() -> Any:
        raise error

    return view


@pytest.fixture(scope="module")
def answers(make_shared_app: AppMaker) -> dict[str, TestResponse]:
    """An answer of every sort, by the name of its sort."""
    app = make_shared_app(max_upload_bytes=1000)
    for name, error in (
        ("bug", ZeroDivisionError("a secret")),
        ("refusal", OperationalError("select 'a secret'", {}, Exception("database or disk is full"))),
        ("busy", db.WriteBusy()),
    ):
        app.add_url_rule(f"/{name}", name, raising(error))
    world = World(app)
    page = world.write("Bridge", "Words.")
    until = today().replace(year=today().year + 1)
    stub = Sharing(("group:lisbon",), "stub", "A project", "Ask us.", "negotiation", until)
    held = world.write("Held", "Words.", sharing=stub)
    for name in ("plan.txt", "drawing.svg"):
        world.post("amina", f"{page}/files", {"file": (io.BytesIO(b"words"), name)})
    etag = {"If-None-Match": [world.get("amina", page) for _ in range(2)][1].headers["ETag"]}
    static = app.extensions["chancery_assets"].url("app.css")
    new = {"title": "A", "body": "B", "owner": "lisbon", "audience": "service"}
    too_big = {"data": b"x" * 1_200_000, "content_type": "multipart/form-data; boundary=x"}
    amina = world.client("amina")
    return {
        "200 page": world.get("amina", page),
        "200 list": world.get("amina", "/recent"),
        "200 json": world.get("amina", "/search/suggest?q=br"),
        "200 text": world.get(None, "/healthz"),
        "200 static": world.get(None, static),
        "404 static": world.get("amina", "/static/nothing.css"),
        "200 file": world.get("amina", f"{page}/files/plan.txt"),
        "200 svg": world.get("amina", f"{page}/files/drawing.svg"),
        "200 head": amina.head(page),
        "200 options": amina.options(page),
        "304 page": world.get("amina", page, headers=etag),
        "303 door": world.get(None, page),
        "303 saved": world.post("amina", "/wiki/new", new),
        "400 forged": amina.post("/wiki/new", data={"title": "x"}),
        "403 stub": world.get("oskar", held),
        "403 refused": world.get("tomas", f"{page}/sharing"),
        "404 nothing": world.get("amina", "/wiki/nothing"),
        "404 no route": world.get("amina", "/no/such/place/at/all"),
        "405 method": amina.put(page),
        "413 too big": amina.post(f"{page}/files", **too_big),
        "422 form": world.post("amina", "/wiki/new", {"title": ""}),
        "422 sign-in": sign_in(app.test_client(), "amina", "wrong"),
        "500 bug": world.get("amina", "/bug"),
        "503 refusal": world.get("amina", "/refusal"),
        "503 busy": world.get("amina", "/busy"),
    }


def test_each_sort_of_answer_came_about(answers: dict[str, TestResponse]) -> None:
    """The control of the tests below: a header on the wrong answer would prove nothing."""
    assert {name: answer.status_code for name, answer in answers.items()} == {
        name: int(name.split()[0]) for name in answers
    }


@pytest.mark.parametrize("header", sorted(HEADERS.keys() - {"Cache-Control", "Content-Security-Policy"}))
def test_every_answer_carries_the_header(answers: dict[str, TestResponse], header: str) -> None:
    assert {name for name, answer in answers.items() if answer.headers.get(header) != HEADERS[header]} == set()


def test_every_answer_has_a_policy_that_begins_with_nothing(answers: dict[str, TestResponse]) -> None:
    policies = {name: answer.headers.get("Content-Security-Policy", "") for name, answer in answers.items()}
    assert {name for name, policy in policies.items() if "default-src 'none'" not in policy} == set()
    assert {name for name, policy in policies.items() if "unsafe" in policy} == set()


def test_only_hashed_files_may_be_kept_by_others(answers: dict[str, TestResponse]) -> None:
    kept = {name: answer.headers.get("Cache-Control", "") for name, answer in answers.items()}
    assert kept.pop("200 static") == "max-age=315360000, public, immutable"
    assert {name: words for name, words in kept.items() if "private" not in words} == {}
    open_pages = {name for name, words in kept.items() if "no-store" not in words}
    assert open_pages == {"200 page", "200 head", "304 page", "200 file", "200 svg"}


def test_every_answer_varies_by_who_asks(answers: dict[str, TestResponse]) -> None:
    by_cookie = {name for name, answer in answers.items() if "Cookie" in answer.headers.get("Vary", "")}
    assert answers.keys() - by_cookie == {"200 static"}


def test_trouble_tells_nothing_of_what_went_wrong_inside(answers: dict[str, TestResponse]) -> None:
    for name, answer in answers.items():
        if name.startswith("5"):
            assert "a secret" not in answer.text
            assert "Traceback" not in answer.text
            assert "What you can do now" in answer.text, name


def test_behind_tls_every_answer_asks_to_stay_there(make_app: AppMaker) -> None:
    world = World(make_app(secure_cookies=True))
    plain = world.app.test_client()
    static = world.app.extensions["chancery_assets"].url("app.css")
    for path in ("/sign-in", "/", "/healthz", static):
        answer = plain.get(path, base_url="https://wiki.example.org", buffered=True)
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000"), path
    cookie = _session_cookie(plain)
    assert cookie.startswith("__Host-sid=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))


def _session_cookie(browser: FlaskClient) -> str:
    base = {"base_url": "https://wiki.example.org"}
    page = browser.get("/sign-in", **base).text
    form = {"email": email("amina"), "password": PASSWORD, "csrf_token": hidden(page, "csrf_token")}
    answer = browser.post("/sign-in", data=form, headers={"Referer": "https://wiki.example.org/"}, **base)
    return answer.headers["Set-Cookie"]
