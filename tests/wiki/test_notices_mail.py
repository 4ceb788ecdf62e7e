"""Mail about notices: as each person wishes, at the right hour, once, and without a word about what is held back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask_babel import lazy_gettext as _l
from sqlalchemy import select, update

from tests.conftest import AppMaker
from tests.people import World, email
from tests.wiki.post_office import PostOffice, free_port, words
from tests.wiki.saying import FOR_LISBON, say
from wiki import clocks, db, outbox
from wiki.notices import times
from wiki.notices.models import Notice
from wiki.notices.telling import Told, tell, words_for
from wiki.people.models import Person

# A Saturday; Lisbon is on UTC in winter.
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.moment = NOON

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(db, "now", made)
    return made


@pytest.fixture
def office() -> Iterator[PostOffice]:
    with PostOffice().open() as found:
        yield found


@pytest.fixture
def app(make_app: AppMaker, office: PostOffice) -> Flask:
    """An application whose mail goes to the post office; nobody but the test does its work."""
    app = make_app(smtp_host="127.0.0.1", smtp_port=office.port, public_url="https://wiki.example.org", drain="service")
    words_for(
        app, "test:told", "test:other", subject=_l("Something was told"), find=lambda session, viewer, found: {
            notice.id: Told(f"About {notice.about}", f"/{notice.about}") for notice in found
        }
    )  # fmt: skip
    return app


def wish(world: World, who: str, **wishes: object) -> int:
    """What a person chose; returns their id."""
    with world.app.app_context(), db.system_session(writing=True) as session:
        mine = update(Person).where(Person.email == email(who)).returning(Person.id)
        return session.scalars(mine.values(**wishes or {"version": 1})).one()


def told(world: World, *people: str, about: str = "zqxabout", code: str = "test:told", **more: object) -> None:
    ids = [wish(world, who) for who in people]
    with world.app.app_context(), db.system_session(writing=True) as session:
        tell(session, ids, code, about=about, **more)  # type: ignore[arg-type]


def work(world: World) -> None:
    """What `chancery work` does in a round or two."""
    with world.app.app_context():
        for _ in range(2):
            clocks.run()
            outbox.drain(wait=True)


def got(office: PostOffice) -> list[str]:
    """Who got a letter since this was asked last."""
    found = [address.partition("@")[0] for addresses in office.recipients for address in addresses]
    office.recipients.clear()
    return found


def test_a_letter_says_what_sort_of_thing_is_new_and_names_nothing(world: World, office: PostOffice) -> None:
    told(world, "amina", name="zqxdetail")
    work(world)
    [letter] = office.letters
    said = words(letter)
    assert letter["Subject"] == "Something was told – Chancery"
    assert "https://wiki.example.org/notices" in said
    assert letter["List-Unsubscribe"] == "<https://wiki.example.org/me#notices>"
    assert "zqx" not in said
    work(world)
    assert len(office.letters) == 1


def test_one_letter_carries_all_that_is_new(world: World, office: PostOffice) -> None:
    for about in ("zqx1", "zqx2"):
        told(world, "amina", "oskar", about=about)
    told(world, "amina", about="zqx3", code="test:other")
    work(world)
    assert sorted(got(office)) == ["amina", "oskar"]
    letter = next(one for one in office.letters if one["To"] == email("amina"))
    assert letter["Subject"] == "3 new notices for you – Chancery"
    assert "Something was told (2)" in letter.get_body(("plain",)).get_content()


def test_the_words_are_in_the_language_of_their_reader(world: World, office: PostOffice) -> None:
    wish(world, "amina", lang="ar", name="أمينة فاروق")
    told(world, "amina", "oskar")
    work(world)
    pages = {one["To"]: one.get_body(("html",)).get_content() for one in office.letters}
    assert 'dir="rtl"' in pages[email("amina")]
    assert "أمينة فاروق" in pages[email("amina")]
    assert 'dir="ltr"' in pages[email("oskar")]


def test_nobody_gets_mail_who_wants_none_or_left_or_has_read_it(world: World, office: PostOffice) -> None:
    wish(world, "amina", notices_by_mail="never")
    wish(world, "bruno", is_active=False)
    told(world, "amina", "bruno", urgent=True)
    told(world, "oskar")
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.execute(update(Notice).where(Notice.person_id == wish_id(world, "oskar")).values(read_at=db.now()))
    work(world)
    assert got(office) == []
    wish(world, "amina", notices_by_mail="at-once")
    work(world)
    assert got(office) == [], "what was told before is settled"


def wish_id(world: World, who: str) -> int:
    return db.session().scalars(select(Person.id).where(Person.email == email(who))).one()


def test_in_quiet_hours_mail_waits_until_they_end_unless_it_is_urgent(
    world: World, office: PostOffice, clock: Clock
) -> None:
    wish(world, "amina", quiet_from=22, quiet_until=6, timezone="Asia/Jakarta")
    clock.moment = datetime(2026, 11, 21, 15, 30, tzinfo=UTC)  # half past ten in the evening in Jakarta
    told(world, "amina", about="one")
    told(world, "amina", about="two")
    work(world)
    assert got(office) == []
    told(world, "amina", about="three", urgent=True)
    work(world)
    assert got(office) == ["amina"]
    assert office.letters[-1]["Subject"] == "Something was told – Chancery", "the others wait on"
    clock.moment = datetime(2026, 11, 21, 22, 59, tzinfo=UTC)
    work(world)
    assert got(office) == []
    clock.moment = datetime(2026, 11, 21, 23, 0, tzinfo=UTC)
    work(world)
    assert got(office) == ["amina"]
    assert office.letters[-1]["Subject"] == "2 new notices for you – Chancery"


def test_the_letter_of_the_day_comes_at_seven_and_carries_everything(
    world: World, office: PostOffice, clock: Clock
) -> None:
    wish(world, "amina", notices_by_mail="daily", timezone="Europe/Lisbon")
    told(world, "amina", about="one")
    told(world, "amina", about="two")
    work(world)
    assert got(office) == [], "it is noon"
    clock.moment = NOON.replace(day=22, hour=6, minute=59)
    work(world)
    assert got(office) == []
    clock.moment = NOON.replace(day=22, hour=7)
    work(world)
    assert got(office) == ["amina"]
    assert office.letters[-1]["Subject"] == "2 new notices for you – Chancery"
    told(world, "amina", about="three")
    work(world)
    told(world, "amina", about="four", urgent=True)
    work(world)
    assert got(office) == ["amina"], "what is urgent does not wait for tomorrow"
    assert office.letters[-1]["Subject"] == "Something was told – Chancery"
    clock.moment = NOON.replace(day=23, hour=9)
    work(world)
    work(world)
    assert got(office) == ["amina"], "two hours late, once"
    clock.moment = NOON.replace(day=24, hour=9)
    work(world)
    assert got(office) == [], "nothing is new"


@pytest.mark.parametrize(
    ("moment", "zone", "seven"),
    [
        # The night the clocks go back in Lisbon has 25 hours, the one they go forward 23.
        ("2026-10-25T07:00+00:00", "Europe/Lisbon", "2026-10-25T07:00+00:00"),
        ("2026-10-25T06:59+00:00", "Europe/Lisbon", "2026-10-24T06:00+00:00"),
        ("2026-03-29T06:00+00:00", "Europe/Lisbon", "2026-03-29T06:00+00:00"),
        ("2026-03-29T05:59+00:00", "Europe/Lisbon", "2026-03-28T07:00+00:00"),
        ("2026-11-21T12:00+00:00", "Pacific/Kiritimati", "2026-11-21T17:00+00:00"),
        ("2026-11-21T12:00+00:00", "Asia/Kathmandu", "2026-11-21T01:15+00:00"),
        ("2026-11-21T12:00+00:00", "Nowhere/At_All", "2026-11-21T07:00+00:00"),
        ("2026-11-21T12:00+00:00", "../../etc/passwd", "2026-11-21T07:00+00:00"),
    ],
)
def test_it_is_seven_in_the_morning_by_the_clock_on_the_wall(moment: str, zone: str, seven: str) -> None:
    expected = datetime.fromisoformat(seven)
    expected = expected - timedelta(days=1) if expected > datetime.fromisoformat(moment) else expected
    assert times.last_digest(datetime.fromisoformat(moment), zone) == expected


@pytest.mark.parametrize(
    ("hour", "first", "last", "quiet"),
    [(23, 22, 6, True), (5, 22, 6, True), (6, 22, 6, False), (22, 22, 6, True), (21, 22, 6, False), (13, 12, 14, True),
     (14, 12, 14, False), (0, 0, 1, True), (3, None, None, False), (3, 3, None, False), (3, 3, 3, False)],
)  # fmt: skip
def test_quiet_hours_go_over_midnight(hour: int, first: int | None, last: int | None, quiet: bool) -> None:
    assert times.is_quiet(NOON.replace(hour=hour), "UTC", first, last) is quiet


def test_two_nodes_send_the_letter_of_the_day_once(
    make_app: AppMaker, world: World, office: PostOffice, clock: Clock
) -> None:
    wish(world, "amina", notices_by_mail="daily")
    told(world, "amina")
    clock.moment = NOON + timedelta(days=1)
    ready = threading.Barrier(4)

    def node() -> None:
        with world.app.app_context():
            ready.wait()
            for _ in range(3):
                clocks.run()
                outbox.drain(wait=True)

    nodes = [threading.Thread(target=node) for _ in range(4)]
    for one in nodes:
        one.start()
    for one in nodes:
        one.join()
    assert got(office) == ["amina"]


def test_a_letter_waits_for_a_server_that_is_down(make_app: AppMaker, clock: Clock) -> None:
    port = free_port()
    world = World(make_app("down", smtp_host="127.0.0.1", smtp_port=port, drain="service"))
    wish(world, "bruno", notices_by_mail="daily")
    told(world, "amina", "bruno", code="test:unknown")
    work(world)
    with PostOffice().open(port=port) as office:
        clock.moment += timedelta(seconds=59)
        work(world)
        assert got(office) == []
        clock.moment += timedelta(seconds=2)
        work(world)
        assert got(office) == ["amina"]
        assert office.letters[0]["Subject"] == "There is something new for you – Chancery"
    clock.moment = NOON + timedelta(days=1)
    work(world)
    with PostOffice().open(port=port) as office:
        clock.moment += timedelta(minutes=2)
        work(world)
        assert got(office) == ["bruno"], "the letter of the day is not lost for it"
        clock.moment += timedelta(minutes=20)
        work(world)
        assert got(office) == []


def test_one_refused_address_costs_nobody_else_a_letter(world: World, office: PostOffice, clock: Clock) -> None:
    office.answers = {email("amina"): "550 No such mailbox", email("leila"): "450 Later"}
    told(world, "amina", "leila", "oskar")
    work(world)
    assert got(office) == ["oskar"]
    office.answers = {}
    clock.moment += timedelta(minutes=2)
    work(world)
    assert got(office) == ["leila"], "given up for one, tried again for the other"


def test_a_process_that_dies_while_sending_never_sends_twice(
    world: World, office: PostOffice, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(world, "amina")
    from wiki import mail

    class Died(BaseException):
        """What a process that is killed does not even notice."""

    send = mail.send

    def send_and_die(*arguments: object, **more: object) -> None:
        send(*arguments, **more)  # type: ignore[arg-type]
        raise Died

    monkeypatch.setattr(mail, "send", send_and_die)
    with world.app.app_context(), pytest.raises(Died):
        outbox.drain(wait=True)
    monkeypatch.setattr(mail, "send", send)
    clock.moment += timedelta(minutes=5)
    work(world)
    assert got(office) == ["amina"]


def test_mail_about_what_was_said_tells_nothing_of_a_page_that_is_held_back(world: World, office: PostOffice) -> None:
    wish(world, "tomas", notices_by_mail="daily")
    address = world.write("Zqxtitle", "Zqxtext.", sharing=FOR_LISBON, terms={"tag": ["zqxtag"]})
    first = say(world, "okello", address, "Zqxquestion.")
    say(world, "amina", address, "Zqxanswer.", thread=first)
    work(world)
    reached = got(office)
    assert reached.count("amina") == 1
    assert reached.count("okello") == 1, "whoever asked is told that there is an answer"
    for letter in office.letters:
        assert "zqx" not in words(letter).lower()
    [mine] = [words(letter) for letter in office.letters if letter["To"] == email("amina")]
    assert "okello" not in mine.lower()
    assert "https://wiki.example.org/comments" in mine


def test_no_sort_of_notice_names_anything_in_mail_or_breaks_over_what_is_gone(world: World, office: PostOffice) -> None:
    codes = sorted(world.app.extensions["chancery_notices"])
    assert len(codes) > 10, "the control: the packages have told theirs"
    for code in codes:
        if not code.startswith("test:"):
            told(world, "amina", about=f"zqx{code}"[:60], code=code)
    work(world)
    [letter] = office.letters
    said = words(letter)
    assert "zqx" not in said
    assert "%(" not in said
    page = world.get("amina", "/notices")
    assert page.status_code == 200
    assert "zqx" not in page.text
