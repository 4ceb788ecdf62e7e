"""The crisis switch: a playbook before everybody who may read it, guests for a time, and nothing to anybody else."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import select

from guidelines.playbooks.models import Crisis
from tests.guidelines.runs import held, later, noticed, on_duty, playbook, run_of
from tests.journeys.reader import Reader
from tests.people import World, email
from wiki import clocks, db
from wiki.access.models import AccessGrant, AuditEvent
from wiki.documents.sharing import Sharing
from wiki.notices.models import Notice
from wiki.people.models import Group

TOLD = {"words": "Fire at the port", "on_duty": "Ngozi, extension 9", "hours": "24"}


def declare(world: World, path: str, who: str = "tomas", **more: str) -> Reader:
    on_duty(world, who)
    return Reader(world, who).open(path).follow("Crisis switch").press("Declare the crisis", **(TOLD | more))


def told(world: World, code: str) -> set[int]:
    with world.app.app_context(), db.system_session() as session:
        return set(session.scalars(select(Notice.person_id).where(Notice.code == code)))


def events(world: World, start: str) -> Sequence[str]:
    with world.app.app_context(), db.system_session() as session:
        rows = select(AuditEvent.what).where(AuditEvent.what.startswith(start)).order_by(AuditEvent.id)
        return session.scalars(rows).all()


def test_a_crisis_stands_first_on_every_home_page_with_its_run_and_who_is_on_duty(world: World) -> None:
    path = playbook(world)
    page = declare(world, path)
    assert "It stands first on the home page" in page.words
    for who in ("oskar", "bruno", "tomas"):
        home = Reader(world, who).open("/")
        assert "Crisis: Fire at the port First hour On duty: Ngozi, extension 9" in home.words, who
        assert "Open the playbook" in home.words
    assert "Crisis" not in Reader(world, "gita").open("/").words
    run_of(world, path)
    joined = Reader(world, "oskar").open("/").follow("Join the run")
    assert "Run of a playbook" in joined.words
    for place in ("/playbooks/", path):
        assert "Crisis: Fire at the port" in Reader(world, "oskar").open(place).words, place
    Reader(world, "tomas").open(f"{path}/crisis").press("End the crisis")
    for place in ("/", "/playbooks/", path):
        assert "Crisis:" not in Reader(world, "oskar").open(place).words, place
    assert events(world, "crisis:") == ["crisis:declare", "crisis:end"]


def test_a_crisis_stands_before_the_question_and_takes_the_place_of_nothing_that_waits(world: World) -> None:
    path = world.write("Papers", sharing=noticed("group:lisbon"))
    Reader(world, "oskar").open(path).press("Ask for access", words="I am on duty.")
    waits = "request for access waits"
    before = Reader(world, "okello").open("/").words
    assert waits in before, before[:600]
    list_path = playbook(world)
    declare(world, list_path)
    run_of(world, list_path)
    words = Reader(world, "okello").open("/").words
    assert words.index("Crisis: Fire at the port") < words.index("What do you need to do?") < words.index(waits)


def test_whoever_may_not_read_the_playbook_learns_nothing_of_its_crisis(world: World) -> None:
    path = playbook(world, sharing=held("group:lisbon"))
    on_duty(world, "oskar")
    before = Reader(world, "oskar").open("/playbooks/").words
    nothing = world.get("oskar", "/playbooks/nothing-here/crisis")
    declare(world, path)
    assert "Fire at the port" in Reader(world, "amina").open("/").words
    assert world.get("oskar", "/").text.count("Fire at the port") == 0
    assert Reader(world, "oskar").open("/playbooks/").words == before
    assert (world.get("oskar", f"{path}/crisis").status_code, nothing.status_code) == (404, 404)
    for verb in ("", "/end", "/guests", "/guests/x/removal"):
        assert world.post("oskar", f"{path}/crisis{verb}", TOLD).status_code == 404, verb
    # The lead of the post is told, and nobody outside.
    assert told(world, "crisis-declared") == {world.viewer("okello").person}
    assert "A crisis was declared: Fire at the port (“First hour”)." in Reader(world, "okello").open("/notices").words


def test_only_a_duty_officer_who_reads_by_right_declares_one(world: World) -> None:
    path = playbook(world)
    for who in ("okello", "ines", "ada"):
        refused = world.post(who, f"{path}/crisis", TOLD)
        assert (refused.status_code, "Only a duty officer can do this." in refused.text) == (403, True), who
    assert "Crisis switch" not in Reader(world, "okello").open(path).words
    closed = playbook(world, "Closed list", sharing=held("group:lisbon"))
    on_duty(world, "bruno")
    form = {"email": email("bruno"), "grant_until": held().until.isoformat(), "why": ""}  # type: ignore[union-attr]
    assert world.post("okello", f"{closed}/grants", form).status_code == 303
    refused = world.post("bruno", f"{closed}/crisis", TOLD)
    assert (refused.status_code, "You have leave to read this" in refused.text) == (403, True)
    assert events(world, "crisis:") == []


def test_the_leads_of_all_posts_and_units_are_told_of_a_crisis_with_an_open_playbook(world: World) -> None:
    declare(world, playbook(world))
    leads = {world.viewer(who).person for who in ("okello", "leila", "ines")}
    assert told(world, "crisis-declared") == leads


@pytest.mark.parametrize("ending", ["switch", "time", "hand"])
def test_guests_read_for_the_time_of_the_crisis_and_no_longer(world: World, ending: str) -> None:
    path = playbook(world, sharing=noticed("group:lisbon"))
    place = run_of(world, path)
    page = declare(world, path)
    page.press("Let them read it", email=email("gita"), guest_hours="4")
    assert "1 person can read it now." in page.words
    assert world.get("gita", path).status_code == 200
    assert world.get("gita", place).status_code == 200
    assert "Crisis: Fire at the port" in Reader(world, "gita").open("/").words
    assert world.post("gita", f"{place}/steps/s1/tick").status_code == 403
    assert told(world, "crisis-guest") == {world.viewer("gita").person}
    if ending == "switch":
        page.press("End the crisis")
    elif ending == "hand":
        page.press("Take it back from Gita Rao")
    else:
        with later(hours=5):
            assert world.get("gita", path).status_code == 404
        return
    assert world.get("gita", path).status_code == 404
    assert world.get("amina", path).status_code == 200
    assert events(world, "document:withdraw-grant") == ["document:withdraw-grant"]


def test_a_group_is_let_in_at_once_and_whoever_reads_already_gets_nothing(world: World) -> None:
    path = playbook(world, sharing=noticed("group:lisbon"))
    page = declare(world, path)
    page.press("Let them read it", group="bridge")
    assert "1 person can read it now." in page.words, "Tomás is in both"
    page.press("Let them read it", group="bridge")
    assert "Nobody new" in page.words
    for fields, said in (
        ({}, "Give one address, or choose a group."),
        ({"email": email("gita"), "group": "bridge"}, "Give one address, or choose a group."),
        ({"email": "ghost@example.org"}, "Nobody here has this address."),
    ):
        refused = page.open(f"{path}/crisis").press("Let them read it", **fields)
        assert (refused.status, refused.beside("email")) == (422, said)
    with world.app.app_context(), db.system_session() as session:
        grants = session.scalars(select(AccessGrant)).all()
    assert [(grant.sort, grant.person_id) for grant in grants] == [("crisis", world.viewer("gita").person)]


def test_leave_never_outlives_the_crisis_and_its_keepers_can_take_it_back(world: World) -> None:
    path = playbook(world, sharing=noticed("group:lisbon"))
    declare(world, path, hours="4").press("Let them read it", email=email("oskar"), guest_hours="168")
    with world.app.app_context(), db.system_session() as session:
        until = session.scalars(select(AccessGrant.until)).one()
        assert until == session.scalars(select(Crisis.until)).one()
    keeper = Reader(world, "okello").open(f"{path}/sharing")
    assert "while a crisis goes on" in keeper.words
    keeper.press("Take it back from Oskar Berg")
    assert "First words" not in world.get("oskar", path).text


@pytest.mark.parametrize(
    ("sharing", "fields", "said"),
    [
        (held("group:lisbon"), {"email": email("oskar")}, ("email", "This playbook is hidden.")),
        (noticed("group:lisbon", handling="AMBER+STRICT"), {"email": email("gita")}, ("email", "for staff of")),
        ("red", {"email": email("gita")}, ("email", "for staff of")),
        ("red", {"group": "jakarta"}, ("group", "RED is for named people only.")),
    ],
)
def test_a_crisis_lets_in_no_more_than_the_marks_of_its_playbook_do(
    world: World, sharing: Sharing | str, fields: dict[str, str], said: tuple[str, str]
) -> None:
    if isinstance(sharing, str):
        sharing = noticed(f"person:{world.viewer('tomas').public_id}", handling="RED")
    path = playbook(world, sharing=sharing)
    page = declare(world, path)
    refused = world.post("tomas", f"{path}/crisis/guests", {"guest_hours": "4"} | fields)
    assert (refused.status_code, said[1] in refused.text) == (422, True)
    hidden = "hidden" in said[1]
    assert (f'id="{said[0]}-error"' in refused.text) != hidden
    with world.app.app_context(), db.system_session() as session:
        assert session.scalars(select(AccessGrant)).all() == []
    assert ("Let them read it" in page.open(f"{path}/crisis").words) != hidden


def test_guests_of_the_service_in_a_group_are_left_out_where_the_mark_says_staff(world: World) -> None:
    path = playbook(world, sharing=noticed("group:jakarta", handling="AMBER+STRICT"))
    on_duty(world, "oskar")
    page = Reader(world, "oskar").open(f"{path}/crisis").press("Declare the crisis", **TOLD)
    page.press("Let them read it", group="bridge")
    assert told(world, "crisis-guest") == {world.viewer("tomas").person}


def test_the_keeper_of_a_hidden_playbook_invites_and_the_others_who_keep_it_are_told(world: World) -> None:
    path = playbook(world, sharing=held("group:lisbon"))
    declare(world, path, "amina").press("Let them read it", email=email("oskar"))
    assert world.get("oskar", path).status_code == 200
    assert told(world, "crisis-invited") == {world.viewer("okello").person}
    page = Reader(world, "okello").open("/notices")
    assert "People were invited to read “First hour” while a crisis goes on: Fire at the port." in page.words


def test_the_invitation_does_not_tell_who_belongs_to_a_closed_group(world: World) -> None:
    path = playbook(world, sharing=noticed("group:lisbon", "group:jakarta"))
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.get_one(Group, "jakarta").is_hidden = True
    page = declare(world, path)
    for who in ("oskar", "bruno"):
        page.open(f"{path}/crisis").press("Let them read it", email=email(who))
        assert "1 person can read it now." in page.words, who


def test_notices_of_a_crisis_say_what_it_is_and_how_it_ended_and_the_desk_keeps_it_for_a_year(world: World) -> None:
    path = playbook(world, sharing=noticed("group:lisbon"))
    page = declare(world, path)
    page.press("Let them read it", email=email("bruno"))
    told_guest = "There is a crisis: Fire at the port. You can read “First hour” while it goes on."
    assert told_guest in Reader(world, "bruno").open("/notices").words
    page.open(f"{path}/crisis").press("End the crisis", closing="Nobody was hurt.")
    ended = Reader(world, "okello").open("/notices").words
    assert "The crisis ended on" in ended
    assert "Fire at the port (“First hour”). Nobody was hurt." in ended
    assert "Fire at the port" not in Reader(world, "bruno").open("/notices").words, "may not read it any more"
    desk = Reader(world, "amina").open("/playbooks/").words
    assert "Crises of the last year Fire at the port First hour" in desk
    assert "Nobody was hurt." in desk
    assert "Nobody was hurt." not in Reader(world, "oskar").open("/playbooks/").words
    # Another crisis is told of in words of its own.
    page.open(f"{path}/crisis").press("Declare the crisis", words="Flood", hours="4")
    words = Reader(world, "okello").open("/notices").words
    assert "A crisis was declared: Flood (“First hour”)." in words
    assert "Fire at the port (“First hour”). Nobody was hurt." in words
    with later(days=366):
        assert "Crises of the last year" not in Reader(world, "amina").open("/playbooks/").words


def test_words_that_are_held_back_elsewhere_are_asked_about_before_a_crisis_tells_them(world: World) -> None:
    secret = "The harbour master of the old town keeps the second key of the customs house in his own desk at home."
    world.write("Keys", secret, sharing=held("group:lisbon"))
    path = playbook(world)
    asked = declare(world, path, words=secret)
    assert (asked.status, "Some of these words are held back elsewhere" in asked.words) == (422, True)
    page = Reader(world, "tomas").open(f"{path}/crisis").press("Declare the crisis", **TOLD)
    asked = page.press("End the crisis", closing=secret)
    assert (asked.status, "Some of these words are held back elsewhere" in asked.words) == (422, True)
    assert asked.field("closing") == secret
    assert "Crisis:" in Reader(world, "amina").open("/").words


def test_its_clock_ends_a_crisis_once_and_it_is_told_no_longer_even_before(world: World) -> None:
    path = playbook(world, sharing=held("group:lisbon"))
    declare(world, path, hours="4")
    with later(hours=5), world.app.app_context():
        assert "Crisis:" not in Reader(world, "amina").open("/").words
        clocks.run()
        clocks.run()
    assert events(world, "crisis:") == ["crisis:declare", "crisis:end"]
    with world.app.app_context(), db.system_session() as session:
        found = session.scalars(select(Crisis)).one()
    assert (found.open_for, found.ended_by_id) == (None, None)
    assert found.ended_at is not None
    # Another one can be declared afterwards.
    Reader(world, "tomas").open(f"{path}/crisis").press("Declare the crisis", **TOLD)
    assert "Fire at the port" in Reader(world, "amina").open("/").words


def test_a_crisis_declared_twice_is_one_and_says_what_was_said_last(world: World) -> None:
    path = playbook(world)
    page = declare(world, path)
    page.press("Save", words="Flood in the old town", hours="12")
    home = Reader(world, "amina").open("/").words
    assert ("Flood in the old town" in home, "Fire at the port" in home, "more" in home.split("Crisis")[1][:90]) == (
        True, False, False)  # fmt: skip
    assert len(told(world, "crisis-declared")) == 3
    with world.app.app_context(), db.system_session() as session:
        assert len(session.scalars(select(Crisis)).all()) == 1
        assert len(session.scalars(select(Notice).where(Notice.code == "crisis-declared")).all()) == 3


def test_what_is_missing_is_said_beside_its_field_and_what_was_typed_stays(world: World) -> None:
    path = playbook(world)
    page = declare(world, path, words="")
    assert (page.status, page.beside("words")) == (422, "Say in a few words what is happening.")
    assert page.field("on_duty") == "Ngozi, extension 9"
    assert "Crisis:" not in Reader(world, "oskar").open("/").words


def test_a_playbook_in_the_bin_has_no_crisis(world: World) -> None:
    path = playbook(world, sharing=Sharing())
    declare(world, path)
    world.post("amina", f"{path}/bin")
    assert "Fire at the port" not in Reader(world, "oskar").open("/").words
