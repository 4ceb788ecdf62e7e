"""Hints for the writer of a lesson: what they find, and what they leave in peace."""

from __future__ import annotations

import pytest

from guidelines.lessons import hints
from guidelines.lessons.hints import Sort


@pytest.mark.parametrize(
    ("text", "sort", "found"),
    [
        ("Then Mr Ivanov rang.", Sort.NAME, "Mr Ivanov"),
        ("Ambassador Maria Lopez was told.", Sort.NAME, "Ambassador Maria Lopez"),
        ("We asked Dr. Weber for advice.", Sort.NAME, "Dr. Weber"),
        ("The call came from Ludmila Petrova, late at night.", Sort.NAME, "Ludmila Petrova"),
        ("She met Jean-Luc Moreau at noon.", Sort.NAME, "Jean-Luc Moreau"),
        ("Call +44 20 7946 0958 at night.", Sort.PHONE, "+44 20 7946 0958"),
        ("The number was 0171-5550123.", Sort.PHONE, "0171-5550123"),
        ("He texted (030) 555 0199 twice.", Sort.PHONE, "(030) 555 0199"),
        ("Written to j.doe@example.org by mistake.", Sort.EMAIL, "j.doe@example.org"),
        ("As told in LIS 1234/26, we waited.", Sort.REFERENCE, "LIS 1234/26"),
        ("See TELNO 45 of that day.", Sort.REFERENCE, "TELNO 45"),
        ("See 26 LISBON 1234.", Sort.REFERENCE, "26 LISBON 1234"),
        ("It was https://x.com/somebody/status/17999 that hurt.", Sort.LINK, "https://x.com/somebody/status/17999"),
        ("Open https://example.org/form?user=anna.", Sort.LINK, "https://example.org/form?user=anna"),
    ],
)
def test_a_hint_names_what_it_found(text: str, sort: Sort, found: str) -> None:
    assert [(hint.sort, hint.box, hint.found) for hint in hints.look({"happened": text})] == [(sort, "happened", found)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "We posted on 2026-03-01 at 08:10 and took it down on 1.3.2026.",
        "It reached 1 200 000 people, 190,000 of them at home, between 2024-2026.",
        "The Foreign Ministry and the United Nations asked Embassy Lisbon.",
        "Our post on World Press Freedom Day went out on Monday Morning News.",
        "Two people checked. They saw nothing. Nobody asked.",
        "Red Cross and Creative Commons are fine. So is WhatsApp Business.",
        "The rules are in G-12 §3 and on https://example.org/rules.",
        "We lost 3500 followers in 24 hours, 12 of 340 replied.",
        "Read [[guideline:impersonation]] first.",
        "Ring the minister, the ambassador and the consul.",
        "Version 3.11.2 of the app, 5/7 of the answers.",
    ],
)
def test_ordinary_words_are_left_in_peace(text: str) -> None:
    assert hints.look({"happened": text}) == ()


def test_the_starter_lessons_raise_few_alarms() -> None:
    from pathlib import Path

    folder = Path(__file__).resolve().parents[2] / "starter/demo/lessons"
    texts = [path.read_text(encoding="utf-8").split("---", 2)[2] for path in sorted(folder.glob("*.md"))]
    alarms = [hint.found for text in texts for hint in hints.look({"happened": text})]
    assert len(texts) >= 10
    assert len(alarms) <= 2, alarms


def test_each_hint_comes_once_and_says_in_which_box() -> None:
    found = hints.look({"happened": "Mr Ivanov and Mr Ivanov.", "title": "Do not ring Mr Ivanov"})
    assert [(hint.box, hint.found) for hint in found] == [("happened", "Mr Ivanov"), ("title", "Mr Ivanov")]


def test_a_long_text_of_numbers_is_looked_through_quickly_and_tells_a_few() -> None:
    import time

    before = time.perf_counter()
    found = hints.look({"happened": "+44 20 7946 0958 Anna Schmidt a@b.co " * 2000, "intended": "1 " * 50_000})
    assert len(found) <= hints.MOST
    assert time.perf_counter() - before < 2
