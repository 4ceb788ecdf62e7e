"""A module as its readers have it: answering, trying again, being done, and what comes in between."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.people import World
from tests.site.test_queries import counted
from tests.training.modules import (
    BODY,
    CHOICE,
    RIGHT,
    SEVERAL,
    answer,
    events,
    hidden,
    revise,
    section,
    write,
)
from wiki.people.viewer import today

HTMX = {"HX-Request": "true"}


@pytest.fixture
def module(world: World) -> str:
    """The address of a module with four questions, by Tomás of Lisbon."""
    return write(world)


def test_a_junior_writes_a_module_and_a_colleague_tries_again_until_it_is_done(world: World) -> None:
    address = write(world, body=f"Read this.\n\n{CHOICE}\n{SEVERAL}\n" + BODY[BODY.index("::: quiz short") :])
    page = world.get("oskar", address).text
    assert "about 15 minutes" in page
    assert "There are 4 questions" in page
    assert section(page, "b-aaaa").count('type="radio"') == 2
    assert section(page, "b-bbbb").count('type="checkbox"') == 4
    wrong = answer(world, "oskar", address, "b-aaaa", ["1"])
    assert (wrong.status_code, wrong.headers["Location"]) == (303, f"{address}#b-aaaa")
    told = section(world.get("oskar", address).text, "b-aaaa")
    assert "Not yet" in told
    assert "Told, not asked" in told
    assert "the post decides" in told
    assert "Yes, xiphosura one" not in told
    assert "Try again" in told
    for key, given in RIGHT.items():
        assert answer(world, "oskar", address, key, given).status_code == 303
    page = world.get("oskar", address).text
    assert "You have done this module" in page
    assert "4 of 4 right" in page
    assert "Right" in section(page, "b-aaaa")
    assert "Yes, xiphosura one" in section(page, "b-aaaa")
    [done] = events(world, "oskar", "done")
    assert (done.basis, done.key) == ("acts", "")
    assert [event.data["right"] for event in events(world, "oskar", "answered")] == [False, True, True, True, True]
    assert "There are 4 questions" in world.get("amina", address).text, "nobody else has answered"


def test_the_same_form_sent_twice_counts_once_and_another_answer_from_it_counts(world: World, module: str) -> None:
    form = hidden(section(world.get("oskar", module).text, "b-aaaa"))
    for given in ("1", "1", "0"):
        assert world.post("oskar", f"{module}/answers/b-aaaa", {**form, "answer": given}).status_code == 303
    assert [event.data["right"] for event in events(world, "oskar", "answered")] == [False, True]
    assert answer(world, "oskar", module, "b-aaaa", ["1"]).status_code == 303
    assert len(events(world, "oskar", "answered")) == 3, "from the next form the same answer counts again"


def test_done_is_written_once(world: World, module: str) -> None:
    for _turn in range(2):
        for key, given in RIGHT.items():
            answer(world, "oskar", module, key, given)
    assert len(events(world, "oskar", "done")) == 1


def test_of_several_it_says_how_many_fit(world: World, module: str) -> None:
    answer(world, "oskar", module, "b-bbbb", ["0", "1"])
    assert "1 of your 2 choices fit." in section(world.get("oskar", module).text, "b-bbbb")
    answer(world, "oskar", module, "b-bbbb", ["0"])
    assert "There is more that fits." in section(world.get("oskar", module).text, "b-bbbb")


@pytest.mark.parametrize(
    ("key", "words"), [("b-aaaa", "Choose an answer first."), ("b-cccc", "Write an answer first.")]
)
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_an_empty_answer_is_told_beside_the_field(
    world: World, module: str, key: str, words: str, headers: dict[str, str]
) -> None:
    form = hidden(section(world.get("oskar", module).text, key))
    found = world.post("oskar", f"{module}/answers/{key}", {**form, "answer": " "}, headers=headers)
    assert found.status_code == 422
    assert words in section(found.text, key)
    assert found.text.count('class="err"') == 1
    assert not events(world, "oskar")


def test_a_question_that_is_not_here_is_not_found(world: World, module: str) -> None:
    other = write(world, "Another", "::: quiz {#b-zzzz}\nQ?\n- [x] a\n- [ ] b\n:::\n")
    form = hidden(section(world.get("oskar", other).text, "b-zzzz"))
    assert world.post("oskar", f"{module}/answers/b-zzzz", {"answer": "0"}).status_code == 404
    assert world.post("oskar", f"{module}/answers/b-aaaa", {**form, "answer": "0"}).status_code == 404
    assert world.post("oskar", f"{module}/answers/nothing", {"answer": "0"}).status_code == 404
    assert not events(world, "oskar")


def test_an_answer_to_a_question_that_changed_is_not_counted_and_what_was_typed_stays(
    world: World, module: str
) -> None:
    page = world.get("oskar", module).text
    forms = {key: hidden(section(page, key)) for key in RIGHT}
    revise(world, module, BODY.replace("Which word", "What word").replace("Who signs", "Who really signs"))
    found = world.post("oskar", f"{module}/answers/b-cccc", {**forms["b-cccc"], "answer": "my own <words>"})
    assert found.status_code == 409
    again = section(found.text, "b-cccc")
    assert "This question has changed since you opened the page; your answer was not counted." in again
    assert "What word" in again
    assert 'value="my own &lt;words&gt;"' in again
    assert not events(world, "oskar")
    part = world.post("oskar", f"{module}/answers/b-aaaa", {**forms["b-aaaa"], "answer": "0"}, headers=HTMX)
    assert part.status_code == 422
    assert "has changed" in part.text
    assert "checked" not in part.text
    assert world.post("oskar", f"{module}/answers/b-bbbb", {**forms["b-bbbb"], "answer": ["0", "2"]}).status_code == 303
    assert len(events(world, "oskar", "answered")) == 1, "what did not change counts"


def test_what_was_right_stays_right_when_the_question_is_reworded_and_moved(world: World, module: str) -> None:
    answer(world, "oskar", module, "b-aaaa", ["0"])
    revise(world, module, BODY.replace(CHOICE, "") + CHOICE.replace("Who signs", "Who signs off"))
    page = world.get("oskar", module).text
    assert "1 of 4 right" in page
    assert "You have answered this before" in section(page, "b-aaaa")


def test_a_question_that_was_taken_out_says_so(world: World, module: str) -> None:
    form = hidden(section(world.get("oskar", module).text, "b-aaaa"))
    revise(world, module, BODY.replace(CHOICE, ""))
    assert world.post("oskar", f"{module}/answers/b-aaaa", {**form, "answer": "0"}).status_code == 303
    assert "taken out meanwhile" in world.get("oskar", module).text


def test_with_scripts_only_the_section_is_sent_with_what_counts(world: World, module: str) -> None:
    form = hidden(section(world.get("oskar", module).text, "b-aaaa"))
    part = world.post("oskar", f"{module}/answers/b-aaaa", {**form, "answer": "0"}, headers=HTMX)
    assert part.status_code == 200
    assert "<html" not in part.text
    assert part.text.lstrip().startswith('<section id="b-aaaa"')
    assert "1 of 4 right" in part.text


def test_an_answer_after_the_session_ended_is_kept(world: World, module: str) -> None:
    form = hidden(section(world.get("oskar", module).text, "b-cccc"))
    found = world.post(
        None, f"{module}/answers/b-cccc", {**form, "answer": "not true"}, headers={"Sec-Fetch-Site": "same-origin"}
    )
    assert found.status_code == 403
    assert 'value="not true"' in found.text


def test_the_check_marks_everything_at_once(world: World, module: str) -> None:
    page = world.get("oskar", f"{module}/check").text
    assert "Words to read" not in page
    assert "Question 4 of 4" in page
    form = hidden(page)
    found = world.post("oskar", f"{module}/check", {**form, **RIGHT, "b-dddd": "12"})
    assert found.status_code == 200
    assert "Right: 3 of 4" in found.text
    assert f'href="{module}#s-second-part"' in found.text
    assert f'href="{module}#s-first-part"' not in found.text
    assert 'value="12"' in found.text, "nothing is lost"
    assert not events(world, "oskar", "done")
    assert "3 of 4 right" in world.get("oskar", module).text, "what was right counts"
    found = world.post("oskar", f"{module}/check", {**hidden(world.get("oskar", f"{module}/check").text), **RIGHT})
    assert found.status_code == 303
    assert [event.basis for event in events(world, "oskar", "done")] == ["tested"]


def test_an_empty_check_is_told(world: World, module: str) -> None:
    found = world.post("oskar", f"{module}/check", hidden(world.get("oskar", f"{module}/check").text))
    assert found.status_code == 422
    assert "Answer at least one question first." in found.text


def test_a_check_made_for_older_questions_counts_only_what_did_not_change(world: World, module: str) -> None:
    form = hidden(world.get("oskar", f"{module}/check").text)
    revise(world, module, BODY.replace("Which word", "What word"))
    found = world.post("oskar", f"{module}/check", {**form, **RIGHT})
    assert found.status_code == 200
    assert "has changed since you opened the page" in found.text
    assert len(events(world, "oskar", "answered")) == 3


def test_somebody_says_that_it_is_done_and_that_it_is_not(world: World, module: str) -> None:
    form = hidden(world.get("oskar", f"{module}/check").text)
    for _twice in range(2):
        assert world.post("oskar", f"{module}/done", form).status_code == 303
    assert "You said so yourself." in world.get("oskar", module).text
    answer(world, "oskar", module, "b-aaaa", ["0"])
    for _twice in range(2):
        assert world.post("oskar", f"{module}/undone", form).status_code == 303
    page = world.get("oskar", module).text
    assert "0 of 4 right" in page
    assert [event.did for event in events(world, "oskar")] == ["done", "answered", "undone"]


def test_a_module_without_questions_is_done_when_somebody_says_so(world: World) -> None:
    address = write(world, "Look around", "Walk once around the building.")
    page = world.get("oskar", address).text
    assert "I have read and tried this" in page
    assert world.post("oskar", f"{address}/done", hidden(page)).status_code == 303
    assert [event.basis for event in events(world, "oskar")] == ["declared"]


def test_opening_a_page_leaves_no_trace(world: World, module: str) -> None:
    for path in (module, f"{module}/check", "/training/modules/"):
        assert world.get("oskar", path).status_code == 200
    assert not events(world, "oskar")


def test_a_draft_has_no_forms_and_takes_no_answers(world: World) -> None:
    address = write(world, draft="1")
    page = world.get("tomas", address).text
    assert 'type="radio"' not in page
    assert "Who signs a holding line?" in page
    document = world.document(f"/x/{address.rsplit('/', 1)[-1]}").public_id
    form = {"document": document, "revision": "1", "turn": "x", "answer": "0"}
    assert world.post("tomas", f"{address}/answers/b-aaaa", form).status_code == 403
    assert world.post("tomas", f"{address}/done", form).status_code == 403
    assert world.post("oskar", f"{address}/done", form).status_code == 404


def test_mistakes_are_told_to_those_who_may_change_the_text(world: World) -> None:
    address = write(world, "Half", SEVERAL)
    revise(world, address, "::: quiz {#b-aaaa}\nWho?\n- [ ] a\n- [ ] b\n:::\n\n" + SEVERAL)
    page = world.get("tomas", address).text
    assert "Line 1: No answer is marked as right." in page
    for who in ("oskar", "leila"):
        page = world.get(who, address).text
        assert "No answer is marked" not in page
        assert "Who?" in page
        assert "There is one question." in page
    preview = world.post(
        "tomas", f"{address}/edit", {"title": "Half", "body": "::: quiz\n- [x] a\n:::", "minutes": "9", "preview": "1"}
    )
    assert "There is no question." in preview.text


def test_the_form_has_minutes_and_help(world: World, module: str) -> None:
    page = world.get("tomas", f"{module}/edit").text
    assert "How to write a question" in page
    assert 'name="minutes"' in page
    assert "xiphosura" in page, "whoever changes the text has the key"
    form = {"title": "T", "body": "B", "owner": "lisbon", "audience": "service", "minutes": "0"}
    assert "Write a number from 1 to 480." in world.post("tomas", "/training/modules/new", form).text
    assert 'name="minutes"' not in world.get("tomas", "/wiki/new").text


def test_the_index_tells_minutes_topics_and_what_is_done(world: World, module: str) -> None:
    write(world, "Second", "Words.", minutes="7")
    world.post("oskar", f"{module}/done", hidden(world.get("oskar", f"{module}/check").text))
    page = world.get("oskar", "/training/modules/").text
    assert page.index("7 min") > page.index("15 min")
    assert page.count("Done</span>") == 1
    assert "Done</span>" not in world.get("amina", "/training/modules/").text


def test_somebody_offers_help_and_takes_it_back(world: World, module: str) -> None:
    form = {"document": hidden(world.get("amina", f"{module}/check").text)["document"]}
    words = "Mornings, <b>in French</b>"
    assert world.post("amina", f"{module}/help", {**form, "words": words}).status_code == 303
    page = world.get("oskar", module).text
    assert "Amina Farouk" in page
    assert "Embassy Lisbon" in page
    assert "Mornings, &lt;b&gt;in French" in page
    assert "Take my offer back" not in page
    assert world.post("amina", f"{module}/help", {**form, "words": "Evenings"}).status_code == 303
    page = world.get("amina", module).text
    assert "Evenings" in page
    assert "Mornings" not in page
    assert world.post("amina", f"{module}/help/withdrawal", form).status_code == 303
    assert "Amina Farouk" not in world.get("oskar", module).text
    assert world.post("gita", f"{module}/help", form).status_code in (403, 404)


def test_whoever_offers_help_is_found_by_the_words_of_the_offer(world: World, module: str) -> None:
    form = {"document": hidden(world.get("amina", f"{module}/check").text)["document"]}
    world.post("amina", f"{module}/help", {**form, "words": "Subtitles, in the mornings"})
    assert "Amina Farouk</a>" in world.get("oskar", "/people?q=subtitles").text
    assert "Amina Farouk</a>" not in world.get("oskar", "/people?q=subtitles+evenings").text
    until = (today() + timedelta(days=90)).isoformat()
    narrow = {"audience": "groups", "groups": "lisbon", "discovery": "hidden", "reason": "negotiation", "until": until}
    held = write(world, "Tides", BODY, **narrow)
    form = {"document": hidden(world.get("amina", f"{held}/check").text)["document"]}
    world.post("amina", f"{held}/help", {**form, "words": "Harbours"})
    for word in ("harbours", "tides"):
        assert "Amina Farouk</a>" in world.get("tomas", f"/people?q={word}").text
        assert "Amina Farouk</a>" not in world.get("oskar", f"/people?q={word}").text, (
            "an offer is as open as its module"
        )


def test_a_module_asks_as_often_for_many_questions_as_for_few(world: World) -> None:
    def text(count: int) -> str:
        return "".join(
            f"::: quiz {{#b-q{number:02}}}\nQ{number}?\n- [x] a\n  > See [[hub-{number}]].\n- [ ] b\n:::\n\n"
            for number in range(count)
        )

    costs = []
    for count in (3, 30):
        address = write(world, f"With {count}", text(count))
        for number in range(count):
            answer(world, "oskar", address, f"b-q{number:02}", ["1" if number % 2 else "0"])
        with counted(world) as asked:
            page = world.get("oskar", address)
        costs.append(len(asked))
        assert page.status_code == 200
    assert costs[0] == costs[1] <= 9, costs
    assert len(world.get("oskar", address, headers={"Accept-Encoding": "br"}).data) < 40_000


def test_the_index_asks_as_often_for_many_modules_as_for_few(world: World) -> None:
    costs = []
    world.get("oskar", "/")
    for first, last in ((0, 2), (2, 12)):
        for number in range(first, last):
            write(world, f"Module {number}", "Words.")
        with counted(world) as asked:
            assert world.get("oskar", "/training/modules/").status_code == 200
        costs.append(len(asked))
    assert costs[0] == costs[1] <= 7, costs
