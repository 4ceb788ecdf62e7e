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
    labels = frozenset(given.pop("labels", {"service"})) | {f"doc:{document}"}
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
    return Segment(document=document, text=text, labels=labels, **sets, **{**usual, **given})


def ids(results: Results | Iterable[Suggestion]) -> list[int]:
    return [found.document for found in (results.hits if isinstance(results, Results) else results)]
