"""The main job on real input: 3,000 pages imported, and twenty questions answered in the first three results."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy import select

from search import api
from tests.conftest import DATA, AppMaker
from tests.people import World
from wiki import db, kinds, outbox
from wiki.documents.models import Document
from wiki.exchange.starter import load_starter

QUESTIONS = Path(__file__).resolve().parents[2] / "docs" / "questions.md"
CORPUS = DATA / "digitalgov"
FIRST = 3
ENOUGH = 20

_ROW = re.compile(r"^\| *\d+ *\| *`([^`]+)` *\|([^|]*)\|([^|]*)\|", re.MULTILINE)


@pytest.fixture(scope="module")
def library(make_shared_app: AppMaker) -> World:
    """The starter pack and the whole corpus in one application."""
    if not CORPUS.is_dir():
        pytest.skip(f"the corpus is not at {CORPUS}; set CHANCERY_TEST_DATA to the folder that holds digitalgov/")
    world = World(make_shared_app("library"))
    with world.app.app_context():
        load_starter()
        outbox.drain(wait=True)
    runner = world.app.test_cli_runner()
    done = runner.invoke(args=["import", "markdown", str(CORPUS), "--kind", "page", "--owner", "digital"])
    assert done.exit_code == 0, done.output
    world.settle()
    return world


@pytest.mark.slow
def test_the_whole_corpus_is_carried_or_reported(library: World) -> None:
    files = {str(path.relative_to(CORPUS)) for path in CORPUS.rglob("*.md")}
    with library.app.app_context(), db.system_session() as session:
        carried = {
            source.removeprefix("markdown:")
            for source in session.scalars(select(Document.source).where(Document.source.startswith("markdown:")))
            if source
        }
    assert len(files) >= 3000, "the control: the whole corpus is there"
    assert len(files - carried) == 0, sorted(files - carried)[:20]


@pytest.mark.slow
def test_twenty_questions_have_their_answer_in_the_first_three_results(library: World) -> None:
    asked = _questions()
    assert len(asked) == 20
    with library.app.app_context(), db.system_session() as session:
        homes = _homes(session)
    missed = {}
    for question, answers in asked.items():
        viewer = library.viewer("amina")
        with library.app.app_context(), db.system_session() as session:
            found = api.ask(session, viewer, api.understand(question, "en", {})).hits
        wanted = {homes[answer] for answer in answers}
        if not wanted & {hit.url for hit in found[:FIRST]}:
            missed[question] = [hit.url for hit in found[:FIRST]]
    assert len(asked) - len(missed) >= ENOUGH, missed


def _questions() -> dict[str, list[str]]:
    rows = _ROW.findall(QUESTIONS.read_text(encoding="utf-8"))
    return {question: re.findall(r"(?:starter|digitalgov):[^\s,|]+", right + also) for question, right, also in rows}


def _homes(session) -> dict[str, str]:  # type: ignore[no-untyped-def]
    homes = {}
    for kind, slug, source in session.execute(select(Document.kind, Document.slug, Document.source)):
        if kind in ("guideline", "playbook"):
            # A playbook may have the name of a guideline, so it is asked for with its kind.
            name = slug if kind == "guideline" else f"{kind}:{slug}"
            homes[f"starter:{name}"] = f"{kinds.kind(kind).prefix}/{slug}"
        elif source:
            homes[source.replace("markdown:", "digitalgov:", 1)] = f"/wiki/{slug}"
    return homes
