"""Segments and engines for the search tests."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from search.engine import Results, Segment, Suggestion
from search.plan import Aliases

EVERYONE = frozenset({"service"})
NAMES = Aliases([["X", "Twitter"], ["HoM", "head of mission"], ["FB", "Facebook"]])


def make_segment(document: int, text: str = "", **given: Any) -> Segment:
    """A segment open to all, unless told otherwise."""
    is_passage = str(given.get("part", "")).startswith("passage:")
    # Leave to read a document opens no passage of it: that is given under the passage's own id.
    labels = frozenset(given.pop("labels", {"service"})) | (set() if is_passage else {f"doc:{document}"})
    sets = {name: frozenset(given.pop(name, ())) for name in ("tags", "platforms", "topics")}
    usual: dict[str, Any] = {
        "part": "body",
        "kind": "guideline",
        "status": "in-force",
        "owner": "press",
        "lang": "en",
        "title": f"Page {document}",
        "headings": "",
        "dated": date(2025, 6, 1),
        "revision": 1,
    }
    within = frozenset(given.pop("within", labels if is_passage else ()))
    return Segment(document=document, text=text, labels=labels, within=within, **sets, **{**usual, **given})


def ids(results: Results | Iterable[Suggestion]) -> list[int]:
    return [found.document for found in (results.hits if isinstance(results, Results) else results)]
