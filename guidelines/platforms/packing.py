"""What the starter pack knows of platforms. A row that somebody made their own is left alone."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from guidelines.platforms import words
from guidelines.platforms.models import LONGEST, PlatformFact
from wiki.exchange import yamls
from wiki.exchange.problems import Notes

FILE = "platforms.yaml"
_CODES = {"audiences": words.AUDIENCES, "purposes": words.PURPOSES}
_COUNTRIES = ("countries", "blocked")
_WORDS = ("who", "formats", "languages", "verification", "risks")


def load(session: Session, folder: Path) -> None:
    """Write down what the pack tells of each platform. Raises FileRefused when it is wrong."""
    if not (folder / FILE).exists():
        return
    notes = Notes(FILE)
    told = yamls.read(yamls.decoded((folder / FILE).read_bytes(), FILE), FILE) or {}
    facts = [_facts(one, f"facts[{place}]", notes) for place, one in enumerate(told.get("facts", []))]
    notes.refuse_if_wrong()
    for one in facts:
        _write(session, one)
    session.flush()


def _facts(told: dict[str, Any], path: str, notes: Notes) -> dict[str, Any]:
    known: dict[str, Any] = {"platform": str(told.get("platform", ""))}
    for name, codes in _CODES.items():
        known[name] = _listed(told, name, codes, path, notes)
    for name in _COUNTRIES:
        known[name] = sorted(_listed(told, name, words.countries(), path, notes))
    for name in _WORDS:
        known[name] = " ".join(str(told.get(name, "")).split())
        if len(known[name]) > LONGEST:
            notes.wrong(f"{path}.{name}", known[name], f"is longer than {LONGEST} characters. Shorten it.")
    for name, choices in (("answers", words.ANSWERS), ("rtl", words.RTL)):
        known[name] = str(told.get(name, ""))
        if known[name] not in choices:
            notes.wrong(f"{path}.{name}", known[name], f"is none of {', '.join(filter(None, choices))}.")
    known["trusted_until"] = _day(told.get("trusted_until"), path, notes)
    return known


def _listed(told: dict[str, Any], name: str, known: dict[str, Any], path: str, notes: Notes) -> list[str]:
    found = [str(code) for code in told.get(name) or []]
    for code in found:
        if code not in known:
            notes.wrong(f"{path}.{name}", code, "is not known. Take a code from guidelines/platforms/words.py.")
    return found


def _day(told: object, path: str, notes: Notes) -> date | None:
    try:
        return date.fromisoformat(str(told))
    except ValueError:
        notes.wrong(f"{path}.trusted_until", told, "is no day. Write it as 2027-06-30.")
        return None


def _write(session: Session, facts: dict[str, Any]) -> None:
    row = session.get(PlatformFact, facts["platform"])
    # The pack writes the first state of a row. What somebody wrote, before it or since, is their own.
    if row is not None and (row.kept_by_id is not None or row.version > 1):
        return
    row = row or PlatformFact(version=1)
    for name, value in facts.items():
        setattr(row, name, value)
    session.add(row)
