"""What a writer of tracks may want to look at again, in words. A hint never keeps anybody from saving."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from training.tracks import paths
from wiki.documents.models import Revision


def of_text(session: Session, document: int, revision: int, seen: Collection[int]) -> tuple[tuple[int, str], ...]:
    """Lines and sentences about a revision, for somebody who may change it; `seen` are the steps that they can see."""
    body = session.scalar(select(Revision.body).where(Revision.document_id == document, Revision.number == revision))
    path = paths.read(body or "")
    lost = [paths.Problem(item.line, "nowhere", item.slug) for item in path.items if item.position not in seen]
    found = sorted([*path.problems, *lost], key=lambda problem: problem.line)
    return tuple((problem.line, str(_words(problem))) for problem in found)


def _words(problem: paths.Problem) -> Any:
    about = problem.about
    if problem.code == "no-number":
        return _(
            "“%(heading)s” has no number, so nobody knows when it is due. Write “Day 1” or “Week 2”.", heading=about
        )
    if problem.code == "goes-back":
        return _(
            "“%(heading)s” comes before the part above it. Put the parts in the order of their days.", heading=about
        )
    if problem.code == "no-steps-here":
        return _("There is no list below “%(heading)s”. Each line of a list is a step.", heading=about)
    if problem.code == "no-words":
        return _("This step has no words.")
    if problem.code == "nowhere":
        return _(
            "“%(slug)s” leads nowhere, or to something that you cannot read. Readers do not see this step.", slug=about
        )
    return _("There are no steps yet. Write a heading such as “Day 1”, and below it a list of modules and tasks.")
