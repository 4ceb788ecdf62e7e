"""Signing in and out: who gets in, what the cookie is, and where one lands."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask.testing import FlaskClient
from sqlalchemy import event, func, select

from tests.wiki.people_fixtures import PASSWORD, House, csrf_token, is_signed_in, post, sign_in
from wiki.access.models import AuditEvent
from wiki.people import attempts, passwords
from wiki.people.models import Person, SignIn
from wiki.people.paths import own_path


def test_somebody_with_the_right_password_gets_in(house: House) -> None:
    house.person("anna@mfa.example")
    assert is_signed_in(house.client("anna@mfa.example"))


def test_nobody_gets_in_without_signing_in(house: House) -> None:
    answer = house.client().get("/me")
    assert answer.status_code == 303
    assert answer.location == "/sign-in?next=/me"


def test_the_address_may_be_typed_in_capitals_and_with_spaces(house: House) -> None:
    house.person("anna@mfa.example")
    assert sign_in(house.client(), " Anna@MFA.example ").status_code == 303


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(house: House) -> None:
    house.person("anna@mfa.example")
    house.person("invited@mfa.example", password=False)
    answers = {
        sign_in(house.client(), email, "not this one at all").text.replace(email, "")
        for email in ("anna@mfa.example", "nobody@mfa.example", "invited@mfa.example")
    }
    without_tokens = {_without_token(answer) for answer in answers}
    assert len(without_tokens) == 1
    assert "not right" in without_tokens.pop()


def test_a_wrong_password_costs_as_much_as_an_unknown_address(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.person("anna@mfa.example")
    seen: list[str] = []
    monkeypatch.setattr(passwords, "_hasher", Spy(passwords._hasher, seen))
    for email in ("anna@mfa.example", "nobody@mfa.example"):
        sign_in(house.client(), email, "wrong wrong wrong")
    assert len(seen) == 2
    assert seen[0] == seen[1], "both are argon2id with the same costs"


def test_a_closed_account_gets_the_answer_of_an_unknown_one(house: House) -> None:
    house.person("anna@mfa.example")
    assert house.run("person", "disable", "anna@mfa.example").exit_code == 0
    answer = sign_in(house.client(), "anna@mfa.example")
    assert answer.status_code == 422
    assert "not right" in answer.text


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(house: House) -> None:
    house.person("anna@mfa.example")
    cookie = sign_in(house.client(), "anna@mfa.example").headers["Set-Cookie"]
    assert cookie.startswith("sid=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie


def test_over_tls_the_cookie_is_bound_to_the_host(make_house: Callable[..., House]) -> None:
    secure = make_house(secure_cookies=True)
    client = secure.app.test_client()
    cookie = client.get("/sign-in", base_url="https://wiki.example.org").headers["Set-Cookie"]
    assert cookie.startswith("__Host-sid=")
    assert "Secure" in cookie


def test_the_database_never_holds_the_token_that_opens_a_session(house: House) -> None:
    house.person("anna@mfa.example")
    client = house.client("anna@mfa.example")
    with client.session_transaction() as cookie:
        token = cookie["_user_id"]
    with house.session() as session:
        kept = session.scalars(select(SignIn)).one()
        assert kept.token_hash != token
        assert len(token) >= 43, "256 bits"
    assert is_signed_in(client)


def test_a_cookie_set_before_signing_in_is_worth_nothing_afterwards(house: House) -> None:
    house.person("anna@mfa.example")
    client = house.client()
    client.get("/sign-in")
    with client.session_transaction() as cookie:
        planted = cookie["csrf_token"]
        cookie["_user_id"] = "a token the attacker knows"
    assert sign_in(client, "anna@mfa.example").status_code == 303
    client.get("/me")
    with client.session_transaction() as cookie:
        assert cookie["_user_id"] != "a token the attacker knows"
        assert cookie["csrf_token"] != planted


def test_signing_in_again_ends_the_session_this_device_had(house: House) -> None:
    house.person("anna@mfa.example")
    client = house.client("anna@mfa.example")
    token = _token(client)
    sign_in_while_signed_in(client)
    with house.session() as session:
        assert session.scalar(select(func.count()).select_from(SignIn)) == 1
    assert _token(client) != token


def test_signing_out_ends_the_session_for_a_copied_cookie_too(house: House) -> None:
    house.person("anna@mfa.example")
    client = house.client("anna@mfa.example")
    copied = client.get_cookie("sid")
    assert copied is not None
    answer = post(client, "/sign-out", page="/me")
    assert answer.status_code == 303
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    thief = house.client()
    thief.set_cookie("sid", copied.value)
    assert not is_signed_in(thief)
    assert not is_signed_in(client)


def test_a_copied_cookie_works_while_the_session_runs(house: House) -> None:
    house.person("anna@mfa.example")
    copied = house.client("anna@mfa.example").get_cookie("sid")
    assert copied is not None
    other = house.client()
    other.set_cookie("sid", copied.value)
    assert is_signed_in(other), "or the test of signing out would prove nothing"


def test_signing_out_by_a_link_does_nothing(house: House) -> None:
    house.person("anna@mfa.example")
    client = house.client("anna@mfa.example")
    assert client.get("/sign-out").status_code == 405
    assert is_signed_in(client)


@pytest.mark.parametrize(
    "path", ["/sign-in", "/sign-out", "/forgot", "/me", "/me/password", "/me/sessions/end", "/notes"]
)
def test_no_form_is_taken_without_its_token(house: House, path: str) -> None:
    house.person("anna@mfa.example")
    client = house.client("anna@mfa.example")
    for headers in ({}, {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}):
        answer = client.post(path, data={"email": "anna@mfa.example", "name": "Changed"}, headers=headers)
        assert answer.status_code == 400
    assert is_signed_in(client)
    assert house.notebook.written == []


def test_a_form_is_not_taken_with_the_token_of_somebody_else(house: House) -> None:
    house.person("anna@mfa.example")
    house.person("eve@mfa.example")
    anna, eve = house.client("anna@mfa.example"), house.client("eve@mfa.example")
    eves = csrf_token(eve.get("/me"))
    assert anna.post("/notes", data={"csrf_token": eves, "text": "x"}).status_code == 400
    assert eve.post("/notes", data={"csrf_token": eves, "text": "x"}).status_code == 200


ELSEWHERE = [
    "//evil.example",
    "///evil.example",
    "https://evil.example",
    "https:evil.example",
    "http:/evil.example",
    "javascript:alert(1)",
    "\\\\evil.example",
    "/\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\nSet-Cookie: a=b",
    "\t//evil.example",
    " //evil.example",
    "/\x00/evil.example",
    "user@evil.example",
    "evil.example",
    "",
    "/" + "a" * 3000,
]


@pytest.mark.parametrize("target", ELSEWHERE)
def test_signing_in_never_leads_to_another_site(house: House, target: str) -> None:
    house.person("anna@mfa.example")
    assert own_path(target) is None
    answer = sign_in(house.client(), "anna@mfa.example", next=target)
    # What no database keeps is refused at the door, before anybody looks where it wants to go.
    assert (answer.status_code, answer.location) == ((400, None) if "\x00" in target else (303, "/"))


@pytest.mark.parametrize("target", ["/me", "/groups?type=post&after=a", "/wiki/caf%C3%A9", "/search?q=a+b#top"])
def test_signing_in_leads_back_to_where_one_wanted_to_go(house: House, target: str) -> None:
    house.person("anna@mfa.example")
    assert sign_in(house.client(), "anna@mfa.example", next=target).location == target


def test_the_first_page_asked_for_is_where_one_lands(house: House) -> None:
    house.person("anna@mfa.example")
    client = house.client()
    page = client.get("/groups?type=post", follow_redirects=True)
    assert 'value="/groups?type=post"' in page.text
    assert sign_in(client, "anna@mfa.example", next="/groups?type=post").location == "/groups?type=post"


def test_sign_ins_stand_in_the_log_without_password_or_token(house: House) -> None:
    anna = house.person("anna@mfa.example")
    token = _token(house.client("anna@mfa.example"))
    with house.session() as session:
        entry = session.scalars(select(AuditEvent).where(AuditEvent.what == "person.signed-in")).one()
        assert entry.about == anna.public_id
        assert token not in str(entry.details)
        assert PASSWORD not in str(entry.details)


@pytest.mark.usefixtures("dear_passwords")
def test_a_hash_with_old_costs_is_renewed_by_signing_in(house: House) -> None:
    person = house.person("anna@mfa.example")
    with house.session() as session:
        session.get_one(Person, person.id).password_hash = PasswordHasher(time_cost=1, memory_cost=8192).hash(PASSWORD)
    house.client("anna@mfa.example")
    with house.session() as session:
        kept = session.get_one(Person, person.id).password_hash or ""
    assert "m=19456,t=2,p=1" in kept
    assert is_signed_in(house.client("anna@mfa.example"))


def test_reading_a_page_signed_in_asks_the_database_a_fixed_number_of_times(house: House) -> None:
    house.person("anna@mfa.example")
    client = house.client("anna@mfa.example")
    asked: list[str] = []
    engine = house.app.extensions["chancery_db"].engine
    event.listen(engine, "before_cursor_execute", lambda *a: asked.append(a[2]))
    assert client.get("/quiet").status_code == 200
    # Who somebody is and what they hold today comes in one statement.
    assert len([one for one in asked if not one.startswith(("BEGIN", "COMMIT", "ROLLBACK"))]) == 1, asked


@pytest.mark.slow
def test_the_time_taken_does_not_tell_a_colleague_from_a_stranger(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "_wait", lambda *a: 0)
    house.person("anna@mfa.example")
    client, times = house.client(), {"anna@mfa.example": [], "nobody@mfa.example": []}
    for _round in range(15):
        for email, taken in times.items():
            began = time.thread_time()
            sign_in(client, email, "wrong wrong wrong")
            taken.append(time.thread_time() - began)
    known, unknown = (statistics.median(taken) for taken in times.values())
    assert 0.7 < known / unknown < 1.4


def sign_in_while_signed_in(client: FlaskClient) -> None:
    assert post(client, "/sign-in", page="/me", email="anna@mfa.example", password=PASSWORD).status_code == 303


class Spy:
    """A hasher that notes with which costs it was asked to verify."""

    def __init__(self, hasher: PasswordHasher, seen: list[str]) -> None:
        self.hasher, self.seen = hasher, seen

    def verify(self, kept: str, password: str) -> bool:
        self.seen.append(kept.rpartition("p=1$")[0])
        return self.hasher.verify(kept, password)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.hasher, name)


def _token(client: FlaskClient) -> str:
    with client.session_transaction() as cookie:
        return cookie["_user_id"]


def _without_token(page: str) -> str:
    return re.sub(r'name="csrf_token"[^>]*value="[^"]+"', "", page)
