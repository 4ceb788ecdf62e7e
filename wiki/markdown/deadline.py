"""A time limit inside the parser, because hostile Markdown can take minutes where a page takes milliseconds."""

import time
from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from wiki.markdown.refusals import TextTooSlow


def check(env: EnvType) -> None:
    """Raise TextTooSlow once `env["deadline"]`, in processor time of this thread, has passed.

    Not by the clock on the wall: a text is not hostile because the machine is busy.
    """
    if time.thread_time() > env["deadline"]:
        raise TextTooSlow


def deadline_plugin(md: MarkdownIt) -> None:
    """Put a rule that never matches in front of all others, so that every step of the parser looks at the clock."""
    ends: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}
    md.block.ruler.before("table", "deadline", _watch_block, ends)
    md.inline.ruler.before("text", "deadline", _watch_inline)
    md.inline.ruler2.before("balance_pairs", "deadline", _watch_pairs)
    md.core.ruler.at("inline", _inline)


class PatientRenderer(RendererHTML):
    """The stock renderer, but it looks at the clock."""

    def render(self, tokens: Sequence[Token], options: OptionsDict, env: EnvType) -> str:
        parts: list[str] = []
        for start in range(0, len(tokens), 500):
            check(env)
            parts.extend(self._piece(tokens, i, options, env) for i in range(start, min(start + 500, len(tokens))))
        return "".join(parts)

    def _piece(self, tokens: Sequence[Token], i: int, options: OptionsDict, env: EnvType) -> str:
        token = tokens[i]
        if token.type == "inline":
            return self.renderInline(token.children or [], options, env)
        rule: Any = self.rules.get(token.type, self.renderToken)
        return str(rule(tokens, i, options, env))


def _watch_block(state: StateBlock, _start: int, _end: int, _silent: bool) -> bool:
    check(state.env)
    return False


def _watch_inline(state: StateInline, _silent: bool) -> bool:
    check(state.env)
    return False


def _watch_pairs(state: StateInline) -> None:
    check(state.env)


def _inline(state: StateCore) -> None:
    """Parse the inlines as the stock rule does, looking at the clock, as a table may hold 65,000 of them."""
    for token in state.tokens:
        if token.type == "inline":
            check(state.env)
            children = token.children = token.children or []
            state.md.inline.parse(token.content, state.md, state.env, children)
