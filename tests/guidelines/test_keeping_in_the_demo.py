"""The demo world shows each way of keeping a guideline true, once, however often it is loaded."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import func, select

from guidelines.guides import editions_reading, showing
from guidelines.guides.editions_models import Edition, EditionState, ReadingMark
from guidelines.guides.keeping.models import Annex, Attestation, Exemption, InterimNotice, SectionReview
from guidelines.guides.models import Guideline
from wiki import db, outbox
from wiki.documents.models import Revision
from wiki.exchange.starter import load_demo, load_starter
from wiki.notices.models import Notice

TABLES = (Annex, Attestation, Exemption, InterimNotice)


def counted(app: Flask) -> list[int]:
    with app.app_context(), db.system_session() as session:
        return [session.scalar(select(func.count()).select_from(table)) or 0 for table in (*TABLES, SectionReview)]


def test_each_is_there_once_after_two_loads(app: Flask) -> None:
    with app.app_context():
        load_starter()
        load_demo()
    found = counted(app)
    assert found[:-1] == [1] * len(TABLES)
    assert found[-1] > 1
    with app.app_context():
        load_demo()
    assert counted(app) == found


def test_nobody_is_told_of_what_an_installation_begins_with(app: Flask) -> None:
    with app.app_context():
        load_starter()
        load_demo()
        outbox.drain(wait=True)
        with db.system_session() as session:
            told = session.scalars(select(Notice.code).where(Notice.code.startswith("guideline-"))).all()
            assert session.scalar(select(func.count(Notice.id))), "control: other notices of the demo world are there"
    assert told == []


def test_one_guideline_of_the_demo_world_has_changed_since_some_read_it_and_one_draft_waits(app: Flask) -> None:
    with app.app_context():
        load_starter()
        for _ in range(2):
            load_demo()
        with db.system_session() as session:
            changed = session.scalars(select(Guideline).where(Guideline.slug == showing.CHANGED[1])).one()
            marks = session.scalars(select(ReadingMark.major).where(ReadingMark.document_id == changed.id)).all()
            asked = session.scalars(select(Edition).where(Edition.state == EditionState.ASKED)).all()
            came = [each.edition for each in editions_reading.line(session, changed)]
            texts = [session.scalars(select(Revision.body).where(Revision.document_id == changed.id,
                     Revision.number == each.revision)).one() for each in came]  # fmt: skip
    assert changed.version_name == "2.0"
    assert marks == [1] * len(showing.READ_IT)
    assert len(asked) == 1
    assert [(each.name, bool(each.note)) for each in came] == [("2.0", True), ("1.0", False)]
    assert came[0].in_force_from == came[1].in_force_to
    assert "same day" in texts[0]
    assert "two days" in texts[1]
