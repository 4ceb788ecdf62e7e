"""What others learnt in a month: once a month, once a person, and only what each may read when they look."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import delete, func, select, update

from guidelines.lessons import months, months_clock
from guidelines.lessons.models import LessonUse
from tests.guidelines.lessons_at_work import add_terms, leave
from tests.journeys.reader import Reader
from tests.people import World, email
from wiki import db
from wiki.documents.models import Document, DocumentLabel
from wiki.documents.sharing import Sharing
from wiki.notices.models import Notice
from wiki.people.models import Person
from wiki.people.viewer import today

HELD = Sharing(("group:lisbon",), "hidden", reason="source")


def tell(world: World, title: str, *, by: str = "leila", days: int | None = None, sharing: Sharing | None = None,
         terms: dict[str, list[str]] | None = None) -> int:  # fmt: skip
    """A lesson told last month, or so many days after its first; its id."""
    address = world.write(title, "## What happened\n\nWords.", kind="lesson", status="observed", by=by,
                          owner="consular" if by == "leila" else "lisbon", sharing=sharing, terms=terms)  # fmt: skip
    first = months.before(today())
    at = datetime(first.year, first.month, 1, tzinfo=UTC) + timedelta(days=days or 0)
    number = world.document(address).id
    with world.app.app_context(), db.system_session(writing=True) as session:
        table = Document.__table__
        session.execute(update(table).where(table.c.id == number).values(created_at=at))
    return number


def run(world: World) -> int:
    with world.app.app_context():
        return months_clock.run()


def told(world: World, who: str) -> int:
    mine = (Notice.code == months.CODE, Person.email == email(who))
    with world.app.app_context(), db.system_session() as session:
        counted = select(func.count(Notice.id)).join(Person, Person.id == Notice.person_id).where(*mine)
        return session.scalar(counted) or 0


def shown(world: World, who: str, month: str = "") -> list[str]:
    """The titles on the page, in order."""
    page = Reader(world, who).open(f"/lesson-month?month={month}")
    return [
        words
        for words, url in page.links().items()
        if url.startswith("/lessons/") and words != "Record" and url != "/lessons/"
    ]


def test_everybody_in_the_service_is_told_once_a_month(world: World) -> None:
    tell(world, "Look twice")
    assert run(world) == 9, "all but the guest are looked at"
    assert run(world) == 0
    assert [told(world, who) for who in ("oskar", "amina", "gita")] == [1, 1, 0]
    assert told(world, "leila") == 0, "it is her own"
    page = Reader(world, "oskar").open("/notices")
    assert "What others learnt in" in page.words
    assert "Look twice" not in page.words
    assert shown(world, "oskar") == ["Look twice"]


def test_each_month_is_told_by_itself_and_none_without_a_lesson(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(world) == 0
    tell(world, "Look twice")
    run(world)
    later = db.now() + timedelta(days=31)
    monkeypatch.setattr(db, "now", lambda: later)
    assert run(world) == 0
    assert told(world, "oskar") == 1
    tell(world, "Look three times")
    run(world)
    assert told(world, "oskar") == 2
    assert shown(world, "oskar") == ["Look three times"]


def test_who_wishes_none_gets_none_and_may_change_that(world: World) -> None:
    oskar = Reader(world, "oskar").open("/me")
    assert oskar.field("monthly")
    oskar.press("Save this choice", monthly="")
    leave(world, "amina")
    # Told last: requests let clocks run, too.
    tell(world, "Look twice")
    run(world)
    assert [told(world, who) for who in ("oskar", "amina", "bruno")] == [0, 0, 1]
    Reader(world, "oskar").open("/me").press("Save this choice", monthly="y")
    run(world)
    assert told(world, "oskar") == 1


def test_what_is_held_back_is_told_to_nobody_else(world: World) -> None:
    tell(world, "Secret lesson", sharing=HELD, by="okello")
    run(world)
    assert [told(world, who) for who in ("amina", "oskar")] == [1, 0]
    assert shown(world, "amina") == ["Secret lesson"]
    page = world.get("oskar", "/lesson-month").text
    assert "Secret lesson" not in page
    assert "Others told no lesson then" in page
    assert "Secret" not in Reader(world, "amina").open("/notices").words


def test_what_was_closed_or_fell_out_of_use_since_is_not_shown_any_more(world: World) -> None:
    tell(world, "Still here")
    numbers = [tell(world, "Out of use"), tell(world, "Closed")]
    assert run(world) == 9
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.get_one(Document, numbers[0]).status = "obsolete"
        session.execute(delete(DocumentLabel).where(DocumentLabel.document_id == numbers[1]))
    assert shown(world, "oskar") == ["Still here"]


def test_five_at_most_and_those_that_fit_the_post_first(world: World) -> None:
    add_terms(world)
    world.write("What Jakarta keeps", "Words.", by="oskar", owner="jakarta", terms={"platform": ["x"]})
    world.write("What Jakarta keeps from them", "Words.", by="oskar", owner="jakarta", terms={"topic": ["crisis"]})
    fits = tell(world, "It fits", terms={"platform": ["x"]})
    tell(world, "It fits twice", terms={"platform": ["x"], "topic": ["crisis"]})
    used = tell(world, "It was used")
    for number in range(4):
        tell(world, f"Others {number}", days=number)
    with world.app.app_context(), db.system_session(writing=True) as session:
        person = session.scalars(select(Person.id).where(Person.email == email("bruno"))).one()
        session.add(LessonUse(document_id=used, person_id=person, sort="used"))
    assert fits
    assert shown(world, "oskar") == ["It fits twice", "It fits", "It was used", "Others 3", "Others 2"]


def test_what_their_own_post_keeps_from_them_moves_nothing(world: World) -> None:
    add_terms(world)
    hers = Sharing(("person:x",), "hidden", reason="source")
    tell(world, "One", terms={"platform": ["x"]}, days=1)
    tell(world, "Two", days=2)
    before = shown(world, "amina")
    kept = world.write("Closed", "Words.", by="okello", owner="lisbon", terms={"platform": ["x"]}, status="draft",
                       sharing=hers)  # fmt: skip
    assert world.get("amina", kept).status_code == 404, "the control"
    assert shown(world, "amina") == before == ["Two", "One"]


@pytest.mark.parametrize("month", ["x", "2026-13", "0000-01", "9999-12", "2026-1", "99999-01"])
def test_a_month_that_is_none_is_the_last_one(world: World, month: str) -> None:
    tell(world, "Look twice")
    assert shown(world, "oskar", month) == ["Look twice"]


def test_months_follow_each_other_over_the_year() -> None:
    assert months.before(date(2026, 1, 31)) == date(2025, 12, 1)
    assert months.after(date(2025, 12, 1)) == date(2026, 1, 1)
    assert months.named("2026-10") == date(2026, 10, 1)
