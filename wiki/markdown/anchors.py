"""The ids of headings, and how links find them.

Every id of a text has a prefix (`s-` section, `b-` block, `fn-` and `fnref-` footnote), so that no heading, whatever it
says, can take the id of a part of the page around it.
"""

import re
import unicodedata

_OWN = re.compile(r"(?:s|b|fn|fnref)-\S")


def slug(title: str) -> str:
    """Lower case letters, marks and digits of any script, joined by hyphens; 80 characters at most."""
    kept = (ch if ch.isalnum() or unicodedata.category(ch)[0] == "M" else " " for ch in _composed(title))
    return "-".join("".join(kept).split())[:80].rstrip("-") or "section"


def anchor_for(typed: str) -> str:
    """The id meant by an anchor as typed: the id itself, or the words of the heading."""
    typed = typed.strip()
    return typed[:120] if _OWN.match(typed) and not re.search(r"\s", typed) else f"s-{slug(typed)}"


class Anchors:
    """Gives out heading ids, each once."""

    def __init__(self, part: str = "") -> None:
        # The ids of a part that is rendered by itself never meet those of the text around it.
        self._prefix = f"s-{part}-" if part else "s-"
        self._next: dict[str, int] = {}
        self._given: set[str] = set()

    def give(self, title: str) -> str:
        base = candidate = f"{self._prefix}{slug(title)}"
        number = self._next.get(base, 1)
        while candidate in self._given:
            number += 1
            candidate = f"{base}-{number}"
        self._next[base] = number
        self._given.add(candidate)
        return candidate

    def of(self, anchor: str) -> str | None:
        """The id that was given to the heading meant by this anchor."""
        own = self._prefix + anchor.removeprefix("s-")
        return next((one for one in (own, anchor) if one in self._given), None)

    def __contains__(self, anchor: object) -> bool:
        return anchor in self._given


def _composed(title: str) -> str:
    """Cut first, because putting thousands of combining marks in order takes seconds."""
    return unicodedata.normalize("NFC", title[:200]).lower()
