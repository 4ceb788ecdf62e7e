"""What counts as right, for every sort of question."""

from __future__ import annotations

import pytest

from training.tracks import marking
from training.tracks.marking import Mark
from wiki import markdown


def ask(inside: str, word: str = "") -> tuple[str, dict[str, object]]:
    [question] = markdown.questions(f"::: quiz {word} {{#b-k3x9}}\nQ?\n{inside}\n:::\n")
    assert not question.problems
    return question.sort, marking.key_of(question)


CHOICE = ask("- [ ] a\n- [x] b\n- [ ] c")
SEVERAL = ask("- [x] a\n- [ ] b\n- [x] c\n- [ ] d")
SHORT = ask("= @MFA_Consular\n= the Straße desk", "short")
NUMBER = ask("= 45 +- 5\n= 1,5", "number")


@pytest.mark.parametrize(
    ("question", "typed", "right"),
    [
        (CHOICE, ["1"], True),
        (CHOICE, ["0"], False),
        (SEVERAL, ["0", "2"], True),
        (SEVERAL, ["2", "0", "0"], True),
        (SEVERAL, ["0"], False),
        (SEVERAL, ["0", "1", "2"], False),
        (SEVERAL, ["1", "3"], False),
        (SHORT, ["@MFA_Consular"], True),
        (SHORT, ["  @mfa_CONSULAR. "], True),
        (SHORT, ["＠ＭＦＡ＿Ｃｏｎｓｕｌａｒ"], True),
        (SHORT, ["THE  STRASSE\tDESK"], True),
        (SHORT, ["mfa"], False),
        (NUMBER, ["45"], True),
        (NUMBER, ["40,0"], True),
        (NUMBER, ["50 minutes"], True),
        (NUMBER, ["50.1"], False),
        (NUMBER, ["４５"], True),
        (NUMBER, ["٤٥"], True),
        (NUMBER, ["1.5"], True),
        (NUMBER, ["1,50"], True),
        (NUMBER, ["9" * 50], False),
    ],
)
def test_right_and_wrong(question: tuple[str, dict[str, object]], typed: list[str], right: bool) -> None:
    sort, key = question
    response = marking.response_of(sort, key, typed)
    assert response is not None
    assert marking.mark(sort, key, response).right is right


def test_of_several_it_is_told_how_many_fit() -> None:
    assert marking.mark(*SEVERAL, (0, 1)) == Mark(False, fits=1, chosen=2, of=2)
    assert marking.mark(*SEVERAL, (0,)) == Mark(False, fits=1, chosen=1, of=2)


@pytest.mark.parametrize("question", [CHOICE, SEVERAL, SHORT, NUMBER])
@pytest.mark.parametrize("typed", [[], [""], ["   "], ["\u3000"]])
def test_nothing_is_no_answer(question: tuple[str, dict[str, object]], typed: list[str]) -> None:
    assert marking.response_of(*question, typed) is None


@pytest.mark.parametrize("typed", [["forty-five"], ["NaN"], ["9" * 190]])
def test_what_is_no_number_is_no_answer_to_a_question_for_one(typed: list[str]) -> None:
    assert marking.response_of(*NUMBER, typed) is None
    assert marking.response_of(*SHORT, typed) is not None


@pytest.mark.parametrize("typed", [["7"], ["-1"], ["x"], ["1" * 5000], ["²"], ["0", "1"]])
def test_what_was_not_offered_is_no_choice(typed: list[str]) -> None:
    assert marking.response_of(*CHOICE, typed) is None


def test_a_long_answer_is_cut() -> None:
    assert len(str(marking.response_of(*SHORT, ["a" * 100_000]))) == marking.LONGEST_ANSWER


def test_a_question_with_a_mistake_has_no_key() -> None:
    [question] = markdown.questions("::: quiz {#b-k3x9}\nQ?\n- [ ] a\n- [ ] b\n:::\n")
    assert set(marking.key_of(question)) == {"problems"}
