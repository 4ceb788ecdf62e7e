"""Parts that the slices add to the home page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from flask import Flask, current_app, g, render_template
from markupsafe import Markup
from sqlalchemy import ScalarSelect, select
from sqlalchemy.orm import Session

from wiki.access.policy import Viewer

# What happens now stands in a strip before everything else, and what is due in one under the greeting. Of each only the
# first is shown, so that it stays worth reading; neither takes the place of the other.
Where = Literal["now", "due", "main", "side"]
# Takes the session and who looks; returns a template and its context, or None for nothing to show.
# It answers for what it shows: only what this viewer may read.
Part = Callable[[Session, Viewer], tuple[str, dict[str, Any]] | None]

# Numbers of what waits for this viewer, by name, each under their rights; none for whom nothing can wait.
Numbers = Callable[[Viewer], Mapping[str, ScalarSelect[int]]]


def add(app: Flask, where: Where, part: Part, *, place: int) -> None:
    """Add a part to the home page, in the order of the places."""
    parts = app.extensions.setdefault("chancery_home_parts", {}).setdefault(where, [])
    parts.append((place, part))
    parts.sort(key=lambda each: each[0])


def rendered(where: Where, session: Session, viewer: Viewer, *, most: int | None = None) -> Sequence[Markup]:
    """The parts at this place for this viewer, `most` at most."""
    found: list[Markup] = []
    for _, part in current_app.extensions.get("chancery_home_parts", {}).get(where, ()):
        made = part(session, viewer)
        if made is not None:
            # What a template of ours made is escaped already.
            found.append(Markup(render_template(made[0], **made[1])))  # noqa: S704
        if most is not None and len(found) == most:
            break
    return found


def count(app: Flask, numbers: Numbers) -> None:
    """Let a slice ask for numbers: those of all slices come in one statement."""
    app.extensions.setdefault("chancery_home_numbers", []).append(numbers)


def counted(session: Session, viewer: Viewer) -> Mapping[str, int]:
    """The numbers that the slices asked for, found once for a page."""
    if "home_numbers" not in g:
        wanted: dict[str, ScalarSelect[int]] = {}
        for numbers in current_app.extensions.get("chancery_home_numbers", ()):
            wanted.update(numbers(viewer))
        row = session.execute(select(*(each.label(name) for name, each in wanted.items()))).one() if wanted else ()
        g.home_numbers = dict(zip(wanted, row, strict=True))
    found: Mapping[str, int] = g.home_numbers
    return found
