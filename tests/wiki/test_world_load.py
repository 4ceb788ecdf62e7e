"""World files: what they make, and that a second load changes nothing."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from guidelines.guides.models import Guideline
from tests.wiki.world_files import SOON, STORY, everything, load, written
from wiki import db
from wiki.access.models import AccessGrant
from wiki.documents.models import Attachment, Document, Revision, Stub
from wiki.exchange import world as worlds
from wiki.exchange.commands import world_commands
from wiki.people import passwords
from wiki.people.models import Group, Membership, Person, RoleAssignment


def _document(app: Flask, slug: str) -> Document:
    with app.app_context(), db.system_session() as session:
        found = session.scalars(select(Document).where(Document.slug == slug)).one()
        session.refresh(found)
        assert found.labels is not None
        assert found.terms is not None
        assert found.extra is not None
        return found


def _bodies(app: Flask, slug: str) -> list[str]:
    with app.app_context(), db.system_session() as session:
        rows = select(Revision.body).join(Document, Document.id == Revision.document_id).where(Document.slug == slug)
        return [body.strip() for body in session.scalars(rows.order_by(Revision.number))]


def test_a_world_file_makes_groups_people_and_documents(app: Flask, tmp_path: Path) -> None:
    outcome = load(app, written(tmp_path, STORY))
    assert str(outcome) == (
        "groups: 3 new, 0 changed, 0 unchanged; people: 2 new, 0 changed, 0 unchanged; "
        "documents: 2 new, 0 changed, 0 unchanged"
    )
    with app.app_context(), db.system_session() as session:
        assert set(session.scalars(select(Group.id))) == {"hq", "lisbon", "consular"}
        amina = session.scalars(select(Person).where(Person.email == "a@example.org")).one()
        assert passwords.matches(amina.password_hash, "three quiet herons")
        memberships = session.execute(select(Membership.group_id, Membership.rank, Membership.starts_on)).all()
        assert ("lisbon", "lead", date(2026, 1, 1)) in memberships
        assert session.scalars(select(RoleAssignment.role)).all() == ["coach"]
        assert session.scalars(select(Attachment.name)).all() == ["bridge.txt"]


def test_the_unit_called_hq_is_made_when_it_is_only_named(app: Flask, tmp_path: Path) -> None:
    outcome = load(app, written(tmp_path, STORY))
    assert any("hq is named and nowhere defined" in notice for notice in outcome.notices)
    with app.app_context(), db.system_session() as session:
        assert session.get_one(Group, "hq").name == "Headquarters"


def test_a_guideline_is_in_force_and_a_page_published_unless_said_otherwise(app: Flask, tmp_path: Path) -> None:
    load(app, written(tmp_path, STORY.replace("status: in-force, ", "")))
    guideline = _document(app, "posting-in-a-crisis")
    assert isinstance(guideline, Guideline)
    assert (guideline.status, guideline.edition, guideline.published) == ("in-force", 1, 1)
    assert guideline.vocabulary("platform") == ["x"]
    assert _document(app, "wrong-bridge").status == "published"


def test_a_held_page_has_its_labels_its_stub_and_its_history(app: Flask, tmp_path: Path) -> None:
    load(app, written(tmp_path, STORY))
    page = _document(app, "wrong-bridge")
    labels = {row.label for row in page.labels}
    assert "group:lisbon" in labels
    assert "service" not in labels
    assert _bodies(app, "wrong-bridge") == ["an older text", "The newest text"]
    with app.app_context(), db.system_session() as session:
        assert session.scalars(select(Stub.title)).all() == ["A title"]


def test_a_second_load_changes_nothing_at_all(app: Flask, tmp_path: Path) -> None:
    path = written(
        tmp_path, STORY + "  - {kind: page, slug: third, title: T, body: '::: do\n\n    A\n\n    :::', owner: hq}\n"
    )
    load(app, path)
    before = everything(app)
    outcome = load(app, path)
    assert (outcome.documents.new, outcome.documents.changed, outcome.documents.unchanged) == (0, 0, 3)
    assert (outcome.people.changed, outcome.groups.changed) == (0, 0)
    assert everything(app) == before


def test_a_dry_run_counts_and_writes_nothing(app: Flask, tmp_path: Path) -> None:
    before = everything(app)
    outcome = load(app, written(tmp_path, STORY), dry_run=True)
    assert outcome.documents.new == 2
    assert everything(app) == before
    assert not list(Path(app.extensions["chancery_settings"].files_dir).glob("*/*"))


def test_a_changed_text_becomes_a_new_revision_in_force(app: Flask, tmp_path: Path) -> None:
    load(app, written(tmp_path, STORY))
    outcome = load(app, written(tmp_path, STORY.replace('"Wait."', '"Wait an hour."')))
    assert (outcome.documents.changed, outcome.documents.unchanged) == (1, 1)
    guideline = _document(app, "posting-in-a-crisis")
    assert isinstance(guideline, Guideline)
    assert (guideline.working, guideline.published, guideline.edition) == (2, 2, 2)


def test_a_changed_audience_alone_makes_no_revision(app: Flask, tmp_path: Path) -> None:
    load(app, written(tmp_path, STORY))
    load(app, written(tmp_path, STORY.replace('"group:lisbon", "person:b@example.org"', '"group:lisbon"')))
    page = _document(app, "wrong-bridge")
    assert (page.audience, page.working) == (["group:lisbon"], 2)


def test_an_edit_made_here_stays_while_the_file_says_the_same(app: Flask, tmp_path: Path) -> None:
    path = written(tmp_path, STORY)
    load(app, path)
    _edit(app, "wrong-bridge", "Edited here")
    load(app, path)
    assert _bodies(app, "wrong-bridge")[-1] == "Edited here"


def test_a_new_text_in_the_file_is_added_above_an_edit_and_said(app: Flask, tmp_path: Path) -> None:
    load(app, written(tmp_path, STORY))
    _edit(app, "wrong-bridge", "Edited here")
    outcome = load(app, written(tmp_path, STORY.replace("The newest text", "Newer still")))
    assert _bodies(app, "wrong-bridge")[-2:] == ["Edited here", "Newer still"]
    assert any("wrong-bridge was edited here" in notice for notice in outcome.notices)


def _edit(app: Flask, slug: str, body: str) -> None:
    from wiki.documents import operations, texts

    with app.app_context():
        text = texts.prepare("The wrong bridge", body)
        with db.system_session(writing=True) as session:
            page = session.scalars(select(Document).where(Document.slug == slug)).one()
            operations.revise(session, page, text, base=page.working, by=None)


def test_what_lies_in_the_bin_stays_there(app: Flask, tmp_path: Path) -> None:
    load(app, written(tmp_path, STORY))
    with app.app_context(), db.system_session(writing=True) as session:
        session.scalars(select(Document).where(Document.slug == "wrong-bridge")).one().status = "binned"
    outcome = load(app, written(tmp_path, STORY.replace("The newest text", "Newer still")))
    assert outcome.documents.changed == 0
    assert _document(app, "wrong-bridge").status == "binned"


def test_a_password_somebody_has_is_never_replaced(app: Flask, tmp_path: Path) -> None:
    load(app, written(tmp_path, STORY))
    load(app, written(tmp_path, STORY.replace("three quiet herons", "another one entirely")))
    with app.app_context(), db.system_session() as session:
        amina = session.scalars(select(Person).where(Person.email == "a@example.org")).one()
    assert passwords.matches(amina.password_hash, "three quiet herons")


def test_a_weak_password_is_taken_with_a_notice(app: Flask, tmp_path: Path) -> None:
    outcome = load(app, written(tmp_path, STORY.replace("three quiet herons", "password")))
    assert any(notice.startswith("people[0].password: is weak") for notice in outcome.notices)
    assert not any("“password”" in notice for notice in outcome.notices)


def test_people_and_groups_change_where_the_file_says_something_new(app: Flask, tmp_path: Path) -> None:
    load(app, written(tmp_path, STORY))
    changed = STORY.replace("name: Bruno Keller", "name: Bruno Keller-Lang, active: false, groups: [lisbon]")
    outcome = load(app, written(tmp_path, changed.replace("Embassy Lisbon", "Embassy in Lisbon")))
    assert (outcome.people.changed, outcome.groups.changed) == (1, 1)
    with app.app_context(), db.system_session() as session:
        bruno = session.scalars(select(Person).where(Person.email == "b@example.org")).one()
        assert (bruno.name, bruno.is_active) == ("Bruno Keller-Lang", False)
        assert session.get_one(Group, "lisbon").name == "Embassy in Lisbon"


def test_parents_successors_and_grants_may_come_in_any_order(app: Flask, tmp_path: Path) -> None:
    text = STORY + (
        "  - {kind: page, slug: child, title: C, body: c, owner: hq, parent: root, review: 2027-12}\n"
        "  - {kind: page, slug: root, title: R, body: r, owner: hq, status: draft}\n"
        "  - {kind: guideline, slug: old, title: O, body: o, owner: hq, status: superseded, successor: newer}\n"
        "  - {kind: guideline, slug: newer, title: N, body: n, owner: hq, status: withdrawn, why: Gone}\n"
        "  - {kind: page, slug: lent, title: L, body: l, owner: hq,\n"
        f"     grants: [{{person: b@example.org, until: {SOON}}}]}}\n"
    )
    path = written(tmp_path, text)
    load(app, path)
    before = everything(app)
    load(app, path)
    assert everything(app) == before
    child, root = _document(app, "child"), _document(app, "root")
    assert (child.parent_id, child.extra["review"], root.status) == (root.id, "2027-12-01", "draft")
    old, new = _document(app, "old"), _document(app, "newer")
    assert isinstance(old, Guideline)
    assert isinstance(new, Guideline)
    assert (old.status, old.successor_id, new.status, new.why_withdrawn) == ("superseded", new.id, "withdrawn", "Gone")
    with app.app_context(), db.system_session() as session:
        assert session.scalars(select(AccessGrant.document)).all() == [_document(app, "lent").public_id]


def test_a_guideline_that_was_ended_can_come_back_into_force(app: Flask, tmp_path: Path) -> None:
    load(app, written(tmp_path, STORY.replace("status: in-force", "status: withdrawn")))
    load(app, written(tmp_path, STORY.replace('"Wait."', '"Wait again."')))
    assert _document(app, "posting-in-a-crisis").status == "in-force"


def test_a_failure_in_the_middle_of_writing_leaves_nothing(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the disk is full")

    before = everything(app)
    monkeypatch.setattr(worlds.documents.Writer, "_finish", fail)
    with pytest.raises(RuntimeError, match="disk"):
        load(app, written(tmp_path, STORY))
    assert everything(app) == before


def test_the_command_says_what_it_did_and_ends_with_zero(app: Flask, tmp_path: Path) -> None:
    runner = app.test_cli_runner()
    result = runner.invoke(world_commands, ["load", str(written(tmp_path, STORY))])
    assert result.exit_code == 0
    assert "documents: 2 new, 0 changed, 0 unchanged" in result.output


def test_the_command_lists_every_mistake_and_ends_with_one(app: Flask, tmp_path: Path) -> None:
    path = written(tmp_path, STORY.replace("group:lisbon", "group:lisbo").replace("kind: page", "kind: pgae"))
    result = app.test_cli_runner().invoke(world_commands, ["load", str(path)])
    assert result.exit_code == 1
    assert "documents[1].kind: “pgae” is not a kind of document. Did you mean “page”?" in result.output
    assert "documents[1].audience[0]: “lisbo” is not a group" in result.output
    assert "Nothing was written: 2 mistakes." in result.output


def test_the_command_refuses_a_file_that_is_not_there_with_two(app: Flask, tmp_path: Path) -> None:
    assert app.test_cli_runner().invoke(world_commands, ["load", str(tmp_path / "none.yaml")]).exit_code == 2
