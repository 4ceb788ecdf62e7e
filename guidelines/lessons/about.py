"""Which guidelines a lesson touches: wiki links on the last line of its text, so that both pages show them."""

from __future__ import annotations

import re
from collections.abc import Iterable

_WORDS = {"en": "About", "ar": "عن"}
_LINK = r"\[\[guideline:([^\[\]|#\s]+)\]\]"
_LINE = re.compile(rf"(?:{'|'.join(_WORDS.values())}): {_LINK}(?:, {_LINK})*")


def with_guidelines(body: str, slugs: Iterable[str], lang: str = "en") -> str:
    """The text with a last line that links to these guidelines, or as it is when there are none."""
    links = ", ".join(f"[[guideline:{slug}]]" for slug in dict.fromkeys(slugs))
    return f"{body.rstrip()}\n\n{_WORDS.get(lang, _WORDS['en'])}: {links}\n" if links else body


def apart(body: str) -> tuple[str, list[str]]:
    """The text without such a last line, and the guidelines it named. Any other last line stays where it is."""
    before, _, last = body.rstrip().rpartition("\n\n")
    if not before or not _LINE.fullmatch(last):
        return body, []
    return f"{before}\n", re.findall(_LINK, last)
