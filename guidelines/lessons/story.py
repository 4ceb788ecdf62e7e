"""The text of a lesson: sections with fixed headings, composed from the boxes of the form and taken apart again.

What somebody wrote freely is never lost: whatever stands outside the known headings is a box of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from wiki.markdown import held_lines

# The boxes in the order of the text, with their headings in each language they may be written in.
HEADINGS: dict[str, dict[str, str]] = {
    "happened": {"en": "What happened", "ar": "ماذا حدث"},
    "intended": {"en": "What we intended", "ar": "ماذا كنا نريد"},
    "sense": {"en": "Why it made sense", "ar": "لماذا بدا ذلك معقولًا"},
    "conclusion": {"en": "What we conclude", "ar": "ماذا نستنتج"},
    "recommended": {"en": "What we recommend", "ar": "بماذا نوصي"},
}
REST = "rest"

_KNOWN = {words.casefold(): box for box, by_language in HEADINGS.items() for words in by_language.values()}
_HEADING = re.compile(r"##[ \t]+(.*?)[ \t]*#*[ \t]*\Z")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")


def compose(boxes: Mapping[str, str], lang: str = "en") -> str:
    """The Markdown of a lesson. Empty boxes have no heading."""
    parts = [
        f"## {headings.get(lang, headings['en'])}\n\n{text}"
        for box, headings in HEADINGS.items()
        if (text := boxes.get(box, "").strip())
    ]
    rest = boxes.get(REST, "").strip()
    # Before the first heading, because after the last one it would belong to that box.
    return "\n\n".join(([rest] if rest else []) + parts) + "\n"


def take_apart(body: str) -> dict[str, str]:
    """The boxes of a text, every one of them there; a heading that comes twice stays in the box it stands in."""
    boxes: dict[str, list[str]] = {REST: []}
    current, fence, lines = REST, "", body.splitlines()
    # A heading within a held passage is part of that.
    held = held_lines(lines)
    for number, line in enumerate(lines):
        box = None if fence or number in held else _box_of(line)
        if box is not None and box not in boxes:
            current = box
            boxes[box] = []
            continue
        fence = _fence_after(line, fence)
        boxes[current].append(line)
    return {box: "\n".join(boxes.get(box, ())).strip("\n").strip() for box in (*HEADINGS, REST)}


def _box_of(line: str) -> str | None:
    heading = _HEADING.match(line)
    return _KNOWN.get(heading.group(1).casefold()) if heading else None


def _fence_after(line: str, fence: str) -> str:
    """The fence of the code that goes on after this line, or nothing; a heading within code is no heading."""
    found = _FENCE.match(line)
    if found is None:
        return fence
    mark = found.group(1)
    if not fence:
        return mark
    closes = mark[0] == fence[0] and len(mark) >= len(fence) and line.strip() == mark
    return "" if closes else fence
