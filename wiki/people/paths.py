"""Where to go after signing in: only ever to a path of our own."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

LONGEST = 2000

# Browsers read a backslash as a slash and drop tabs and line ends, so that “/\t/elsewhere” leaves the site.
_UNSAFE = re.compile(r"[\\\x00-\x20\x7f-\xa0\u2028\u2029]")


def own_path(raw: str | None) -> str | None:
    """The path when it stays on this site, else None."""
    if not raw or len(raw) > LONGEST or not raw.startswith("/") or raw.startswith("//") or _UNSAFE.search(raw):
        return None
    try:
        parts = urlsplit(raw)
    except ValueError:
        return None
    return None if parts.scheme or parts.netloc else raw
