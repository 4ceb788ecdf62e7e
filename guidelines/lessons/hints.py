"""Hints for the writer: names, telephone numbers, addresses and references that readers may not need.

They are guesses by the look of the words, never a reason to refuse: a person decides. Better to miss one than to cry
wolf, so a name counts only after a title, or as two capitalised words in the middle of a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

MOST = 12


class Sort(StrEnum):
    """What a hint is about."""

    EMAIL = "email"
    PHONE = "phone"
    REFERENCE = "reference"
    LINK = "link"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Hint:
    """Something found in a box, as it stands there."""

    sort: Sort
    box: str
    found: str


_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
# Seven digits or more in groups, with the signs people put between them. Dates and times are taken out first.
_PHONE = re.compile(r"(?<![\w/.-])(?:\+|00)?\(?\d{1,4}\)?(?:[ \u00a0./-]?\(?\d{2,4}\)?){2,5}(?![\w/-])")
_NO_PHONE = re.compile(
    r"\b\d{4}[-/.]\d{1,2}[-/.]\d{1,2}\b|\b\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}\b|\b\d{1,2}:\d{2}(?::\d{2})?\b"
    r"|\b\d{1,3}(?:[ \u00a0,.]\d{3})+\b(?![ \u00a0./-]?\d)|\b(?:19|20)\d\d ?[-–/] ?(?:19|20)\d\d\b"
)
_FEWEST_DIGITS = 7
# “LIS 1234/26”, “TELNO 45”, “24 LISBON 1234”: an origin in capitals with a number and mostly a year.
_REFERENCE = re.compile(
    r"\b(?:TELNO|TELEGRAM|DIPTEL|CABLE|MEMO|NOTE VERBALE|eGram|FCOTEL)(?: (?:No\.?|number))? ?\d{1,6}(?:/\d{2,4})?\b"
    r"|\b[A-Z]{3,12} \d{1,6}/\d{2,4}\b|\b\d{2} [A-Z]{4,12} \d{1,6}\b"
)
# An address that names somebody's account, post, file or place in a system, by a long number or a word of its own.
_LINK = re.compile(r"https?://\S{4,500}")
_TELLING = re.compile(
    r"\d{6,}|[?&](?:id|user|uid|token|key|email)=|/(?:status|users?|profile|people|u)/", re.IGNORECASE
)

_TITLES = (
    "Mr", "Mrs", "Ms", "Miss", "Mx", "Dr", "Prof", "Professor", "Sir", "Dame", "Lord", "Lady", "Ambassador", "Consul",
    "Minister", "President", "Senator", "Governor", "General", "Colonel", "Captain", "Secretary", "Chargé", "HE", "H.E",
    "Monsieur", "Madame", "Mme", "Señor", "Señora", "Herr", "Frau", "Sheikh",
)  # fmt: skip
_CAPITALISED = r"[A-ZÀ-ÖØ-Þ][\w’'-]*[a-zà-öø-ÿ][\w’'-]*"
_ANY_TITLE = "|".join(re.escape(title) for title in _TITLES)
_TITLED = re.compile(rf"\b(?:{_ANY_TITLE})\.? (?:{_CAPITALISED})(?: {_CAPITALISED})?")
_PAIR = re.compile(rf"(?<=[a-zà-öø-ÿ0-9,;] )({_CAPITALISED}) ({_CAPITALISED})(?: {_CAPITALISED})?(?![\w-])")
# Words that stand with a capital in names of places, offices, days and things, but seldom in the name of a person.
_NO_NAMES = frozenset(
    re.findall(
        r"\w+",
        """
        Embassy Consulate Consul Mission Ministry Minister Ambassador Deputy Head Office Press Unit Desk Directorate
        Department Foreign Prime President Secretary General United Nations European Union Council Commission
        Parliament National International Security Service Public Affairs Information Communications Digital Social
        Media Planning Policy People Training Records Data Protection Task Force Crisis Travel Advice North South East
        West New Old Saint San Santa Port Cape Mount Lake River Republic Kingdom Federal State States City Valley Bay
        Beach Island Islands Square Street Avenue Airport University School Museum Hospital Hotel House Palace Day
        Week Year Month Holiday Independence Christmas Easter Eid Ramadan Diwali Monday Tuesday Wednesday Thursday
        Friday Saturday Sunday January February March April May June July August September October November December
        English French Spanish Arabic Russian Chinese German Portuguese Twitter Facebook Instagram Telegram Whatsapp
        WhatsApp TikTok YouTube LinkedIn Wikipedia Google Apple Microsoft Android Wiki World Cup Games Summit
        Conference Festival Fund Bank Group Team Chancery Meta Business Suite Stories Reels Creative Commons Community
        Notes Black White Red Green Blue Great Middle Central Northern Southern Eastern Western High Supreme Court Law
        Act Treaty Convention Agreement Protocol Notice Official
        """,
    )
)


def look(boxes: Mapping[str, str]) -> tuple[Hint, ...]:
    """The hints for the boxes of a form, box by box, the surest first and each only once; at most twelve."""
    found = dict.fromkeys(hint for box, text in boxes.items() for hint in _in_box(box, text))
    return tuple(found)[:MOST]


def _in_box(box: str, text: str) -> Iterator[Hint]:
    rest = text
    for sort, words in _certain(text):
        rest = rest.replace(words, " \N{BULLET} ")
        yield Hint(sort, box, words)
    for words in _phones(rest):
        yield Hint(Sort.PHONE, box, words)
    for words in _names(rest):
        yield Hint(Sort.NAME, box, words)


def _certain(text: str) -> list[tuple[Sort, str]]:
    links = [(Sort.LINK, found.rstrip(".,;:)]")) for found in _LINK.findall(text) if _TELLING.search(found)]
    # What stands within an address of a page is no address of a person.
    bare = _LINK.sub(" ", text)
    emails = [(Sort.EMAIL, found) for found in _EMAIL.findall(bare)]
    return links + emails + [(Sort.REFERENCE, found) for found in _REFERENCE.findall(bare)]


def _phones(text: str) -> Iterable[str]:
    bare = _NO_PHONE.sub(" ", _LINK.sub(" ", text))
    for found in _PHONE.finditer(bare):
        digits = sum(sign.isdigit() for sign in found[0])
        if _FEWEST_DIGITS <= digits <= 15 and (digits > len(found[0].strip()) - 8):
            yield found[0].strip()


def _names(text: str) -> Iterable[str]:
    bare = _LINK.sub(" ", text)
    titled = [found[0] for found in _TITLED.finditer(bare)]
    yield from titled
    for found in _PAIR.finditer(bare):
        words = found[0].split()
        if not _NO_NAMES.isdisjoint(words) or any(found[0] in name for name in titled):
            continue
        yield found[0]
