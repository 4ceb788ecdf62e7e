"""What follows the reader's language beyond words: the way a page runs, the names of places, the sizes of files."""

from __future__ import annotations

from babel.dates import get_timezone_location
from babel.units import format_unit
from flask_babel import get_locale, gettext

RTL = frozenset({"ar", "fa", "he", "ur"})
_UNITS = (("digital-megabyte", 1_000_000), ("digital-kilobyte", 1000))


def direction(lang: str) -> str:
    """The way in which lines of this language run, as HTML says it."""
    return "rtl" if lang.replace("_", "-").split("-")[0] in RTL else "ltr"


def place_of(zone: str) -> str:
    """The name of the place whose time this zone is."""
    return str(get_timezone_location(zone, locale=get_locale(), return_city=True)).rpartition("/")[2]


def size_of(count: int) -> str:
    """So many bytes in words, such as “240 kB”."""
    unit, worth = next((pair for pair in _UNITS if count >= pair[1]), ("digital-byte", 1))
    return format_unit(round(count / worth, 1), unit, "short", locale=get_locale())


def of_the_house(words: str) -> str:
    """A text of the settings: the one we come with is translated, one that a service chose is shown as it is."""
    return gettext(words) if words else ""
