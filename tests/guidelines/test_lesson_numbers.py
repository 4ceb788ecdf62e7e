"""How we learn, in numbers: over what a reader may read, and never about fewer than three people."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select, update

from guidelines.lessons import numbers
from guidelines.lessons.acting.models import LessonAction, TaskState
from guidelines.lessons.models import Lesson, LessonUse
from guidelines.loop import Proposal
from tests.guidelines.acting_world import held_for
from tests.guidelines.keeping_world import a_rule
from tests.journeys.reader import Reader
from tests.people import World, email
from tests.site.test_queries import cost
from wiki import db
from wiki.documents.models import Document
from wiki.documents.sharing import Sharing
from wiki.people.models import Person
from wiki.people.viewer import today

PAGE = "/lesson-numbers"
HELD = Sharing(("group:lisbon",), "hidden", reason="source")


def tell(world: World, who: str, title: str, *, owner: str = "lisbon", seconds: int | None = None,
         sharing: Sharing | None = None) -> int:  # fmt: skip
    """A lesson somebody told, and how long that took; its id."""
    address = world.write(title, "## What happened\n\nIt broke.", kind="lesson", status="observed", by=who,
                          owner=owner, sharing=sharing)  # fmt: skip
    number = world.document(address).id
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.execute(update(Lesson.__table__).where(Lesson.__table__.c.id == number).values(capture_seconds=seconds))
    return number


def of(world: World, who: str) -> numbers.Numbers:
    with world.app.app_context():
        viewer = world.viewer(who)
        db.session().info["viewer"] = viewer
        return numbers.of(db.session(), viewer, today())


def use(world: World, lesson: int, *people: str, sort: str = "used") -> None:
    with world.app.app_context(), db.system_session(writing=True) as session:
        for who in people:
            person = session.scalars(select(Person.id).where(Person.email == email(who))).one()
            session.add(LessonUse(document_id=lesson, person_id=person, sort=sort, post_id="lisbon"))


def act(world: World, lesson: int, days: int, evidence: int | None = None, about: int | None = None) -> None:
    """Something is asked for so many days after a lesson; it is done where something shows it."""
    with world.app.app_context(), db.system_session(writing=True) as session:
        made = session.get_one(Document, lesson).created_at + timedelta(days=days)
        task = LessonAction(document_id=lesson, what="Look", made_at=made, evidence_id=evidence)
        task.state = TaskState.DONE if evidence else TaskState.ASKED
        if about:
            wish = Proposal(lesson_id=lesson, document_id=about, words="Change it.")
            session.add(wish)
            session.flush()
            task.what, task.proposal_id = "", wish.id
        session.add(task)


@pytest.fixture
def told(world: World) -> list[int]:
    """Three lessons of three people at two posts."""
    return [tell(world, who, f"By {who}", owner=owner, seconds=seconds)
            for who, owner, seconds in (("amina", "lisbon", 60), ("okello", "lisbon", 240),
                                        ("leila", "consular", 600))]  # fmt: skip


def test_the_people_and_posts_of_a_quarter_are_counted_not_the_lessons(world: World, told: list[int]) -> None:
    tell(world, "amina", "Once more")
    now = of(world, "oskar").quarters[-1]
    assert (now.people, now.posts, now.minutes) == (3, 2, 4)
    page = Reader(world, "oskar").open("/lessons/").follow("How we learn, in numbers")
    assert page.path == PAGE
    assert "4 minutes" in page.words
    assert "People who told something" in page.answer.text


def test_what_two_people_did_is_not_told(world: World) -> None:
    for who in ("amina", "okello"):
        lesson = tell(world, who, f"By {who}", seconds=60)
        act(world, lesson, 1)
        use(world, lesson, "oskar", "leila")
    found = of(world, "oskar")
    assert found.quarters[-1][1:] == (None, None, None)
    assert found[1:] == (None, None, None, None, None)
    words = Reader(world, "oskar").open(PAGE).words
    assert words.count("too few to tell") == 5 + numbers.QUARTERS
    use(world, lesson, "bruno")
    assert of(world, "oskar").used == (5, 1)


def test_who_told_a_lesson_without_their_name_is_in_no_number(world: World, told: list[int]) -> None:
    before = of(world, "oskar").quarters[-1].people
    assert before == 3
    quiet = [tell(world, who, f"Quiet {who}") for who in ("leila", "tomas")]
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.execute(
            update(Document.__table__).where(Document.__table__.c.id.in_(quiet)).values(names_authors=False)
        )
    assert of(world, "oskar").quarters[-1].people == before


def test_of_those_who_took_their_time_two_are_too_few(world: World, told: list[int]) -> None:
    with world.app.app_context(), db.system_session(writing=True) as session:
        rows = Lesson.__table__
        session.execute(update(rows).where(rows.c.id == told[0]).values(capture_seconds=None))
    found = of(world, "oskar")
    assert found.minutes is None
    assert (found.quarters[-1].people, found.quarters[-1].minutes) == (3, None)


def test_days_to_the_first_action_and_what_changed(world: World, told: list[int]) -> None:
    rule = world.document(a_rule(world)).id
    for lesson, days in zip(told, (2, 4, 30), strict=True):
        act(world, lesson, days)
    act(world, told[0], 90, evidence=rule)
    found = of(world, "oskar")
    assert found.days == 4, "the first action counts"
    assert found.percent_changed == 33


def test_what_is_held_back_is_counted_for_its_readers_alone(world: World, told: list[int]) -> None:
    for lesson in told:
        act(world, lesson, 4)
    before = of(world, "oskar"), world.get("oskar", PAGE).text
    secret = tell(world, "tomas", "Secret", seconds=6000, sharing=HELD)
    use(world, secret, "amina", "okello", "tomas")
    use(world, secret, "amina", "okello", "tomas", sort="occurred")
    closed = world.document(a_rule(world, "Closed", by="okello", owner="lisbon", sharing=HELD)).id
    act(world, told[0], 1, evidence=closed, about=closed)
    for lesson in told[1:]:
        act(world, lesson, 0, evidence=closed, about=closed)
    assert of(world, "oskar") == before[0]
    assert world.get("oskar", PAGE).text == before[1]
    theirs = of(world, "amina")
    assert theirs.quarters[-1].people == 4
    assert (theirs.used, theirs.again, theirs.percent_changed, theirs.days) == ((3, 1), (3, 1), 75, 0)


def test_what_is_older_than_two_years_counts_no_more(world: World, told: list[int]) -> None:
    with world.app.app_context(), db.system_session(writing=True) as session:
        old = db.now() - timedelta(days=800)
        session.execute(update(Document.__table__).where(Document.__table__.c.id.in_(told)).values(created_at=old))
    assert {quarter.people for quarter in of(world, "oskar").quarters} == {None}


def test_quarters_begin_where_they_do() -> None:
    starts = numbers.quarters(date(2026, 2, 28))
    assert starts[-1] == date(2026, 1, 1)
    assert starts[0] == date(2024, 4, 1)
    assert numbers.quarters(date(2026, 12, 31))[-1] == date(2026, 10, 1)


def test_it_is_for_the_service_and_asks_no_more_often_for_more(world: World, told: list[int]) -> None:
    assert world.get("gita", PAGE).status_code == 403
    assert "in numbers" not in world.get("gita", "/lessons/").text
    few = cost(world, PAGE, "oskar")
    for at in range(4):
        use(world, tell(world, "tomas", f"More {at}"), "oskar", "leila", "bruno")
    assert cost(world, PAGE, "oskar") == few


def test_those_held_for_a_post_stay_with_it_when_they_have_a_notice(world: World, told: list[int]) -> None:
    before = of(world, "oskar")
    tell(world, "tomas", "Secret", sharing=held_for("lisbon"))
    assert of(world, "oskar") == before
