"""Two people's changes of one text, brought together."""

import time

from hypothesis import given, strategies as st

from wiki.documents.merge import Conflict, merge3

TEXTS = st.lists(st.sampled_from("abcde"), max_size=10).map("\n".join)
BASE = "Title\n\nAnswer within the hour.\n\nAsk the coach.\n\nKeep a record.\n"


def test_changes_in_different_paragraphs_merge_cleanly() -> None:
    mine = BASE.replace("the hour", "thirty minutes")
    theirs = BASE.replace("Keep a record.", "Keep a record.\n\nTell the desk.")
    merged = merge3(BASE, mine, theirs)
    assert merged.clean
    assert merged.text == mine.replace("Keep a record.", "Keep a record.\n\nTell the desk.")


def test_two_versions_of_one_line_are_both_kept_between_markers() -> None:
    mine, theirs = BASE.replace("the hour", "a day"), BASE.replace("the hour", "a week")
    merged = merge3(BASE, mine, theirs, names=("yours", "Amina's"))
    assert merged.conflicts == (
        Conflict("Answer within the hour.", "Answer within a day.", "Answer within a week.", line=3),
    )
    marked = "<<<<<<< yours\nAnswer within a day.\n=======\nAnswer within a week.\n>>>>>>> Amina's"
    assert merged.text == BASE.replace("Answer within the hour.", marked)
    assert not merged.clean


def test_the_same_change_made_twice_is_taken_once() -> None:
    both = BASE.replace("the hour", "a day")
    assert merge3(BASE, both, both).text == both


def test_a_paragraph_one_deletes_and_the_other_edits_is_a_conflict() -> None:
    mine, theirs = BASE.replace("Ask the coach.\n\n", ""), BASE.replace("the coach", "your coach")
    merged = merge3(BASE, mine, theirs)
    assert not merged.clean
    assert "Ask your coach." in merged.text


@given(TEXTS, TEXTS)
def test_a_side_that_changed_nothing_gives_way(base: str, theirs: str) -> None:
    assert merge3(base, base, theirs).text == theirs
    assert merge3(base, theirs, base).text == theirs
    assert merge3(base, theirs, theirs).text == theirs


@given(TEXTS, TEXTS, TEXTS)
def test_who_is_called_mine_does_not_matter(base: str, mine: str, theirs: str) -> None:
    one, other = merge3(base, mine, theirs), merge3(base, theirs, mine)
    assert [(c.base, c.mine, c.theirs, c.line) for c in one.conflicts] == [
        (c.base, c.theirs, c.mine, c.line) for c in other.conflicts
    ]
    if one.clean:
        assert one.text == other.text


@given(TEXTS, st.lists(st.text("xyz", min_size=1, max_size=3), max_size=8), st.data())
def test_nothing_anybody_typed_is_lost(base: str, words: list[str], data: st.DataObject) -> None:
    """The new lines of each side all stand in the result, in their order."""
    mine, theirs = (with_new_lines(base, words, side, data) for side in ("mine", "theirs"))
    merged = merge3(base, mine, theirs).text.split("\n")
    for side in (mine, theirs):
        typed = [line for line in side.split("\n") if line.startswith(("mine", "theirs"))]
        rest = iter(merged)
        assert all(line in rest for line in typed)


@given(st.integers(3, 30), st.sets(st.integers(0, 30)), st.sets(st.integers(0, 30)))
def test_edits_with_an_unchanged_line_between_them_merge_cleanly(length: int, a: set[int], b: set[int]) -> None:
    base = [f"line {n}" for n in range(length)]
    apart = {n for n in b if not {n - 1, n, n + 1} & a}
    mine = ["mine" if n in a else line for n, line in enumerate(base)]
    theirs = ["theirs" if n in apart else line for n, line in enumerate(base)]
    merged = merge3("\n".join(base), "\n".join(mine), "\n".join(theirs))
    assert merged.clean
    assert merged.text.split("\n") == [
        "mine" if n in a else "theirs" if n in apart else line for n, line in enumerate(base)
    ]


def test_without_time_the_merge_is_one_big_conflict_that_holds_both_texts() -> None:
    mine, theirs = BASE.replace("Title", "Heading").replace("record", "log"), BASE.replace("Title", "Name")
    merged = merge3(BASE, mine, theirs, budget=-1)
    assert "Keep a log." in merged.text
    assert "Name" in merged.text


def test_a_merge_of_hostile_texts_ends_in_time() -> None:
    start = time.thread_time()
    merge3("a\nb\n" * 50_000, "b\na\na\n" * 33_000, "a\na\nb\nb\nb\n" * 20_000)
    assert time.thread_time() - start < 9


def with_new_lines(base: str, words: list[str], side: str, data: st.DataObject) -> str:
    lines = base.split("\n")
    for number, word in enumerate(words):
        at = data.draw(st.integers(0, len(lines)))
        gone = data.draw(st.integers(0, 2))
        lines[at : at + gone] = [f"{side} {number} {word}"]
    return "\n".join(lines)
