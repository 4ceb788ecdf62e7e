"""The inbox: what was told, in the words of what its reader may see now, and how many of it are new."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, select

from tests.people import World, email
from tests.site.test_queries import counted
from tests.wiki.saying import FOR_LISBON, say
from wiki import clocks, db
from wiki.documents.models import DocumentLabel
from wiki.notices.inbox import KEPT, PAGE
from wiki.notices.models import Notice
from wiki.notices.telling import Told, tell, words_for
from wiki.people.models import Person


def told(world: World, *people: str, about: str = "one", code: str = "test:told", **more: object) -> None:
    with world.app.app_context(), db.system_session(writing=True) as session:
        ids = session.scalars(select(Person.id).where(Person.email.in_([email(who) for who in people])))
        tell(session, ids, code, about=about, **more)  # type: ignore[arg-type]


def notices(world: World) -> list[Notice]:
    with world.app.app_context(), db.system_session() as session:
        return list(session.scalars(select(Notice).order_by(Notice.id)))


@pytest.fixture
def world(world: World) -> World:
    """The world with a sort of notices that leads home, and forgets what is called gone."""
    words_for(
        world.app, "test:told", subject=_l("Something was told"), find=lambda session, viewer, found: {
            notice.id: Told(f"About <{notice.about}>", "/wiki/") for notice in found if notice.about != "gone"
        }
    )  # fmt: skip
    return world


def bell(page: str) -> str:
    """What the bell in the frame says to somebody who hears it."""
    found = re.search(r'class="bell".*?<span class="sr">([^<]*)</span>', page, re.DOTALL)
    assert found, page[:3000]
    return found[1]


def test_an_empty_inbox_says_so(world: World) -> None:
    page = world.get("amina", "/notices")
    assert "No notices" in page.text
    assert "Mark all as read" not in page.text
    assert bell(page.text) == "Notices"


def test_opening_a_notice_leads_on_and_marks_it_read(world: World) -> None:
    told(world, "amina", "oskar")
    told(world, "amina", about="two", urgent=True)
    page = world.get("amina", "/notices").text
    assert bell(page) == "2 new notices"
    assert page.index("About &lt;two&gt;") < page.index("About &lt;one&gt;"), "the newest first"
    assert "Urgent" in page
    one = next(notice for notice in notices(world) if notice.about == "one")
    answer = world.post("amina", f"/notices/{one.public_id}/reading")
    assert (answer.status_code, answer.location) == (303, "/wiki/")
    page = world.get("amina", "/notices").text
    assert bell(page) == "1 new notice"
    assert 'href="/wiki/">About &lt;one&gt;</a>' in page
    assert bell(world.get("oskar", "/notices").text) == "1 new notice", "everybody reads for themselves"


def test_nobody_opens_the_notice_of_somebody_else(world: World) -> None:
    told(world, "amina")
    [notice] = notices(world)
    absent = world.post("oskar", "/notices/nothing/reading")
    theirs = world.post("oskar", f"/notices/{notice.public_id}/reading")
    assert absent.status_code == theirs.status_code == 404
    world.post("oskar", "/notices/reading", {"newest": notice.public_id})
    assert notices(world)[0].read_at is None
    assert "About" not in world.get("oskar", "/notices").text
    assert world.get(None, "/notices").status_code == 303


def test_all_that_was_shown_is_marked_read_and_nothing_that_came_since(world: World) -> None:
    for about in ("one", "two", "three"):
        told(world, "amina", about=about)
    second = notices(world)[1].public_id
    assert world.post("amina", "/notices/reading", {"newest": second}).status_code == 303
    assert [notice.read_at is None for notice in notices(world)] == [False, False, True]
    for nonsense in ("", "nothing", "' or 1=1 --", "9" * 400):
        world.post("amina", "/notices/reading", {"newest": nonsense})
    assert notices(world)[2].read_at is None


def test_what_cannot_be_seen_any_more_is_told_in_words_that_name_nothing(world: World) -> None:
    told(world, "amina", about="gone")
    told(world, "amina", about="zqxabout", code="unheard-of", name="zqxdetail")
    page = world.get("amina", "/notices").text
    assert "Something was told" in page
    assert "There is something new for you" in page
    assert "zqx" not in page
    answer = world.post("amina", f"/notices/{notices(world)[0].public_id}/reading")
    assert answer.location == "/notices"


def test_what_was_said_is_told_with_the_title_only_to_those_who_may_read_it_now(world: World) -> None:
    address = world.write("Zqxtitle", "Zqxtext.")
    first = say(world, "oskar", address, "Zqxquestion.")
    say(world, "amina", address, "Zqxanswer.", thread=first)
    world.settle()
    page = world.get("oskar", "/notices").text
    assert "Somebody answered you about “Zqxtitle”" in page
    assert "Somebody asks about “Zqxtitle”" in world.get("amina", "/notices").text
    [mine] = [notice for notice in notices(world) if notice.code == "comment:answer"]
    answer = world.post("oskar", f"/notices/{mine.public_id}/reading")
    assert answer.location.startswith(f"{address}/comments/")
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.execute(delete(DocumentLabel).where(DocumentLabel.label == "service"))
    page = world.get("oskar", "/notices").text
    assert "zqx" not in page.lower()
    assert "Somebody answered you" in page
    assert address not in page


def test_outsiders_hear_nothing_of_what_is_said_about_what_they_cannot_read(world: World) -> None:
    address = world.write("Zqxtitle", "Zqxtext.", sharing=FOR_LISBON)
    first = say(world, "okello", address, "Zqxquestion.")
    say(world, "tomas", address, "Zqxanswer.", thread=first)
    world.settle()
    for who in ("oskar", "gita", "leila", "ada"):
        page = world.get(who, "/notices").text
        assert "zqx" not in page.lower()
        assert bell(page) == "Notices", who


def test_the_bell_is_right_at_once_on_pages_that_are_kept(world: World) -> None:
    address = world.write("Plan")
    for _ in range(2):
        assert bell(world.get("oskar", address).text) == "Notices"
    told(world, "oskar")
    assert bell(world.get("oskar", address).text) == "1 new notice"
    world.post("oskar", f"/notices/{notices(world)[0].public_id}/reading")
    assert bell(world.get("oskar", address).text) == "Notices"
    for number in range(120):
        told(world, "oskar", about=str(number))
    page = world.get("oskar", address).text
    assert bell(page) == "120 new notices"
    assert ">99+<" in page


def test_the_bell_costs_no_question_and_the_inbox_as_many_for_many_as_for_few(world: World) -> None:
    def cost(path: str) -> int:
        world.get("amina", path)
        with counted(world) as asked:
            assert world.get("amina", path).status_code == 200
        return len(asked)

    address = world.write("Plan")
    thread = say(world, "oskar", address)
    told(world, "amina", about="first")
    world.settle()
    few = {path: cost(path) for path in ("/notices", address, "/")}
    for number in range(15):
        told(world, "amina", about=str(number))
        say(world, "tomas", address, f"Words {number}.")
    world.settle()
    assert bell(world.get("amina", "/").text) == "32 new notices"
    assert {path: cost(path) for path in few} == few
    assert few["/notices"] <= 4
    assert thread


def test_long_lists_have_pages_and_odd_pages_do_no_harm(world: World) -> None:
    for number in range(PAGE + 1):
        told(world, "amina", about=f"number-{number}")
    first = world.get("amina", "/notices").text
    assert "number-1&gt;" in first
    assert "number-0&gt;" not in first
    assert f"/notices?after={PAGE}" in first
    assert "number-0&gt;" in world.get("amina", f"/notices?after={PAGE}").text
    for odd in ("-1", "x", "9" * 30, "1000000000"):
        assert world.get("amina", f"/notices?after={odd}").status_code == 200


def test_days_are_those_of_the_readers_own_clock(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    with world.app.app_context(), db.system_session(writing=True) as session:
        amina = session.scalars(select(Person).where(Person.email == email("amina"))).one()
        amina.timezone = "Pacific/Auckland"
    world.client("amina")
    moment = db.now().replace(hour=10, minute=30)
    # Half past ten in the morning in UTC is late in the evening in Auckland, two hours later it is tomorrow there.
    monkeypatch.setattr(db, "now", lambda: moment)
    told(world, "amina", about="evening")
    moment += timedelta(hours=2)
    told(world, "amina", about="after midnight")
    page = world.get("amina", "/notices").text
    assert page.index("Today") < page.index("after midnight") < page.index("Yesterday") < page.index("evening&gt;")


def test_what_was_read_long_ago_is_cleared_away(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for about in ("read", "unread"):
        told(world, "amina", about=about)
    world.post("amina", f"/notices/{notices(world)[0].public_id}/reading")
    now = db.now
    monkeypatch.setattr(db, "now", lambda: now() + KEPT - timedelta(hours=1))
    with world.app.app_context():
        clocks.run()
    assert len(notices(world)) == 2
    monkeypatch.setattr(db, "now", lambda: now() + KEPT + timedelta(hours=1))
    with world.app.app_context():
        clocks.run()
    assert [notice.about for notice in notices(world)] == ["unread"]


def test_told_twice_it_is_told_once(world: World) -> None:
    for _ in range(2):
        told(world, "amina", "oskar")
    told(world, "amina", once="another")
    assert len(notices(world)) == 3


def prefer(world: World, who: str = "amina") -> tuple[str, int | None, int | None]:
    with world.app.app_context(), db.system_session() as session:
        person = session.scalars(select(Person).where(Person.email == email(who))).one()
        return person.notices_by_mail, person.quiet_from, person.quiet_until


def test_everybody_chooses_when_mail_reaches_them(world: World) -> None:
    form = {"notices_by_mail": "daily", "quiet_from": "22", "quiet_until": "0"}
    assert world.post("amina", "/me/notices", form).status_code == 303
    assert prefer(world) == ("daily", 22, 0)
    page = world.get("amina", "/me").text
    assert re.search(r'<option selected value="0">00:00', page)
    assert world.post("amina", "/me/notices", {**form, "quiet_from": "", "quiet_until": ""}).status_code == 303
    assert prefer(world) == ("daily", None, None)
    assert prefer(world, "oskar") == ("at-once", None, None)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"notices_by_mail": "hourly"}, "Choose when mail may reach you."),
        ({"quiet_from": ""}, "Choose when your quiet hours begin, too."),
        ({"quiet_until": ""}, "Choose when your quiet hours end, too."),
        ({"quiet_until": "22"}, "Quiet hours need a beginning and another end."),
        ({"quiet_from": "24"}, "Choose one of the hours of the list."),
        ({"quiet_until": "-1"}, "Choose one of the hours of the list."),
        ({"quiet_from": "٣"}, "Choose one of the hours of the list."),
        ({"quiet_from": "9" * 5000}, "Choose one of the hours of the list."),
    ],
)
def test_wishes_that_make_no_sense_are_explained_and_not_kept(world: World, wrong: dict[str, str], words: str) -> None:
    form = {"notices_by_mail": "daily", "quiet_from": "22", "quiet_until": "6", **wrong}
    answer = world.post("amina", "/me/notices", form)
    assert answer.status_code == 422
    assert words in answer.text
    assert prefer(world) == ("at-once", None, None)
