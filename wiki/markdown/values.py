"""What rendering a text gives back."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Heading:
    """One line of the table of contents; `level` is 2 to 6 as in the HTML."""

    level: int
    title: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Section:
    """Plain text from one heading to the next, for search and deep links; the introduction has no anchor."""

    anchor: str | None
    title: str
    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Block:
    """A `:::` block; `id` is missing only where the text did not pass through `with_block_ids`."""

    id: str | None
    name: str
    title: str


@dataclass(frozen=True, slots=True)
class WikiLink:
    """A `[[kind:slug#anchor|label]]` as its author typed it; `anchor` is already the id used in the HTML."""

    kind: str | None
    slug: str
    label: str | None = None
    anchor: str | None = None


@dataclass(frozen=True, slots=True)
class LinkState:
    """What a wiki link is to one reader: a page they may open, a stub they may ask for, or nothing at all."""

    state: Literal["open", "stub", "missing"]
    url: str
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Rendered:
    """A rendered text; `html` still needs `fill_links` at read time, when the reader is known.

    `shift` is how much lower its headings are on the page than in the text.
    """

    html: str
    toc: tuple[Heading, ...]
    sections: tuple[Section, ...]
    links: tuple[WikiLink, ...]
    blocks: tuple[Block, ...]
    summary: str
    unknown_blocks: tuple[str, ...] = ()
    shift: int = 0
