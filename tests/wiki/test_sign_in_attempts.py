"""Trying: the limits per account, per address and overall hold, for everyone alike and over several processes."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from tests.wiki.people_fixtures import Clock, House, Notebook, is_signed_in, post, sign_in
from wiki.app import create_app
from wiki.people import attempts, passwords
from wiki.people.attempts import Door, TooManyAttempts
from wiki.people.models import Attempt
from wiki.settings import Settings

WRONG = "not this one at all"


@pytest.fixture
def strict(make_house: Callable[..., House]) -> Callable[..., House]:
    """Build a house with low limits."""

    def make(**limits: int) -> House:
        return make_house(**{"attempts_per_account": 3, "attempts_per_address": 50, "attempts_overall": 50, **limits})

    return make


@pytest.mark.parametrize("email", ["anna@mfa.example", "nobody@mfa.example"])
def test_after_so_many_tries_an_account_has_to_wait(strict: Callable[..., House], clock: Clock, email: str) -> None:
    house = strict()
    house.person("anna@mfa.example")
    client = house.client()
    assert [sign_in(client, email, WRONG).status_code for _ in range(5)] == [422, 422, 422, 429, 429]
    answer = sign_in(client, email, WRONG)
    assert int(answer.headers["Retry-After"]) == 15 * 60
    assert "too many tries" in answer.text


def test_even_the_right_password_waits(strict: Callable[..., House], clock: Clock) -> None:
    house = strict()
    house.person("anna@mfa.example")
    client = house.client()
    for _ in range(3):
        sign_in(client, "anna@mfa.example", WRONG)
    assert sign_in(client, "anna@mfa.example").status_code == 429
    clock.forward(minutes=15, seconds=1)
    assert sign_in(client, "anna@mfa.example").status_code == 303


def test_nothing_is_hashed_for_what_is_refused(
    strict: Callable[..., House], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = strict()
    hashed: list[str] = []
    monkeypatch.setattr(passwords, "matches", lambda kept, password: bool(hashed.append(password)))
    client = house.client()
    for _ in range(6):
        sign_in(client, "anna@mfa.example", WRONG)
    assert len(hashed) == 3


def test_what_is_refused_does_not_make_the_wait_longer(strict: Callable[..., House], clock: Clock) -> None:
    house = strict()
    client = house.client()
    for _ in range(3):
        sign_in(client, "anna@mfa.example", WRONG)
    clock.forward(minutes=10)
    waits = {sign_in(client, "anna@mfa.example", WRONG).headers["Retry-After"] for _ in range(4)}
    assert waits == {"300"}


def test_one_address_may_not_try_many_accounts(strict: Callable[..., House], clock: Clock) -> None:
    house = strict(attempts_per_address=5)
    client = house.client()
    codes = [sign_in(client, f"person{number}@mfa.example", WRONG).status_code for number in range(7)]
    assert codes == [422] * 5 + [429] * 2


def test_an_address_cannot_be_forged_in_a_header(strict: Callable[..., House], clock: Clock) -> None:
    house = strict(attempts_per_address=5)
    client = house.client()
    codes = [
        post(
            client,
            "/sign-in",
            email=f"person{number}@mfa.example",
            password=WRONG,
            headers={"X-Forwarded-For": f"203.0.113.{number}", "X-Real-IP": f"203.0.113.{number}"},
        ).status_code
        for number in range(7)
    ]
    assert codes == [422] * 5 + [429] * 2


def test_many_addresses_together_are_stopped_too(strict: Callable[..., House], clock: Clock) -> None:
    house = strict(attempts_overall=6)
    codes = []
    for number in range(8):
        client = house.client()
        client.environ_base["REMOTE_ADDR"] = f"198.51.100.{number}"
        codes.append(sign_in(client, f"person{number}@mfa.example", WRONG).status_code)
    assert codes == [422] * 6 + [429] * 2


def test_a_whole_post_behind_one_address_signs_in_on_monday_morning(strict: Callable[..., House], clock: Clock) -> None:
    house = strict(attempts_per_address=3, attempts_overall=3)
    for number in range(6):
        house.person(f"person{number}@mfa.example")
        assert is_signed_in(house.client(f"person{number}@mfa.example"))


def test_one_known_password_does_not_hide_tries_at_others(strict: Callable[..., House], clock: Clock) -> None:
    house = strict(attempts_per_address=5)
    house.person("eve@mfa.example")
    codes = []
    for number in range(7):
        sign_in(house.client(), "eve@mfa.example")
        codes.append(sign_in(house.client(), f"person{number}@mfa.example", WRONG).status_code)
    assert codes == [422] * 5 + [429] * 2


def test_one_household_of_ipv6_counts_as_one_address(house: House) -> None:
    scopes = {attempts._network(raw) for raw in ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9")}
    assert scopes == {"2001:db8:1:2::/64"}
    assert attempts._network("2001:db8:1:3::1") not in scopes
    assert attempts._network("::ffff:192.0.2.7") == attempts._network("192.0.2.7") == "192.0.2.7"


def test_asking_for_links_is_limited_by_itself(strict: Callable[..., House], clock: Clock) -> None:
    house = strict()
    house.person("anna@mfa.example")
    client = house.client()
    for email in ("anna@mfa.example", "nobody@mfa.example"):
        assert [post(client, "/forgot", email=email).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert sign_in(client, "anna@mfa.example").status_code == 303, "signing in is another door"


def test_changing_the_password_is_no_way_to_guess_it(strict: Callable[..., House], clock: Clock) -> None:
    house = strict()
    house.person("anna@mfa.example")
    client = house.client("anna@mfa.example")
    tries = [
        post(client, "/me/password", page="/me", current=WRONG, password="four grey badgers sing").status_code
        for _ in range(4)
    ]
    assert tries == [422, 422, 422, 429]


def test_old_tries_are_forgotten(strict: Callable[..., House], clock: Clock) -> None:
    house = strict()
    sign_in(house.client(), "anna@mfa.example", WRONG)
    clock.forward(minutes=16)
    sign_in(house.client(), "nobody@mfa.example", WRONG)
    with house.session() as session:
        assert session.scalar(select(func.count()).select_from(Attempt)) == 3


def test_no_address_stands_in_the_table_of_tries(house: House) -> None:
    sign_in(house.client(), "anna@mfa.example", WRONG)
    with house.session() as session:
        assert not [scope for scope in session.scalars(select(Attempt.scope)) if "anna" in scope]


def test_the_limit_holds_when_many_try_at_once(strict: Callable[..., House]) -> None:
    house = strict()

    def try_once(_number: int) -> bool:
        return _try(house)

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(try_once, range(24))) == 3


@pytest.mark.slow
def test_the_limit_holds_over_several_processes(strict: Callable[..., House]) -> None:
    house = strict()
    house.app.extensions["chancery_db"].engine.dispose()
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        assert sum(pool.map(_tries_of_a_process, [house.settings] * 3)) == 3


def _tries_of_a_process(settings: Settings) -> int:
    app = create_app(settings=settings)
    house = House(app, Notebook(app))
    return sum(_try(house) for _ in range(8))


def _try(house: House) -> bool:
    with house.app.test_request_context(environ_base={"REMOTE_ADDR": "192.0.2.1"}):
        try:
            attempts.take(Door.SIGN_IN, "anna@mfa.example", house.settings)
        except TooManyAttempts:
            return False
        return True
