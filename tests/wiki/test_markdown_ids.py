"""Ids of blocks stay with their block, and no id stands twice in a page."""

import re

import html5lib
import pytest
from hypothesis import given, strategies as st

from wiki import markdown

MARKUP = [
    *["# A", "## A", "# fn-1", "# b-aaaa", "text[^1]", "[^1]: note", "^[inline]", "[[page]]", "- item", "> quote", ""],
    *["```", "    code", "|a|b|", "|-|-|", "Term", ": meaning", "*a **b* c**", "![p](p.png)", "[^1]: ::: do", ":::"],
    *["::::", "[a[^1]](x)", "[a ^[b]](x)", "![a [[b]]](x)"],
]
OPENING = st.tuples(
    st.sampled_from(["", "> ", "- "]),
    st.sampled_from([":::", "::::"]),
    st.sampled_from(["do", "dont", "note", "rule", "unknown"]),
    st.sampled_from(["", "Title", "{#b-aaaa}", "T {#b-bbbb}"]),
).map("{0[0]}{0[1]} {0[2]} {0[3]}".format)
LINE = st.one_of(st.sampled_from(MARKUP), OPENING)
TEXTS = st.lists(LINE, max_size=14).map("\n".join)


def ids(text: str) -> list[str | None]:
    return [block.id for block in markdown.render(text).blocks]


def test_a_block_without_an_id_gets_a_short_one() -> None:
    text = markdown.with_block_ids("::: do Answer\nx\n:::\n")
    assert re.fullmatch(r"::: do Answer \{#b-[a-z0-9]{4}\}\nx\n:::\n", text)


def test_an_id_stays_when_the_words_around_it_change() -> None:
    text = markdown.with_block_ids("::: do\nSmile.\n:::\n\n::: note\nBreathe.\n:::\n")
    edited = "New first paragraph.\n\n" + text.replace("Smile.", "Nod.").replace("do {", "dont With a title {")
    assert ids(markdown.with_block_ids(edited)) == ids(text)


def test_the_later_of_two_copies_gets_a_new_id() -> None:
    text = "::: do {#b-aaaa}\nx\n:::\n"
    first, second = ids(markdown.with_block_ids(text + "\n" + text))
    assert first == "b-aaaa"
    assert second not in (None, "b-aaaa")


def test_new_ids_avoid_those_taken_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    letters = iter("aaaa" + "bbbbb")
    monkeypatch.setattr("wiki.markdown.block_ids.secrets.choice", lambda _: next(letters))
    assert ids(markdown.with_block_ids("::: do\nx\n:::\n", taken={"b-aaaa"})) == ["b-bbbbb"]


def test_a_code_sample_or_an_unknown_block_gets_no_id() -> None:
    text = "```\n::: do\n:::\n```\n\n::: secret\nx\n:::\n"
    assert markdown.with_block_ids(text) == text


def test_a_copy_that_was_never_saved_shows_its_id_once() -> None:
    assert ids("::: do {#b-aaaa}\n:::\n::: do {#b-aaaa}\n:::\n") == ["b-aaaa", None]


def test_an_id_that_is_not_ours_is_part_of_the_title() -> None:
    assert "{#main}" in markdown.render("::: do {#main}\nx\n:::\n").html


@given(TEXTS)
def test_giving_ids_a_second_time_changes_nothing(text: str) -> None:
    once = markdown.with_block_ids(text)
    assert markdown.with_block_ids(once) == once


@given(TEXTS)
def test_giving_ids_changes_only_first_lines_of_blocks(text: str) -> None:
    def bare(source: str) -> list[str]:
        return [re.sub(r"\s*(\{#b-[a-z0-9]+\})?\s*$", "", line) for line in source.split("\n")]

    assert bare(markdown.with_block_ids(text)) == bare(markdown.normalise(text))


@given(TEXTS)
def test_a_page_is_well_nested_and_has_no_id_twice(text: str) -> None:
    page = filled(markdown.render(markdown.with_block_ids(text)).html)
    parser = html5lib.HTMLParser(strict=True)
    root = parser.parseFragment(page)
    found = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(found) == len(set(found))
    assert all(f'id="{target[1:]}"' in page for target in re.findall(r'href="(#[^"]+)"', page))


def filled(html: str) -> str:
    return markdown.fill_links(html, lambda links: {link: markdown.LinkState("open", "/x") for link in links})


@given(st.text(max_size=300))
def test_rendering_any_text_ends_in_html_or_a_refusal(text: str) -> None:
    ends(text)


@given(st.lists(st.sampled_from(list("[]()!*_`~^:|#>-+\\<>&;{}= \n\t\"'a1.@wé")), max_size=120).map("".join))
def test_rendering_any_markup_ends_in_html_or_a_refusal(text: str) -> None:
    ends(text)


def ends(text: str) -> None:
    try:
        rendered = markdown.render(markdown.with_block_ids(text))
    except markdown.TextRefused:
        return
    html5lib.HTMLParser(strict=True).parseFragment(filled(rendered.html))
