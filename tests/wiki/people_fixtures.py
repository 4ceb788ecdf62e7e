"""A small house with real people in it, for the tests of signing in, people and groups."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Blueprint, Flask, request
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from wiki import db, outbox
from wiki.access.guard import needs
from wiki.access.policy import Action, Role
from wiki.people import operations, passwords
from wiki.people.models import Group, Person, Rank
from wiki.settings import Settings

PASSWORD = "three purple walruses"
HASH = passwords.hashed(PASSWORD)
WALL = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


class Notebook:
    """Two views to see what reaches them: one that reads nothing, and a form that writes."""

    def __init__(self, app: Flask) -> None:
        self.written: list[dict[str, list[str]]] = []
        notes = Blueprint("notes", __name__)

        @notes.get("/quiet")
        @needs(Action.HOME_READ)
        def quiet() -> str:
            return "nothing to see"

        @notes.post("/notes")
        @needs(Action.DOCUMENT_CREATE)
        def write() -> str:
            self.written.append({name: values for name, values in request.form.lists() if name != "csrf_token"})
            return "written"

        app.register_blueprint(notes)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.moment = WALL

    def __call__(self) -> datetime:
        return self.moment

    def forward(self, **by: float) -> None:
        self.moment += timedelta(**by)


@dataclass
class House:
    """The application, its database and shortcuts for what tests do all the time."""

    app: Flask
    notebook: Notebook

    @property
    def settings(self) -> Settings:
        return self.app.extensions["chancery_settings"]

    @contextmanager
    def session(self) -> Iterator[Session]:
        with self.app.app_context(), db.system_session(writing=True) as session:
            yield session

    def person(self, email: str, name: str = "Some Body", *, password: bool = True, **more: Any) -> Person:
        with self.session() as session:
            person = operations.add_person(session, email=email, name=name, by=None, **more)
            if password:
                person.password_hash = HASH
            return person

    def group(self, group_id: str, *, type: str = "unit", name: str = "", **more: Any) -> Group:
        with self.session() as session:
            return operations.add_group(session, group_id=group_id, name=name or group_id, type=type, by=None, **more)

    def join(self, person: Person, group: Group, rank: Rank = Rank.MEMBER) -> None:
        with self.session() as session:
            operations.join(session, person, group, rank=rank, by=None)

    def role(self, person: Person, role: Role) -> None:
        with self.session() as session:
            operations.give_role(session, person, role, by=None)

    def client(self, email: str | None = None, password: str = PASSWORD) -> FlaskClient:
        client = self.app.test_client()
        if email is not None:
            answer = sign_in(client, email, password)
            assert answer.status_code == 303, answer.text
        return client

    def run(self, *arguments: str) -> Any:
        return self.app.test_cli_runner().invoke(args=list(arguments))

    def letters(self) -> list[str]:
        """The letters that were sent, after the work that follows the answers is done."""
        with self.app.app_context():
            outbox.drain(wait=True)
        return [file.read_text() for file in sorted((self.settings.data_dir / "mail").glob("*.eml"))]


def sign_in(client: FlaskClient, email: str, password: str = PASSWORD, **more: Any) -> TestResponse:
    return post(client, "/sign-in", email=email, password=password, **more)


def post(
    client: FlaskClient, path: str, *, page: str | None = None, headers: dict[str, str] | None = None, **fields: Any
) -> TestResponse:
    """Post a form as a browser does: with the token of the page that holds it."""
    token = csrf_token(client.get(page or path))
    return client.post(path, data={**fields, "csrf_token": token}, headers=headers)


def csrf_token(page: TestResponse) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


def is_signed_in(client: FlaskClient) -> bool:
    return client.get("/me").status_code == 200


@pytest.fixture
def make_house(make_app: Callable[..., Flask]) -> Callable[..., House]:
    """Build houses with chosen settings."""

    def make(**chosen: Any) -> House:
        app = make_app(f"house{len(chosen)}", **{"public_url": "https://wiki.example.org", **chosen})
        return House(app, Notebook(app))

    return make


@pytest.fixture
def house(make_house: Callable[..., House]) -> House:
    return make_house()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(db, "now", clock)
    return clock
