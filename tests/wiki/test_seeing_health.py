"""Sharing health: numbers for stewards and leads, and for nobody else; none of them tells of other units."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from tests.people import World, email
from tests.wiki.test_seeing_readers import add_group, held, questions
from wiki import db
from wiki.access.models import AccessRequest, RequestState
from wiki.documents.models import Document
from wiki.holding import charts, health
from wiki.holding.health import Period
from wiki.people.models import Person

PAGE = "/sharing-health"


def ask(world: World, address: str, *, state: str, hours: float | None = None, days: int = 5, **more: Any) -> None:
    with world.app.app_context(), db.system_session(writing=True) as session:
        document = session.scalars(select(Document).where(Document.slug == address.rsplit("/", 1)[1])).one()
        person = session.scalars(select(Person.id).where(Person.email == email("oskar"))).one()
        asked: datetime = db.now() - timedelta(days=days)
        answered = asked + timedelta(hours=hours) if hours is not None else None
        about = {"asked_at": asked, "answered_at": answered, "due_at": asked + timedelta(days=3), **more}
        session.add(
            AccessRequest(
                target=document.public_id, document_id=document.id, person_id=person,
                owner_id=document.owner_id, state=state, **about,
            )
        )  # fmt: skip


def numbers(world: World, who: str, period: Period = Period.QUARTER) -> dict[str, health.Unit]:
    with world.app.app_context():
        viewer = world.viewer(who)
        db.session().info["viewer"] = viewer
        return {unit.group: unit for unit in health.of(db.session(), viewer, period).units}


@pytest.fixture
def papers(world: World) -> dict[str, str]:
    for number in range(3):
        world.write(f"Open {number}")
    ours = held("group:consular", discovery="hidden")
    return {
        "notice": world.write("Talks", sharing=held("group:lisbon")),
        "hidden": world.write("Deep talks", sharing=held("group:lisbon", discovery="hidden")),
        "draft": world.write("Draft", status="draft"),
        "consular": world.write("Visas", by="bruno", owner="consular", sharing=ours),
    }  # fmt: skip


def test_each_unit_is_counted(world: World, papers: dict[str, str]) -> None:
    found = numbers(world, "ines")
    lisbon, consular = found["lisbon"], found["consular"]
    assert (lisbon.open, lisbon.notices, lisbon.hidden, lisbon.live, lisbon.percent_open) == (3, 1, 1, 5, 60)
    assert (consular.open, consular.hidden, consular.percent_open) == (0, 1, 0)


def test_requests_are_counted_as_they_were_answered(world: World, papers: dict[str, str]) -> None:
    address = papers["notice"]
    for hours in (2, 4, 30):
        ask(world, address, state=RequestState.GRANTED, hours=hours)
    ask(world, address, state=RequestState.LAPSED, hours=72)
    ask(world, address, state=RequestState.ALLOWED, hours=10)
    ask(world, address, state=RequestState.ASKED)
    ask(world, address, state=RequestState.ASKED, days=1)
    ask(world, address, state=RequestState.ESCALATED, due_at=db.now() + timedelta(days=1))
    ask(world, address, state=RequestState.GRANTED, hours=500, days=200)
    ask(world, address, state=RequestState.ESCALATED, days=400)
    lisbon = numbers(world, "ines")["lisbon"]
    assert (lisbon.asked, lisbon.answered, lisbon.median_hours) == (8, 4, 7.0)
    # Still open ones count as overdue however old they are.
    assert (lisbon.overdue, lisbon.lapsed, lisbon.allowed) == (3, 1, 1)
    year = numbers(world, "ines", Period.YEAR)["lisbon"]
    assert (year.asked, year.answered, year.median_hours) == (9, 5, 10.0)


def test_renewals_past_the_second_are_counted(world: World, papers: dict[str, str]) -> None:
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.execute(update(Document).where(Document.slug == papers["notice"].rsplit("/", 1)[1]).values(renewals=3))
        session.execute(update(Document).where(Document.slug == papers["hidden"].rsplit("/", 1)[1]).values(renewals=2))
    assert numbers(world, "ines")["lisbon"].renewed == 1


def test_what_is_under_quarantine_or_not_live_is_not_counted(world: World, papers: dict[str, str]) -> None:
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.execute(
            update(Document).where(Document.slug == papers["hidden"].rsplit("/", 1)[1]).values(quarantined_at=db.now())
        )
    assert numbers(world, "ines")["lisbon"].hidden == 0
    assert numbers(world, "okello")["lisbon"].live == 4


def test_a_lead_is_told_of_their_own_units_only(world: World, papers: dict[str, str]) -> None:
    assert set(numbers(world, "okello")) == {"lisbon"}
    assert set(numbers(world, "leila")) == {"consular"}
    page = world.get("okello", PAGE)
    assert page.status_code == 200
    assert "Embassy Lisbon" in page.text
    assert "Consular" not in page.text
    before = bare(page.text)
    world.write("More visas", by="bruno", owner="consular", sharing=held("group:consular", discovery="hidden"))
    ask(world, papers["consular"], state=RequestState.ASKED)
    assert bare(world.get("okello", PAGE).text) == before
    assert "Consular Directorate" in world.get("ines", PAGE).text


def bare(page: str) -> str:
    return re.sub(r'name="csrf_token" value="[^"]*"', "", page)


@pytest.mark.parametrize("who", ["amina", "oskar", "gita", "ada", "marek", "bruno"])
def test_nobody_else_is_told_a_number(world: World, who: str) -> None:
    answer = world.get(who, PAGE)
    assert answer.status_code == 403
    assert PAGE not in world.get(who, "/me").text
    assert PAGE in world.get("okello", "/me").text


def test_a_steward_is_told_no_name_of_a_closed_group(world: World) -> None:
    add_group(world, "zq-closed", "Zqclosed circle", {"amina": "lead"}, hidden=True)
    add_group(world, "zq-other", "Zqother circle", {"amina": "lead"}, hidden=True)
    for group in ("zq-closed", "zq-other"):
        world.write(f"Paper of {group}", owner=group, sharing=held(f"group:{group}", discovery="hidden"))
    page = world.get("ines", PAGE).text
    assert "Closed groups" in page
    assert "zq" not in page.lower()
    assert numbers(world, "ines")[""].hidden == 2
    assert "Zqclosed circle" in world.get("amina", PAGE).text


def test_the_page_takes_as_many_questions_for_many_units_as_for_few(world: World, papers: dict[str, str]) -> None:
    few = questions(world, PAGE, "ines")
    for number in range(12):
        add_group(world, f"unit-{number}", f"Unit {number}", {"bruno": "member"})
        address = world.write(f"Of {number}", owner=f"unit-{number}")
        ask(world, address, state=RequestState.GRANTED, hours=3)
    assert questions(world, PAGE, "ines") == few <= 12


def test_a_period_that_is_none_is_the_shorter_one(world: World, papers: dict[str, str]) -> None:
    plain = bare(world.get("ines", PAGE).text)
    for period in ("", "zq", "YEAR", "'", "%00"[:2]):
        assert bare(world.get("ines", f"{PAGE}?period={period}").text) == plain
    assert "12 months" in world.get("ines", f"{PAGE}?period=year").text


def test_pictures_have_names_and_no_style_of_their_own(world: World, papers: dict[str, str]) -> None:
    ask(world, papers["notice"], state=RequestState.ASKED)
    page = world.get("ines", PAGE).text
    pictures = re.findall(r"<svg class=\"chart\"[^>]*>", page)
    assert len(pictures) == 3
    assert all('role="img"' in one and "aria-label=" in one for one in pictures)
    assert "style=" not in page


def test_columns_are_as_high_as_their_numbers() -> None:
    chart = charts.columns([0, 1, 2, 100])
    assert [bar.height for bar in chart.bars] == [0, 1.5, 1.5, charts.HEIGHT]
    assert charts.columns([]).bars == ()
    assert [bar.height for bar in charts.columns([0, 0]).bars] == [0, 0]
    assert [bar.width for bar in charts.share((3, 1, 0)).bars] == [90, 30, 0]
    assert [bar.width for bar in charts.share((0, 0)).bars] == [0, 0]
