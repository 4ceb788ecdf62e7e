"""Making a text ready to be saved: checked, given block ids and rendered, before any lock is taken."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

from wiki import markdown

# Where pictures point in stored HTML; the reader's page puts the document's own address there, which may change.
FILES = "/~files/"
TITLE_LENGTH = 200
SLUG_LENGTH = 100


@dataclass(frozen=True, slots=True)
class PreparedText:
    """A text with all that is derived from it; `links` are pairs of kind (or "") and slug."""

    title: str
    body: str
    html: str
    summary: str
    toc: list[dict[str, Any]]
    sections: list[dict[str, Any]]
    links: frozenset[tuple[str, str]]


def prepare(title: str, body: str, *, lang: str = "en", taken: Collection[str] = ()) -> PreparedText:
    """Check and render. Raises `markdown.TextRefused` with a sentence for the writer."""
    text = markdown.with_block_ids(markdown.normalise(body), taken)
    rendered = markdown.render(text, files_url=FILES, lang=lang)
    return PreparedText(
        title=" ".join(markdown.normalise(title).split())[:TITLE_LENGTH],
        body=text,
        html=rendered.html,
        summary=rendered.summary,
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
