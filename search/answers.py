"""What a question is answered with, as pages show it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple

from search.query import Query
from wiki.documents.reading import Entry


@dataclass(frozen=True, slots=True)
class Found:
    """One answer, as the page shows it. `snippet` is text in pieces, each marked or not."""

    url: str
    title: str
    kind: str
    status: str
    owner: str
    dated: datetime | None
    snippet: tuple[tuple[str, bool], ...] = ()
    section_title: str = ""
    section_url: str = ""
    is_stub: bool = False
    is_held: bool = False
    # The words shown are those of a passage that is held back by itself.
    is_passage: bool = False
    successor: Entry | None = None
    # The name by which it was asked for, such as “G-412”.
    called: str = ""
    # The day by which somebody should have looked at it again, once that has passed.
    late_since: date | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A page of answers with the numbers around it."""

    query: Query
    hits: tuple[Found, ...] = ()
    total: int = 0
    facets: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    also: tuple[str, ...] = ()
    corrected: str | None = None
    relaxed: bool = False
    from_database: bool = False


class Title(NamedTuple):
    """What is offered while somebody types."""

    kind: str
    title: str
    url: str
