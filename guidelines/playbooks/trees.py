"""Decision trees in the text of a playbook: a question, answers below it, and what follows from each.

    ::: tree Speak now or wait?
    - Can one source you trust confirm it?
      - Yes: Could somebody be hurt?
        - Yes: Publish the holding line now.
        - No: Agree with the duty officer who speaks.
      - No: Turn to [[playbook:rumour-spreading]].
    :::

A place in a tree is the numbers of the answers that lead there: "" is the first question, "0.1" the second answer to
what followed from the first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from guidelines.playbooks.steps import line_of
from wiki import markdown

MOST_TREES = 10
MOST_PLACES = 100
# So deep that what stands for a place fits into its column.
DEEPEST = 12
_OPENS = re.compile(r"(:{3,})[ \t]*tree(?![\w-])[ \t]*(.*?)[ \t]*(?:\{#b-[a-z0-9]{2,20}\})?[ \t]*\Z", re.IGNORECASE)
_CLOSES = re.compile(r"(:{3,})[ \t]*\Z")
_FENCE = re.compile(r" {0,3}(?:`{3,}|~{3,})")
_ITEM = re.compile(r"([ \t]*)(?:[-*+]|\d{1,9}[.)])[ \t]+(?!\[[ xX]\][ \t])(\S.*)")
_ANSWER = re.compile(r"(.{1,80}?)[ \t]*[:：][ \t]+(\S.*)")


def trees_of(body: str, lang: str = "en") -> list[dict[str, Any]]:
    """[{"key": "t1", "title", "places": {place: {"words", "text", "answers": [label, …]}}}], as in the text.

    What asks nothing is left out: a tree has a question with at least two answers. Raises `markdown.TextRefused`.
    """
    found = (_tree(title, lines, lang) for title, lines in _blocks(markdown.without_keys(body)))
    trees = [tree for tree in found if len(tree["places"].get("", {}).get("answers", ())) > 1][:MOST_TREES]
    return [{"key": f"t{number}", **tree} for number, tree in enumerate(trees, start=1)]


def _blocks(body: str) -> Iterator[tuple[str, list[str]]]:
    lines: list[str] = []
    colons, title, in_code = 0, "", False
    for line in body.splitlines():
        if _FENCE.match(line):
            in_code = not in_code
        elif in_code:
            continue
        elif not colons and (opening := _OPENS.match(line.strip())):
            colons, title, lines = len(opening[1]), opening[2], []
        elif colons and (closing := _CLOSES.match(line.strip())) and len(closing[1]) >= colons:
            yield title, lines
            colons = 0
        elif colons:
            lines.append(line)
    if colons:
        yield title, lines


def _tree(title: str, lines: Iterable[str], lang: str) -> dict[str, Any]:
    places: dict[str, dict[str, Any]] = {}
    # How far each open place is indented, and its name.
    above: list[tuple[int, str]] = []
    for indent, words in _items(lines):
        while above and above[-1][0] >= indent:
            above.pop()
        if (not above and places) or len(above) > DEEPEST or len(places) == MOST_PLACES:
            continue
        place, what_follows = "", words
        if above:
            parent = places[above[-1][1]]
            label, what_follows = _taken_apart(words)
            place = f"{above[-1][1]}.{len(parent['answers'])}".lstrip(".")
            parent["answers"].append(line_of(label, lang)["words"] or label)
        places[place] = {**line_of(what_follows, lang), "answers": []}
        above.append((indent, place))
    return {"title": title, "places": places}


def _items(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """The items of a list with how far each is indented; lines that go on belong to the item above."""
    open_item: tuple[int, str] | None = None
    for line in [*lines, ""]:
        item = _ITEM.match(line)
        if open_item and not item and line.startswith("  ") and line.strip():
            open_item = (open_item[0], f"{open_item[1]} {line.strip()}")
            continue
        if open_item:
            yield open_item
        open_item = (len(item[1].expandtabs(4)), item[2].strip()) if item else None


def _taken_apart(words: str) -> tuple[str, str]:
    """An answer and what follows from it. Where only one of them is said, it stands for both."""
    found = _ANSWER.match(words)
    # A colon within a link belongs to its address.
    if found is None or "[[" in found[1] or "](" in found[1]:
        return words[:80], words
    return found[1], found[2]


def named(trees: Sequence[dict[str, Any]], key: str) -> dict[str, Any] | None:
    """The tree of this key."""
    return next((tree for tree in trees if tree["key"] == key), None)


def follows(tree: dict[str, Any], place: str, answer: int) -> str | None:
    """The place to which an answer leads from a place; None where there is no such answer."""
    here = tree["places"].get(place)
    if here is None or not 0 <= answer < len(here["answers"]):
        return None
    return f"{place}.{answer}".lstrip(".")


def way_to(tree: dict[str, Any], place: str) -> list[tuple[str, str]]:
    """The questions on the way to a place with the answers given, in words."""
    found: list[tuple[str, str]] = []
    here = ""
    for number in place.split(".") if place else ():
        at = tree["places"].get(here)
        if at is None or int(number) >= len(at["answers"]):
            return found
        found.append((at["words"], at["answers"][int(number)]))
        here = f"{here}.{number}".lstrip(".")
    return found
