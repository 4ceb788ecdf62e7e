"""What differs between two texts of a document, in plain words; whoever may edit it can ask for the text as written."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request

from wiki import markdown
from wiki.access import guard, policy
from wiki.access.policy import Action
from wiki.documents import diff
from wiki.documents.models import Document

# The argument of the address that asks for the text as it is written.
AS_WRITTEN = {"as": "written"}


@dataclass(frozen=True, slots=True)
class Comparison:
    """The rows, and which way the texts are shown."""

    rows: list[diff.DiffRow]
    is_written: bool
    may_be_written: bool


def compare(document: Document, old: str, new: str) -> Comparison:
    """Compare two texts that this viewer may read, as `views.source_of` gives them."""
    may_be_written = bool(policy.may(guard.viewer(), Action.DOCUMENT_REVISE, document.item))
    if may_be_written and request.args.get("as") == AS_WRITTEN["as"]:
        return Comparison(diff.diff_words(old, new), True, True)
    said = [markdown.spoken(text, document.lang) for text in (old, new)]
    # Where marks alone changed, such as a heading that became a smaller one, they are all there is to show.
    return Comparison(diff.diff_words(*(said if said[0] != said[1] else (old, new))), False, may_be_written)
