"""The `:::` blocks of a text: do, dont, rule, checklist and the like."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from wiki.markdown.quiz_blocks import push_quiz, read_quiz
from wiki.markdown.quizzes import Quiz
from wiki.markdown.words import BLOCKS

_COLONS = re.compile(r":{3,}")
_NAME = re.compile(r"[A-Za-z][A-Za-z-]{0,30}(?![^\s{])")
_ID = re.compile(r"\{#(b-[a-z0-9]{2,20})\}\Z")
_LEVEL = re.compile(r"\b(MUST NOT|MUST|SHOULD NOT|SHOULD|MAY)\b")
_OPPOSITE = {"do": "dont", "dont": "do"}


@dataclass(frozen=True, slots=True)
class Opening:
    """The first line of a block."""

    colons: int
    name: str
    title: str
    id: str | None


def blocks_plugin(md: MarkdownIt) -> None:
    """Teach the parser our blocks; pairs and levels are worked out once the inlines are known."""
    ends: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    md.block.ruler.before("fence", "block", _block, ends)
    md.core.ruler.push("levels", _mark_levels)
    md.core.ruler.push("pairs", _wrap_pairs)


def opening(line: str) -> Opening | None:
    """Read a line such as `::: do Answer within the hour {#b-k3x9}`; None for anything else."""
    line = line.strip()
    colons, rest = _colons(line)
    name = _NAME.match(rest)
    if colons < 3 or name is None:
        return None
    title, id_ = split_id(rest[name.end() :].strip())
    return Opening(colons, name.group().lower(), title, id_)


def split_id(text: str) -> tuple[str, str | None]:
    """A line without the id at its end, and that id."""
    found = _ID.search(text, max(0, text.rfind("{#")))
    return (text[: found.start()].rstrip(), found.group(1)) if found else (text, None)


def _colons(line: str) -> tuple[int, str]:
    run = _COLONS.match(line)
    return (run.end(), line[run.end() :].strip()) if run else (0, "")


def _block(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if state.is_code_block(start) or not (line := _line(state, start)).startswith(":::"):
        return False
    first = opening(line)
    if first is None:
        return False
    if first.name not in BLOCKS:
        state.env.setdefault("unknown_blocks", {})[first.name] = True
        return False
    if not silent:
        _push_block(state, first, start, end)
    return True


def _push_block(state: StateBlock, first: Opening, start: int, end: int) -> None:
    last, closed = _find_end(state, first.colons, start, end)
    after, quiz = last + closed, None
    if first.name == "quiz":
        quiz, after = _quiz(state, first, start, last, closed=closed)
    # The word after “quiz” says of what sort it is; and a question that cannot be answered is a note like others.
    name, first = first.name, replace(first, title="") if quiz else first
    name = "note" if quiz and quiz.problems else name
    parent, line_max = state.parentType, state.lineMax
    state.parentType, state.lineMax = "block", last
    token = state.push("block_open", "section", 1)
    token.map, token.info, token.block = [start, last], name, True
    token.meta = {"id": _fresh_id(state, first.id), "titled": bool(first.title), "quiz": quiz}
    _push_title(state, first, start)
    if quiz:
        push_quiz(state, quiz, start)
    else:
        state.md.block.tokenize(state, start + 1, last)
    token = state.push("block_close", "section", -1)
    token.info, token.block = name, True
    state.parentType, state.lineMax = parent, line_max
    # A question inside may have taken more lines than there were for this block.
    state.line = max(state.line, after)


def _quiz(state: StateBlock, first: Opening, start: int, last: int, *, closed: bool) -> tuple[Quiz, int]:
    """A question and the line below it. Where it has no end, what follows is held back: it may give the answer away."""
    if closed:
        return read_quiz(state, first.title, start, last), last + 1
    lines = range(last, len(state.bMarks) - 1)
    end = next((line for line in lines if _closes(_line(state, line).lstrip("> \t"), first.colons)), lines.stop)
    return read_quiz(state, first.title, start, last, closed=False, outside=end - last), min(end + 1, lines.stop)


def _push_title(state: StateBlock, first: Opening, line: int) -> None:
    kind = state.env["words"][first.name]
    token = state.push("block_title_open", "h3", 1)
    token.attrs, token.info = {"class": "block-title", "dir": "auto"}, first.name
    token.meta = {"kind": kind if first.title else ""}
    token = state.push("inline", "", 0)
    token.map, token.content, token.children = [line, line + 1], first.title or kind, []
    token.meta = {"default": not first.title}
    state.push("block_title_close", "h3", -1).block = True


def _find_end(state: StateBlock, colons: int, start: int, end: int) -> tuple[int, bool]:
    """The line that closes the block; an unclosed block reaches to the end of what surrounds it."""
    for line in range(start + 1, end):
        text = _line(state, line)
        if text and state.sCount[line] < state.blkIndent:
            return line, False
        if text.startswith(":::") and not state.is_code_block(line) and _closes(text, colons):
            return line, True
    return end, False


def _closes(text: str, colons: int) -> bool:
    count, rest = _colons(text.rstrip())
    return count >= colons and not rest


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]


def _fresh_id(state: StateBlock, id_: str | None) -> str | None:
    """An id may stand in a document once; a copy has none until the text is saved."""
    seen: set[str] = state.env.setdefault("block_ids", set())
    if id_ is None or id_ in seen:
        return None
    seen.add(id_)
    return id_


def _mark_levels(state: StateCore) -> None:
    """Make MUST, SHOULD and MAY bold in the titles of rules."""
    for token, inline in pairwise(state.tokens):
        if token.type == "block_title_open" and token.info == "rule":
            inline.children = [part for child in inline.children or [] for part in _levels(child)]


def _levels(token: Token) -> list[Token]:
    if token.type != "text":
        return [token]
    pieces = _LEVEL.split(token.content)
    return [part for i, piece in enumerate(pieces) if piece for part in (_bold(piece) if i % 2 else [_text(piece)])]


def _bold(word: str) -> list[Token]:
    attrs: dict[str, str | int | float] = {"class": f"level level-{word.split()[0].lower()}"}
    return [Token("strong_open", "strong", 1, attrs=attrs), _text(word), Token("strong_close", "strong", -1)]


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _wrap_pairs(state: StateCore) -> None:
    """Put a do and the dont beside it into one box."""
    starts, ends = _pairs(state.tokens)
    if not starts:
        return
    tokens: list[Token] = []
    for i, token in enumerate(state.tokens):
        if i in starts:
            tokens.append(Token("pair_open", "div", 1, attrs={"class": "pair"}, block=True))
        tokens.append(token)
        if i in ends:
            tokens.append(Token("pair_close", "div", -1, block=True))
    state.tokens = tokens


def _pairs(tokens: Sequence[Token]) -> tuple[set[int], set[int]]:
    starts: set[int] = set()
    ends: set[int] = set()
    partner_of: dict[int, int] = {}
    for start, end in _spans(tokens):
        if start in partner_of:
            starts.add(partner_of[start])
            ends.add(end)
        elif end + 1 < len(tokens) and _is_opposite(tokens[end], tokens[end + 1]):
            partner_of[end + 1] = start
    return starts, ends


def _spans(tokens: Sequence[Token]) -> list[tuple[int, int]]:
    """Where each block opens and closes, in the order of closing."""
    spans, stack = [], []
    for i, token in enumerate(tokens):
        if token.type == "block_open":
            stack.append(i)
        elif token.type == "block_close":
            spans.append((stack.pop(), i))
    return spans


def _is_opposite(close: Token, following: Token) -> bool:
    return following.type == "block_open" and _OPPOSITE.get(close.info) == following.info
