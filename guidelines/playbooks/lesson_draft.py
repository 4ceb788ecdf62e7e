"""A lesson drafted from the log of a run: facts in their order, and no names."""

from __future__ import annotations

import re
from collections.abc import Iterable

from flask_babel import format_date, format_time, get_timezone, gettext as _

from guidelines.playbooks.models import Entered, Occasion, Playbook, Run
from guidelines.playbooks.reading import Line
from wiki.languages import place_of

# What the box “What happened” of a new lesson takes at first.
LONGEST = 4000


def drafted(playbook: Playbook, run: Run, lines: Iterable[Line], names: Iterable[str]) -> str:
    """What happened, from decisions and notes. A playbook that is held back is not named: the lesson may be open."""
    lines = list(lines)
    told = [_beginning(playbook, run), *(_line(line) for line in lines if _is_told(line))]
    if run.outcome:
        # A paragraph of its own, so that it is not read as part of the last line.
        told.append("\n" + _("How it ended: %(words)s", words=_in_one_line(run.outcome)))
    people = {*names, *(line.by for line in lines), *(line.to for line in lines)}
    text = _without("\n".join(told), people)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _beginning(playbook: Playbook, run: Run) -> str:
    day = format_date(run.started_at, _("d MMM y"))
    name = _("a playbook") if playbook.is_held else f"[[playbook:{playbook.slug}]]"
    if run.occasion == Occasion.EXERCISE:
        first = _("In an exercise on %(day)s we used %(playbook)s.", day=day, playbook=name)
    else:
        first = _("On %(day)s we used %(playbook)s.", day=day, playbook=name)
    zone = str(get_timezone() or "UTC")
    # Whoever reads the lesson may live by another clock.
    clock = _("Times are in UTC.") if zone == "UTC" else _("Times are those of %(place)s.", place=place_of(zone))
    words = _in_one_line(run.words)
    words = words if not words or words.endswith((".", "!", "?")) else f"{words}."
    return " ".join(part for part in (first, words, clock) if part) + "\n"


def _is_told(line: Line) -> bool:
    return line.entered in (Entered.DECIDED, Entered.NOTED)


def _line(line: Line) -> str:
    at, words = format_time(line.at, "HH:mm"), _in_one_line(line.words)
    if line.entered == Entered.NOTED:
        return f"- {at} {words}"
    if not line.more:
        return "- " + _("%(time)s decided: %(words)s", time=at, words=words)
    return "- " + _("%(time)s decided: %(words)s Why: %(why)s", time=at, words=words, why=_in_one_line(line.more))


def _in_one_line(words: str) -> str:
    return " ".join(words.split())


def _without(text: str, names: Iterable[str]) -> str:
    """The text with a word for everybody who was there in place of their name, or of a part of it."""
    whole = {name for name in names if name}
    parts = {part for name in whole for part in re.split(r"[\s-]+", name) if len(part) > 2}
    for name in sorted(whole | parts, key=len, reverse=True):
        text = re.sub(rf"(?<![\w\[:-]){re.escape(name)}(?!\w)", _("a colleague"), text)
    return text
