"""Sections that other packages add to the pages of people and groups."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import render_template
from markupsafe import Markup
from sqlalchemy.orm import Session

from wiki.access.policy import Viewer

# Takes the session, who looks, and the Person or Group; returns a template and its context, or None for no section.
# It answers for what it shows: only what this viewer may read.
Panel = Callable[[Session, Viewer, Any], tuple[str, dict[str, Any]] | None]

_panels: dict[str, list[Panel]] = {"person": [], "group": []}


def add(page: str, panel: Panel) -> None:
    """Add a section to the pages of `person` or `group`. The same function twice is one section."""
    if panel not in _panels[page]:
        _panels[page].append(panel)


def rendered(page: str, session: Session, viewer: Viewer, subject: Any) -> Sequence[Markup]:
    """The sections of this page for this viewer, in the order in which they were added."""
    found = (panel(session, viewer, subject) for panel in _panels[page])
    # What a template of ours made is escaped already.
    return [Markup(render_template(one[0], **one[1])) for one in found if one is not None]  # noqa: S704
