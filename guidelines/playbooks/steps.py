"""The steps of a playbook: the task items of its text, under the phase they stand in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from wiki import markdown

MOST_STEPS = 100
_TASK = re.compile(r" {0,3}(?:[-*+]|\d{1,9}[.)])[ \t]+\[[ xX]\][ \t]+(\S.*)")
_PHASE = re.compile(r"##[ \t]+(.*?)[ \t]*#*[ \t]*\Z")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
# “(15 min) First words”, “(2 h) …”: until when it should be done, counted from the start of the run.
_MINUTE = re.compile(r"\((\d{1,4})[ \u00a0\u202f]?(min|h)\)[ \t]+(?=\S)")
_PARAGRAPH = re.compile(r"\A<p[^>]*>(.*)</p>\s*\Z", re.DOTALL)


def steps_of(body: str, lang: str = "en") -> list[dict[str, Any]]:
    """[{"key": "s1", "phase", "words": plain words, "text": HTML of one line with markers for links}], as in the text.

    A step is a task item of the text; lines that go on indented belong to it. One that begins with “(15 min)” has
    "minute": 15, and its words begin after that. Raises `markdown.TextRefused`.
    """
    # What explains the answers of a question must not become part of a step.
    found = list(_tasks(markdown.without_keys(body)))[:MOST_STEPS]
    return [
        {"key": f"s{number}", "phase": phase, **_timed(words, lang)}
        for number, (phase, words) in enumerate(found, start=1)
    ]


def _tasks(body: str) -> Iterator[tuple[str, str]]:
    phase, fence, open_task = "", "", ""
    for line in [*body.splitlines(), ""]:
        task = None if fence else _TASK.match(line)
        if open_task and not task and line.startswith("  ") and line.strip():
            open_task += f" {line.strip()}"
            continue
        if open_task:
            yield phase, open_task
            open_task = ""
        if task:
            open_task = task.group(1).strip()
        elif not fence and (heading := _PHASE.match(line)):
            phase = heading.group(1)
        fence = _fence_after(line, fence)


def _fence_after(line: str, fence: str) -> str:
    found = _FENCE.match(line)
    if found is None:
        return fence
    if not fence:
        return found.group(1)
    return "" if line.strip() == found.group(1) and found.group(1).startswith(fence) else fence


def _timed(words: str, lang: str) -> dict[str, Any]:
    found = _MINUTE.match(words)
    if found is None:
        return line_of(words, lang)
    minute = int(found[1]) * (60 if found[2] == "h" else 1)
    return {**line_of(words[found.end() :], lang), "minute": minute}


def line_of(words: str, lang: str) -> dict[str, str]:
    """One line of a text: {"words": its plain words, "text": its HTML with markers for links}."""
    rendered = markdown.render(words, lang=lang)
    paragraph = _PARAGRAPH.match(rendered.html)
    html = paragraph.group(1) if paragraph and "<p" not in paragraph.group(1) else rendered.html
    return {"words": " ".join(section.text for section in rendered.sections), "text": html}
