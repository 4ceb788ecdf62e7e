"""The questions of a text: `::: quiz` blocks taken apart, with what is asked kept apart from what gives it away."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from wiki.markdown.refusals import N_

Sort = Literal["choice", "several", "short", "number"]
Role = Literal["blank", "question", "option", "explanation", "why", "answer", "stray"]

MOST_OPTIONS = 20
MOST_PROBLEMS = 20
MOST_FIGURES = 60
_TYPED = ("short", "number")
_WORDS = ("", "choice", "several", *_TYPED)

_OPTION = re.compile(r"(?:[-*+]|[0-9]{1,9}[.)])\s*\[\s{0,3}([xX✓✔]?)\s{0,3}\](.*)")
_WHY = re.compile(r"(?:>\s*)?why\s*:(.*)", re.IGNORECASE)
_NUMBER = re.compile(r"([+-]?)([0-9][0-9.,]*|[.,][0-9]+)(?:%|[^\W\d_]{1,20}\.?)?")
_TOLERANCE = re.compile(r"\+\s*/?\s*-|±")

_PROBLEMS = {
    "word": N_("After “quiz” only “short” or “number” can stand. The question goes below it."),
    "empty": N_("There is no question. Write it above the answers."),
    "none": N_("There is nothing to choose. Begin each answer with “- [ ]”, and a right one with “- [x]”."),
    "one": N_("There is only one answer to choose. Give at least two."),
    "many": N_("There are more than twenty answers to choose. Take the best ones."),
    "key": N_("No answer is marked as right. Put an x into its brackets: “- [x]”."),
    "bare": N_("This answer is empty."),
    "twice": N_("Two answers say the same."),
    "mixed": N_("Some answers are to choose, and one is to write. Take one or the other."),
    "typed": N_("Say what is right on a line of its own, such as “= forty”."),
    "untold": N_("Write “::: quiz short” or “::: quiz number” when people write their answer themselves."),
    "figure": N_("This is not a number. Write it as “= 45”, or as “= 45 +- 5” when 40 to 50 is right."),
    "quote": N_("A line that begins with “>” explains an answer. Write it below that answer."),
    "stray": N_("This line belongs to no answer, so readers do not see it."),
    "open": N_("The question has no end. Write “:::” on a line of its own below it."),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a question: the line in the text, counted from 1, and a sentence ready for translation."""

    line: int
    message: str


@dataclass(slots=True)
class Option:
    """An answer to choose; `text` and `explanation` are Markdown for inside a line."""

    text: str
    right: bool
    explanation: str = ""


@dataclass(slots=True)
class Quiz:
    """A question. `paragraphs` and `why` are Markdown; `answers` what may be typed; `roles` tells what each line is."""

    sort: Sort
    paragraphs: list[str] = field(default_factory=list)
    options: list[Option] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    why: str = ""
    problems: list[Problem] = field(default_factory=list)
    roles: list[Role] = field(default_factory=list)


def parse_quiz(lines: Sequence[str], word: str = "", *, first: int = 1, closed: bool = True, outside: int = 0) -> Quiz:
    """Take the lines between `::: quiz <word>` and `:::` apart; `first` is the number of the first of them.

    `outside` lines more stand below it but further out than its first line: in a list or a quotation, say.

    Problems never stop it. A line that is no question and no answer to choose is never shown to readers.
    """
    reader, word = _Reader(first), word.strip().lower()
    for line in lines:
        reader.take(line)
    quiz = reader.finish()
    right = sum(option.right for option in quiz.options)
    if word in _TYPED:
        quiz.sort = "short" if word == "short" else "number"
    elif right > 1 or word == "several":
        quiz.sort = "several"
    found = [*reader.problems, *_problems(quiz, word, first - 1, reader.lines)]
    if not closed:
        found.append(_problem("open", first - 1))
    if outside:
        found.append(_problem("stray", first + len(lines)))
        quiz.roles += ["stray"] * outside
    quiz.problems = sorted(found, key=lambda problem: problem.line)[:MOST_PROBLEMS]
    return quiz


@dataclass(slots=True)
class _Draft:
    right: bool
    text: list[str]
    explanation: list[str] = field(default_factory=list)


class _Reader:
    """Goes through the lines once. What follows a line belongs to it, until something else begins."""

    def __init__(self, first: int) -> None:
        self.problems: list[Problem] = []
        # The line of each option, and of each answer to type.
        self.lines: dict[str, list[int]] = {"option": [], "answer": []}
        self._number = first - 1
        self._now: Role = "question"
        self._after_blank = True
        self._roles: list[Role] = []
        self._paragraphs: list[list[str]] = []
        self._options: list[_Draft] = []
        self._answers: list[str] = []
        self._why: list[str] = []

    def take(self, line: str) -> None:
        self._number += 1
        role = self._role(line)
        self._roles.append(role)
        if role not in ("blank", "stray"):
            self._now = role
        # What came before a stray line must not be gone on with below it.
        self._after_blank = role in ("blank", "stray")

    def finish(self) -> Quiz:
        return Quiz(
            "choice",
            ["\n".join(lines) for lines in self._paragraphs],
            [Option(_joined(one.text), one.right, _joined(one.explanation)) for one in self._options],
            self._answers,
            _joined(self._why),
            roles=self._roles,
        )

    def _role(self, line: str) -> Role:
        text = line.strip()
        if not text:
            return "blank"
        if found := _OPTION.match(text):
            return self._option(found.group(2), right=bool(found.group(1)))
        if found := _WHY.match(text):
            self._why.append(found.group(1))
            return "why"
        if text.startswith("="):
            return self._answer(text[1:])
        if text.startswith(">"):
            return self._explanation(text[1:])
        return self._more(line, text)

    def _option(self, text: str, *, right: bool) -> Role:
        self._options.append(_Draft(right, [text]))
        self.lines["option"].append(self._number)
        return "option"

    def _answer(self, text: str) -> Role:
        self._answers.append(text.strip())
        self.lines["answer"].append(self._number)
        return "answer"

    def _explanation(self, text: str) -> Role:
        if self._now == "question":
            return self._stray("quote")
        if self._now in ("why", "answer") or not self._options:
            self._why.append(text)
            return "why"
        self._options[-1].explanation.append(text)
        return "explanation"

    def _more(self, line: str, text: str) -> Role:
        """A line without a sign of its own goes on with what stands above it."""
        if text.startswith(":::"):
            return self._stray("open")
        if self._now == "question":
            return self._question(text)
        if self._after_blank and not line.startswith((" ", "\t")):
            return self._stray("stray")
        if self._now == "option":
            self._options[-1].text.append(text)
            return "option"
        return self._stray("stray") if self._now == "answer" else self._explanation(text)

    def _question(self, text: str) -> Role:
        if self._after_blank:
            self._paragraphs.append([])
        self._paragraphs[-1].append(text)
        return "question"

    def _stray(self, what: str) -> Role:
        self.problems.append(_problem(what, self._number))
        return "stray"


def _joined(lines: Iterable[str]) -> str:
    return "\n".join(line.strip() for line in lines).strip()


def _problem(what: str, line: int) -> Problem:
    return Problem(line, _PROBLEMS[what])


def _problems(quiz: Quiz, word: str, top: int, lines: dict[str, list[int]]) -> Iterator[Problem]:
    if word not in _WORDS:
        yield _problem("word", top)
    if not quiz.paragraphs:
        yield _problem("empty", top)
    typed = quiz.sort in _TYPED
    if quiz.options and (quiz.answers or typed):
        yield _problem("mixed", (lines["answer"] or lines["option"])[0])
    elif quiz.answers and not typed:
        yield _problem("untold", top)
    elif typed:
        yield from _of_answers(quiz, top, lines["answer"])
    else:
        yield from _of_options(quiz, top, lines["option"])


def _of_options(quiz: Quiz, top: int, lines: list[int]) -> Iterator[Problem]:
    count = len(quiz.options)
    if count < 2:
        yield _problem("one" if count else "none", top)
    if count > MOST_OPTIONS:
        yield _problem("many", lines[MOST_OPTIONS])
        return
    if count > 1 and not any(option.right for option in quiz.options):
        yield _problem("key", top)
    yield from _bare_or_twice([option.text for option in quiz.options], lines)


def _of_answers(quiz: Quiz, top: int, lines: list[int]) -> Iterator[Problem]:
    if not quiz.answers:
        yield _problem("typed", top)
    if quiz.sort == "short":
        yield from _bare_or_twice(quiz.answers, lines, twice=False)
        return
    yield from (
        _problem("figure", line) for text, line in zip(quiz.answers, lines, strict=True) if not read_ranges(text)
    )


def _bare_or_twice(texts: Iterable[str], lines: Iterable[int], *, twice: bool = True) -> Iterator[Problem]:
    seen: set[str] = set()
    for text, line in zip(texts, lines, strict=True):
        folded = fold(text)
        if not folded:
            yield _problem("bare", line)
        elif twice and folded in seen:
            yield _problem("twice", line)
        seen.add(folded)


def fold(text: str) -> str:
    """What was typed, without what does not matter: case, width, spaces around and between, a full stop at the end."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text[:1000]).casefold())
    return " ".join(folded.split()).rstrip(".").rstrip()


def read_numbers(text: str) -> frozenset[Decimal]:
    """What a number as typed can mean: 1,5 has a decimal comma, 1,500 may be either. Empty when it is no number."""
    if len(text) > MOST_FIGURES:
        return frozenset()
    plain = re.sub(r"[\s'’]", "", unicodedata.normalize("NFKC", text)).replace("−", "-")
    digits = "".join(str(unicodedata.decimal(ch)) if ch.isdecimal() else ch for ch in plain)
    found = _NUMBER.fullmatch(digits.replace("٫", ".").replace("٬", ","))
    if found is None:
        return frozenset()
    sign, figures = found.groups()
    return frozenset(Decimal(f"{sign}{reading}") for reading in _readings(figures))


def _readings(figures: str) -> Iterator[str]:
    marks = [ch for ch in figures if ch in ".,"]
    if not marks:
        yield figures
        return
    if re.fullmatch(r"[0-9]{1,3}(?:([.,])[0-9]{3})(?:\1[0-9]{3})*", figures):
        yield re.sub(r"[.,]", "", figures)
    whole, _mark, rest = figures.rpartition(marks[-1])
    thousands = set(whole) & set(".,")
    if marks.count(marks[-1]) == 1 and (not thousands or re.fullmatch(r"[0-9]{1,3}(?:[.,][0-9]{3})+", whole)):
        yield f"{re.sub('[.,]', '', whole) or 0}.{rest or 0}"


def read_ranges(text: str) -> tuple[tuple[Decimal, Decimal], ...]:
    """From where to where `45 +- 5` reaches, for each thing that its number can mean; empty when it is no number."""
    middle, *rest = _TOLERANCE.split(unicodedata.normalize("NFKC", text[:120]))
    tolerances = [min(map(abs, read_numbers(part)), default=None) for part in rest]
    if len(rest) > 1 or None in tolerances:
        return ()
    around = tolerances[0] or Decimal(0) if tolerances else Decimal(0)
    return tuple((number - around, number + around) for number in sorted(read_numbers(middle)))
