"""Passwords: long is good, guessable is refused, and nothing else is asked."""

from __future__ import annotations

import threading
import time

import pytest

from tests.wiki.people_fixtures import House
from wiki.people import passwords

CONTEXT = ("Anna Weiss-Holm", "anna.weiss@mfa.example", "Chancery")


@pytest.mark.parametrize(
    "password",
    [
        "three purple walruses",
        "correct horse battery staple",
        "k7#Vq!zR",
        "nur kleine buchstaben",
        "كلمة مرور طويلة",
        "        spaces        ",
        "x7" * 3 + "q" * 100 + "ü" * 50,
        "My uncle from Braga fishes on Sundays",
        "anna und die sieben geissen",
        "Ω" * 3 + "abracadabra of the north",
        "92745018364520",
    ],
)
def test_a_password_nobody_would_guess_is_taken(house: House, password: str) -> None:
    with house.app.test_request_context():
        assert passwords.problem(password, context=CONTEXT) is None


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "1234567",
        "password",
        "Password1!",
        "P@ssw0rd2024",
        "passwordpassword",
        "12345678",
        "87654321",
        "00000000",
        "aaaaaaaaaaaa",
        "abcabcabcabc",
        "qwertyuiop",
        "poiuytrewq",
        "QWERTZ1234",
        "1qaz2wsx",
        "q1w2e3r4t5"[::-1],
        "sunshine2026",
        "Welcome!!!",
        "letmein123",
        "Embassy2026!",
        "diplomat99",
        "iloveyou!",
        "19841225",
        "abcdefgh",
        "пароль123",
        "chancery-2026",
        "AnnaWeiss1",
        "weiss.anna!!",
        "mfa-example-1",
    ],
)
def test_a_password_others_would_try_is_refused(house: House, password: str) -> None:
    with house.app.test_request_context():
        assert passwords.problem(password, context=CONTEXT)


def test_a_password_may_have_256_characters_and_counts_to_the_last(house: House) -> None:
    longest = ("the quick red fox of lisbon " * 12)[:256]
    with house.app.test_request_context():
        assert passwords.problem(longest) is None
        assert passwords.problem(longest + "x")
    kept = passwords.hashed(longest)
    assert passwords.matches(kept, longest)
    assert not passwords.matches(kept, longest[:-1])


def test_a_password_is_the_same_however_the_keyboard_composes_it() -> None:
    kept = passwords.hashed("café crème à lyon")
    assert passwords.matches(kept, "cafe\u0301 cre\u0300me a\u0300 lyon")
    assert not passwords.matches(kept, "cafe creme a lyon")


@pytest.mark.usefixtures("dear_passwords")
def test_two_people_with_one_password_have_two_hashes() -> None:
    first, second = passwords.hashed("three purple walruses"), passwords.hashed("three purple walruses")
    assert first != second
    assert first.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_nobody_and_nonsense_match_nothing() -> None:
    assert not passwords.matches(None, "three purple walruses")
    assert not passwords.matches("not a hash", "three purple walruses")


def test_no_more_than_two_passwords_are_hashed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    busy, most, guard = 0, 0, threading.Lock()

    class Slow:
        def verify(self, kept: str, password: str) -> bool:
            nonlocal busy, most
            with guard:
                busy += 1
                most = max(most, busy)
            time.sleep(0.02)
            with guard:
                busy -= 1
            return True

    monkeypatch.setattr(passwords, "_hasher", Slow())
    threads = [threading.Thread(target=passwords.matches, args=("kept", "word")) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 2


def test_judging_the_longest_password_takes_no_time(house: House) -> None:
    with house.app.test_request_context():
        for nasty in ("a" * 256, "ab" * 128, "@" * 256, ("a" * 127 + "b") * 2, "anna" * 64):
            began = time.thread_time()
            passwords.problem(nasty, context=CONTEXT)
            assert time.thread_time() - began < 0.2
