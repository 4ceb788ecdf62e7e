"""The cast. They work for a small service with two posts and a consular directorate; one of them is always outside.

Amina is a diplomat at the embassy in Lisbon, Ambassador Okello leads it, Tomás is its junior. Leila leads the Consular
Directorate, where Bruno works. Ines is steward, Marek approves guidelines, Ada administers. Oskar serves in Jakarta and
is outside of everything that is held back. Gita is a guest: an external partner in the task force on the bridge.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests import sparing
from wiki import db, kinds, outbox
from wiki.access.policy import Role, Viewer
from wiki.documents import operations, texts
from wiki.documents.models import Document
from wiki.documents.operations import Facts
from wiki.documents.sharing import Sharing
from wiki.people import passwords, viewer as viewers
from wiki.people.models import Group, Membership, Person, RoleAssignment

PASSWORD = "three quiet herons"
LONG_AGO = date(2020, 1, 1)

GROUPS = (
    ("hq", "Headquarters", "unit", None),
    ("consular", "Consular Directorate", "unit", "hq"),
    ("digital", "Digital Communications", "unit", "hq"),
    ("lisbon", "Embassy Lisbon", "post", "hq"),
    ("jakarta", "Embassy Jakarta", "post", "hq"),
    ("bridge", "Bridge task force", "task-force", None),
)
CAST: dict[str, dict[str, Any]] = {
    "amina": {"name": "Amina Farouk", "in": {"lisbon": "member"}},
    "okello": {"name": "James Okello", "in": {"lisbon": "lead"}},
    "tomas": {"name": "Tomás Medina", "in": {"lisbon": "member", "bridge": "member"}},
    "leila": {"name": "Leila Karimi", "in": {"consular": "lead"}},
    "bruno": {"name": "Bruno Keller", "in": {"consular": "member"}},
    "ines": {"name": "Ines Duarte", "in": {"digital": "lead"}, "roles": [Role.STEWARD]},
    "marek": {"name": "Marek Novak", "in": {"digital": "member"}, "roles": [Role.APPROVER]},
    "ada": {"name": "Ada Lund", "in": {}, "roles": [Role.ADMINISTRATOR]},
    "oskar": {"name": "Oskar Berg", "in": {"jakarta": "member"}},
    "gita": {"name": "Gita Rao", "in": {"bridge": "member"}, "staff": False},
}


def email(who: str) -> str:
    return f"{who}@example.org"


@dataclass
class World:
    """The cast in an application, with ways to act as any of them."""

    app: Flask
    _clients: dict[str, FlaskClient] = field(default_factory=dict)
    _tokens: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with self.app.app_context(), db.system_session(writing=True) as session:
            for ident, name, sort, parent in GROUPS:
                session.add(Group(id=ident, name=name, type=sort, parent_id=parent))
                session.flush()
            for who, facts in CAST.items():
                _enter(session, who, facts)

    def client(self, who: str | None) -> FlaskClient:
        """A browser in which this person is signed in; None for nobody."""
        key = who or ""
        if key not in self._clients:
            browser = self.app.test_client()
            if who is not None:
                sign_in(browser, who)
            self._clients[key] = browser
        return self._clients[key]

    def get(self, who: str | None, path: str, **more: Any) -> TestResponse:
        return self.client(who).get(path, **{"buffered": True, **more})

    def post(self, who: str | None, path: str, data: dict[str, Any] | None = None, **more: Any) -> TestResponse:
        """Post a form as a browser would: with the token of a page of that person."""
        browser = self.client(who)
        if (who or "") not in self._tokens:
            self._tokens[who or ""] = token(browser)
        return browser.post(
            path, data={"csrf_token": self._tokens[who or ""], **(data or {})}, **{"buffered": True, **more}
        )

    def viewer(self, who: str) -> Viewer:
        with self.app.app_context(), db.system_session() as session:
            person = session.scalars(select(Person).where(Person.email == email(who))).one()
            found = viewers.load_viewer(session, person.id)
        assert found is not None
        return found

    def write(
        self,
        title: str,
        body: str = "Some text.",
        *,
        by: str = "amina",
        owner: str = "lisbon",
        kind: str = "page",
        sharing: Sharing | None = None,
        status: str = "published",
        terms: dict[str, list[str]] | None = None,
        lang: str = "en",
    ) -> str:
        """Write a document and index it; returns its address."""
        viewer, text = self.viewer(by), None
        with self.app.app_context():
            text = texts.prepare(title, body, lang=lang)
            with db.system_session(writing=True) as session:
                facts = Facts(owner, lang, None, terms or {})
                document = operations.draft(session, kind, text, facts, sharing or Sharing(), by=viewer)
                if status != "draft":
                    operations.publish(session, document, by=None, status=status)
                address = f"{kinds.kind(kind).prefix}/{document.slug}"
        self.settle()
        return address

    def settle(self) -> None:
        """Let everything that follows changes be done."""
        with self.app.app_context():
            outbox.drain(wait=True)

    def document(self, address: str) -> Document:
        """The row behind an address, as the system sees it."""
        slug = address.rstrip("/").split("/")[-1]
        with self.app.app_context(), db.system_session() as session:
            found = session.scalars(select(Document).where(Document.slug == slug)).one()
            assert found.labels is not None
            assert found.authors is not None
            assert found.terms is not None
            return found


def _enter(session: Any, who: str, facts: dict[str, Any]) -> None:
    person = Person(email=email(who), name=facts["name"], is_staff=facts.get("staff", True), password_hash=_HASH)
    session.add(person)
    session.flush()
    session.add_all(
        Membership(person_id=person.id, group_id=group, rank=rank, starts_on=LONG_AGO)
        for group, rank in facts["in"].items()
    )
    session.add_all(
        RoleAssignment(person_id=person.id, role=role, starts_on=LONG_AGO) for role in facts.get("roles", [])
    )


sparing.begin()
_HASH = passwords.hashed(PASSWORD)


def sign_in(browser: FlaskClient, who: str, password: str = PASSWORD) -> TestResponse:
    page = browser.get("/sign-in")
    data = {"email": email(who), "password": password, "csrf_token": hidden(page.text, "csrf_token")}
    return browser.post("/sign-in", data=data)


def token(browser: FlaskClient) -> str:
    """A CSRF token of this browser's session."""
    page = browser.get("/me")
    return hidden(page.text if page.status_code == 200 else browser.get("/sign-in").text, "csrf_token")


def hidden(page: str, name: str) -> str:
    """The value of a hidden field in a page."""
    found = re.search(rf'<input[^>]*name="{name}"[^>]*>', page)
    assert found, f"no field {name}"
    value = re.search(r'value="([^"]*)"', found[0])
    assert value, f"no value in {found[0]}"
    return value[1]
