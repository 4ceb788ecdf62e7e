"""What the demo world shows of holding back: each state once, and the same after a second load on another day."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.wiki.people_fixtures import Clock
from wiki import clocks, db
from wiki.access.models import AccessRequest, RequestState
from wiki.documents.models import Document, Passage, Revision, Stub
from wiki.exchange.starter import load_demo, load_starter
from wiki.people.viewer import today


@pytest.fixture
def loaded(app: Flask, clock: Clock) -> Flask:
    with app.app_context():
        load_starter()
        load_demo()
    return app


def _states(app: Flask) -> dict[str, object]:
    with app.app_context(), db.system_session() as session:
        held = session.scalars(select(Document).where(Document.discovery != "open")).all()
        return {
            "notices": set(session.scalars(select(Stub.title))),
            "hidden": [one.slug for one in held if one.discovery == "hidden" and one.hidden_until is None],
            "soon": [one.slug for one in held if one.held_until and one.held_until <= today() + timedelta(days=7)],
            "review": [one.slug for one in held if one.review_since is not None],
            "passages": session.scalar(select(func.count()).select_from(Passage)),
            "requests": list(session.scalars(select(AccessRequest.state))),
            "revisions": session.scalar(select(func.count()).select_from(Revision)),
        }


def test_every_state_of_holding_back_is_there(loaded: Flask) -> None:
    found = _states(loaded)
    assert found["notices"] == {"A visit in the autumn", "A change for visitors", "After the landslide"}
    assert found["hidden"] == ["contact-at-the-broadcaster"]
    assert set(found["soon"]) == {"a-change-for-visitors", "after-the-landslide"}  # type: ignore[call-overload]
    assert found["review"] == ["after-the-landslide"]
    assert found["passages"] == 1
    assert found["requests"] == [RequestState.ASKED]


@pytest.mark.parametrize("days", [0, 1])
def test_a_second_load_changes_nothing(loaded: Flask, clock: Clock, days: int) -> None:
    with loaded.app_context():
        clocks.run()
    before = _states(loaded)
    clock.forward(days=days)
    with loaded.app_context():
        again = load_demo()
    assert (again.people.new, again.documents.new, again.documents.changed) == (0, 0, 0)
    after = _states(loaded)
    assert after == before


def test_the_clocks_go_on_from_there(loaded: Flask, clock: Clock) -> None:
    for _ in range(6):
        with loaded.app_context():
            clocks.run()
        clock.forward(days=1)
    with loaded.app_context(), db.system_session() as session:
        opened = session.scalars(select(Document).where(Document.slug == "a-change-for-visitors")).one()
        assert opened.audience == ["service"]
