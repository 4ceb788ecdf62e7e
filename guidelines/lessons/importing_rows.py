"""Reading a table of lessons row by row, JSON lines or CSV, with little memory however bad the file is."""

from __future__ import annotations

import codecs
import csv
import json
import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

# No row of a lesson is longer: the text of a page has 200 kB at most, and HTML may be twice its words.
MOST_IN_A_ROW = 600_000
# After a broken quote the rows that it swallowed are read again. A file that is broken all over is given up.
MOST_READ_AGAIN = 200_000_000
# Keys that a JSON file may name anew in a row further down; what is in none of the first rows is still carried.
FIRST_ROWS = 100
_CHUNK = 1 << 20
_DELIMITERS = ",;\t|"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_QUOTED = re.compile(r'"[^"]*"')


class Unreadable(Exception):
    """The file as a whole cannot be used; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the line it begins on, its cells by column, and why it cannot be read, if so."""

    line: int
    cells: dict[str, str] = field(default_factory=dict)
    problem: str = ""


@dataclass(slots=True)
class Table:
    """A file of rows; `columns` are known after `open_table`, and `notices` may grow while the rows are read."""

    path: Path
    encoding: str
    columns: tuple[str, ...] = ()
    is_json: bool = False
    delimiter: str = ","
    notices: list[str] = field(default_factory=list)

    def rows(self) -> Iterator[Row]:
        """Every row that is not blank, in the order of the file."""
        with self.path.open(encoding=self.encoding, errors="replace") as stream:
            yield from _json_rows(stream) if self.is_json else _csv_rows(stream, self)


def open_table(path: Path) -> Table:
    """Find out how a file is written. Raises Unreadable."""
    with path.open("rb") as raw:
        head = raw.read(4096)
    if head.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF")):
        raise Unreadable("This is a spreadsheet or a document. Save it as CSV in UTF-8, and import that.")
    encoding, notice = _encoding(path, head)
    table = Table(path, encoding, notices=[notice] if notice else [])
    with path.open(encoding=encoding, errors="replace") as stream:
        first = _first_words(stream)
    if first.startswith("["):
        raise Unreadable("This is one JSON list. Write one record on each line, without the brackets around them all.")
    table.is_json = first.startswith("{")
    if table.is_json:
        table.columns = _keys(table)
    else:
        table.delimiter = _delimiter(first)
        table.columns = _header(table)
    return table


def _encoding(path: Path, head: bytes) -> tuple[str, str]:
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name, ""
    if head and (wide := _without_a_mark(head)):
        return wide, ""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as raw:
        try:
            while chunk := raw.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252", "The file is not UTF-8 and was read as Windows-1252: look whether letters came out right."
    return "utf-8", ""


def _without_a_mark(head: bytes) -> str:
    """UTF-16 that does not say so has a NUL in every other byte of plain letters."""
    half = len(head) // 2
    if half > 4 and head[1::2].count(0) > 0.7 * half:
        return "utf-16-le"
    return "utf-16-be" if half > 4 and head[::2].count(0) > 0.7 * half else ""


def _first_words(stream: TextIO) -> str:
    for _ in range(1000):
        line = stream.readline(MOST_IN_A_ROW + 1)
        if not line:
            break
        if len(line) > MOST_IN_A_ROW:
            raise Unreadable("The first line is longer than any list of columns. It must name the columns.")
        if (words := line.replace("\0", "").strip("\n")).strip():
            return words.lstrip("\ufeff")
    raise Unreadable("The file is empty.")


def _delimiter(first: str) -> str:
    bare = _QUOTED.sub("", first)
    return max(_DELIMITERS, key=bare.count)


def _header(table: Table) -> tuple[str, ...]:
    with table.path.open(encoding=table.encoding, errors="replace") as stream:
        reader = csv.reader(_Feed(stream), delimiter=table.delimiter, strict=True)
        try:
            names = next(row for row in reader if any(cell.strip() for cell in row))
        except (csv.Error, _TooLong):
            raise Unreadable("The quotes in the first line do not match. It must name the columns.") from None
    columns = tuple(" ".join(name.replace("\ufeff", "").split()) for name in names)
    while not columns[-1]:
        columns = columns[:-1]
    twice = {name or "one without a name" for name in columns if columns.count(name) > 1}
    if twice:
        raise Unreadable(f"The first line names a column twice: {', '.join(sorted(twice))}.")
    return columns


def _keys(table: Table) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for number, row in enumerate(table.rows()):
        if number >= FIRST_ROWS:
            break
        found |= dict.fromkeys(row.cells)
    if not found:
        raise Unreadable('None of the first lines is a JSON record, such as {"id": 1, "title": "…"}.')
    return tuple(found)


class _TooLong(Exception):
    pass


class _Feed:
    """The lines of a file, a limited piece at a time; `held` are those of the row that is being read."""

    def __init__(self, stream: TextIO) -> None:
        self.stream, self.back = stream, deque[str]()
        self.held: list[str] = []
        self.size, self.line, self.again = 0, 1, 0

    def begin(self) -> None:
        """Another row begins after the lines that were held."""
        self.line += sum(piece.endswith("\n") for piece in self.held)
        self.held, self.size = [], 0

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        piece = self.read()
        if not piece:
            raise StopIteration
        self.held.append(piece)
        self.size += len(piece)
        if self.size > MOST_IN_A_ROW:
            raise _TooLong
        return piece

    def read(self) -> str:
        """The next line or piece of one, without NUL; empty at the end."""
        if self.back:
            return self.back.popleft()
        piece = self.stream.readline(MOST_IN_A_ROW + 1)
        return (piece.replace("\0", "") or " ") if piece else ""

    def give_back(self) -> None:
        """Read again what stands after the first line of this row."""
        self.again += self.size
        if self.again > MOST_READ_AGAIN:
            raise Unreadable(f"There are too many broken quotes; reading ended at line {self.line}.")
        self.back.extendleft(reversed(self.held[1:]))
        self.held = self.held[:1]

    def skip(self, *, quotes: bool) -> None:
        """Leave out the rest of a row that is too long; with quotes, up to where they are closed."""
        open_quotes = sum(piece.count('"') for piece in self.held) % 2 if quotes else 0
        last = self.held[-1]
        self.begin()
        while not last.endswith("\n") or open_quotes:
            last = self.read()
            if not last:
                return
            open_quotes = (open_quotes + last.count('"')) % 2 if quotes else 0
            self.line += last.endswith("\n")


def _json_rows(stream: TextIO) -> Iterator[Row]:
    feed = _Feed(stream)
    while True:
        feed.begin()
        line = feed.line
        try:
            text = next(feed, "")
        except _TooLong:
            feed.skip(quotes=False)
            yield Row(line, problem=_too_long())
            continue
        if not text:
            return
        if text.strip():
            yield _record(text, line)


def _record(text: str, line: int) -> Row:
    try:
        data = json.loads(text)
        if isinstance(data, dict):
            return Row(line, {" ".join(key.split()): _storable(_words(value)) for key, value in data.items()})
    except (ValueError, RecursionError) as error:
        place = f", near character {error.pos + 1}" if isinstance(error, json.JSONDecodeError) else ""
        return Row(line, problem=f"This line is not JSON{place}. Write one whole record on each line.")
    return Row(line, problem="This line is JSON, but no record. A record stands in braces: {…}.")


def _words(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        parts = [_words(one) for one in value]
        return ("\n\n" if any(len(part) > 60 for part in parts) else ", ").join(part for part in parts if part)
    if isinstance(value, dict):
        return "\n\n".join(f"{key}: {_words(one)}" for key, one in value.items())
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _csv_rows(stream: TextIO, table: Table) -> Iterator[Row]:
    csv.field_size_limit(MOST_IN_A_ROW + 1)
    feed = _Feed(stream)
    reader = csv.reader(feed, delimiter=table.delimiter, strict=True)
    is_header = True
    while True:
        feed.begin()
        line = feed.line
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            feed.give_back()
            cells, problem = [], "The quotes in this row do not match. Quotes within a cell are written twice."
        except _TooLong:
            problem = _after_too_long(feed, table)
        else:
            problem = _of_the_width(cells, feed, table)
        if is_header:
            is_header = not any(cell.strip() for cell in cells)
        elif problem:
            yield Row(line, problem=problem)
        elif any(cell.strip() for cell in cells):
            yield Row(line, dict(zip(table.columns, map(_storable, cells), strict=False)))


def _of_the_width(cells: Sequence[str], feed: _Feed, table: Table) -> str:
    """Why a row has more cells than there are columns; one that spreads over lines was opened by a stray quote."""
    if not any(cell.strip() for cell in cells[len(table.columns) :]):
        return ""
    if len(feed.held) > 1:
        feed.give_back()
    return (
        f"This row has {len(cells)} cells, and the first line names {len(table.columns)} columns."
        " A cell that holds a separator stands in quotes."
    )


def _after_too_long(feed: _Feed, table: Table) -> str:
    """A row without an end: either one huge cell, or a quote that was never closed and swallowed the rows after it."""
    if _look_like_rows(feed.held[1:201], table):
        feed.give_back()
        return "A quote in this row is never closed. Quotes within a cell are written twice."
    feed.skip(quotes=True)
    return _too_long()


def _look_like_rows(lines: Sequence[str], table: Table) -> bool:
    whole = [line for line in lines if line.strip()]
    good = sum(line.count(table.delimiter) >= len(table.columns) - 1 for line in whole)
    return len(table.columns) > 1 and len(whole) > 1 and good > len(whole) / 2


def _too_long() -> str:
    return f"This row is longer than {MOST_IN_A_ROW:,} characters, more than a lesson can hold. Shorten it."


def _storable(text: str) -> str:
    """Halves of a pair of signs, which JSON can write, are no text."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
