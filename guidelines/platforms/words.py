"""The words that platforms are described with, and the countries of the world in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from babel import Locale
from flask_babel import get_locale, lazy_gettext as _l

from wiki.people.models import folded

AUDIENCES: dict[str, Any] = {
    "public": _l("The public of the host country"),
    "young": _l("Young people"),
    "citizens": _l("Our citizens abroad"),
    "diaspora": _l("People with roots in our country"),
    "journalists": _l("Journalists"),
    "officials": _l("Officials and politicians"),
    "business": _l("Companies and people at work"),
    "experts": _l("Scholars and experts"),
}
PURPOSES: dict[str, Any] = {
    "inform": _l("Inform"),
    "converse": _l("Talk with people"),
    "crisis": _l("Warn in a crisis"),
    "consular": _l("Help citizens"),
    "culture": _l("Show culture and everyday life"),
    "trade": _l("Support trade and study"),
    "correct": _l("Put false claims right"),
    "listen": _l("Listen to what is said"),
}
# From the least to the most: what a platform asks for, and in the same order what somebody has.
ANSWERS: dict[str, Any] = {
    "nobody": _l("Nobody has to answer"),
    "working-days": _l("Somebody answers on working days"),
    "every-day": _l("Somebody answers every day, in the evening too"),
}
HAVING: dict[str, Any] = {
    "nobody": _l("Nobody has the time"),
    "working-days": _l("Somebody, on working days"),
    "every-day": _l("Somebody, every day and in the evening"),
}
RTL: dict[str, Any] = {
    "": _l("Nobody has tried"),
    "yes": _l("Works well"),
    "partly": _l("Works with flaws"),
    "no": _l("Does not work"),
}
_COUNTRY = re.compile(r"[A-Z]{2}")
# What the list holds that is no country: unions, parts of others, and codes for tests.
_NO_COUNTRY = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"})
_BETWEEN = re.compile(r"[\n,;،؛]+")


def countries() -> dict[str, str]:
    """The countries by code, in the order of their names in the reader's language."""
    return _countries(str(get_locale() or "en"))


@lru_cache(maxsize=16)
def _countries(locale: str) -> dict[str, str]:
    names = {str(code): str(name) for code, name in Locale.parse(locale).territories.items()}
    found = {code: name for code, name in names.items() if _COUNTRY.fullmatch(code) and code not in _NO_COUNTRY}
    return dict(sorted(found.items(), key=lambda one: (folded(one[1]), one[0])))


def country_names(codes: Iterable[str]) -> list[str]:
    """The names of countries; of a code that is none, the code."""
    names = countries()
    return sorted((names.get(code, code) for code in codes), key=folded)


def spoken_names(code: str) -> list[str]:
    """The names of one country in the reader's language and in English, in which most is written."""
    names = (countries().get(code, ""), _countries("en").get(code, ""))
    return [name for name in dict.fromkeys(names) if name]


def read_countries(typed: str) -> tuple[list[str], list[str]]:
    """The codes of the countries that were typed by name or code, and what is no country."""
    known = _by_name("en") | _by_name(str(get_locale() or "en"))
    words = [word for word in (" ".join(part.split()) for part in _BETWEEN.split(typed)) if word]
    found = {word: known.get(folded(word)) for word in words}
    codes = sorted({code for code in found.values() if code})
    return codes, [word for word, code in found.items() if code is None]


@lru_cache(maxsize=16)
def _by_name(locale: str) -> dict[str, str]:
    names = _countries(locale)
    return {code.lower(): code for code in names} | {folded(name): code for code, name in names.items()}
