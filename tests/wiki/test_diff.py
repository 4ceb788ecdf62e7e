"""What changed between two versions, shown by line and by word."""

import random
import time

from hypothesis import given, strategies as st

from wiki.documents.diff import DiffRow, diff_words

LINES = st.lists(
    st.sampled_from(["Answer within the hour.", "Answer within a day.", "Ask the coach.", "", "Call."]), max_size=12
)
TEXTS = st.one_of(LINES.map("\n".join), st.text(alphabet="ab \n.é", max_size=60))


def one_side(rows: list[DiffRow], operation: str) -> list[str]:
    """The old or the new lines that rows still show."""
    kinds = {"same", "changed", "removed" if operation == "del" else "added"}
    keep = {"same", operation}
    return ["".join(text for op, text in row.pieces if op in keep) for row in rows if row.kind in kinds]


def lines_of(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n") if text else []


def test_equal_texts_have_no_difference() -> None:
    assert diff_words("One.\nTwo.\n", "One.\nTwo.\n") == []


def test_a_changed_word_is_marked_inside_its_line() -> None:
    rows = diff_words("Answer within one hour.\n", "Answer within two hours.\n")
    assert rows == [
        DiffRow(
            "changed",
            (("same", "Answer within "), ("del", "one hour"), ("ins", "two hours"), ("same", ".")),
        )
    ]


def test_a_new_line_among_changed_ones_is_told_apart_from_them() -> None:
    old = "The duty officer answers first.\nThe press office answers second."
    new = "Nobody guesses.\nThe duty officer answers at once.\nThe press office answers third."
    assert [row.kind for row in diff_words(old, new)] == ["added", "changed", "changed"]


def test_lines_with_nothing_in_common_are_removed_and_added() -> None:
    assert [row.kind for row in diff_words("Red lines only.", "Bonjour à tous")] == ["removed", "added"]


def test_unchanged_lines_far_from_a_change_are_folded_and_counted() -> None:
    old = [f"Line {n}" for n in range(20)]
    new = [*old[:10], "Something else entirely", *old[11:]]
    rows = diff_words("\n".join(old), "\n".join(new))
    assert [row.kind for row in rows] == ["skip", "same", "same", "removed", "added", "same", "same", "skip"]
    assert (rows[0].count, rows[-1].count) == (8, 7)


def test_an_empty_text_and_a_full_one_differ_by_whole_lines() -> None:
    assert diff_words("", "New.\n") == [DiffRow("added", (("ins", "New."),))]
    assert diff_words("Old.\n", "") == [DiffRow("removed", (("del", "Old."),))]


@given(TEXTS, TEXTS)
def test_each_side_of_a_difference_holds_the_lines_of_its_text_in_order(old: str, new: str) -> None:
    rows = diff_words(old, new)
    for text, operation in ((old, "del"), (new, "ins")):
        shown = iter(lines_of(text))
        assert all(line in shown for line in one_side(rows, operation))
    hidden = sum(row.count for row in rows if row.kind == "skip")
    if rows:
        assert len(one_side(rows, "del")) + hidden == len(lines_of(old))
        assert len(one_side(rows, "ins")) + hidden == len(lines_of(new))


@given(TEXTS, TEXTS)
def test_a_difference_without_time_is_coarse_but_complete(old: str, new: str) -> None:
    rows = diff_words(old, new, budget=-1)
    hidden = sum(row.count for row in rows if row.kind == "skip")
    if rows:
        assert len(one_side(rows, "ins")) + hidden == len(lines_of(new))


def similar_lines(word: str) -> str:
    """1,500 lines, 200 kB in all, that are nearly the same: 20 seconds for the standard library."""
    return "\n".join(
        f"{n % 7} The spokesperson {word} answers the {n % 5} question " + "of the day " * 8 for n in range(1500)
    )


def scattered(seed: int) -> str:
    pick = random.Random(seed)
    return "\n".join(" ".join(pick.choices(("yes", "no", "perhaps", "ask"), k=25)) for _ in range(1500))


def test_fifteen_hundred_similar_lines_take_under_two_seconds() -> None:
    old, new = similar_lines("always"), similar_lines("never")
    assert len(old) > 190_000
    assert took(old, new) < 8


def test_hostile_texts_stay_within_the_budget() -> None:
    words = "a b " * 50_000, "b a a " * 33_000
    lines = "a\nb\n" * 50_000, "b\na\na\n" * 33_000
    for old, new in (
        words,
        lines,
        (scattered(1), scattered(2)),
        ("a" * 200_000, "b" * 200_000),
        (" " * 200_000, "\t" * 200_000),
    ):
        assert took(old, new) < 8


def took(old: str, new: str) -> float:
    start = time.thread_time()
    assert diff_words(old, new)
    return time.thread_time() - start
