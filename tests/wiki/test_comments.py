"""Talking about a document: who may, what it shows to whom, and that nothing is said twice or lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.journeys.reader import Reader
from tests.people import World, hidden, sign_in
from tests.site.test_queries import cost
from tests.wiki.saying import rows, say
from wiki import db
from wiki.access.models import AuditEvent
from wiki.documents.models import Comment, Document
from wiki.documents.sharing import Sharing

At = Callable[[str | None], Reader]


@pytest.fixture
def at(world: World) -> At:
    """Somebody of the cast, signed in, at a browser."""
    return lambda who: Reader(world, who)


def test_a_question_is_asked_answered_and_settled_without_scripts(world: World, at: At) -> None:
    address = world.write("Plan", "## First hour\n\nx\n\n## Later\n\ny")
    bruno = at("bruno").open(address)
    assert bruno.press("Send", body="What of *nights*?", anchor="s-later").status == 200
    assert "Your words stand here now." in bruno.words
    assert "Bruno Keller" in bruno.words
    assert "On: Later" in bruno.words
    assert bruno.links()["On: Later"] == f"{address}#s-later"

    amina = at("amina").open("/comments")
    assert "What of *nights*?" in amina.words
    amina.follow("Plan")
    assert amina.path.startswith(address)
    amina.press("Send the answer", body="Ring the desk.")
    assert at("amina").open("/comments").words.count("Plan") == 0, "what was answered does not wait"

    assert "Somebody answered you: Plan" in bruno.open("/").words
    bruno.open("/comments")
    assert "Answers to you" in bruno.words
    assert "Ring the desk." in bruno.words
    bruno.open(address).press("Mark as settled")
    assert "Settled: What of nights?" in bruno.words
    assert "Somebody answered you" not in at("bruno").open("/").words
    assert '<details class="settled"' in bruno.answer.text
    bruno.press("Open it again")
    assert '<details class="settled"' not in bruno.answer.text


def test_the_word_is_small_markdown_that_cannot_pass_for_the_text(world: World) -> None:
    address = world.write("Plan", "## First hour\n\nx")
    world.write("Handbook")
    body = "## First hour\n**bold** [[handbook]] <b>raw</b> ![p](files/a.png)\n\n::: rule\nx\n:::\n\n[x](javascript:a)"
    say(world, "bruno", address, body)
    page = world.get("oskar", address).text
    said = page.partition('class="comment"')[2]
    assert "<strong>bold</strong>" in said
    assert '<a href="/wiki/handbook" class="wiki-link">Handbook</a>' in said
    assert "&lt;b&gt;raw" in said
    assert page.count('id="s-first-hour"') == 1
    for never in ("<img", "<b>", 'class="block', "javascript:a"):
        assert never not in said.partition('class="prose"')[2].partition("</article>")[0].replace("(javascript:a)", "")


def test_a_guest_talks_where_a_guest_reads(world: World, at: At) -> None:
    shared = world.write("Bridge plan", sharing=Sharing(("group:bridge", "group:lisbon"), "hidden", reason="source"))
    own = world.write("House rules")
    gita = at("gita").open(shared).press("Send", body="When does it open?")
    assert "Gita Rao" in gita.words
    gita.press("Mark as settled")
    assert world.post("gita", f"{own}/comments", {"body": "x"}).status_code == 404
    assert len(rows(world)) == 1


def test_comments_of_a_draft_and_of_the_bin_have_its_rules(world: World) -> None:
    address = world.write("Plan", status="draft")
    say(world, "okello", address, "Zqxdraft.")
    assert world.post("tomas", f"{address}/comments", {"body": "x"}).status_code == 404
    world.post("amina", f"{address}/bin")
    page = world.get("okello", address)
    assert "Zqxdraft" in page.text
    assert "Send the answer" not in page.text
    assert world.post("okello", f"{address}/comments", {"body": "x"}).status_code == 403


@pytest.mark.parametrize(
    ("who", "edit", "away", "settle"),
    [("bruno", 200, 303, 303), ("amina", 403, 303, 303), ("okello", 403, 303, 303), ("ines", 403, 303, 303),
     ("tomas", 403, 403, 403), ("marek", 403, 403, 403), ("ada", 403, 403, 403), ("oskar", 403, 403, 403)],
)  # fmt: skip
def test_whose_comment_it_is_and_who_keeps_the_page(world: World, who: str, edit: int, away: int, settle: int) -> None:
    """Bruno asks; Amina wrote the page, Okello leads its unit, Ines is steward; the others only read."""
    address = world.write("Plan")
    first = say(world, "bruno", address)
    place = f"{address}/comments/{first}"
    assert world.get(who, f"{place}/edit").status_code == edit
    changed = world.post(who, place, {"body": "Other.", "key": hidden(world.get("bruno", f"{place}/edit").text, "key")})
    assert changed.status_code == (303 if edit == 200 else 403)
    assert rows(world)[0].body == ("Other." if edit == 200 else "A question.")
    assert world.post(who, f"{place}/resolution").status_code == settle
    assert (rows(world)[0].resolved_at is not None) == (settle == 303)
    assert world.post(who, f"{place}/reopening").status_code == settle
    assert world.post(who, f"{place}/withdrawal").status_code == away
    assert (rows(world)[0].withdrawn_at is not None) == (away == 303)
    buttons = world.get(who, address).text.partition('id="comments"')[2]
    assert "/withdrawal" not in buttons, "nothing is left, or it was never theirs"


def test_only_who_may_press_a_button_is_shown_it(world: World) -> None:
    address = world.write("Plan")
    say(world, "bruno", address)
    place, parts = f"comments/{rows(world)[0].public_id}", ("/edit", "/withdrawal", "/resolution")
    pages = {who: world.get(who, address).text for who in ("bruno", "okello", "oskar")}
    seen = {who: [part for part in parts if place + part in page] for who, page in pages.items()}
    assert seen == {"bruno": list(parts), "okello": ["/withdrawal", "/resolution"], "oskar": []}


def test_the_keepers_hand_is_written_down_and_one_s_own_is_not(world: World) -> None:
    address = world.write("Plan")
    own, other = say(world, "bruno", address, "One."), say(world, "bruno", address, "Two.")
    world.post("bruno", f"{address}/comments/{own}/withdrawal")
    world.post("okello", f"{address}/comments/{other}/withdrawal")
    with world.app.app_context(), db.system_session() as session:
        found = session.scalars(select(AuditEvent).where(AuditEvent.what == "comment:withdraw")).all()
    assert [(row.details, row.about) for row in found] == [({"comment": other}, world.document(address).public_id)]


def test_the_count_of_comments_follows_and_moves_nothing_else(world: World) -> None:
    address = world.write("Plan")
    before = world.document(address)
    first = say(world, "bruno", address)
    say(world, "amina", address, "Yes.", thread=first)
    after = world.document(address)
    assert (after.comments, after.updated_at, after.version, after.working) == (
        2,
        before.updated_at,
        before.version,
        before.working,
    )
    for _ in range(2):
        world.post("bruno", f"{address}/comments/{first}/withdrawal")
    assert world.document(address).comments == 1


def test_a_page_without_comments_asks_for_none_and_one_with_them_asks_once(world: World) -> None:
    address, quiet = world.write("Plan"), world.write("Quiet")
    for number in range(3):
        first = say(world, "bruno", address, f"Word {number}.")
        say(world, "amina", address, "Yes.", thread=first)
    assert cost(world, address, "oskar") == cost(world, quiet, "oskar") + 1
    few = {path: cost(world, path, "amina") for path in (address, f"{address}/comments", "/comments")}
    for number in range(20):
        first = say(world, "bruno", address, f"More {number}.")
        say(world, "tomas", address, "No.", thread=first)
    assert {path: cost(world, path, "amina") for path in few} == few
    assert "More 19." in world.get("amina", address).text


def test_many_threads_are_read_fifty_at_a_time(world: World, at: At) -> None:
    address = world.write("Plan")
    oldest = say(world, "bruno", address, "The oldest.")
    for number in range(50):
        say(world, "bruno", address, f"Word {number}.")
    page = at("amina").open(address)
    assert "The oldest." not in page.words
    page.follow("All threads").follow("Next")
    assert "The oldest." in page.words
    assert page.open(f"{address}/comments/{oldest}").path == f"{address}/comments?after=50"
    answer = world.post("amina", f"{address}/comments", {"body": "At last.", "thread": oldest})
    assert answer.location.startswith(f"{address}/comments?after=50#c-")


def test_the_same_form_sent_twice_says_it_once_and_the_same_words_later_again(world: World, at: At) -> None:
    address = world.write("Plan")
    first = {say(world, "bruno", address, "Thanks!") for _ in range(2)}
    assert len(first) == 1
    assert len(rows(world)) == 1
    at("bruno").open(address).press("Send", body="Thanks!")
    assert len(rows(world)) == 2, "from a page that shows the first, it is meant"
    at("bruno").open(address).press("Send", body="Other tab.")
    say(world, "oskar", address, "Thanks!")
    assert len(rows(world)) == 4, "what somebody else says is another matter"


def test_two_tabs_say_two_things(world: World) -> None:
    address = world.write("Plan")
    key = hidden(world.get("bruno", address).text, "key")
    say(world, "bruno", address, "One thing.", key=key)
    say(world, "bruno", address, "Another.", key=key)
    assert [comment.body for comment in rows(world)] == ["One thing.", "Another."]


def test_whoever_takes_words_back_may_say_them_again(world: World) -> None:
    address = world.write("Plan")
    first = say(world, "bruno", address, "Thanks!")
    world.post("bruno", f"{address}/comments/{first}/withdrawal")
    assert say(world, "bruno", address, "Thanks!") != first
    assert world.document(address).comments == 1


def test_words_changed_in_two_windows_are_both_shown(world: World, at: At) -> None:
    address = world.write("Plan")
    place = f"{address}/comments/{say(world, 'bruno', address)}"
    old, new = Reader(world, "bruno").open(f"{place}/edit"), at("bruno").open(f"{place}/edit")
    new.press("Save", body="Newer words.")
    assert "changed since" in new.words
    old.press("Save", body="My words.")
    assert old.status == 409
    assert "in another window" in old.beside("body")
    assert "Newer words." in old.words
    assert rows(world)[0].body == "Newer words."
    old.press("Save")
    assert rows(world)[0].body == "My words."


def test_a_change_to_what_was_withdrawn_meanwhile_is_not_lost(world: World, at: At) -> None:
    address = world.write("Plan")
    first = say(world, "bruno", address)
    bruno = at("bruno").open(f"{address}/comments/{first}/edit")
    world.post("okello", f"{address}/comments/{first}/withdrawal")
    bruno.press("Save", body="Careful words.")
    assert bruno.status == 409
    bruno.press("Send")
    assert [comment.body for comment in rows(world)] == ["", "Careful words."]


def test_an_answer_opens_a_settled_thread_again(world: World) -> None:
    address = world.write("Plan")
    first = say(world, "bruno", address)
    world.post("amina", f"{address}/comments/{first}/resolution")
    say(world, "oskar", address, "But why?", thread=first)
    assert rows(world)[0].resolved_at is None
    assert "But why?" in world.get("amina", "/comments").text


@pytest.mark.parametrize("body", ["", "  \n ", "\x01", "x" * 4001, "\ufffd bytes", "\ue000"])
def test_what_cannot_be_said_is_told_beside_the_field_and_kept(world: World, body: str) -> None:
    address = world.write("Plan")
    first = say(world, "amina", address)
    for path, more in ((f"{address}/comments", {}), (f"{address}/comments", {"thread": first}),
                       (f"{address}/comments/{first}", {})):  # fmt: skip
        answer = world.post("amina", path, {"body": body, **more})
        assert answer.status_code == 422, path
        assert 'id="body-error"' in answer.text
        assert body.strip() in answer.text
    assert len(rows(world)) == 1


def test_four_thousand_characters_are_counted_as_people_count_them(world: World) -> None:
    address = world.write("Plan")
    say(world, "amina", address, "ab\r\n" * 1333)
    assert len(rows(world)[0].body) == 3998


def test_what_was_written_when_the_session_ended_is_kept(world: World) -> None:
    address = world.write("Plan")
    browser = world.app.test_client()
    sign_in(browser, "bruno")
    page = browser.get(address).text
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.connection().exec_driver_sql("delete from sign_in")
    data = {name: hidden(page, name) for name in ("csrf_token", "document", "key")}
    kept = browser.post(f"{address}/comments", data={**data, "body": "A long and careful question."})
    assert kept.status_code == 403
    assert "A long and careful question." in kept.text
    fields = dict(re.findall(r'name="(resume[-_][^"]*)" value="([^"]*)"', kept.text))
    form = {"email": "bruno@example.org", "password": "three quiet herons"}
    back = browser.post("/sign-in", data={**fields, **form, "csrf_token": hidden(kept.text, "csrf_token")})
    assert "A long and careful question." in back.text
    again = dict(re.findall(r'name="([^"]*)" value="([^"]*)"', back.text))
    assert browser.post(f"{address}/comments", data=again).status_code == 303
    assert [comment.body for comment in rows(world)] == ["A long and careful question."]


def test_a_section_that_is_gone_does_not_keep_a_question_from_being_asked(world: World, at: At) -> None:
    address = world.write("Plan", "## One\n\nx\n\n## Two\n\ny")
    say(world, "bruno", address, "On one?", anchor="s-one")
    world.post(
        "amina", f"{address}/edit", {"title": "Plan", "body": "## Two\n\ny\n\n## Three\n\nz", "base_revision": "1"}
    )
    assert "On a section that has changed since" in at("oskar").open(address).words
    say(world, "bruno", address, "On none?", anchor="s-one")
    say(world, "bruno", address, "Forged?", anchor='"><script>')
    assert [comment.anchor for comment in rows(world)] == ["s-one", "", ""]


def test_what_waits_for_whom(world: World) -> None:
    address = world.write("Plan", by="amina", owner="lisbon")
    first = say(world, "oskar", address, "Zqxone.")
    say(world, "amina", address, "Zqxown.")
    waiting = {
        who: "Zqxone" in world.get(who, "/comments").text for who in ("amina", "okello", "tomas", "oskar", "ines")
    }
    assert waiting == {"amina": True, "okello": True, "tomas": False, "oskar": False, "ines": False}
    assert "Zqxown" not in world.get("amina", "/comments").text
    assert "Zqxown" not in world.get("okello", "/comments").text, "an author had the last word"
    say(world, "okello", address, "Zqxword of the lead.", thread=first)
    assert "Zqx" not in world.get("okello", "/comments").text
    assert "Zqxword" in world.get("oskar", "/comments").text
    world.post("oskar", f"{address}/comments/{first}/resolution")
    assert "Zqx" not in world.get("amina", "/comments").text


def test_the_home_page_tells_of_an_answer_until_it_is_followed_up_or_old(world: World) -> None:
    def told(who: str = "oskar") -> bool:
        return "Somebody answered you:" in world.get(who, "/").text

    address = world.write("Plan", by="amina", owner="lisbon")
    first = say(world, "oskar", address, "Why?")
    assert not told()
    say(world, "amina", address, "Because.", thread=first)
    assert told()
    assert not told("bruno")
    say(world, "oskar", address, "I see.", thread=first)
    assert not told()
    say(world, "amina", address, "Good.", thread=first)
    assert told()
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.execute(update(Comment).values(created_at=db.now() - timedelta(days=3, minutes=1)))
    assert not told()


def test_what_lies_in_the_bin_is_not_told_on_the_home_page(world: World) -> None:
    address = world.write("Plan", by="amina", owner="lisbon")
    say(world, "amina", address, "Because.", thread=say(world, "oskar", address, "Why?"))
    assert "Somebody answered you:" in world.get("oskar", "/").text
    number = world.document(address).id
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.get_one(Document, number).status = "binned"
    assert "Somebody answered you:" not in world.get("oskar", "/").text
