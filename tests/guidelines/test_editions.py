"""Versions of a guideline: asked for, approved or sent back, published as wording, undone."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.guidelines.rules_at_work import allow_own_versions, edit, in_days, number_of, rule, run_clock, told, versions
from tests.journeys.reader import Reader
from tests.people import World
from wiki.documents.sharing import Sharing
from wiki.people.viewer import today

At = Callable[[str | None], Reader]


@pytest.fixture
def at(world: World) -> At:
    """Somebody of the cast, signed in, at a browser."""
    return lambda who: Reader(world, who)


def ask(world: World, address: str, note: str = "Call the desk first.", **more: str) -> Reader:
    return Reader(world, "ines").open(f"{address}/approval").press("Ask for approval", note=note, **more)


def test_a_writer_asks_and_an_approver_sees_what_differs_and_puts_it_in_force(world: World, at: At) -> None:
    address = rule(world)
    oskar = at("oskar").open(address).press("I have read version 1.0")
    edit(world, address, "## First hour\n\nCall the desk.")
    assert "There is a working copy with 1 change." in at("ines").open(address).words
    assert "working copy" not in at("amina").open(address).words
    page = at("ines").open(f"{address}/working")
    assert "Call the desk." in page.words
    page.follow("Ask for approval").press("Ask for approval", note="Call the desk first.")
    assert told(world, "marek", "guideline-asked") == 1

    marek = at("marek").open("/notices")
    marek.press(f"A new version waits for you to put it in force: G-{number_of(world, address)} Posting in a crisis")
    assert "Asked by Ines Duarte" in marek.words
    assert "Call the desk." in at("marek").open(marek.links()["What changes"]).words
    assert "Stop the queue." in at("oskar").open(address).words, "readers keep what they have"
    marek.press("Put it in force")
    assert "Call the desk." in oskar.open(address).words
    assert "Version2.0" in oskar.words
    assert versions(world, address) == [("1.0", "came", 1), ("2.0", "came", 2)]

    assert told(world, "oskar", "guideline-came") == 1, "he marked it as read"
    number = number_of(world, address)
    oskar.open("/notices").press(f"G-{number} Posting in a crisis: version 2.0 is in force. Call the desk first.")
    assert "Call the desk." in oskar.words
    assert "removed:" in oskar.words


def test_nobody_is_told_of_a_version_who_is_not_concerned(world: World) -> None:
    address = rule(world)
    edit(world, address, "Other.")
    ask(world, address, groups=["lisbon"])
    Reader(world, "marek").open(f"{address}/in-force").press("Put it in force")
    assert [told(world, who, "guideline-came") for who in ("amina", "okello", "ines")] == [1, 1, 1]
    assert [told(world, who, "guideline-came") for who in ("oskar", "gita", "marek", "ada")] == [0, 0, 0, 0]


@pytest.mark.parametrize("asks", [True, False])
def test_nobody_approves_a_version_they_wrote_or_asked_for(world: World, at: At, asks: bool) -> None:
    address = rule(world)
    edit(world, address, "Of Marek.", by="ines" if asks else "marek")
    if asks:
        allow_own_versions(world)
        at("marek").open(f"{address}/approval").press("Ask for approval", note="New.")
        allow_own_versions(world, allowed=False)
    marek = at("marek").open(f"{address}/in-force")
    assert "Another approver has to do this" in marek.words
    marek.press("Put it in force", note="New.")
    assert marek.status == 422
    assert "You wrote or asked for this version yourself." in marek.beside("since")
    assert world.document(address).published == 1
    allow_own_versions(world)
    marek.open(f"{address}/in-force").press("Put it in force", note="New.")
    assert world.document(address).published == 2


def test_a_version_is_sent_back_with_a_reason_and_may_be_asked_for_again(world: World, at: At) -> None:
    address = rule(world)
    edit(world, address, "Other.")
    ask(world, address)
    marek = at("marek").open(f"{address}/in-force").press("Send it back", because=" ")
    assert (marek.status, marek.beside("because")) == (422, "Say why, so that whoever asked knows what to do.")
    marek.press("Send it back", because="Say who the desk is.")
    assert told(world, "ines", "guideline-sent-back") == 1
    assert "Say who the desk is." in at("ines").open(f"{address}/working").words
    assert world.document(address).published == 1
    assert world.post("marek", f"{address}/approval/refusal", {"because": "Again."}).status_code == 422
    assert "Asked." in ask(world, address).answer.text
    assert [state for _, state, _ in versions(world, address)] == ["came", "sent-back", "asked"]


def test_a_change_needs_a_note_of_at_most_240_characters(world: World, at: At) -> None:
    address = rule(world)
    edit(world, address, "Other.")
    page = at("ines").open(f"{address}/approval").press("Ask for approval", note=" ")
    assert (page.status, page.beside("note")) == (422, "Say in a sentence what changes; readers will see it.")
    page.press("Ask for approval", note="x" * 241)
    assert (page.status, page.beside("note")) == (422, "Keep this to 240 characters.")
    assert page.field("note") == "x" * 241, "what was typed is kept"
    page = at("marek").open(f"{address}/in-force").press("Put it in force")
    assert "Say in a sentence what changes" in page.beside("note")


def test_of_two_who_ask_or_decide_at_once_the_second_is_told(world: World, at: At) -> None:
    address = rule(world)
    edit(world, address, "Other.")
    first, other_tab = at("ines").open(f"{address}/approval"), at("ines").open(f"{address}/approval")
    first.press("Ask for approval", note="One.")
    other_tab.press("Ask for approval", note="Two.")
    assert other_tab.status == 422
    assert "A version of this guideline waits already" in other_tab.words
    tab, other = at("marek").open(f"{address}/in-force"), at("marek").open(f"{address}/in-force")
    tab.press("Put it in force")
    other.press("Put it in force")
    assert (other.status, other.beside("since")) == (422, "This version is in force already.")
    assert len(versions(world, address)) == 2


def test_what_was_saved_after_somebody_looked_does_not_slip_in(world: World, at: At) -> None:
    address = rule(world)
    edit(world, address, "Seen.")
    marek, ines = at("marek").open(f"{address}/in-force"), at("ines").open(f"{address}/wording")
    edit(world, address, "Not seen.")
    marek.press("Put it in force", note="New.")
    assert "Somebody saved another text meanwhile" in marek.beside("since")
    ines.press("Publish this wording", note="New.")
    assert "Somebody saved another text meanwhile" in ines.beside("note")
    assert world.document(address).published == 1
    ask(world, address)
    edit(world, address, "Later still.")
    at("marek").open(f"{address}/in-force").press("Put it in force")
    amina = at("amina").open(address)
    assert "Not seen." in amina.words, "what was asked for, not what came after"
    assert "Later still." not in amina.words


def test_a_change_of_wording_is_published_at_once_and_undone_by_another_with_one_click(world: World, at: At) -> None:
    address = rule(world)
    edit(world, address, "Halt the queue.")
    at("ines").open(f"{address}/working").follow("Publish it as a change of wording").press(
        "Publish this wording", note="Plainer."
    )
    amina = at("amina").open(address)
    assert "Halt the queue." in amina.words
    assert "Version1.1" in amina.words
    assert "Plainer." in amina.open(f"{address}/versions").words
    assert "Undo this change of wording" not in amina.words
    marek = at("marek").open(f"{address}/versions").press("Undo this change of wording")
    assert "Version 1.1 was undone" in marek.words
    assert "Stop the queue." in amina.open(address).words
    assert "Version1.2" in amina.words
    assert versions(world, address) == [("1.0", "came", 1), ("1.1", "came", 2), ("1.2", "came", 1)]
    assert world.document(address).working == 2, "the working copy stays"
    assert told(world, "ines", "guideline-came") == 0, "wording tells nobody, nor does a first version from a file"


def test_undoing_twice_or_what_is_no_wording_changes_nothing(world: World, at: At) -> None:
    address = rule(world)
    assert world.post("marek", f"{address}/versions/undo", {"version": "1.0"}).status_code == 303
    assert versions(world, address) == [("1.0", "came", 1)]
    edit(world, address, "Halt.")
    at("ines").open(f"{address}/wording").press("Publish this wording", note="Plainer.")
    for _ in range(2):
        assert world.post("marek", f"{address}/versions/undo", {"version": "1.1"}).status_code == 303
    assert [name for name, _, _ in versions(world, address)] == ["1.0", "1.1", "1.2"]
    assert world.post("amina", f"{address}/versions/undo", {"version": "1.2"}).status_code == 403


def test_wording_waits_while_a_major_version_waits(world: World, at: At) -> None:
    address = rule(world)
    edit(world, address, "New duty.")
    page = at("ines").open(f"{address}/wording")
    ask(world, address)
    page.press("Publish this wording", note="Plainer.")
    assert "A major version waits" in page.words
    assert world.document(address).published == 1


def test_what_was_asked_can_be_taken_back_and_what_is_approved_by_an_approver_only(world: World, at: At) -> None:
    address = rule(world)
    edit(world, address, "Other.")
    ask(world, address)
    at("ines").open(f"{address}/working").press("Take it back")
    assert [state for _, state, _ in versions(world, address)] == ["came", "taken-back"]
    ask(world, address)
    at("marek").open(f"{address}/in-force").press("Put it in force", since=in_days(3).isoformat())
    ines = at("ines").open(f"{address}/working").press("Take it back")
    assert "An approver has decided about it." in ines.words
    at("marek").open(f"{address}/in-force").press("Take it back")
    assert run_clock(world, in_days(3)) == 0
    assert world.document(address).published == 1


def test_an_approver_who_is_asked_by_name_may_read_the_draft(world: World, at: At) -> None:
    address = world.write("New rule", "Words.", kind="guideline", by="ines", owner="digital", status="draft")
    page = at("ines").open(address).follow("Ask for approval").press("Ask for approval")
    assert "No other approver can read this yet." in page.beside("note")
    page.press("Ask for approval", approver=world.viewer("marek").public_id)
    assert "Asked." in page.answer.text
    assert told(world, "marek", "guideline-asked") == 1
    at("marek").open(f"{address}/in-force").press("Put it in force")
    assert "Words." in at("amina").open(address).words
    assert f"Version1.0, {today():%-d %b %Y}" in at("amina").open(address).words


@pytest.mark.parametrize("who", ["amina", "oskar", "ada"])
def test_who_may_not_edit_neither_sees_nor_moves_what_waits(world: World, at: At, who: str) -> None:
    address = rule(world)
    edit(world, address, "Zqxsecret plans.")
    ask(world, address, note="Zqxsecret note.")
    for path in ("", "/versions", "/difference?from=1.0&to=1.0", "?as-of=" + today().isoformat()):
        page = at(who).open(address + path)
        assert page.status == 200, path
        assert "Zqxsecret" not in page.answer.text, path
    for path in ("/working", "/approval", "/wording", "/in-force"):
        assert at(who).open(address + path).status == 403, path
    for path in ("/approval/withdrawal", "/approval/refusal", "/in-force", "/wording", "/versions/undo"):
        assert world.post(who, address + path, {"note": "x", "because": "x"}).status_code == 403, path
    assert [state for _, state, _ in versions(world, address)] == ["came", "asked"]


SECRET = "The zqxharbour contact is at the third gate."


def _held(words: str = SECRET) -> str:
    return f'::: held audience="group:consular" reason=source until={in_days(60)}\n{words}\n:::'


def reword(world: World, address: str, body: str) -> None:
    edit(world, address, body)
    Reader(world, "ines").open(f"{address}/wording").press("Publish this wording", note="Said better.")


def test_undoing_opens_no_words_that_are_held_back_by_now(world: World, at: At) -> None:
    address = rule(world, body=f"Open.\n\n{SECRET}")
    reword(world, address, f"Open.\n\n{_held()}")
    for who in ("marek", "ines"):
        page = at(who).open(f"{address}/versions").press("Undo this change of wording")
        assert "That wording would show words that are held back by now." in page.words
    assert versions(world, address) == [("1.0", "came", 1), ("1.1", "came", 2)]
    assert "zqxharbour" not in at("oskar").open(address).answer.text
    assert "zqxharbour" in at("leila").open(address).words, "the control"


def test_undoing_opens_no_older_text_that_is_closed_for_words_held_since(world: World, at: At) -> None:
    address = rule(world, body=f"Open.\n\n{SECRET}")
    reword(world, address, "Open.")
    reword(world, address, f"Open.\n\n{_held()}")
    assert at("oskar").open(f"{address}/history/1").status == 403
    at("marek").open(f"{address}/versions").press("Undo this change of wording")
    assert at("oskar").open(f"{address}/history/1").status == 403
    assert world.document(address).published == 3


def test_undoing_is_let_alone_where_the_passage_stands_in_both_texts_or_said_something_new(
    world: World, at: At
) -> None:
    address = rule(world, body="Open.")
    reword(world, address, f"Open.\n\n{_held()}")
    at("marek").open(f"{address}/versions").press("Undo this change of wording")
    assert world.document(address).published == 1
    at("marek").open(f"{address}/versions").press("Undo this change of wording")
    assert world.document(address).published == 2
    assert "zqxharbour" not in at("oskar").open(address).answer.text


def test_what_was_asked_for_does_not_come_once_its_words_are_held_back(world: World, at: At) -> None:
    address = rule(world)
    edit(world, address, f"New duty.\n\n{SECRET}")
    ask(world, address)
    edit(world, address, f"New duty.\n\n{_held()}")
    marek = at("marek").open(f"{address}/in-force").press("Put it in force")
    assert "Words of this text are held back by now." in marek.beside("since")
    assert world.document(address).published == 1


def test_what_waits_for_its_day_is_sent_back_once_its_words_are_held_back(world: World, at: At) -> None:
    address = rule(world)
    edit(world, address, f"New duty.\n\n{SECRET}")
    ask(world, address)
    at("marek").open(f"{address}/in-force").press("Put it in force", since=in_days(3).isoformat())
    edit(world, address, f"New duty.\n\n{_held()}")
    assert run_clock(world, in_days(3)) == 1
    assert run_clock(world, in_days(3)) == 0
    assert world.document(address).published == 1
    assert told(world, "ines", "guideline-sent-back") == 1
    assert "Words of this text are held back by now." in at("ines").open(f"{address}/working").words


@pytest.mark.parametrize(
    ("place", "field", "button", "who"),
    [
        ("approval", "note", "Ask for approval", "leila"),
        ("wording", "note", "Publish this wording", "leila"),
        ("in-force", "note", "Put it in force", "marek"),
        ("suspension", "why", "Suspend it", "marek"),
        ("withdrawal", "why", "Withdraw it", "marek"),
        ("notices", "words", "Put it on top", "leila"),
        ("exceptions", "words", "Grant it", "marek"),
    ],
)
def test_words_for_readers_that_repeat_what_is_held_back_are_asked_about_once(
    world: World, at: At, place: str, field: str, button: str, who: str
) -> None:
    address = rule(world, owner="consular")
    edit(world, address, "Halt.")
    words = "Tonight our harbour contact waits for us at the third gate, and every night from then on until we leave."
    group = "consular" if who == "leila" else "digital"
    closed = Sharing((f"group:{group}",), "hidden", reason="source", until=in_days(60))
    world.write("Zqxclosed", words, by="leila", owner=group, sharing=closed)
    more = {"until": in_days(9).isoformat()} if place in ("notices", "exceptions") else {}
    more |= {"group": "lisbon"} if place == "exceptions" else {}
    page = at(who).open(f"{address}/{place}").press(button, **{field: words, **more})
    assert page.status == 422
    assert "Some of these words are held back elsewhere" in page.words
    assert page.field(field) == words, "what was typed is kept"
    assert words not in at("oskar").open(address).words
    page.press(button, repeat_ok=world.document("/wiki/zqxclosed").public_id)
    assert page.status == 200, page.words
    assert "held back elsewhere" not in page.words


def test_two_versions_of_one_day_are_each_read_by_their_own_text(world: World, at: At) -> None:
    address = rule(world)
    reword(world, address, "Halt the queue.")
    page = at("amina").open(f"{address}/versions")
    assert "replaced the same day" in page.words
    assert "until it ended on" not in page.words
    assert page.answer.text.count("Read what held on its first day") == 1
    assert "Stop the queue." in page.follow("Read version 1.0").words
    assert "Halt the queue." in at("amina").open(f"{address}/versions").follow("Read version 1.1").words
    at("marek").open(f"{address}/versions").press("Undo this change of wording")
    page = at("amina").open(f"{address}/versions")
    assert "Read version 1.1" not in page.links(), "a text that she may not see any more"
    assert "Read version 1.2" in page.links()


def test_the_working_copy_leads_an_approver_on_to_decide(world: World, at: At) -> None:
    address = rule(world)
    edit(world, address, "Other.")
    assert "Put it in force" not in at("marek").open(f"{address}/working").links()
    ask(world, address)
    assert "Put it in force" not in at("ines").open(f"{address}/working").links()
    page = at("marek").open(f"{address}/working").follow("Put it in force")
    assert "Asked by Ines Duarte" in page.words
