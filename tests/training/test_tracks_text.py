"""What is read out of the text of a track: days, steps, what need not be done, and what is odd."""

from __future__ import annotations

import pytest
from markupsafe import Markup

from training.tracks import paths, shaping
from wiki import markdown

WAY = """
Welcome. This list is no step:

- coffee

## Day 1

- [[module:listening]]
- Write down whom to call

## Week 2: Find your voice

- [[guideline:tone|How we sound]]
- [[tone]] (optional)

### In the evening

1. Call [[module:listening]] to mind

## Month 6

- Rest (Optional).

## Afterwards

- no step either
"""


def items(text: str) -> list[paths.Item]:
    return list(paths.read(text).items)


def test_headings_give_the_days_and_lists_the_steps() -> None:
    found = [(item.section, item.offset_days, item.kind, item.slug, item.label, item.required) for item in items(WAY)]
    assert found == [
        ("Day 1", 0, "module", "listening", "", True),
        ("Day 1", 0, "", "", "Write down whom to call", True),
        ("Week 2: Find your voice", 7, "guideline", "tone", "How we sound", True),
        ("Week 2: Find your voice", 7, "", "tone", "", False),
        ("Week 2: Find your voice", 7, "", "", "Call listening to mind", True),
        ("Month 6", 150, "", "", "Rest", False),
    ]
    assert paths.read(WAY).problems == ()


@pytest.mark.parametrize(
    ("heading", "first", "last"),
    [
        ("Day 1", 0, 0),
        ("day 14: look back", 13, 13),
        ("Days 2 and 3", 1, 1),
        ("Week 2", 7, 13),
        ("Week 12 – rest", 77, 83),
        ("Month 3", 60, 89),
        ("Month 12: Hand it on", 330, 359),
        ("اليوم 2", 1, 1),
        ("الأسبوع ٣: استمع", 14, 20),
        ("شهر 6", 150, 179),
        ("Day 0", 0, 0),
    ],
)
def test_days_weeks_and_months_have_their_place(heading: str, first: int, last: int) -> None:
    assert paths.when(heading) == paths.When(first, last)


@pytest.mark.parametrize("heading", ["Weekly rhythm", "Daylight", "The first day", "Monthly", "What you need", ""])
def test_other_headings_open_no_steps(heading: str) -> None:
    assert not paths.is_timed(heading)
    assert paths.when(heading) is None


def test_a_step_keeps_its_key_when_headings_change_and_lines_move() -> None:
    before = items("## Day 1\n\n- [[module:a]]\n- Call  the desk\n- [[tone|The tone]]\n\n## Day 2\n\n- Rest\n")
    after = items(
        "## Day 1: Welcome\n\n- Rest (optional)\n- [[tone|Our tone]]\n\n## Week 4\n\n- call the desk\n- [[module:a]]\n"
    )
    assert {item.key for item in before} == {item.key for item in after}
    assert len({item.key for item in before}) == 4
    assert items("## Day 1\n\n- Ring the desk\n")[0].key not in {item.key for item in before}, "the control"


def test_what_stands_twice_is_done_twice_but_a_module_once() -> None:
    twice = items(
        "## Month 1\n\n- Record a lesson\n- [[module:a]]\n- [[tone]]\n\n"
        "## Month 2\n\n- Record a lesson\n- [[module:a]]\n- [[tone]]\n"
    )
    keys = [item.key for item in twice]
    assert keys[0] != keys[3]
    assert keys[1] == keys[4] == "module:a"
    assert keys[2] != keys[5]


@pytest.mark.parametrize(
    ("text", "line", "code"),
    [
        ("## Week one\n\n- Listen", 1, "no-number"),
        ("Hello\n\n## Week 2\n\n- a\n\n## Week 1\n\n- b", 7, "goes-back"),
        ("## Day 1\n\n- a\n\n## Day 2\n\nWords only.", 5, "no-steps-here"),
        ("## Day 1\n\n- a\n- (optional)\n", 4, "no-words"),
        ("Only words.", 1, "no-steps"),
    ],
)
def test_what_is_odd_is_told_with_its_line(text: str, line: int, code: str) -> None:
    assert (line, code) in [(problem.line, problem.code) for problem in paths.read(text).problems]


def test_lists_in_samples_quotations_and_lists_are_no_steps() -> None:
    text = "## Day 1\n\n- one\n  - inside\n\n> - quoted\n\n```\n- sample\n```\n\n::: do\n- in a block\n:::\n\n- two\n"
    assert [item.label for item in items(text)] == ["one", "two"]


def test_the_rendered_text_has_each_step_at_the_place_of_its_item() -> None:
    """The two ways to find the items of a text must agree, whatever stands around them."""
    text = (
        "# Title\n\n- before\n\n## Day 1 `x` <y>\n\n- *one* [[a]]\n- (optional)\n- two\n  - inside\n\n  more\n\n"
        "> - quoted\n\n::: do Title\n- in a block\n:::\n\n| a |\n|---|\n| - b |\n\n"
        "### Evening\n\n1. three (optional)\n2. [ ] four\n\n"
        "## What you need\n\n- no\n\n## Week 3\n\n* five[^1]\n\n***\n\n- six ![x](y.png)\n\n[^1]: - note\n"
    )
    drawn: dict[int, str] = {}

    def draw(position: int, words: Markup) -> str:
        drawn[position] = words.striptags()
        return f"<li>[{position}]</li>"

    html = shaping.with_steps(markdown.render(text).html, draw, lambda title: f"<p>under {title}</p>")
    there = {item.position: item.label for item in items(text)}
    assert set(drawn) == {0, 1, 2, 3, 4, 5, 6}
    assert set(drawn) - set(there) == {1}, "an item without words is no step"
    for position, label in there.items():
        assert drawn[position].startswith(label.split()[0]), (position, label, drawn)
    assert "optional" not in drawn[3]
    assert "checkbox" not in str(html)
    assert [words for words in ("before", "quoted", "in a block", "no", "note") if words not in html] == []
    assert "under Day 1 x <y>" in html
    assert "under Week 3" in html
    assert "under What" not in html


def test_what_is_hidden_from_a_reader_leaves_no_item_behind() -> None:
    html = markdown.render("## Day 1\n\n- one\n- secret\n\n## Day 2\n\n- secret too\n").html
    shown = shaping.with_steps(html, lambda position, words: "<li>one</li>" if position == 0 else "", lambda title: "")
    assert "secret" not in shown
    assert shown.count("<li>") == 1
    assert shown.count("<ol") == 1, "no empty list stands where all is hidden"
