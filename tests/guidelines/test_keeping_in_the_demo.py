"""The demo world shows each way of keeping a guideline true, once, however often it is loaded."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import func, select

from guidelines.guides.keeping.models import Annex, Attestation, Exemption, InterimNotice, SectionReview
from wiki import db
from wiki.exchange.starter import load_demo, load_starter

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
