"""No reader finds the key of a question, by whatever way, before they answer it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from guidelines.playbooks.steps import steps_of
from tests.people import World
from tests.training.modules import BODY, CANARY, CHOICE, RIGHT, answer, hidden, revise, section, write
from wiki import markdown
from wiki.documents import texts
from wiki.people.viewer import today


@pytest.fixture
def module(world: World) -> str:
    """A module that was changed twice, so that it has a history; Tomás of Lisbon wrote it."""
    address = write(world)
    revise(world, address, BODY.replace(f"{CANARY} one", f"{CANARY} first").replace("4761", "4762"))
    revise(world, address, BODY.replace("More words", "Many more words"))
    return address


def leaks(text: str) -> list[str]:
    return [word for word in (CANARY, "4761", "4762", "[x]") if word in text.lower()]


@pytest.mark.parametrize("who", ["oskar", "marek", "ada", "leila"])
def test_no_page_gives_a_key_to_a_reader(world: World, module: str, who: str) -> None:
    own = ["", "/check", "/history", "/history/1", "/history/2", "/history/3", "/why", "/files", "/comments"]
    own += ["/diff", "/diff?from=1&to=2", "/diff?from=2&to=3", "/diff?from=1&to=3"]
    others = ["/", "/recent", "/training/", "/training/modules/", "/training/tracks/"]
    others += ["/search?q=holding+line", "/search?q=head+mission&kind=module", "/search/suggest?q=hold"]
    for path in [*(f"{module}{each}" for each in own), *others]:
        found = world.get(who, path)
        assert found.status_code == 200, path
        assert not leaks(found.text), path
    assert world.get(who, f"{module}/edit").status_code == 403


def test_search_finds_the_question_but_not_the_key(world: World, module: str) -> None:
    assert module in world.get("oskar", "/search?q=holding+line").text
    assert module not in world.get("oskar", f"/search?q={CANARY}").text
    assert module not in world.get("tomas", f"/search?q={CANARY}").text


def test_a_difference_in_the_key_alone_shows_nothing_to_readers_and_all_to_those_who_write(
    world: World, module: str
) -> None:
    assert "The text is the same" in world.get("oskar", f"{module}/diff?from=1&to=2").text
    assert CANARY in world.get("tomas", f"{module}/diff?from=1&to=2").text
    assert "Many" in world.get("oskar", f"{module}/diff?from=2&to=3").text


def test_pages_do_not_link_where_only_an_explanation_links(world: World, module: str) -> None:
    target = world.write(f"{CANARY} page".capitalize(), "Words.")
    assert module not in world.get("oskar", target).text
    answer(world, "oskar", module, "b-aaaa", ["0"])
    assert f'href="{target}"' in section(world.get("oskar", module).text, "b-aaaa"), "told after answering"


def test_an_answer_tells_of_its_own_question_only(world: World, module: str) -> None:
    answer(world, "oskar", module, "b-cccc", ["wrong"])
    page = world.get("oskar", module).text
    for key in RIGHT:
        if key != "b-cccc":
            assert not leaks(section(page, key)), key
    told = section(page, "b-cccc")
    assert f"{CANARY} again" in told
    assert f"{CANARY} false" not in told


def test_a_check_that_failed_tells_no_key(world: World, module: str) -> None:
    form = hidden(world.get("oskar", f"{module}/check").text)
    assert not leaks(world.post("oskar", f"{module}/check", {**form, "b-aaaa": "1", "b-dddd": "3"}).text)


def test_a_preview_by_somebody_else_shows_no_key(world: World, module: str) -> None:
    form = {"title": "T", "body": BODY, "preview": "1", "document": hidden(world.get("oskar", module).text)["document"]}
    assert world.post("oskar", f"{module}/edit", form).status_code == 403
    preview = world.post("tomas", f"{module}/edit", {**form, "minutes": "15"}, headers={"HX-Request": "true"})
    assert "Who signs" in preview.text
    assert not leaks(preview.text)


def test_other_kinds_keep_keys_from_readers_too(world: World) -> None:
    address = world.write("Advice", f"Words.\n\n{CHOICE}", by="amina", kind="guideline", status="in-force")
    page = world.get("oskar", address).text
    assert "Who signs" in page
    assert not leaks(page)
    assert not leaks(world.get("oskar", f"{address}/diff?from=1&to=1").text)
    assert not leaks(world.get("oskar", f"{address}/history/1").text)


def test_a_module_that_is_held_back_answers_like_one_that_is_not_there(world: World) -> None:
    until = str(today() + timedelta(days=60))
    held = {"audience": "groups", "groups": "lisbon", "discovery": "hidden", "reason": "negotiation", "until": until}
    address = write(world, **held)
    for path in ("", "/check", "/answers/b-aaaa"):
        there, not_there = (
            world.get("oskar", f"{address}{path}"),
            world.get("oskar", f"/training/modules/no-such{path}"),
        )
        assert (there.status_code, there.data) == (not_there.status_code, not_there.data)
    for path in ("/answers/b-aaaa", "/check", "/done", "/undone", "/help", "/help/withdrawal"):
        there = world.post("oskar", f"{address}{path}", {"answer": "0"})
        not_there = world.post("oskar", f"/training/modules/no-such{path}", {"answer": "0"})
        assert (there.status_code, there.data) == (not_there.status_code, not_there.data) == (404, there.data)
    assert "Replying well" not in world.get("oskar", "/training/modules/").text
    assert "Replying well" in world.get("amina", "/training/modules/").text


def test_the_steps_of_a_playbook_hold_no_key_of_a_question_in_it() -> None:
    steps = steps_of(f"## First\n\n- [ ] Ring the desk\n\n{CHOICE}")
    assert "Ring the desk" in repr(steps)
    assert not leaks(repr(steps))


ASKED = """Which of them?
- [x] right
  > xiphosura why [[page:xiphosura-page]] ![xiphosura](files/xiphosura.png)
- [ ] wrong
  > xiphosura not

> why: xiphosura decides.

= xiphosura"""
CONTAINERS = {
    "list": "- item\n\n  ",
    "in the first line of a list": "- ",
    "numbered": "1. item\n\n   ",
    "nested list": "- item\n  - inner\n\n    ",
    "three deep": "- a\n  - b\n    - c\n\n      ",
    "quotation": "> said\n>\n> ",
    "quotation in a list": "- > ",
    "list in a quotation": "> - item\n>\n>   ",
    "footnote": "Words[^1].\n\n[^1]: foot\n\n    ",
    "definition": "Term\n:   meaning\n\n    ",
    "first line of a definition": "Term\n: ",
    "note in a list": "- item\n\n  :::: note\n  ",
    "list in a note": ":::: note\n- item\n\n  ",
    "no container": "",
    "a little": "   ",
}
BODIES = {
    "unindented": ASKED,
    "one space": ASKED.replace("\n", "\n "),
    "in part": ASKED.replace("\n-", "\n  -"),
    "after an empty line": f"\n{ASKED}",
    "after two empty lines": f"\n\n{ASKED}",
    "quoted": "> " + ASKED.replace("\n", "\n> "),
    "quoted after an empty line": "\n> " + ASKED.replace("\n", "\n> "),
    "only the key": "\n- [x] right\n> xiphosura",
}
ENDS = ("\n:::\n\nAfter it.", "\n  :::\n\nAfter it.", "\n\n:::::\n\nAfter it.", "\n> :::\n\nAfter it.", "")


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("body", BODIES)
def test_a_question_keeps_its_key_however_it_is_indented(container: str, body: str) -> None:
    for word in ("", " short", " number"):
        for end in ENDS:
            source = f"Before it.\n\n{CONTAINERS[container]}::: quiz{word}\n{BODIES[body]}{end}\n"
            found = texts.prepare("Title", source)
            shown = (
                found.html,
                found.summary,
                found.toc,
                found.sections,
                found.links,
                markdown.without_keys(found.body),
            )
            for each in map(str, shown):
                assert not leaks(each), source
            assert "Before it." in found.html
            assert CANARY in found.body, "what was written stays as it is"
