"""Walking through Markdown from outside: code is put aside and comes back untouched, and every piece knows its line."""

from __future__ import annotations

import re
from bisect import bisect_right

# A fence ends with a fence of its kind or with the text; inline code ends on as many backticks as it began with.
_CODE = re.compile(
    r"^[ \t>]*(?P<fence>`{3,}|~{3,})[^\n]*\n(?:.*?^[ \t>]*(?P=fence)[`~]*[ \t]*$|.*\Z)"
    r"|(?<!`)(?P<ticks>`{1,4})(?!`)[^`\n](?:[^\n]{0,400}?[^`\n])?(?P=ticks)(?!`)",
    re.DOTALL | re.MULTILINE,
)
_PRIVATE = re.compile("[\ue000-\uf8ff]")
_ASIDE = re.compile("\ue000([0-9]+)\ue001(\n*)")


class Lines:
    """From a position in a text to its line in the file."""

    def __init__(self, text: str, first: int) -> None:
        self.starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self.first = first

    def at(self, position: int) -> int:
        return bisect_right(self.starts, position) - 1 + self.first


class Aside:
    """A text with its code put aside; `text` has as many lines as before."""

    def __init__(self, text: str) -> None:
        self.kept: list[str] = []
        self.text = _CODE.sub(self._keep, _PRIVATE.sub("", text))

    def _keep(self, found: re.Match[str]) -> str:
        self.kept.append(found.group())
        return f"\ue000{len(self.kept) - 1}\ue001" + "\n" * found.group().count("\n")

    def back(self, text: str) -> str:
        """The text with its code where it was."""
        return _ASIDE.sub(self._bring, text)

    def _bring(self, found: re.Match[str]) -> str:
        code = self.kept[int(found[1])]
        # As many line ends as stood in for those of the code are taken away again.
        return code + found[2][code.count("\n") :]
