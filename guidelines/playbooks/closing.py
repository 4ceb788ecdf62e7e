"""Runs that began before words of their playbook were held back: what of them is told to whoever may not read these."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from guidelines.playbooks.models import Playbook, Run
from guidelines.playbooks.steps import steps_of
from guidelines.playbooks.trees import trees_of
from wiki.access.policy import Viewer
from wiki.documents import passages_standing
from wiki.documents.models import Revision


@dataclass(frozen=True, slots=True)
class Cut:
    """A run as one reader may see it: its steps, the number of the text to show beside them, and its decision trees."""

    steps: list[dict[str, Any]]
    number: int
    trees: list[dict[str, Any]] = field(default_factory=list)


def cut(session: Session, viewer: Viewer, playbook: Playbook, run: Run) -> Cut:
    """The steps of a run and its text; where words in it are held back by now, only what the newest text says openly.

    The playbook was found under the viewer's rights.
    """
    if run.revision >= playbook.working:
        return Cut(run.steps, run.revision, run.trees)
    if passages_standing.is_open(session, viewer, playbook, run.revision, _body(session, playbook, run.revision)):
        return Cut(run.steps, run.revision, run.trees)
    shown = passages_standing.shown_number(playbook)
    body = _body(session, playbook, shown)
    now, asked = steps_of(body, playbook.lang), trees_of(body, playbook.lang)
    words, phases = {each["words"] for each in now}, {each["phase"] for each in now}
    # Of a tree that is not the same any more nothing is told: each answer of it tells of the others.
    told = [tree for tree in run.trees if any({**tree, "key": ""} == {**other, "key": ""} for other in asked)]
    return Cut([_told(each, words, phases) for each in run.steps], shown, told)


def _told(step: dict[str, Any], words: set[str], phases: set[str]) -> dict[str, Any]:
    phase = step["phase"] if step["phase"] in phases else ""
    if step["words"] in words:
        return {**step, "phase": phase}
    line = _("A step whose words are held back or were changed")
    return {"key": step["key"], "phase": phase, "words": line, "text": escape(line)}


def _body(session: Session, playbook: Playbook, number: int) -> str:
    where = (Revision.document_id == playbook.id, Revision.number == number)
    return session.scalars(select(Revision.body).where(*where)).one()
