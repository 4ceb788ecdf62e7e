"""Front matter: the YAML (or TOML) at the head of a Markdown file, and the text below it."""

from __future__ import annotations

import html
import math
import re
import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from wiki.exchange import yamls
from wiki.exchange.fields import day_of, moment_of
from wiki.exchange.problems import FileRefused

_YAML = re.compile(r"\A\s*---[ \t]*\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_TOML = re.compile(r"\A\s*\+\+\+[ \t]*\n(.*?)^\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_MARKS = re.compile(r"\*\*|__|`")


@dataclass(slots=True)
class Page:
    """A file taken apart. `first_line` is the line of the file on which the body begins; `problems` are in words."""

    data: dict[str, Any]
    body: str
    first_line: int
    problems: list[tuple[int, str]] = field(default_factory=list)

    def text(self, *keys: str) -> str:
        """The first of these fields that says something, as one line of plain words."""
        for key in keys:
            value = self.data.get(key)
            if isinstance(value, str | int | float) and not isinstance(value, bool) and str(value).strip():
                return plain_line(str(value))
        return ""

    def words(self, *keys: str) -> list[str]:
        """The words of these fields, whether they are lists or a single word."""
        found: list[str] = []
        for key in keys:
            value = self.data.get(key)
            parts = value if isinstance(value, list) else [value]
            found += [str(part).strip() for part in parts if isinstance(part, str | int) and str(part).strip()]
        return list(dict.fromkeys(found))

    def moment(self, *keys: str) -> datetime | None:
        """The first of these fields that is a moment."""
        return next((found for key in keys if (found := moment_of(self.data.get(key)))), None)

    def day(self, *keys: str) -> date | None:
        return next((found for key in keys if (found := _day(self.data.get(key)))), None)


def take_apart(text: str, file: str) -> Page:
    """Front matter and body. Front matter that cannot be read stays in the body, where nothing of it is lost."""
    for pattern, reader in ((_YAML, _yaml), (_TOML, _toml)):
        found = pattern.match(text)
        if found is None:
            continue
        first = text.count("\n", 0, found.start(1)) + 1
        page = Page({}, text[found.end() :], text.count("\n", 0, found.end()) + 1)
        try:
            page.data = reader(found[1], file, first, page)
        except FileRefused as refused:
            return Page(
                {},
                text,
                1,
                [(problem.line or first, f"front matter {problem.message}") for problem in refused.problems],
            )
        except tomllib.TOMLDecodeError as error:
            return Page({}, text, 1, [(first, f"front matter is not valid TOML: {error}")])
        return page
    return Page({}, text, 1)


def _yaml(text: str, file: str, first: int, page: Page) -> dict[str, Any]:
    repeated: list[tuple[int, str]] = []
    data = yamls.read(text, file, first_line=first, repeated=repeated)
    page.problems += [(line, f"the earlier value of a key that stands twice: {key}") for line, key in repeated]
    return data if isinstance(data, dict) else {}


def _toml(text: str, file: str, first: int, page: Page) -> dict[str, Any]:
    return tomllib.loads(text)


def _day(value: object) -> date | None:
    found = day_of(value)
    if found is None and (moment := moment_of(value)):
        return moment.date()
    return found


def plain_line(text: str) -> str:
    """Words on one line, without entities and the marks of emphasis."""
    return " ".join(_MARKS.sub("", clean(html.unescape(text))).split())


def storable(value: Any) -> Any:
    """The same data as JSON can keep it."""
    if isinstance(value, dict):
        return {str(key): storable(part) for key, part in value.items()}
    if isinstance(value, list):
        return [storable(part) for part in value]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if isinstance(value, int | float | bool | None) else clean(str(value))


def clean(text: str) -> str:
    """A text that every database can keep."""
    return _UNSTORABLE.sub("", text)
