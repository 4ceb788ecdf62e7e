"""“Did this settle your case?”: asked under advice in force, counted for those who keep it, with nobody's name."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from guidelines.guides.models import Settled
from tests.guidelines.keeping_world import a_rule, in_days, new_text
from tests.journeys.reader import Reader
from tests.people import World, hidden
from tests.site.test_queries import cost
from tests.site.twins import masked
from wiki import db
from wiki.documents.sharing import Sharing

At = Callable[[str | None], Reader]
BODY = "## First hour\n\nStop the queue.\n\n## Later\n\nLook again."


@pytest.fixture
def at(world: World) -> At:
    """Somebody of the cast, signed in, at a browser."""
    return lambda who: Reader(world, who)


@pytest.fixture
def rule(world: World) -> str:
    """A guideline in force, written by Ines, whose unit keeps it."""
    return world.write("Posting in a crisis", BODY, kind="guideline", by="ines", owner="digital", status="in-force")


def answer(world: World, who: str, rule: str, yes: bool = False, **more: str) -> None:
    form = {"answer": "yes" if yes else "no", "revision": "1", **more}
    assert world.post(who, f"{rule}/settlements", form).status_code == 303


def rows(world: World) -> list[tuple[bool, str, str, int]]:
    with world.app.app_context(), db.system_session() as session:
        found = session.execute(select(Settled.yes, Settled.anchor, Settled.words, Settled.revision))
        return [(row.yes, row.anchor, row.words, row.revision) for row in found]


def test_readers_answer_and_keepers_see_where_it_did_not_do(world: World, at: At, rule: str) -> None:
    amina = at("amina").open(rule)
    assert "Did this settle your case?" in amina.words
    amina.press("Yes")
    assert "Thank you. You said that it settled your case." in amina.words
    oskar = at("oskar").open(rule)
    oskar.press("Tell those who keep it", anchor="s-later", words="Nothing on nights.")
    assert "Thank you. You said that it did not quite settle your case." in oskar.words

    ines = at("ines").open(rule)
    assert "1 reader said that it did not quite settle their case." in ines.words
    ines.follow("What readers answered")
    assert "Yes1" in ines.words
    assert "Not quite1" in ines.words
    assert "Later1" in ines.words
    assert "Nothing on nights." in ines.words


def test_nobody_is_named_to_the_keepers(world: World, rule: str) -> None:
    for number, who in enumerate(("oskar", "amina", "marek")):
        answer(world, who, rule, words=f"Words of {number}.")
    for path in (rule, f"{rule}/settlements", f"{rule}/history", f"{rule}/comments", "/comments"):
        page = world.get("ines", path).text
        for person in ("Oskar", "Amina", "Marek", world.viewer("oskar").public_id):
            assert person not in page, (path, person)
    assert "Words of 0." in world.get("ines", f"{rule}/settlements").text, "the control"


@pytest.mark.parametrize("who", ["amina", "okello", "marek", "ada", "oskar", "leila"])
def test_only_those_who_keep_it_see_the_answers(world: World, at: At, rule: str, who: str) -> None:
    answer(world, "tomas", rule, words="Zqxmissing.")
    assert at(who).open(f"{rule}/settlements").status == 403
    page = world.get(who, rule).text
    assert "Zqxmissing" not in page
    assert "did not quite settle their case" not in page
    assert "What readers answered" not in page


def test_one_person_has_one_answer_and_may_change_it(world: World, at: At, rule: str) -> None:
    for _ in range(2):
        answer(world, "amina", rule, anchor="s-later", words="Missing.")
    assert rows(world) == [(False, "s-later", "Missing.", 1)]
    amina = at("amina").open(rule)
    assert "Change your answer" in amina.words
    amina.press("Yes")
    assert rows(world) == [(True, "", "", 1)], "words that were taken back are gone"
    answer(world, "oskar", rule, yes=True)
    assert len(rows(world)) == 2


def test_a_new_version_is_asked_about_anew_and_the_old_answers_stay_with_the_old(
    world: World, at: At, rule: str
) -> None:
    answer(world, "amina", rule, words="Old gap.")
    page = at("ines").open(f"{rule}/edit")
    page.press("Save", body=BODY + " More.")
    at("marek").open(rule).follow("Put it in force").press("Put it in force")
    amina = at("amina").open(rule)
    assert "Thank you." not in amina.words
    amina.press("Yes")
    assert sorted(row[3] for row in rows(world)) == [1, 2]
    ines = at("ines").open(f"{rule}/settlements")
    assert "Old gap." not in ines.words
    assert "Old gap." in ines.follow("1").words


def test_it_is_asked_only_where_advice_is_in_force(world: World, rule: str) -> None:
    draft = world.write("A draft", BODY, kind="guideline", by="ines", owner="digital", status="draft")
    page = world.write("A page", BODY)
    for path in (draft, page):
        assert "Did this settle your case?" not in world.get("ines", path).text
    assert world.post("ines", f"{draft}/settlements", {"answer": "yes"}).status_code == 403
    assert world.post("amina", f"{page}/settlements", {"answer": "yes"}).status_code == 404
    world.post("marek", f"{rule}/withdrawal", {"why": "Old."})
    assert "Did this settle your case?" not in world.get("amina", rule).text
    assert rows(world) == []


@pytest.mark.parametrize("who", ["oskar", "gita", "ada"])
def test_to_outsiders_it_answers_like_what_is_not_there(world: World, who: str) -> None:
    held = Sharing(("group:lisbon",), "hidden", reason="negotiation")
    rule = world.write("Secret rule", BODY, kind="guideline", by="okello", status="in-force", sharing=held)
    answer(world, "amina", rule, words="Zqxgap.")
    for send in (world.get, world.post):
        there, absent = send(who, f"{rule}/settlements"), send(who, "/guidelines/never-was/settlements")
        # Guests are stopped at the door of what is for staff, whatever stands behind it.
        assert there.status_code == absent.status_code == (403 if who == "gita" and send == world.get else 404)
        assert masked(there.text) == masked(absent.text)
    assert len(rows(world)) == 1
    assert "Zqxgap." in world.get("okello", f"{rule}/settlements").text, "the control"


def test_a_guest_answers_what_a_guest_reads(world: World, at: At) -> None:
    shared = Sharing(("group:bridge",), "hidden", reason="source")
    rule = world.write(
        "Bridge rule", BODY, kind="guideline", by="ines", owner="digital", status="in-force", sharing=shared
    )
    at("gita").open(rule).press("Yes")
    assert len(rows(world)) == 1


@pytest.mark.parametrize(
    "form",
    [{}, {"answer": "perhaps"}, {"answer": "no", "words": "x" * 401}, {"answer": "no", "words": "\ufffd"},
     {"answer": "no", "revision": "x"}],
)  # fmt: skip
def test_what_cannot_be_noted_is_asked_again_with_the_words_kept(world: World, rule: str, form: dict[str, str]) -> None:
    page = world.post("amina", f"{rule}/settlements", form)
    assert page.status_code == 422
    assert form.get("words", "") in page.text
    assert rows(world) == []


@pytest.mark.parametrize("number", ["0", "-1", "2", "99999999999999999999"])
def test_a_revision_nobody_was_given_counts_as_the_one_in_force(world: World, rule: str, number: str) -> None:
    answer(world, "amina", rule, revision=number, anchor='"><b>')
    assert rows(world) == [(False, "", "", 1)]
    assert world.get("ines", f"{rule}/settlements?revision={number}").status_code == 200


def test_the_question_costs_one_statement_however_many_answered(world: World, rule: str) -> None:
    costs = {who: cost(world, rule, who) for who in ("oskar", "ines")}
    for who in ("amina", "tomas", "leila", "bruno", "oskar"):
        answer(world, who, rule, words=f"Gap {who}.")
    assert {who: cost(world, rule, who) for who in costs} == costs


def test_what_was_written_when_the_session_ended_is_kept(world: World, rule: str) -> None:
    page = world.get("bruno", rule).text
    with world.app.app_context(), db.system_session(writing=True) as session:
        session.connection().exec_driver_sql("delete from sign_in")
    form = {name: hidden(page, name) for name in ("csrf_token", "document", "revision")}
    kept = world.client("bruno").post(f"{rule}/settlements", data={**form, "answer": "no", "words": "A careful gap."})
    assert kept.status_code == 403
    assert "A careful gap." in kept.text


def test_answers_about_an_older_text_name_no_heading_that_is_held_back_by_now(world: World) -> None:
    rule = a_rule(world, body=BODY.replace("Later", "Zqxvolkov helps"), by="amina", owner="lisbon")
    answer(world, "marek", rule, anchor="s-zqxvolkov-helps", words="Unclear to me.")
    answer(world, "oskar", rule, anchor="s-first-hour")
    assert "Zqxvolkov helps" in world.get("ines", f"{rule}/settlements").text, "the control"
    held = '::: held audience="group:lisbon" reason=source until=%s\n## Zqxvolkov helps\n\nLook again.\n:::'
    new_text(world, rule, "## First hour\n\nStop the queue.\n\n" + held % in_days(60), by="amina")
    page = Reader(world, "ines").open(f"{rule}/settlements?revision=1")
    assert "zqxvolkov" not in page.answer.text.lower()
    assert "A part that reads otherwise now1" in page.words
    assert "First hour1" in page.words
    assert "Unclear to me." in page.words
