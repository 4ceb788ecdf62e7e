"""Making a text ready to be saved: checked, given block ids and rendered, before any lock is taken."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from wiki import db, markdown

# Where pictures point in stored HTML; the reader's page puts the document's own address there, which may change.
FILES = "/~files/"
TITLE_LENGTH = 200
SLUG_LENGTH = 100
_BLOCK_IDS = re.compile(r"\{#(b-[a-z0-9]{2,20})\}")


@dataclass(frozen=True, slots=True)
class PreparedPassage:
    """A held passage that was cut out of a text, with all derived from it; of what is told of it, None was not said."""

    public_id: str
    is_new: bool
    is_opened: bool
    audience: tuple[str, ...] | None
    reason: str | None
    until: date | None
    opening: str
    body: str
    html: str
    toc: list[dict[str, Any]]
    sections: list[dict[str, Any]]
    links: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class PreparedText:
    """A text with all derived from it; `links` are pairs of kind (or "") and slug, `questions` come with their keys.

    In its body stand tokens for held passages; `passages` are those whose words came with it. All else is of the rest.
    """

    title: str
    body: str
    html: str
    summary: str
    toc: list[dict[str, Any]]
    sections: list[dict[str, Any]]
    links: frozenset[tuple[str, str]]
    questions: tuple[markdown.Question, ...] = ()
    passages: tuple[PreparedPassage, ...] = ()


# In seconds of processor time for each step, where nobody waits before a screen: imports and world files.
AT_LEISURE = 10.0


def prepare(
    title: str, body: str, *, lang: str = "en", taken: Collection[str] = (), budget: float = 2.0
) -> PreparedText:
    """Check and render, each step within a budget of processor time in seconds.

    Raises `markdown.TextRefused` with a sentence for the writer.
    """
    whole = markdown.cut(body, db.new_public_id, budget=budget)
    text = markdown.with_block_ids(whole.text, taken, budget=budget)
    rendered = markdown.render(text, files_url=FILES, lang=lang, budget=budget)
    return PreparedText(
        title=" ".join(markdown.normalise(title).split())[:TITLE_LENGTH],
        body=text,
        html=rendered.html,
        summary=rendered.summary,
        toc=[asdict(heading) for heading in rendered.toc],
        sections=[asdict(section) for section in rendered.sections],
        links=frozenset((link.kind or "", link.slug) for link in rendered.links),
        questions=markdown.questions(text, files_url=FILES, budget=budget) if rendered.blocks else (),
        passages=tuple(_passage(piece, text, lang, rendered.shift) for piece in whole.pieces),
    )


def _passage(piece: markdown.Piece, around: str, lang: str, shift: int) -> PreparedPassage:
    """A passage, rendered by itself: nothing of the text around it may depend on its words."""
    body = markdown.with_block_ids(piece.body, set(_BLOCK_IDS.findall(around)))
    rendered = markdown.render(body, files_url=FILES, lang=lang, part=piece.id, shift=shift)
    return PreparedPassage(
        public_id=piece.id,
        is_new=piece.is_new,
        is_opened=piece.is_opened,
        audience=piece.audience,
        reason=piece.reason,
        until=piece.until,
        opening=piece.opening,
        body=body,
        html=rendered.html,
        toc=[asdict(heading) for heading in rendered.toc],
        sections=[asdict(section) for section in rendered.sections],
        links=frozenset((link.kind or "", link.slug) for link in rendered.links),
    )


def with_files(html: str, address: str) -> str:
    """Stored HTML with the files of the document at this address."""
    place = f"{address}/files/"
    return html.replace(f'src="{FILES}', f'src="{place}').replace('href="files/', f'href="{place}')


def slug_of(words: str) -> str:
    """An address made of words: lower case, hyphens, letters of any script; never empty."""
    plain = unicodedata.normalize("NFKC", words).lower()
    slug = re.sub(r"[^\w]+|_+", "-", plain, flags=re.UNICODE).strip("-")
    return slug[:SLUG_LENGTH].rstrip("-") or "untitled"
