"""Questions in a text: what is read of them, what is shown, and that the key stays away."""

from __future__ import annotations

import contextlib
import time
from decimal import Decimal

import pytest

from wiki import markdown
from wiki.markdown import quizzes
from wiki.markdown.quizzes import fold, parse_quiz, read_numbers, read_ranges

CHOICE = """Who signs a **holding line**?
- [x] The head of mission
  > Xiphosura. See [[page:xiphosura-page]].
- [ ] HQ
  > Not xiphosura,
  > never.

> why: xiphosura decides."""
SHORT = "Which handle?\n\n= @Xiphosura\n= xiphosura\n> why: xiphosura"
NUMBER = "How many minutes?\n= 4761 +- 5"


def block(inside: str, word: str = "", id_: str = "b-k3x9") -> str:
    return f"::: quiz {word} {{#{id_}}}\n{inside}\n:::\n"


def messages(inside: str, word: str = "") -> list[tuple[int, str]]:
    return [(one.line, one.message) for one in parse_quiz(inside.split("\n"), word, first=2).problems]


def test_a_choice_is_taken_apart() -> None:
    quiz = parse_quiz(CHOICE.split("\n"))
    assert quiz.sort == "choice"
    assert quiz.paragraphs == ["Who signs a **holding line**?"]
    assert [(one.text, one.right, one.explanation) for one in quiz.options] == [
        ("The head of mission", True, "Xiphosura. See [[page:xiphosura-page]]."),
        ("HQ", False, "Not xiphosura,\nnever."),
    ]
    assert quiz.why == "xiphosura decides."
    assert not quiz.problems


def test_several_right_answers_make_it_several() -> None:
    assert parse_quiz(["Q?", "- [x] a", "- [X] b", "- [ ] c"]).sort == "several"
    assert parse_quiz(["Q?", "- [x] a", "- [ ] b"], "several").sort == "several"


def test_typed_answers_have_their_word() -> None:
    short, number = parse_quiz(SHORT.split("\n"), "short"), parse_quiz(NUMBER.split("\n"), "number")
    assert (short.sort, short.answers, short.why) == ("short", ["@Xiphosura", "xiphosura"], "xiphosura")
    assert (number.sort, number.answers) == ("number", ["4761 +- 5"])
    assert not short.problems
    assert not number.problems


@pytest.mark.parametrize(
    ("inside", "word", "line", "part"),
    [
        ("- [x] a\n- [ ] b", "", 1, "There is no question"),
        ("Q?", "", 1, "nothing to choose"),
        ("Q?\n- [x] a", "", 1, "only one answer"),
        ("Q?\n- [ ] a\n- [ ] b", "", 1, "No answer is marked"),
        ("Q?\n- [x] a\n- [ ]", "", 4, "empty"),
        ("Q?\n- [x] Same\n- [ ] ＳＡＭＥ", "", 4, "say the same"),
        ("Q?\n- [x] a\n- [ ] b\n= c", "", 5, "one is to write"),
        ("Q?\n- [x] a\n- [ ] b", "short", 3, "one is to write"),
        ("Q?\n= a", "", 1, "quiz short"),
        ("Q?", "short", 1, "line of its own"),
        ("Q?\n= many", "number", 3, "not a number"),
        ("Q?\n- [x] a\n- [ ] b", "clever", 1, "After “quiz”"),
        ("> said\nQ?\n- [x] a\n- [ ] b", "", 2, "explains an answer"),
        ("Q?\n- [x] a\n- [ ] b\n\nand so on", "", 6, "belongs to no answer"),
        ("Q?\n- [x] a\n- [ ] b\n::: note", "", 5, "has no end"),
        ("Q?\n" + "- [x] a\n" * 21, "", 23, "more than twenty"),
    ],
)
def test_each_mistake_is_told_with_its_line(inside: str, word: str, line: int, part: str) -> None:
    found = messages(inside, word)
    assert [number for number, message in found if part in message] == [line], found


def test_lines_of_problems_count_from_the_top_of_the_text() -> None:
    text = "# Title\n\n> ::: quiz {#b-k3x9}\n> Q?\n> - [ ] a\n> - [ ]\n> :::\n"
    [question] = markdown.questions(text)
    assert sorted(problem.line for problem in question.problems) == [3, 6]


@pytest.mark.parametrize("text", [block(CHOICE), block(SHORT, "short"), block(NUMBER, "number")])
def test_nothing_that_is_rendered_holds_the_key(text: str) -> None:
    shown = markdown.render(f"# Top\n\n{text}\n\nAfter.")
    for words in (repr(shown), markdown.without_keys(text)):
        assert "xiphosura" not in words.lower()
        assert "4761" not in words
        assert "[x]" not in words
        assert "checked" not in words
    assert 'id="b-k3x9"' in shown.html
    assert 'class="block block-quiz"' in shown.html
    assert ">Question</h3>" in shown.html
    assert not shown.links


def test_options_are_a_plain_list_and_part_of_what_search_finds() -> None:
    shown = markdown.render(block(CHOICE))
    assert shown.html.count("<li") == 2
    assert "<strong>holding line</strong>" in shown.html
    assert "The head of mission" in shown.sections[0].text


@pytest.mark.parametrize("mark", ["[x]", "[X]", "[ x ]", "[✓]"])
@pytest.mark.parametrize("bullet", ["-", "*", "+", "1."])
@pytest.mark.parametrize("around", ["{}", "- item\n\n  {}", "> {}", "> - {}", ":::: note\n{}\n::::"])
def test_a_mark_is_hidden_however_it_is_written_and_wherever_it_stands(mark: str, bullet: str, around: str) -> None:
    inside = f"Q?\n{bullet} {mark} Yes\n  > Xiphosura\n{bullet} [ ] No\n> Why: xiphosura\n"
    lead = "> " if around.startswith(">") else ""
    lead += "  " if "- {" in around else ""
    indent = "  " if "item" in around else lead
    text = around.format(block(inside).replace("\n", f"\n{indent}"))
    for words in (markdown.without_keys(markdown.normalise(text)), markdown.render(text).html):
        assert "Yes" in words
        assert mark not in words
        assert "xiphosura" not in words.lower()


@pytest.mark.parametrize(
    "inside",
    [
        "Q?\n- [ ] a\n  > Xiphosura",
        "> Xiphosura\nQ?\n- [x] a\n- [ ] b",
        "Q?\n= Xiphosura",
        "Q?\n- [x] a\n- [ ] b\n\nXiphosura",
        "Q?\n- [x] xiphosura\n= xiphosura",
    ],
)
def test_a_question_with_a_mistake_is_a_note_without_its_key(inside: str) -> None:
    shown = markdown.render(block(inside))
    assert 'class="block block-note"' in shown.html
    assert "Q?" in shown.html
    assert "xiphosura" not in repr(shown).lower()
    assert "[x]" not in markdown.without_keys(block(inside))


def test_a_question_without_an_end_hides_what_follows_rather_than_its_key() -> None:
    text = "::: quiz {#b-k3x9}\nQ?\n- [x] a\n- [ ] b\n\n## Next\n\nWords.\n"
    assert "[x]" not in markdown.without_keys(text)
    assert [problem.line for problem in markdown.questions(text)[0].problems] == [1, 6, 8]


def test_what_is_no_question_keeps_its_boxes() -> None:
    text = "::: checklist {#b-k3x9}\n- [x] done\n:::\n\n```\n::: quiz\n- [x] sample\n:::\n```\n"
    assert markdown.without_keys(text) == text


def test_links_of_explanations_are_markers_for_the_reader() -> None:
    [question] = markdown.questions(block(CHOICE))
    assert "xiphosura-page" in question.choices[0].explanation
    assert "[[" not in question.choices[0].explanation
    assert "<strong>" in question.html


def test_the_digest_follows_question_and_key_but_not_the_explanations() -> None:
    def digest(text: str) -> str:
        return markdown.questions(block(text))[0].digest

    assert digest(CHOICE) == digest(CHOICE.replace("Not xiphosura", "Nobody"))
    assert digest(CHOICE) != digest(CHOICE.replace("[x]", "[ ]").replace("[ ] HQ", "[x] HQ"))
    assert digest(CHOICE) != digest(CHOICE.replace("Who", "Whoever"))


def test_a_question_keeps_its_id_when_it_moves_and_is_reworded() -> None:
    text = markdown.with_block_ids(f"::: quiz\n{CHOICE}\n:::\n\nWords.\n")
    [before] = markdown.questions(text)
    head, _, rest = text.partition("\n")
    [after] = markdown.questions(markdown.with_block_ids(f"Words.\n\n{head}\n{rest.replace('signs', 'decides')}"))
    assert before.key == after.key
    assert before.digest != after.digest


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("45", {"45"}),
        (" ４５ ", {"45"}),
        ("٤٥", {"45"}),
        ("1,5", {"1.5"}),
        ("1.5", {"1.5"}),
        ("1 000", {"1000"}),
        ("1,500", {"1.5", "1500"}),
        ("1.500,25", {"1500.25"}),
        ("−3", {"-3"}),
        ("25 minutes", {"25"}),
        ("63%", {"63"}),
        ("forty", set()),
        ("1,2,3", set()),
        ("1e9", set()),
        ("", set()),
        ("9" * 5000, set()),
    ],
)
def test_numbers_as_people_type_them(typed: str, meant: set[str]) -> None:
    assert read_numbers(typed) == {Decimal(number) for number in meant}


def test_ranges() -> None:
    assert read_ranges("45 +- 5") == read_ranges("45±5") == ((Decimal(40), Decimal(50)),)
    assert read_ranges("45") == ((Decimal(45), Decimal(45)),)
    assert read_ranges("45 +- 5 +- 5") == read_ranges("about 45") == read_ranges("45 +- x") == ()


def test_words_are_folded() -> None:
    assert fold("  ＠MFA_Consular. ") == fold("@mfa_CONSULAR")
    assert fold("Straße") == fold("STRASSE")
    assert fold("a  b") == "a b"
    assert fold(" . ") == ""


@pytest.mark.parametrize(
    "hostile", ["- [x]\n", "{", "> ", "> a\n", "= \n", " ", "why:", ">" * 50 + "\n", "- [x] **a*[\n", "1. [ ] "]
)
@pytest.mark.parametrize("word", ["", "number"])
def test_hostile_questions_are_read_in_no_time(hostile: str, word: str) -> None:
    start = time.process_time()
    quiz = parse_quiz((hostile * (1_000_000 // len(hostile))).split("\n"), word)
    assert time.process_time() - start < 4
    assert len(quiz.problems) <= quizzes.MOST_PROBLEMS


@pytest.mark.parametrize(
    "hostile", ["::: quiz\n", "> ::: quiz\n", "::: quiz\nq\n- [x] a\n- [ ] b\n:::\n", "- [x] {[\n"]
)
def test_hostile_texts_are_rendered_or_refused_in_time(hostile: str) -> None:
    text = f"::: quiz\n{hostile * (190_000 // len(hostile))}"
    for work in (markdown.render, markdown.questions, markdown.without_keys):
        start = time.process_time()
        with contextlib.suppress(markdown.TextRefused):
            work(text)
        assert time.process_time() - start < 4
