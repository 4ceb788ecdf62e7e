"""A text that arrives after the session ended is not lost, and nobody else can have it saved."""

from __future__ import annotations

import io
import re
from html import unescape

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from tests.wiki.people_fixtures import PASSWORD, Clock, House, csrf_token, is_signed_in

TEXT = 'First line\nsecond "line" with <b>signs</b> & الكلمات\n\n    indented'
HERE = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}


def carried(page: TestResponse) -> MultiDict[str, str]:
    """Every hidden field of the page's form, as a browser would send it."""
    main = page.text[page.text.index("<main") :]
    form = main[: main.index("</form>")]
    inputs = [dict(re.findall(r'([\w-]+)="([^"]*)"', tag)) for tag in re.findall(r"<input[^>]*>", form, re.S)]
    return MultiDict((unescape(one["name"]), unescape(one["value"])) for one in inputs if one["type"] == "hidden")


def interrupted(house: House, clock: Clock, **fields: object) -> tuple[FlaskClient, TestResponse]:
    """Somebody who wrote for so long that the session ended."""
    house.person("anna@mfa.example")
    client = house.client("anna@mfa.example")
    token = csrf_token(client.get("/me"))
    clock.forward(days=2)
    return client, client.post("/notes", data={"csrf_token": token, **fields})


def sign_in_here(client: FlaskClient, page: TestResponse, password: str = PASSWORD) -> TestResponse:
    fields = carried(page)
    fields.update({"email": "anna@mfa.example", "password": password})
    return client.post("/sign-in", data=fields, content_type="multipart/form-data")


def test_what_was_written_survives_signing_in_again(house: House, clock: Clock) -> None:
    client, page = interrupted(house, clock, title="A title", text=TEXT, tag=["crisis", "press"], empty="")
    assert page.status_code == 403
    assert "What you wrote is kept" in page.text
    answer = sign_in_here(client, page)
    assert answer.status_code == 200
    assert "Save what you wrote" in answer.text
    assert house.notebook.written == [], "it is saved by its writer, not by signing in"
    assert re.search(r'action="/notes"', answer.text)
    assert client.post("/notes", data=carried(answer)).text == "written"
    (written,) = house.notebook.written
    assert written == {"title": ["A title"], "text": [TEXT], "tag": ["crisis", "press"], "empty": [""]}


def test_it_survives_a_mistyped_password_too(house: House, clock: Clock) -> None:
    client, page = interrupted(house, clock, text=TEXT)
    again = sign_in_here(client, page, "not this one at all")
    assert again.status_code == 422
    assert "not right" in again.text
    answer = sign_in_here(client, again)
    client.post("/notes", data=carried(answer))
    assert house.notebook.written == [{"text": [TEXT]}]


def test_it_survives_too_many_tries(house: House, clock: Clock) -> None:
    client, page = interrupted(house, clock, text=TEXT)
    for _ in range(house.settings.attempts_per_account + 1):
        page = sign_in_here(client, page, "not this one at all")
    assert page.status_code == 429
    assert "Retry-After" in page.headers
    clock.forward(minutes=16)
    client.post("/notes", data=carried(sign_in_here(client, page)))
    assert house.notebook.written == [{"text": [TEXT]}]


def test_it_survives_the_loss_of_the_cookie(house: House) -> None:
    house.person("anna@mfa.example")
    client = house.client("anna@mfa.example")
    token = csrf_token(client.get("/me"))
    client.delete_cookie("sid")
    page = client.post("/notes", data={"csrf_token": token, "text": TEXT}, headers=HERE)
    assert page.status_code == 403
    answer = sign_in_here(client, page)
    client.post("/notes", data=carried(answer))
    assert house.notebook.written == [{"text": [TEXT]}]


def test_it_survives_a_sign_in_page_that_lost_its_own_cookie(house: House, clock: Clock) -> None:
    client, page = interrupted(house, clock, text=TEXT)
    client.delete_cookie("sid")
    fields = carried(page)
    fields.update({"email": "anna@mfa.example", "password": PASSWORD})
    page = client.post("/sign-in", data=fields, headers=HERE)
    assert page.status_code == 403
    client.post("/notes", data=carried(sign_in_here(client, page)))
    assert house.notebook.written == [{"text": [TEXT]}]


def test_another_site_cannot_have_a_text_kept(house: House) -> None:
    house.person("anna@mfa.example")
    for headers in (
        {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "same-site"},
        {},
    ):
        page = house.client().post("/notes", data={"text": "planted by somebody else"}, headers=headers)
        assert page.status_code == 403
        assert "planted" not in page.text
    kept = house.client().post("/notes", data={"text": "written by hand"}, headers=HERE)
    assert "written by hand" in kept.text, "or the refusals above would prove nothing"


def test_passwords_tokens_and_files_are_never_kept(house: House) -> None:
    page = house.client().post(
        "/notes",
        data={
            "text": "kept words",
            "password": "hush one",
            "new_password": "hush two",
            "csrf_token": "hush three",
            "form-csrf_token": "hush four",
            "client_secret": "hush five",
            "upload": (io.BytesIO(b"hush six"), "hush seven.txt"),
        },
        content_type="multipart/form-data",
        headers=HERE,
    )
    assert "kept words" in page.text
    assert "hush" not in page.text


def test_a_text_too_long_to_keep_is_said_to_be_lost_before_it_is(house: House) -> None:
    page = house.client().post("/notes", data={"text": "x" * 400_001}, headers=HERE)
    assert page.status_code == 403
    assert "copy it before you sign in" in page.text
    assert len(page.text) < 50_000
    whole = house.client().post("/notes", data={"text": "x" * 399_000}, headers=HERE)
    assert "x" * 399_000 in whole.text


@pytest.mark.parametrize("path", ["/notes", "/me", "/wiki/some-page/edit", "/nowhere/at/all", "/groups"])
def test_every_address_answers_alike(house: House, path: str) -> None:
    answers = [house.client().open(path, method=method, headers=HERE) for method in ("POST", "PUT", "PATCH", "DELETE")]
    absent = house.client().post("/nothing-here", headers=HERE)
    without = {re.sub(r'value="[^"]+"', "", answer.text) for answer in (*answers, absent)}
    assert {answer.status_code for answer in answers} == {403}
    assert len(without) == 1


@pytest.mark.parametrize(
    "target", ["https://evil.example/x", "//evil.example", "/\\evil.example", "", "/\t/evil.example"]
)
def test_a_text_is_never_sent_to_another_site(house: House, target: str) -> None:
    house.person("anna@mfa.example")
    client = house.client()
    fields = {"csrf_token": csrf_token(client.get("/sign-in")), "resume_path": target, "resume-text": "words"}
    answer = client.post("/sign-in", data={**fields, "email": "anna@mfa.example", "password": PASSWORD})
    assert answer.status_code == 303
    assert answer.location == "/"


def test_the_button_needs_the_new_token(house: House, clock: Clock) -> None:
    client, page = interrupted(house, clock, text=TEXT)
    old = carried(page)["csrf_token"]
    answer = sign_in_here(client, page)
    assert client.post("/notes", data={"text": TEXT, "csrf_token": old}).status_code == 400
    assert carried(answer)["csrf_token"] != old
    assert is_signed_in(client)


def test_what_was_written_can_be_read_before_it_is_saved(house: House, clock: Clock) -> None:
    client, page = interrupted(house, clock, text=TEXT, kind="page")
    answer = sign_in_here(client, page)
    shown = re.findall(r"<pre[^>]*>(.*?)</pre>", answer.text, re.S)
    assert [unescape(one) for one in shown] == [TEXT]
