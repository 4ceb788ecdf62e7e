"""Sessions: they end when they should, and at the very next request."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from tests.wiki.people_fixtures import PASSWORD, Clock, House, csrf_token, is_signed_in, post
from wiki import db
from wiki.people.models import SignIn
from wiki.people.words import device

NEW = "four grey badgers sing"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0"


def signed_in(house: House) -> FlaskClient:
    house.person("anna@mfa.example")
    return house.client("anna@mfa.example")


def test_an_idle_session_ends(house: House, clock: Clock) -> None:
    client = signed_in(house)
    clock.forward(minutes=house.settings.session_idle_minutes - 1)
    assert is_signed_in(client)
    clock.forward(minutes=house.settings.session_idle_minutes, seconds=1)
    assert not is_signed_in(client)


def test_a_session_in_use_ends_after_its_days_all_the_same(house: House, clock: Clock) -> None:
    client = signed_in(house)
    ends = clock.moment + timedelta(days=house.settings.session_days)
    while clock.moment + timedelta(hours=6) < ends:
        clock.forward(hours=6)
        assert is_signed_in(client)
    clock.moment = ends + timedelta(seconds=1)
    assert not is_signed_in(client)


def test_the_last_use_is_written_down_every_five_minutes_only(house: House, clock: Clock) -> None:
    client = signed_in(house)
    began = clock.moment
    clock.forward(minutes=4)
    client.get("/quiet")
    assert _seen(house) == began
    clock.forward(minutes=2)
    client.get("/quiet")
    assert _seen(house) == clock.moment


def test_reading_goes_on_when_the_last_use_cannot_be_written(
    house: House, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(house)
    clock.forward(minutes=10)

    def full(*_: object, **__: object) -> None:
        raise OperationalError("UPDATE", {}, Exception("database or disk is full"))

    with monkeypatch.context() as broken:
        broken.setattr(db, "write", full)
        assert client.get("/quiet").status_code == 200


def test_closing_an_account_ends_its_sessions_at_the_next_request(house: House) -> None:
    client = signed_in(house)
    assert is_signed_in(client)
    assert house.run("person", "disable", "anna@mfa.example").exit_code == 0
    assert not is_signed_in(client)
    assert house.run("person", "enable", "anna@mfa.example").exit_code == 0
    assert not is_signed_in(client), "an opened account does not wake up its old sessions"


def test_a_new_password_ends_every_other_session(house: House) -> None:
    here, elsewhere = signed_in(house), house.client("anna@mfa.example")
    answer = post(here, "/me/password", page="/me", current="three purple walruses", password=NEW)
    assert answer.status_code == 303
    assert is_signed_in(here)
    assert not is_signed_in(elsewhere)
    assert is_signed_in(house.client("anna@mfa.example", NEW))


def test_a_new_password_needs_the_old_one(house: House) -> None:
    client = signed_in(house)
    answer = post(client, "/me/password", page="/me", current="not this one", password=NEW)
    assert answer.status_code == 422
    assert "not right" in answer.text
    assert is_signed_in(house.client("anna@mfa.example"))


def test_one_device_can_be_signed_out_from_another(house: House) -> None:
    here, elsewhere = signed_in(house), house.client("anna@mfa.example")
    with house.session() as session:
        other = session.scalars(select(SignIn).order_by(SignIn.created_at.desc())).first()
    assert other is not None
    assert post(here, f"/me/sessions/{other.public_id}/end", page="/me").location == "/me"
    assert is_signed_in(here)
    assert not is_signed_in(elsewhere)


def test_nobody_signs_out_the_devices_of_others(house: House) -> None:
    anna = signed_in(house)
    house.person("eve@mfa.example")
    with house.session() as session:
        annas = session.scalars(select(SignIn)).one()
    eve = house.client("eve@mfa.example")
    answer = post(eve, f"/me/sessions/{annas.public_id}/end", page="/me")
    absent = post(eve, "/me/sessions/zzzzzzzzzzzz/end", page="/me")
    assert (answer.status_code, answer.text) == (absent.status_code, absent.text)
    assert answer.status_code == 404
    assert is_signed_in(anna)


def test_signing_out_everywhere_leaves_no_session(house: House) -> None:
    here, elsewhere = signed_in(house), house.client("anna@mfa.example")
    answer = post(here, "/me/sessions/end", page="/me")
    assert answer.location == "/sign-in"
    assert "Clear-Site-Data" in answer.headers
    assert not is_signed_in(here)
    assert not is_signed_in(elsewhere)


def test_ones_own_page_lists_where_one_is_signed_in(house: House) -> None:
    client = signed_in(house)
    phone = house.app.test_client()
    token = phone.get("/sign-in")
    phone.post(
        "/sign-in",
        data={"email": "anna@mfa.example", "password": PASSWORD, "csrf_token": csrf_token(token)},
        headers={"User-Agent": FIREFOX},
    )
    page = client.get("/me").text
    assert "Firefox, Linux" in page
    assert "This device" in page


def test_a_device_is_named_by_what_its_browser_says() -> None:
    assert device(FIREFOX) == "Firefox, Linux"
    assert (
        device("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1")
        == "Safari, iPhone"
    )
    assert device("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0") == "Edge, Windows"


def test_a_role_or_group_taken_away_counts_at_the_next_request(house: House) -> None:
    person = house.person("anna@mfa.example")
    house.join(person, house.group("secret-unit", is_hidden=True))
    client = house.client("anna@mfa.example")
    assert client.get("/groups/secret-unit").status_code == 200
    assert house.run("group", "leave", "secret-unit", "anna@mfa.example").exit_code == 0
    assert client.get("/groups/secret-unit").status_code == 404


def _seen(house: House) -> object:
    with house.session() as session:
        return session.scalars(select(SignIn.seen_at)).one()
