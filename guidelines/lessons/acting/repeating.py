"""The paste check for the short forms about what follows from a lesson: their words are for the lesson’s readers."""

from __future__ import annotations

from wiki.documents import repeating_views
from wiki.documents.models import Document


def repeats(lesson: Document, *words: str | None) -> bool:
    """Whether these words repeat something held back from readers of the lesson, and nobody said that they may."""
    return repeating_views.unanswered_words(_together(words), lesson.audience, lesson.id)


def repeats_for_both(lesson: Document, document: Document | None, *words: str | None) -> bool:
    """The same for words that only those read who read the lesson and this document, too."""
    if not repeats(lesson, *words):
        return False
    # What all readers of one of the two may read, all readers of both may.
    return document is None or repeating_views.unanswered_words(_together(words), document.audience, document.id)


def _together(words: tuple[str | None, ...]) -> str:
    return "\n".join(each for each in words if each)


def code_of(form: object) -> int:
    """How a page with a form answers: what is wrong with it, or what its words repeat, is not saved."""
    wrong = form is not None and (getattr(form, "errors", None) or repeating_views.found())
    return 422 if wrong else 200
