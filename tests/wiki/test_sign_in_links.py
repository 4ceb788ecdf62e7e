"""One-time links: they work once, for one person, for a while, and lead to our own address."""

from __future__ import annotations

import re
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from tests.wiki.people_fixtures import HASH, Clock, House, csrf_token, is_signed_in, post, sign_in
from wiki import db, outbox
from wiki.people import signing
from wiki.people.models import OneTimeLink, Person

NEW = "four grey badgers sing"


def path_of(house: House, kind: str, email: str) -> str:
    printed = house.run("token", kind, email)
    assert printed.exit_code == 0, printed.output
    return printed.output.strip().removeprefix("https://wiki.example.org")


def test_somebody_invited_chooses_a_password_and_is_in(house: House) -> None:
    house.person("anna@mfa.example", "Anna Weiss", password=False)
    client, path = house.client(), path_of(house, "invite", "anna@mfa.example")
    page = client.get(path)
    assert "Welcome, Anna Weiss" in page.text
    assert post(client, path, password=NEW).location == "/"
    assert is_signed_in(client)
    assert is_signed_in(house.client("anna@mfa.example", NEW))


def test_looking_at_a_link_does_not_use_it_up(house: House) -> None:
    house.person("anna@mfa.example")
    client, path = house.client(), path_of(house, "reset", "anna@mfa.example")
    assert [client.get(path).status_code for _ in range(3)] == [200, 200, 200]
    assert client.head(path).status_code == 200
    assert not is_signed_in(client)


def test_a_used_link_is_dead_and_so_is_one_that_never_was(house: House) -> None:
    house.person("anna@mfa.example")
    client, path = house.client(), path_of(house, "reset", "anna@mfa.example")
    assert post(client, path, password=NEW).status_code == 303
    other = house.client()
    used, never = other.get(path), other.get("/welcome/" + "a" * 43)
    assert used.status_code == never.status_code == 404
    assert used.text == never.text
    token = csrf_token(other.get("/sign-in"))
    assert other.post(path, data={"password": "yet another one here", "csrf_token": token}).status_code == 404
    assert is_signed_in(house.client("anna@mfa.example", NEW))


def test_a_weak_password_is_explained_and_the_link_still_works(house: House) -> None:
    house.person("anna@mfa.example")
    client, path = house.client(), path_of(house, "reset", "anna@mfa.example")
    for weak in ("short", "sunshine2024!", "anna-mfa-1", ""):
        assert post(client, path, password=weak).status_code == 422
    assert post(client, path, password=NEW).status_code == 303


@pytest.mark.parametrize(("kind", "minutes"), [("invite", 72 * 60), ("reset", 60)])
def test_a_link_grows_old(house: House, clock: Clock, kind: str, minutes: int) -> None:
    house.person("anna@mfa.example")
    client, path = house.client(), path_of(house, kind, "anna@mfa.example")
    clock.forward(minutes=minutes - 1)
    token = csrf_token(client.get(path))
    clock.forward(minutes=1)
    assert client.get(path).status_code == 404
    assert client.post(path, data={"password": NEW, "csrf_token": token}).status_code == 404
    assert not is_signed_in(client)


def test_of_many_who_press_at_once_one_gets_it(house: House) -> None:
    house.person("anna@mfa.example")
    token = path_of(house, "reset", "anna@mfa.example").removeprefix("/welcome/")

    def press(_number: int) -> bool:
        with house.app.test_request_context():
            return signing.with_link(token, HASH) is not None

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(press, range(20))) == 1


def test_a_new_link_ends_the_one_before(house: House) -> None:
    house.person("anna@mfa.example")
    first, second = (path_of(house, "reset", "anna@mfa.example") for _ in range(2))
    assert house.client().get(first).status_code == 404
    assert house.client().get(second).status_code == 200


def test_a_reset_signs_the_thief_out_everywhere(house: House) -> None:
    house.person("anna@mfa.example")
    thief = house.client("anna@mfa.example")
    client, path = house.client(), path_of(house, "reset", "anna@mfa.example")
    assert is_signed_in(thief), "asking for a link ends nothing"
    post(client, path, password=NEW)
    assert not is_signed_in(thief)
    assert sign_in(house.client(), "anna@mfa.example").status_code == 422


def test_using_one_link_ends_the_others_of_that_person(house: House) -> None:
    house.person("anna@mfa.example")
    invitation, reset = path_of(house, "invite", "anna@mfa.example"), path_of(house, "reset", "anna@mfa.example")
    post(house.client(), reset, password=NEW)
    assert house.client().get(invitation).status_code == 404


def test_closing_an_account_ends_its_links(house: House) -> None:
    house.person("anna@mfa.example")
    path = path_of(house, "reset", "anna@mfa.example")
    house.run("person", "disable", "anna@mfa.example")
    house.run("person", "enable", "anna@mfa.example")
    assert house.client().get(path).status_code == 404
    house.run("person", "disable", "anna@mfa.example")
    assert house.run("token", "reset", "anna@mfa.example").exit_code == 1


def test_the_database_never_holds_a_link(house: House) -> None:
    house.person("anna@mfa.example")
    token = path_of(house, "reset", "anna@mfa.example").removeprefix("/welcome/")
    assert len(token) >= 22, "128 bits or more"
    with house.session() as session:
        assert token not in session.scalars(select(OneTimeLink.token_hash)).all()


def test_asking_for_a_link_says_the_same_to_everyone(house: House) -> None:
    house.person("anna@mfa.example")
    house.person("closed@mfa.example")
    house.run("person", "disable", "closed@mfa.example")
    emails = ("anna@mfa.example", "nobody@mfa.example", "closed@mfa.example")
    answers = [post(house.client(), "/forgot", email=email) for email in emails]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert "on its way" in answers[0].text
    assert len(house.letters()) == 1


def test_asking_for_a_link_does_the_same_work_for_everyone(house: House) -> None:
    house.person("anna@mfa.example")
    rows = []
    with house.app.test_request_context(environ_base={"REMOTE_ADDR": "192.0.2.1"}):
        for email in ("anna@mfa.example", "nobody@mfa.example"):
            signing.ask_for_reset(email)
            rows.append(db.session().scalar(select(func.count()).select_from(outbox.OutboxRow)))
            db.session().rollback()
    assert rows == [1, 2]


def test_the_letter_holds_the_configured_address_whatever_the_host_header_says(house: House) -> None:
    house.person("anna@mfa.example", "Anna Weiss")
    client = house.client()
    token = csrf_token(client.get("/forgot"))
    answer = client.post(
        "/forgot",
        data={"email": "anna@mfa.example", "csrf_token": token},
        headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"},
    )
    if answer.status_code == 400:
        # The cookie belongs to another host, so the form was not taken; ask as a browser fooled into that host would.
        evil = {"base_url": "http://evil.example"}
        token = csrf_token(client.get("/forgot", **evil))
        client.post("/forgot", data={"email": "anna@mfa.example", "csrf_token": token}, **evil)
    (letter,) = house.letters()
    assert "evil.example" not in letter
    link = re.search(r"https://wiki\.example\.org(/welcome/[\w-]{43})", letter.replace("=\n", ""))
    assert link
    assert post(house.client(), link[1], password=NEW).status_code == 303


def test_a_letter_is_readable_by_its_owner_alone_and_has_one_line_headers(house: House) -> None:
    house.person("anna@mfa.example", "Anna\r\nBcc: everybody@mfa.example")
    assert house.run("person", "invite", "anna@mfa.example").exit_code == 0
    folder = house.settings.data_dir / "mail"
    (file,) = folder.glob("*.eml")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    head = file.read_text().split("\n\n")[0]
    assert "To: anna@mfa.example" in head
    assert not re.search(r"^bcc:", head, re.I | re.M)


def test_a_letter_is_written_in_text_and_html_with_the_name_escaped(house: House) -> None:
    house.person("anna@mfa.example", "Anna <b>Weiss</b> {{ 7*7 }}", password=False)
    house.run("person", "invite", "anna@mfa.example")
    from email import message_from_string
    from email.policy import default

    (letter,) = (message_from_string(raw, policy=default) for raw in house.letters())
    text, html = (letter.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert "Anna <b>Weiss</b> {{ 7*7 }}" in text
    assert "Anna &lt;b&gt;Weiss&lt;/b&gt; {{ 7*7 }}" in html
    assert "/welcome/" in text


def test_a_link_signs_in_whom_it_is_for_even_over_somebody_elses_session(house: House) -> None:
    house.person("anna@mfa.example", "Anna Weiss")
    house.person("eve@mfa.example", "Eve Holm")
    path = path_of(house, "reset", "anna@mfa.example")
    client = house.client("eve@mfa.example")
    post(client, path, password=NEW)
    assert "Anna Weiss" in client.get("/me").text
    with house.session() as session:
        eve = session.scalars(select(Person).where(Person.email == "eve@mfa.example")).one()
        assert eve.password_hash == HASH, "nothing of hers changed"
