"""What slices add to the search: names by which people cite a document, and what should have been looked at again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.orm import Session

from search.answers import Found, Title
from wiki.access.policy import Viewer
from wiki.documents.reading import Entry


@dataclass(frozen=True, slots=True)
class Meant:
    """The document that goes by what was typed: its id, that name as people write it, and the section named with it."""

    document: int
    called: str
    anchor: str = ""
    section: str = ""

    def on(self, hit: Found) -> Found:
        """The hit that leads to it."""
        if not self.anchor:
            return replace(hit, called=self.called)
        url = f"{hit.url}#{self.anchor}"
        return replace(hit, called=self.called, url=url, section_title=self.section, section_url=url)

    def over(self, entry: Entry) -> Title:
        """What is offered while its name is typed."""
        url = f"{entry.url}#{self.anchor}" if self.anchor else entry.url
        return Title(entry.kind, f"{self.called} {entry.title}", url)


# Whom a name means: `find(session, viewer, words)`, only what this viewer may read.
Finder = Callable[[Session, Viewer, str], Meant | None]
# What is late, since when: `find(session, viewer)`, by the ids of documents that this viewer may read. Asked once for
# each question, never for each hit, so it asks the database once.
Late = Callable[[Session, Viewer], Mapping[int, date]]

_finders: dict[str, Finder] = {}
_late: dict[str, Late] = {}


def cite(name: str, find: Finder) -> None:
    """Let a slice say what a name means. The same slice again replaces it: many apps live in one process."""
    _finders[name] = find


def sink(name: str, find: Late) -> None:
    """Let a slice say what is late: it goes below what is not, and says so."""
    _late[name] = find


def meant(session: Session, viewer: Viewer, words: str) -> Meant | None:
    """What these words mean if they are the name of something."""
    return next((found for find in _finders.values() if (found := find(session, viewer, words))), None)


def late(session: Session, viewer: Viewer) -> dict[int, date]:
    """Everything that is late for this viewer."""
    return {document: since for find in _late.values() for document, since in find(session, viewer).items()}
