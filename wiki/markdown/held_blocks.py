"""Held passages inside the parser: where a `::: held` block or the token of a passage stands, and what it takes up.

Nothing of such a block is ever drawn here. It is cut out before a text is rendered (`wiki.markdown.held`); should one
come this far uncut, it leaves nothing behind.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from wiki.markdown import links

OPENING = re.compile(r":{3,}[ \t]*held(?![\w-])(.*)", re.IGNORECASE)
TOKEN = re.compile(r"\[\[held:([a-z0-9]{12})\]\]")
_OPENS = re.compile(r":{3,}[ \t]*\w")
_CLOSES = re.compile(r":{3,}[ \t]*\Z")


def held_plugin(md: MarkdownIt) -> None:
    """Read held passages and their tokens before any other block."""
    ends: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    md.block.ruler.before("block", "held", _held, ends)
    md.block.ruler.before("block", "held_token", _token, ends)
    md.add_render_rule("held_passage", _nothing)
    md.add_render_rule("held_token", _placeholder)


def _held(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if state.is_code_block(start) or not OPENING.match(_line(state, start)):
        return False
    if silent:
        return True
    after = end_of(lambda line: _line(state, line), start, end)
    token = state.push("held_passage", "", 0)
    token.map, token.block, token.meta = [start, after or end], True, {"closed": after is not None}
    state.line = after or end
    return True


def end_of(line_at: Callable[[int], str], start: int, end: int) -> int | None:
    """The line after the one that closes the block opened in line `start`; None when nothing closes it.

    Every opening wants its own end, whatever the number of colons: no slip may let the rest of a passage out.
    """
    depth = 1
    for number in range(start + 1, end):
        line = line_at(number).strip()
        if _CLOSES.match(line):
            depth -= 1
            if not depth:
                return number + 1
        elif _OPENS.match(line):
            depth += 1
    return None


def closes(line: str) -> bool:
    """Whether a line closes a block."""
    return _CLOSES.match(line.strip()) is not None


def _token(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    found = None if state.is_code_block(start) else TOKEN.fullmatch(_line(state, start).rstrip())
    if found is None:
        return False
    if not silent:
        token = state.push("held_token", "", 0)
        token.map, token.block, token.meta = [start, start + 1], True, {"id": found[1]}
        state.line = start + 1
    return True


def _line(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]


def _nothing(_: Any, _tokens: Sequence[Token], _i: int, _options: OptionsDict, _env: EnvType) -> str:
    return ""


def _placeholder(_: Any, tokens: Sequence[Token], i: int, _options: OptionsDict, env: EnvType) -> str:
    return links.held_placeholder(tokens[i].meta["id"], env)
