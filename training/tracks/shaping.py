"""The text of a track as its readers get it: each item of the lists below its days becomes a step with its state.

The words stay those of the writer, links and all. The HTML was made and cleaned when the text was saved, so its
elements are closed and its attributes stand in double quotes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from html import unescape

from markupsafe import Markup

from training.tracks import paths

_TAG = re.compile(r'<(/?)([a-z][a-z0-9]*)((?:"[^"]*"|[^">])*)>')
_ANY_TAG = re.compile(r'<(?:"[^"]*"|[^">])*>')
_VOID = frozenset({"br", "hr", "img", "input", "col", "wbr"})
_ANCHOR = re.compile(r'\s*<a class="anchor".*?</a>')
_BOX = re.compile(r'<input type="checkbox"[^>]*>\s*')
_OPTIONAL = re.compile(paths.OPTIONAL + r"(?=</p>|<[uo]l|\Z)", re.IGNORECASE)

# What becomes of an item, given its place in the text and its words; nothing for one that this reader does not get.
Draw = Callable[[int, Markup], Markup | str]


def with_steps(html: str, draw: Draw, under: Callable[[str], Markup | str]) -> Markup:
    """The text with its steps drawn; `under` gives what stands below the heading of a part of the way."""
    made: list[str] = []
    level, position = 0, 0
    for tag, part in _elements(html):
        if re.fullmatch("h[2-6]", tag):
            level, more = _passed(tag, part, level, under)
            made += [part, more]
        elif level and tag in ("ul", "ol"):
            items = [inner for each, inner in _elements(_inside(part)) if each == "li"]
            made.append(_listed([draw(position + n, _words(inner)) for n, inner in enumerate(items)]))
            position += len(items)
        else:
            made.append(part)
    # Cleaned when it was rendered, and what is put in was made by templates.
    return Markup("".join(made))  # noqa: S704


def _passed(tag: str, heading: str, level: int, under: Callable[[str], Markup | str]) -> tuple[int, str]:
    """The level of the heading whose steps follow, or 0, and what stands below this one."""
    own, title = int(tag[1]), unescape(_ANY_TAG.sub("", _ANCHOR.sub("", heading))).strip()
    if paths.is_timed(title):
        return own, str(under(title))
    return (level if own > level else 0), ""


def _listed(steps: list[Markup | str]) -> str:
    drawn = "".join(str(step) for step in steps)
    return f'<ol class="rows ul">{drawn}</ol>' if drawn else ""


def _words(item: str) -> Markup:
    # A part of what was cleaned, from one end of an element to the other.
    return Markup(_OPTIONAL.sub("", _BOX.sub("", _inside(item), count=1), count=1).strip())  # noqa: S704


def _inside(element: str) -> str:
    return element[element.index(">") + 1 : element.rindex("</")]


def _elements(html: str) -> Iterator[tuple[str, str]]:
    """The elements at the top with their names, and what stands between them, in order and without a gap."""
    depth, start, name = 0, 0, ""
    for found in _TAG.finditer(html):
        if found[2] in _VOID:
            continue
        if found[1]:
            depth -= 1
            if depth == 0:
                yield name, html[start : found.end()]
                start = found.end()
        else:
            if depth == 0:
                yield "", html[start : found.start()]
                start, name = found.start(), found[2]
            depth += 1
    yield "", html[start:]
