"""Lessons that are taken away: as a table, as data, or as a text to read.

A table or file has the columns that the import knows, so that another service can read it in. It names no people: who
told a lesson by name told it here.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Any

from flask_babel import format_date, gettext as _

from guidelines.lessons import story, words
from wiki.documents.taking import Taken
from wiki.people.importing import quoted


class Form(StrEnum):
    """How lessons are taken away."""

    CSV = "csv"
    JSON = "json"
    MARKDOWN = "md"


MEDIA_TYPES = {Form.CSV: "text/csv", Form.JSON: "application/json", Form.MARKDOWN: "text/markdown"}
COLUMNS = (
    "id", "title", "happened", "intended", "sense", "recommended", "cause", "nature", "happened_on", "harm",
    "contained", "topics", "platforms", "state", "kept_by", "handling", "updated", "address",
)  # fmt: skip


def file_of(lessons: tuple[Taken, ...], form: Form, *, root: str) -> str:
    """The file with these lessons; `root` is where this wiki lives, such as https://wiki.example."""
    return _WRITERS[form](lessons, root.rstrip("/"))


def _table(lessons: tuple[Taken, ...], root: str) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for row in _rows(lessons, root):
        cells = ("; ".join(value) if isinstance(value, list) else value for value in row.values())
        writer.writerow("" if cell is None else quoted(str(cell)) for cell in cells)
    # The mark by which spreadsheets know UTF-8.
    return "\ufeff" + out.getvalue()


def _data(lessons: tuple[Taken, ...], root: str) -> str:
    return json.dumps(list(_rows(lessons, root)), ensure_ascii=False, indent=1) + "\n"


def _rows(lessons: tuple[Taken, ...], root: str) -> Iterator[dict[str, Any]]:
    for taken in lessons:
        lesson, boxes = taken.document, story.take_apart(taken.body)
        values = (
            lesson.public_id,
            lesson.title,
            _joined(boxes["happened"], boxes["rest"]),
            boxes["intended"],
            boxes["sense"],
            boxes["recommended"],
            lesson.cause,
            lesson.nature,
            lesson.happened_on.isoformat() if lesson.happened_on else None,
            lesson.harm,
            lesson.contained,
            lesson.vocabulary("topic"),
            lesson.vocabulary("platform"),
            lesson.status,
            taken.owner,
            lesson.handling,
            lesson.updated_at.date().isoformat(),
            f"{root}/lessons/{lesson.slug}",
        )
        yield dict(zip(COLUMNS, values, strict=True))


def _joined(*texts: str) -> str:
    return "\n\n".join(text for text in texts if text)


def _text(lessons: tuple[Taken, ...], root: str) -> str:
    """One after the other, each with what a reader has to know before passing it on."""
    return "\n\n".join(_one(taken, root) for taken in lessons) + "\n" if lessons else ""


def _one(taken: Taken, root: str) -> str:
    lesson = taken.document
    facts = [
        str(words.STATES.get(lesson.status, lesson.status)),
        taken.owner,
        format_date(lesson.happened_on or lesson.updated_at),
        _("Handling: %(mark)s", mark=lesson.handling) if lesson.handling else "",
    ]
    told = " · ".join(fact for fact in facts if fact)
    # Titles of boxes go one step down below the title of the lesson.
    body = "\n".join(f"#{line}" if line.startswith("## ") else line for line in taken.body.strip().splitlines())
    return f"## {lesson.title}\n\n{told}\n\n{body}\n\n<{root}/lessons/{lesson.slug}>"


_WRITERS: dict[Form, Callable[[tuple[Taken, ...], str], str]] = {
    Form.CSV: _table,
    Form.JSON: _data,
    Form.MARKDOWN: _text,
}
