"""Held passages in world files: they come with their text, and a second load changes nothing."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from tests.wiki.world_files import STORY, load, written
from wiki import db
from wiki.documents.models import Passage, PassageText, Revision
from wiki.exchange.problems import FileRefused

UNTIL = (date.today() + timedelta(days=100)).isoformat()
HELD = f"""
  - kind: page
    slug: harbour
    title: The harbour
    owner: lisbon
    author: a@example.org
    tags: [ships]
    body: |
      Before.

      ::: held audience="group:consular person:b@example.org" reason=source until={UNTIL}
      The harbour master said so.

      ::: note
      Twice.
      :::
      :::

      After.
"""


def _rows(app: Flask) -> tuple[list[tuple[str, list[str], str]], int, int]:
    with app.app_context(), db.system_session() as session:
        found = session.execute(select(Passage.public_id, Passage.audience, Passage.reason)).all()
        texts, revisions = session.scalars(select(PassageText)).all(), session.scalars(select(Revision)).all()
        return [tuple(row) for row in found], len(texts), len(revisions)


def test_passages_come_with_their_text_and_a_second_load_changes_nothing(app: Flask, tmp_path: Path) -> None:
    load(app, written(tmp_path, STORY + HELD))
    passages, texts, revisions = _rows(app)
    assert [(len(audience), reason) for _, audience, reason in passages] == [(2, "source")]
    assert texts == 1
    load(app, written(tmp_path, STORY + HELD))
    load(app, written(tmp_path, STORY + HELD.replace("[ships]", "[boats]")))
    assert _rows(app) == (passages, texts, revisions)


def test_a_change_of_its_words_alone_is_a_change_of_the_same_passage(app: Flask, tmp_path: Path) -> None:
    load(app, written(tmp_path, STORY + HELD))
    passages, texts, revisions = _rows(app)
    load(app, written(tmp_path, STORY + HELD.replace("said so", "said so again")))
    assert _rows(app) == (passages, texts + 1, revisions + 1)
    load(app, written(tmp_path, STORY + HELD.replace("reason=source", "reason=legal")))
    assert [(public_id, "legal") for public_id, *_ in passages] == [(row[0], row[2]) for row in _rows(app)[0]]


@pytest.mark.parametrize(
    ("instead", "said"),
    [
        (HELD.replace("group:consular", "group:nowhere"), "group:nowhere"),
        (HELD.replace("reason=source", "reason=whim"), "whim"),
        (HELD.replace("      Twice.\n      :::\n", "      Twice.\n"), "has no end"),
    ],
)
def test_what_cannot_be_held_so_is_refused_and_nothing_is_loaded(
    app: Flask, tmp_path: Path, instead: str, said: str
) -> None:
    with pytest.raises(FileRefused) as refused:
        load(app, written(tmp_path, STORY + instead))
    assert said in str(refused.value)
    assert _rows(app)[0] == []
