"""How guidelines look that are taken away: the cover, a page to print, the paper of a PDF, and Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask import render_template
from flask_babel import format_date, format_datetime, gettext as _, ngettext

from guidelines.guides.booklet.gathering import Chapter, Gathered
from wiki.access.policy import Viewer
from wiki.documents import web

_FENCE = re.compile(r"\s*(```|~~~)")
_HEADING = re.compile(r"#{1,5} ")


@dataclass(frozen=True, slots=True)
class Cover:
    """What stands first. `as_of` is a day that the reader named, `mark` the highest handling mark of all."""

    title: str
    day: date
    as_of: date | None
    count: int
    mark: str
    reader: str
    made_at: datetime
    closed: tuple[int, ...]

    def lines(self) -> Iterator[str]:
        """What it says, below the title."""
        if self.as_of:
            yield _("As of %(day)s", day=_day(self.as_of))
        else:
            yield _("What applies on %(day)s", day=_day(self.day))
        yield ngettext("%(num)d guideline", "%(num)d guidelines", self.count)
        if self.mark:
            yield _("Highest handling mark: %(mark)s", mark=self.mark)
        moment = format_datetime(self.made_at, _("d MMM y, HH:mm z"))
        yield _("Made for %(reader)s, %(moment)s", reader=self.reader, moment=moment)
        if self.closed:
            numbers = _(", ").join(f"G-{number}" for number in self.closed)
            yield _("Not in here: %(numbers)s. Words of the text of that day are held back by now.", numbers=numbers)


def cover_of(
    gathered: Gathered, viewer: Viewer, day: date, *, is_as_of: bool, is_whole: bool, made_at: datetime
) -> Cover:
    """The cover of what was gathered for a reader."""
    chapters = gathered.chapters
    if len(chapters) == 1 and not is_whole:
        title = chapters[0].entry.title
    else:
        title = _("The book of guidelines") if is_whole else _("Guidelines from the book")
    marks = [chapter.entry.handling for chapter in chapters if chapter.entry.handling]
    mark = highest(marks, web.settings().handling_marks)
    as_of = day if is_as_of else None
    return Cover(title, day, as_of, len(chapters), mark, viewer.name, made_at, gathered.closed)


def highest(marks: Sequence[str], order: Sequence[str]) -> str:
    """The strictest of these marks, the last of them in the order of the settings; one that is unknown there is."""
    return max(marks, key=lambda mark: order.index(mark) if mark in order else len(order), default="")


def paper(cover: Cover, gathered: Gathered) -> str:
    """The HTML of which a PDF is made."""
    return render_template("guidelines/guides/booklet/_paper.html", cover=cover, chapters=gathered.chapters)


def page(cover: Cover, gathered: Gathered) -> str:
    """A page to print from a browser."""
    return render_template("guidelines/guides/booklet/print.html", cover=cover, chapters=gathered.chapters)


def markdown_of(cover: Cover, gathered: Gathered, *, house: str, root: str) -> str:
    """All of it as one text; `root` is where this wiki lives, such as https://wiki.example."""
    head = "\n".join((f"# {cover.title}", "", house, "", *(f"- {line}" for line in cover.lines())))
    return "\n\n".join((head, *(_one(chapter, root.rstrip("/")) for chapter in gathered.chapters))) + "\n"


def _one(chapter: Chapter, root: str) -> str:
    entry = chapter.entry
    told = " · ".join(fact for fact in facts(chapter) if fact)
    body = "\n".join(_one_step_down(chapter.body.strip().splitlines()))
    title = f"## G-{entry.number} {entry.title}"
    return f"{title}\n\n{told}\n\n{body}\n\n<{root}/guidelines/{entry.slug}>"


def facts(chapter: Chapter) -> tuple[str, ...]:
    """What a reader has to know before passing a guideline on."""
    entry = chapter.entry
    return (
        _("Version %(version)s", version=entry.version),
        _("In force since %(day)s", day=_day(entry.since)),
        _("Suspended: not to be followed") if entry.suspended else "",
        entry.owner,
        _("Handling: %(mark)s", mark=entry.handling) if entry.handling else "",
    )


def _one_step_down(lines: Sequence[str]) -> Iterator[str]:
    """Headings go below the title of the guideline; what looks like one in a listing stays."""
    fence = ""
    for line in lines:
        found = _FENCE.match(line)
        if found and (not fence or found[1] == fence):
            fence = "" if fence else found[1]
        yield f"#{line}" if not fence and _HEADING.match(line) else line


def _day(day: date) -> str:
    return str(format_date(day, _("d MMM y")))
