"""The starter pack: loaded once, kept up to date, and never laid over what a service made its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from guidelines.guides.models import Guideline
from guidelines.playbooks.steps import steps_of
from tests.wiki.world_files import everything
from wiki import db
from wiki.documents import operations, texts
from wiki.documents.models import Document, Link, Term
from wiki.exchange import frontmatter
from wiki.exchange.problems import FileRefused
from wiki.exchange.starter import FOLDER, KINDS, load_starter
from wiki.exchange.world import Outcome
from wiki.people.models import Group

PAGE = "---\ntitle: Tone\nslug: tone\nowner: press\ntopics: [style]\nreview: 2027-12\n---\n\nBe kind.\n"


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    folder = tmp_path / "pack"
    for name in ("guidelines", "pages"):
        (folder / name).mkdir(parents=True)
    (folder / "groups.yaml").write_text("groups: [{id: press, name: Press, type: unit}]\n")
    (folder / "vocabularies.yaml").write_text("topics: [{slug: style, name: Style}]\nplatforms: [{slug: x, name: X}]\n")
    (folder / "guidelines" / "tone.md").write_text(PAGE)
    (folder / "pages" / "welcome.md").write_text(PAGE.replace("Tone", "Welcome").replace("tone", "welcome"))
    return folder


def _load(app: Flask, folder: Path) -> Outcome:
    with app.app_context():
        return load_starter(folder=folder)


def _document(app: Flask, slug: str) -> Document:
    with app.app_context(), db.system_session() as session:
        found = session.scalars(select(Document).where(Document.slug == slug)).one()
        session.refresh(found)
        return found


def _change(pack: Path, name: str = "guidelines/tone.md") -> None:
    path = pack / name
    path.write_text(path.read_text().replace("Be kind.", "Be kind and brief."))


def test_the_pack_makes_its_units_words_and_documents(app: Flask, pack: Path) -> None:
    outcome = _load(app, pack)
    assert (outcome.groups.new, outcome.terms.new, outcome.documents.new) == (1, 2, 2)
    tone = _document(app, "tone")
    assert isinstance(tone, Guideline)
    assert (tone.status, tone.owner_id, str(tone.review_on)) == ("in-force", "press", "2027-12-01")
    assert _document(app, "welcome").status == "published"


def test_loading_it_again_changes_nothing(app: Flask, pack: Path) -> None:
    _load(app, pack)
    before = everything(app)
    outcome = _load(app, pack)
    assert outcome.documents.unchanged == 2
    assert everything(app) == before


def test_a_text_that_changed_upstream_reaches_a_document_nobody_touched(app: Flask, pack: Path) -> None:
    _load(app, pack)
    _change(pack)
    assert _load(app, pack).documents.changed == 1
    tone = _document(app, "tone")
    assert (tone.working, tone.published, tone.status) == (2, 2, "in-force")


def test_a_document_somebody_edited_stays_theirs(app: Flask, pack: Path) -> None:
    _load(app, pack)
    with app.app_context():
        text = texts.prepare("Our tone", "Ours.")
        with db.system_session(writing=True) as session:
            tone = session.scalars(select(Document).where(Document.slug == "tone")).one()
            operations.revise(session, tone, text, base=1, by=None)
    _change(pack)
    assert _load(app, pack).documents.changed == 0
    assert _document(app, "tone").working == 2


@pytest.mark.parametrize("status", ["binned", "withdrawn", "draft"])
def test_a_document_that_was_ended_does_not_come_back(app: Flask, pack: Path, status: str) -> None:
    _load(app, pack)
    with app.app_context(), db.system_session(writing=True) as session:
        session.scalars(select(Document).where(Document.slug == "tone")).one().status = status
    _change(pack)
    assert _load(app, pack).documents.changed == 0
    assert _document(app, "tone").status == status


def test_sharing_owners_and_names_stay_as_they_were_set_here(app: Flask, pack: Path) -> None:
    _load(app, pack)
    with app.app_context(), db.system_session(writing=True) as session:
        session.add(Group(id="other", name="Other", type="unit"))
        session.flush()
        tone = session.scalars(select(Document).where(Document.slug == "tone")).one()
        tone.owner_id, tone.audience = "other", ["group:other"]
        session.get_one(Group, "press").name = "Our press office"
    _change(pack)
    _load(app, pack)
    tone = _document(app, "tone")
    assert (tone.owner_id, tone.audience, tone.working) == ("other", ["group:other"], 2)
    with app.app_context(), db.system_session() as session:
        assert session.get_one(Group, "press").name == "Our press office"


def test_a_document_of_the_same_address_that_came_another_way_is_left_alone(app: Flask, pack: Path) -> None:
    with app.app_context(), db.system_session(writing=True) as session:
        session.add(Group(id="mine", name="Mine", type="unit"))
        session.flush()
        page = Document(kind="page", slug="welcome", title="Mine", status="draft", owner_id="mine")
        session.add(page)
    outcome = _load(app, pack)
    assert (outcome.documents.new, outcome.documents.unchanged) == (1, 1)
    assert _document(app, "welcome").title == "Mine"


def test_a_pack_with_a_mistake_is_refused_whole(app: Flask, pack: Path) -> None:
    (pack / "pages" / "welcome.md").write_text(PAGE.replace("owner: press", "owner: prss").replace("tone", "welcome"))
    before = everything(app)
    with pytest.raises(FileRefused, match="“prss” is not a group"):
        _load(app, pack)
    assert everything(app) == before


def test_the_pack_we_ship_loads_and_its_links_lead_somewhere(app: Flask) -> None:
    files = {(kind, path.stem) for name, kind in KINDS.items() for path in (FOLDER / name).glob("*.md")}
    strays = {path for path in FOLDER.glob("*/*.md") if path.parent.name not in (*KINDS, "demo")}
    assert strays == set(), "each folder of the pack is a kind"
    outcome = _load(app, FOLDER)
    assert outcome.notices == []
    assert outcome.documents.new == len(files)
    with app.app_context(), db.system_session() as session:
        there = {(kind, slug) for kind, slug in session.execute(select(Document.kind, Document.slug))}
        assert there == files
        slugs = {slug for _, slug in there}
        links = session.execute(select(Link.target_kind, Link.target_slug)).all()
        lost = {(kind, slug) for kind, slug in links if not ((kind, slug) in there if kind else slug in slugs)}
        assert lost == set()
        assert len(links) > 100, "control: the pack is linked"
        assert session.scalar(select(func.count()).select_from(Term)) > 15


def test_the_pack_we_ship_is_as_large_as_promised() -> None:
    counts = {kind: len(_texts(name)) for name, kind in KINDS.items()}
    assert counts == {"guideline": 19, "playbook": 6, "module": 12, "track": 3, "page": 5}


PARTS = ("::: sixty-seconds", "::: do", "::: dont", "::: rule MUST", "## Escalate to", "::: note Whom to call",
         "::: note Kept true by")  # fmt: skip


@pytest.mark.parametrize("opening", PARTS)
def test_every_guideline_of_the_pack_has_its_parts(opening: str) -> None:
    bare = {slug for slug, text in _texts("guidelines").items() if opening not in text.splitlines()}
    assert bare == set()


def test_every_guideline_of_the_pack_draws_a_line_and_leads_to_a_module_that_teaches_it() -> None:
    texts = _texts("guidelines")
    assert {slug for slug, text in texts.items() if "[[module:" not in text.rsplit("::: note Kept", 1)[1]} == set()
    lines = re.compile(r"^::: warning (Red line|Above all)$", re.MULTILINE)
    assert {slug for slug, text in texts.items() if not lines.search(text)} == set()


def test_every_module_of_the_pack_asks_five_to_eight_questions() -> None:
    counts = {slug: len(re.findall(r"^::: quiz\b", text, re.MULTILINE)) for slug, text in _texts("modules").items()}
    assert {slug: count for slug, count in counts.items() if not 5 <= count <= 8} == {}


def test_every_playbook_of_the_pack_has_ten_to_twenty_steps_in_phases() -> None:
    for slug, text in _texts("playbooks").items():
        steps = steps_of(frontmatter.take_apart(text, slug).body)
        assert 10 <= len(steps) <= 20, slug
        assert len({step["phase"] for step in steps}) >= 3, slug
        assert all(step["phase"] for step in steps), slug


def _texts(folder: str) -> dict[str, str]:
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted((FOLDER / folder).glob("*.md"))}
