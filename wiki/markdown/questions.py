"""The questions of a text with their keys, for marking; and a text without any key, for whoever only reads it."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from markdown_it.token import Token
from markdown_it.utils import EnvType

from wiki.markdown import links
from wiki.markdown.quizzes import Option, Problem, Quiz, Sort
from wiki.markdown.rendering import environment, parser
from wiki.markdown.sanitiser import sanitise
from wiki.markdown.source import normalise

_BRACKETS = re.compile(r"\[\s{0,3}[xX✓✔]\s{0,3}\]")
_KEPT = frozenset({"blank", "question", "option"})


@dataclass(frozen=True, slots=True)
class Choice:
    """An answer to choose, as HTML."""

    html: str
    right: bool
    explanation: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question as it is marked: HTML still needs `fill_links`, `answers` are as typed, `digest` is of all but the
    explanations. One with problems cannot be answered."""

    key: str
    sort: Sort
    html: str
    choices: tuple[Choice, ...]
    answers: tuple[str, ...]
    why: str
    digest: str
    problems: tuple[Problem, ...]


def questions(text: str, *, files_url: str = "files/", budget: float = 2.0) -> tuple[Question, ...]:
    """The questions of a text that has block ids, in their order. Raises TextRefused like `render`."""
    env = environment(budget)
    env["files_url"] = files_url
    found = [token for token in _quiz_tokens(normalise(text), env) if token.meta["id"]]
    return tuple(_question(token.meta["id"], token.meta["quiz"], env) for token in found)


def without_keys(text: str, *, budget: float = 10.0) -> str:
    """The normalised text without what gives an answer away: marks, explanations, reasons and what may be typed."""
    if "quiz" not in text.lower():
        return text
    lines: list[str | None] = [*text.split("\n")]
    for token in _quiz_tokens(text, environment(budget)):
        first, quiz = token.map[0] + 1 if token.map else 0, token.meta["quiz"]
        for number, role in enumerate(quiz.roles, first):
            line = lines[number] or ""
            lines[number] = None if role not in _KEPT else _BRACKETS.sub("[ ]", line, 1) if role == "option" else line
    return "\n".join(line for line in lines if line is not None)


def _quiz_tokens(text: str, env: EnvType) -> Iterator[Token]:
    """Ask the parser itself what is a question: no second opinion could leave a key standing."""
    md = parser()
    for token in md.block.parse(text, md, env, []) or ():
        if token.type == "block_open" and token.meta["quiz"]:
            yield token


def _question(key: str, quiz: Quiz, env: EnvType) -> Question:
    return Question(
        key=key,
        sort=quiz.sort,
        html="".join(f'<p dir="auto">{_inline(text, env)}</p>' for text in quiz.paragraphs),
        choices=tuple(Choice(_inline(one.text, env), one.right, _inline(one.explanation, env)) for one in quiz.options),
        answers=tuple(quiz.answers),
        why=_inline(quiz.why, env),
        digest=_digest(quiz),
        problems=tuple(quiz.problems),
    )


def _inline(text: str, env: EnvType) -> str:
    """One line as HTML, as safe as a whole text."""
    if not text:
        return ""
    links.begin(env)
    return links.settle(sanitise(parser().renderInline(text, env), files_url=env["files_url"]), env)


def _digest(quiz: Quiz) -> str:
    """The same as long as question, answers and key are: an answer counts for what its reader saw."""

    def told(option: Option) -> tuple[str, bool]:
        return option.text, option.right

    whole = repr((quiz.sort, quiz.paragraphs, [told(option) for option in quiz.options], quiz.answers))
    return hashlib.sha256(whole.encode()).hexdigest()[:16]
