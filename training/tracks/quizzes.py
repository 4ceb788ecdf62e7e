"""The questions of each text as rows, written down with it."""

from __future__ import annotations

from typing import Any

from flask_babel import ngettext
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from training.tracks import marking
from training.tracks.models import Question
from wiki.documents.texts import PreparedText

# A question that cannot be answered yet; its row tells those who may change the text what is wrong.
BROKEN = "broken"


def keep(session: Session, document: Any, revision: int, text: PreparedText) -> None:
    """Write down the questions of a revision (`Kind.saved`)."""
    session.execute(delete(Question).where(Question.document_id == document.id, Question.revision == revision))
    session.add_all(
        Question(
            document_id=document.id,
            revision=revision,
            key=question.key,
            position=position,
            sort=BROKEN if question.problems else question.sort,
            public={"html": question.html, "options": [choice.html for choice in question.choices]},
            secret=marking.key_of(question),
            digest=question.digest,
        )
        for position, question in enumerate(text.questions)
    )
    session.flush()


def unready(session: Session, document: Any) -> str | None:
    """Why a module is better not published for the first time yet (`Kind.unready`): nobody can answer its questions."""
    if document.published is not None:
        return None
    broken = select(func.count()).where(
        Question.document_id == document.id, Question.revision == document.working, Question.sort == BROKEN
    )
    count = session.scalar(broken) or 0
    if not count:
        return None
    return ngettext(
        "one question cannot be answered yet. Mend it and publish.",
        "%(num)s questions cannot be answered yet. Mend them and publish.",
        count,
    )
