"""Mail by SMTP, to a real server: delivery, refusals, trouble, and nothing in the clear that should not be."""

from __future__ import annotations

import logging
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from tests.conftest import AppMaker
from tests.people import World
from tests.wiki.post_office import PostOffice, free_port, words
from wiki import db, health, mail, outbox
from wiki.settings import Settings, SettingsError, read


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with PostOffice().open() as found:
        yield found


@pytest.fixture
def app(make_app: AppMaker, office: PostOffice) -> Flask:
    """An application that sends its mail to the post office."""
    return make_app(smtp_host="127.0.0.1", smtp_port=office.port, public_url="https://wiki.example.org")


def send(app: Flask, to: str = "amina@example.org", **more: str) -> None:
    with app.app_context():
        mail.send(to, "test", **{"lang": "en", "link": "https://wiki.example.org", **more})


def test_a_letter_arrives_whole(app: Flask, office: PostOffice) -> None:
    send(app)
    [letter] = office.letters
    assert office.recipients == [["amina@example.org"]]
    assert (letter["From"], letter["To"]) == ("no-reply@wiki.example.org", "amina@example.org")
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Message-ID"].endswith("@wiki.example.org>")
    assert "If you can read it" in letter.get_body(("plain",)).get_content()
    assert "<html" in letter.get_body(("html",)).get_content()


def test_a_letter_in_arabic_is_readable_and_runs_from_right_to_left(app: Flask, office: PostOffice) -> None:
    # What the templates say in Arabic depends on the translation; what people are called does not.
    with app.app_context():
        mail.send("amina@example.org", "reset", lang="ar", name="أمينة فاروق", link="https://x", minutes=5, hours=0)
    [letter] = office.letters
    assert "أمينة فاروق" in letter.get_body(("plain",)).get_content()
    html = letter.get_body(("html",)).get_content()
    assert 'dir="rtl"' in html
    assert "أمينة فاروق" in html
    assert any("\u0600" <= sign <= "\u06ff" for sign in letter["Subject"]), "control: the subject is translated"
    assert letter.as_bytes().isascii(), "a server need not understand more than ASCII"


def test_a_letter_sent_again_under_its_name_is_known_by_its_id(app: Flask, office: PostOffice) -> None:
    for once in ("one", "one", "other", "", ""):
        send(app, once=once)
    ids = [letter["Message-ID"] for letter in office.letters]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 4


@pytest.mark.parametrize("address", ["a@b.org\nBcc: eve@example.org", "a@b.org, eve@example.org", "nobody", "", "a@"])
def test_what_is_not_one_address_gets_nothing(app: Flask, office: PostOffice, address: str) -> None:
    with pytest.raises(mail.Refused):
        send(app, address)
    assert office.letters == []


def test_no_words_become_a_header(make_app: AppMaker, office: PostOffice) -> None:
    app = make_app("two", smtp_host="127.0.0.1", smtp_port=office.port, site_name="X\r\nBcc: eve@example.org")
    send(app)
    assert "Bcc" not in office.letters[0]
    assert office.recipients == [["amina@example.org"]]


def test_a_refused_address_is_given_up_and_the_others_get_theirs(app: Flask, office: PostOffice) -> None:
    office.answers = {"gone@example.org": "550 No such mailbox", "busy@example.org": "450 Come again"}
    people = ["gone@example.org", "busy@example.org", "amina@example.org"]
    left = mail.send_each(range(3), lambda number: send(app, people[number]))
    assert left == [1], "only what may be taken later is tried again"
    assert office.recipients == [["amina@example.org"]]


@pytest.mark.parametrize(("answer", "trouble"), [("552 Too big", mail.Refused), ("451 Not now", mail.Later)])
def test_a_letter_may_be_refused_for_what_it_is(
    app: Flask, office: PostOffice, answer: str, trouble: type[Exception]
) -> None:
    office.after_data = answer
    with pytest.raises(trouble, match=answer):
        send(app)


def test_a_server_that_is_down_is_asked_once_for_all_letters(make_app: AppMaker) -> None:
    app = make_app(smtp_host="127.0.0.1", smtp_port=free_port())
    asked = []

    def send_one(number: int) -> None:
        asked.append(number)
        send(app)

    assert mail.send_each([7, 8, 9], send_one) == [7, 8, 9]
    assert asked == [7]


def test_a_letter_on_which_the_server_hangs_up_does_not_stop_the_others(app: Flask, office: PostOffice) -> None:
    office.answers = {"poison@example.org": "hang up"}
    people = ["poison@example.org", "amina@example.org", *["poison@example.org"] * 3, "oskar@example.org"]
    asked = []

    def send_one(number: int) -> None:
        asked.append(number)
        send(app, people[number])

    assert mail.send_each(range(6), send_one) == [0, 2, 3, 4, 5]
    assert asked == [0, 1, 2, 3, 4], "after three in a row it is the server"
    assert office.recipients == [["amina@example.org"]]


def test_no_letter_goes_unencrypted_where_encryption_is_asked_for(make_app: AppMaker, office: PostOffice) -> None:
    app = make_app(smtp_host="127.0.0.1", smtp_port=office.port, smtp_starttls=True)
    with pytest.raises(mail.Later, match="STARTTLS"):
        send(app)
    assert office.letters == []


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl to make a certificate with")
    files = ["-keyout", str(tmp_path / "key.pem"), "-out", str(tmp_path / "cert.pem")]
    subject = ["-subj", "/CN=post", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *files, *subject],
        check=True,
        capture_output=True,
    )
    return tmp_path / "cert.pem"


def test_letters_go_encrypted_and_signed_in_to_a_server_that_is_known(
    make_app: AppMaker, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, certificate.parent / "key.pem")
    with PostOffice().open(tls, require_starttls=True) as office:
        chosen = {"smtp_host": "127.0.0.1", "smtp_port": office.port, "smtp_starttls": True, "smtp_user": "chancery"}
        stranger = make_app("stranger", **chosen, smtp_password="right")
        with pytest.raises(mail.Later, match="certificate"):
            send(stranger)
        assert office.letters == office.signed_in == [], "neither letter nor password for whoever cannot prove itself"

        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        send(stranger)
        assert len(office.letters) == 1
        assert office.signed_in == ["chancery"]
        with pytest.raises(mail.Later, match="535"):
            send(make_app("wrong", **chosen, smtp_password="wrong"))
        assert len(office.letters) == 1


def test_a_reset_waits_for_a_server_that_is_down_and_is_sent_once(
    make_app: AppMaker, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    port = free_port()
    world = World(make_app(smtp_host="127.0.0.1", smtp_port=port, drain="service"))
    world.post(None, "/forgot", {"email": "amina@example.org"})
    with caplog.at_level(logging.WARNING):
        world.settle()
    assert "amina" not in caplog.text, "no address in the log"
    with PostOffice().open(port=port) as office:
        world.settle()
        assert office.letters == [], "it is not tried at every look"
        later(monkeypatch, 61)
        world.settle()
        world.settle()
        assert office.recipients == [["amina@example.org"]]
    with world.app.app_context():
        assert outbox.drain(wait=True) == 0


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Move the clock forward."""
    now = db.now
    monkeypatch.setattr(db, "now", lambda: now() + timedelta(seconds=seconds))


def test_an_invitation_goes_out_after_the_answer_and_its_failure_harms_nobody(make_app: AppMaker) -> None:
    port = free_port()
    world = World(make_app(smtp_host="127.0.0.1", smtp_port=port))
    form = {"name": "New Here", "email": "new@example.org", "sort": "staff", "lang": "en", "timezone": "UTC",
            "rank": "member", "group": "lisbon", "invite": "y"}  # fmt: skip
    with PostOffice().open(port=port) as office:
        answer = world.post("ada", "/admin/people/new", form)
        assert "is on its way" in answer.text, answer.text[:3000]
        assert office.recipients == [["new@example.org"]]
    answer = world.post("ada", "/admin/people/new", {**form, "email": "newer@example.org"})
    assert "/welcome/" in answer.text, "the link is on the screen all the same"


def test_the_command_says_how_it_went(app: Flask, office: PostOffice) -> None:
    run = app.test_cli_runner().invoke
    good = run(args=["mail", "test", "amina@example.org"])
    assert (good.exit_code, len(office.letters)) == (0, 1), good.output
    office.answers = {"gone@example.org": "550 No such mailbox"}
    bad = run(args=["mail", "test", "gone@example.org"])
    assert bad.exit_code == 1
    assert "550 No such mailbox" in bad.output
    for nonsense in ("gone", "a b@example.org", "a@b@c"):
        assert run(args=["mail", "test", nonsense]).exit_code == 2


def test_without_a_server_the_command_lays_the_letter_down(make_app: AppMaker) -> None:
    app = make_app("files")
    done = app.test_cli_runner().invoke(args=["mail", "test", "amina@example.org"])
    assert done.exit_code == 0
    assert len(list((app.extensions["chancery_settings"].data_dir / "mail").glob("*.eml"))) == 1


def test_the_check_knocks_at_the_server(app: Flask, make_app: AppMaker) -> None:
    silent = make_app("silent", smtp_host="127.0.0.1", smtp_port=free_port())
    for one, fine in ((app, True), (silent, False), (make_app("files"), True)):
        with one.app_context():
            [finding] = [each for each in health.look(one) if each.about == "mail"]
        assert finding.fine is fine, finding


@pytest.mark.parametrize(
    "wrong",
    [
        {"SMTP_HOST": "mail.example.org", "SMTP_USER": "chancery"},
        {"MAIL_FROM": "a@b.org\nBcc: eve@example.org"},
        {"MAIL_FROM": "nobody"},
        {"SMTP_PORT": "0"},
    ],
)
def test_settings_that_cannot_be_right_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(SettingsError):
        read({f"CHANCERY_{name}": value for name, value in wrong.items()})
    assert read({"CHANCERY_SMTP_HOST": "localhost", "CHANCERY_SMTP_USER": "chancery"}).smtp_user


def test_the_sender_is_as_set(make_app: AppMaker, office: PostOffice) -> None:
    chosen = Settings(mail_from="notices@example.org").mail_from
    send(make_app("two", smtp_host="127.0.0.1", smtp_port=office.port, mail_from=chosen))
    assert "From: notices@example.org" in words(office.letters[0])
