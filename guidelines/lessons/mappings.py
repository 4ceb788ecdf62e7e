"""Mappings of columns kept under a name, so that the next table of the same office is imported the same way."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from guidelines.lessons.columns import MappingRefused
from guidelines.lessons.models import ImportMapping
from wiki import db
from wiki.exchange.problems import did_you_mean, shown

LONGEST = 60
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def checked(name: str) -> str:
    """A name that a mapping may have. It is no path, so it is never taken for a file. Raises MappingRefused."""
    if len(name) > LONGEST or not _NAME.fullmatch(name):
        raise MappingRefused(
            f"{shown(name)} is no name for a mapping."
            f" Use small letters, digits and hyphens, at most {LONGEST}, such as llis-2026."
        )
    return name


def saved(session: Session, name: str) -> dict[str, str]:
    """The mapping of this name. Raises MappingRefused."""
    found = session.get(ImportMapping, name)
    if found is None:
        raise MappingRefused(f"There is no file and no saved mapping {shown(name)}. {_near(session, name)}".rstrip())
    return dict(found.parts)


def save(session: Session, name: str, parts: Mapping[str, str]) -> bool:
    """Keep a mapping under this name, and say whether it took the place of another one."""
    found = session.get(ImportMapping, name)
    if found is None:
        session.add(ImportMapping(name=name, parts=dict(parts)))
        return False
    replaced = found.parts != dict(parts)
    found.parts, found.saved_at = dict(parts), db.now()
    return replaced


def listed(session: Session) -> list[ImportMapping]:
    """Every mapping, by name."""
    return list(session.scalars(select(ImportMapping).order_by(ImportMapping.name)))


def remove(session: Session, name: str) -> None:
    """Forget a mapping. What was imported with it stays. Raises MappingRefused."""
    gone = delete(ImportMapping).where(ImportMapping.name == name).returning(ImportMapping.name)
    if session.scalar(gone) is None:
        raise MappingRefused(f"There is no saved mapping {shown(name)}. {_near(session, name)}".rstrip())


def _near(session: Session, name: str) -> str:
    known = list(session.scalars(select(ImportMapping.name)))
    return did_you_mean(name, known) if known else "None is saved yet."
