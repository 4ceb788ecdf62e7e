"""Marking answers: what a question keeps of its key, and whether what somebody answered is right. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from wiki.markdown import Question
from wiki.markdown.quizzes import fold, read_numbers, read_ranges

# What is kept of a typed answer; nobody needs more to be right.
LONGEST_ANSWER = 200

# The numbers of the choices, or what was typed.
Response = tuple[int, ...] | str


@dataclass(frozen=True, slots=True)
class Mark:
    """Whether an answer is right. Of several choices `fits` of `chosen` are, out of `of` right ones."""

    right: bool
    fits: int = 0
    chosen: int = 0
    of: int = 0


def key_of(question: Question) -> dict[str, Any]:
    """What marking needs, with what is said afterwards, as it is stored."""
    if question.problems:
        return {"problems": [[problem.line, problem.message] for problem in question.problems]}
    return {
        "right": [number for number, choice in enumerate(question.choices) if choice.right],
        "explanations": [choice.explanation for choice in question.choices],
        "accepted": [fold(answer) for answer in question.answers if question.sort == "short"],
        "ranges": [
            [str(low), str(high)]
            for answer in question.answers
            if question.sort == "number"
            for low, high in read_ranges(answer)
        ],
        "why": question.why,
    }


def response_of(sort: str, key: Mapping[str, Any], typed: Sequence[str]) -> Response | None:
    """What a form means as an answer; None when nothing was answered, or nothing that could be."""
    if sort == "number" and not any(read_numbers(word) for word in typed[:1]):
        return None
    if sort in ("short", "number"):
        return " ".join(typed[0].split())[:LONGEST_ANSWER] or None if typed else None
    offered = range(len(key["explanations"]))
    chosen = sorted({int(word) for word in typed if word.isascii() and word.isdigit() and len(word) < 4} & {*offered})
    return tuple(chosen) if chosen and (sort == "several" or len(chosen) == 1) else None


def mark(sort: str, key: Mapping[str, Any], response: Response) -> Mark:
    """Whether this is right. An answer that has been stored may be a list."""
    if sort == "short":
        return Mark(fold(str(response)) in key["accepted"])
    if sort == "number":
        ranges = [(Decimal(low), Decimal(high)) for low, high in key["ranges"]]
        return Mark(any(low <= number <= high for number in read_numbers(str(response)) for low, high in ranges))
    chosen, right = set(response), set(key["right"])
    return Mark(chosen == right, len(chosen & right), len(chosen), len(right))
