"""People and groups from CSV files: every row is looked at, and either all are taken over or none."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from wiki import db
from wiki.people import operations
from wiki.people.here import settings
from wiki.people.models import Group, Membership, Person, Rank
from wiki.people.operations import Refused
from wiki.people.viewer import in_force, today

MOST_BYTES = 20_000_000

_YES, _NO = {"yes", "y", "true", "1"}, {"no", "n", "false", "0"}


class Unreadable(Exception):
    """The file as a whole cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one row: its line in the file, what it is about, and what was done or why not."""

    line: int
    about: str
    what: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file."""

    rows: tuple[Row, ...]

    @property
    def refused(self) -> int:
        return sum(row.what == "refused" for row in self.rows)

    def lines(self) -> list[str]:
        """The outcome as lines to read."""
        return [f"line {row.line}: {row.about}: {row.what}{': ' if row.why else ''}{row.why}" for row in self.rows]

    def as_csv(self) -> str:
        """The outcome as a CSV file that a spreadsheet opens without calculating anything."""
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(("line", "about", "what", "why"))
        writer.writerows((row.line, quoted(row.about), row.what, quoted(row.why)) for row in self.rows)
        return out.getvalue()


class _Undo(Exception):
    """Leave the transaction without keeping anything."""


def quoted(cell: str) -> str:
    """The cell in a form that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def people(file: Path, *, dry_run: bool = False) -> Outcome:
    """Add or change people. They are known by their address; a second run changes nothing."""
    table = _Table.read(file, needed=("email", "name"), also=("staff", "lang", "timezone", "groups"))
    return _carry_out(table, "email", (_person,), dry_run)


def groups(file: Path, *, dry_run: bool = False) -> Outcome:
    """Add or change groups. They are known by their id; a parent may stand further down in the same file."""
    table = _Table.read(file, needed=("id", "name", "type"), also=("parent", "hidden", "timezone"))
    return _carry_out(table, "id", (_group, _parent), dry_run)


@dataclass(frozen=True, slots=True)
class _Table:
    rows: tuple[tuple[int, dict[str, str]], ...]

    @classmethod
    def read(cls, file: Path, *, needed: Sequence[str], also: Sequence[str]) -> _Table:
        if file.stat().st_size > MOST_BYTES:
            raise Unreadable(_("The file is too large; split it."))
        reader = csv.reader(io.StringIO(_decoded(file.read_bytes()), newline=""), delimiter=",", strict=True)
        try:
            return cls._of(reader, needed, also)
        except csv.Error as error:
            raise Unreadable(_("Line %(line)d is not CSV: %(why)s.", line=reader.line_num, why=str(error))) from error

    @classmethod
    def _of(cls, reader: csv._reader, needed: Sequence[str], also: Sequence[str]) -> _Table:  # type: ignore[name-defined]
        header = [name.strip().lower() for name in next(reader, [])]
        _check_header(header, needed, also)
        return cls(
            tuple(
                (reader.line_num, dict(zip(header, (cell.strip() for cell in cells), strict=False)))
                for cells in reader
                if any(cell.strip() for cell in cells)
            )
        )


def _decoded(raw: bytes) -> str:
    """Spreadsheets write UTF-8 with or without a mark, or the code page of Western Windows."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    if "\0" in text:
        raise Unreadable(_("This is not a text file. Save it as CSV in UTF-8."))
    head = text.partition("\n")[0]
    if ";" in head and "," not in head:
        return _with_commas(text, ";")
    return _with_commas(text, "\t") if "\t" in head and "," not in head else text


def _with_commas(text: str, delimiter: str) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    return out.getvalue()


def _check_header(header: Sequence[str], needed: Sequence[str], also: Sequence[str]) -> None:
    missing = [name for name in needed if name not in header]
    strange = [name for name in header if name not in (*needed, *also)]
    if missing:
        raise Unreadable(_("The first line must name the columns; missing: %(names)s.", names=", ".join(missing)))
    if strange or len(set(header)) < len(header):
        names = ", ".join(strange) or _("a column twice")
        raise Unreadable(_("The first line names columns we do not know: %(names)s.", names=names))


_Step = Callable[[Session, dict[str, str]], str]


def _carry_out(table: _Table, key: str, steps: Sequence[_Step], dry_run: bool) -> Outcome:
    outcome = Outcome(())
    try:
        with db.system_session(writing=True) as session:
            outcome = Outcome(tuple(_done(session, table, key, steps)))
            if dry_run or outcome.refused:
                raise _Undo
    except _Undo:
        pass
    return outcome


def _done(session: Session, table: _Table, key: str, steps: Sequence[_Step]) -> list[Row]:
    found: dict[int, Row] = {}
    seen: dict[str, int] = {}
    for step in steps:
        for line, cells in table.rows:
            before = found.get(line)
            if before is None or before.what != "refused":
                found[line] = _tried(session, line, cells, key, step, seen, before)
    return [found[line] for line, _cells in table.rows]


def _tried(
    session: Session, line: int, cells: dict[str, str], key: str, step: _Step, seen: dict[str, int], before: Row | None
) -> Row:
    about = cells.get(key, "")
    first = seen.setdefault(about.lower(), line)
    if first != line:
        return Row(line, about, "refused", _("it stands in line %(line)d already", line=first))
    try:
        what = step(session, cells)
    except Refused as refused:
        return Row(line, about, "refused", str(refused))
    changed = before is not None and before.what != "unchanged" and what == "unchanged"
    return before if changed and before else Row(line, about, "added" if before and before.what == "added" else what)


def _person(session: Session, cells: dict[str, str]) -> str:
    email = operations.clean_email(cells.get("email", ""))
    found = session.scalar(select(Person).where(Person.email == email))
    what = "unchanged"
    if found is None:
        found, what = operations.add_person(session, email=email, name=cells.get("name", ""), by=None), "added"
    before = (found.name, found.lang, found.timezone, found.is_staff)
    lang = _language(cells.get("lang") or found.lang)
    timezone = cells.get("timezone") or found.timezone
    operations.update_profile(session, found, name=cells.get("name", ""), lang=lang, timezone=timezone, by=None)
    if cells.get("staff"):
        operations.set_staff(session, found, _yes(cells["staff"]), by=None)
    joined = [_joined(session, found, one) for one in cells.get("groups", "").split(";") if one.strip()]
    if what == "unchanged" and ((found.name, found.lang, found.timezone, found.is_staff) != before or any(joined)):
        what = "changed"
    return what


def _joined(session: Session, person: Person, raw: str) -> bool:
    group_id, _colon, rank = raw.strip().partition(":")
    if rank and rank not in list(Rank):
        raise Refused(_("“%(rank)s” is neither member nor lead.", rank=rank))
    group = operations.find_group(session, group_id)
    held = session.scalar(
        select(Membership.rank).where(
            Membership.person_id == person.id,
            Membership.group_id == group.id,
            in_force(Membership.starts_on, Membership.ends_on, today()),
        )
    )
    if held is not None and held == (rank or held):
        return False
    operations.join(session, person, group, rank=Rank(rank or Rank.MEMBER), by=None)
    return True


def _group(session: Session, cells: dict[str, str]) -> str:
    hidden = _yes(cells["hidden"]) if cells.get("hidden") else False
    timezone = cells.get("timezone") or None
    found = session.get(Group, cells.get("id", ""))
    if found is None:
        about = {"group_id": cells.get("id", ""), "name": cells.get("name", ""), "type": cells.get("type", "")}
        operations.add_group(session, **about, is_hidden=hidden, timezone=timezone, by=None)
        return "added"
    if cells.get("type") != found.type:
        raise Refused(_("it is of the type “%(type)s”, and a type does not change", type=found.type))
    if operations.clean_name(cells.get("name", "")) == found.name:
        return "unchanged"
    operations.rename(session, found, cells["name"], by=None)
    return "changed"


def _parent(session: Session, cells: dict[str, str]) -> str:
    if not cells.get("parent"):
        return "unchanged"
    found, parent = operations.find_group(session, cells["id"]), operations.find_group(session, cells["parent"])
    if found.parent_id == parent.id:
        return "unchanged"
    operations.place(session, found, parent, by=None)
    return "changed"


def _language(code: str) -> str:
    if code not in settings().languages:
        known = ", ".join(settings().languages)
        raise Refused(_("“%(lang)s” is not a language of this site; use one of: %(all)s.", lang=code, all=known))
    return code


def _yes(raw: str) -> bool:
    if raw.lower() not in _YES | _NO:
        raise Refused(_("“%(word)s” is neither yes nor no.", word=raw))
    return raw.lower() in _YES
