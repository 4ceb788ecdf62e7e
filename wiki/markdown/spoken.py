"""A text in the words of its readers: what the marks of a writer mean, said plainly, line by line.

It is for comparing two texts in front of people who do not write them. It looks at one line at a time, so that a change
of one line stays a change of one line; where it cannot tell what a mark means, it leaves the line as it was written.
"""

import re
from collections.abc import Iterator, Mapping

from wiki.markdown.blocks import opening
from wiki.markdown.words import BLOCKS, words_in

_FENCE = re.compile(r"[ ]{0,3}(`{3,}|~{3,})")
_ID = re.compile(r"[ \t]*\{#b-[a-z0-9]{2,20}\}[ \t]*\Z")
_TOKEN = re.compile(r"\[\[held:[a-z0-9]{12}\]\]\Z", re.IGNORECASE)
_HELD = re.compile(r":{3,}[ \t]*held\b", re.IGNORECASE)
_CLOSING = re.compile(r":{3,}\Z")
_HEADING = re.compile(r"#{1,6}[ \t]+")
_RULER = re.compile(r"\|?[ \t]*:?-{2,}:?[ \t]*(?:\|[ \t]*:?-{2,}:?[ \t]*)*\|?\Z")
_ITEM = re.compile(r"[-*+][ \t]+(?:\[([ xX])\][ \t]+)?")
_CODE = re.compile(r"`([^`\n]+)`")
_WIKI_LINK = re.compile(r"\[\[(?:[a-z-]+:)?([^\[\]|\n]*)(?:\|([^\[\]\n]*))?\]\]")
_LINK = re.compile(r"!?\[([^\[\]\n]*)\]\(([^()\n]*)\)")
_STRONG = re.compile(r"(\*\*|__|~~)(?=\S)([^*_~\n]+)\1")
_STRESS = re.compile(r"(?<!\w)([*_])(?=\S)([^*_\n]+)\1(?!\w)")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


def spoken(text: str, lang: str = "en") -> str:
    """The text without marks: names of boxes in words, no ids, no signs of layout. Nothing that is said gets lost."""
    return "\n".join(_lines(text, words_in(lang)))


def _lines(text: str, words: Mapping[str, str]) -> Iterator[str]:
    fence = ""
    # The boxes that are open here, each by whether it holds words back: where those end has to be seen.
    boxes: list[bool] = []
    for line in text.split("\n"):
        found = _FENCE.match(line)
        if fence:
            if found and found[1].startswith(fence):
                fence = ""
            else:
                yield line
        elif found:
            fence = found[1]
        elif (mark := line.strip(" \t>")).startswith(":::"):
            yield from _edge(mark, boxes, words)
        elif (said := _line(line.rstrip().lstrip(" \t>"), words)) is not None:
            yield said


def _edge(line: str, boxes: list[bool], words: Mapping[str, str]) -> Iterator[str]:
    """Where a box begins or ends."""
    if _CLOSING.match(line):
        if boxes and boxes.pop():
            yield words["held-until"]
    elif _HELD.match(line):
        boxes.append(True)
        yield words["held-from"]
    else:
        if _is_known(line):
            boxes.append(False)
        yield _box(line, words)


def _line(line: str, words: Mapping[str, str]) -> str | None:
    """One line in plain words; None where it only lays out something."""
    if _TOKEN.match(line):
        return words["held"]
    if _RULER.match(line) and "-" in line:
        return None
    line = _HEADING.sub("", _ID.sub("", line), count=1) if line.startswith("#") else _ID.sub("", line)
    if line.startswith("|"):
        line = " | ".join(cell.strip() for cell in line.strip("|").split("|"))
    item = _ITEM.match(line)
    sign = ("• " if item[1] is None else "☐ " if item[1] == " " else "☑ ") if item else ""
    return sign + _inline(line[item.end() :] if item else line)


def _is_known(line: str) -> bool:
    first = opening(line)
    return first is not None and first.name in BLOCKS


def _box(line: str, words: Mapping[str, str]) -> str:
    first = opening(line)
    if first is None or first.name not in BLOCKS:
        return line
    return f"{words[first.name]}: {_inline(first.title)}" if first.title else words[first.name]


def _inline(line: str) -> str:
    """The words of a line without marks, but for what stands in code."""
    parts = _CODE.split(line)
    return "".join(part if number % 2 else _bare(part) for number, part in enumerate(parts))


def _bare(words: str) -> str:
    words = _WIKI_LINK.sub(lambda found: _with_target(found[2], found[1].replace("-", " ")), words)
    words = _LINK.sub(lambda found: _with_target(found[1], found[2]), words)
    for mark in (_STRONG, _STRESS):
        words = mark.sub(r"\2", words)
    return _ESCAPED.sub(r"\1", words)


def _with_target(label: str | None, target: str) -> str:
    """A link, with where it leads: that may be all that changed."""
    return f"{label} ({target})" if label and target else label or target
