"""What the views of this package share."""

from __future__ import annotations

from typing import Any

from flask import render_template

from guidelines.guides.models import Guideline
from wiki.access import guard, policy
from wiki.access.policy import Action
from wiki.documents import repeating_views, web


def load(slug: str, action: Action = Action.DOCUMENT_READ) -> Guideline:
    """The guideline at this address for the viewer to do this with."""
    found = web.load(slug, action)
    assert isinstance(found, Guideline)
    return found


def page(name: str, guideline: Guideline, *, form: Any = None, code: int = 200, **more: Any) -> Any:
    """A page of a guideline, with what the viewer may do with it."""
    shown = render_template(
        f"guidelines/guides/keeping/{name}.html",
        document=guideline,
        kind=web.this_kind(),
        form=form,
        may=lambda action: bool(policy.may(guard.viewer(), Action(action), guideline.item)),
        **more,
    )
    return shown, code


def repeats(guideline: Guideline, words: str | None) -> bool:
    """Whether words for readers of a guideline repeat what is held back from some, and nobody said they may."""
    return repeating_views.unanswered_words(words or "", guideline.audience, guideline.id)
