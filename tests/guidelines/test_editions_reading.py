"""Reading versions: as of a day, the whole book, links by number, one's own mark, and what lessons asked for."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from guidelines import loop
from guidelines.guides import editions, editions_telling, operations
from guidelines.guides.editions_models import Edition, ReadingMark
from tests.guidelines.rules_at_work import edit, found, in_days, next_version, number_of, rule, told, versions
from tests.journeys.reader import Reader
from tests.people import World
from tests.site.test_queries import cost
from tests.site.twins import masked
from wiki import db
from wiki.documents import operations as documents
from wiki.documents.sharing import Sharing
from wiki.people.viewer import today

At = Callable[[str | None], Reader]
HIDDEN = Sharing(("group:consular",), "hidden", reason="source", until=in_days(60))


@pytest.fixture
def at(world: World) -> At:
    """Somebody of the cast, signed in, at a browser."""
    return lambda who: Reader(world, who)


def test_a_guideline_shows_what_applied_on_a_day(world: World, at: At) -> None:
    address = rule(world, body="Old words.", since=in_days(-100))
    next_version(world, address, "New words.", since=in_days(-10), note="Said anew.")
    amina = at("amina").open(f"{address}?as-of={in_days(-11)}")
    assert "This is what applied on" in amina.words
    assert "Old words." in amina.words
    assert "New words." not in amina.words
    assert "New words." in amina.follow("Read what applies now").words
    amina.open(f"{address}?as-of={in_days(-10)}")
    assert "New words." in amina.words
    assert "It still applies today." in amina.words
    assert "It did not apply on" in amina.open(f"{address}?as-of={in_days(-101)}").words
    world.post("marek", f"{address}/withdrawal", {"why": "Gone."})
    assert "It did not apply on" in amina.open(f"{address}?as-of={today()}").words
    assert "It is not what applies today." in amina.open(f"{address}?as-of={in_days(-1)}").words


@pytest.mark.parametrize("place", ["/guidelines/posting-in-a-crisis", "/guidelines/book"])
def test_days_to_come_and_days_that_are_none_are_told(world: World, at: At, place: str) -> None:
    rule(world)
    for odd in ("2026-02-30", "yesterday", "", "0000-00-00", "20260301", "2026-3-1", "x" * 500):
        page = at("amina").open(f"{place}?as-of={odd}")
        assert page.status == 422, odd
        assert "This is not a day." in page.words, odd
    page = at("amina").open(f"{place}?as-of={in_days(1)}")
    assert page.status == 422
    assert "This day is still to come." in page.words


def test_a_suspended_guideline_says_so_also_of_that_day(world: World, at: At) -> None:
    address = rule(world, since=in_days(-5))
    marek = at("marek").open(f"{address}/suspension")
    marek.press("Suspend it", why=" ")
    assert "Say in a sentence why" in marek.beside("why")
    marek.press("Suspend it", why="The number has changed. Call the duty officer.")
    amina = at("amina").open(address)
    assert "This guideline is suspended" in amina.words
    assert "The number has changed." in amina.words
    assert "nobody was to follow it" in amina.open(f"{address}?as-of={today()}").words
    assert "nobody was to follow it" not in amina.open(f"{address}?as-of={in_days(-1)}").words
    marek.open(address).press("Let it hold again")
    assert "suspended" not in amina.open(address).words
    assert world.post("marek", f"{address}/suspension/end").status_code == 303, "twice is no harm"
    assert "It was suspended. The number has changed." in amina.open(f"{address}/versions").words


def test_what_was_merged_leads_on_whoever_may_read_the_other(world: World, at: At) -> None:
    old = rule(world, "Old rule", "Old words.")
    rule(world, "Closed rule", "Closed words.", sharing=HIDDEN, owner="consular")
    rule(world, "Open rule", "Open words.")
    with world.app.app_context(), db.system_session(writing=True) as session:
        operations.merge(session, found(session, old), found(session, "/guidelines/closed-rule"), by=None)
    assert "Closed words." in at("leila").open(old).words
    amina = at("amina").open(old)
    assert "Old words." in amina.words
    assert "Closed" not in amina.answer.text
    assert "closed-rule" not in amina.answer.text
    assert "Old words." in at("leila").open(f"{old}?stay=1").words


def test_merging_by_an_approver_and_no_way_round_in_a_circle(world: World, at: At) -> None:
    one, other = rule(world, "One", "First words."), rule(world, "Other", "Other words.")
    at("marek").open(f"{one}/merger").press("Merge it", into="other")
    assert "Other words." in at("amina").open(one).words
    answer = world.post("marek", f"{other}/supersession", {"successor": "one"})
    assert answer.status_code == 422
    assert world.document(other).status == "in-force"
    assert world.post("marek", f"{other}/merger", {"into": "other"}).status_code == 422
    circle = pytest.raises(operations.Refused, match="in a circle")
    with world.app.app_context(), circle, db.system_session(writing=True) as session:
        operations.supersede(session, found(session, other), found(session, one), by=None)


def test_numbers_and_sections_lead_to_the_guideline_for_those_who_may_read_it(world: World, at: At) -> None:
    address = rule(world, body="## First hour\n\nx\n\n## Later\n\ny")
    number = number_of(world, address)
    assert f"G-{number}" in at("amina").open(address).words
    short = f"/guidelines/g/{number}"
    assert world.get("amina", short).location == address
    assert world.get("amina", f"{short}/2").location == f"{address}#s-later"
    assert world.get("amina", f"{short}/9").status_code == 404
    assert "§\u00a02 Later" in at("amina").open(f"{address}/versions").answer.text.replace("&nbsp;", "\u00a0").replace(
        '<span dir="auto">', ""
    )
    next_version(world, address, "## Before\n\na\n\n## First hour\n\nx\n\n## Later\n\ny")
    assert world.get("amina", f"{short}/2").location == f"{address}#s-later", "it stays"
    assert world.get("amina", f"{short}/3").location == f"{address}#s-before"
    hidden = number_of(world, rule(world, "Closed", sharing=HIDDEN, owner="consular"))
    for path in (f"/guidelines/g/{hidden}", f"/guidelines/g/{hidden}/1"):
        nothing = world.get("oskar", path.replace(str(hidden), "99"))
        answer = world.get("oskar", path)
        assert (answer.status_code, masked(answer.text)) == (404, masked(nothing.text))
        assert world.get("leila", path).status_code == 302


def test_the_number_of_a_section_tells_no_heading_that_is_held_back_by_now(world: World, at: At) -> None:
    address = rule(world, body="## First hour\n\nx\n\n## Zqxvolkov helps\n\ny")
    short = f"/guidelines/g/{number_of(world, address)}/2"
    assert world.get("oskar", short).location == f"{address}#s-zqxvolkov-helps"
    held = f'::: held audience="group:consular" reason=source until={in_days(60)}\n## Zqxvolkov helps\n\ny\n:::'
    next_version(world, address, f"## First hour\n\nx\n\n{held}")
    assert world.get("oskar", short).location == address


def test_the_book_holds_what_applied_for_this_reader_in_the_order_of_numbers(world: World, at: At) -> None:
    one = rule(world, "One rule", since=in_days(-50))
    two = rule(world, "Two rule", since=in_days(-20))
    closed = rule(world, "Closed rule", since=in_days(-50), sharing=HIDDEN, owner="consular")
    edit(world, one, "Changed.")
    numbers = {number_of(world, each): each for each in (one, two)}
    book = at("oskar").open("/guidelines/book")
    places = [book.words.index(f"G-{number} ") for number in sorted(numbers)]
    assert places == sorted(places)
    assert "Closed rule" not in book.words
    assert f"G-{number_of(world, closed)} " not in book.words
    assert "Closed rule" in at("leila").open("/guidelines/book").words
    then = at("oskar").open(f"/guidelines/book?as-of={in_days(-30)}")
    assert "One rule" in then.words
    assert "Two rule" not in then.words
    assert then.links()[f"G-{number_of(world, one)} One rule"] == f"{one}?as-of={in_days(-30)}"
    world.post("ines", f"{two}/bin")
    assert "Two rule" not in at("oskar").open("/guidelines/book").words


def test_the_book_and_the_list_of_versions_ask_as_often_for_many_as_for_few(world: World) -> None:
    address = rule(world, "Rule 0")
    paths = ("/guidelines/book", f"/guidelines/book?as-of={today()}", f"{address}/versions", address)
    few = {path: cost(world, path) for path in paths}
    for number in range(1, 8):
        rule(world, f"Rule {number}")
        next_version(world, address, f"Text {number}.")
    assert {path: cost(world, path) for path in paths} == few
    assert max(few.values()) <= 10, few


def test_a_reader_keeps_a_mark_that_nobody_else_sees_and_is_shown_what_changed(world: World, at: At) -> None:
    address = rule(world, body="Old words.")
    amina = at("amina").open(address).press("I have read version 1.0")
    assert "You marked version 1.0 as read." in amina.words
    next_version(world, address, "New words.", note="Said anew.")
    amina.open(address).follow("What changed since then")
    assert "Said anew." in amina.words
    assert "New" in amina.words
    for who in ("ines", "oskar", "ada", "marek"):
        for path in ("", "/versions", "/history", "/difference"):
            page = at(who).open(address + path)
            assert "You marked" not in page.words
            assert "Amina" not in page.words
    amina.press("I have read version 2.0").press("Forget the mark")
    assert "I have read version 2.0" in amina.words
    with world.app.app_context(), db.system_session() as session:
        assert session.scalars(select(ReadingMark)).all() == []


def test_what_a_reader_cannot_read_they_cannot_mark(world: World) -> None:
    address = rule(world, sharing=HIDDEN, owner="consular")
    assert world.post("oskar", f"{address}/reading-mark", {"version": "1.0"}).status_code == 404
    for odd in ("9.9", "x", "1", "99999999999.0", "-1.0"):
        assert world.post("leila", f"{address}/reading-mark", {"version": odd}).status_code == 303
    with world.app.app_context(), db.system_session() as session:
        assert session.scalars(select(ReadingMark)).all() == []


def test_words_held_back_since_are_closed_in_older_versions_too(world: World, at: At) -> None:
    address = rule(world, body="Open.\n\nThe zqxharbour contact is at the third gate.", since=in_days(-20))
    held = (
        '::: held audience="group:consular" reason=source until=%s\nThe zqxharbour contact is at the third gate.\n:::'
    )
    next_version(world, address, "Open.\n\n" + held % in_days(60), since=in_days(-2))
    for path in (f"?as-of={in_days(-10)}", "/difference", f"?as-of={in_days(-1)}", "/versions", ""):
        assert "zqxharbour" not in at("oskar").open(address + path).answer.text, path
    assert at("oskar").open(f"{address}?as-of={in_days(-10)}").status == 403
    assert at("oskar").open(f"{address}?as-of={in_days(-1)}").status == 200
    assert "zqxharbour" in at("leila").open(f"{address}?as-of={in_days(-10)}").words, "the control"


@pytest.mark.parametrize("version", ["0.0", "7.0", "x", "1.0.0", "1", "99999999999999999999.0", "²·0"])
def test_versions_that_are_not_there_are_not_found(world: World, version: str) -> None:
    address = rule(world)
    assert world.get("amina", f"{address}/difference?to={version}").status_code == 404
    assert world.get("amina", f"{address}/difference?from={version}&to=1.0").status_code == 404


def lesson(world: World, title: str, sharing: Sharing | None = None) -> str:
    return world.write(title, "What happened.", kind="lesson", status="identified", owner="consular", by="leila",
                       sharing=sharing)  # fmt: skip


def propose(world: World, address: str, lesson_address: str) -> str:
    about, asking = world.document(address).id, world.document(lesson_address).id
    with world.app.app_context(), db.system_session(writing=True) as session:
        asked = loop.Proposal(lesson_id=asking, document_id=about, words="Say who the desk is.")
        session.add(asked)
        session.flush()
        return asked.public_id


def test_a_version_takes_up_what_lessons_asked_for_and_their_timeline_tells_of_it(world: World, at: At) -> None:
    address = rule(world)
    wanted, other = lesson(world, "Wrong number"), lesson(world, "Another matter")
    asked, left = propose(world, address, wanted), propose(world, address, other)
    page = at("ines").open(address)
    assert "See what differs" not in page.links(), "nothing differs yet"
    assert "Wrong number" in page.follow("Read what lessons ask").words
    edit(world, address, "The desk is the duty officer.")
    ines = at("ines").open(address)
    assert "2 lessons ask that this says something else." in ines.words
    ines.open(f"{address}/working").follow("Ask for approval")
    assert "Wrong number" in ines.words
    ines.press("Ask for approval", note="Who the desk is.", takes_up=[asked])
    heard: list[tuple[str, str]] = []
    loop.when_in_force("test", lambda session, guideline, version, by: heard.append((guideline.slug, version)))
    try:
        marek = at("marek").open(f"{address}/in-force")
        assert "Wrong number" in marek.words
        marek.press("Put it in force")
    finally:
        loop._when_in_force.pop("test")
    assert heard == [("posting-in-a-crisis", "2.0")]
    world.settle()
    with world.app.app_context(), db.system_session() as session:
        rows = dict(session.execute(select(loop.Proposal.public_id, loop.Proposal.outcome)).all())
        assert rows == {asked: "taken", left: "open"}
    number = number_of(world, address)
    amina = world.viewer("amina")
    with world.app.test_request_context(), db.system_session() as session:
        told = loop.happenings(session, amina, session.get(loop.Document, world.document(wanted).id))
        mine = [each for each in told if "came in force" in str(each.words)]
        assert [(str(each.words), each.url) for each in mine] == [
            (f"Guideline G-{number}, version 2.0, came in force. 1 person was told.", f"{address}/difference?to=2.0")
        ]


def test_editors_learn_nothing_of_lessons_they_cannot_read(world: World, at: At) -> None:
    address = rule(world)
    asked = propose(world, address, lesson(world, "Zqxclosed lesson", HIDDEN))
    edit(world, address, "Other.")
    for path in ("", "/working", "/approval"):
        page = at("ines").open(address + path)
        assert "Zqxclosed" not in page.answer.text
        assert "asks that this says something else" not in page.words
    form = {"note": "New.", "takes_up": asked}
    assert world.post("ines", f"{address}/approval", form).status_code == 422
    assert [state for _, state, _ in versions(world, address)] == ["came"]


def test_a_notice_names_nothing_that_its_reader_cannot_read_any_more(world: World, at: At) -> None:
    address = rule(world, "Zqxclosed rule")
    at("oskar").open(address).press("I have read version 1.0")
    next_version(world, address, "New words.", note="Zqxclosed note.")
    assert told(world, "oskar", "guideline-came") == 1
    assert "Zqxclosed note." in at("oskar").open("/notices").answer.text
    with world.app.app_context(), db.system_session(writing=True) as session:
        documents.share(session, found(session, address), HIDDEN, by=None)
    page = at("oskar").open("/notices").answer.text
    assert "Zqxclosed" not in page
    assert "zqxclosed" not in page


def test_a_lesson_does_not_tell_of_a_guideline_that_is_held_back(world: World) -> None:
    address = rule(world, "Zqxclosed rule", sharing=HIDDEN, owner="consular")
    open_lesson = lesson(world, "Wrong number")
    asked = propose(world, address, open_lesson)
    edit(world, address, "The desk is the duty officer.", by="leila")
    with world.app.app_context(), db.system_session(writing=True) as session:
        guideline = found(session, address)
        edition = Edition(document_id=guideline.id, revision=2, takes_up=[asked], note="New.")
        editions.come(session, guideline, edition, by=None)
    for who, number in (("leila", 1), ("oskar", 0)):
        viewer = world.viewer(who)
        with world.app.test_request_context(), db.database().open(viewer=viewer) as session:
            happened = editions_telling.of_lesson(session, viewer, world.document(open_lesson))
        assert len(happened) == number, who
